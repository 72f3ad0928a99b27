package table

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"euryale/data"
	"euryale/rng"
)

// pattern is the text of numbered cells: what stands before and after the number, and how it is written.
type pattern struct {
	before, after string
	width         int  // least number of digits
	zeros         bool // whether zeros or blanks fill the width
	base          int
	upper         bool // of the digits from A on
}

// maxWidth is the most digits that a pattern can ask for.
const maxWidth = 100

// CheckPattern returns an error unless a pattern has one verb for a whole number, %d, %x or %X, perhaps with a width as in
// D-%06d. A percent sign is written %%.
func CheckPattern(text string) error {
	_, err := parsePattern(text)
	return err
}

func parsePattern(text string) (pattern, error) {
	p := pattern{}
	wrong := fmt.Errorf("the pattern %q must have one place for a number, such as %%d or %%06d, and %%%% for a percent sign", text)
	found := false
	var part strings.Builder
	for rest := text; rest != ""; {
		if rest[0] != '%' {
			part.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		if strings.HasPrefix(rest, "%%") {
			part.WriteByte('%')
			rest = rest[2:]
			continue
		}
		verb := strings.TrimLeft(rest[1:], "0123456789")
		if found || verb == "" {
			return p, wrong
		}
		digits := rest[1 : len(rest)-len(verb)]
		switch verb[0] {
		case 'd':
			p.base = 10
		case 'x', 'X':
			p.base, p.upper = 16, verb[0] == 'X'
		default:
			return p, wrong
		}
		if digits != "" {
			width, err := strconv.Atoi(digits)
			if err != nil || width > maxWidth {
				return p, fmt.Errorf("the pattern %q asks for more than %d digits", text, maxWidth)
			}
			p.width, p.zeros = width, digits[0] == '0'
		}
		p.before, found, rest = part.String(), true, verb[1:]
		part.Reset()
	}
	p.after = part.String()
	if !found {
		return p, wrong
	}
	return p, nil
}

// append appends the text of number n.
func (p pattern) append(dst []byte, n int64) []byte {
	dst = append(dst, p.before...)
	start := len(dst)
	dst = strconv.AppendInt(dst, n, p.base)
	if p.upper {
		for i := start; i < len(dst); i++ {
			if dst[i] >= 'a' {
				dst[i] -= 'a' - 'A'
			}
		}
	}
	if missing := p.width - (len(dst) - start); missing > 0 {
		dst = p.fill(dst, start, missing)
	}
	return append(dst, p.after...)
}

// fill puts zeros, after a minus sign, or blanks before the number that begins at start.
func (p pattern) fill(dst []byte, start, count int) []byte {
	with := byte(' ')
	if p.zeros {
		with = '0'
		if dst[start] == '-' {
			start++
		}
	}
	end := len(dst)
	for range count {
		dst = append(dst, with)
	}
	copy(dst[start+count:], dst[start:end])
	for i := range count {
		dst[start+i] = with
	}
	return dst
}

// appendUUID appends the UUID of a row of a column: version 4 of RFC 9562, but always the same.
func appendUUID(dst []byte, column, row int) []byte {
	stream := rng.NewStream(0, rng.Identifiers)
	var id [16]byte
	for half := range 2 {
		word := stream.Uint64(uint64(2*column+half), uint64(row))
		for i := range 8 {
			id[8*half+i] = byte(word >> (8 * i))
		}
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	for i, length := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, id[:][:length])
		copy(id[:], id[length:])
	}
	return dst
}

// generator appends the cells of a column that is not learned: a function of the number of the row alone. Constants and empty
// cells are written elsewhere, without one.
func generator(g *data.Generator, column int) (func(dst []byte, row int) []byte, error) {
	switch g.Name {
	case "sequence":
		return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, g.Start+int64(row), 10) }, nil
	case "pattern":
		p, err := parsePattern(g.Pattern)
		if err != nil {
			return nil, err
		}
		return func(dst []byte, row int) []byte { return p.append(dst, g.Start+int64(row)) }, nil
	case "uuid":
		return func(dst []byte, row int) []byte { return appendUUID(dst, column, row) }, nil
	}
	return nil, fmt.Errorf("there is no generator %q", g.Name)
}
