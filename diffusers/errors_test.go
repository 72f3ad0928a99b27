package diffusers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/nets"
)

// folder is a copy of the folder that PyTorch made.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ConfigName, WeightsName} {
		put(t, filepath.Join(dir, name), get(t, filepath.Join(made, name)))
	}
	return dir
}

func get(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// setKeys sets keys of config.json to JSON values; "" removes one.
func setKeys(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	path := filepath.Join(dir, ConfigName)
	var c map[string]json.RawMessage
	if err := json.Unmarshal(get(t, path), &c); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if c[pairs[i]] = json.RawMessage(pairs[i+1]); pairs[i+1] == "" {
			delete(c, pairs[i])
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, text)
}

// What the net cannot be is an error that names the file, the key, its value and the one expected.
func TestConfigErrors(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"_class_name", `"UNet2DConditionModel"`, `_class_name is "UNet2DConditionModel", expected "UNet2DModel"`},
		{"_class_name", ``, `_class_name is missing, which means "", expected "UNet2DModel"`},
		{"norm_eps", `1e-5`, `norm_eps is 1e-5, expected 0.000001`},
		{"norm_eps", ``, `norm_eps is missing, which means 0.00001, expected 0.000001`},
		{"attention_head_dim", `8`, `attention_head_dim is 8, expected null`},
		{"attention_head_dim", ``, `attention_head_dim is missing, which means 8, expected null`},
		{"flip_sin_to_cos", `true`, `flip_sin_to_cos is true, expected false`},
		{"freq_shift", ``, `freq_shift is missing, which means 0, expected 1`},
		{"downsample_padding", `1`, `downsample_padding is 1, expected 0`},
		{"act_fn", `"gelu"`, `act_fn is "gelu", expected "silu"`},
		{"class_embed_type", `"timestep"`, `class_embed_type is "timestep", expected null`},
		{"center_input_sample", `true`, `center_input_sample is true, expected false`},
		{"time_embedding_type", `"fourier"`, `time_embedding_type is "fourier", expected "positional"`},
		{"resnet_time_scale_shift", `"scale_shift"`, `resnet_time_scale_shift is "scale_shift", expected "default"`},
		{"add_attention", `false`, `add_attention is false, expected true`},
		{"mid_block_scale_factor", `1.41`, `mid_block_scale_factor is 1.41, expected 1`},
		{"downsample_type", `"resnet"`, `downsample_type is "resnet", expected "conv"`},
		{"attn_norm_num_groups", `4`, `attn_norm_num_groups is 4, expected null`},
		{"layers_per_block", `null`, `layers_per_block is null, expected a value`},
		{"layers_per_block", `"two"`, `layers_per_block`},
		{"layers_per_block", `0`, `net.blocks must be from 1 to 64, got 0`},
		{"cross_attention_dim", `768`, `unknown field "cross_attention_dim"`},
		{"sample_size", ``, `sample_size is missing`},
		{"sample_size", `null`, `sample_size is null, expected the side`},
		{"sample_size", `[8]`, `sample_size is [8], expected the side`},
		{"sample_size", `[8, 0]`, `sample_size is [8 0] and in_channels 3, expected numbers from 1 to`},
		{"sample_size", `[8, 3]`, `net.multipliers has 2 levels`},
		{"out_channels", `2`, `out_channels is 2, expected in_channels, 3, or twice`},
		{"block_out_channels", `[]`, `block_out_channels is [], expected the channels of each level`},
		{"block_out_channels", `[0, 4]`, `block_out_channels is [0 4]`},
		{"block_out_channels", `[4, 8, 8]`, `have 2 and 2 names, expected one per number of block_out_channels, 3`},
		{"down_block_types", `["DownBlock2D", "SkipDownBlock2D"]`, `has "SkipDownBlock2D", expected DownBlock2D or AttnDownBlock2D`},
		{"up_block_types", `["UpBlock2D", "ResnetUpsampleBlock2D"]`, `up_block_types has "ResnetUpsampleBlock2D", expected UpBlock2D`},
		{"up_block_types", `["UpBlock2D", "UpBlock2D"]`, `AttnDownBlock2D and UpBlock2D for the level of 8 channels, expected attention in both`},
		{"norm_num_groups", `3`, `net.groups must divide the channels`},
		{"num_class_embeds", `1`, `num_class_embeds is 1, expected the number of classes and one more`},
		{"dropout", `1`, `net.dropout must be from 0 to below 1`},
		// The weights are others then.
		{"block_out_channels", `[4, 12]`, `tensor "down_blocks.1.resnets.0.time_emb_proj.weight" has shape [8 16], expected [12 16]`},
		{"num_class_embeds", ``, `no tensor "class_embedding.weight", of shape [4 16]`},
		{"num_class_embeds", `5`, `tensor "class_embedding.weight" has shape [4 16], expected [5 16]`},
		{"layers_per_block", `2`, `no tensor "down_blocks.0.resnets.1.norm1.weight", expected one of shape [4]`},
	} {
		dir := folder(t)
		setKeys(t, dir, test.key, test.value)
		_, err := Read(dir)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s %s: got %v, want %s", test.key, test.value, err, test.want)
		}
	}
}

// What is no configuration, and what no net reads, is told apart.
func TestConfigReading(t *testing.T) {
	dir := folder(t)
	// As the hub has it: private keys, a default written out, a key without effect.
	setKeys(t, dir, "_diffusers_version", `"0.4.1"`, "_name_or_path", `"x"`, "center_input_sample", `false`, "num_train_timesteps", `1000`,
		"time_embedding_type", `"positional"`, "mid_block_scale_factor", `1.0`)
	if _, err := Read(dir); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                       "is not a JSON object",
		"[1]":                    "is not a JSON object",
		"{} {}":                  "is not a JSON object",
		strings.Repeat(" ", 2e6): "has more than 1048576 bytes",
	} {
		put(t, filepath.Join(dir, ConfigName), []byte(text))
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	if err := os.Remove(filepath.Join(dir, ConfigName)); err != nil {
		t.Fatal(err)
	}
	if !Is(dir) || !Is(made) || Is(t.TempDir()) {
		t.Error("a folder is one of diffusers if it has the weights or the configuration")
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "config.json: no such file") {
		t.Error(err)
	}
}

// Weights that are damaged, missing, or those of another net are one error that names the file.
func TestWeightsErrors(t *testing.T) {
	whole := get(t, filepath.Join(made, WeightsName))
	path := func(dir string) string { return filepath.Join(dir, WeightsName) }
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string)
		want   string
	}{
		{"truncated", func(t *testing.T, dir string) { put(t, path(dir), whole[:len(whole)-100]) }, "truncated"},
		{"header alone", func(t *testing.T, dir string) { put(t, path(dir), whole[:20]) }, "truncated"},
		{"empty", func(t *testing.T, dir string) { put(t, path(dir), nil) }, "file is empty"},
		{"no safetensors", func(t *testing.T, dir string) { put(t, path(dir), []byte("PK\x03\x04 and so on and on")) }, "not a safetensors file"},
		{"half floats", func(t *testing.T, dir string) {
			put(t, path(dir), []byte(strings.Replace(string(whole), `"F32"`, `"F16"`, 1)))
		}, `dtype is "F16", expected "F32"`},
		{"missing", func(t *testing.T, dir string) {
			if err := os.Remove(path(dir)); err != nil {
				t.Fatal(err)
			}
		}, "is missing"},
		{"pickle", func(t *testing.T, dir string) {
			if err := os.Rename(path(dir), filepath.Join(dir, "diffusion_pytorch_model.bin")); err != nil {
				t.Fatal(err)
			}
		}, "diffusion_pytorch_model.bin is a pickle, which is not read; in Python, save_pretrained"},
		{"one too many", func(t *testing.T, dir string) {
			change(t, dir, func(f *checkpoint.File) {
				f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: "encoder", Shape: []int{1}, Data: []float32{1}})
			})
		}, `has no tensor "encoder", of shape [1]`},
	} {
		dir := folder(t)
		test.change(t, dir)
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path(dir)) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// change changes the weights of a folder.
func change(t *testing.T, dir string, how func(*checkpoint.File)) {
	t.Helper()
	path := filepath.Join(dir, WeightsName)
	f, err := checkpoint.ReadForeign(path)
	if err != nil {
		t.Fatal(err)
	}
	how(f)
	if err := checkpoint.WriteForeign(path, f); err != nil {
		t.Fatal(err)
	}
}

// The names that diffusers once had for attention are read too, but not mixed with the present ones of the same tensor.
func TestOldNames(t *testing.T) {
	want, err := Read(made)
	if err != nil {
		t.Fatal(err)
	}
	dir, renamed := folder(t), 0
	change(t, dir, func(f *checkpoint.File) {
		for i, x := range f.Tensors {
			if old := oldName(x.Name); old != x.Name {
				f.Tensors[i].Name = old
				renamed++
			}
		}
	})
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if renamed != 4*8 || checksum(got.Weights) != checksum(want.Weights) {
		t.Errorf("%d tensors had other names, or the weights differ", renamed)
	}
	change(t, dir, func(f *checkpoint.File) {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: "mid_block.attentions.0.to_q.bias", Shape: []int{8}, Data: make([]float32, 8)})
	})
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), `no tensor "mid_block.attentions.0.query.bias"`) {
		t.Errorf("one tensor under two names: %v", err)
	}
}

func checksum(x []float32) (sum float64) {
	for i, v := range x {
		sum += float64(v) * float64(i%97+1)
	}
	return sum
}

// built records a net of images of 8 × 4 pixels.
func built(t *testing.T, options nets.Options, outputs int) *nets.Built {
	t.Helper()
	spec := nets.Spec{Sample: []int{8, 4, 3}, Outputs: outputs, Steps: 20, Classes: 3}
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

// like is the net of the folder, changed.
func like(change func(*nets.UNet)) *nets.UNet {
	u := nets.DefaultUNet()
	u.Channels, u.Multipliers, u.Attention, u.Groups, u.Labels = 4, []int{1, 2}, []int{4}, 2, true
	change(u)
	return u
}
