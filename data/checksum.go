package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
)

// Checksum is the SHA-256 of the rows and their labels, in hexadecimal digits. It shows whether the data is still what a run
// was trained on.
func (d *Dataset) Checksum() string {
	hash := sha256.New()
	buffer := make([]byte, 0, 64<<10)
	word := func(w uint32) {
		if buffer = binary.LittleEndian.AppendUint32(buffer, w); len(buffer) == cap(buffer) {
			hash.Write(buffer)
			buffer = buffer[:0]
		}
	}
	if d.Cells != nil {
		hash.Write([]byte(d.Cells.Checksum()))
	}
	for _, v := range d.Points {
		word(math.Float32bits(v))
	}
	for _, label := range d.Labels {
		word(uint32(label))
	}
	hash.Write(buffer)
	return hex.EncodeToString(hash.Sum(nil))
}
