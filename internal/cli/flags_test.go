package cli

import (
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for text, want := range map[string]int{
		"5": 5, "-3": -3, "10_000": 10_000, "1e4": 10_000, "1.5e3": 1500, "9223372036854775807": 9223372036854775807, "010": 10,
	} {
		if got, ok := readInt(text); !ok || got != want {
			t.Errorf("%s: %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "1.5", "1e-1", "1_", "_1", "1__0", "9223372036854775808", "1e300", "0x10", "NaN", "Inf"} {
		if got, ok := readInt(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	if got, ok := readUint64("18446744073709551615"); !ok || got != 1<<64-1 {
		t.Errorf("the largest: %d, %v", got, ok)
	}
	for _, text := range []string{"-1", "-1e3", "18446744073709551616", "1.5"} {
		if got, ok := readUint64(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	for _, text := range []string{"NaN", "+Inf", "x", ""} {
		if got, ok := readFloat64(text); ok {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// An error names the flag, what was given and what is expected.
func TestFlagErrors(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-n 1e", `-n must be a whole number such as 10000 or 1e4, got "1e"`},
		{"-w one", `-w must be a number such as 0.5, got "one"`},
		{"-wrokers 3", "there is no flag -wrokers; did you mean -workers?; -help lists the flags"},
		{"-hidde 3", "there is no flag -hidde; -help lists the flags"}, // it is not shown
		{"-x", "there is no flag -x; -help lists the flags"},
		{"-n", "-n needs a value: number; -help lists the flags"},
		{"-b=5", `-b takes no value, got "5"; -help lists the flags`},
		{"file", `unexpected argument "file"; -help lists the flags`},
	} {
		f := newFlags("x", "x [flags]")
		f.Int("n", 5, "the `number` of things")
		f.Int("workers", 5, "the `number` of workers")
		f.Float64Var(new(float64), "w", 0, "the `weight`")
		f.Int("hidden", 5, "")
		f.Bool("b", false, "switch")
		err := f.parse(strings.Fields(test.args))
		if err == nil || err.Error() != test.want || status(err) != 2 {
			t.Errorf("%s: error %v, want %s", test.args, err, test.want)
		}
	}
}
