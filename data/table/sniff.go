package table

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings of text.
const (
	utf8Name    = "utf-8"
	utf16le     = "utf-16le"
	utf16be     = "utf-16be"
	windows1252 = "windows-1252"
	latin1      = "latin1"
)

func encodings() []string { return []string{utf8Name, utf16le, utf16be, windows1252, latin1} }

// decode is text in UTF-8.
func decode(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case utf16le:
		return transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case utf16be:
		return transform.NewReader(in, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	case windows1252:
		return transform.NewReader(in, charmap.Windows1252.NewDecoder())
	case latin1:
		return transform.NewReader(in, charmap.ISO8859_1.NewDecoder())
	}
	return in
}

// traits are what the bytes of a text show.
type traits struct {
	empty   bool
	marked  string // the encoding that a byte order mark names; "" without
	mark    int    // its bytes
	badLine int    // the first line that is not UTF-8; 0: all are
	badByte byte
}

// inspect reads all of a text.
func inspect(ctx context.Context, in io.Reader) (traits, error) {
	var t traits
	buffer, kept := make([]byte, 256<<10), 0 // bytes of a character that the next chunk goes on with
	for line, first := 1, true; ; first = false {
		n, ended, err := readFull(in, buffer[kept:])
		chunk := buffer[:kept+n]
		if first {
			t.empty = n == 0
			t.byteOrderMark(chunk)
			if t.marked == utf16le || t.marked == utf16be {
				return t, nil
			}
		}
		if err != nil {
			return t, err
		}
		valid := validPrefix(chunk)
		if kept = len(chunk) - valid; kept >= utf8.UTFMax || ended && kept > 0 || kept > 0 && utf8.FullRune(chunk[valid:]) {
			t.badLine, t.badByte = line+bytes.Count(chunk[:valid], []byte{'\n'}), chunk[valid]
			return t, nil
		}
		if ended {
			return t, ctx.Err()
		}
		line += bytes.Count(chunk[:valid], []byte{'\n'})
		copy(buffer, chunk[valid:])
		if err := ctx.Err(); err != nil {
			return t, err
		}
	}
}

// checkWindows looks for the five bytes that mean nothing in Windows-1252: a text with one is read as Latin-1, in which each
// byte is a letter, unless the options name the encoding.
func (t *text) checkWindows(ctx context.Context, wanted string) error {
	in, err := t.raw()
	if err != nil {
		return err
	}
	buffer := make([]byte, 256<<10)
	for line := 1; ; {
		n, ended, err := readFull(in, buffer)
		if err != nil {
			return fmt.Errorf("%s: %w", t.file.name, err)
		}
		for _, b := range []byte{0x81, 0x8d, 0x8f, 0x90, 0x9d} {
			i := bytes.IndexByte(buffer[:n], b)
			if i >= 0 && wanted != auto {
				return fmt.Errorf("%s:%d: the byte 0x%02x means nothing in %s: is csv.encoding another, such as %s?", t.file.name,
					line+bytes.Count(buffer[:i], []byte{'\n'}), b, windows1252, latin1)
			}
			if i >= 0 {
				t.encoding = latin1
				return nil
			}
		}
		if ended || ctx.Err() != nil {
			return ctx.Err()
		}
		line += bytes.Count(buffer[:n], []byte{'\n'})
	}
}

// validPrefix is the length of the part of a text that is UTF-8.
func validPrefix(text []byte) int {
	if utf8.Valid(text) {
		return len(text)
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

func (t *traits) byteOrderMark(text []byte) {
	for _, m := range []struct{ mark, encoding string }{{"\xef\xbb\xbf", utf8Name}, {"\xff\xfe", utf16le}, {"\xfe\xff", utf16be}} {
		if bytes.HasPrefix(text, []byte(m.mark)) {
			t.marked, t.mark = m.encoding, len(m.mark)
		}
	}
}

// encoding decides on an encoding, given that of the options.
func (t traits) encoding(wanted, name string) (string, error) {
	switch {
	case wanted == auto && t.marked != "" && t.badLine == 0:
		return t.marked, nil
	case wanted == auto && t.badLine > 0 && t.marked == "":
		return windows1252, nil
	case wanted == auto && t.badLine == 0:
		return utf8Name, nil
	case wanted == utf8Name && t.badLine > 0 || wanted == auto:
		return "", fmt.Errorf("%s:%d: the byte 0x%02x is not UTF-8: name the encoding in csv.encoding, perhaps %s", name, t.badLine,
			t.badByte, windows1252)
	case t.marked != "" && t.marked != wanted:
		return "", fmt.Errorf("%s: csv.encoding is %s, and the byte order mark of the file is that of %s", name, wanted, t.marked)
	}
	return wanted, nil
}

// The delimiter is found in the first lines: at most sampleBytes of them.
const sampleBytes = 64 << 10

// findDelimiter decides what separates cells: that which gives the first lines equally many cells, most of all; else that
// which the first line has most often. A file without any has one column.
func (t *text) findDelimiter(o CSV) error {
	switch {
	case o.Delimiter == "tab":
		t.delimiter = '\t'
		return nil
	case o.Delimiter != auto:
		t.delimiter = o.Delimiter[0]
		return nil
	}
	in, err := t.decoded()
	if err != nil {
		return err
	}
	sample := make([]byte, sampleBytes)
	n, _, err := readFull(in, sample)
	if err != nil {
		return fmt.Errorf("%s: %w", t.file.name, err)
	}
	candidates := ",;\t|"
	if strings.EqualFold(filepath.Ext(strings.TrimSuffix(t.file.name, ".gz")), ".tsv") {
		candidates = "\t,;|"
	}
	best, bestHeader, bestEven := byte(0), 1, false
	for _, candidate := range []byte(candidates) {
		header, even := t.try(sample[:n], n == len(sample), candidate)
		if header > 1 && (even && !bestEven || even == bestEven && header > bestHeader) {
			best, bestHeader, bestEven = candidate, header, even
		}
	}
	t.delimiter = best
	return nil
}

// try counts the cells of the first line, and reports whether the others have as many. Of a cut sample the last record does
// not count.
func (t *text) try(sample []byte, cut bool, delimiter byte) (header int, even bool) {
	s := newSplitter(bytes.NewReader(sample), t.file.name, delimiter, t.quote)
	even = true
	last := 0
	for records := 0; ; {
		cells, _, err := s.next()
		switch {
		case err != nil:
			return header, even && (last == 0 || last == header || cut)
		case isBlank(cells):
			continue
		case records == 0:
			header = len(cells)
		case last > 0 && last != header:
			even = false
		}
		if records++; records > 1 {
			last = len(cells)
		}
	}
}
