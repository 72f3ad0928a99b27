package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeBLAS is an OpenBLAS that takes some kernels by itself and others if it has them and they are wanted.
func fakeBLAS(byItself string, has ...string) probe {
	return func(wanted string) (string, error) {
		for _, name := range has {
			if strings.EqualFold(name, wanted) {
				return name, nil
			}
		}
		return byItself, nil
	}
}

func TestChooseKernels(t *testing.T) {
	zen5 := features{amd: true, avx2: true, avx512: true, bf16: true}
	sapphire := features{avx2: true, avx512: true, bf16: true, amx: true}
	skylake := features{avx2: true, avx512: true}
	all := []string{"Prescott", "Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"}
	old := []string{"Prescott", "Haswell", "Zen", "SkylakeX"}
	for name, test := range map[string]struct {
		f      features
		ask    probe
		core   string
		forced bool
		note   string
	}{
		"AVX-512 with bf16, unknown":        {zen5, fakeBLAS("Prescott", all...), "Cooperlake", true, "Prescott kernels, which"},
		"and a library without bf16":        {zen5, fakeBLAS("Prescott", old...), "SkylakeX", true, "run with OPENBLAS_CORETYPE=SkylakeX"},
		"and one without AVX-512":           {zen5, fakeBLAS("Prescott", "Haswell", "Zen"), "Zen", true, "OPENBLAS_CORETYPE=Zen"},
		"and one that has nothing":          {zen5, fakeBLAS("Prescott"), "Prescott", false, "none of Cooperlake, SkylakeX, Zen, Haswell"},
		"tile registers":                    {sapphire, fakeBLAS("Prescott", all...), "SapphireRapids", true, "SapphireRapids"},
		"tile registers, an older library":  {sapphire, fakeBLAS("Prescott", all[:5]...), "Cooperlake", true, "Cooperlake"},
		"AVX-512, taken for an AVX2 one":    {skylake, fakeBLAS("Haswell", all...), "SkylakeX", true, "Haswell kernels, which leave the AVX-512"},
		"AVX2, unknown":                     {features{avx2: true}, fakeBLAS("Nehalem", all...), "Haswell", true, "the AVX2 of"},
		"AVX2 of AMD, unknown":              {features{amd: true, avx2: true}, fakeBLAS("Barcelona", all...), "Zen", true, "Barcelona"},
		"AVX2, known":                       {features{avx2: true}, fakeBLAS("Haswell", all...), "Haswell", false, ""},
		"AVX-512, known":                    {zen5, fakeBLAS("SkylakeX", all...), "SkylakeX", false, ""},
		"kernels that came after this file": {zen5, fakeBLAS("Zen7", all...), "Zen7", false, ""},
		"a processor with neither":          {features{}, fakeBLAS("Prescott", all...), "Prescott", false, ""},
		"another architecture":              {features{}, fakeBLAS("neoversen1"), "neoversen1", false, ""},
	} {
		k, err := chooseKernels(test.f, test.ask)
		noted := (test.note == "") == (k.note == "") && strings.Contains(k.note, test.note)
		if err != nil || k.core != test.core || k.forced != test.forced || !noted {
			t.Errorf("%s: %+v, %v; want %s, forced %v, %q", name, k, err, test.core, test.forced, test.note)
		}
		var want setting
		if variable := "OPENBLAS_CORETYPE=" + test.core; test.forced {
			want = setting{label: variable, environment: []string{variable}}
		}
		if s := k.setting(); s.label != want.label || !slices.Equal(s.environment, want.environment) {
			t.Errorf("%s runs with %+v", name, s)
		}
	}
}

// Kernels that crash, or multiply wrongly, are passed over.
func TestChooseKernelsPassesOverBrokenOnes(t *testing.T) {
	k, err := chooseKernels(features{avx2: true, avx512: true, bf16: true}, func(wanted string) (string, error) {
		switch wanted {
		case "":
			return "Prescott", nil
		case "SkylakeX":
			return wanted, nil
		}
		return "", errors.New("illegal instruction")
	})
	if err != nil || k.core != "SkylakeX" || !k.forced {
		t.Errorf("%+v, %v; want SkylakeX", k, err)
	}
	broken := errors.New("no such file")
	if _, err := chooseKernels(features{}, func(string) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("a program that does not run: %v", err)
	}
}

// With -inherit the variable of the environment decides, and the report names it.
func TestFindKernelsKeepsWhatTheEnvironmentNames(t *testing.T) {
	t.Setenv(coreType, "Haswell")
	k := findKernels(context.Background(), "C", "there is no such program")
	if k.core != "Haswell" || k.forced || !strings.Contains(k.note, "C ran with OPENBLAS_CORETYPE=Haswell of the environment") {
		t.Errorf("%+v", k)
	}
}

// The real OpenBLAS, if there is one, made to believe that it does not know this processor.
func TestChooseKernelsOfTheRealOpenBLAS(t *testing.T) {
	program := filepath.Join(t.TempDir(), "matmul")
	if output, err := exec.Command("gcc", "-O1", "-march=native", filepath.Join("others", "matmul.c"), "-o", program, "-lopenblas", "-lm").
		CombinedOutput(); err != nil {
		t.Skipf("there is no gcc, or no OpenBLAS for it: %v %.200s", err, output)
	}
	t.Setenv(coreType, "") // OpenBLAS takes that for none
	real := coreOf(context.Background(), program)
	unknown := func(wanted string) (string, error) {
		if wanted == "" {
			wanted = "Prescott"
		}
		return real(wanted)
	}
	f := processorFeatures()
	if !f.avx2 {
		t.Skip("this processor has no kernels that are better")
	}
	if core, err := unknown(""); err != nil || core != "Prescott" {
		t.Skipf("this OpenBLAS has no choice of kernels: %q, %v", core, err)
	}
	k, err := chooseKernels(f, unknown)
	if _, widest := f.cores(); err != nil || !k.forced || openBLASCores[strings.ToLower(k.core)] != widest {
		t.Errorf("%+v, %v; want kernels for %v", k, err, widest)
	}
}
