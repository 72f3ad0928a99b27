package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"euryale/kernel"
)

// runVersion prints version, commit, Go and the kernel that this processor gets.
func runVersion(_ context.Context, args []string) error {
	if err := newFlags("version", "version").parse(args); err != nil {
		return err
	}
	path, err := kernel.Path()
	if err != nil {
		return err
	}
	version, commit := "(devel)", "unknown: go build records it, go run and -buildvcs=false do not"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		modified := ""
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = ", with changes that are not committed"
			}
		}
		commit += modified
	}
	_, err = fmt.Printf("euryale %s\ncommit  %s\ngo      %s %s/%s\nkernel  %s\n",
		version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, path)
	return err
}
