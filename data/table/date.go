package table

import (
	"slices"
	"strings"
	"time"
	"unsafe"

	"euryale/choice"
)

// layout is a way to write dates or times.
type layout struct {
	text string
	// order is 'm' where the month is a number before the day, 'd' where it is one after it and both could be taken for the
	// other, and 0 otherwise.
	order byte
	clock bool // a time of day without a date
}

// dateLayouts lists the layouts of dates that are recognized, those to be preferred first.
func dateLayouts() []layout {
	return []layout{
		{text: "2006-01-02"}, {text: "2006/01/02"}, {text: "2006.01.02"}, {text: "20060102"},
		{text: "01/02/2006", order: 'm'}, {text: "1/2/2006", order: 'm'}, {text: "02/01/2006", order: 'd'}, {text: "2/1/2006", order: 'd'},
		{text: "02.01.2006"}, {text: "2.1.2006"},
		{text: "01-02-2006", order: 'm'}, {text: "1-2-2006", order: 'm'}, {text: "02-01-2006", order: 'd'}, {text: "2-1-2006", order: 'd'},
		{text: "2006-1-2"}, {text: "2006/1/2"}, {text: "01/02/06", order: 'm'}, {text: "02/01/06", order: 'd'}, {text: "02.01.06"},
		{text: "02 Jan 2006"}, {text: "2 Jan 2006"}, {text: "02-Jan-2006"}, {text: "2-Jan-2006"}, {text: "02-Jan-06"},
		{text: "Jan 02, 2006"}, {text: "Jan 2, 2006"}, {text: "January 2, 2006"}, {text: "January 02, 2006"},
		{text: "2 January 2006"}, {text: "02 January 2006"},
		{text: "Mon, 02 Jan 2006"}, {text: "Mon Jan _2 2006"}, {text: "Jan 2006"}, {text: "January 2006"}, {text: "2006-01"},
	}
}

// clockLayouts are those of times of day: they stand alone, or behind a date and a blank or a T, and then perhaps before a zone.
func clockLayouts() []string {
	return []string{
		"15:04:05", "15:04:05.000", "15:04:05.000000", "15:04:05.000000000", "15:04:05.0", "15:04:05.00", "15:04:05.999999999", "15:04",
		"3:04 PM", "03:04 PM", "3:04:05 PM", "03:04:05 PM", "3:04PM", "03:04PM",
	}
}

// candidates are the layouts that a cell may have.
func candidates(cell string) []layout {
	var list []layout
	for _, date := range dateLayouts() {
		_, err := time.Parse(date.text, cell)
		if err == nil {
			list = append(list, date)
		}
		if failed, ok := err.(*time.ParseError); !ok || !strings.Contains(failed.Message, "extra text") {
			continue
		}
		for _, between := range []string{" ", "T"} {
			for _, clock := range clockLayouts() {
				for _, zone := range []string{"", "Z07:00", " Z07:00", "-07:00", " -07:00", "-0700", " -0700"} {
					list = append(list, layout{text: date.text + between + clock + zone, order: date.order})
				}
			}
		}
	}
	for _, clock := range clockLayouts() {
		list = append(list, layout{text: clock, clock: true})
	}
	return list
}

// dates are the layouts that all cells of a column have so far.
type dates struct {
	cells   int
	left    []layout
	last    layout // the one that was dropped last
	against sample // by this cell
	unit    time.Duration
	offset  int // of the zone, in seconds
	mixed   bool
	least   time.Time
	most    time.Time
}

// add takes a cell in. wanted is the layout of the options, or "".
func (d *dates) add(line int, cell []byte, wanted string) {
	if d.cells++; d.cells == 1 && wanted != "" {
		d.left = []layout{layoutOf(wanted)}
	} else if d.cells == 1 {
		d.left = candidates(string(cell))
	} else if len(d.left) == 0 {
		return
	}
	text, first := textOf(cell), true
	d.left = slices.DeleteFunc(d.left, func(l layout) bool {
		t, ok := parseTime(l.text, text)
		if !ok {
			d.last = l
		} else if first {
			d.widen(t)
			first = false
		}
		return !ok
	})
	if len(d.left) == 0 {
		d.against.set(line, cell)
	}
}

// stop is add for a cell that is no date.
func (d *dates) stop(line int, cell []byte) {
	if d.cells++; len(d.left) > 0 {
		d.last, d.left = d.left[0], nil
		d.against.set(line, cell)
	}
}

// looksLikeDate is false for most cells that have none of the layouts.
func looksLikeDate(cell []byte, isNumber bool) bool {
	if isNumber {
		return len(cell) == 8 && isDigits(cell)
	}
	return len(cell) >= 4 && len(cell) <= 64 && slices.ContainsFunc(cell, func(c byte) bool { return c-'0' <= 9 })
}

// parseTime is false unless the layout gives back the text.
func parseTime(layout, text string) (time.Time, bool) {
	t, err := time.Parse(layout, text)
	if err != nil {
		return t, false
	}
	var buffer [64]byte
	return t, string(t.AppendFormat(buffer[:0], layout)) == text
}

// widen notes the finest unit and the zone. The layouts that are left differ in what is a day and what a month, at most.
func (d *dates) widen(t time.Time) {
	_, offset := t.Zone()
	if d.unit == 0 {
		d.offset, d.unit, d.least, d.most = offset, 24*time.Hour, t, t
	}
	d.mixed = d.mixed || offset != d.offset
	d.unit = min(d.unit, unitOf(t))
	if t.Before(d.least) {
		d.least = t
	}
	if t.After(d.most) {
		d.most = t
	}
}

// units are those that numbers of dates count, from coarse to fine.
func units() []time.Duration {
	return []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}
}

// unitOf is the coarsest unit of which a time is a whole multiple.
func unitOf(t time.Time) time.Duration {
	if n := t.Nanosecond(); n != 0 {
		switch {
		case n%1e6 == 0:
			return time.Millisecond
		case n%1e3 == 0:
			return time.Microsecond
		}
		return time.Nanosecond
	}
	for _, unit := range units() {
		if seconds := int64(unit / time.Second); t.Unix()%seconds == 0 {
			return unit
		}
	}
	return time.Second
}

// countOf is how many units a time is after 1970, or after midnight for a clock: time.Parse puts a clock in the year 0.
func countOf(t time.Time, unit time.Duration, clock bool) int64 {
	if clock {
		t = t.AddDate(1970, 0, 0)
	}
	if unit >= time.Second {
		seconds := int64(unit / time.Second)
		n := t.Unix() / seconds
		if t.Unix()%seconds < 0 {
			n--
		}
		return n
	}
	return t.Unix()*int64(time.Second/unit) + int64(t.Nanosecond())/int64(unit)
}

// choose is the layout of a column, the zero layout for one of other things. dayFirst decides where it could be either.
func (d *dates) choose(dayFirst bool) (chosen layout, ambiguous bool) {
	orders := [256]bool{}
	for _, l := range d.left {
		orders[l.order] = true
	}
	ambiguous = orders['m'] && orders['d']
	if len(d.left) > 0 {
		chosen = d.left[0]
	}
	if ambiguous && dayFirst {
		chosen = d.left[slices.IndexFunc(d.left, func(l layout) bool { return l.order == 'd' })]
	}
	return chosen, ambiguous
}

// other is the layout with day and month exchanged.
func (d *dates) other(chosen layout) string {
	i := slices.IndexFunc(d.left, func(l layout) bool { return l.order != 0 && l.order != chosen.order })
	return d.left[max(i, 0)].text
}

// checkFormat checks the layout of a configuration: it must be able to write a date and read it again.
func checkFormat(text string) error {
	if text == "" {
		return nil
	}
	moment := time.Date(2021, time.November, 23, 14, 58, 59, 0, time.UTC)
	written := moment.Format(text)
	if _, ok := parseTime(text, written); !ok || written == text {
		advice := ""
		if strings.ContainsAny(text, "%Y") {
			advice = "; it is not strftime's"
		}
		return choice.Wrong("format", `must be the date 2006-01-02 15:04:05 as the cells write it, such as "02/01/2006", got %q%s`, text, advice)
	}
	return nil
}

// layoutOf is the layout of a configuration.
func layoutOf(text string) layout {
	a := time.Date(2021, time.November, 23, 14, 58, 59, 0, time.UTC)
	return layout{text: text, clock: a.Format(text) == a.AddDate(1, 1, 1).Format(text)}
}

// textOf is a cell as a string for as long as the cell is not overwritten.
func textOf(cell []byte) string { return unsafe.String(unsafe.SliceData(cell), len(cell)) }
