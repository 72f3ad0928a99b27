// Euryale trains diffusion models and samples from them: its commands are train, sample, eval, list and version.
package main

import "euryale/internal/cli"

func main() { cli.Main() }
