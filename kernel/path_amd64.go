//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// best is the fastest path that this processor (and its operating system, which saves the registers) supports.
var best = func() level {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasBMI2 {
		return levelGeneric
	}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		return levelAVX512
	}
	return levelAVX2
}()
