package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a message of protocol buffers in the making. The numbers of its fields are those of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
type message []byte

func (m *message) integer(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendFixed32(protowire.AppendTag(*m, field, protowire.Fixed32Type), math.Float32bits(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), v)
}

// text writes a string, unless it is empty.
func (m *message) text(field protowire.Number, v string) {
	if v != "" {
		m.bytes(field, []byte(v))
	}
}

// Element is the type of the numbers of a tensor.
type Element int64

// The elements that a graph has.
const (
	Float32 Element = 1
	Uint8   Element = 2
	Int64   Element = 7
	Float64 Element = 11
)

// number is a type of number of a tensor.
type number interface{ float32 | float64 | int64 }

// tensor is a TensorProto.
func tensor[T number](name string, shape []int, data []T) (m message) {
	var element Element
	var raw []byte
	switch data := any(data).(type) {
	case []float32:
		element, raw = Float32, make([]byte, 0, 4*len(data))
		for _, v := range data {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	case []float64:
		element, raw = Float64, make([]byte, 0, 8*len(data))
		for _, v := range data {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		}
	case []int64:
		element, raw = Int64, make([]byte, 0, 8*len(data))
		for _, v := range data {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		}
	}
	for _, n := range shape {
		m.integer(1, int64(n))
	}
	m.integer(2, int64(element))
	m.text(8, name)
	m.bytes(9, raw)
	return m
}

// rows is the name of the axis of a batch, which may have any length.
const rows = "N"

// value is a ValueInfoProto. A dimension of −1 is that of the batch.
func value(name, about string, element Element, shape ...int) (m message) {
	var dims, of, kind message
	for _, n := range shape {
		var dim message
		if n < 0 {
			dim.text(2, rows)
		} else {
			dim.integer(1, int64(n))
		}
		dims.bytes(1, dim)
	}
	of.integer(1, int64(element))
	of.bytes(2, dims)
	kind.bytes(1, of)
	m.text(1, name)
	m.bytes(2, kind)
	m.text(3, about)
	return m
}

// Attribute is a setting of a node.
type Attribute struct{ encoded message }

// The numbers of the types of attributes.
const (
	attributeFloat = 1
	attributeInt   = 2
	attributeText  = 3
	attributeInts  = 7
)

func attribute(name string, kind int64, put func(*message)) Attribute {
	var m message
	m.text(1, name)
	put(&m)
	m.integer(20, kind)
	return Attribute{m}
}

// Int is an attribute that is a whole number.
func Int(name string, v int) Attribute {
	return attribute(name, attributeInt, func(m *message) { m.integer(3, int64(v)) })
}

// Float is an attribute that is a number.
func Float(name string, v float32) Attribute {
	return attribute(name, attributeFloat, func(m *message) { m.float(2, v) })
}

// Text is an attribute that is a text.
func Text(name, v string) Attribute {
	return attribute(name, attributeText, func(m *message) { m.bytes(4, []byte(v)) })
}

// Ints is an attribute that is a list of whole numbers.
func Ints(name string, list ...int) Attribute {
	return attribute(name, attributeInts, func(m *message) {
		for _, v := range list {
			m.integer(8, int64(v))
		}
	})
}
