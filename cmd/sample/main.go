// Sample is euryale sample: it draws samples from a trained run.
//
//	go run ./cmd/sample -run DIR [-n N] [-sampler NAME] [-steps K] [-label K|all] [-o FILE.{csv,npy,png,svg,gif} | -o -]
package main

import "euryale/internal/cli"

func main() { cli.Only("sample") }
