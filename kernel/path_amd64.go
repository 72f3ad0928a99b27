//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// best is the fastest path that this processor supports (and its operating system, which must save the registers).
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
