package keydocs

import (
	"cmp"
	"fmt"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// summaries are the summaries of the kinds at the path of a union, by name; nil if the page does not know the path.
func summaries(path string) map[string]string {
	switch path {
	case "data":
		return of(configs.Sources())
	case "process":
		return of(diffusion.Processes())
	case "process.schedule":
		return of(diffusion.Schedules())
	case "objective":
		return of(objective.Objectives())
	case "objective.prediction":
		return of(diffusion.Predictions())
	case "objective.weight":
		return of(diffusion.Weights())
	case "objective.distance":
		return of(objective.Distances())
	case "timesteps":
		return of(diffusion.TimestepSamplers())
	case "net":
		return of(nets.Architectures())
	case "net.time":
		return of(nets.TimeEncodings())
	case "optimizer.learning_rate":
		return of(optim.Schedules())
	case "optimizer.transforms":
		return of(optim.Transforms())
	case "sample.solver":
		return of(solver.Solvers())
	case "sample.spacing":
		return of(solver.Spacings())
	}
	return nil
}

func of[K any](set choice.Set[K]) map[string]string {
	all := map[string]string{}
	for _, e := range set {
		all[e.Name] = e.Summary
	}
	return all
}

// kinds writes what a union can choose among, then the keys of each kind. Kinds with the same keys share a table.
func (p *page) kinds(union strictyaml.Key) {
	path := unionPath(union)
	known := summaries(path)
	if known == nil {
		p.err = cmp.Or(p.err, fmt.Errorf("keydocs: %s: add its set of kinds to summaries in kinds.go", path))
		return
	}
	p.f("\n| kind | what it is |\n|---|---|\n")
	for _, name := range union.Names {
		suffix := ""
		if name == union.Default {
			suffix = " (default)"
		}
		p.f("| `%s`%s | %s |\n", name, suffix, cell(known[name]))
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

// keysOf are the keys of a kind, without those of kinds within it. A union that several kinds have stands in the list once
// for each: the first counts.
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
