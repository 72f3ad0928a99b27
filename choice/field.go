package choice

import "fmt"

// FieldError names the key of a section that is wrong. Key is relative to the section; "" is the section itself.
type FieldError struct {
	Key string
	Err error // what was expected and what came instead: "must be at least 1, got 0"
}

func (e *FieldError) Error() string {
	if e.Key == "" {
		return e.Err.Error()
	}
	return e.Key + " " + e.Err.Error()
}

func (e *FieldError) Unwrap() error { return e.Err }

// Wrong makes a FieldError.
func Wrong(key, format string, args ...any) *FieldError {
	return &FieldError{Key: key, Err: fmt.Errorf(format, args...)}
}

// Within puts the key of a FieldError below a section; other errors and nil are returned as they are.
func Within(section string, err error) error {
	field, ok := err.(*FieldError)
	switch {
	case !ok || section == "":
		return err
	case field.Key == "":
		return &FieldError{Key: section, Err: field.Err}
	}
	return &FieldError{Key: section + "." + field.Key, Err: field.Err}
}
