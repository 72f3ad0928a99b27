// Eval is euryale eval: it measures a trained run.
//
//	go run ./cmd/eval -run DIR [-n N] [-likelihood | -solvers] [-json]
package main

import "euryale/internal/cli"

func main() { cli.Only("eval") }
