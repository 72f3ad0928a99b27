package strictyaml

import "reflect"

// Value is a key of a configuration with its value as YAML writes it. Of a union it is the name of the kind, at the union's
// path; of a list of unions the names of all, before the keys of each.
type Value struct{ Path, Text string }

// Values lists every key of a configuration (a struct or a pointer to one) that holds a value, in the order of Encode, each
// under the path that an override names it by. Of a map it lists the entries, each as a whole.
func Values(v any) []Value { return valuesOf(nil, "", rootOf(v)) }

func valuesOf(list []Value, path string, section reflect.Value) []Value {
	for _, f := range fieldsOf(section) {
		at := join(path, f.name)
		switch {
		case f.pick:
			list = append(list, Value{path, quoted(unionOf(f.value).Name())})
		case isFlow(f.value):
			list = append(list, Value{at, flow(f.value)})
		case formOf(f.value.Type()) == formList:
			list = elementsOf(list, at, f.value)
		case formOf(f.value.Type()) == formMap:
			for _, item := range itemsOf(f.value) {
				list = append(list, Value{join(at, unescapeName(item.name)), flowSet(item.value)})
			}
		default:
			list = valuesOf(list, at, f.value)
		}
	}
	return list
}

// elementsOf lists the keys of each element of a list that is not empty and has keys.
func elementsOf(list []Value, path string, elements reflect.Value) []Value {
	kinds := formOf(elements.Type().Elem()) == formUnion
	if kinds {
		list = append(list, Value{path, kindNames(elements)})
	}
	for i := range elements.Len() {
		for _, value := range valuesOf(nil, join(path, elementName(elements, i)), elements.Index(i)) {
			if kinds && value.Path == join(path, elementName(elements, i)) {
				continue // its name, which is in the list
			}
			list = append(list, value)
		}
	}
	return list
}
