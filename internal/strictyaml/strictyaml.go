// Package strictyaml reads a configuration strictly from YAML into any struct, and writes it. It declares no key.
//
// What the text contains must be right: an unknown key, a wrong type, a key of another kind or a bad value is an *Error
// with file, line, column, an excerpt and the nearest valid name. What the text leaves out keeps its default.
//
//   - A section is a struct; `yaml:"key"` names its keys, `yaml:",inline"` puts a struct's keys into its parent,
//     `yaml:"-"` hides a field. A key that was renamed has `was:"old"` besides: the old name is read, never written.
//   - A value is text, true or false, a number, or an encoding.TextUnmarshaler that is also a TextMarshaler.
//   - A union is a choice.One: a mapping whose key "name" picks the kind, or a bare name.
//   - A list is a slice of values, of lists of values, of sections or of unions.
//   - A map is a choice.Map of sections: a mapping whose keys are names that the text makes up.
//
// Start reading at Decode, then forms.go, which walks the struct tags for all who need the keys: decoding (decode.go),
// overrides (override.go), Validate, Encode, Differences and Keys. named.go has what is peculiar to maps. source.go turns text into a syntax tree and refuses
// the forms of YAML that no configuration needs; scalar.go defines how a value is spelled.
package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"euryale/choice"
)

// Options adapt Decode to a configuration. The zero value is usable.
type Options struct {
	// MaxBytes bounds the text; 0: 1 MiB.
	MaxBytes int
	// Alias maps the path of an override to the one that it means now. It is called first, so it may also redirect a
	// path that still exists. Nil: none.
	Alias func(path string) (newPath string, ok bool)
	// Unknown explains a path that is no key, such as `since version 2 it is "net.time"`; "": nothing to explain.
	Unknown func(path string) string
	// Check checks sections against each other. It runs last, when `into` is filled and every section is valid by itself,
	// and returns a *choice.FieldError whose key is the full path.
	Check func() error
}

// DefaultMaxBytes bounds a configuration unless Options say otherwise.
const DefaultMaxBytes = 1 << 20

// Decode reads a configuration from the text of a file over the defaults that `into`, a pointer to a struct, holds. Then
// it applies the overrides "a.b=value" in their order and validates the outcome (see Validate) and calls Options.Check.
// The file's name is for messages only. Every error is an *Error; what `into` holds after one is undefined.
//
// Kinds and lists are copied before they change, so `into` may share them with other configurations.
func Decode(into any, file string, text []byte, overrides []string, o Options) error {
	root := rootOf(into)
	own(root)
	d := decoder{
		root: root, options: o, source: &source{name: file}, given: map[string]origin{}, elements: map[reflect.Type]reflect.Value{},
	}
	body, err := d.source.read(text, o.MaxBytes)
	if err != nil {
		return err
	}
	if mapping, ok := body.(*ast.MappingNode); body == nil || ok && len(mapping.Values) == 0 {
		return d.source.errorAt(place{}, "file is empty; expected at least one key, such as %q", exampleKey(root))
	}
	if err := d.section("", root, body); err != nil {
		return err
	}
	ofFile := d.source
	for _, assignment := range overrides {
		if err := d.override(assignment); err != nil {
			return err
		}
	}
	d.source = ofFile
	if err := validate("", root, true); err != nil {
		return d.report(err, overrides)
	}
	if o.Check != nil {
		return d.report(o.Check(), overrides)
	}
	return nil
}

// decoder is one configuration while it is decoded. Within it, a path names the elements of lists by their number.
type decoder struct {
	root     reflect.Value
	options  Options
	source   *source // of what is being read: the file, later an override
	target   string  // the path that the override sets
	given    map[string]origin
	elements map[reflect.Type]reflect.Value // what new elements of a list start from, by the type of the list
}

// origin is where a key got its value: of a value the place of the value, of a section that of its name.
type origin struct {
	at     place
	set    string // the override
	isSet  bool
	target string // the path that the override sets, this key or one above it
}

// report turns what is wrong with a key into an error at the place that set it, or the nearest place above.
func (d *decoder) report(err error, overrides []string) error {
	field, ok := err.(*choice.FieldError)
	switch {
	case err == nil || ok && field == nil:
		return nil
	case !ok:
		field = &choice.FieldError{Err: err}
	}
	path := canonical(d.root, field.Key)
	value, _ := lookup(d.root, path)
	near, from := path, origin{}
	for near != "" {
		if from, ok = d.given[near]; ok {
			break
		}
		near, _ = split(near)
	}
	message := strings.TrimSpace(display(d.root, path) + " " + field.Err.Error())
	if near != path && value.leaf() {
		message = byDefault(message)
	}
	if from.isSet {
		if from.target == path {
			message = field.Err.Error()
		}
		return &Error{Where: whereSet(from.set), Message: message, Err: err}
	}
	e := d.source.errorAt(from.at, "%s%s", message, with(path, overrides))
	e.Err = err
	return e
}

// byDefault adds that the value is the default: behind the value, which may stand before advice, or at the end.
func byDefault(message string) string {
	const remark = " (the default)"
	if at := strings.LastIndex(message, ", got "); at >= 0 {
		if value, advice, ok := strings.Cut(message[at:], ";"); ok && !strings.Contains(value, "(") {
			return message[:at] + value + remark + ";" + advice
		}
	}
	return message + remark
}

// with names the overrides that a value of the file may not go with: those of its own section first, of many only two.
func with(path string, overrides []string) string {
	if len(overrides) == 0 {
		return ""
	}
	const most = 2
	section, _, _ := strings.Cut(path, ".")
	var near, far []string
	for _, assignment := range overrides {
		if strings.HasPrefix(assignment, section+".") || strings.HasPrefix(assignment, section+"=") {
			near = append(near, shown(assignment))
		} else {
			far = append(far, shown(assignment))
		}
	}
	all := append(near, far...)
	text := " (with -set " + strings.Join(all[:min(most, len(all))], " -set ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ")"
}

// mark notes where a key gets its value.
func (d *decoder) mark(path string, at place) {
	d.given[path] = origin{at: at, set: d.source.set, isSet: d.source.isSet, target: d.target}
}

// forget drops where a path and those below it were given.
func (d *decoder) forget(path string) {
	for key := range d.given {
		if key == path || strings.HasPrefix(key, path+".") {
			delete(d.given, key)
		}
	}
}

func rootOf(v any) reflect.Value {
	root := reflect.ValueOf(v)
	if root.Kind() == reflect.Struct { // readers may pass the struct itself
		pointer := reflect.New(root.Type())
		pointer.Elem().Set(root)
		return pointer.Elem()
	}
	if root.Kind() != reflect.Pointer || root.IsNil() || root.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("strictyaml: expected a pointer to a struct, got %T", v))
	}
	return root.Elem()
}

// exampleKey shows one line that the configuration may hold.
func exampleKey(root reflect.Value) string {
	for _, f := range fieldsOf(root) {
		if f.leaf() {
			return f.name + ": " + flow(f.value)
		}
	}
	return "key: value"
}
