package diffusers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"euryale/checkpoint"
)

// config is config.json, the arguments of UNet2DModel.
type config struct {
	Class             string   `json:"_class_name"`
	SampleSize        size     `json:"sample_size"`
	InChannels        int      `json:"in_channels"`
	OutChannels       int      `json:"out_channels"`
	LayersPerBlock    int      `json:"layers_per_block"`
	BlockOutChannels  []int    `json:"block_out_channels"`
	DownBlockTypes    []string `json:"down_block_types"` // the largest images first
	UpBlockTypes      []string `json:"up_block_types"`   // the smallest first
	NormNumGroups     int      `json:"norm_num_groups"`
	NormEps           float64  `json:"norm_eps"`
	AttentionHeadDim  *int     `json:"attention_head_dim"` // null: one head
	FlipSinToCos      bool     `json:"flip_sin_to_cos"`
	FreqShift         float64  `json:"freq_shift"`
	DownsamplePadding int      `json:"downsample_padding"`
	ActFn             string   `json:"act_fn"`
	Dropout           float64  `json:"dropout"`
	ClassEmbedType    *string  `json:"class_embed_type"`
	NumClassEmbeds    *int     `json:"num_class_embeds"` // the last stands for "no label"; null: the net takes no labels
	// The rest are never written: they are what diffusers takes by default.
	CenterInputSample    bool    `json:"center_input_sample"`
	TimeEmbeddingType    string  `json:"time_embedding_type"`
	TimeEmbeddingDim     *int    `json:"time_embedding_dim"`
	MidBlockType         string  `json:"mid_block_type"`
	MidBlockScaleFactor  float64 `json:"mid_block_scale_factor"`
	DownsampleType       string  `json:"downsample_type"`
	UpsampleType         string  `json:"upsample_type"`
	AttnNormNumGroups    *int    `json:"attn_norm_num_groups"`
	ResnetTimeScaleShift string  `json:"resnet_time_scale_shift"`
	AddAttention         bool    `json:"add_attention"`
	NumTrainTimesteps    *int    `json:"num_train_timesteps"` // read by no kind of net that is read here
}

// size is the height and the width of images. A square is written as one number.
type size []int

// MarshalJSON implements json.Marshaler.
func (s size) MarshalJSON() ([]byte, error) {
	if len(s) == 2 && s[0] == s[1] {
		return json.Marshal(s[0])
	}
	return json.Marshal([]int(s))
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *size) UnmarshalJSON(text []byte) error {
	var side int
	if err := json.Unmarshal(text, &side); err == nil && side > 0 {
		*s = size{side, side}
		return nil
	}
	var both []int
	if err := json.Unmarshal(text, &both); err != nil || len(both) != 2 {
		return fmt.Errorf("sample_size is %.40s, expected the side of square images in pixels, or [height, width]", text)
	}
	*s = both
	return nil
}

// standard is what diffusers takes for keys that a file leaves out.
func standard() config {
	heads := 8
	return config{
		InChannels: 3, OutChannels: 3, LayersPerBlock: 2, NormNumGroups: 32, NormEps: 1e-5, AttentionHeadDim: &heads, FlipSinToCos: true,
		DownsamplePadding: 1, ActFn: "silu", TimeEmbeddingType: "positional", MidBlockType: "UNetMidBlock2D", MidBlockScaleFactor: 1,
		DownsampleType: "conv", UpsampleType: "conv", ResnetTimeScaleShift: "default", AddAttention: true,
	}
}

// ours is standard with the values that nets.UNet has always.
func ours() config {
	c := standard()
	c.Class, c.NormEps, c.AttentionHeadDim, c.FlipSinToCos, c.FreqShift, c.DownsamplePadding = "UNet2DModel", 1e-6, nil, false, 1, 0
	return c
}

// fixed are the keys with one value that can be read.
var fixed = []string{
	"_class_name", "norm_eps", "attention_head_dim", "flip_sin_to_cos", "freq_shift", "downsample_padding", "act_fn", "class_embed_type",
	"center_input_sample", "time_embedding_type", "time_embedding_dim", "mid_block_type", "mid_block_scale_factor", "downsample_type",
	"upsample_type", "attn_norm_num_groups", "resnet_time_scale_shift", "add_attention",
}

// compared are the keys in which nets differ, with the part of a configuration that sets them.
var compared = []struct{ key, ours string }{
	{"in_channels", "data"}, {"out_channels", "objective"}, {"block_out_channels", "net.channels and net.multipliers"},
	{"layers_per_block", "net.blocks"}, {"down_block_types", "net.attention"}, {"up_block_types", "net.attention"},
	{"norm_num_groups", "net.groups"}, {"num_class_embeds", "net.labels and the classes of the data"},
}

// values are the keys with their values, as JSON.
func (c config) values() map[string]string {
	text, err := json.Marshal(c)
	var list map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		panic(err) // there is no value that has no JSON
	}
	values := map[string]string{}
	for key, v := range list {
		values[key] = string(v)
	}
	return values
}

// encode returns the text of config.json.
func (c config) encode() []byte {
	keys := []string{
		"_class_name", "sample_size", "in_channels", "out_channels", "layers_per_block", "block_out_channels", "down_block_types",
		"up_block_types", "norm_num_groups", "norm_eps", "attention_head_dim", "flip_sin_to_cos", "freq_shift", "downsample_padding",
		"act_fn",
	}
	if c.Dropout > 0 {
		keys = append(keys, "dropout")
	}
	if c.NumClassEmbeds != nil {
		keys = append(keys, "class_embed_type", "num_class_embeds")
	}
	values := c.values()
	var lines []string
	for _, key := range keys {
		lines = append(lines, fmt.Sprintf("  %q: %s", key, values[key]))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
}

// maxConfig is far more than config.json has, in bytes.
const maxConfig = 1 << 20

// readConfig reads the text of a file.
func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s has more than %d bytes: not the configuration of a net", path, maxConfig)
	}
	return text, err
}

// decode reads a text, and checks the keys that can have one value only.
func decode(text []byte) (config, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return config{}, fmt.Errorf("is not a JSON object: %w", err)
	}
	empty := config{}.values()
	for key, v := range given {
		nothing, known := empty[key]
		switch {
		case !known && strings.HasPrefix(key, "_"): // _diffusers_version, _name_or_path
			delete(given, key)
		case known && string(v) == "null" && nothing != "null":
			return config{}, fmt.Errorf("%s is null, expected a value", key)
		}
	}
	rest, err := json.Marshal(given)
	if err != nil {
		return config{}, err
	}
	c := standard()
	if err := checkpoint.StrictJSON(rest, &c); err != nil {
		return config{}, err
	}
	found, want := c.values(), ours().values()
	for _, key := range fixed {
		if found[key] == want[key] {
			continue
		}
		if _, ok := given[key]; !ok {
			return config{}, fmt.Errorf("%s is missing, which means %s, expected %s", key, found[key], want[key])
		}
		return config{}, fmt.Errorf("%s is %s, expected %s", key, bytes.TrimSpace(given[key]), want[key])
	}
	return c, nil
}
