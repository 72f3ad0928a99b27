package studio

import (
	"bytes"
	"encoding/json"
	"io"
	"os"

	"euryale/run"
)

// tailBytes is how much of the end of a log a line of the list is made of: some ten points.
const tailBytes = 4 << 10

// tail reads the log points at the end of a file, and where the last whole line ends. Lines that are no log points are left
// out, as is one that is not complete.
func tail(path string, most int64) (points []run.LogPoint, end int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	from := max(0, info.Size()-most)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	if err != nil {
		return nil, 0, err
	}
	if from > 0 {
		i := bytes.IndexByte(text, '\n') + 1
		text, from = text[i:], from+int64(i)
	}
	points, read := parse(text)
	return points, from + int64(read), nil
}

// parse reads the log points of whole lines, and returns how many bytes these are.
func parse(text []byte) (points []run.LogPoint, read int) {
	read = bytes.LastIndexByte(text, '\n') + 1
	for line := range bytes.Lines(text[:read]) {
		var p run.LogPoint
		if json.Unmarshal(line, &p) == nil {
			points = append(points, p)
		}
	}
	return points, read
}

// evaluations finds the newest point with an evaluation, and the newest of those that were the best, among the whole lines of a log,
// which end at some place; without one it is the zero point.
func evaluations(path string, end int64) (newest, best run.LogPoint) {
	file, err := os.Open(path)
	if err != nil {
		return newest, best
	}
	defer file.Close()
	return lastWith(file, end, `"evaluation":{`), lastWith(file, end, `"best":true`)
}

// lastWith is the last point whose line has some text. It reads a log from its end, in parts, and searches it as text: few of its
// lines are of interest.
func lastWith(log io.ReaderAt, end int64, mark string) (p run.LogPoint) {
	const size = 64 << 10
	var rest []byte // of a line that begins before the part that was read last
	for end > 0 {
		from := max(0, end-size)
		part := make([]byte, end-from, int(end-from)+len(rest))
		if _, err := log.ReadAt(part, from); err != nil {
			return p
		}
		part = append(part, rest...)
		begin := 0 // of the first whole line
		if from > 0 {
			begin = bytes.IndexByte(part, '\n') + 1
		}
		if at := bytes.LastIndex(part[begin:], []byte(mark)); at >= 0 {
			line := part[begin:]
			line = line[bytes.LastIndexByte(line[:at], '\n')+1:]
			line = line[:bytes.IndexByte(line, '\n')+1]
			if json.Unmarshal(line, &p) != nil {
				return run.LogPoint{} // it is damaged
			}
			return p
		}
		rest, end = part[:begin], from
	}
	return p
}
