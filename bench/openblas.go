package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/cpu"

	"euryale/train"
)

// OpenBLAS chooses its kernels by the processor's model. One that is newer than the OpenBLAS gets the kernels of an old
// processor: slow ones, which would flatter Euryale. So a program that uses OpenBLAS has to name the kernels that it took. If
// they leave vectors of the processor unused, it is measured with better ones.

// coreType is the variable that names OpenBLAS's kernels.
const coreType = "OPENBLAS_CORETYPE"

// probe runs a program that uses OpenBLAS, multiplies with it, and returns the name of the kernels that it took. The program
// runs with OPENBLAS_CORETYPE set to wanted or, if that is empty, with the environment as it is.
type probe func(wanted string) (core string, err error)

// vectors is a set of vector instructions, the later ones including the earlier.
type vectors int

const (
	sse vectors = iota
	avx
	avx2
	avx512
)

func (v vectors) String() string { return [...]string{"SSE", "AVX", "AVX2", "AVX-512"}[v] }

// openBLASCores are the kernels for x86-64, by the names that OpenBLAS gives them, and the vectors that their products use.
// Of kernels that are not listed we assume that OpenBLAS took them for a good reason.
var openBLASCores = map[string]vectors{
	"generic": sse, "prescott": sse, "core2": sse, "penryn": sse, "dunnington": sse, "nehalem": sse, "atom": sse, "nano": sse,
	"athlon": sse, "opteron": sse, "opteron_sse3": sse, "barcelona": sse, "bobcat": sse,
	"sandybridge": avx, "bulldozer": avx, "piledriver": avx, "steamroller": avx,
	"excavator": avx2, "haswell": avx2, "zen": avx2,
	"skylakex": avx512, "cooperlake": avx512, "sapphirerapids": avx512,
}

// features are what the choice of kernels depends on.
type features struct {
	amd                     bool
	avx2, avx512, bf16, amx bool
}

func processorFeatures() features {
	x := cpu.X86
	return features{
		amd:    strings.HasPrefix(train.Here().Processor, "AMD"),
		avx2:   x.HasAVX2 && x.HasFMA,
		avx512: x.HasAVX512F && x.HasAVX512CD && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL,
		bf16:   x.HasAVX512BF16,
		amx:    x.HasAMXBF16 && x.HasAMXTile,
	}
}

// cores are the kernels that suit the processor, the best first, and the vectors that it has.
func (f features) cores() (names []string, widest vectors) {
	if f.avx512 {
		widest = avx512
		if f.bf16 && f.amx {
			names = append(names, "SapphireRapids")
		}
		if f.bf16 {
			names = append(names, "Cooperlake")
		}
		names = append(names, "SkylakeX")
	}
	if f.avx2 {
		widest = max(widest, avx2)
		if f.amd {
			return append(names, "Zen", "Haswell"), widest
		}
		names = append(names, "Haswell", "Zen")
	}
	return names, widest
}

// blasKernels are those that an opponent is measured with.
type blasKernels struct {
	core   string // that the opponent uses
	forced bool   // by OPENBLAS_CORETYPE
	note   string // why, for the head of the report; may be empty
}

// chooseKernels decides whether OpenBLAS needs help on a processor with such features.
func chooseKernels(f features, ask probe) (blasKernels, error) {
	took, err := ask("")
	if err != nil {
		return blasKernels{}, err
	}
	names, widest := f.cores()
	uses, listed := openBLASCores[strings.ToLower(took)]
	if !listed || uses >= widest {
		return blasKernels{core: took}, nil
	}
	unused := fmt.Sprintf("took its %s kernels, which leave the %s of this processor unused", took, widest)
	for _, name := range names {
		if openBLASCores[strings.ToLower(name)] <= uses {
			break
		}
		// An OpenBLAS without kernels of that name silently takes others; one with them may compute nonsense here, or crash.
		if got, err := ask(name); err == nil && strings.EqualFold(got, name) {
			return blasKernels{core: name, forced: true, note: unused + "; run with " + coreType + "=" + name}, nil
		}
	}
	return blasKernels{core: took, note: unused + ", and accepts none of " + strings.Join(names, ", ")}, nil
}

// setting is what the opponent is run with.
func (k blasKernels) setting() setting {
	if !k.forced {
		return setting{}
	}
	variable := coreType + "=" + k.core
	return setting{label: variable, environment: []string{variable}}
}

// findKernels chooses OpenBLAS's kernels for a program that answers --job core. A variable that -inherit kept in the
// environment is the user's choice.
func findKernels(ctx context.Context, name string, command ...string) blasKernels {
	if named := os.Getenv(coreType); named != "" {
		return blasKernels{core: named, note: name + " ran with " + coreType + "=" + named + " of the environment"}
	}
	k, err := chooseKernels(processorFeatures(), coreOf(ctx, command...))
	if err != nil {
		progress("%s: which kernels its OpenBLAS takes is unknown: %v", name, err)
		return blasKernels{}
	}
	if k.note != "" {
		k.note = "OpenBLAS of " + name + " " + k.note
		progress("%s", k.note)
	}
	return k
}

// coreOf asks a program with the argument --job core.
func coreOf(ctx context.Context, command ...string) probe {
	return func(wanted string) (string, error) {
		c := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], "--job", "core")...)
		c.Env = os.Environ()
		if wanted != "" {
			c.Env = append(c.Env, coreType+"="+wanted)
		}
		output, err := c.Output()
		if err != nil {
			return "", fmt.Errorf("%s: %w%s", command[0], err, complaint(err))
		}
		return strings.TrimSpace(string(output)), nil
	}
}
