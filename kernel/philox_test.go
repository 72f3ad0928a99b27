package kernel

import "testing"

// Source: Random123, kat_vectors, rows "philox4x32 10".
func TestPhiloxKnownAnswers(t *testing.T) {
	tests := []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{
			[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	}
	for _, test := range tests {
		c, k := test.counter, test.key
		w0, w1, w2, w3 := philox(c[0], c[1], c[2], c[3], k[0], k[1])
		if got := [4]uint32{w0, w1, w2, w3}; got != test.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c, k, got, test.want)
		}
		step, row := uint64(c[2])|uint64(c[3]>>16)<<32, uint64(c[1])|uint64(c[3]&0xffff)<<32
		w0, w1, w2, w3 = Philox(k, step, row, c[0])
		if got := [4]uint32{w0, w1, w2, w3}; got != test.want {
			t.Errorf("Philox(%x, step %x, row %x, block %x) = %x, want %x", k, step, row, c[0], got, test.want)
		}
	}
}
