package choice

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestWithin(t *testing.T) {
	for _, test := range []struct{ section, key, want string }{
		{"", "", "must be at least 1, got 0"},
		{"", "batch", "batch must be at least 1, got 0"},
		{"train", "", "train must be at least 1, got 0"},
		{"train", "batch", "train.batch must be at least 1, got 0"},
		{"a.b", "c.d", "a.b.c.d must be at least 1, got 0"},
	} {
		inner := Wrong(test.key, "must be at least %d, got %d", 1, 0)
		err := Within(test.section, inner)
		if err.Error() != test.want {
			t.Errorf("%q in %q: got %q, expected %q", test.key, test.section, err, test.want)
		}
		if _, ok := err.(*FieldError); !ok {
			t.Errorf("%q in %q: error of type %T", test.key, test.section, err)
		}
		if inner.Key != test.key {
			t.Errorf("%q in %q: the error itself was changed", test.key, test.section)
		}
	}
	if err := Within("train", nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	if err := Within("train", io.EOF); err != io.EOF {
		t.Errorf("another error became %v", err)
	}
}

func TestFieldErrorUnwraps(t *testing.T) {
	err := fmt.Errorf("opening: %w", Within("data", Wrong("file", "cannot be read: %w", io.EOF)))
	if field, ok := errors.AsType[*FieldError](err); !ok || field.Key != "data.file" || !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}
