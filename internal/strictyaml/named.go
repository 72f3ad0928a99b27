package strictyaml

import (
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// mapName stands for a name of a map in the path of a Key.
const mapName = "NAME"

// Within a path, the characters of a name that have a meaning in paths are replaced by control characters, which no text of
// a configuration has.
var (
	escapes   = []string{".", "\x1d", "[", "\x1e", "]", "\x1f"}
	unescapes = []string{"\x1d", ".", "\x1e", "[", "\x1f", "]"}
)

func escapeName(name string) string { return strings.NewReplacer(escapes...).Replace(name) }

func unescapeName(path string) string { return strings.NewReplacer(unescapes...).Replace(path) }

// isMap reports whether a type is a choice.Map. Its elements have two fields, the name and the section.
func isMap(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Implements(reflect.TypeFor[interface{ Index(name string) int }]())
}

func itemValue(v reflect.Value, i int) reflect.Value { return v.Index(i).Field(1) }

// itemsOf lists the names of a map as keys.
func itemsOf(v reflect.Value) []field {
	list := make([]field, v.Len())
	for i := range list {
		list[i] = field{name: escapeName(v.Index(i).Field(0).String()), value: itemValue(v, i)}
	}
	return list
}

// newItem is a map's element with nothing but its name.
func newItem(t reflect.Type, name string) reflect.Value {
	item := reflect.New(t.Elem()).Elem()
	item.Field(0).SetString(name)
	return item
}

// item finds the entry of a map that a part of a path names, and appends one where there is none.
func item(v reflect.Value, part string) field {
	if f, ok := child(v, part); ok {
		return f
	}
	v.Set(reflect.Append(v, newItem(v.Type(), unescapeName(part))))
	return field{name: part, value: itemValue(v, v.Len()-1)}
}

// names sets entries of a map. Those that the text does not name stay.
func (d *decoder) names(path string, v reflect.Value, node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return d.errorAt(first(node), "%sexpected %s, got %s", d.prefix(path), describe(v.Type()), got(node))
	}
	given := map[string]*token.Token{}
	for _, entry := range mapping.Values { // all of them first: appending moves those before
		t := entry.Key.GetToken()
		if earlier, again := given[t.Value]; again {
			return d.errorAt(t, "duplicate key %q%s; line %d has it already", t.Value, d.within(path), d.source.locate(earlier).line)
		}
		given[t.Value] = t
		if setScalar(reflect.New(reflect.TypeFor[string]()).Elem(), t.Value) != nil || t.Value == "" {
			return d.errorAt(t, "%sexpected a name of 1 to %d bytes, got %s", d.prefix(path), maxText, quote(t.Value))
		}
		item(v, escapeName(t.Value))
	}
	if v.Len() > maxElements {
		return d.errorAt(first(node), "%sexpected at most %d names, got %d", d.prefix(path), maxElements, v.Len())
	}
	for _, entry := range mapping.Values {
		t := entry.Key.GetToken()
		f := item(v, escapeName(t.Value))
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

// setFields are the keys of a map's section that are not zero, which is what they start from.
func setFields(v reflect.Value) []field {
	return slices.DeleteFunc(fieldsOf(v), func(f field) bool {
		return f.value.IsZero() || f.value.Kind() == reflect.Slice && f.value.Len() == 0
	})
}

// flowSet writes a section of a map in one line.
func flowSet(v reflect.Value) string {
	var parts []string
	for _, f := range setFields(v) {
		parts = append(parts, f.name+": "+flow(f.value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// encodeMap writes an entry per line.
func encodeMap(b *strings.Builder, indent string, v reflect.Value) {
	for _, f := range itemsOf(v) {
		b.WriteString(indent + quoted(unescapeName(f.name)) + ": " + flowSet(f.value) + "\n")
	}
}

func compareMaps(list []Difference, path string, a, b reflect.Value) []Difference {
	old, new := itemsOf(a), itemsOf(b)
	if !slices.EqualFunc(old, new, func(x, y field) bool { return x.name == y.name }) {
		return compareTexts(list, path, flow(a), flow(b))
	}
	for i, f := range old {
		list = compare(list, join(path, unescapeName(f.name)), f.value, new[i].value)
	}
	return list
}
