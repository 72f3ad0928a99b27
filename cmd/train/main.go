// Train is euryale train: it trains a diffusion model as a configuration describes it.
//
//	go run ./cmd/train -config configs/scurve.yaml [-set key=value]... [-out DIR] [-resume] [-workers N]
package main

import "euryale/internal/cli"

func main() { cli.Only("train") }
