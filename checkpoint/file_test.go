package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// small is the content of testdata/golden.safetensors, in another order.
func small() *File {
	return &File{
		Tensors: []Tensor{
			{Name: "optim.scalar", Shape: []int{}, Data: []float32{316000}},
			{Name: "model.linears.0.weight", Shape: []int{3, 2}, Data: []float32{-1, -2, -3, -4, -5, -6}},
			{Name: "model.linears.0.bias", Shape: []int{3}, Data: []float32{0.1, float32(math.Inf(1)), -3.5}},
			{Name: "optim.empty", Shape: []int{0, 2}, Data: []float32{}},
			{Name: "ema.linears.0.weight", Shape: []int{3, 2}, Data: []float32{1, 2, 3, 4, 5, 6}},
			{Name: "ema.linears.0.bias", Shape: []int{3}, Data: []float32{0.25, float32(math.Copysign(0, -1)), 1e-45}},
		},
		Metadata: map[string]string{
			"config":        "name: \"naïve\"\nsteps: 100\n",
			"step":          "316000",
			"seed":          "42",
			"cursor.epoch":  "4",
			"cursor.offset": "128",
			"standardiser":  `{"mean": [0.5], "std": [2.0]}`,
		},
	}
}

// encoded returns the file Write would write, without a disk.
func encoded(t testing.TB, f *File) []byte {
	t.Helper()
	if err := f.validate(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	sum, at, err := encode(&b, f)
	if err != nil {
		t.Fatal(err)
	}
	copy(b.Bytes()[at:], sum)
	return b.Bytes()
}

// reseal gives damaged content a right checksum, computed as docs/checkpoint.md describes, so that a test reaches the other
// checks. Content without room for a checksum is returned as it is.
func reseal(content []byte) []byte {
	content = slices.Clone(content)
	mark := []byte(`"euryale.checksum":"`)
	at := bytes.Index(content, mark) + len(mark)
	if at < len(mark) || at+64 > len(content) {
		return content
	}
	copy(content[at:], strings.Repeat("0", 64))
	sum := sha256.Sum256(content)
	hex.Encode(content[at:], sum[:])
	return content
}

// raw builds a sealed file of any header and data section. CHECKSUM in the header makes room for a checksum, META
// stands for a good __metadata__ member.
func raw(header string, data int) []byte {
	header = strings.ReplaceAll(header, "META", `"__metadata__":{"euryale.format":"1","euryale.checksum":"CHECKSUM"}`)
	header = strings.ReplaceAll(header, "CHECKSUM", strings.Repeat("0", 64))
	content := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return reseal(append(append(content, header...), make([]byte, data)...))
}

func decodeBytes(content []byte) (*File, error) {
	return Decode(bytes.NewReader(content), int64(len(content)), "a.safetensors")
}

// equal compares content: the tensors in any order, floats by their bits.
func equal(a, b *File) bool {
	byName := func(f *File) []Tensor {
		return slices.SortedFunc(slices.Values(f.Tensors), func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	}
	sameBits := func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }
	return maps.Equal(a.Metadata, b.Metadata) && slices.EqualFunc(byName(a), byName(b), func(x, y Tensor) bool {
		return x.Name == y.Name && slices.Equal(x.Shape, y.Shape) && slices.EqualFunc(x.Data, y.Data, sameBits)
	})
}

func TestTensor(t *testing.T) {
	f, err := decodeBytes(encoded(t, small()))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := f.Tensor("model.linears.0.bias", 3); err != nil || !slices.Equal(data, []float32{0.1, float32(math.Inf(1)), -3.5}) {
		t.Errorf("bias: %v, %v", data, err)
	}
	if data, err := f.Tensor("optim.scalar"); err != nil || !slices.Equal(data, []float32{316000}) {
		t.Errorf("scalar: %v, %v", data, err)
	}
	for _, test := range []struct {
		name  string
		shape []int
		want  string
	}{
		{"model.linears.0.weight", []int{2, 3}, `checkpoint a.safetensors: tensor "model.linears.0.weight" has shape [3 2], expected [2 3]`},
		{"model.linears.0.weight", nil, `checkpoint a.safetensors: tensor "model.linears.0.weight" has shape [3 2], expected []`},
		{"linears.0.weight", []int{3, 2}, `checkpoint a.safetensors: no tensor "linears.0.weight", expected one of shape [3 2]`},
	} {
		if data, err := f.Tensor(test.name, test.shape...); data != nil || err == nil || err.Error() != test.want {
			t.Errorf("Tensor(%q, %v) = %v, %v\nexpected %s", test.name, test.shape, data, err, test.want)
		}
	}
}
