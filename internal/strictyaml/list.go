package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxElements bounds a list, so that what is read can be written and read again (see maxTokens).
const maxElements = 1000

// list replaces a list as a whole. A list of numbers may also be one text with commas: "99, 50, 0".
func (d *decoder) list(path string, v reflect.Value, node ast.Node) error {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		if text, plain := bareText(node); plain && isNumber(v.Type().Elem()) {
			return d.commas(path, v, text, d.source.locate(node.GetToken()))
		}
		return d.errorAt(first(node), "%sexpected %s, got %s", d.prefix(path), d.wanted(v), got(node))
	}
	if n := len(sequence.Values); n > maxElements {
		return d.errorAt(first(node), "%sexpected at most %d elements, got %d", d.prefix(path), maxElements, n)
	}
	fresh := d.element(v) // before the list is emptied, since its elements may be what new ones start from
	d.clear(path, v, d.source.locate(node.GetToken()))
	for i, value := range sequence.Values {
		element, below := fresh(), join(path, strconv.Itoa(i))
		if formOf(element.Type()) == formUnion {
			if err := d.kindOf(below, element, value); err != nil {
				return err
			}
		}
		v.Set(reflect.Append(v, element))
	}
	for i, value := range sequence.Values {
		below := join(path, strconv.Itoa(i))
		d.mark(below, d.source.locate(first(value)))
		if err := d.value(below, v.Index(i), value); err != nil {
			return err
		}
	}
	return nil
}

// kindOf chooses the kind of a new element of a list, which has to be named.
func (d *decoder) kindOf(path string, element reflect.Value, node ast.Node) error {
	name, bare := bareText(node)
	if mapping, ok := node.(*ast.MappingNode); ok && len(unionOf(element).Names()) > 0 {
		if err := d.pick(path, element, mapping, true); err != nil {
			return err
		}
		name = unionOf(element).Name()
	} else if !bare && !ok {
		return d.errorAt(first(node), "%sexpected %s, got %s", d.prefix(path), describe(element.Type()), got(node))
	}
	if err := fill(element, name); err != nil {
		return d.errorAt(first(node), "%s%v", d.subject(path), err)
	}
	return nil
}

// fill gives a union a fresh kind, with the defaults of that kind even if it had it already.
func fill(element reflect.Value, name string) error {
	u := unionOf(element)
	if len(u.Names()) == 0 {
		return errors.New("has no kinds to choose among: the list is empty and is no strictyaml.Lister")
	}
	if err := u.Choose(name); err != nil {
		return err
	}
	setKind(element, u.SectionOf(name))
	return nil
}

// commas reads a list of numbers from one text.
func (d *decoder) commas(path string, v reflect.Value, text string, at place) error {
	d.clear(path, v, at)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if n := strings.Count(text, ",") + 1; n > maxElements {
		return d.source.errorAt(at, "%sexpected at most %d elements, got %d", d.prefix(path), maxElements, n)
	}
	for part := range strings.SplitSeq(text, ",") {
		number := reflect.New(v.Type().Elem()).Elem()
		if err := setScalar(number, strings.TrimSpace(part)); err != nil {
			return d.source.errorAt(at, "%s%v between the commas, got %s", d.prefix(path), err, quote(text))
		}
		v.Set(reflect.Append(v, number))
	}
	return nil
}

// clear empties the list at a path.
func (d *decoder) clear(path string, v reflect.Value, at place) {
	d.forget(path)
	d.mark(path, at)
	v.SetZero()
}

// Lister is a list that gives what a new element starts from: a choice.One with its set, or a section with its
// defaults. A list of unions whose default is not empty does without, since it starts from its first element.
type Lister interface{ Element() any }

// element returns a function that makes new elements of a list.
func (d *decoder) element(v reflect.Value) func() reflect.Value {
	start, ok := startOf(v)
	if ok {
		d.elements[v.Type()] = start
	} else if start, ok = d.elements[v.Type()]; !ok {
		start = reflect.Zero(v.Type().Elem())
	}
	return func() reflect.Value {
		e := reflect.New(v.Type().Elem()).Elem()
		e.Set(start)
		own(e)
		return e
	}
}

func startOf(v reflect.Value) (reflect.Value, bool) {
	if lister, ok := v.Interface().(Lister); ok {
		return reflect.ValueOf(lister.Element()), true
	}
	if formOf(v.Type().Elem()) == formUnion && v.Len() > 0 {
		return v.Index(0), true
	}
	return reflect.Value{}, false
}

// wanted describes a list with an example.
func (d *decoder) wanted(v reflect.Value) string {
	example := "a, b"
	switch t := v.Type().Elem(); {
	case formOf(t) == formUnion:
		names := unionOf(d.element(v)()).Names()
		example = strings.Join(names[:min(2, len(names))], ", ")
	case formOf(t) == formSection:
		example = "{" + exampleKey(d.element(v)()) + "}"
	case isNumber(t):
		example = "1, 2"
	case formOf(t) == formList:
		example = "[1, 2], [3, 4]"
	case t.Kind() == reflect.Bool && !isText(t):
		example = "true, false"
	}
	return describe(v.Type()) + ", such as [" + example + "]"
}

// grow finds the element that a part of an override's path names, and appends one where the list has none of that kind.
func (d *decoder) grow(path string, list reflect.Value, part string) (field, error) {
	if f, ok := child(list, part); ok {
		return f, nil
	}
	fail := func(format string, a ...any) (field, error) {
		return field{}, d.source.errorAt(place{}, "%s %s", d.show(path), fmt.Sprintf(format, a...))
	}
	_, err := strconv.Atoi(part)
	if formOf(list.Type().Elem()) != formUnion || err == nil {
		if list.Len() == 0 {
			return fail("is empty, got the element %s", quote(part))
		}
		return fail("has the elements 0 to %d, got %s", list.Len()-1, quote(part))
	}
	if numbers := holds(list, part); len(numbers) > 1 {
		return fail("has %s %d times; name one by its number: %s", part, len(numbers), strings.Join(numbers, " or "))
	}
	element := d.element(list)()
	if err := fill(element, part); err != nil {
		return fail("elements %v", err)
	}
	list.Set(reflect.Append(list, element))
	f, _ := child(list, strconv.Itoa(list.Len()-1))
	return f, nil
}
