package strictyaml

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

// source is a text of YAML: a file, or the value of an override in flow form.
//
// The YAML library tokenizes and parses, but does not decode: even when strict, its decoder cuts 128.5 to 128
// for a whole number, reads 010 as eight, and skips an empty section. The few forms that a configuration
// needs are read from the syntax tree instead, so that a value in a file and in an override mean the same.
type source struct {
	name  string // of the file
	set   string // the override that has the text
	isSet bool
	lines []string
}

// read returns the body of the only document, or nil if there is none.
func (s *source) read(text []byte, maxBytes int) (ast.Node, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultMaxBytes
	}
	if len(text) > maxBytes {
		return nil, s.errorAt(place{}, "expected a configuration of at most %d bytes", maxBytes)
	}
	content := strings.TrimPrefix(string(text), "\ufeff") // a byte order mark, which some editors write
	content = strings.ReplaceAll(content, "\r\n", "\n")
	s.lines = strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	if err := s.checkCharacters(content); err != nil {
		return nil, err
	}
	return s.parse(content)
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

func (s *source) parse(content string) (ast.Node, error) {
	tokens := lexer.Tokenize(content)
	if err := s.checkTokens(tokens); err != nil {
		return nil, err
	}
	// Duplicate keys are found in decoder.section, with the name of the section.
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

// explain puts the library's commonest complaints in terms of the text.
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
	case message == "unexpected scalar value type":
		return "got nothing where a value belongs"
	}
	return message
}

// maxTokens bounds the words, marks and comments of a file; a preset has some 150. maxDepth bounds what is nested: brackets
// in the text, keys in the configuration.
const maxTokens, maxDepth = 5000, 50

// checkTokens refuses the forms of YAML that a configuration has no use for, and text without end: the library
// parses nested forms and neighboring keys by recursion and in quadratic time, so that hostile text could
// exhaust the stack.
func (s *source) checkTokens(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		at := s.locate(tokens[maxTokens])
		return s.errorAt(at, "expected a configuration of at most %d words and marks, got %d", maxTokens, len(tokens))
	}
	started, depth := false, 0
	for _, t := range tokens {
		form := ""
		switch t.Type {
		case token.InvalidType:
			return nil // the parser reports the first of them
		case token.MappingStartType, token.SequenceStartType:
			if depth++; depth > maxDepth {
				return s.errorAt(s.locate(t), "expected brackets at most %d deep", maxDepth)
			}
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.DocumentHeaderType:
			if started {
				form = "a second document"
			}
		case token.DocumentEndType:
			form = "the end of a document"
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
			return s.errorAt(s.locate(t), "expected a plain value, a list or a mapping of keys, got %s", form)
		}
		started = started || t.Type != token.CommentType
	}
	return nil
}

// locate gives the place of a token. The library's column is off by one or more next to tabs and trailing
// blanks, so it is checked against the line and mended.
func (s *source) locate(t *token.Token) place {
	if t == nil || t.Position == nil || t.Position.Line < 1 || t.Position.Line > len(s.lines) {
		return place{}
	}
	at := place{t.Position.Line, max(1, t.Position.Column)}
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

func (s *source) errorAt(at place, format string, arguments ...any) *Error {
	e := &Error{Where: s.name, Message: fmt.Sprintf(format, arguments...)}
	switch {
	case s.isSet:
		e.Where = whereSet(s.set)
	case at != (place{}):
		e.Where = fmt.Sprintf("%s:%d:%d", s.name, at.line, at.column)
		e.Excerpt = excerpt(s.lines, at)
	}
	return e
}

// Top reads the keys of a text's top level without a struct to decode into: the text of each plain value, "" for all
// else. It is for finding out which version of a format a text has; a text that is no mapping gives nothing.
func Top(text []byte) map[string]string {
	body, err := (&source{}).read(text, len(text))
	mapping, ok := body.(*ast.MappingNode)
	if err != nil || !ok {
		return nil
	}
	keys := map[string]string{}
	for _, entry := range mapping.Values {
		value := ""
		if scalar, ok := entry.Value.(ast.ScalarNode); ok && scalar.GetToken().Type != token.ImplicitNullType {
			value = scalar.GetToken().Value
		}
		keys[entry.Key.GetToken().Value] = value
	}
	return keys
}
