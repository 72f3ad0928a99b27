package diffusers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/nets"
)

// A folder fits a net that computes the same, and otherwise the key that differs is named.
func TestFits(t *testing.T) {
	m, err := Read(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change  func(*nets.UNet)
		outputs int
		want    string // "": it fits
	}{
		{func(u *nets.UNet) {}, 96, ""},
		{func(u *nets.UNet) { u.Dropout = 0.3 }, 96, ""},
		{func(u *nets.UNet) { u.Channels = 2; u.Multipliers = []int{2, 4} }, 96, ""},
		{func(u *nets.UNet) { u.Time.Kind = &nets.ImageSinusoidal{Features: 4} }, 96, ""},
		{func(u *nets.UNet) {}, 192, "objective asks for out_channels 6, and ../train/testdata/unet/config.json has 3"},
		{func(u *nets.UNet) { u.Channels = 8 }, 96, "net.channels and net.multipliers ask for block_out_channels [8,16], and"},
		{func(u *nets.UNet) { u.Multipliers = []int{1, 1} }, 96, "has [4,8]"},
		{func(u *nets.UNet) { u.Blocks = 2 }, 96, "net.blocks asks for layers_per_block 2, and"},
		{func(u *nets.UNet) { u.Attention = nil }, 96, `net.attention asks for down_block_types ["DownBlock2D","DownBlock2D"], and`},
		{func(u *nets.UNet) { u.Groups = 4 }, 96, "net.groups asks for norm_num_groups 4, and"},
		{func(u *nets.UNet) { u.Labels = false }, 96, "net.labels and the classes of the data ask for num_class_embeds null, and"},
		{func(u *nets.UNet) { u.Time.Kind = &nets.ImageOctaves{} }, 96, "net.time must be sinusoidal with as many features as"},
	} {
		err := m.Fits(built(t, like(test.change), test.outputs))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	mlp := nets.DefaultMLP()
	if err := m.Fits(built(t, mlp, 96)); err == nil || !strings.HasPrefix(err.Error(), "net.name must be unet for the format of diffusers") {
		t.Errorf("an mlp: %v", err)
	}
}

// Learned variances, square images, no labels, dropout and three levels come back as they were written.
func TestWriteEveryNet(t *testing.T) {
	for _, u := range []*nets.UNet{
		like(func(u *nets.UNet) { u.Labels = false }), like(func(u *nets.UNet) { u.Dropout, u.Attention = 0.25, []int{8, 4} }),
		like(func(u *nets.UNet) { u.Channels, u.Multipliers, u.Groups = 2, []int{4, 6, 1}, 2 }),
	} {
		for _, outputs := range []int{96, 192} {
			b := built(t, u, outputs)
			dir := t.TempDir() // empty
			if err := Write(dir, b, b.Init(1)); err != nil {
				t.Fatal(err)
			}
			m, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			got := m.Net.Net.(*nets.UNet)
			if err := m.Fits(b); err != nil || got.Dropout != u.Dropout || !slices.Equal(got.Attention, u.Attention) {
				t.Errorf("%+v: got %+v, %v", u, got, err)
			}
			if !slices.Equal(m.Weights, b.Init(1)) || m.Net.Spec.Outputs != outputs {
				t.Errorf("%+v: other weights, or %d outputs", u, m.Net.Spec.Outputs)
			}
		}
	}
}

// Nothing is replaced, and what diffusers has nothing like is not written.
func TestWriteErrors(t *testing.T) {
	u := built(t, like(func(*nets.UNet) {}), 96)
	full := t.TempDir()
	put(t, filepath.Join(full, "mine"), []byte("text"))
	file := filepath.Join(full, "mine")
	missing := filepath.Join(t.TempDir(), "missing")
	other := nets.DefaultUNetClassifier()
	other.Multipliers = []int{1, 2}
	for _, test := range []struct {
		dir  string
		net  *nets.Built
		size int
		want string
	}{
		{full, u, 0, "has files, and nothing is replaced; name a new or an empty folder"},
		{file, u, 0, "not a directory"},
		{missing, u, -1, "weights, got"},
		{missing, built(t, nets.DefaultMLP(), 96), 0, "net.name must be unet"},
		{missing, built(t, other, 3), 0, "net.name must be unet"},
		{missing, built(t, like(func(u *nets.UNet) { u.Time.Kind = &nets.ImageSinusoidal{Features: 6} }), 96), 0, "net.time must be sinusoidal"},
	} {
		weights := test.net.Init(1)
		if err := Write(test.dir, test.net, weights[:len(weights)+test.size]); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder was made in vain")
	}
}

// A config.json that is accepted makes a net, whatever it holds.
func FuzzConfig(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(made, ConfigName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"_class_name": "UNet2DModel", "sample_size": 28, "block_out_channels": [32, 64]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := decode(text)
		if err != nil {
			return
		}
		net, spec, err := c.net()
		if err != nil {
			return
		}
		if u := net.(*nets.UNet); len(u.Multipliers) > 4 || u.Channels > 64 || u.Blocks > 4 || spec.Classes > 1000 {
			return // large
		}
		b, err := nets.Build(net, spec)
		if err != nil {
			t.Fatal(err)
		}
		again, err := configOf(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range compared {
			if got, want := again.values()[k.key], c.values()[k.key]; got != want {
				t.Errorf("%s is %s, was %s", k.key, got, want)
			}
		}
	})
}
