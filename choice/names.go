package choice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// OneOf is nil if got is one of the names, and otherwise an error that lists them, the nearest first.
func OneOf(got string, names ...string) error {
	if slices.Contains(names, got) {
		return nil
	}
	names = slices.Clone(names)
	distance := map[string]int{}
	for _, name := range names {
		distance[name] = EditDistance(strings.ToLower(got), strings.ToLower(name))
		if distance[name] > max(2, len(name)/2) {
			distance[name] = len(got) + maxNearName // not alike: these keep their order
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	list := strings.Join(names, ", ")
	if len(names) > mostNames {
		list = fmt.Sprintf("%s … (%d in all)", strings.Join(names[:shownNames], ", "), len(names))
	}
	if runes := []rune(got); len(runes) > maxNearName {
		got = string(runes[:maxNearName-1]) + "…"
	}
	return fmt.Errorf("must be one of %s, got %q", list, got)
}

// Of more than mostNames names only the nearest are shown.
const mostNames, shownNames = 10, 5

// maxNearName is the length from which a text is no misspelled name.
const maxNearName = 64

// EditDistance counts the letters to insert, to delete and to replace, and the neighbors to swap, between two texts: the
// Damerau-Levenshtein distance, a metric, by the algorithm of Lowrance and Wagner 1975, "An extension of the
// string-to-string correction problem". For a first text too long to be a misspelled name, it is the length of that text.
func EditDistance(from, to string) int {
	if len(from) > maxNearName {
		return len(from)
	}
	a, b := []rune(from), []rune(to)
	d := make([][]int, len(a)+2) // d[i+1][j+1] is the distance of a[:i] and b[:j]; the first row and column are out of reach
	for i := range d {
		d[i] = make([]int, len(b)+2)
		d[i][0], d[i][1] = len(a)+len(b), max(0, i-1)
	}
	for j := range d[0] {
		d[0][j] = len(a) + len(b)
	}
	for j := range b {
		d[1][j+2] = j + 1
	}
	row := map[rune]int{} // behind the last occurrence of a letter in a[:i]
	for i := range a {
		column := 0 // behind the last occurrence of a[i] in b[:j]
		for j := range b {
			k, l, replace := row[b[j]], column, d[i+1][j+1]+1
			if a[i] == b[j] {
				replace, column = d[i+1][j+1], j+1
			}
			swap := d[k][l] + (i - k) + 1 + (j - l)
			d[i+2][j+2] = min(replace, d[i+2][j+1]+1, d[i+1][j+2]+1, swap)
		}
		row[a[i]] = i + 1
	}
	return d[len(a)+1][len(b)+1]
}
