package objective_test

import (
	"errors"
	"fmt"
	"log"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/nets"
	"euryale/objective"
)

// An objective ends the graph of a net with its loss, and fills the inputs of that loss.
func ExampleObjective() {
	process, err := diffusion.Processes().Choose("edm").Kind.New()
	if err != nil {
		log.Fatal(err)
	}
	options := objective.Objectives().Choose("denoise").Kind.(*objective.Denoise)
	options.Prediction = diffusion.Predictions().Choose("F")
	options.Weight = diffusion.Weights().Choose("edm")
	o, err := options.New(process, data.PlainLayout(2, 0))
	if err != nil {
		log.Fatal(err)
	}
	mlp := nets.DefaultMLP()
	mlp.Time = nets.TimeEncodings().Choose("fourier")
	net, err := nets.Build(mlp, nets.Spec{Sample: []int{2}, Outputs: o.Outputs(), Steps: process.Steps()})
	if err != nil {
		log.Fatal(err)
	}
	loss := o.Loss(net.Builder, net.Output)
	fmt.Println(loss.Name, net.Builder.Err())
	for _, operand := range loss.Op.Operands() {
		fmt.Println(operand)
	}
	// Output:
	// loss <nil>
	// "linears.6" [2]
	// "target" [2]
	// "weight" []
}

// Which keys do not go together is said by the section.
func ExampleDenoise_New() {
	chain, err := diffusion.Processes().Choose("ddpm").Kind.New()
	if err != nil {
		log.Fatal(err)
	}
	options := objective.Objectives().Choose("denoise").Kind.(*objective.Denoise)
	options.SigmaData = 0
	options.ScaleInput = true
	_, err = options.New(chain, data.PlainLayout(2, 0))
	var field *choice.FieldError
	fmt.Println(errors.As(err, &field), field.Key)
	// Output:
	// true sigma_data
}
