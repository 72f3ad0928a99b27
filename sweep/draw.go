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
			return nil, choice.Wrong("method.trials", "must be at most %d: the axes have no more different combinations; "+
				"the method grid tries all of them", len(list))
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
	var v float64
	if len(a.Uniform) > 0 {
		v = a.Uniform[0] + u*(a.Uniform[1]-a.Uniform[0])
	} else {
		low, high := math.Log(a.LogUniform[0]), math.Log(a.LogUniform[1])
		v = math.Exp(low + u*(high-low))
	}
	if whole {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
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
