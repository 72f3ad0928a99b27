package tensorboard

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// event is what the tests look at in an Event.
type event struct {
	time    float64
	step    int64
	version string
	writer  string
	start   bool // a SessionLog with the status START
	values  []value
}

// value is a Summary.Value.
type value struct {
	tag     string
	scalar  float32
	image   picture
	plugin  string
	strings []string // of the tensor
	dims    []int64
	dtype   uint64
}

// readFile reads an event file. It shares nothing with the writer: the fields are found by their numbers in TensorBoard's .proto
// files, and the checksum is computed bit by bit.
func readFile(t *testing.T, path string) []event {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []event
	for len(data) > 0 {
		length := binary.LittleEndian.Uint64(data)
		if got, want := binary.LittleEndian.Uint32(data[8:]), bitwise(data[:8]); got != want {
			t.Fatalf("%s: the checksum of a length is %x, want %x", path, got, want)
		}
		body := data[12 : 12+length]
		if got, want := binary.LittleEndian.Uint32(data[12+length:]), bitwise(body); got != want {
			t.Fatalf("%s: the checksum of an event is %x, want %x", path, got, want)
		}
		events = append(events, parseEvent(t, body))
		data = data[16+length:]
	}
	return events
}

// bitwise is the masked CRC-32C of RFC 3720, a bit at a time.
func bitwise(data []byte) uint32 {
	c := ^uint32(0)
	for _, b := range data {
		c ^= uint32(b)
		for range 8 {
			if odd := c&1 == 1; odd {
				c = c>>1 ^ 0x82f63b78
			} else {
				c >>= 1
			}
		}
	}
	c = ^c
	return (c>>15 | c<<17) + 0xa282ead8
}

// fields calls do for each field of a message: with content for bytes, else with bits.
func fields(t *testing.T, message []byte, do func(number int, bits uint64, content []byte)) {
	t.Helper()
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
		var bits uint64
		var short uint32
		var content []byte
		switch kind {
		case protowire.VarintType:
			bits, n = protowire.ConsumeVarint(message)
		case protowire.Fixed64Type:
			bits, n = protowire.ConsumeFixed64(message)
		case protowire.Fixed32Type:
			short, n = protowire.ConsumeFixed32(message)
			bits = uint64(short)
		case protowire.BytesType:
			content, n = protowire.ConsumeBytes(message)
		default:
			t.Fatalf("field %d has wire type %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
		do(int(number), bits, content)
	}
}

func parseEvent(t *testing.T, message []byte) (e event) {
	t.Helper()
	fields(t, message, func(number int, bits uint64, content []byte) {
		switch number {
		case 1:
			e.time = math.Float64frombits(bits)
		case 2:
			e.step = int64(bits)
		case 3:
			e.version = string(content)
		case 5: // summary
			fields(t, content, func(_ int, _ uint64, content []byte) { e.values = append(e.values, parseValue(t, content)) })
		case 7: // session_log
			fields(t, content, func(number int, bits uint64, _ []byte) { e.start = number == 1 && bits == 1 })
		case 10: // source_metadata
			fields(t, content, func(_ int, _ uint64, content []byte) { e.writer = string(content) })
		default:
			t.Fatalf("an event has field %d", number)
		}
	})
	return e
}

func parseValue(t *testing.T, message []byte) (v value) {
	t.Helper()
	fields(t, message, func(number int, bits uint64, content []byte) {
		switch number {
		case 1:
			v.tag = string(content)
		case 2:
			v.scalar = math.Float32frombits(uint32(bits))
		case 4:
			fields(t, content, func(number int, bits uint64, content []byte) {
				switch number {
				case 1:
					v.image.height = int(bits)
				case 2:
					v.image.width = int(bits)
				case 3:
					v.image.channels = int(bits)
				case 4:
					v.image.encoded = content
				}
			})
		case 8: // tensor
			fields(t, content, func(number int, bits uint64, content []byte) {
				switch number {
				case 1:
					v.dtype = bits
				case 2:
					fields(t, content, func(_ int, _ uint64, dim []byte) {
						fields(t, dim, func(_ int, bits uint64, _ []byte) { v.dims = append(v.dims, int64(bits)) })
					})
				case 8:
					v.strings = append(v.strings, string(content))
				}
			})
		case 9: // metadata
			fields(t, content, func(_ int, _ uint64, plugin []byte) {
				fields(t, plugin, func(_ int, _ uint64, name []byte) { v.plugin = string(name) })
			})
		default:
			t.Fatalf("a value has field %d", number)
		}
	})
	return v
}

// readFolder reads all files of a folder as TensorBoard does: in the order of their names, where START drops what earlier files
// have of its step and later ones.
func readFolder(t *testing.T, folder string) (kept []event) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "events.out.tfevents.") {
			t.Fatalf("the folder holds %s", entry.Name())
		}
		for i, e := range readFile(t, filepath.Join(folder, entry.Name())) {
			if (i == 0) != (e.version == "brain.Event:2") || (i == 1) != e.start {
				t.Fatalf("event %d of %s is %+v", i, entry.Name(), e)
			}
			if e.start {
				kept = slices.DeleteFunc(kept, func(old event) bool { return old.step >= e.step })
			}
			kept = append(kept, e)
		}
	}
	return kept
}
