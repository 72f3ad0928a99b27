package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// value sets what a path leads to from a node of the syntax tree.
func (d *decoder) value(path string, v reflect.Value, node ast.Node) error {
	if strings.Count(path, ".") > maxDepth { // a kind may hold kinds of its own set
		return d.errorAt(first(node), "expected keys at most %d deep", maxDepth)
	}
	switch formOf(v.Type()) {
	case formList:
		return d.list(path, v, node)
	case formScalar:
		return d.scalar(path, v, node)
	case formMap:
		return d.names(path, v, node)
	}
	if text, ok := bareText(node); ok {
		if u, ok := pickOf(v); ok {
			return d.bare(path, v, u, text, isQuoted(node), d.source.locate(node.GetToken()))
		}
	}
	return d.section(path, v, node)
}

// section sets the keys of one mapping. The key "name" is read first, since it decides which the other keys are.
func (d *decoder) section(path string, v reflect.Value, node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		t, advice := node.GetToken(), ""
		if _, scalar := node.(ast.ScalarNode); scalar && strings.Contains(t.Value, ":") {
			advice = "; put a space after the colon"
		}
		return d.errorAt(t, "%sexpected %s, got %s%s", d.prefix(path), describe(v.Type()), got(node), advice)
	}
	if u, ok := pickOf(v); ok {
		if err := d.pick(path, u, mapping, false); err != nil {
			return err
		}
	}
	fields, given := fieldsOf(v), map[string]*token.Token{}
	for _, entry := range mapping.Values {
		t := entry.Key.GetToken()
		f, ok := findField(fields, t.Value)
		if !ok {
			return d.errorAt(t, "%s", d.unknownKey(path, v, t.Value))
		}
		if earlier, again := given[f.name]; again {
			message := fmt.Sprintf("duplicate key %q%s; line %d has it already", t.Value, d.within(path), d.source.locate(earlier).line)
			if earlier.Value != t.Value {
				message += fmt.Sprintf(" as %q (%q is the old name of %q)", earlier.Value, f.was, f.name)
			}
			return d.errorAt(t, "%s", message)
		}
		given[f.name] = t
		if f.pick {
			continue
		}
		below := join(path, f.name)
		d.mark(below, d.source.locate(t))
		if first(entry.Value).Type == token.ImplicitNullType {
			return d.errorAt(t, "%s: expected %s, got nothing", d.show(below), describe(f.value.Type()))
		}
		if err := d.value(below, f.value, entry.Value); err != nil {
			return err
		}
	}
	return nil
}

// pick chooses the kind that a mapping names, which it must do for a new element of a list.
func (d *decoder) pick(path string, u reflect.Value, mapping *ast.MappingNode, must bool) error {
	for _, entry := range mapping.Values {
		if entry.Key.GetToken().Value != nameKey {
			continue
		}
		text, ok := bareText(entry.Value)
		if !ok {
			at := entry.Value.GetToken()
			if first(entry.Value).Type == token.ImplicitNullType {
				return d.errorAt(entry.Key.GetToken(), "%s: expected the name of a kind, got nothing", d.show(join(path, nameKey)))
			}
			return d.errorAt(at, "%s: expected the name of a kind, got %s", d.show(join(path, nameKey)), got(entry.Value))
		}
		if err := d.choose(path, u, text); err != nil {
			return d.errorAt(entry.Value.GetToken(), "%s %v", d.show(join(path, nameKey)), err)
		}
		d.mark(join(path, nameKey), d.source.locate(entry.Value.GetToken()))
		return nil
	}
	if must {
		names := listed(unionOf(u).Names())
		return d.errorAt(first(mapping), "%s: expected the key %q with the name of a kind: %s", d.show(path), nameKey, names)
	}
	return nil
}

// choose gives the union at a path the kind of a name, unless it has it. What was set of another kind is dropped.
func (d *decoder) choose(path string, v reflect.Value, name string) error {
	u, old := unionOf(v), fieldsOf(v)
	if u.Name() == name {
		return nil
	}
	if err := u.Choose(name); err != nil {
		return err
	}
	for _, f := range old {
		d.forget(join(path, f.name))
	}
	return nil
}

// bare sets a union from a value in place of its mapping: the name of a kind, or what the union's scalar key
// gets. Section is the union, or the section that it is an inline part of.
func (d *decoder) bare(path string, section, v reflect.Value, text string, isText bool, at place) error {
	u := unionOf(v)
	fail := func(err error) error { return d.source.errorAt(at, "%s%s", d.subject(path), err) }
	if key := u.ScalarKey(); key != "" && !slices.Contains(u.Names(), text) {
		f, ok := findField(fieldsOf(section), key)
		if !ok {
			return fail(fmt.Errorf("is %s, which has no key %s to set to %s", u.Name(), key, quote(text)))
		}
		err, other := setScalar(f.value, text), "expected "+describe(f.value.Type())
		if isText && isNumber(f.value.Type()) || err != nil && err.Error() == other {
			err = fmt.Errorf("%s (the %s) or the name of a kind: %s", other, key, listed(u.Names()))
		}
		if err != nil {
			what := quote(text)
			if isText {
				what = "the text " + what
			}
			return d.source.errorAt(at, "%s%v, got %s", d.prefix(path), err, what)
		}
		d.mark(path, at)
		d.mark(join(path, key), at)
		return nil
	}
	if err := d.choose(path, v, text); err != nil {
		return fail(err)
	}
	d.mark(path, at)
	d.mark(join(path, nameKey), at)
	return nil
}

// scalar sets a plain value.
func (d *decoder) scalar(path string, v reflect.Value, node ast.Node) error {
	d.mark(path, d.source.locate(first(node)))
	text, plain := bareText(node)
	err := errors.New("expected " + describe(v.Type()))
	if plain && !(isQuoted(node) && !isText(v.Type()) && v.Kind() != reflect.String) {
		err = setScalar(v, text)
	}
	switch word, ok := err.(wordError); {
	case err == nil:
		return nil
	case ok:
		return d.errorAt(first(node), "%s%v", d.subject(path), word.error)
	}
	return d.errorAt(first(node), "%s%v, got %s", d.prefix(path), err, got(node))
}

// bareText is the text of a plain or quoted value; false for all else, and for null.
func bareText(node ast.Node) (string, bool) {
	t := node.GetToken()
	if _, ok := node.(ast.ScalarNode); !ok || t.Type == token.NullType || t.Type == token.ImplicitNullType {
		return "", false
	}
	return t.Value, true
}

func isQuoted(node ast.Node) bool {
	t := node.GetToken().Type
	return t == token.SingleQuoteType || t == token.DoubleQuoteType
}

// first returns the token that a value begins with.
func first(node ast.Node) *token.Token {
	if mapping, ok := node.(*ast.MappingNode); ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		return mapping.Values[0].Key.GetToken() // a block mapping's own token is the colon
	}
	return node.GetToken()
}

// got describes what the text has.
func got(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	switch t := node.GetToken(); {
	case t.Type == token.ImplicitNullType:
		return "nothing"
	case isQuoted(node):
		return "the text " + quote(t.Value)
	default:
		return quote(t.Value)
	}
}

func (d *decoder) errorAt(t *token.Token, format string, arguments ...any) error {
	e := d.source.errorAt(d.source.locate(t), format, arguments...)
	for _, a := range arguments {
		if err, ok := a.(error); ok {
			e.Err = err
		}
	}
	return e
}

func (d *decoder) show(path string) string { return display(d.root, path) }

// prefix begins a message on the value at a path: "train.batch: ". An override names its path already.
func (d *decoder) prefix(path string) string {
	if path == "" || d.source.isSet && path == d.target {
		return ""
	}
	return d.show(path) + ": "
}

// subject begins a message that goes on with a verb: "train.batch must be".
func (d *decoder) subject(path string) string { return strings.Replace(d.prefix(path), ": ", " ", 1) }

func (d *decoder) within(path string) string {
	if path == "" {
		return ""
	}
	return " in " + d.show(path)
}

// listed joins names, of many the first.
func listed(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s … (%d in all)", strings.Join(names[:most], ", "), len(names))
	}
	return strings.Join(names, ", ")
}
