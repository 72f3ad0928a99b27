// Package sweeps holds the sweep files that come with Euryale, the *.yaml files of this folder, as users write their own: a base
// configuration, axes, and a metric. Each begins with a comment that says what it trains, with its command. Package sweep reads and
// checks them, and docs/sweeps.md explains their keys.
//
// A new sweep is a file here; nothing lists them. Start reading at scurve.yaml.
package sweeps

import "embed"

// Files are the sweep files.
//
//go:embed *.yaml
var Files embed.FS
