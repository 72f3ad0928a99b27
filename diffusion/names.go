package diffusion

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// OneOf is nil if got is one of the names, and otherwise an error that says which it may be, the nearest first.
func OneOf(got string, names ...string) error {
	if slices.Contains(names, got) {
		return nil
	}
	names = slices.Clone(names)
	distance := map[string]int{}
	for _, name := range names {
		distance[name] = editDistance(strings.ToLower(got), strings.ToLower(name))
		if distance[name] > max(2, len(name)/2) {
			distance[name] = len(got) + maxNearName // not alike: these keep their order
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	list := strings.Join(names, ", ")
	if len(names) > mostNames {
		list = fmt.Sprintf("%s … (%d in all)", strings.Join(names[:shownNames], ", "), len(names))
	}
	return fmt.Errorf("must be one of %s, got %q", list, got)
}

// Of more than mostNames names only the nearest are shown.
const mostNames, shownNames = 10, 5

// maxNearName is the length from which a text is no misspelt name.
const maxNearName = 64

// editDistance counts the letters to insert, to delete and to replace between two texts (Levenshtein 1966).
func editDistance(from, to string) int {
	if len(from) > maxNearName {
		return len(from)
	}
	row := make([]int, len(to)+1) // from[:i] to each to[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replace := diagonal
			if from[i] != to[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
