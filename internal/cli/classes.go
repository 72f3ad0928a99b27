package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"euryale/data"
	tables "euryale/data/table"
	"euryale/model"
)

// classFlags choose the classes of samples by name.
type classFlags struct {
	class, proportions string
	balance            bool
}

// declare declares the flags.
func (c *classFlags) declare(flags *flags) {
	flags.StringVar(&c.class, "class", "", "the `name` of the class of all samples, as the data has it")
	flags.BoolVar(&c.balance, "balance", false, "draw as many samples of each class")
	flags.StringVar(&c.proportions, "proportions", "", "the shares of the classes, a `list` such as yes=0.3,no=0.7, which add up to 1; "+
		"the others get no samples")
}

// choosesClass reports whether a flag gives the classes of samples, other than -label all.
func (s *sampling) choosesClass() bool {
	return s.classes.class != "" || s.classes.balance || s.classes.proportions != "" || s.label != "" && !s.all()
}

// apply changes a request by the flags, of which at most one is given, besides -label.
func (c *classFlags) apply(flags *flags, m *model.Model, r *model.Request) error {
	var given []string
	for _, name := range []string{"label", "class", "balance", "proportions"} {
		if flags.given(name) {
			given = append(given, "-"+name)
		}
	}
	switch {
	case len(given) > 1:
		return usagef("%s and %s both choose the classes of the samples; give one of them", given[0], given[1])
	case len(given) == 0 || flags.given("label"):
		return nil
	case len(m.Schema.Classes) == 0:
		return usagef("%s needs classes: %s", given[0], classless(m))
	case r.Reject && c.class == "":
		return usagef("%s does not go with -reject, which keeps samples of any class as they come; -class does", given[0])
	}
	var err error
	r.Sampling.Guidance.Label = -1
	switch {
	case c.class != "":
		r.Sampling.Guidance.Label, err = m.ClassNamed(c.class)
	case c.balance:
		r.Labels = m.BalancedLabels()
	default:
		r.Labels, err = c.shares(m, r.N)
	}
	if err != nil {
		return usagef("%s: %s", given[0], plain(err))
	}
	return nil
}

// classless is why the rows of a model have no class.
func classless(m *model.Model) string {
	options, ok := m.Config.Data.Source.Kind.(*tables.Options)
	switch {
	case !ok:
		return "the data of this run has none"
	case options.Target == "":
		return "this run was trained without a target; data.target names the column of the classes"
	}
	return fmt.Sprintf("the target of this run, %s, holds numbers; -where %s=VALUE draws samples that have one of them",
		options.Target, options.Target)
}

// shares are the labels of -proportions.
func (c *classFlags) shares(m *model.Model, n int) ([]int32, error) {
	var shares []model.Share
	name := ""
	for part := range strings.SplitSeq(c.proportions, ",") {
		name += part
		i := strings.LastIndexByte(name, '=')
		if i < 0 { // the comma belongs to the name of a class
			name += ","
			continue
		}
		share, ok := readFloat64(strings.TrimSpace(name[i+1:]))
		if !ok {
			return nil, fmt.Errorf("%q: expected a number from 0 to 1 after the =", name)
		}
		shares, name = append(shares, model.Share{Class: className(m, name[:i]), Part: share}), ""
	}
	if name != "" {
		return nil, fmt.Errorf("%q: expected CLASS=SHARE, as in yes=0.3,no=0.7", strings.TrimSuffix(name, ","))
	}
	return m.ProportionalLabels(shares, n)
}

// className is the name of a class in a list, which may have blanks around it.
func className(m *model.Model, text string) string {
	if trimmed := strings.TrimSpace(text); !slices.Contains(m.Schema.Classes, text) {
		return trimmed
	}
	return text
}

// classCounter is a sink that counts the rows per class.
type classCounter struct {
	data.Sink
	counts []int
}

// Write implements data.Sink.
func (c *classCounter) Write(rows *data.Batch) error {
	for _, label := range rows.Labels {
		if label >= 0 {
			c.counts[label]++
		}
	}
	return c.Sink.Write(rows)
}

const (
	// mostClasses are listed, the largest first.
	mostClasses = 12
	// fewRows of training are too few for the samples of a class to be more than copies of them.
	fewRows = 20
)

// print reports the samples per class of a table.
func (c *classCounter) print(on *console, m *model.Model) {
	if m.Table() == nil || !m.Schema.HasClassColumn() {
		return
	}
	order, total := make([]int, len(c.counts)), 0
	for i, n := range c.counts {
		order[i] = i
		total += n
	}
	if total == 0 {
		return
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.counts[b], c.counts[a]) })
	var list, rare, none []string
	for _, i := range order {
		name, rows := shownCell(m.Schema.Classes[i], 40), int64(fewRows)
		if m.Schema.ClassCounts != nil {
			rows = m.Schema.ClassCounts[i]
		}
		switch {
		case c.counts[i] == 0 && rows > 0:
			none = append(none, name)
			continue
		case c.counts[i] == 0:
			continue
		case rows < fewRows:
			rare = append(rare, fmt.Sprintf("%s (%d)", name, rows))
		}
		list = append(list, fmt.Sprintf("%s %s", name, grouped(c.counts[i])))
	}
	without := ""
	if len(none) > 0 && len(list) > 1 { // not those that were not asked for
		without = "; none of " + firstOf(none, mostClasses)
	}
	on.note("classes: %s%s", firstOf(list, mostClasses), without)
	if len(rare) > 0 {
		on.note("rare classes: samples may repeat the few training rows of %s", firstOf(rare, mostClasses))
	}
}

// firstOf joins the first of a list.
func firstOf(list []string, most int) string {
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

// printClipped reports the columns of a table whose numbers often left the range of the training rows.
func printClipped(c *console, m *model.Model) {
	var list []string
	for _, clipped := range m.Clipped() {
		list = append(list, shownCell(clipped.Column, 40)+" "+percent(clipped.Share))
	}
	if len(list) > 0 {
		c.note("clipped: numbers that left the range of the training rows were moved into it: %s; a longer training leaves fewer", firstOf(list, mostClasses))
	}
}
