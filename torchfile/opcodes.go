package torchfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Limits of a pickle that holds a state dict. A tensor takes about 150 bytes, and two objects.
const (
	maxPickle  = 4 << 20
	maxMarks   = 1000    // open at once
	maxObjects = 1 << 18 // dicts, lists, sets and what calls make: a byte of the pickle can become 200 bytes of memory
)

// withheld are functions that the library carries out whatever findClass returns. Calls that copy one long array over and over
// would take a million times the memory of the pickle.
var withheld = []string{"_array_reconstructor", "_reconstructor"}

func checkName(name []byte) error {
	if slices.Contains(withheld, string(name)) {
		return fmt.Errorf("the pickle names %s, which no state dict does", name)
	}
	return nil
}

// arguments are what follows an opcode: the bytes of a fixed argument, or minus the bytes of a length before it.
var arguments = map[byte]int{
	'(': 0, '.': 0, '0': 0, '1': 0, '2': 0, 'N': 0, 'R': 0, 'a': 0, 'b': 0, 'e': 0, '}': 0, ']': 0, ')': 0, 's': 0, 't': 0, 'u': 0,
	'Q': 0, '\x81': 0, '\x85': 0, '\x86': 0, '\x87': 0, '\x88': 0, '\x89': 0, '\x8f': 0, '\x90': 0, '\x93': 0, '\x94': 0,
	'\x80': 1, 'K': 1, 'h': 1, 'q': 1, 'M': 2, 'J': 4, 'j': 4, 'r': 4, 'G': 8,
	'U': -1, 'C': -1, '\x8a': -1, '\x8c': -1, 'T': -4, 'X': -4, 'B': -4, '\x8d': -8,
}

// checkPickle goes through the opcodes of a pickle without carrying any out. Those that torch.save writes are let through, with
// arguments that lie within the pickle: the library that reads it would allocate what a length asks for.
func checkPickle(pickle []byte) error {
	rest, marks, objects := pickle, 0, 0
	for len(rest) > 0 {
		at, op := len(pickle)-len(rest), rest[0]
		rest = rest[1:]
		size, known := arguments[op]
		switch {
		case op == '.':
			return nil
		case op == 'c': // two lines
			_, after, ok := bytes.Cut(rest, []byte("\n"))
			name, after, both := bytes.Cut(after, []byte("\n"))
			if !ok || !both {
				return errCut
			}
			if err := checkName(name); err != nil {
				return err
			}
			rest = after
			continue
		case op == '\x95': // a frame: what it holds is checked like the rest
			if len(rest) < 8 || binary.LittleEndian.Uint64(rest) > uint64(len(rest)-8) {
				return errCut
			}
			rest = rest[8:]
			continue
		case !known:
			return fmt.Errorf("byte %d of the pickle is the opcode %q, which torch.save does not write", at, op)
		case op == '(':
			marks++
		case bytes.IndexByte([]byte("tue1\x90"), op) >= 0:
			marks--
		case bytes.IndexByte([]byte("}]\x8fR\x81"), op) >= 0:
			objects++
		}
		if objects > maxObjects {
			return fmt.Errorf("the pickle has more than %d objects", maxObjects)
		}
		if marks > maxMarks {
			return fmt.Errorf("the pickle has more than %d parts inside each other", maxMarks)
		}
		if size < 0 {
			var length uint64
			if -size > len(rest) {
				return errCut
			}
			for i, b := range rest[:-size] {
				length |= uint64(b) << (8 * i)
			}
			if rest = rest[-size:]; length > uint64(len(rest)) || op == '\x8a' && length == 0 {
				return errCut
			}
			size = int(length)
		}
		if size > len(rest) {
			return errCut
		}
		if bytes.IndexByte([]byte("UTX\x8c\x8d"), op) >= 0 { // a text may become the name of a class, by the opcode \x93
			if err := checkName(rest[:size]); err != nil {
				return err
			}
		}
		rest = rest[size:]
	}
	return errCut
}

var errCut = errors.New("the pickle is cut off, or damaged")
