package strictyaml

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"euryale/choice"
)

// unknownKey words the error for a key of a file that the section at a path does not have.
func (d *decoder) unknownKey(path string, section reflect.Value, name string) string {
	if belongs := d.belongs(path, section, name); belongs != "" {
		return belongs
	}
	message := fmt.Sprintf("unknown key %s%s; ", quote(name), d.within(path))
	if _, ok := lookup(d.root, join(path, name)); ok && strings.Contains(name, ".") {
		return message + "in a file, a key goes below the name of its section"
	}
	return message + d.hint(join(path, name), path, section)
}

// unknownPath words the error for the path of an override, of which the section at the target so far does not have a
// part; section is the zero Value for what has no keys.
func (d *decoder) unknownPath(path string, section reflect.Value, part string) string {
	if section.IsValid() {
		if belongs := d.belongs(d.target, section, part); belongs != "" {
			return belongs
		}
	}
	if _, last := split(path); !section.IsValid() || part != last {
		section = d.root
	}
	return fmt.Sprintf("unknown key %s; ", quote(path)) + d.hint(canonical(d.root, path), "", section)
}

// belongs words the error for a key of a kind that is not the chosen one; "" if no kind has it.
func (d *decoder) belongs(path string, section reflect.Value, name string) string {
	v, ok := pickOf(section)
	if !ok {
		return ""
	}
	u := unionOf(v)
	kinds := kindsOf(u, name)
	if len(kinds) == 0 {
		return ""
	}
	chosen := u.Name()
	if _, ok := d.given[join(path, nameKey)]; !ok {
		chosen += " (the default)"
	}
	at := path // an element goes by its number here, since its name is what is wrong
	if parent, last := split(path); parent != "" {
		at = join(d.show(parent), last)
	}
	how := fmt.Sprintf(`choose with "name: %s"`, kinds[0])
	if d.source.isSet {
		how = fmt.Sprintf("choose before with -set %s=%s", at, kinds[0])
	}
	return fmt.Sprintf("%s is %s; %s belongs to %s; %s", at, chosen, quote(name), and(kinds), how)
}

// hint ends a message on an unknown path: the explanation of the caller, the nearest key, or the keys of the section. A
// key within the section `from` is shown without its section.
func (d *decoder) hint(path, from string, section reflect.Value) string {
	if d.options.Unknown != nil {
		if text := d.options.Unknown(d.show(path)); text != "" {
			return text
		}
	}
	near, kinds := nearest(Keys(d.root.Addr().Interface()), keyPath(d.root, path))
	if near == "" {
		return d.children(section)
	}
	_, active := lookup(d.root, near)
	if parent, name := split(near); parent == keyPath(d.root, from) {
		near = name
	}
	if !active && len(kinds) > 0 {
		return fmt.Sprintf("did you mean %q, of %s?", near, and(kinds))
	}
	return fmt.Sprintf("did you mean %q?", near)
}

// children lists the keys of a section.
func (d *decoder) children(section reflect.Value) string {
	var names []string
	for _, f := range fieldsOf(section) {
		names = append(names, f.name)
	}
	switch {
	case len(names) == 0:
		return "it has no keys"
	case section == d.root:
		return "the keys are " + strings.Join(names, ", ")
	}
	return "its keys are " + strings.Join(names, ", ")
}

// nearest returns the key that a misspelled path is likely to mean, and the kinds that have it, or "": one as deep that
// differs in at most about a third of its last part, or the only one of that name in another section.
func nearest(keys []Key, path string) (best string, kinds []string) {
	_, name := split(path)
	named := map[string]bool{}
	for _, k := range keys {
		if k.Name() == name {
			named[k.Path] = true
		}
	}
	least := math.MaxInt
	for _, k := range keys {
		if k.Path == path {
			continue // of another kind
		}
		distance := choice.EditDistance(path, k.Path)
		near := strings.Count(path, ".") == strings.Count(k.Path, ".") && distance <= max(1, (len(k.Name())+1)/3)
		if (near || named[k.Path] && len(named) == 1) && distance < least {
			best, least = k.Path, distance
		}
	}
	for _, k := range keys {
		if n := len(k.Kinds); k.Path == best && n > 0 && !slices.Contains(kinds, k.Kinds[n-1].Kind) {
			kinds = append(kinds, k.Kinds[n-1].Kind)
		}
	}
	return best, kinds
}
