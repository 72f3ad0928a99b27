package images

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a height and a width in pixels. As text it is the one number of a square, or both, height first: 28, 28x32. The
// zero Size means none, and is written 0.
type Size struct{ Height, Width int }

// maxSide is the most pixels of a side.
const maxSide = 1 << 14

// String is the text.
func (s Size) String() string {
	if s.Height == s.Width {
		return strconv.Itoa(s.Height)
	}
	return s.both()
}

// both is the text with both numbers, for messages.
func (s Size) both() string { return fmt.Sprintf("%dx%d", s.Height, s.Width) }

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*s = Size{}
		return nil
	}
	high, wide, two := strings.Cut(string(text), "x")
	if !two {
		wide = high
	}
	height, err1 := strconv.Atoi(high)
	width, err2 := strconv.Atoi(wide)
	if err1 != nil || err2 != nil || height < 1 || width < 1 || height > maxSide || width > maxSide {
		return fmt.Errorf("must be a size in pixels from 1 to %d, such as 28 or 28x32 (height x width), or 0 for none, got %q",
			maxSide, text)
	}
	*s = Size{height, width}
	return nil
}

func (s Size) check() error {
	if s != (Size{}) && (s.Height < 1 || s.Width < 1 || s.Height > maxSide || s.Width > maxSide) {
		return fmt.Errorf("must be a size in pixels from 1 to %d, or 0 for none, got %s", maxSide, s.both())
	}
	return nil
}
