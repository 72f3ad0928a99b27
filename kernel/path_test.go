package kernel

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	tests := []struct {
		value   string
		best    level
		want    level
		message string // "" if no error is expected
	}{
		{"", levelAVX512, levelAVX512, ""},
		{"", levelGeneric, levelGeneric, ""},
		{"generic", levelAVX512, levelGeneric, ""},
		{"avx2", levelAVX512, levelAVX2, ""},
		{"avx512", levelAVX512, levelAVX512, ""},
		{"avx512", levelAVX2, levelGeneric, "EURYALE_KERNEL=avx512: this processor or build supports generic, avx2"},
		{"avx2", levelGeneric, levelGeneric, "EURYALE_KERNEL=avx2: this processor or build supports generic"},
		{"neon", levelAVX2, levelGeneric, `EURYALE_KERNEL="neon": expected one of generic, avx2, avx512`},
		{"AVX2", levelAVX2, levelGeneric, `EURYALE_KERNEL="AVX2": expected one of generic, avx2, avx512`},
	}
	for _, test := range tests {
		got, err := choose(test.value, test.best)
		if got != test.want || (err == nil) != (test.message == "") || err != nil && err.Error() != test.message {
			t.Errorf("choose(%q, %v) = %v, %v; want %v, %q", test.value, test.best, got, err, test.want, test.message)
		}
		var wrong *PathError
		if err != nil && (!errors.As(fmt.Errorf("model: %w", err), &wrong) || wrong.Value != test.value) {
			t.Errorf("choose(%q, %v): error %#v is no *PathError with the value", test.value, test.best, err)
		}
	}
}

func TestPathNamesTheActiveLevel(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		if name, _ := Path(); !strings.HasSuffix(t.Name(), "/"+name) {
			t.Errorf("Path is %q in %s", name, t.Name())
		}
	})
}

// The variable is read when a program starts, so the test runs itself as a child process.
func TestEnvironmentForcesThePath(t *testing.T) {
	const child = "EURYALE_KERNEL_TEST_CHILD"
	if os.Getenv(child) != "" {
		name, err := Path()
		os.Stdout.WriteString(name + " ")
		if err != nil {
			os.Stdout.WriteString(err.Error())
		}
		os.Exit(0)
	}
	for value, want := range map[string]string{
		"":               levelNames[best] + " ",
		"generic":        "generic ",
		levelNames[best]: levelNames[best] + " ",
		"no such path":   `generic EURYALE_KERNEL="no such path": expected one of generic, avx2, avx512`,
	} {
		command := exec.Command(os.Args[0], "-test.run=^TestEnvironmentForcesThePath$")
		command.Env = append(os.Environ(), child+"=1", Environment+"="+value)
		output, err := command.Output()
		if err != nil || string(output) != want {
			t.Errorf("%s=%s: %q, %v; want %q", Environment, value, output, err, want)
		}
	}
}
