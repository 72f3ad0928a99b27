package table

import (
	"fmt"
	"math"

	"euryale/data"
)

// finish decides what only all cells of a column show: whether they are keys or free text. Columns share the memory of a set.
func (st *store) finish(set *hashes) error {
	c := st.c
	switch st.keep {
	case keepHashes:
		st.count(st.seen.n)
		if st.options.Kind == kindID || c.Unique {
			st.generate(ID)
		} else {
			st.generate(Free)
		}
	case keepCodes:
		return st.finishCodes()
	case keepNumbers:
		st.count(st.distinctNumbers(set))
		automatic := c.Type == Int && st.options.Kind == "" && !st.target && c.Distinct > 1
		switch {
		case automatic && c.Unique && isKeyName(st.name):
			st.generate(ID)
		case automatic && st.serial.run && st.missing == 0 && st.present >= fewRows:
			st.generate(ID)
		case automatic && isKeyName(st.name):
			st.note("is called like a key and has repetitions: it is learned as a number; %s: category or id is another choice", st.key("kind"))
		}
	case keepDates:
		st.count(st.distinctNumbers(set))
	}
	return nil
}

func (st *store) count(distinct int) {
	st.c.Distinct, st.c.Unique = distinct, distinct > 1 && distinct == st.present
	st.seen = hashes{}
}

func (st *store) finishCodes() error {
	c := st.c
	distinct := 0
	for i, n := range c.Counts {
		if n > 0 {
			distinct++
		} else {
			return wrongColumn(st.name, "order", "has %q, which is in no row", c.Categories[i])
		}
	}
	st.count(distinct)
	st.index = nil
	automatic := st.options.Kind == "" && !st.target && c.Unique
	switch {
	case automatic && (st.present >= fewRows || isKeyName(st.name)):
		st.generate(ID)
	case automatic:
		st.note("has a different text in every row; of an id, in more rows, nothing would be learned: %s: id", st.key("kind"))
	case distinct > manyCategories && c.Kind == data.Category:
		st.note("has %d categories, and the net gets an output for each: categories.min_count pools the rare ones, %s: %s leaves it out",
			distinct, st.key("kind"), kindDrop)
	}
	return nil
}

// distinctNumbers counts the different numbers of the column.
func (st *store) distinctNumbers(set *hashes) int {
	c := st.c
	set.clear(st.present)
	if c.float != nil {
		for _, v := range c.float {
			if !math.IsNaN(v) {
				set.add(hashNumber(v))
			}
		}
		return set.n
	}
	for _, v := range c.small {
		if v != missingSmall {
			set.add(stir(uint64(v) + 1))
		}
	}
	return set.n
}

// generate makes the column one that is never learned.
func (st *store) generate(of Type) {
	c, learned := st.c, kindCategory
	if c.Kind == data.Real {
		learned = kindNumber
	}
	c.Type, c.Kind, c.Format, c.Missing = of, data.Generated, nil, nil
	c.values, c.Categories, c.Counts, c.Exact = values{}, nil, nil, false
	c.Generate = st.serial.generator(st.name, st.options.Pattern, c.Unique)
	why := ""
	switch {
	case of == Free:
		why = fmt.Sprintf("has %d different texts in %s", c.Distinct, counted(st.present, "cell"))
	case c.Unique && st.serial.run && len(st.serial.head) == 0:
		why = "counts the rows"
	default:
		why = "is different in every row"
	}
	if st.options.Kind == kindID {
		return
	}
	st.notes = nil // none of them matters now
	advice := fmt.Sprintf("%s: %s learns it, %s leaves it out", st.key("kind"), learned, kindDrop)
	if learned == kindCategory && c.Distinct > maxCategories {
		advice = fmt.Sprintf("%s: %s leaves it out", st.key("kind"), kindDrop)
	}
	st.note("%s: nothing is learned of it, and %s; %s", why, samplesOf(c.Generate), advice)
}

// samplesOf tells what a generator makes.
func samplesOf(g *data.Generator) string {
	switch g.Name {
	case "sequence":
		return fmt.Sprintf("samples are numbered from %d on", g.Start)
	case "uuid":
		return "samples have random UUIDs"
	case "empty":
		return "samples have it empty"
	}
	p, err := parsePattern(g.Pattern)
	if err != nil {
		return "samples have " + g.Pattern
	}
	return fmt.Sprintf("samples have %q, %q, …", p.append(nil, g.Start), p.append(nil, g.Start+1))
}
