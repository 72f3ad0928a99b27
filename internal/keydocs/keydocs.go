// Package keydocs writes docs/configuration.md: every key of a configuration with its type, default and meaning. Types and
// defaults are those of the program (strictyaml.Keys), meanings are the comments of the structs that declare the keys.
//
//   - Page (this file) is the whole page: intro.md, written by hand, then a part per section.
//   - kinds.go has the summaries of kinds, and a table per kind.
//   - lines.go is the same as a list for the studio, studio/keys.tsv.
//   - comments.go reads comments from the Go source, and turns them into the words of a configuration.
//
// Its tests fail when the page is not what Page returns, and check all pages against the program: links lead somewhere,
// flags and presets in commands exist, code is somewhere in the tree. `go generate ./internal/keydocs` writes the page. Start
// reading at Page.
package keydocs

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

//go:generate go test . -run TestPage -update

//go:embed intro.md
var intro string

// page is the page that is being written.
type page struct {
	text     strings.Builder
	keys     []strictyaml.Key
	comments *comments
}

// Page returns the text of docs/configuration.md. The folder root holds the Go source of the module.
func Page(root string) (string, error) {
	p := &page{keys: strictyaml.Keys(configs.Default()), comments: newComments(root)}
	p.f("<!-- Written by go generate ./internal/keydocs from intro.md and the comments of the structs: do not edit. -->\n\n")
	p.f("%s\n## Keys\n\n", intro)
	top := p.where(func(k strictyaml.Key) bool { return !strings.Contains(k.Path, ".") })
	p.table(top)
	for _, k := range top {
		if k.Type == "section" || isUnion(k) {
			p.section(k)
		}
	}
	return p.text.String(), p.comments.err
}

func (p *page) f(format string, args ...any) { fmt.Fprintf(&p.text, format, args...) }

// where returns the keys that satisfy a condition, in order.
func (p *page) where(is func(strictyaml.Key) bool) []strictyaml.Key {
	return slices.DeleteFunc(slices.Clone(p.keys), func(k strictyaml.Key) bool { return !is(k) })
}

// section writes a top-level section: the keys that it always has, then what can be chosen in it.
func (p *page) section(k strictyaml.Key) {
	p.f("\n## `%s`\n\n%s\n", k.Path, p.comments.meaning(k))
	common := p.where(func(of strictyaml.Key) bool {
		return strings.HasPrefix(of.Path, k.Path+".") && len(of.Kinds) == 0
	})
	if len(common) > 0 {
		p.f("\n")
		p.table(common)
	}
	written := map[string]bool{}
	for _, union := range p.where(func(of strictyaml.Key) bool {
		return len(of.Names) > 0 && (of.Path == k.Path || strings.HasPrefix(of.Path, k.Path+"."))
	}) {
		if path := unionPath(union); !written[path] {
			written[path] = true
			if path != k.Path {
				p.f("\n### `%s`\n\n%s\n", path, p.comments.meaning(union))
			}
			p.kinds(union)
		}
	}
}

// table writes a row per key.
func (p *page) table(keys []strictyaml.Key) { p.f("%s", p.rows(keys)) }

func (p *page) rows(keys []strictyaml.Key) string {
	var b strings.Builder
	b.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys {
		kind, value := k.Type, k.Default
		switch {
		case len(k.Names) > 0:
			if isUnion(k) {
				kind = "a kind"
			}
			kind += fmt.Sprintf(": [`%s`](#%s)", unionPath(k), anchor(unionPath(k)))
		case k.Type == "section" && !strings.Contains(k.Path, "."):
			kind = fmt.Sprintf("section: [`%s`](#%s)", k.Path, anchor(k.Path))
		}
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Path, kind, cell(value), cell(p.comments.meaning(k)))
	}
	return b.String()
}

// cell escapes a text for a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", `\<`, "\n", " ").Replace(text)
}

// anchor is the anchor of a path's heading.
func anchor(path string) string { return strings.NewReplacer(".", "", "`", "").Replace(path) }

func isUnion(k strictyaml.Key) bool { return k.Type == "one of" }

// unionPath is the path of a union, without the "name" at the end of one whose keys are in its parent.
func unionPath(k strictyaml.Key) string {
	if isUnion(k) {
		return strings.TrimSuffix(k.Path, ".name")
	}
	return k.Path
}
