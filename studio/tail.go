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

// evaluations finds the newest point with an evaluation, and the newest of those that were the best; without one it is the zero
// point. A log is searched as text, since few of its lines are of interest.
func evaluations(path string) (newest, best run.LogPoint) {
	text, err := os.ReadFile(path)
	if err != nil {
		return newest, best
	}
	return lastWith(text, `"evaluation":{`), lastWith(text, `"best":true`)
}

// lastWith is the last point whose line has some text.
func lastWith(text []byte, mark string) (p run.LogPoint) {
	at := bytes.LastIndex(text, []byte(mark))
	if at < 0 {
		return p
	}
	line := text[bytes.LastIndexByte(text[:at], '\n')+1:]
	if end := bytes.IndexByte(line, '\n'); end < 0 || json.Unmarshal(line[:end], &p) != nil {
		return run.LogPoint{} // it is being written, or damaged
	}
	return p
}
