package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/google/renameio/v2"
)

// Record is what is kept of a trial: results/NAME.json. It is replaced as a whole, and on disk before the next trial starts.
type Record struct {
	Trial    string    `json:"trial"`
	Settings []Setting `json:"settings"`
	// Outcomes has one entry per budget that the trial has come to; one in all without budgets.
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// Error is why it failed; "" if it did not.
	Error string `json:"error,omitempty"`
}

// last is the outcome of the last budget, and false if there is none.
func (r *Record) last() (Outcome, bool) {
	if r == nil || len(r.Outcomes) == 0 {
		return Outcome{}, false
	}
	return r.Outcomes[len(r.Outcomes)-1], true
}

// done reports whether the trial has come to a budget.
func (r *Record) done(rung int) bool { return r != nil && len(r.Outcomes) > rung }

// failed reports whether the trial failed.
func (r *Record) failed() bool { return r != nil && r.Error != "" }

// Record reads the record of a trial; nil if there is none.
func (f Folder) Record(name string) (*Record, error) {
	path := f.Path("results", name+".json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	r := new(Record)
	err = json.Unmarshal(text, r)
	if err == nil && r.Trial != name {
		err = fmt.Errorf("it is of the trial %q", r.Trial)
	}
	if err != nil {
		return nil, fmt.Errorf("sweep: %s is not the record of a trial; move it away, and the trial is measured again: %w", path, err)
	}
	return r, nil
}

// record adds to the record of a trial, nil if it has none, what it came to.
func (f Folder) record(r *Record, t Trial, out *Outcome, failure error) error {
	if r == nil {
		r = &Record{Trial: t.Name, Settings: t.Settings}
	}
	if r.Error = ""; failure != nil {
		r.Error = failure.Error()
	} else {
		r.Outcomes = append(r.Outcomes, *out)
	}
	return f.write(r)
}

// write replaces the record of a trial, durably.
func (f Folder) write(r *Record) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("sweep: the record of %s: %w", r.Trial, err)
	}
	if err := renameio.WriteFile(f.Path("results", r.Trial+".json"), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("sweep: the record of %s: %w", r.Trial, err)
	}
	// The name is in the folder, which has to be on disk as well, on file systems that can.
	folder, err := os.Open(f.Path("results"))
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sweep: the record of %s: %w", r.Trial, err)
	}
	return nil
}
