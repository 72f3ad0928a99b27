package euryale_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"testing"

	"euryale"
	"euryale/data/images"
)

// squares are gray images of 8 × 8 pixels with a white square of 3 × 3 somewhere.
func squares(n int) *images.Set {
	pixels := make([]byte, n*64)
	for i := range n {
		for k := range 9 {
			pixels[i*64+(i%6+k/3)*8+i/6%6+k%3] = 255
		}
	}
	set, err := images.New(pixels, 8, 8, 1, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	return set
}

// Images that a program makes, in place of those of a preset. Samples go to a folder of PNG files.
func ExampleWithData_images() {
	ctx := context.Background()
	folder, remove := temporary()
	defer remove()
	config, err := euryale.Preset("discs", "data=program", "net.channels=8", "net.groups=4", "train.batch=6", "train.epochs=1")
	if err != nil {
		log.Fatal(err)
	}
	model, err := euryale.Train(ctx, config, euryale.In(folder), euryale.WithData(squares(36)))
	if err != nil {
		log.Fatal(err)
	}
	if err := model.Save(ctx, model.Request(12), filepath.Join(folder, "squares")); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "squares", "*.png"))
	fmt.Println(model.Step, "steps;", len(files), "files of height, width and channels", model.Image(), err)
	// Output:
	// 6 steps; 12 files of height, width and channels [8 8 1] <nil>
}

// Samples of a program's images are pixels, also where the run is opened without the images.
func TestImagesOfProgramComeBack(t *testing.T) {
	config := mustPreset(t, "discs", "data=program", "net.channels=8", "net.groups=4", "train.batch=6", "train.epochs=1", "sample.steps=4")
	folder := filepath.Join(t.TempDir(), "run")
	mustTrain(t, config, euryale.In(folder), euryale.WithData(squares(36)))
	m, err := euryale.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	shades := map[float32]bool{}
	for i, v := range pointsOf(t, m, m.Request(20)) {
		if v != float32(math.Round(float64(v))) || v < 0 || v > 255 {
			t.Fatalf("number %d of the samples is %v, want a whole number from 0 to 255", i, v)
		}
		shades[v] = true
	}
	if len(shades) < 50 {
		t.Errorf("the samples have %d shades of gray, want more than a bound would leave", len(shades))
	}
}
