package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"euryale/choice"
	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/run"
)

// Folder is the path of a sweep's folder:
//
//	sweep.yaml                 the sweep file, every key; its configuration is base.yaml
//	base.yaml                  the configuration that trials start from, as it was written
//	trials/NAME                the run folder of a trial
//	results/NAME.json          its record
//	logs/NAME.log              what its process printed, where trials are processes
//	results.csv, .md, .html    the tables; comparison.html has the curves of the trials
type Folder string

// Path is the path of a file in the folder.
func (f Folder) Path(name ...string) string {
	return filepath.Join(append([]string{string(f)}, name...)...)
}

// Trial is the run folder of a trial.
func (f Folder) Trial(name string) run.Folder { return run.Folder(f.Path("trials", name)) }

// Log is the path of what the process of a trial printed.
func (f Folder) Log(name string) string { return f.Path("logs", name+".log") }

// Errors to test for.
var (
	// ErrLocked means that another process works on the trials of the folder.
	ErrLocked = errors.New("another process is working on")
	// ErrForeign means that the folder holds files, under names that a sweep writes, that no sweep wrote.
	ErrForeign = errors.New("was not written by a sweep, which would replace it")
	// ErrNone means that there is no sweep in a folder.
	ErrNone = errors.New("holds no sweep")
	// ErrOther means that the folder holds another sweep.
	ErrOther = errors.New("holds another sweep")
)

const (
	sweepFile = "sweep.yaml"
	baseFile  = "base.yaml"
)

// lock keeps other processes off the trials of a shard; shards work side by side, a whole sweep alone. The operating system
// drops the locks when the process ends.
func (f Folder) lock(shard, shards int) (unlock func(), err error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("sweep: making the folder: %w", err)
	}
	whole := flock.New(f.Path(".lock"))
	take, what := whole.TryLock, "the sweep in"
	if shards > 0 {
		take = whole.TryRLock
	}
	if err := locked(take, what, f); err != nil {
		return nil, err
	}
	if shards == 0 {
		return func() { whole.Close() }, nil
	}
	own := flock.New(f.Path(fmt.Sprintf(".lock-%d-of-%d", shard, shards)))
	if err := locked(own.TryLock, fmt.Sprintf("shard %d/%d of the sweep in", shard, shards), f); err != nil {
		whole.Close()
		return nil, err
	}
	return func() {
		own.Close()
		whole.Close()
	}, nil
}

func locked(take func() (bool, error), what string, f Folder) error {
	switch ok, err := take(); {
	case err != nil:
		return fmt.Errorf("sweep: locking %s: %w", f, err)
	case !ok:
		return fmt.Errorf("sweep: %w %s %s", ErrLocked, what, f)
	}
	return nil
}

// tables runs a function while no other process writes the tables of the folder, or makes it.
func (f Folder) tables(do func() error) error {
	l := flock.New(f.Path(".lock-tables"))
	if err := l.Lock(); err != nil {
		return fmt.Errorf("sweep: locking %s: %w", f, err)
	}
	defer l.Close()
	return do()
}

// Open reads the sweep of a folder. Without one, the error is ErrNone.
func Open(folder string) (*Sweep, error) {
	f := Folder(folder)
	path := f.Path(sweepFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sweep: %s %w", folder, ErrNone)
	}
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return decode(path, folder, text, nil, false)
}

// adopt makes the folder of a sweep, or goes on with the one that it holds.
func (f Folder) adopt(s *Sweep) error {
	old, err := Open(string(f))
	switch {
	case errors.Is(err, ErrNone):
		if err := f.checkFree(s.base); err != nil {
			return err
		}
	case err != nil:
		return fmt.Errorf("sweep: the sweep in %s cannot be read: %w", f, err)
	default:
		if err := f.checkSame(old, s); err != nil {
			return err
		}
	}
	for _, name := range []string{"trials", "results", "logs"} {
		if err := os.MkdirAll(f.Path(name), 0o755); err != nil {
			return fmt.Errorf("sweep: making the folder: %w", err)
		}
	}
	resolved := s.Spec
	resolved.Config = baseFile
	for _, file := range []struct {
		name string
		text []byte
	}{{baseFile, s.base}, {sweepFile, strictyaml.Encode(&resolved)}} {
		if err := renameio.WriteFile(f.Path(file.name), file.text, 0o644); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}

// checkFree returns an error if a file stands where a sweep writes, but for what this one leaves that is killed while it makes
// the folder: empty folders, and the base.
func (f Folder) checkFree(base []byte) error {
	for _, name := range []string{baseFile, "trials", "results", "logs", "results.csv", "results.md", "results.html", comparisonFile} {
		if entries, err := os.ReadDir(f.Path(name)); err == nil && len(entries) == 0 {
			continue
		}
		if text, err := os.ReadFile(f.Path(name)); name == baseFile && err == nil && bytes.Equal(text, base) {
			continue
		}
		if _, err := os.Lstat(f.Path(name)); err == nil {
			return fmt.Errorf("sweep: %s %w; choose another folder", f.Path(name), ErrForeign)
		}
	}
	return nil
}

// checkSame returns an error unless all trials of an old sweep are trials of a new one, with the same configuration, and are
// measured alike: values, seeds and drawn trials may be added.
func (f Folder) checkSame(old, s *Sweep) error {
	refused := func(format string, args ...any) error {
		return &configs.Error{Where: string(f), Err: ErrOther, Message: ErrOther.Error() + ": " + fmt.Sprintf(format, args...) +
			"; values, seeds and trials may be added, all else needs another folder"}
	}
	trials := map[string]Trial{}
	for _, t := range s.Trials {
		trials[t.Name] = t
	}
	var missing []string
	for _, t := range old.Trials {
		if _, ok := trials[t.Name]; !ok {
			missing = append(missing, t.Name)
		}
	}
	if n := len(missing); n > 0 {
		return refused("of its %d trials %d are not in this one, such as %s", len(old.Trials), n, missing[0])
	}
	for t := range old.representatives() {
		same := trials[t.Name]
		if bytes.Equal(old.base, s.base) && slices.Equal(old.overrides(t), s.overrides(same)) {
			continue // as it mostly is, so that thousands of trials go on at once
		}
		before, err := old.configOf(t)
		if err != nil {
			return err
		}
		now, err := s.configOf(same)
		if err != nil {
			return err
		}
		if d := strictyaml.Differences(before, now); len(d) > 0 {
			var list []string
			for _, one := range d {
				list = append(list, one.String())
			}
			return refused("the configuration of its trials differs in [%s]", strings.Join(list, "; "))
		}
	}
	if d := strictyaml.Differences(&old.Evaluate, &s.Evaluate); len(d) > 0 {
		return refused("its evaluate.%s", d[0])
	}
	_, halves := s.Method.Kind.(*Halving)
	if _, halved := old.Method.Kind.(*Halving); halves || halved {
		return sameHalving(old, s, refused)
	}
	return nil
}

// sameHalving refuses what would change which trials go on.
func sameHalving(old, s *Sweep, refused func(format string, args ...any) error) error {
	type part struct {
		Method choice.One[Method] `yaml:"method"`
		Metric string             `yaml:"metric"`
		Goal   string             `yaml:"goal"`
	}
	a, b := part{old.Method, old.Metric, old.metric().Goal}, part{s.Method, s.Metric, s.metric().Goal}
	if d := strictyaml.Differences(&a, &b); len(d) > 0 {
		return refused("its %s", d[0])
	}
	if len(old.Trials) != len(s.Trials) {
		return refused("its %d trials are %d now, and halving chooses among all of them", len(old.Trials), len(s.Trials))
	}
	if !slices.EqualFunc(old.Trials, s.Trials, func(a, b Trial) bool { return a.Name == b.Name }) {
		return refused("its trials are in another order, and of equal ones halving chooses the first")
	}
	return nil
}
