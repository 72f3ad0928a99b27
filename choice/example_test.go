package choice_test

import (
	"fmt"

	"euryale/choice"
)

// shape is a thing of which there are kinds; each kind is a struct whose tagged fields are its section.
type shape interface{ area() float64 }

type square struct {
	Side float64 `yaml:"side"`
}

func (s *square) area() float64 { return s.Side * s.Side }

type circle struct {
	Radius float64 `yaml:"radius"`
}

func (c *circle) area() float64 { return 3 * c.Radius * c.Radius }

func ExampleSet() {
	shapes := choice.Set[shape]{
		{Name: "square", Summary: "four equal sides", New: func() shape { return &square{Side: 1} }},
		{Name: "circle", Summary: "one radius", New: func() shape { return &circle{Radius: 1} }},
	}
	one := shapes.Choose("circle") // a field of a configuration, with the kind's defaults
	fmt.Println(one.Name(), one.Kind.area())
	_, err := shapes.New("sqare")
	fmt.Println("shape", err)
	// Output:
	// circle 3
	// shape must be one of square, circle, got "sqare"
}
