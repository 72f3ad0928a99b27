package keydocs

import (
	"strings"

	"euryale/internal/strictyaml"
)

// kinds writes what a union can choose among, then the keys of each kind. Kinds with the same keys share a table.
func (p *page) kinds(union strictyaml.Key) {
	path := unionPath(union)
	p.f("\n| kind | what it is |\n|---|---|\n")
	for i, name := range union.Names {
		suffix := ""
		if name == union.Default {
			suffix = " (default)"
		}
		p.f("| `%s`%s | %s |\n", name, suffix, cell(union.Summaries[i]))
	}
	var tables []string
	sharing := map[string][]string{} // table to the names of its kinds
	for _, name := range union.Names {
		keys := p.keysOf(path, name)
		if len(keys) == 0 {
			continue
		}
		table := p.rows(keys)
		if sharing[table] == nil {
			tables = append(tables, table)
		}
		sharing[table] = append(sharing[table], "`"+name+"`")
	}
	for _, table := range tables {
		p.f("\n#### %s\n\n%s", strings.Join(sharing[table], ", "), table)
	}
}

// keysOf are the keys of a kind, without those of kinds within it. A union that several kinds have is in the list once per
// kind: the first counts.
func (p *page) keysOf(path, kind string) []strictyaml.Key {
	seen := map[string]bool{}
	return p.where(func(k strictyaml.Key) bool {
		last := len(k.Kinds) - 1
		if last < 0 || k.Kinds[last] != (strictyaml.Pick{Path: path, Kind: kind}) || seen[k.Path] {
			return false
		}
		seen[k.Path] = true
		return true
	})
}
