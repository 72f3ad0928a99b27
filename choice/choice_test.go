package choice

import (
	"slices"
	"strings"
	"testing"
)

type animal interface{ Legs() int }

type dog struct{ Name string }
type bird struct{ Wings int }
type snake struct{} // a value: a kind without keys

func (*dog) Legs() int  { return 4 }
func (*bird) Legs() int { return 2 }
func (snake) Legs() int { return 0 }

func animals() Set[animal] {
	return Set[animal]{
		{"dog", "barks", func() animal { return &dog{"Rex"} }},
		{"bird", "sings", func() animal { return &bird{2} }},
		{"snake", "hisses", func() animal { return snake{} }},
	}
}

// hue has one Go type for all its kinds, which are told apart by value.
type hue int

func hues() Set[hue] {
	return Set[hue]{
		{Name: "red", New: func() hue { return 0 }},
		{Name: "green", New: func() hue { return 1 }},
	}
}

func TestSet(t *testing.T) {
	s := animals()
	if got := s.Names(); !slices.Equal(got, []string{"dog", "bird", "snake"}) {
		t.Errorf("names are %q", got)
	}
	for _, name := range s.Names() {
		kind, err := s.New(name)
		if err != nil || s.NameOf(kind) != name {
			t.Errorf("%s: got %v, named %q, %v", name, kind, s.NameOf(kind), err)
		}
	}
	a, _ := s.New("dog")
	b, _ := s.New("dog")
	a.(*dog).Name = "Laika"
	if b.(*dog).Name != "Rex" {
		t.Error("two kinds share their section")
	}
	kind, err := s.New("brid")
	if want := `must be one of bird, dog, snake, got "brid"`; kind != nil || err == nil || err.Error() != want {
		t.Errorf("got %v, %v, expected %s", kind, err, want)
	}
	if got := s.NameOf(nil) + s[:1].NameOf(&bird{}); got != "" {
		t.Errorf("named what is not in the set %q", got)
	}
	for want, kind := range map[string]hue{"red": 0, "green": 1, "": 2} {
		if got := hues().NameOf(kind); got != want {
			t.Errorf("%d: named %q, expected %q", kind, got, want)
		}
	}
}

func TestOne(t *testing.T) {
	o := animals().Choose("dog")
	if o.Name() != "dog" || o.Kind.Legs() != 4 || o.Section() != any(o.Kind) || o.ScalarKey() != "" {
		t.Errorf("got %+v", o)
	}
	if !slices.Equal(o.Names(), animals().Names()) {
		t.Errorf("names are %q", o.Names())
	}
	if o.SummaryOf("bird") != "sings" || o.SummaryOf("cat") != "" {
		t.Errorf("summaries %q and %q", o.SummaryOf("bird"), o.SummaryOf("cat"))
	}
	o.Kind.(*dog).Name = "Laika"
	if err := o.Choose("dog"); err != nil || o.Kind.(*dog).Name != "Laika" {
		t.Errorf("the same kind again: got %v, %v", o.Kind, err)
	}
	if section := o.SectionOf("dog"); section.(*dog).Name != "Rex" {
		t.Errorf("a fresh section is %v", section)
	}
	if section := o.SectionOf("cat"); section != nil {
		t.Errorf("a section of no kind is %v", section)
	}
	if err := o.Choose("cat"); err == nil || o.Name() != "dog" {
		t.Errorf("no kind: got %v, %v", o.Kind, err)
	}
	if err := o.Choose("snake"); err != nil || o.Name() != "snake" {
		t.Errorf("another kind: got %v, %v", o.Kind, err)
	}
	if err := o.Choose("dog"); err != nil || o.Kind.(*dog).Name != "Rex" {
		t.Errorf("back again: got %v, %v", o.Kind, err)
	}

	with := animals().With(&bird{3}).Scalar("wings")
	if with.Name() != "bird" || with.Kind.(*bird).Wings != 3 || with.ScalarKey() != "wings" {
		t.Errorf("got %+v", with)
	}
	if err := with.Choose("dog"); err != nil || with.ScalarKey() != "wings" {
		t.Errorf("the scalar key is lost: %+v, %v", with, err)
	}
	color := hues().Choose("green")
	if err := color.Choose("red"); err != nil || color.Kind != 0 || color.Name() != "red" {
		t.Errorf("got %+v, %v", color, err)
	}
	var none One[animal]
	if none.Name() != "" || len(none.Names()) != 0 || none.Section() != nil || none.SectionOf("dog") != nil || none.Choose("dog") == nil {
		t.Errorf("the zero One is %+v", none)
	}
}

func TestChoosePanics(t *testing.T) {
	defer func() {
		if text, ok := recover().(string); !ok || !strings.Contains(text, `got "cat"`) {
			t.Errorf("panicked with %q", text)
		}
	}()
	animals().Choose("cat")
}
