package parallel_test

import (
	"fmt"

	"euryale/parallel"
)

// Three workers share out ten pieces. Which worker takes which is left open, but each piece is done once.
func ExampleTeam() {
	team := parallel.New(3)
	defer team.Close()
	var pieces parallel.Counter
	squares := make([]int, 10)
	team.Run(func(int) {
		for i := pieces.Next(); i < len(squares); i = pieces.Next() {
			squares[i] = i * i
		}
	})
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25 36 49 64 81]
}
