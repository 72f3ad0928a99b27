package strictyaml

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a mistake in a configuration, in an override or in the name of either. Commands exit with status 2 on it.
type Error struct {
	Where   string // "file:line:column", "file" or "-set key=value"; "" if there is no place to name
	Message string // what is wrong and what was expected
	Excerpt string // the lines around, a caret under the place; "" if there is none
	Err     error  // the cause, or nil
	// UnknownKey means that an override has a path that is no key.
	UnknownKey bool
}

func (e *Error) Error() string {
	text := e.Message
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	if e.Excerpt != "" {
		text += "\n" + e.Excerpt
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// place is a position in a file: line and column from 1, the column in characters. The zero place is the
// file as a whole.
type place struct{ line, column int }

// excerpt shows two lines before the place, its line with a caret below, and one line after; of long lines the
// part around the caret.
func excerpt(lines []string, at place) string {
	const left, width = 80, 120
	if at.line < 1 || at.line > len(lines) {
		return ""
	}
	from := max(0, at.column-left)
	window := func(line []rune) []rune { return line[min(from, len(line)):min(from+width, len(line))] }
	first, last := max(1, at.line-2), min(len(lines), at.line+1)
	digits := len(fmt.Sprint(last))
	var shown []string
	for n := first; n <= last; n++ {
		mark, line := ' ', []rune(lines[n-1])
		if n == at.line {
			mark = '>'
		}
		shown = append(shown, fmt.Sprintf("%c %*d | %s", mark, digits, n, printable(window(line))))
		if n == at.line {
			margin := window(line[:min(at.column-1, len(line))])
			for i, r := range margin {
				if r != '\t' { // tabs stay, so that the caret is in the right place however wide they are shown
					margin[i] = ' '
				}
			}
			shown = append(shown, fmt.Sprintf("  %*s | %s^", digits, "", string(margin)))
		}
	}
	for i, line := range shown {
		shown[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(shown, "\n")
}

// printable keeps what a terminal shows as one character and replaces all else.
func printable(text []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, string(text))
}

// shown is what the user wrote, cut if long.
func shown(text string) string {
	runes := []rune(text)
	if len(runes) > 60 {
		return printable(runes[:59]) + "…"
	}
	return printable(runes)
}

func quote(text string) string { return `"` + shown(text) + `"` }

// whereSet names an override as the place of an error.
func whereSet(assignment string) string { return "-set " + shown(assignment) }
