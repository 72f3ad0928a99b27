package onnx_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// array is a tensor of any type of numbers.
type array struct {
	shape []int
	data  []float64
}

// node is a NodeProto.
type node struct {
	operator        string
	inputs, outputs []string
	ints            map[string][]int
	floats          map[string]float64
	texts           map[string]string
}

// port is an input or an output of a graph: its type, and its shape with −1 for N.
type port struct {
	name    string
	element int
	shape   []int
}

// parsed is a ModelProto.
type parsed struct {
	version, operators int
	step               int
	nodes              []node
	arrays             map[string]array
	inputs, outputs    []port
	metadata           map[string]string
}

// field is a field of a message: a number, or bytes.
type field struct {
	number int
	value  uint64
	bytes  []byte
}

// fields reads a message. (A reader of its own: what wrote the message does not read it.)
func fields(t testing.TB, m []byte) (list []field) {
	t.Helper()
	for len(m) > 0 {
		number, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		f := field{number: int(number)}
		switch kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(m)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(m)
			f.value = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(m)
		default:
			t.Fatalf("field %d has wire type %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		list = append(list, f)
	}
	return list
}

// parse reads a model, and checks that it is whole: every name is made once and before it is read.
func parse(t testing.TB, model []byte) *parsed {
	t.Helper()
	p := &parsed{arrays: map[string]array{}, metadata: map[string]string{}}
	for _, f := range fields(t, model) {
		switch f.number {
		case 1:
			p.version = int(f.value)
		case 5:
			p.step = int(f.value)
		case 7:
			p.graph(t, f.bytes)
		case 8:
			for _, f := range fields(t, f.bytes) {
				if f.number == 2 {
					p.operators = int(f.value)
				}
			}
		case 14:
			entry := fields(t, f.bytes)
			p.metadata[string(entry[0].bytes)] = string(entry[1].bytes)
		}
	}
	if p.version != 8 || p.operators != 17 {
		t.Errorf("version %d of the format with operator set %d, want 8 and 17", p.version, p.operators)
	}
	made := map[string]bool{"": true}
	make := func(name string) {
		if made[name] {
			t.Errorf("%q is made twice", name)
		}
		made[name] = true
	}
	for _, in := range p.inputs {
		make(in.name)
	}
	for name := range p.arrays {
		make(name)
	}
	for _, n := range p.nodes {
		for _, input := range n.inputs {
			if !made[input] {
				t.Errorf("%s %s reads %q, which nothing before it makes", n.operator, n.outputs[0], input)
			}
		}
		for _, output := range n.outputs {
			make(output)
		}
	}
	for _, out := range p.outputs {
		if !made[out.name] {
			t.Errorf("nothing makes the output %s", out.name)
		}
	}
	return p
}

func (p *parsed) graph(t testing.TB, m []byte) {
	t.Helper()
	for _, f := range fields(t, m) {
		switch f.number {
		case 1:
			p.nodes = append(p.nodes, parseNode(t, f.bytes))
		case 5:
			name, a := parseTensor(t, f.bytes)
			if _, ok := p.arrays[name]; ok {
				t.Errorf("two arrays are called %q", name)
			}
			p.arrays[name] = a
		case 11:
			p.inputs = append(p.inputs, parsePort(t, f.bytes))
		case 12:
			p.outputs = append(p.outputs, parsePort(t, f.bytes))
		}
	}
}

func parseNode(t testing.TB, m []byte) node {
	t.Helper()
	n := node{ints: map[string][]int{}, floats: map[string]float64{}, texts: map[string]string{}}
	for _, f := range fields(t, m) {
		switch f.number {
		case 1:
			n.inputs = append(n.inputs, string(f.bytes))
		case 2:
			n.outputs = append(n.outputs, string(f.bytes))
		case 4:
			n.operator = string(f.bytes)
		case 5:
			name, kind := "", uint64(0)
			var ints []int
			var float float64
			var text string
			for _, f := range fields(t, f.bytes) {
				switch f.number {
				case 1:
					name = string(f.bytes)
				case 2:
					float = float64(math.Float32frombits(uint32(f.value)))
				case 3, 8:
					ints = append(ints, int(f.value))
				case 4:
					text = string(f.bytes)
				case 20:
					kind = f.value
				}
			}
			switch kind {
			case 1:
				n.floats[name] = float
			case 2, 7:
				n.ints[name] = ints
			case 3:
				n.texts[name] = text
			default:
				t.Errorf("%s: the attribute %s has type %d", n.operator, name, kind)
			}
		}
	}
	return n
}

func parseTensor(t testing.TB, m []byte) (name string, a array) {
	t.Helper()
	element := uint64(0)
	var raw []byte
	for _, f := range fields(t, m) {
		switch f.number {
		case 1:
			a.shape = append(a.shape, int(f.value))
		case 2:
			element = f.value
		case 8:
			name = string(f.bytes)
		case 9:
			raw = f.bytes
		}
	}
	for len(raw) > 0 {
		switch element {
		case 1:
			a.data, raw = append(a.data, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw)))), raw[4:]
		case 7:
			a.data, raw = append(a.data, float64(int64(binary.LittleEndian.Uint64(raw)))), raw[8:]
		case 11:
			a.data, raw = append(a.data, math.Float64frombits(binary.LittleEndian.Uint64(raw))), raw[8:]
		default:
			t.Fatalf("%s has elements of type %d", name, element)
		}
	}
	if len(a.data) != size(a.shape) {
		t.Errorf("%s has %d numbers for the shape %v", name, len(a.data), a.shape)
	}
	return name, a
}

func parsePort(t testing.TB, m []byte) (p port) {
	t.Helper()
	for _, f := range fields(t, m) {
		switch f.number {
		case 1:
			p.name = string(f.bytes)
		case 2:
			for _, f := range fields(t, fields(t, f.bytes)[0].bytes) {
				if f.number == 1 {
					p.element = int(f.value)
					continue
				}
				for _, f := range fields(t, f.bytes) {
					dim := fields(t, f.bytes)[0]
					if dim.number == 2 {
						p.shape = append(p.shape, -1)
					} else {
						p.shape = append(p.shape, int(dim.value))
					}
				}
			}
		}
	}
	if len(p.shape) == 0 || p.shape[0] != -1 && !slices.Equal(p.shape, []int{1}) || slices.Contains(p.shape[1:], -1) {
		t.Errorf("%s has the shape %v, want rows of any number, or one number", p.name, p.shape)
	}
	return p
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
