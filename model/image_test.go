package model

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion/solver"
)

// digits is an untrained model of images of 8×8 pixels in ten classes, whose output layer is not zero.
func digits(t testing.TB, overrides ...string) *Model {
	t.Helper()
	config := smallConfig(t, append([]string{"data=digits", "objective.prediction=x0", "net.time=sinusoidal"}, overrides...)...)
	return open(t, untrained(t, config, func(weights []float32) {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range weights {
			weights[i] += float32(0.05 * random.NormFloat64())
		}
	}, nil))
}

// pictures draws images.
func pictures(t testing.TB, m *Model, r Request) []float64 {
	t.Helper()
	var sink batches
	if err := m.Sample(context.Background(), r, &sink); err != nil {
		t.Fatal(err)
	}
	return sink.real
}

// batches is a sink that keeps the numbers of rows, and how many it got at once.
type batches struct {
	data.Sink
	real []float64
	most int
}

// Write implements data.Sink.
func (b *batches) Write(rows *data.Batch) error {
	b.real, b.most = append(b.real, rows.Real...), max(b.most, rows.Rows)
	return nil
}

// Image i is the same alone and among others, whatever the workers and the labels around it.
func TestImagesDoNotDependOnOthers(t *testing.T) {
	m := digits(t, "net.labels=true")
	r := m.Request(300)
	r.Labels, r.Workers = m.AllLabels(), 1
	all, dim := pictures(t, m, r), m.Dim()
	if !slices.Equal(m.Image(), []int{8, 8, 1}) || len(all) != 300*dim {
		t.Fatalf("%d numbers of images of %v", len(all), m.Image())
	}
	for _, v := range all {
		if v != math.Round(v) || v < 0 || v > 255 {
			t.Fatalf("a pixel is %v", v)
		}
	}
	for _, workers := range []int{2, 3, 7} {
		for _, n := range []int{1, 5, 64, 300} {
			r.N, r.Workers = n, workers
			if !slices.Equal(pictures(t, m, r), all[:n*dim]) {
				t.Errorf("the first %d images of %d workers differ from those of one", n, workers)
			}
		}
	}
}

// Every worker has pieces, and memory depends on the workers and the size of an image, not on how many there are.
func TestPieceRows(t *testing.T) {
	for _, test := range []struct{ n, workers, dim, piece, wave int }{
		{64, 2, 784, 8, 256}, {64, 1, 784, 16, 256}, {1, 2, 784, 1, 32}, {10_000, 2, 784, 16, 512}, {1_000_000, 2, 784, 16, 512},
		{1_000_000, 7, 3072, 8, 896}, {1_000_000, 2, 64, 256, 8192}, {1_000_000, 2, 1 << 20, 8, 256}, {100, 7, 784, 4, 448},
	} {
		m := digits(t)
		m.Encoder, m.Schema.Image = sized{m.Encoder, test.dim}, []int{test.dim, 1, 1}
		piece, wave := (&sampling{model: m, request: Request{N: test.n}}).pieceRows(test.workers)
		if piece != test.piece || wave != test.wave {
			t.Errorf("%d images of %d numbers, %d workers: pieces of %d and waves of %d, want %d and %d", test.n, test.dim, test.workers, piece,
				wave, test.piece, test.wave)
		}
	}
}

// sized is an encoder of rows of another size.
type sized struct {
	data.Encoder
	dim int
}

// Shape implements data.Encoder.
func (s sized) Shape() []int { return []int{s.dim} }

// Every solver draws images, from the process that it takes, and keeps what is known of them byte for byte.
func TestEverySolverDrawsImages(t *testing.T) {
	exploding := []string{"sample.rescale=exploding"}
	needs := map[string][]string{
		"annealed_langevin": {"process={name: ncsn, steps: 6}", "sample.solver.corrector.steps=2"}, "flow_euler": {"process=vp"},
		"euler": exploding, "heun": exploding, "dpm_2": exploding, "dpm_2_ancestral": exploding, "euler_ancestral": exploding, "lms": exploding,
		"rk45": {"process=vp"}, "euler_maruyama": {"process=vp"},
	}
	for _, entry := range solver.Solvers() {
		t.Run(entry.Name, func(t *testing.T) {
			m := digits(t, append([]string{"sample.steps=6", "sample.solver=" + entry.Name}, needs[entry.Name]...)...)
			if m.Config.Sample.ClipX0 != 1 {
				t.Errorf("the bound of x_0 is %v", m.Config.Sample.ClipX0)
			}
			r := m.Request(3)
			x := pictures(t, m, r)
			if slices.Equal(x[:64], x[64:128]) {
				t.Error("two samples are the same")
			}
			r.Known = map[int]float64{0: 7, 9: 255, 63: 128}
			x = pictures(t, m, r)
			for row := range 3 {
				for i, v := range r.Known {
					if x[row*64+i] != v {
						t.Errorf("image %d, pixel %d is %v, want %v", row, i, x[row*64+i], v)
					}
				}
			}
		})
	}
}

// Every byte that is known comes back as it was given, by replacement, by RePaint, and where the last step leaves some noise.
func TestKnownPixels(t *testing.T) {
	m := digits(t)
	for _, overrides := range [][]string{
		nil, {"sample.repaint.resample=3", "sample.repaint.jump_length=2"}, {"sample.final=first"}, {"sample.solver=ddim"},
	} {
		for first := 0; first < 256; first += 32 {
			r := request(t, m, 2, 1, overrides...)
			r.Known = map[int]float64{}
			for i := range 32 {
				r.Known[2*i] = float64(first + i)
			}
			samples := pictures(t, m, r)
			points, _, err := m.Points(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			frames, err := m.Trajectory(context.Background(), r, 3)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range samples {
				if want, ok := r.Known[i%64]; ok && (v != want || float64(points[i]) != want || float64(frames[2].X[i]) != want) {
					t.Fatalf("%v: number %d is %v, %v and %v, want %v", overrides, i, v, points[i], frames[2].X[i], want)
				}
			}
		}
	}
	r := m.Request(1)
	r.Known = map[int]float64{0: 256}
	if err := m.Check(r); err == nil || !strings.Contains(err.Error(), "pixel (0, 0)") {
		t.Errorf("a pixel of 256: %v", err)
	}
}

// Frames of images are bytes, and at every noise level of a size that shows them.
func TestTrajectoryOfImages(t *testing.T) {
	m := digits(t, "process={name: edm}", "sample.solver=heun", "sample.spacing=karras", "sample.steps=5", "objective.scale_input=true")
	frames, err := m.Trajectory(context.Background(), m.Request(50), 4)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		inside := 0
		for _, v := range f.X {
			if v != float32(math.Round(float64(v))) || v < 0 || v > 255 {
				t.Fatalf("frame %d: a pixel is %v", i, v)
			}
			if v > 0 && v < 255 {
				inside++
			}
		}
		if part := float64(inside) / float64(len(f.X)); i == 0 && (part < 0.6 || part > 0.75) { // noise of size 1: P(|z| < 1) = 0.68
			t.Errorf("frame %d, σ = 80: %v of the pixels are neither black nor white", i, part)
		}
	}
}

// A folder, .npy and nothing else.
func TestSinksOfImages(t *testing.T) {
	m := digits(t)
	folder := t.TempDir()
	r := m.Request(3)
	for _, path := range []string{"a.npy", "b/", "c", "v1.0/"} {
		if err := m.Save(context.Background(), r, filepath.Join(folder, path)+strings.Repeat("/", strings.Count(path, "/"))); err != nil {
			t.Error(err)
		}
	}
	for _, pattern := range []string{"a.npy", "b/0002.png", "c/0002.png", "v1.0/0002.png"} {
		if found, _ := filepath.Glob(filepath.Join(folder, pattern)); len(found) != 1 {
			t.Errorf("there is no %s", pattern)
		}
	}
	for _, path := range []string{"a.csv", "a.parquet", "a.xyz"} {
		err := m.Save(context.Background(), r, filepath.Join(folder, path))
		if err == nil || !strings.Contains(err.Error(), "single PNGs to a folder") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Images or noise that samples start from belong to some class already: they are not given that of the next training row.
func TestLabelsOfGivenStarts(t *testing.T) {
	m := digits(t, "net.labels=true", "train.label_dropout=0.2")
	r := m.Request(3)
	if labels := m.LabelsOf(r, 3); slices.Min(labels) < 0 {
		t.Errorf("labels without a start: %v, want classes", labels)
	}
	for name, change := range map[string]func(*Request){
		"From": func(r *Request) { r.From = make([]float32, 3*64) }, "Known": func(r *Request) { r.Known = map[int]float64{0: 1} },
		"Between": func(r *Request) { r.Between = twoDigits(t, m) },
	} {
		given := r
		change(&given)
		if labels := m.LabelsOf(given, 3); slices.Max(labels) >= 0 {
			t.Errorf("labels with %s: %v, want none", name, labels)
		}
	}
}
