package strictyaml

import (
	"reflect"
	"strings"
)

// override applies "a.b=value".
func (d *decoder) override(assignment string) error {
	d.source, d.target = &source{set: assignment, isSet: true}, ""
	path, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return d.source.errorAt(place{}, "expected key=value")
	}
	if d.options.Alias != nil {
		if now, ok := d.options.Alias(path); ok {
			path = now
		}
	}
	f, err := d.find(path)
	if err != nil {
		err.(*Error).UnknownKey = true
		return err
	}
	return d.assign(f, strings.TrimSpace(text))
}

// find returns what the path of an override leads to, and makes that the target.
func (d *decoder) find(path string) (field, error) {
	at := field{value: d.root}
	for part := range strings.SplitSeq(path, ".") {
		if at.pick || formOf(at.value.Type()) == formScalar {
			return field{}, d.source.errorAt(place{}, "%s", d.unknownPath(path, reflect.Value{}, part))
		}
		parent := at.value
		if formOf(parent.Type()) == formList {
			f, err := d.grow(d.target, parent, part)
			if err != nil {
				return field{}, err
			}
			at = f
		} else if formOf(parent.Type()) == formMap {
			at = item(parent, part)
		} else if at, _ = child(parent, part); !at.value.IsValid() {
			return field{}, d.source.errorAt(place{}, "%s", d.unknownPath(path, parent, part))
		}
		d.target = join(d.target, at.name)
	}
	return at, nil
}

// assign sets the target of an override. Sections and unions take a mapping in braces, lists a list in brackets.
func (d *decoder) assign(f field, text string) error {
	path, v := d.target, f.value
	form, open := formOf(v.Type()), "{"
	if form == formList {
		open = "["
	}
	if !f.pick && form != formScalar && strings.HasPrefix(text, open) {
		body, err := d.source.read([]byte(text), d.options.MaxBytes)
		if err != nil {
			return err
		}
		if form == formUnion {
			d.mark(path, place{})
		}
		return d.value(path, v, body)
	}
	switch {
	case f.pick:
		section, _ := split(path)
		if err := d.choose(section, v, text); err != nil {
			return d.source.errorAt(place{}, "%v", err)
		}
		d.mark(path, place{})
	case form == formScalar:
		if err := setScalar(v, text); err != nil {
			return d.source.errorAt(place{}, "%v", err)
		}
		d.mark(path, place{})
	case form == formList && isNumber(v.Type().Elem()):
		return d.commas(path, v, text, place{})
	case form == formList:
		return d.source.errorAt(place{}, "expected %s, got %s", d.wanted(v), quote(text))
	case form == formMap:
		return d.source.errorAt(place{}, "expected %s, such as {NAME: {%s}}, got %s", describe(v.Type()),
			exampleKey(newItem(v.Type(), "").Field(1)), quote(text))
	default:
		if u, ok := pickOf(v); ok {
			return d.bare(path, v, u, text, false, place{})
		}
		return d.source.errorAt(place{}, "%s is a section; %s", d.show(path), d.children(v))
	}
	return nil
}
