package table

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// quotes decides which cells of a file of text are quoted.
type quotes struct {
	delimiter string
	mark      byte // what a cell is quoted with; doubled within one, it stands for itself
	all       bool // whether every cell is
	alone     bool // whether a row is one cell: an empty one would be a blank line, which readers skip
}

// needed reports whether a cell would not be read as it is without quotes.
func (q quotes) needed(text string) bool {
	return strings.ContainsAny(text, "\r\n") || strings.IndexByte(text, q.mark) >= 0 || strings.Contains(text, q.delimiter) ||
		text == "" && q.alone
}

// append appends a text as a cell.
func (q quotes) append(dst []byte, text string) []byte {
	if !q.all && !q.needed(text) {
		return append(dst, text...)
	}
	dst = append(dst, q.mark)
	for i := range len(text) {
		if text[i] == q.mark {
			dst = append(dst, q.mark)
		}
		dst = append(dst, text[i])
	}
	return append(dst, q.mark)
}

// encoder turns UTF-8 into the encoding of a file.
type encoder struct {
	name string
	rune func(dst []byte, r rune) ([]byte, bool) // nil: UTF-8
	text []byte                                  // memory for write
}

// newEncoder is the encoder of a name as in data.File; "" is utf-8.
func newEncoder(name string) (encoder, error) {
	e := encoder{name: name}
	switch name {
	case "", "utf-8":
	case "latin1":
		e.rune = singleByte(charmap.ISO8859_1)
	case "windows-1252":
		e.rune = singleByte(charmap.Windows1252)
	case "utf-16le":
		e.rune = func(dst []byte, r rune) ([]byte, bool) {
			for _, unit := range utf16.AppendRune(make([]uint16, 0, 2), r) {
				dst = append(dst, byte(unit), byte(unit>>8))
			}
			return dst, true
		}
	case "utf-16be":
		e.rune = func(dst []byte, r rune) ([]byte, bool) {
			for _, unit := range utf16.AppendRune(make([]uint16, 0, 2), r) {
				dst = append(dst, byte(unit>>8), byte(unit))
			}
			return dst, true
		}
	default:
		return e, fmt.Errorf("there is no encoding %q for texts", name)
	}
	return e, nil
}

// singleByte appends a letter of an encoding that has a byte for each.
func singleByte(letters *charmap.Charmap) func(dst []byte, r rune) ([]byte, bool) {
	return func(dst []byte, r rune) ([]byte, bool) {
		b, ok := letters.EncodeRune(r)
		return append(dst, b), ok
	}
}

// append appends a text in the encoding.
func (e encoder) append(dst, text []byte) ([]byte, error) {
	if e.rune == nil {
		return append(dst, text...), nil
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		var ok bool
		if dst, ok = e.rune(dst, r); !ok {
			return dst, fmt.Errorf("the letter %q cannot be written in the encoding %s", r, e.name)
		}
		text = text[size:]
	}
	return dst, nil
}

// write writes a text in the encoding.
func (e *encoder) write(out *bufio.Writer, text []byte) error {
	if e.rune != nil {
		var err error
		if e.text, err = e.append(e.text[:0], text); err != nil {
			return err
		}
		text = e.text
	}
	_, err := out.Write(text)
	return err
}
