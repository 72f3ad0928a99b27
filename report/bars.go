package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Bars is a horizontal bar chart in PNG or SVG: groups of bars under headings, each bar with its name on the left and its
// value at its end. An SVG is 600 pixels wide and stays readable at 390, the width of a phone; a PNG has twice the pixels.
type Bars struct {
	Title  string     // may be empty
	Axis   string     // caption below the axis, such as "rows per second (more is better)"; may be empty
	Log    bool       // logarithmic axis, which starts at a power of ten; values must then be positive
	Groups []BarGroup // at least one
	// PerGroup gives each group a linear scale from 0 to its largest value, and omits the axis: for groups whose values
	// have different units or sizes. It excludes Log.
	PerGroup bool
}

// BarGroup is a number of bars to compare with each other.
type BarGroup struct {
	Name string // heading; may be empty
	Bars []Bar  // at least one
}

// Bar is one bar of a chart.
type Bar struct {
	Name  string
	Value float64 // at least 0
	// Label is the text at the end of the bar. If it is empty, that is the value to three digits: 0.512, 98.7, 9,870,
	// 12.3k or 1.24M.
	Label     string
	Highlight bool // drawn in color; the other bars are gray
}

// Sizes in pixels of an SVG.
const (
	barsWidth    = 600
	barsMargin   = 18
	barsText     = 19 // of 600: 12 pixels where the picture is shown 390 wide
	barsTitle    = 22
	barsLine     = 26 // from one line of text to the next
	barsHeight   = 24 // of a bar
	barsPitch    = 32 // from one bar to the next
	barsGap      = 14 // above a group
	barsSpace    = 9  // between a bar and the texts on its sides
	barsLeast    = 150
	barsMostName = barsWidth * 2 / 5
)

// barShades has only the colors of the bars: gray, and blue for highlighted ones.
var barShades = shades{samples: 1, reference: 1, pen: 8, below: faint, hues: []hue{
	{rgb{178, 178, 178}, rgb{178, 178, 178}},
	{blue.dot, blue.dot},
}}

// Encode writes the chart as PNG or SVG.
func (b Bars) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a bar chart", format, PNG, SVG); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return fmt.Errorf("bars: %w", err)
	}
	l, err := b.layout()
	if err != nil {
		return fmt.Errorf("bars: %w", err)
	}
	unit := 1
	if format == PNG {
		unit = 2
	}
	return encodeSurface(w, format, unit*barsWidth, unit*l.height, barShades, func(on surface) {
		l.draw(enlarged{on, unit})
	})
}

func (b Bars) check() error {
	switch {
	case len(b.Groups) == 0:
		return errors.New("no groups to draw")
	case b.Log && b.PerGroup:
		return errors.New("a logarithmic axis is common to all groups: set either Log or PerGroup")
	}
	for i, group := range b.Groups {
		if len(group.Bars) == 0 {
			return fmt.Errorf("group %d (%q): no bars to draw", i, group.Name)
		}
		values := make([]float64, len(group.Bars))
		for k, bar := range group.Bars {
			if values[k] = bar.Value; bar.Value < 0 {
				return fmt.Errorf("group %d (%q), bar %d (%q): want a value of at least 0, got %v", i, group.Name, k, bar.Name, bar.Value)
			}
		}
		if err := checkAxis("values", values, b.Log); err != nil {
			return fmt.Errorf("group %d (%q): %w", i, group.Name, err)
		}
	}
	return nil
}

// barLayout is a chart whose columns and scale are settled.
type barLayout struct {
	Bars
	left, length   int     // of the longest bar
	least, most    float64 // values at the two ends of the axis
	height         int
	title, caption []string
}

func (b Bars) layout() (barLayout, error) {
	l := barLayout{Bars: b, least: math.Inf(1)}
	widestName, widestLabel := 0, 0
	rows := 0
	for i, group := range b.Groups {
		for k, bar := range group.Bars {
			name := widthAt(bar.Name, barsText)
			if name > barsMostName {
				return l, fmt.Errorf("group %d (%q), bar %d: the name %q is too long, want about %d characters",
					i, group.Name, k, bar.Name, barsMostName/widthAt("0", barsText))
			}
			widestName, widestLabel = max(widestName, name), max(widestLabel, widthAt(bar.label(), barsText))
			l.least, l.most = min(l.least, bar.Value), max(l.most, bar.Value)
		}
		rows += barsGap + barsLine*len(wrap(group.Name, barsText)) + barsPitch*len(group.Bars)
	}
	l.left = barsMargin + widestName + barsSpace
	l.length = barsWidth - barsMargin - barsSpace - widestLabel - l.left
	if l.length < barsLeast {
		return l, fmt.Errorf("the names and labels leave %d of %d pixels to the bars, want %d: use shorter ones",
			max(l.length, 0), barsWidth, barsLeast)
	}
	if l.Log { // half the least value or less, so that its bar still shows
		l.least = math.Pow10(int(math.Floor(math.Log10(l.least / 2))))
	} else {
		l.least = 0
	}
	if l.most == 0 {
		l.most = 1
	}
	l.title, l.caption = wrap(b.Title, barsTitle), wrap(b.Axis, barsText)
	l.height = barsMargin + (barsLine+2)*len(l.title) + rows + barsLine*len(l.caption) + barsMargin
	if !l.PerGroup {
		l.height += barsLine
	}
	return l, nil
}

// at is how far from the left end of the axis a value lies.
func (l barLayout) at(value, most float64) int {
	share := value / most
	if l.Log {
		share = math.Log(value/l.least) / math.Log(most/l.least)
	}
	return int(math.Round(share * float64(l.length)))
}

func (l barLayout) draw(on surface) {
	y := barsMargin
	for _, line := range l.title {
		y += barsLine + 2
		on.text(barsWidth/2, y-8, center, barsTitle, line)
	}
	bottom := l.height - barsMargin - barsLine*len(l.caption)
	if !l.PerGroup {
		bottom -= barsLine
		for _, tick := range l.ticks() {
			x := l.left + l.at(tick, l.most)
			on.line(x, y+barsGap/2, x, bottom, barsGrid)
			on.text(x, bottom+barsText+3, center, barsText, tickNumber(tick))
		}
	}
	for i, line := range l.caption {
		on.text(barsWidth/2, l.height-barsMargin-barsLine*(len(l.caption)-1-i)-2, center, barsText, line)
	}
	for _, group := range l.Groups {
		y += barsGap
		for _, line := range wrap(group.Name, barsText) {
			y += barsLine
			on.text(barsMargin, y-8, left, barsText, line)
		}
		most := l.most
		if l.PerGroup {
			most = 0
			for _, bar := range group.Bars {
				most = max(most, bar.Value)
			}
			most = max(most, math.SmallestNonzeroFloat64)
		}
		for _, bar := range group.Bars {
			middle := y + barsPitch/2
			length := max(l.at(bar.Value, most), 1)
			class := 0
			if bar.Highlight {
				class = 1
			}
			on.text(l.left-barsSpace, middle+barsText*3/8, right, barsText, bar.Name)
			on.bar(l.left, middle-barsHeight/2, length, barsHeight, class)
			on.text(l.left+length+barsSpace, middle+barsText*3/8, left, barsText, bar.label())
			y += barsPitch
		}
	}
}

// barsGrid is the shade of the lines at the ticks.
const barsGrid = 36

// ticks lists few values, so that their numbers do not touch.
func (l barLayout) ticks() []float64 {
	if !l.Log {
		return multiples(niceStep(l.most, 2), 0, l.most*(1+1e-9))
	}
	decades := math.Log10(l.most / l.least)
	every := 1 + int(decades/4)
	var ticks []float64
	for k := 0; float64(k) <= decades+1e-9; k += every {
		ticks = append(ticks, l.least*math.Pow10(k))
	}
	return ticks
}

func (b Bar) label() string {
	if b.Label != "" {
		return b.Label
	}
	return shortNumber(b.Value)
}

// shortNumber writes v ≥ 0 to three digits, with k, M or G for a thousand, a million or a billion from 10,000 on.
func shortNumber(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if err != nil { // beyond the largest number
		rounded = v
	}
	write := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case rounded < 1e3:
		return write(rounded)
	case rounded < 1e4:
		return fmt.Sprintf("%d,%03d", int(rounded)/1000, int(rounded)%1000)
	case rounded < 1e6:
		return write(rounded/1e3) + "k"
	case rounded < 1e9:
		return write(rounded/1e6) + "M"
	case rounded < 1e12:
		return write(rounded/1e9) + "G"
	}
	return write(rounded)
}

// tickNumber is shortNumber with k from a thousand on, since ticks are round.
func tickNumber(v float64) string {
	if v >= 1e3 && v < 1e4 {
		return shortNumber(v/1e3) + "k"
	}
	return shortNumber(v)
}

// wrap cuts a text at its spaces into lines that fit the chart; an empty text has none.
func wrap(text string, size float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case widthAt(line+" "+word, size) <= barsWidth-2*barsMargin:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// enlarged is a surface that scales what is drawn by unit.
type enlarged struct {
	surface
	unit int
}

func (e enlarged) line(x0, y0, x1, y1 int, shade uint8) {
	e.surface.line(e.unit*x0, e.unit*y0, e.unit*x1, e.unit*y1, shade)
}

func (e enlarged) text(x, y int, align align, size float64, text string) {
	e.surface.text(e.unit*x, e.unit*y, align, float64(e.unit)*size, text)
}

func (e enlarged) bar(x, y, width, height, class int) {
	e.surface.bar(e.unit*x, e.unit*y, e.unit*width, e.unit*height, class)
}
