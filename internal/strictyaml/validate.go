package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"euryale/choice"
)

// Validate checks that every union holds a kind that has a name, and calls Validate() error of every part of a
// configuration that has one, in the order of the fields and a section before its keys: sections, kinds, lists, elements
// and values. It returns the first error as a *choice.FieldError whose key is the path from the root; an element of a list
// is named by its kind where that is clear, and otherwise by its number. The root's own Validate is not called, so that
// it may call this one.
func Validate(v any) error {
	root := rootOf(v)
	err := validate("", root, true)
	if err == nil {
		return nil
	}
	return &choice.FieldError{Key: display(root, canonical(root, err.Key)), Err: err.Err}
}

func validate(path string, v reflect.Value, isRoot bool) *choice.FieldError {
	if !isRoot {
		if err := call(path, v); err != nil {
			return err
		}
	}
	switch formOf(v.Type()) {
	case formUnion:
		kind := unionOf(v).Section()
		if err := named(unionOf(v)); err != nil {
			return &choice.FieldError{Key: path, Err: err}
		}
		if err := call(path, reflect.ValueOf(kind)); err != nil {
			return err
		}
		if section := sectionOf(kind); section.IsValid() {
			return validateMembers(path, section)
		}
	case formSection:
		return validateMembers(path, v)
	case formList:
		for i := range v.Len() {
			if err := validate(join(path, strconv.Itoa(i)), v.Index(i), false); err != nil {
				return err
			}
		}
	case formMap:
		for _, f := range itemsOf(v) {
			if err := validate(join(path, f.name), f.value, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// named is an error unless a union holds a kind that has a name: what has none could be written, but not read again.
func named(u union) error {
	kind := reflect.ValueOf(u.Section())
	switch {
	case len(u.Names()) == 0:
		return errors.New("must be chosen")
	case !kind.IsValid() || kind.Kind() == reflect.Pointer && kind.IsNil():
		return fmt.Errorf("must be one of %s, got none", listed(u.Names()))
	case u.Name() == "":
		return fmt.Errorf("must be one of %s, got a %v, which has no name", listed(u.Names()), kind.Type())
	}
	return nil
}

func validateMembers(path string, section reflect.Value) *choice.FieldError {
	for _, m := range membersOf(section) {
		if err := validate(join(path, m.name), m.value, false); err != nil {
			return err
		}
	}
	return nil
}

// call validates one value, by itself.
func call(path string, v reflect.Value) *choice.FieldError {
	if v.CanAddr() {
		v = v.Addr()
	}
	if !v.IsValid() || !v.CanInterface() {
		return nil
	}
	validator, ok := v.Interface().(interface{ Validate() error })
	if !ok {
		return nil
	}
	err := validator.Validate()
	field, ok := err.(*choice.FieldError)
	switch {
	case err == nil || ok && field == nil:
		return nil
	case !ok:
		field = &choice.FieldError{Err: err}
	}
	return &choice.FieldError{Key: join(path, field.Key), Err: field.Err}
}
