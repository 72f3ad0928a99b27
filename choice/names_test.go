package choice

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOneOf(t *testing.T) {
	names := []string{"ancestral", "ddim", "euler", "heun", "dpm++_2m", "dpm++_2m_sde"}
	if err := OneOf("heun", names...); err != nil {
		t.Error(err)
	}
	for got, want := range map[string]string{
		"huen":       "must be one of heun, ancestral, ddim, euler, dpm++_2m, dpm++_2m_sde, got \"huen\"",
		"DDIM":       "must be one of ddim, ancestral, euler, heun, dpm++_2m, dpm++_2m_sde, got \"DDIM\"",
		"dpmpp_2m":   "must be one of dpm++_2m, dpm++_2m_sde, ancestral, ddim, euler, heun, got \"dpmpp_2m\"",
		"":           "must be one of ancestral, ddim, euler, heun, dpm++_2m, dpm++_2m_sde, got \"\"",
		"consistent": "must be one of ancestral, ddim, euler, heun, dpm++_2m, dpm++_2m_sde, got \"consistent\"",
	} {
		if err := OneOf(got, names...); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", got, err, want)
		}
	}
	if names[0] != "ancestral" {
		t.Error("the caller's names were reordered")
	}
	if err := OneOf(strings.Repeat("x", 1<<20), names...); err == nil || len(err.Error()) > 200 {
		t.Errorf("a long text: %v", err)
	}
}

// TestEditDistance holds the distance to the axioms of a metric and to bounds that it cannot pass.
func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     int
	}{{"kitten", "sitting", 3}, {"", "abc", 3}, {"abc", "", 3}, {"flaw", "lawn", 2}, {"same", "same", 0},
		{"", "", 0}, {"batch", "btach", 1}, {"batch", "bach", 1}, {"batch", "batchs", 1}, {"batch", "match", 1}, {"é", "e", 1},
		{"ca", "abc", 2}, {strings.Repeat("x", 100), "x", 100}} {
		if got := EditDistance(test.from, test.to); got != test.want {
			t.Errorf("%q to %q: got %d, want %d", test.from, test.to, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab]{0,8}`)
		a, b, c := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")
		ab, ba, bc, ac := EditDistance(a, b), EditDistance(b, a), EditDistance(b, c), EditDistance(a, c)
		low, high := max(len(a), len(b))-min(len(a), len(b)), max(len(a), len(b))
		if ab != ba || (ab == 0) != (a == b) || ac > ab+bc || ab < low || ab > high {
			t.Fatalf("a %q, b %q, c %q: ab %d, ba %d, bc %d, ac %d", a, b, c, ab, ba, bc, ac)
		}
	})
}
