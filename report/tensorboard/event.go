package tensorboard

import (
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"euryale/run"
)

// The numbers of the fields that are written, as in event.proto, summary.proto, tensor.proto, tensor_shape.proto and types.proto
// of TensorBoard (tensorboard/compat/proto).
const (
	eventWallTime, eventStep, eventFileVersion, eventSummary, eventSessionLog, eventSource = 1, 2, 3, 5, 7, 10

	sourceWriter     = 1
	sessionStatus    = 1
	sessionStart     = 1 // SessionLog.START
	summaryValue     = 1
	valueTag         = 1
	valueSimple      = 2
	valueImage       = 4
	valueTensor      = 8
	valueMetadata    = 9
	imageHeight      = 1
	imageWidth       = 2
	imageColorspace  = 3
	imageEncoded     = 4
	metadataPlugin   = 1
	pluginName       = 1
	tensorType       = 1
	tensorShape      = 2
	tensorStringVal  = 8
	typeString       = 7 // DT_STRING
	shapeDim, dimLen = 2, 1
)

// fileVersion begins each file: TensorBoard takes a SessionLog as a restart from version 2 on.
const fileVersion = "brain.Event:2"

// appendEvent appends an Event of a time and a step, with one more field.
func appendEvent(b []byte, at time.Time, step int64, field protowire.Number, content []byte) []byte {
	b = protowire.AppendTag(b, eventWallTime, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(float64(at.UnixMicro())/1e6))
	if step != 0 {
		b = appendInt(b, eventStep, step)
	}
	return appendBytes(b, field, content)
}

// appendSource appends to an Event which program wrote it.
func appendSource(b []byte) []byte {
	return appendBytes(b, eventSource, appendBytes(nil, sourceWriter, []byte(run.EventsWriter)))
}

// sessionLog is a SessionLog with the status START.
func sessionLog() []byte { return appendInt(nil, sessionStatus, sessionStart) }

// appendScalar appends to a Summary the value of a tag.
func appendScalar(b []byte, tag string, value float32) []byte {
	v := appendBytes(nil, valueTag, []byte(tag))
	v = protowire.AppendTag(v, valueSimple, protowire.Fixed32Type)
	v = protowire.AppendFixed32(v, math.Float32bits(value))
	return appendBytes(b, summaryValue, v)
}

// picture is an encoded image with what a Summary has to tell about it.
type picture struct {
	height, width, channels int
	encoded                 []byte
}

// imageSummary is a Summary with one picture.
func imageSummary(tag string, p picture) []byte {
	image := appendInt(nil, imageHeight, int64(p.height))
	image = appendInt(image, imageWidth, int64(p.width))
	image = appendInt(image, imageColorspace, int64(p.channels))
	image = appendBytes(image, imageEncoded, p.encoded)
	v := appendBytes(nil, valueTag, []byte(tag))
	return appendBytes(nil, summaryValue, appendBytes(v, valueImage, image))
}

// textSummary is a Summary with one text in Markdown, as TensorBoard's plugin for texts reads it: a tensor of one string.
func textSummary(tag, markdown string) []byte {
	plugin := appendBytes(nil, metadataPlugin, appendBytes(nil, pluginName, []byte("text")))
	tensor := appendInt(nil, tensorType, typeString)
	tensor = appendBytes(tensor, tensorShape, appendBytes(nil, shapeDim, appendInt(nil, dimLen, 1)))
	tensor = appendBytes(tensor, tensorStringVal, []byte(markdown))
	v := appendBytes(nil, valueTag, []byte(tag))
	v = appendBytes(v, valueTensor, tensor)
	return appendBytes(nil, summaryValue, appendBytes(v, valueMetadata, plugin))
}

func appendInt(b []byte, field protowire.Number, value int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(value))
}

func appendBytes(b []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), content)
}
