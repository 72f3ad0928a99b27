package cli

import (
	"cmp"
	"context"
	"fmt"

	"euryale/train"
)

// runVersion prints version, commit, Go and the kernel that this processor gets.
func runVersion(_ context.Context, args []string) error {
	if err := newFlags("version", "version").parse(args); err != nil {
		return err
	}
	here := train.Here()
	commit := cmp.Or(here.Commit, "unknown: go build records it, go run and -buildvcs=false do not")
	_, err := fmt.Printf("euryale %s\ncommit  %s\ngo      %s %s/%s\nkernel  %s\n",
		here.Version, commit, here.Go, here.OS, here.Arch, here.Kernel)
	return err
}
