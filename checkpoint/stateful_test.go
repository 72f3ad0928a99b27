package checkpoint

import (
	"math"
	"strings"
	"testing"
)

func TestJSONKeepsBits(t *testing.T) {
	want := []float64{math.Pi, 1e-320, -math.MaxFloat64, 0.1, math.Copysign(0, -1)}
	f := &File{Name: "a"}
	if err := f.SaveJSON("numbers", want); err != nil {
		t.Fatal(err)
	}
	if err := f.validate(); err != nil {
		t.Fatal(err)
	}
	var got []float64
	if err := f.LoadJSON("numbers", &got); err != nil {
		t.Fatal(err)
	}
	for i, v := range want {
		if math.Float64bits(got[i]) != math.Float64bits(v) {
			t.Errorf("%v came back as %v", v, got[i])
		}
	}
}

func TestJSONErrors(t *testing.T) {
	f := &File{Name: "a.safetensors", Metadata: map[string]string{
		"half": `{"x": 1`, "two": `{"x": 1} {"x": 2}`, "other": `{"y": 1}`, "text": `{"x": "1"}`, "empty": "",
	}}
	for key, want := range map[string]string{
		"none": `no metadata "none"`, "half": "unexpected EOF", "two": "text after the value", "other": "unknown field",
		"text": "cannot unmarshal", "empty": "EOF",
	} {
		var into struct{ X int }
		if err := f.LoadJSON(key, &into); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "a.safetensors") || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: error %v, want %q with file and key", key, err, want)
		}
	}
	if err := f.SaveJSON("nan", math.NaN()); err == nil || !strings.Contains(err.Error(), `"nan"`) {
		t.Errorf("NaN: %v", err)
	}
}
