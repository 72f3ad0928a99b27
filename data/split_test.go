package data

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/rng"

	"pgregory.net/rapid"
)

// The two parts are all rows, each in order, the share of them; and a part read in pieces is the part.
func TestSplit(t *testing.T) {
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(2, 12_000).Draw(t, "rows")
		share := rapid.Float64Range(1e-6, 0.999).Draw(t, "share")
		seed := rapid.Uint64().Draw(t, "seed")
		train, held, err := Split(count{rows}, share, seed)
		n := max(1, int(math.Round(share*float64(rows))))
		if n >= rows {
			if err == nil || !strings.Contains(err.Error(), "leaves none to train on") {
				t.Fatalf("%v of %d rows: error %v", share, rows, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if held.Rows() != n || train.Rows() != rows-n {
			t.Fatalf("%v of %d rows: %d and %d", share, rows, train.Rows(), held.Rows())
		}
		var all []float64
		for _, part := range []Source{train, held} {
			var whole, piece Batch
			if err := part.Read(ctx, &whole, 0, part.Rows()); err != nil {
				t.Fatal(err)
			}
			if !slices.IsSorted(whole.Real) || whole.Rows != part.Rows() || len(whole.Labels) != whole.Rows {
				t.Fatal("a part is out of order, or not whole")
			}
			for i, v := range whole.Real {
				if int(whole.Labels[i]) != int(v)%2 {
					t.Fatalf("row %v has the label %d", v, whole.Labels[i])
				}
			}
			first := rapid.IntRange(0, part.Rows()).Draw(t, "first")
			k := rapid.IntRange(0, part.Rows()-first).Draw(t, "n")
			if err := part.Read(ctx, &piece, first, k); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(piece.Real, whole.Real[first:first+k]) || piece.First != first || piece.Rows != k {
				t.Fatal("a piece is not of the whole")
			}
			all = append(all, whole.Real...)
		}
		slices.Sort(all)
		for i, v := range all {
			if int(v) != i {
				t.Fatalf("of both parts row %d is %v", i, v)
			}
		}
	})
}

// Which rows are held out is a function of the seed, by its own stream.
func TestSplitIsDrawn(t *testing.T) {
	held := func(seed uint64) []float64 {
		_, held, err := Split(count{1000}, 0.1, seed)
		if err != nil {
			t.Fatal(err)
		}
		return numbersOf(t, held)
	}
	order := make([]int32, 1000)
	rng.NewStream(3, rng.HeldOut).Permutation(order, 0)
	slices.Sort(order[:100])
	for i, v := range held(3) {
		if int32(v) != order[i] {
			t.Fatalf("held-out row %d is %v, want %d", i, v, order[i])
		}
	}
	if slices.Equal(held(3), held(4)) || !slices.Equal(held(3), held(3)) {
		t.Error("what is held out is not the seed's")
	}
}

// Parts of a distribution are distributions: fresh rows and classes are the whole's. Parts of other sources are none.
func TestSplitOfALaw(t *testing.T) {
	train, held, err := Split(count{10}, 0.5, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []Source{train, held} {
		distribution, ok := part.(Distribution)
		if !ok {
			t.Fatal("a part of a distribution is none")
		}
		s, err := Fresh(distribution, 0, 3, AnyClass)
		if err != nil {
			t.Fatal(err)
		}
		if got := numbersOf(t, s); !slices.Equal(got, []float64{1000, 1001, 1002}) || distribution.NearestClass([]float64{7}) != 1 {
			t.Errorf("fresh rows %v", got)
		}
		if err := s.Read(t.Context(), new(Batch), 2, 2); err == nil {
			t.Error("row 3 of 3 fresh rows was read")
		}
	}
	train, _, err = Split(rowsOf(t, [][]float64{{1}, {2}}, nil), 0.5, 0)
	if _, ok := train.(Distribution); ok || err != nil {
		t.Errorf("a part of rows in memory is a distribution, or %v", err)
	}
	if _, err := Fresh(count{10}, 0, 1, 5); err == nil {
		t.Error("fresh rows of a class that is not there")
	}
	if _, err := Fresh(count{10}, 0, 0, AnyClass); err == nil {
		t.Error("no fresh rows")
	}
}

func TestSplitErrors(t *testing.T) {
	for _, share := range []float64{0, 1, -0.1, 2, math.NaN()} {
		if _, _, err := Split(count{10}, share, 0); err == nil {
			t.Errorf("a share of %v: no error", share)
		}
	}
	train, held, err := Split(count{10}, 0.3, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []Source{train, held} {
		for _, bad := range [][2]int{{-1, 1}, {part.Rows(), 1}, {0, part.Rows() + 1}, {2, -1}} {
			if err := part.Read(t.Context(), new(Batch), bad[0], bad[1]); err == nil {
				t.Errorf("read %d rows from %d on of %d", bad[1], bad[0], part.Rows())
			}
		}
	}
}

// counts is a kind for the tests.
type counts struct {
	Points int `yaml:"points"`
}

func (c *counts) Validate() error {
	if c.Points < 1 {
		return choice.Wrong("points", "must be at least 1, got %d", c.Points)
	}
	return nil
}

func (c *counts) Open(context.Context, uint64) (Source, error) { return count{c.Points}, nil }

func sections() choice.Set[Options] {
	return choice.Set[Options]{
		{Name: "counts", New: func() Options { return &counts{10} }},
		ProgramKind(),
	}
}

// tested brings two rows of its own to hold out.
type tested struct{ counts }

func (k *tested) HasTest() bool { return k.Points > 5 }

func (k *tested) OpenTest(_ context.Context, train Source) (Source, error) {
	if train.Rows() != k.Points {
		return nil, choice.Wrong("points", "of other rows")
	}
	return count{2}, nil
}

// Rows that a kind brings to hold out are in place of a share.
func TestSectionTested(t *testing.T) {
	kind := &tested{counts{10}}
	s := Section{Source: choice.Set[Options]{{Name: "tested", New: func() Options { return kind }}}.With(kind)}
	train, held, err := s.Open(t.Context(), 1)
	if err != nil || train.Rows() != 10 || held.Rows() != 2 || !s.HoldsOut() {
		t.Errorf("%v, %v, %v", train, held, err)
	}
	s.HeldOut = 0.5
	if _, _, err := s.Open(t.Context(), 1); err == nil || !strings.HasPrefix(err.Error(), "data.held_out must be 0 where") {
		t.Errorf("both: %v", err)
	}
	kind.Points = 4
	if train, held, err = s.Open(t.Context(), 1); err != nil || train.Rows() != 2 || held.Rows() != 2 {
		t.Errorf("without its own: %v, %v, %v", train, held, err)
	}
}

// A part has the rows that PartOf names, and any other source is its own whole.
func TestPartOf(t *testing.T) {
	train, held, err := Split(count{10}, 0.3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []Source{train, held} {
		whole, rows := PartOf(part)
		var all, some Batch
		if err := errors.Join(whole.Read(t.Context(), &all, 0, 10), part.Read(t.Context(), &some, 0, part.Rows())); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if some.Real[i] != all.Real[row] {
				t.Errorf("row %d is not row %d of the whole", i, row)
			}
		}
		if whole != Source(count{10}) || len(rows) != part.Rows() {
			t.Errorf("%v with %d rows", whole, len(rows))
		}
	}
	if whole, rows := PartOf(count{10}); whole != Source(count{10}) || rows != nil {
		t.Errorf("%v, %v", whole, rows)
	}
}

func TestSection(t *testing.T) {
	ctx := t.Context()
	s := Section{Source: sections().Choose("counts")}
	train, held, err := s.Open(ctx, 1)
	if err != nil || held != nil || train.Rows() != 10 {
		t.Errorf("%v, %v, %v", train, held, err)
	}
	s.HeldOut = 0.3
	if train, held, err = s.Open(ctx, 1); err != nil || held.Rows() != 3 || train.Rows() != 7 {
		t.Errorf("%v, %v, %v", train, held, err)
	}
	if _, ok := s.Encoder().codecs[0].(*Float32); !ok {
		t.Error("numbers are changed unasked")
	}
	s.Standardize = true
	if _, ok := s.Encoder().codecs[0].(*Standardize); !ok {
		t.Error("numbers are not standardized")
	}
	for _, share := range []float64{-0.1, 1, math.NaN()} {
		s.HeldOut = share
		err := s.Validate()
		if field, ok := err.(*choice.FieldError); !ok || field.Key != "held_out" {
			t.Errorf("held_out %v: %v", share, err)
		}
		if _, _, err := s.Open(ctx, 0); err == nil || !strings.HasPrefix(err.Error(), "data.held_out must be") {
			t.Errorf("held_out %v: %v", share, err)
		}
	}
	s.HeldOut = 0
	s.Source.Kind.(*counts).Points = 0
	if _, _, err := s.Open(ctx, 0); err == nil || !strings.HasPrefix(err.Error(), "data.points must be at least 1") {
		t.Errorf("no points: %v", err)
	}
	if _, _, err := (Section{}).Open(ctx, 0); err == nil {
		t.Error("a section without a kind was opened")
	}
}

func TestProgram(t *testing.T) {
	ctx := t.Context()
	s := Section{Source: sections().Choose("program")}
	if err := s.Source.Kind.Validate(); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Open(ctx, 0); err == nil || !strings.Contains(err.Error(), "data of this run was given by a Go program") {
		t.Errorf("a program's rows without the program: %v", err)
	}
	s.Source = sections().With(&Program{Source: count{4}})
	if train, _, err := s.Open(ctx, 0); err != nil || train.Rows() != 4 || s.Source.Name() != "program" {
		t.Errorf("%v, %v", train, err)
	}
}

func TestRows(t *testing.T) {
	s := rowsOf(t, [][]float64{{1, 2}, {3, 4}, {5, 6}}, []int32{2, 0, 0})
	if schema := s.Schema(); schema.Dim() != 2 || !slices.Equal(schema.Classes, []string{"0", "1", "2"}) || s.Rows() != 3 {
		t.Errorf("%+v", schema)
	}
	var b Batch
	if err := s.Read(t.Context(), &b, 1, 2); err != nil ||
		!slices.Equal(b.Real, []float64{3, 4, 5, 6}) || !slices.Equal(b.Labels, []int32{0, 0}) {
		t.Errorf("%+v, %v", b, err)
	}
	if err := s.Read(t.Context(), &b, 2, 2); err == nil {
		t.Error("row 3 of 3 was read")
	}
	for _, test := range []struct {
		want   string
		points [][]float64
		labels []int32
	}{
		{"there are no points", nil, nil},
		{"there are no points", [][]float64{{}}, nil},
		{"row 1 has 1 numbers, row 0 has 2", [][]float64{{1, 2}, {3}}, nil},
		{"row 1, column x0: must be a finite number, got NaN", [][]float64{{1, 2}, {math.NaN(), 4}}, nil},
		{"row 0, column x1: must be a finite number, got +Inf", [][]float64{{1, math.Inf(1)}}, nil},
		{"there are 1 labels for 2 rows", [][]float64{{1}, {2}}, []int32{0}},
		{"there are 0 labels for 1 rows", [][]float64{{1}}, []int32{}},
		{"row 1: label must be from 0 to 65535, got -1", [][]float64{{1}, {2}}, []int32{0, -1}},
		{"row 0: label must be from 0 to 65535, got 65536", [][]float64{{1}}, []int32{65536}},
	} {
		if _, err := Rows(test.points, test.labels); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, labels %v: error %v, want %q", test.points, test.labels, err, test.want)
		}
	}
	for _, dim := range []int{0, -1, 2, 1 << 40} {
		if _, err := Flat(make([]float64, 3), dim, nil); err == nil {
			t.Errorf("3 numbers in rows of %d: no error", dim)
		}
	}
}
