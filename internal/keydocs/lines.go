package keydocs

import (
	"strings"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// Lines returns the text of studio/keys.tsv, a line per key: its path, the kind that has it, and its meaning, with tabs between them.
// The folder root holds the Go source of the module.
func Lines(root string) (string, error) {
	var b strings.Builder
	c := newComments(root)
	seen := map[string]bool{}
	for _, k := range strictyaml.Keys(configs.Default()) {
		kind := ""
		if n := len(k.Kinds); n > 0 {
			kind = k.Kinds[n-1].Kind
		}
		if line := k.Path + "\t" + kind + "\t" + strings.ReplaceAll(c.meaning(k), "`", "") + "\n"; k.Type != "section" && !seen[line] {
			seen[line] = true
			b.WriteString(line)
		}
	}
	return b.String(), c.err
}
