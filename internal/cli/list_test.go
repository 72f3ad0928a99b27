package cli

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// Every key that chooses by name is listed with a title, and no title is left over.
func TestChoicesAreComplete(t *testing.T) {
	found := map[string]bool{}
	for _, key := range strictyaml.Keys(configs.Default()) {
		if len(key.Names) > 0 {
			found[strings.TrimSuffix(key.Path, ".name")] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(choices)), slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		t.Errorf("list has titles for %q, and the configuration chooses %q", got, want)
	}
}
