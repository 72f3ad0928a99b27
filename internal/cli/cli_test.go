package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"euryale/choice"
	"euryale/configs"
	"euryale/kernel"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// TestMain runs the commands within the test binary, which the scripts call by these names.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"euryale": Main,
		"train":   func() { Only("train") },
		"sample":  func() { Only("sample") },
		"eval":    func() { Only("eval") },
	})
}

// TestScripts calls the commands as a user would. The race detector makes a process slow to start, and commands that end at a
// wrong flag have nothing for it to find: [race] is the condition of a script to leave those to the tests without it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: copyOldRun,
		Condition: func(name string) (bool, error) {
			if name != "race" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return underRace, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status":    checkStatus,
			"waitfor":   waitFor,
			"npy":       writeNPY,
			"near":      checkNear,
			"png":       writePNG,
			"kept":      checkKept,
			"imagesize": checkImageSize,
		},
	})
}

// copyOldRun puts a run of version 1 into the script's folder, as "version1".
func copyOldRun(env *testscript.Env) error {
	return os.CopyFS(filepath.Join(env.WorkDir, "version1"), os.DirFS("testdata/version1"))
}

// checkStatus runs a command and checks its exit status: status 2 train -config nothing.
func checkStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// waitFor waits until a file matches a pattern, and with a second argument has at least that many bytes:
// waitfor run/checkpoints/*.safetensors.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	least := 0
	if len(args) > 1 {
		var err error
		least, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		found, _ := filepath.Glob(ts.MkAbs(args[0]))
		for _, path := range found {
			if info, err := os.Stat(path); err == nil && info.Size() >= int64(least) {
				return
			}
		}
	}
	ts.Fatalf("no file matches %s", args)
}

// checkNear compares the numbers of two CSV files: near A B TOLERANCE.
func checkNear(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: near A B TOLERANCE")
	}
	tolerance, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	split := func(name string) []string {
		return strings.FieldsFunc(ts.ReadFile(name), func(r rune) bool { return r == ',' || r == '\n' })
	}
	a, b := split(args[0]), split(args[1])
	far := ""
	if len(a) != len(b) {
		far = fmt.Sprintf("%d and %d cells", len(a), len(b))
	}
	for i := range min(len(a), len(b)) {
		u, errA := strconv.ParseFloat(a[i], 64)
		v, errB := strconv.ParseFloat(b[i], 64)
		if errA != nil && a[i] != b[i] || (errA == nil) != (errB == nil) || math.Abs(u-v) > tolerance {
			far = fmt.Sprintf("cell %d: %s and %s", i, a[i], b[i])
			break
		}
	}
	if (far != "") != neg {
		ts.Fatalf("near: %q", far)
	}
}

// writeNPY writes a NumPy file: npy FILE TYPE SHAPE [VALUE...]. The values repeat; without any, they are spread out.
func writeNPY(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: npy FILE TYPE SHAPE [VALUE...]")
	}
	kind, shape, size := args[1], strings.Split(args[2], ","), 1
	for _, text := range shape {
		n, err := strconv.Atoi(text)
		ts.Check(err)
		size *= n
	}
	var b bytes.Buffer
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }", kind, strings.Join(shape, ", "))
	header += strings.Repeat(" ", 128-10-len(header)-1) + "\n"
	fmt.Fprintf(&b, "\x93NUMPY\x01\x00%c\x00%s", len(header), header)
	for i := range size {
		v := math.Sin(float64(i)) + 0.1*math.Cos(float64(i*i))
		if values := args[3:]; len(values) > 0 {
			var err error
			v, err = strconv.ParseFloat(values[i%len(values)], 64)
			ts.Check(err)
		}
		writeNumber(ts, &b, kind, v)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

func writeNumber(ts *testscript.TestScript, b *bytes.Buffer, kind string, v float64) {
	bits, width := uint64(0), 8
	switch kind {
	case "<f4":
		bits, width = uint64(math.Float32bits(float32(v))), 4
	case "<f8", "<c16":
		bits = math.Float64bits(v)
	case "<i8":
		bits = uint64(int64(v))
	case "|u1":
		bits, width = uint64(v), 1
	default:
		ts.Fatalf("npy: no type %s", kind)
	}
	for range width {
		b.WriteByte(byte(bits))
		bits >>= 8
	}
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{flag.ErrHelp, 0},
		{errors.New("disk full"), 1},
		{fmt.Errorf("run: x %w to resume", run.ErrNone), 1},
		{usage("-n must be at least 1"), 2},
		{errors.Join(nil, usage("-n")), 2},
		{&configs.Error{Message: "bad"}, 2},
		{fmt.Errorf("run: %w", &configs.Error{Message: "bad"}), 2},
		{fmt.Errorf("train: %w", choice.Wrong("net.labels", "needs data with classes")), 2},
		{fmt.Errorf("run: x %w", run.ErrExists), 2},
		{fmt.Errorf("train: %w at step 5", train.ErrInterrupted), 130},
		{context.Canceled, 130},
		{fmt.Errorf("model: x: %w", &kernel.PathError{Value: "foo"}), 2},
		{fmt.Errorf("train: %w: %w", train.ErrInterrupted, &train.NotFiniteError{Tensor: "w"}), 1},
		{interruption{&model.InterruptedError{Cause: context.Canceled}, "x"}, 130},
		{fmt.Errorf("data: cannot write: %w", syscall.EPIPE), 141},
	} {
		if got := status(test.err); got != test.want {
			t.Errorf("%v: exit status %d, want %d", test.err, got, test.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("disk full"), "disk full"},
		{errors.New("train: hook checkpoints: run: disk full"), "hook checkpoints: disk full"},
		{errors.New("model: the data of x: npy: data.npy: no such file"), "the data of x: data.npy: no such file"},
		{errors.New("train: data: a: b"), "a: b"},
		{errors.New("data"), "data"},
		{errors.Join(errors.New("train: hook a: disk full"), errors.New("train: hook b: run: disk full")), "hook a: disk full\nhook b: disk full"},
		{
			fmt.Errorf("run: %w", &configs.Error{Where: "x.yaml:1:1", Message: "train: expected a mapping of keys"}),
			"x.yaml:1:1: train: expected a mapping of keys",
		},
	} {
		if got := plain(test.err); got != test.want {
			t.Errorf("%q: got %q, want %q", test.err, got, test.want)
		}
	}
}

// Each flag has at most one default, and names its value; lines fit in 80 columns.
func TestHelp(t *testing.T) {
	f := newFlags("x", "x [flags]")
	f.Int("n", 5, "`number` of things")
	f.Int("m", 5, "`number` (default: as many as there are)")
	f.Int("z", 0, "`number`")
	f.Bool("b", false, "switch")
	f.String("s", "a,b", "`list`")
	f.Bool("w", false, "words that fit in a line of eighty columns, and one more word, which goes to the next")
	var b bytes.Buffer
	if err := f.help(&b); err != nil {
		t.Fatal(err)
	}
	want := `usage: x [flags]
  -b
        switch
  -m number
        number (default: as many as there are)
  -n number
        number of things (default 5)
  -s list
        list (default a,b)
  -w
        words that fit in a line of eighty columns, and one more word, which
        goes to the next
  -z number
        number
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}
