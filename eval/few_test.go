package eval

import (
	"context"
	"strings"
	"testing"

	"euryale/data"
)

// A single held-out row has no distance to anything: an error, however many samples are wanted.
func TestOneHeldOutRow(t *testing.T) {
	rows, err := data.Rows([][]float64{{0.1, 0.2}, {0.2, 0.1}, {0, 0.1}, {0.3, 0.2}, {0.1, 0}, {0.2, 0.2}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		share float64
		n     int
		want  string
	}{{0.1, 500, "only 1 held-out row of "}, {0.5, 1, "only 1 held-out row of "}, {0.5, 500, ""}} {
		m := scurve(t)
		m.Config.Data.Source.Kind = &data.Program{Source: rows}
		m.Config.Data.HeldOut = test.share
		e, err := Evaluate(context.Background(), m, m.Request(test.n))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v of 6 rows held out, %d samples: %v, want %q", test.share, test.n, err, test.want)
		}
		if err == nil && e.Samples != 3 {
			t.Errorf("%d samples for 3 rows", e.Samples)
		}
	}
}
