package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// splitter takes delimited text apart: RFC 4180, with any delimiter and quote, and lines that end in \n, \r\n or \r. A quote
// within a cell that does not begin with one is an ordinary character.
type splitter struct {
	in        io.Reader // of text that is UTF-8
	delimiter byte      // 0: there is one cell per line
	quote     byte      // 0: none
	name      string    // of the file, for errors

	buffer     []byte
	start, end int // what of the buffer is still to be split
	ended      bool
	line       int // of buffer[start]
	spans      []span
	cells      [][]byte
	bare       bool // some cell of the last record was not quoted
	crlf       bool // the last record ended in \r\n

	// loose accepts what is wrong with a file: NUL bytes, and quotes that are not closed, which are then characters like others.
	loose bool
	odd   bool // the last record has a quote that is wrong
}

// maxRecord is the longest line, with the lines that its quotes span, in bytes.
const maxRecord = 64 << 20

// looseQuoted is how far behind a quote a loose splitter looks for the one that closes it, in bytes, at least.
const looseQuoted = 1 << 20

// span is a cell within the buffer, relative to the start of its record.
type span struct {
	from, to int
	quoted   bool
	doubled  bool // has doubled quotes
}

func newSplitter(in io.Reader, name string, delimiter, quote byte) *splitter {
	return &splitter{in: in, name: name, delimiter: delimiter, quote: quote, buffer: make([]byte, 256<<10), line: 1}
}

var errUnclosed = errors.New("a quote is not closed")

// next returns the cells of the next record and the line that it begins in; io.EOF after the last. The cells are good until the
// next call. An empty line is a record of one empty cell.
func (s *splitter) next() (cells [][]byte, line int, err error) {
	for {
		var length int
		s.spans, length, err = s.record(s.spans[:0])
		if err == nil {
			line = s.line
			s.line += countLines(s.buffer[s.start : s.start+length])
			s.take(s.spans)
			s.start += length
			return s.cells, line, nil
		}
		if !errors.Is(err, errMore) {
			return nil, s.line, err
		}
		if s.start == s.end && s.ended {
			return nil, s.line, io.EOF
		}
		if err := s.fill(); err != nil {
			return nil, s.line, err
		}
	}
}

// countLines counts the ends of lines of whole records.
func countLines(record []byte) int {
	n := bytes.Count(record, []byte{'\n'})
	if len(record) > 0 && record[len(record)-1] == '\r' {
		n++
	}
	return n
}

// errMore is the end of the buffer within a record.
var errMore = errors.New("more to read")

// record finds the cells of the record at the start of the buffer, and its length with the end of its line.
func (s *splitter) record(list []span) ([]span, int, error) {
	text := s.buffer[s.start:s.end]
	if len(text) == 0 {
		return list, 0, errMore
	}
	s.bare, s.crlf, s.odd = false, false, false
	for i := 0; ; {
		cell, next, err := s.cell(text, i)
		if err != nil {
			return list, 0, err
		}
		list = append(list, cell)
		s.bare = s.bare || !cell.quoted
		switch {
		case next == len(text) && !s.ended:
			return list, 0, errMore
		case next == len(text):
			return list, next, nil
		case text[next] == '\n':
			return list, next + 1, nil
		case text[next] == '\r':
			if next+1 == len(text) && !s.ended {
				return list, 0, errMore
			}
			if next+1 < len(text) && text[next+1] == '\n' {
				s.crlf = true
				return list, next + 2, nil
			}
			return list, next + 1, nil
		}
		i = next + 1 // behind the delimiter
	}
}

// cell finds the cell that begins at text[i], and where it ends: at a delimiter, at the end of a line or of the text.
func (s *splitter) cell(text []byte, i int) (c span, next int, err error) {
	if s.quote != 0 && i < len(text) && text[i] == s.quote {
		return s.quoted(text, i+1)
	}
	c, next = s.plain(text, i, i)
	return c, next, nil
}

// plain finds the end, at text[i] or behind it, of the cell from text[from] that is not quoted.
func (s *splitter) plain(text []byte, from, i int) (span, int) {
	for ; i < len(text); i++ {
		if b := text[i]; b == s.delimiter && b != 0 || b == '\n' || b == '\r' {
			break
		}
	}
	return span{from: from, to: i}, i
}

// quoted finds the cell whose text begins behind a quote, at text[i].
func (s *splitter) quoted(text []byte, i int) (c span, next int, err error) {
	c = span{from: i, quoted: true}
	for {
		n := bytes.IndexByte(text[i:], s.quote)
		if n < 0 {
			if s.loose && (s.ended || len(text)-c.from > looseQuoted) {
				s.odd = true
				c, next = s.plain(text, c.from-1, c.from)
				return c, next, nil
			}
			if s.ended {
				return c, 0, s.errorf(c.from, "%w: the one in column %d of this line, and the file ends", errUnclosed, columnOf(text, c.from-1))
			}
			return c, 0, errMore
		}
		i += n + 1
		if i == len(text) && !s.ended {
			return c, 0, errMore
		}
		if i == len(text) || text[i] != s.quote {
			break
		}
		c.doubled = true
		i++
	}
	c.to = i - 1
	if i < len(text) && text[i] != '\n' && text[i] != '\r' && (text[i] != s.delimiter || s.delimiter == 0) {
		if s.loose {
			s.odd = true
			c, next = s.plain(text, c.from-1, i)
			return c, next, nil
		}
		return c, 0, s.errorf(i, "expected %s or the end of the line behind the closing quote in column %d, got %q; "+
			"a quote within a quoted cell must be doubled", nameOf(s.delimiter), columnOf(text, i-1), text[i])
	}
	return c, i, nil
}

// columnOf is the place of text[i] in its line, from 1 on, in bytes.
func columnOf(text []byte, i int) int { return i - bytes.LastIndexByte(text[:i], '\n') }

// errorf is an error at text[i] of the record.
func (s *splitter) errorf(i int, format string, args ...any) error {
	line := s.line + bytes.Count(s.buffer[s.start:s.start+i], []byte{'\n'})
	return fmt.Errorf("%s:%d: %w", s.name, line, fmt.Errorf(format, args...))
}

// take makes cells of their places.
func (s *splitter) take(list []span) {
	s.cells = s.cells[:0]
	text := s.buffer[s.start:s.end]
	for _, c := range list {
		cell := text[c.from:c.to:c.to]
		if c.doubled {
			cell = undouble(cell, s.quote)
		}
		s.cells = append(s.cells, cell)
	}
}

// undouble makes one quote of two, in place.
func undouble(cell []byte, quote byte) []byte {
	out := cell[:0]
	for i := 0; i < len(cell); i++ {
		out = append(out, cell[i])
		if cell[i] == quote {
			i++
		}
	}
	return out
}

// fill reads on, with the record that was begun at the front of the buffer.
func (s *splitter) fill() error {
	if s.start > 0 {
		copy(s.buffer, s.buffer[s.start:s.end])
		s.start, s.end = 0, s.end-s.start
	} else if s.end == len(s.buffer) {
		if len(s.buffer) >= maxRecord {
			return s.errorf(0, "a line of more than %d bytes; is a quote left open in it, or the delimiter wrong?", maxRecord)
		}
		s.buffer = append(s.buffer, make([]byte, len(s.buffer))...)
	}
	n, ended, err := readFull(s.in, s.buffer[s.end:])
	if i := bytes.IndexByte(s.buffer[s.end:s.end+n], 0); i >= 0 && !s.loose {
		return s.errorf(s.end+i, "a NUL byte: this is no text, or text in UTF-16 without a byte order mark (csv.encoding: utf-16le)")
	}
	s.end += n
	s.ended = ended
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// readFull fills a buffer, as far as there is something to read. Unlike io.ReadFull it tells the end of the stream from a file
// that is cut off.
func readFull(in io.Reader, buffer []byte) (n int, ended bool, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = in.Read(buffer[n:])
		n += more
	}
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}

// nameOf is a delimiter in words.
func nameOf(delimiter byte) string {
	switch delimiter {
	case 0:
		return "nothing"
	case '\t':
		return "a tab"
	}
	return fmt.Sprintf("%q", delimiter)
}
