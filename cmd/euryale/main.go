// Euryale trains diffusion models and samples from them: euryale train, euryale sample, euryale eval, euryale list.
package main

import "euryale/internal/cli"

func main() { cli.Main() }
