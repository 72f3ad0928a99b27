package strictyaml

import (
	"reflect"
	"strconv"
	"strings"
)

// A path is the keys from the root to a value, with points between. An element of a list goes by its number, from 0; an
// element that is a union may also go by the name of its kind, if no other element has that kind.

func join(parent, name string) string {
	if parent == "" || name == "" {
		return parent + name
	}
	return parent + "." + name
}

// split is the inverse of join.
func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)], path[i+1:]
}

// child is one step down a path. In a list, the name of what it returns is the number.
func child(v reflect.Value, part string) (field, bool) {
	switch formOf(v.Type()) {
	case formSection, formUnion, formMap:
		return findField(fieldsOf(v), part)
	case formList:
		for i := range v.Len() {
			if number := strconv.Itoa(i); part == number || part == elementName(v, i) {
				return field{name: number, value: v.Index(i)}, true
			}
		}
	}
	return field{}, false
}

// elementName is the name of an element's kind if no other element has it, and otherwise its number.
func elementName(list reflect.Value, i int) string {
	number := strconv.Itoa(i)
	if formOf(list.Type().Elem()) != formUnion {
		return number
	}
	name := unionOf(list.Index(i)).Name()
	if n := holds(list, name); name == "" || len(n) > 1 {
		return number
	}
	return name
}

// holds lists the numbers of the elements that have a kind.
func holds(list reflect.Value, kind string) []string {
	var numbers []string
	for i := range list.Len() {
		if unionOf(list.Index(i)).Name() == kind {
			numbers = append(numbers, strconv.Itoa(i))
		}
	}
	return numbers
}

// walk steps down a path as far as it goes and gives each step.
func walk(root reflect.Value, path string, step func(parent reflect.Value, part string, f field, ok bool)) {
	if path == "" {
		return
	}
	at := field{value: root}
	ok := true
	for part := range strings.SplitSeq(path, ".") {
		parent := at.value
		if ok = ok && !at.pick; ok {
			at, ok = child(parent, part)
		}
		step(parent, part, at, ok)
	}
}

// lookup finds what a path leads to; the root for "".
func lookup(root reflect.Value, path string) (found field, ok bool) {
	found, ok = field{value: root}, true
	walk(root, path, func(_ reflect.Value, _ string, f field, there bool) { found, ok = f, there })
	return found, ok
}

// canonical writes a path with the elements of lists by number, "[1]" as well as ".1".
func canonical(root reflect.Value, path string) string {
	path = strings.NewReplacer(".[", ".", "[", ".", "]", "").Replace(path)
	out := ""
	walk(root, path, func(_ reflect.Value, part string, f field, ok bool) {
		if ok {
			part = f.name
		}
		out = join(out, part)
	})
	return out
}

// display writes a canonical path for people: elements of lists by the names of their kinds, where that is clear.
func display(root reflect.Value, path string) string {
	out := ""
	walk(root, path, func(parent reflect.Value, part string, f field, ok bool) {
		if ok && formOf(parent.Type()) == formList {
			i, _ := strconv.Atoi(f.name)
			part = elementName(parent, i)
		}
		out = join(out, part)
	})
	return unescapeName(out)
}

// keyPath writes a canonical path as Keys does: elements by the names of their kinds, or N, and those of maps as NAME.
func keyPath(root reflect.Value, path string) string {
	out := ""
	walk(root, path, func(parent reflect.Value, part string, f field, ok bool) {
		if ok && formOf(parent.Type()) == formList {
			part = "N"
			if formOf(f.value.Type()) == formUnion {
				part = unionOf(f.value).Name()
			}
		}
		if ok && formOf(parent.Type()) == formMap {
			part = mapName
		}
		out = join(out, part)
	})
	return out
}
