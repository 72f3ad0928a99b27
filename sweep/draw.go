package sweep

import (
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/rng"
)

// Drawn numbers have so many digits: enough to search with, and few enough to read and to repeat by hand.
const digits = 4

// mostDraws bounds the search for n different draws. If there are no more than n, all as likely, it takes about n·ln n to draw
// them all.
func mostDraws(n int) int { return 100 + 20*n }

func (s *Spec) stream() rng.Stream { return rng.NewStream(s.Seed, rng.Search) }

// draw returns n different combinations. Each value is a function of the seed, the number of the draw and the key.
func (s *Spec) draw(n int) ([][]Setting, error) {
	var list [][]Setting
	seen, whole := map[string]bool{}, s.whole()
	for draw := 0; len(list) < n; draw++ {
		if draw == mostDraws(n) {
			return nil, choice.Wrong("method.trials", "must be at most %d: %d draws gave no more different combinations; "+
				"the method grid tries all that there are", len(list), draw)
		}
		var c []Setting
		for i, a := range s.Axes {
			if a.Key != seedKey {
				c = append(c, Setting{a.Key, s.label(i), a.draw(s.stream(), draw, whole[i])})
			}
		}
		if name := nameOf(c); !seen[name] {
			seen[name] = true
			list = append(list, c)
		}
	}
	return list, nil
}

// draw is one value of the axis, rounded if the key takes whole numbers.
func (a Axis) draw(stream rng.Stream, draw int, whole bool) string {
	h := fnv.New64a()
	h.Write([]byte(a.Key))
	row := h.Sum64() >> 16 // rows have 48 bits
	if !a.drawn() {
		return a.Values[stream.IntN(uint64(draw), row, len(a.Values))]
	}
	u := stream.Float64(uint64(draw), row)
	low, high := a.bounds()
	v := low + u*(high-low)
	if len(a.LogUniform) > 0 {
		low, high = math.Log(low), math.Log(high)
		v = math.Exp(low + u*(high-low))
	}
	return a.round(v, whole)
}

// round writes a drawn number with few digits, or as a whole number, between the bounds.
func (a Axis) round(v float64, whole bool) string {
	low, high := a.bounds()
	v = min(max(v, low), high)
	if whole {
		return strconv.FormatFloat(min(max(math.Round(v), math.Ceil(low)), math.Floor(high)), 'f', -1, 64)
	}
	for n := digits; ; n++ {
		text := strconv.FormatFloat(v, 'g', n, 64)
		if rounded, _ := strconv.ParseFloat(text, 64); low <= rounded && rounded <= high { // at the latest with 17 digits
			return text
		}
	}
}

// whole reports of each axis whether its key takes whole numbers alone.
func (s *Spec) whole() []bool {
	list := make([]bool, len(s.Axes))
	others := map[string]bool{} // keys that take something else, of some kind
	for _, k := range strictyaml.Keys(configs.Default()) {
		others[k.Path] = others[k.Path] || !strings.HasPrefix(k.Type, "a whole number")
	}
	for i, a := range s.Axes {
		other, known := others[a.Key]
		list[i] = known && !other
	}
	return list
}
