// Package python runs programs of Python in tests, to compare what Euryale writes with how Python reads it.
//
// Tests do not need Python: where no python3 has the module that a program needs, they are skipped. It looks for python3 in PATH
// and then in /usr/bin, whose python3 has the modules that a Linux distribution installed.
//
// Start reading at Run.
package python

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
)

// Run calls python3 with arguments: a script and what follows it, or -c and a program. It gives it the input as JSON on standard
// input, and decodes what it prints, JSON too, into output. Without a python3 that has the module it skips the test; a program that
// fails, or prints anything else, fails it.
func Run(t testing.TB, module string, input, output any, arguments ...string) {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		command := exec.Command(name, arguments...)
		command.Stdin = bytes.NewReader(text)
		var complaint strings.Builder
		command.Stderr = &complaint
		answer, err := command.Output()
		switch {
		case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) ||
			strings.Contains(complaint.String(), "No module named '"+module+"'"):
			continue
		case err != nil:
			t.Fatalf("%v: %s", err, complaint.String())
		}
		if err := json.Unmarshal(answer, output); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		return
	}
	t.Skipf("there is no python3 with %s, which this test compares with", module)
}
