package table

import (
	"bytes"
	"slices"
)

// survey is what the first pass over a file finds out about a column.
type survey struct {
	column
	options ColumnOptions
	target  bool
	marks   []string // cells that mean: no value

	present, missing int
	mark             string   // the first cell that means no value
	firstMissing     int      // its line
	otherMarks       []string // others that mean the same
	first            []byte   // the first cell with a value
	firstLine        int      // its line
	constant         bool     // every cell with a value is the same text
	blanks           sample   // a cell with blanks around it
	truths           bool     // every cell is true or false
	tallies          []tally  // of numbers, by decimal mark
	dates            dates
	serial           serial
	few              map[string]bool // the different cells of a target, at most maxClassNumbers+1
	examples         [][]byte
}

// maxClassNumbers is how many different whole numbers a target may have to be taken for a class.
const maxClassNumbers = 10

func newSurvey(c column, o ReadOptions, file *source, decimalMarks []byte) *survey {
	s := &survey{column: c, options: o.Columns.Get(c.name), target: c.name == o.Target, constant: true, truths: !c.text}
	s.serial.uuids = true
	s.options.Kind = s.options.kind()
	if !c.text {
		s.tallies = make([]tally, len(decimalMarks))
		for i, mark := range decimalMarks {
			s.tallies[i].mark = mark
		}
	}
	if file.lines {
		s.marks = slices.Clone(o.CSV.Missing)
	}
	s.marks = append(s.marks, s.options.Missing...)
	if s.target {
		s.few = map[string]bool{}
	}
	return s
}

// isMissing reports whether a cell has no value.
func (s *survey) isMissing(cell []byte) bool {
	if cell == nil {
		return true
	}
	for _, mark := range s.marks {
		if string(cell) == mark {
			return true
		}
	}
	if trimmed := trim(cell); len(trimmed) < len(cell) {
		return slices.Contains(s.marks, string(trimmed))
	}
	return false
}

// trim is a cell without blanks around it.
func trim(cell []byte) []byte {
	if n := len(cell); n > 0 && (cell[0] <= ' ' || cell[n-1] <= ' ') {
		return bytes.TrimSpace(cell)
	}
	return cell
}

// add takes a cell in.
func (s *survey) add(line int, cell []byte) {
	if s.isMissing(cell) {
		s.addMissing(line, cell)
		return
	}
	if s.present++; s.present == 1 {
		s.first, s.firstLine = append([]byte{}, cell...), line
	} else if s.constant {
		s.constant = bytes.Equal(cell, s.first)
	}
	if len(s.examples) < maxExamples && !slices.ContainsFunc(s.examples, func(e []byte) bool { return bytes.Equal(e, cell) }) {
		s.examples = append(s.examples, append([]byte{}, cell...))
	}
	if s.few != nil && len(s.few) <= maxClassNumbers {
		s.few[string(cell)] = true
	}
	s.serial.add(cell)
	if s.text {
		return
	}
	bare := trim(cell)
	if len(bare) < len(cell) {
		s.blanks.set(line, cell)
	}
	s.truths = s.truths && isTruth(bare)
	isNumber := false
	for i := range s.tallies {
		isNumber = s.tallies[i].add(line, bare) || isNumber
	}
	if s.options.Format == "" && !looksLikeDate(bare, isNumber) {
		s.dates.stop(line, cell)
		return
	}
	s.dates.add(line, bare, s.options.Format)
}

func isTruth(cell []byte) bool {
	return len(cell) == 4 && bytes.EqualFold(cell, []byte("true")) || len(cell) == 5 && bytes.EqualFold(cell, []byte("false"))
}

func (s *survey) addMissing(line int, cell []byte) {
	if s.missing++; s.missing == 1 {
		s.mark, s.firstMissing = string(cell), line
	} else if string(cell) != s.mark && len(s.otherMarks) < maxExamples && !slices.Contains(s.otherMarks, string(cell)) {
		s.otherMarks = append(s.otherMarks, string(cell))
	}
}

// tally is that of a decimal mark; nil for texts.
func (s *survey) tally(mark byte) *tally {
	for i := range s.tallies {
		if s.tallies[i].mark == mark {
			return &s.tallies[i]
		}
	}
	return nil
}

// isClassNumber reports whether the cells of a target are few whole numbers.
func (s *survey) isClassNumber(t *tally) bool {
	return t != nil && t.others+t.infinite+t.great == 0 && t.whole && len(s.few) <= maxClassNumbers
}
