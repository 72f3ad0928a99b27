package checkpoint

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// TestDamagedHeader lists what the header of a file with a right checksum may not hold, with the messages.
func TestDamagedHeader(t *testing.T) {
	entry := func(body string) string { return `{META,"w":{` + body + `}}` }
	for _, test := range []struct {
		name, header string
		data         int
		want         string
	}{
		{"no object", `[META]`, 0, `header does not begin with {`},
		{"leading space", ` {META}`, 0, `header does not begin with {`},
		{"empty header", ``, 0, `header does not begin with {`},
		{"not UTF-8", "{META,\"\xff\":1}", 0, `header is not valid UTF-8`},
		{"cut JSON", `{META,"w":`, 0, `header: key "w": invalid JSON: `},
		{"open object", `{META`, 0, `header: invalid JSON: `},
		{"no comma", `{META "w":{}}`, 0, `header: invalid JSON: `},
		{"trailing comma", `{META,}`, 0, `header: invalid JSON: `},
		{"wrong bracket", `{META]`, 0, `header: invalid JSON: `},
		{"text after", `{META}x`, 0, `header: 'x' follows the JSON object, expected only spaces`},
		{"tab after", "{META} \t", 0, `header: '\t' follows the JSON object, expected only spaces`},
		{"second object", `{META}{}`, 0, `header: '{' follows the JSON object, expected only spaces`},

		{"no metadata", `{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}`, 2,
			`a safetensors file, but not a checkpoint of Euryale: __metadata__ has no key "euryale.format"`},
		{"foreign metadata", `{"__metadata__":{"format":"pt"}}`, 0,
			`a safetensors file, but not a checkpoint of Euryale: __metadata__ has no key "euryale.format"`},
		{"newer", `{"__metadata__":{"euryale.format":"2"},"w":{"codec":"zstd"}}`, 7,
			`euryale.format is 2, newer than the 1 this program reads: use a newer Euryale`},
		{"older", `{"__metadata__":{"euryale.format":"0","euryale.checksum":"CHECKSUM"}}`, 0, `euryale.format is "0", expected "1"`},
		{"unreadable format", `{"__metadata__":{"euryale.format":"one","euryale.checksum":"CHECKSUM"}}`, 0,
			`euryale.format is "one", expected "1"`},
		{"no checksum", `{"__metadata__":{"euryale.format":"1"}}`, 0, `euryale.checksum is "", expected 64 lower-case hexadecimal digits`},
		{"short checksum", `{"__metadata__":{"euryale.format":"1","euryale.checksum":"ab"}}`, 0,
			`euryale.checksum is "ab", expected 64 lower-case hexadecimal digits`},
		{"upper-case checksum", `{"__metadata__":{"euryale.format":"1","euryale.checksum": "` + strings.Repeat("A", 64) + `"}}`, 0,
			`expected 64 lower-case hexadecimal digits`},
		{"escaped checksum", `{"__metadata__":{"euryale.format":"1","euryale.checksum": "\u0030` + strings.Repeat("0", 63) + `"}}`, 0,
			`expected 64 lower-case hexadecimal digits`},
		{"metadata not an object", `{"__metadata__":["euryale.format"]}`, 0, `header: __metadata__: expected a JSON object`},
		{"metadata null", `{"__metadata__":null}`, 0, `header: __metadata__: expected a JSON object`},
		{"metadata number", `{"__metadata__":{"step":1}}`, 0, `header: __metadata__: "step": expected a string, got 1`},
		{"metadata null value", `{"__metadata__":{"step":null}}`, 0, `header: __metadata__: "step": expected a string, got null`},
		{"metadata twice", `{META,META}`, 0, `header: key "__metadata__" appears twice`},
		{"metadata key twice", `{"__metadata__":{"a":"1","\u0061":"2"}}`, 0, `header: __metadata__: key "a" appears twice`},

		{"tensor twice", `{META,"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8,
			`header: key "w" appears twice`},
		{"tensor not an object", `{META,"w":[]}`, 0, `tensor "w": expected a JSON object`},
		{"no fields", entry(``), 0, `tensor "w": dtype is "", expected "F32"`},
		{"field twice", entry(`"dtype":"F32","dtype":"F32"`), 0, `tensor "w": key "dtype" appears twice`},
		{"unknown field", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,4],"scale":1`), 4, `tensor "w": scale: unknown field`},
		{"field by another case", entry(`"DType":"F32","shape":[1],"data_offsets":[0,4]`), 4, `tensor "w": DType: unknown field`},
		{"half", entry(`"dtype":"F16","shape":[2],"data_offsets":[0,4]`), 4, `tensor "w": dtype is "F16", expected "F32"`},
		{"dtype null", entry(`"dtype":null,"shape":[1],"data_offsets":[0,4]`), 4, `tensor "w": dtype: expected a string, got null`},
		{"no shape", entry(`"dtype":"F32","data_offsets":[0,4]`), 4, `tensor "w": shape is missing`},
		{"shape null", entry(`"dtype":"F32","shape":null,"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected an array of integers, got null`},
		{"dimension null", entry(`"dtype":"F32","shape":[null],"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected integers from 0 to 9223372036854775807, got null`},
		{"dimension quoted", entry(`"dtype":"F32","shape":["1"],"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected integers from 0 to 9223372036854775807, got "1"`},
		{"dimension a fraction", entry(`"dtype":"F32","shape":[1.0],"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected integers from 0 to 9223372036854775807, got 1.0`},
		{"negative dimension", entry(`"dtype":"F32","shape":[-1],"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected integers from 0 to 9223372036854775807, got -1`},
		{"dimension too long", entry(`"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]`), 4,
			`tensor "w": shape: expected integers from 0 to 9223372036854775807, got 9223372036854775808`},
		{"product overflows", entry(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]`), 0,
			`tensor "w": shape [4294967296 4294967296] is too large`},
		{"bytes overflow", entry(`"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]`), 0,
			`tensor "w": shape [4611686018427387904] is too large`},
		{"product overflows before a zero", entry(`"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]`), 0,
			`tensor "w": shape [4294967296 4294967296 0] is too large`},
		{"no offsets", entry(`"dtype":"F32","shape":[1]`), 4, `tensor "w": data_offsets is [], expected [begin end]`},
		{"one offset", entry(`"dtype":"F32","shape":[1],"data_offsets":[4]`), 4, `tensor "w": data_offsets is [4], expected [begin end]`},
		{"three offsets", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,4,8]`), 4,
			`tensor "w": data_offsets is [0 4 8], expected [begin end]`},
		{"offsets reversed", entry(`"dtype":"F32","shape":[1],"data_offsets":[4,0]`), 4,
			`tensor "w": data_offsets is [4 0], expected begin <= end`},
		{"span too short", entry(`"dtype":"F32","shape":[2,3],"data_offsets":[0,20]`), 20,
			`tensor "w": shape [2 3] takes 24 bytes, but data_offsets [0 20] spans 20`},
		{"scalar of two", entry(`"dtype":"F32","shape":[],"data_offsets":[0,8]`), 8,
			`tensor "w": shape [] takes 4 bytes, but data_offsets [0 8] spans 8`},
		{"past the end", entry(`"dtype":"F32","shape":[2,3],"data_offsets":[0,24]`), 20,
			`tensor "w": ends at byte 24 of the data section, which has 20: truncated`},
		{"huge", entry(`"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]`), 4,
			`tensor "w": ends at byte 4398046511104 of the data section, which has 4: truncated`},
		{"hole at the beginning", entry(`"dtype":"F32","shape":[1],"data_offsets":[4,8]`), 8,
			`tensor "w": begins at byte 4 of the data section, expected 0: tensors follow one another without holes or overlap`},
		{"bytes after", entry(`"dtype":"F32","shape":[1],"data_offsets":[0,4]`), 8, `data section has 8 bytes, expected 4`},
		{"data without tensors", `{META}`, 4, `data section has 4 bytes, expected 0`},
		{"hole", `{META,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 12,
			`tensor "b": begins at byte 8 of the data section, expected 4`},
		{"overlap", `{META,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 12,
			`tensor "b": begins at byte 4 of the data section, expected 8`},
		{"same place", `{META,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4,
			`tensor "b": begins at byte 0 of the data section, expected 4`},
	} {
		f, err := decodeBytes(raw(test.header, test.data))
		if f != nil || err == nil || !strings.HasPrefix(err.Error(), "checkpoint a.safetensors: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v\nexpected %s", test.name, f, err, test.want)
		}
	}
}

// TestForeignWriter reads a file that another safetensors writer might make: any order of keys, fields and tensors, white
// space in the JSON, escapes, no padding.
func TestForeignWriter(t *testing.T) {
	header := "{ \"b\" : {\"shape\": [ 2 , 1 ],\n \"data_offsets\":[0 ,8] ,\"dtype\":\"F32\"},\r\t" +
		"\"\\u0061\":{\"data_offsets\":[8,12],\"dtype\":\"F32\",\"shape\":[]}, " +
		"\"empty\":{\"data_offsets\":[8,8],\"dtype\":\"F32\",\"shape\":[0,9223372036854775807]}," +
		"\"__metadata__\" : { \"step\" :\"\\u0031\" , \"euryale.checksum\":\"CHECKSUM\" , \"euryale.format\":\"1\" }\n}"
	content := raw(header, 12)
	binary.LittleEndian.PutUint32(content[len(content)-4:], math.Float32bits(2.5))
	f, err := decodeBytes(reseal(content))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{Metadata: map[string]string{"step": "1"}, Tensors: []Tensor{
		{Name: "a", Shape: []int{}, Data: []float32{2.5}}, {Name: "b", Shape: []int{2, 1}, Data: []float32{0, 0}}, {Name: "empty", Shape: []int{0, math.MaxInt}, Data: nil},
	}}
	if !equal(f, want) || f.Tensors[0].Name != "a" {
		t.Errorf("got %v, expected %v", f, want)
	}
}

func TestCheckLength(t *testing.T) {
	if err := checkLength(maxHeader); err != nil {
		t.Error(err)
	}
	if err := checkLength(maxHeader + 1); err == nil || err.Error() != "header length is 100000001 bytes, expected at most 100000000" {
		t.Error(err)
	}
}
