package optim

// Constant is one rate for every step.
type Constant struct {
	// Rate is the learning rate, at least 1e-12 and below 1000.
	Rate float64 `yaml:"rate"`
}

// Validate returns the offending key.
func (c *Constant) Validate() error { return checkRate(c.Rate) }

// At is the rate.
func (c *Constant) At(_, _ int64) float64 { return c.Rate }
