package configs

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Decode reads a configuration from the text of a file, applies the overrides "a.b=value" in their order
// and validates the outcome. The file's name is for messages only. Every error is an *Error.
func Decode(file string, text []byte, overrides []string) (*Config, error) {
	c := Default()
	s := source{name: file, keys: keysOf(&c), places: map[string]place{}}
	if err := s.decode(text); err != nil {
		return nil, err
	}
	overridden := map[string]string{}
	for _, assignment := range overrides {
		path, err := override(s.keys, assignment)
		if err != nil {
			return nil, err
		}
		overridden[path] = assignment
	}
	path, err := c.Validate()
	if err == nil {
		return &c, nil
	}
	if assignment, ok := overridden[path]; ok {
		return nil, overrideError(assignment, err.Error())
	}
	message := path + " " + err.Error()
	if k, _ := find(s.keys, path); !k.section() && s.places[path] == (place{}) {
		message += " (the default)"
	}
	for _, assignment := range overrides { // one of them may be what the value does not go with
		message += " (with -set " + shown(assignment) + ")"
	}
	return nil, s.errorAt(s.nearestPlace(path), "%s", message)
}

// source is one configuration file while it is decoded.
type source struct {
	name   string
	lines  []string
	keys   []key
	places map[string]place // where the file gives each key: of a value the value, of a section its name
}

// decode sets the keys that the file names.
//
// The YAML library tokenises and parses, but does not decode: even when strict, its decoder cuts 128.5 to 128
// for a whole number, reads 010 as eight, and skips an empty section. The few forms that a configuration
// needs are read from the syntax tree instead, so that a value in a file and in an override mean the same.
func (s *source) decode(text []byte) error {
	if len(text) > maxSize {
		return s.errorAt(place{}, "expected a configuration of at most %d bytes", maxSize)
	}
	content := strings.TrimPrefix(string(text), "\ufeff") // a byte order mark, which some editors write
	content = strings.ReplaceAll(content, "\r\n", "\n")
	s.lines = strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	if err := s.checkCharacters(content); err != nil {
		return err
	}
	body, err := s.parse(content)
	if err != nil {
		return err
	}
	root, ok := body.(*ast.MappingNode)
	if body == nil || ok && len(root.Values) == 0 {
		return s.errorAt(place{}, `file is empty; expected at least one key, such as "name: scurve"`)
	}
	return s.section("", body)
}

// checkCharacters refuses what is not plain text, before the YAML library or a terminal sees it.
func (s *source) checkCharacters(content string) error {
	line, start := 1, 0 // of the current line
	for i, r := range content {
		column := func() int { return utf8.RuneCountInString(content[start:i]) + 1 }
		switch {
		case r == '\n':
			line, start = line+1, i+1
		case r == utf8.RuneError && !strings.HasPrefix(content[i:], string(utf8.RuneError)):
			return s.errorAt(place{line, column()}, "expected UTF-8 text, got the byte 0x%02x", content[i])
		case r != '\t' && unicode.IsControl(r):
			return s.errorAt(place{line, column()}, "expected text, got the control character %U", r)
		}
	}
	return nil
}

// parse returns the body of the only document, or nil.
func (s *source) parse(content string) (ast.Node, error) {
	tokens := lexer.Tokenize(content)
	if err := s.checkTokens(tokens); err != nil {
		return nil, err
	}
	// Duplicate keys are found in section, with the name of the section.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := place{}, err.Error()
		if syntax, ok := errors.AsType[yaml.Error](err); ok {
			at, message = s.locate(syntax.GetToken()), explain(syntax.GetMessage())
		}
		return nil, s.errorAt(at, "expected YAML: %s", message)
	}
	if len(file.Docs) == 0 {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

// explain says the library's commonest complaints in terms of the text.
func explain(message string) string {
	switch {
	case strings.Contains(message, "character '\t'"):
		return "indent with spaces, not with tabs"
	case message == "non-map value is specified":
		return `got a line that is not "key: value"`
	case message == "mapping value is not allowed in this context":
		return `got "key: value" within a value; is the next line indented too far?`
	case strings.HasPrefix(message, "value is not allowed in this context"):
		return message + "; is this line indented like the rest of its section?"
	}
	return message
}

// maxTokens bounds the words, marks and comments of a file; a preset has some 150.
const maxTokens = 5000

// checkTokens refuses the forms of YAML that a configuration has no use for, and text without end: the library
// parses nested forms and neighbouring keys by recursion and in quadratic time, so that hostile text could
// exhaust the stack.
func (s *source) checkTokens(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return s.errorAt(s.locate(tokens[maxTokens]), "expected a configuration of at most %d words and marks, got %d", maxTokens, len(tokens))
	}
	started := false
	for _, t := range tokens {
		form := ""
		switch t.Type {
		case token.InvalidType:
			return nil // the parser reports the first of them
		case token.DocumentHeaderType:
			if started {
				form = "a second document"
			}
		case token.DocumentEndType:
			form = "the end of a document"
		case token.SequenceEntryType, token.SequenceStartType:
			form = "a list"
		case token.MappingKeyType:
			form = "a key marked with '?'"
		case token.AnchorType, token.AliasType:
			form = "an anchor or alias"
		case token.TagType:
			form = "a tag"
		case token.DirectiveType:
			form = "a directive"
		case token.LiteralType, token.FoldedType:
			form = "a block of text"
		}
		if form != "" {
			return s.errorAt(s.locate(t), "expected a plain value or a mapping of keys, got %s", form)
		}
		started = started || t.Type != token.CommentType
	}
	return nil
}

// section sets the keys of one mapping.
func (s *source) section(path string, node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		t, advice := node.GetToken(), ""
		if strings.Contains(t.Value, ":") {
			advice = "; a blank belongs after the colon"
		}
		return s.errorAt(s.locate(t), "%sexpected a mapping of keys, got %s%s", prefix(path), got(t), advice)
	}
	for _, entry := range mapping.Values {
		t := entry.Key.GetToken()
		k, err := s.key(path, t)
		if err != nil {
			return err
		}
		s.places[k.path] = s.locate(t)
		value := first(entry.Value)
		if value.Type == token.ImplicitNullType {
			return s.errorAt(s.locate(t), "%s: expected %s, got nothing", k.path, describe(k.value))
		}
		if k.section() {
			if err := s.section(k.path, entry.Value); err != nil {
				return err
			}
			continue
		}
		s.places[k.path] = s.locate(value)
		if err := s.value(k, entry.Value); err != nil {
			return s.errorAt(s.locate(value), "%s: %v, got %s", k.path, err, got(entry.Value.GetToken()))
		}
	}
	return nil
}

// key finds the key that a token names within a section.
func (s *source) key(section string, t *token.Token) (key, error) {
	path, within := join(section, t.Value), ""
	if section != "" {
		within = " in " + section
	}
	k, ok := find(s.keys, path)
	switch at, again := s.places[path]; {
	case !ok || t.Value == "":
		return key{}, s.errorAt(s.locate(t), "unknown key %s%s%s", quote(t.Value), within, hint(s.keys, path, section))
	case strings.Contains(t.Value, "."):
		return key{}, s.errorAt(s.locate(t), "unknown key %s%s; in a file, a key stands below the name of its section", quote(t.Value), within)
	case again:
		return key{}, s.errorAt(s.locate(t), "duplicate key %q%s; line %d has it already", t.Value, within, at.line)
	}
	return k, nil
}

func (s *source) value(k key, node ast.Node) error {
	t := node.GetToken()
	quoted := t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType
	_, scalar := node.(ast.ScalarNode)
	switch text := describe(k.value) == "text"; {
	case !scalar, t.Type == token.NullType, quoted && !text:
		return errors.New("expected " + describe(k.value))
	}
	return setScalar(k.value, t.Value)
}

// first returns the token that a value begins with.
func first(node ast.Node) *token.Token {
	if mapping, ok := node.(*ast.MappingNode); ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		return mapping.Values[0].Key.GetToken() // a block mapping's own token is the colon
	}
	return node.GetToken()
}

// got describes the value that a token starts.
func got(t *token.Token) string {
	switch t.Type {
	case token.MappingStartType, token.MappingValueType:
		return "a mapping"
	case token.SingleQuoteType, token.DoubleQuoteType:
		return "the text " + quote(t.Value)
	}
	return quote(t.Value)
}

func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// locate gives the place of a token. The library's column is off by one or more next to tabs and trailing
// blanks, so it is checked against the line and mended.
func (s *source) locate(t *token.Token) place {
	if t == nil || t.Position == nil || t.Position.Line > len(s.lines) {
		return place{}
	}
	at := place{t.Position.Line, t.Position.Column}
	line := s.lines[at.line-1]
	text, _, _ := strings.Cut(strings.TrimSpace(t.Origin), "\n")
	if runes := []rune(line); at.column-1 <= len(runes) && strings.HasPrefix(string(runes[at.column-1:]), text) {
		return at
	}
	if before, _, ok := strings.Cut(line, text); ok {
		at.column = utf8.RuneCountInString(before) + 1
	}
	return at
}

// nearestPlace is where the file gives the key or, failing that, the section it is in.
func (s *source) nearestPlace(path string) place {
	for path != "" {
		if at, ok := s.places[path]; ok {
			return at
		}
		path, _ = split(path)
	}
	return place{}
}

func (s *source) errorAt(at place, format string, arguments ...any) error {
	e := &Error{Where: s.name, Message: fmt.Sprintf(format, arguments...), Excerpt: excerpt(s.lines, at)}
	if at != (place{}) {
		e.Where = fmt.Sprintf("%s:%d:%d", s.name, at.line, at.column)
	}
	return e
}
