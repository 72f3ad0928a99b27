// Eval is euryale eval: it measures a trained run.
//
//	go run ./cmd/eval -run DIR [-n N] [-likelihood | -solvers] [-json]
//
// Shells have a built-in command eval, which hides a binary of this name: call it by its path, as in bin/eval, or as
// euryale eval.
package main

import "euryale/internal/cli"

func main() { cli.Only("eval") }
