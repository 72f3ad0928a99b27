package keydocs

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"euryale/internal/strictyaml"
)

// comments finds the comments of struct fields in the Go source of a module.
type comments struct {
	root  string
	types map[string]map[string]*typeSpec // import path to name
	err   error                           // the first
}

// typeSpec is a declared type with its comment.
type typeSpec struct {
	*ast.TypeSpec
	doc string
}

const module = "euryale"

func newComments(root string) *comments {
	return &comments{root: root, types: map[string]map[string]*typeSpec{}}
}

func (c *comments) fail(format string, args ...any) string {
	c.err = cmp.Or(c.err, fmt.Errorf("keydocs: "+format, args...))
	return ""
}

// meaning is the comment of a key in the words of a configuration: the comment of its field, or else of the field's type.
func (c *comments) meaning(k strictyaml.Key) string {
	field, ok := k.Struct.FieldByName(k.Field)
	if !ok {
		return c.fail("%v has no field %s", k.Struct, k.Field)
	}
	name, text := k.Field, c.field(k.Struct, k.Field)
	if text == "" {
		name, text = field.Type.Name(), c.typeOf(field.Type).doc
	}
	if text == "" {
		return c.fail("%s: %v.%s has no comment", k.Path, k.Struct, k.Field)
	}
	return reworded(text, name, keysOfStruct(k.Struct))
}

// field is the comment of a field of a struct type, which may be declared by another: type A B.
func (c *comments) field(t reflect.Type, name string) string {
	spec := c.typeOf(t)
	for {
		identifier, ok := spec.Type.(*ast.Ident)
		if !ok {
			break
		}
		spec = c.named(t.PkgPath(), identifier.Name)
	}
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return c.fail("%v is not a struct in the source", t)
	}
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			if n.Name == name {
				return plain(f.Doc)
			}
		}
	}
	return ""
}

func (c *comments) typeOf(t reflect.Type) *typeSpec { return c.named(t.PkgPath(), t.Name()) }

// named finds a type of a package of the module. One that is not there is empty.
func (c *comments) named(pkg, name string) *typeSpec {
	if _, ok := c.types[pkg]; !ok {
		c.types[pkg] = c.parse(filepath.Join(c.root, strings.TrimPrefix(pkg, module)))
	}
	if spec, ok := c.types[pkg][name]; ok {
		return spec
	}
	c.fail("there is no type %s in %s", name, pkg)
	return &typeSpec{TypeSpec: &ast.TypeSpec{}}
}

// parse reads the types of the package in a folder.
func (c *comments) parse(dir string) map[string]*typeSpec {
	types := map[string]*typeSpec{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		c.fail("%w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		const mode = parser.ParseComments | parser.SkipObjectResolution
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, mode)
		if err != nil {
			c.fail("%w", err)
			continue
		}
		for _, d := range file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, s := range group.Specs {
				s := s.(*ast.TypeSpec)
				doc := s.Doc
				if doc == nil {
					doc = group.Doc
				}
				types[s.Name.Name] = &typeSpec{s, plain(doc)}
			}
		}
	}
	return types
}

// plain is a comment on one line.
func plain(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// keysOfStruct maps the fields of a struct to their keys.
func keysOfStruct(t reflect.Type) map[string]string {
	keys := map[string]string{}
	for i := range t.NumField() {
		f := t.Field(i)
		if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" {
			keys[f.Name] = key
		}
	}
	return keys
}

var capitalized = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*\b`)

// reworded is a comment without the name that it begins with, and with keys in place of fields:
// "Max is S_max, at least Min" becomes "S_max, at least `min`".
func reworded(text, name string, keys map[string]string) string {
	text, hadName := strings.CutPrefix(text, name+" ")
	verb, rest, _ := strings.Cut(text, " ")
	switch {
	case !hadName:
	case verb == "is" || verb == "are":
		text = rest
	case !strings.HasSuffix(verb, "s") || verb == "as": // "Mean of the logit"
		text = name + " " + text
	}
	text = capitalized.ReplaceAllStringFunc(text, func(word string) string {
		if key, ok := keys[word]; ok && !(hadName && strings.HasPrefix(text, word+" ")) {
			return "`" + key + "`"
		}
		return word
	})
	// A word gets a capital, a symbol stays as it is.
	if first, _, _ := strings.Cut(text, " "); first == "a" || len(strings.Trim(first, ",.;:")) > 1 && first[0] < utf8.RuneSelf {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
