package configs

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata")

// Each testdata/*.bad.yaml must fail with the message in the .txt file beside it.
func TestDecodeBad(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Decode(filepath.Base(file), text, nil)
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("error of type %T, expected *Error", err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, readErr := os.ReadFile(golden)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeGood(t *testing.T) {
	minimal := Default()
	minimal.Name = "mine"
	all := Default()
	all.Name, all.Seed = "2024-01-01", 18446744073709551615
	all.Sample.Start, all.Sample.Variance = "marginal", "beta_tilde"
	all.Optimizer.LearningRate, all.Optimizer.Beta1, all.Optimizer.Beta2, all.Optimizer.ClipNorm = 0.002, 0.5, 0.5, 5
	all.EMA.Decay, all.EMA.Warmup = 0.999, false
	all.Diffusion.Timesteps = "uniform"
	all.Diffusion.Schedule.Name, all.Diffusion.Schedule.BetaStart, all.Diffusion.Schedule.BetaEnd = "linear", 1e-4, 0.02
	for file, want := range map[string]Config{"minimal": minimal, "every_form": all} {
		text, err := os.ReadFile("testdata/" + file + ".good.yaml")
		if err != nil {
			t.Fatal(err)
		}
		variants := map[string][]byte{
			"as is":                 text,
			"Windows line ends":     bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"byte order mark":       append([]byte("\ufeff"), text...),
			"no newline at the end": bytes.TrimSuffix(text, []byte("\n")),
		}
		for variant, text := range variants {
			got, err := Decode(file, text, nil)
			if err != nil {
				t.Errorf("%s, %s: %v", file, variant, err)
			} else if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", file, variant, diff)
			}
		}
	}
}

// What does not belong into a text file of the repository.
func TestDecodeBytes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"not UTF-8", "name: scurve\nseed: \xff1\n", "x.yaml:2:7: expected UTF-8 text, got the byte 0xff\n  1 | name: scurve\n> 2 | seed: \ufffd1\n    |       ^"},
		{"UTF-16", "\xff\xfen\x00a\x00", "x.yaml:1:1: expected UTF-8 text, got the byte 0xff\n> 1 | \ufffd\ufffdn\ufffda\ufffd\n    | ^"},
		{"NUL", "name: é\x00\n", "x.yaml:1:8: expected text, got the control character U+0000\n> 1 | name: é\ufffd\n    |        ^"},
		{"escape", "name: a # \x1b[2J\n", "x.yaml:1:11: expected text, got the control character U+001B\n> 1 | name: a # \ufffd[2J\n    |           ^"},
		{"carriage return", "name: a\rseed: 1\r", "x.yaml:1:8: expected text, got the control character U+000D\n> 1 | name: a\ufffdseed: 1\ufffd\n    |        ^"},
		{"Windows line ends", "train:\r\n  batch: ten\r\n", "x.yaml:2:10: train.batch: expected a whole number, got \"ten\"\n  1 | train:\n> 2 |   batch: ten\n    |          ^"},
		{"after an accent", "data: {name: \"é\", points: é}\n", "x.yaml:1:27: data.points: expected a whole number, got \"é\"\n> 1 | data: {name: \"é\", points: é}\n    |                           ^"},
	} {
		_, err := Decode("x.yaml", []byte(test.text), nil)
		if err == nil {
			t.Errorf("%s: accepted", test.name)
		} else if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Text made to waste time or to overflow the parser's stack is refused soon, with a short message.
func TestDecodeHostile(t *testing.T) {
	check := func(name, text string) {
		t.Helper()
		began := time.Now()
		_, err := Decode("x.yaml", []byte(text), nil)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 2000 {
			t.Errorf("%s: message of %d bytes", name, len(err.Error()))
		}
		if took := time.Since(began); took > 20*time.Second { // some 0.3 s for the longest
			t.Errorf("%s: took %v", name, took)
		}
	}
	for _, pattern := range []string{
		"{", "[", "- ", "? ", "a: ", "{a: ", "!a ", "&a ", "*a ", "a:\n", "a: 1\n", "{}", "a\n", "'", "\"", ":", ",", "\\", "x", " ", "\t", "\n",
		"a: |\n x\n", "#\n", "%a\n", "---\n", "...\n", "<<: ", "a,", "a: 'b'\n", "a:\n b:\n", "?a:", "\"a\": ", "name: a\n", "{a,a,",
	} {
		for _, start := range []string{"", "train: {", "name: \"", "train:\n  "} {
			check(fmt.Sprintf("%q and many %q", start, pattern), start+strings.Repeat(pattern, 10000/len(pattern)))
		}
	}
	for _, pattern := range []string{"{", "{a: ", "a,", "a:\n", "x"} {
		check(fmt.Sprintf("a megabyte of %q", pattern), "train: {"+strings.Repeat(pattern, maxSize/len(pattern)-8))
	}
	_, err := Decode("x.yaml", make([]byte, maxSize+1), nil)
	if want := "x.yaml: expected a configuration of at most 1048576 bytes"; err == nil || err.Error() != want {
		t.Errorf("too large: %v, expected %s", err, want)
	}
}

// What decodes must be valid and must survive YAML; what does not must fail with an *Error, never a panic.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range append(files, "scurve.yaml", "scurve_quick.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "train.batch=64")
	}
	f.Add([]byte("name: a"), "optimizer.learning_rate=1e-3")
	f.Fuzz(func(t *testing.T, text []byte, assignment string) {
		var overrides []string
		if assignment != "" {
			overrides = append(overrides, assignment)
		}
		c, err := Decode("x.yaml", text, overrides)
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Message == "" {
				t.Fatalf("error of type %T: %v", err, err)
			}
			if strings.HasPrefix(e.Where, "x.yaml:") && e.Excerpt == "" {
				t.Fatalf("no such place: %v", err)
			}
			return
		}
		again, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode("again.yaml", again, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		if *back != *c {
			t.Fatalf("read back as %+v, expected %+v", back, c)
		}
	})
}
