package bar

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A bar always draws its end, the rest only now and then, and it ends its line.
func TestBar(t *testing.T) {
	var out bytes.Buffer
	b := New(&out, 1000, "samples")
	for i := range int64(1000) {
		if err := b.Show(i+1, func() string { return fmt.Sprintf("%d left", 999-i) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	shown := out.String()
	if !strings.Contains(shown, "(1000/1000)") || !strings.Contains(shown, "0 left") || !strings.HasSuffix(shown, "\n") {
		t.Errorf("it shows %q", shown)
	}
	if n := strings.Count(shown, "/1000)"); n > 100 {
		t.Errorf("it was drawn %d times", n)
	}
	out.Reset()
	b = New(&out, 10, "samples")
	if err := b.Show(3, func() string { return "7 left" }); err != nil {
		t.Fatal(err)
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	if shown := out.String(); !strings.Contains(shown, "(3/10)") || !strings.HasSuffix(shown, "\n") {
		t.Errorf("interrupted, it shows %q", shown)
	}
}
