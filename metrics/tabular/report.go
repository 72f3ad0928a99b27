package tabular

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Report is how good a synthetic table is, and what it gives away.
type Report struct {
	Rows         RowCounts `json:"rows"`
	Figures      Figures   `json:"figures"`
	WorstColumns []Named   `json:"worst_columns"` // at most 5, by their shape
	WorstPairs   []Named   `json:"worst_pairs"`   // at most 5, by pairs_tv10
	WorstMissing []Named   `json:"worst_missing,omitempty"`
	RareValues   []Named   `json:"rare_values,omitempty"` // columns whose rare training values come back more often than in test rows
	Verdicts     []Verdict `json:"verdicts"`
	NotMeasured  []Note    `json:"not_measured,omitempty"`
	Subsamples   []Note    `json:"subsamples,omitempty"` // what was measured on a part of the rows or pairs, and on how many
}

// RowCounts are the rows of the tables; Test is 0 where no rows were held out.
type RowCounts struct {
	Train     int `json:"train"`
	Test      int `json:"test"`
	Synthetic int `json:"synthetic"`
}

// Figure is one measure of the synthetic table, beside what it should be near.
type Figure struct {
	Name          string             // a key of the report
	Value         float64            // NaN if it cannot be measured; null in JSON
	Floor         *float64           // the same measure of two real parts, or of test rows; nil if there is none
	StandardError *float64           // of Value, by the rows that it was measured on; nil if not known
	Baselines     map[string]float64 // the same measure of tables made by "independent", "copula" and "smote"
	Best          string             // the best value in words, such as "1"
	About         string             // what it is, and by which formula
}

// Figures are in the order in which they are read. In JSON they are one object, by name.
type Figures []Figure

// Get returns the figure of a name.
func (f Figures) Get(name string) (Figure, bool) {
	i := slices.IndexFunc(f, func(figure Figure) bool { return figure.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return f[i], true
}

// Value is the value of a figure, NaN if there is none.
func (f Figures) Value(name string) float64 {
	if figure, ok := f.Get(name); ok {
		return figure.Value
	}
	return math.NaN()
}

// Named is a value of a column, or of a pair of columns as "a×b", beside that of two real parts.
type Named struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Floor float64 `json:"floor"`
}

// Verdict is what the figures of a block come to, in words.
type Verdict struct {
	Block string `json:"block"` // schema, shapes, detection, use, leak or size
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
}

// Note is a remark about a figure or a block.
type Note struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

// Verdict returns the verdict of a block, empty if there is none.
func (r *Report) Verdict(block string) Verdict {
	for _, v := range r.Verdicts {
		if v.Block == block {
			return v
		}
	}
	return Verdict{}
}

// jsonNumber is null where a number is not finite.
type jsonNumber float64

// MarshalJSON writes the number, or null.
func (n jsonNumber) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as NaN.
func (n *jsonNumber) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = jsonNumber(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// figureJSON is a figure as it is written.
type figureJSON struct {
	Value         jsonNumber            `json:"value"`
	Floor         *jsonNumber           `json:"floor,omitempty"`
	StandardError *jsonNumber           `json:"standard_error,omitempty"`
	Baselines     map[string]jsonNumber `json:"baselines,omitempty"`
	Best          string                `json:"best,omitempty"`
	About         string                `json:"about,omitempty"`
}

// MarshalJSON writes one object, in order.
func (f Figures) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, figure := range f {
		w := figureJSON{Value: jsonNumber(figure.Value), Floor: (*jsonNumber)(figure.Floor),
			StandardError: (*jsonNumber)(figure.StandardError), Best: figure.Best, About: figure.About}
		for name, v := range figure.Baselines {
			if w.Baselines == nil {
				w.Baselines = map[string]jsonNumber{}
			}
			w.Baselines[name] = jsonNumber(v)
		}
		name, err := json.Marshal(figure.Name)
		value, err2 := json.Marshal(w)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("tabular: %w", err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Figures) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("tabular: figures: %w", err)
	}
	*f = nil
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("tabular: figures: %w", err)
		}
		var r figureJSON
		if err := decoder.Decode(&r); err != nil {
			return fmt.Errorf("tabular: figure %v: %w", name, err)
		}
		figure := Figure{Name: fmt.Sprint(name), Value: float64(r.Value), Floor: (*float64)(r.Floor),
			StandardError: (*float64)(r.StandardError), Best: r.Best, About: r.About}
		for name, v := range r.Baselines {
			if figure.Baselines == nil {
				figure.Baselines = map[string]float64{}
			}
			figure.Baselines[name] = float64(v)
		}
		*f = append(*f, figure)
	}
	return nil
}
