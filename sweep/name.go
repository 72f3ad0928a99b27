package sweep

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// label stands for the key of an axis in names and tables: the label that it was given, or the last part of its key.
func (s *Spec) label(i int) string {
	if label := s.Axes[i].Label; label != "" {
		return label
	}
	parts := slices.DeleteFunc(strings.Split(s.Axes[i].Key, "."), func(p string) bool { return p == "name" })
	if len(parts) == 0 {
		return s.Axes[i].Key
	}
	return parts[len(parts)-1]
}

// mostName bounds the length of a name: file systems have names of 255 bytes.
const mostName = 120

// nameOf names a trial after its settings. Where these have other characters than a name may have, or are too long for it, the
// name ends in a part of their checksum, so that different settings never have the same name.
func nameOf(settings []Setting) string {
	var name, exact strings.Builder
	plain := true
	for i, s := range settings {
		plain = plain && !strings.Contains(s.Value, "=") // which would look like another setting
		if i > 0 {
			name.WriteByte('_')
		}
		name.WriteString(s.Label + "=" + s.Value)
		fmt.Fprintf(&exact, "%q=%q,", s.Key, s.Value)
	}
	text := name.String()
	clean := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(labelCharacters+"=+", r) {
			return r
		}
		return ' '
	}, text), " ")
	if clean = strings.Join(strings.Fields(clean), "-"); plain && clean == text && len(clean) <= mostName {
		return clean
	}
	return fmt.Sprintf("%s_%x", clean[:min(len(clean), mostName)], sha256.Sum256([]byte(exact.String())))[:min(len(clean), mostName)+9]
}
