package choice

import "slices"

// Map is a section whose keys the user makes up, such as the names of columns, each with a section of its own. It keeps
// their order. In YAML it is a mapping from names to sections, of which keys with zero values may be left out.
type Map[T any] []Item[T]

// Item is an entry of a Map.
type Item[T any] struct {
	Name  string
	Value T
}

// Index is the place of a name; −1 if there is none.
func (m Map[T]) Index(name string) int {
	return slices.IndexFunc(m, func(i Item[T]) bool { return i.Name == name })
}

// Get is the value of a name; the zero value if there is none.
func (m Map[T]) Get(name string) T {
	if i := m.Index(name); i >= 0 {
		return m[i].Value
	}
	var none T
	return none
}

// Names are the names in their order.
func (m Map[T]) Names() []string {
	names := make([]string, len(m))
	for i, item := range m {
		names[i] = item.Name
	}
	return names
}
