package strictyaml

import (
	"reflect"
	"strings"
)

// Encode writes a configuration (a struct or a pointer to one) as YAML: every key, in the order of the fields, of a
// union the name first. A union without other keys is its name alone; lists of values are written in brackets, other lists
// one element below the other; of the sections of a map only the keys that are not zero. Decode over any defaults of the same type gives an equal configuration back, in which an
// empty list is nil.
func Encode(v any) []byte {
	var b strings.Builder
	encode(&b, "", rootOf(v))
	return []byte(b.String())
}

// encode writes the keys of a section or union.
func encode(b *strings.Builder, indent string, section reflect.Value) {
	for _, f := range fieldsOf(section) {
		b.WriteString(indent + f.name + ":")
		switch {
		case f.pick:
			b.WriteString(" " + quoted(unionOf(f.value).Name()) + "\n")
		case isFlow(f.value):
			b.WriteString(" " + flow(f.value) + "\n")
		case formOf(f.value.Type()) == formList:
			b.WriteString("\n")
			for i := range f.value.Len() {
				element := f.value.Index(i)
				if isFlow(element) {
					b.WriteString(indent + "  - " + flow(element) + "\n")
					continue
				}
				var lines strings.Builder
				encode(&lines, indent+"    ", element)
				b.WriteString(indent + "  - " + lines.String()[len(indent)+4:])
			}
		case formOf(f.value.Type()) == formMap:
			b.WriteString("\n")
			encodeMap(b, indent+"  ", f.value)
		default:
			b.WriteString("\n")
			encode(b, indent+"  ", f.value)
		}
	}
}

// isFlow reports what is written behind its key: values, names, lists of values, and what is empty.
func isFlow(v reflect.Value) bool {
	switch formOf(v.Type()) {
	case formList:
		return v.Len() == 0 || field{value: v}.leaf()
	case formMap:
		return v.Len() == 0
	case formSection:
		return len(fieldsOf(v)) == 0
	case formUnion:
		return len(fieldsOf(v)) == 1
	}
	return true
}

// flow writes anything in one line.
func flow(v reflect.Value) string {
	var parts []string
	switch formOf(v.Type()) {
	case formScalar:
		return formatScalar(v)
	case formList:
		for i := range v.Len() {
			parts = append(parts, flow(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case formMap:
		for _, f := range itemsOf(v) {
			parts = append(parts, quoted(unescapeName(f.name))+": "+flowSet(f.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case formUnion:
		if isFlow(v) {
			return quoted(unionOf(v).Name())
		}
	}
	for _, f := range fieldsOf(v) {
		text := ""
		if f.pick {
			text = quoted(unionOf(f.value).Name())
		} else {
			text = flow(f.value)
		}
		parts = append(parts, f.name+": "+text)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
