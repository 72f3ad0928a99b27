package torchfile

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/nets"
	"euryale/ops"
)

// mlp is the net of testdata/make.py.
func mlp(t testing.TB) *nets.Built {
	t.Helper()
	m := nets.DefaultMLP()
	m.Width = 4
	return build(t, m, nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 3})
}

func build(t testing.TB, options nets.Options, spec nets.Spec) *nets.Built {
	t.Helper()
	net, err := options.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	b, err := nets.Build(net, spec)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// made are the weights of testdata/make.py, as it makes them.
func made(b *nets.Built) []float32 {
	layout, size := b.Layout()
	slices.SortFunc(layout, func(a, b ops.Parameter) int { return cmp.Compare(a.Name, b.Name) })
	values := map[string][]float32{}
	for i, p := range layout {
		for j := range p.Size() {
			values[p.Name] = append(values[p.Name], float32((7*i+j)%16-8)/8)
		}
	}
	weights := make([]float32, size)
	err := nets.LoadStateDict(layout, weights, func(name string, _ ...int) ([]float32, error) { return values[name], nil })
	if err != nil {
		panic(err)
	}
	return weights
}

func load(t *testing.T, path string, b *nets.Built) ([]float32, []string, error) {
	t.Helper()
	if !Is(path) {
		t.Errorf("%s is not taken for a file of PyTorch", path)
	}
	d, err := Read(path)
	if err != nil {
		return nil, nil, err
	}
	weights, err := d.Load(b)
	return weights, d.Notes, err
}

// What PyTorch saves is read, number by number: of any dtype and with any strides, as a state dict, as parameters, or among the
// rest of a training.
func TestFilesOfPyTorch(t *testing.T) {
	b := mlp(t)
	for name, note := range map[string]string{
		"plain": "", "protocol4": "", "half": "", "bfloat": "", "double": "", "parameters": "", "strided": "", "training": "",
		"rounded":  "testdata/rounded.pt: numbers of float64 in 11 tensors are rounded to float32",
		"counters": `testdata/counters.pt: tensors that are no weights are passed over: "norm.num_batches_tracked" of I64`,
	} {
		weights, notes, err := load(t, "testdata/"+name+".pt", b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(weights, made(b)) {
			t.Errorf("%s: the weights are others", name)
		}
		if got := strings.Join(notes, "; "); got != note {
			t.Errorf("%s: notes %q, want %q", name, got, note)
		}
	}
}

// A file without the weights of one net is one error that says what it is and how to mend it.
func TestOtherFilesOfPyTorch(t *testing.T) {
	b := mlp(t)
	for name, want := range map[string]string{
		"legacy":   `testdata/legacy.pt is in the format of PyTorch before 1.6, which is not read; in a newer one, torch.save(`,
		"two":      `testdata/two.pt: holds the state dicts ema, model; choose one of them: torch.save(torch.load(FILE)["ema"], …)`,
		"module":   `testdata/module.pt: holds an object of the class "pytorch.MLP", expected a state dict: torch.save(net.state_dict(), …)`,
		"tensor":   "testdata/tensor.pt: holds one tensor, expected a state dict",
		"script":   "testdata/script.pt: is a TorchScript program, expected a state dict",
		"infinite": `testdata/infinite.pt: tensor "linears.0.bias": number 2 is no finite float32`,
	} {
		if _, _, err := load(t, "testdata/"+name+".pt", b); err == nil || !strings.HasPrefix(err.Error(), "torchfile: "+want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// A state dict that does not fit is one error with the names and shapes of both sides.
func TestMisfit(t *testing.T) {
	wide := nets.DefaultMLP()
	wide.Width = 8
	deep := nets.DefaultMLP()
	deep.Width, deep.Depth = 4, 4
	shallow := nets.DefaultMLP()
	shallow.Width, shallow.Depth = 4, 2
	spec := nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 3}
	for _, test := range []struct {
		net  nets.Options
		want string
	}{
		{wide, `"linears.0.bias" has shape [4], expected [8], "linears.0.weight" has shape [4 2], expected [8 2], "linears.2.bias" has shape [4], ` +
			`expected [8] and 7 more; choose the size of the net as it was`},
		{deep, `lacks "linears.8.weight" [2 4], "linears.8.bias" [2], "step_embeddings.3.weight" [3 4]; "linears.6.bias" has shape [2], ` +
			"expected [4], \"linears.6.weight\" has shape [2 4], expected [4 4]; names must be those that `euryale export -format torch` writes"},
		{shallow, `has, and this net has not, "linears.6.bias" [2], "linears.6.weight" [2 4], "step_embeddings.2.weight" [3 4]; ` +
			`"linears.4.bias" has shape [4], expected [2]`},
	} {
		_, _, err := load(t, "testdata/plain.pt", build(t, test.net, spec))
		if err == nil || !strings.HasPrefix(err.Error(), "torchfile: testdata/plain.pt: "+test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// Every net comes back from the file that Write makes of it, also behind prefixes.
func TestRoundTrip(t *testing.T) {
	for name, b := range all4(t) {
		weights := b.Init(3)
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := Write(path, b, weights); err != nil {
			t.Fatal(err)
		}
		got, notes, err := load(t, path, b)
		if err != nil || len(notes) > 0 || !slices.Equal(got, weights) {
			t.Errorf("%s: the weights differ, or %v, notes %q", name, err, notes)
		}
		if err := Write(path, b, weights); err == nil || !strings.Contains(err.Error(), path+" is there already, and nothing is replaced") {
			t.Errorf("%s: a file was replaced: %v", name, err)
		}
		file, err := checkpoint.ReadForeign(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range file.Tensors {
			file.Tensors[i].Name = "_orig_mod.module." + file.Tensors[i].Name
		}
		wrapped := filepath.Join(t.TempDir(), "wrapped.safetensors")
		if err := checkpoint.WriteForeign(wrapped, file); err != nil {
			t.Fatal(err)
		}
		if got, _, err := load(t, wrapped, b); err != nil || !slices.Equal(got, weights) {
			t.Errorf("%s behind a prefix: the weights differ, or %v", name, err)
		}
	}
	b := mlp(t)
	if err := Write(filepath.Join(t.TempDir(), "a"), b, nil); err == nil || !strings.Contains(err.Error(), "weights, got 0") {
		t.Errorf("without weights: %v", err)
	}
}

// all4 are small nets of every architecture of images, and the MLP.
func all4(t testing.TB) map[string]*nets.Built {
	images := nets.Spec{Sample: []int{8, 4, 3}, Outputs: 96, Steps: 20, Classes: 3}
	unet, dit, classifier := nets.DefaultUNet(), nets.DefaultDiT(), nets.DefaultUNetClassifier()
	unet.Channels, unet.Multipliers, unet.Attention, unet.Groups, unet.Labels = 4, []int{1, 2}, []int{4}, 2, true
	dit.Width, dit.Depth, dit.Heads, dit.Labels = 8, 2, 2, true
	classifier.Channels, classifier.Multipliers, classifier.Attention, classifier.Groups, classifier.Features = 4, []int{1, 2}, []int{4}, 2, 5
	patches, classes := images, images
	patches.Sample, patches.Outputs = []int{4, 6, 3}, 2*72
	classes.Outputs = 3
	return map[string]*nets.Built{
		"mlp": mlp(t), "unet": build(t, unet, images), "dit": build(t, dit, patches), "unet_classifier": build(t, classifier, classes),
	}
}

// The positions of a DiT are no parameter: a file with others is of another net, and one without them fits.
func TestPositions(t *testing.T) {
	b := all4(t)["dit"]
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := Write(path, b, b.Init(3)); err != nil {
		t.Fatal(err)
	}
	file, err := checkpoint.ReadForeign(path)
	if err != nil {
		t.Fatal(err)
	}
	positions, err := file.Tensor("pos_embed", 1, 6, 8)
	if err != nil {
		t.Fatal(err)
	}
	change := func(how func()) error {
		how()
		other := filepath.Join(t.TempDir(), "other.safetensors")
		if err := checkpoint.WriteForeign(other, file); err != nil {
			t.Fatal(err)
		}
		_, _, err := load(t, other, b)
		return err
	}
	d, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	bytes := d.tensors["pos_embed"]
	bytes.dtype = "I8"
	d.tensors["pos_embed"] = bytes
	if _, err := d.Load(b); err == nil || !strings.Contains(err.Error(), `"pos_embed" is of the dtype I8, expected floats`) {
		t.Errorf("positions that are no floats: %v", err)
	}
	if err := change(func() { positions[7] += 0.5 }); err == nil || !strings.Contains(err.Error(), `number 7 of "pos_embed" is `) {
		t.Errorf("other positions: %v", err)
	}
	of := func(x checkpoint.Tensor) bool { return x.Name == "pos_embed" }
	at := slices.IndexFunc(file.Tensors, of)
	if err := change(func() { file.Tensors[at].Shape = []int{6, 8} }); err == nil || !strings.Contains(err.Error(), "has shape [6 8], expected [1 6 8]") {
		t.Errorf("positions of another shape: %v", err)
	}
	if err := change(func() { file.Tensors = slices.DeleteFunc(file.Tensors, of) }); err != nil {
		t.Errorf("without positions: %v", err)
	}
}

// A file of another kind is no file of PyTorch.
func TestIs(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text": "weights", "short": "PK"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if path := filepath.Join(dir, name); Is(path) {
			t.Errorf("%s is taken for a file of PyTorch", name)
		} else if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tar := append(make([]byte, 257), "ustar\x00rest"...)
	number := "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
	for name, content := range map[string]string{
		"protocol 3": "\x80\x03" + number, "protocol 4": "\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00" + number, "tar": string(tar),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !Is(path) || err == nil || !strings.Contains(err.Error(), "is in the format of PyTorch before 1.6") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Is(dir) || Is(filepath.Join(dir, "nothing")) {
		t.Error("a folder or nothing is taken for a file of PyTorch")
	}
	for _, path := range []string{dir, os.DevNull} {
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path+" is not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A prefix goes where all names go on after it, and where it is no part of the net's.
func TestUnwrapped(t *testing.T) {
	net := func(names ...string) map[string][]int {
		want := map[string][]int{}
		for _, name := range names {
			want[name] = nil
		}
		return want
	}
	for _, test := range []struct{ have, want, left []string }{
		{[]string{"module.model.a", "module.model.b"}, []string{"a", "b"}, []string{"a", "b"}},
		{[]string{"module.model.a"}, []string{"model.a"}, []string{"model.a"}},
		{[]string{"model.a", "b"}, []string{"a", "b"}, []string{"b", "model.a"}},
		{[]string{"model."}, []string{"a"}, []string{"model."}},
		{nil, []string{"a"}, nil},
	} {
		tensors := map[string]tensor{}
		for _, name := range test.have {
			tensors[name] = tensor{}
		}
		if left := slices.Sorted(maps.Keys(unwrapped(tensors, net(test.want...)))); !slices.Equal(left, test.left) {
			t.Errorf("%q become %q, want %q", test.have, left, test.left)
		}
	}
}
