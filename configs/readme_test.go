package configs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README lists every key with its default.
func TestReadmeListsEveryKey(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	config := Default()
	for _, k := range keysOf(&config) {
		if k.section() {
			continue
		}
		if row := fmt.Sprintf("\n| `%s` | `%s` |", k.path, formatScalar(k.value)); !strings.Contains(string(text), row) {
			t.Errorf("README.md has no row %q", row)
		}
	}
}
