package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"

	"euryale/checkpoint"
	"euryale/configs"
)

// Evaluation is what held-out rows tell about a run at a step (train.evaluate_every).
type Evaluation struct {
	// HeldOutLoss is the mean training loss on held-out rows, with the same times and noise at every step.
	HeldOutLoss float64           `json:"held_out_loss"`
	Table       *TableEvaluation  `json:"table,omitempty"`  // of a table
	Points      *PointsEvaluation `json:"points,omitempty"` // of points and images
	// Score orders the checkpoints of a run: Quality, at most 1, less what Leak costs. Of a classifier, which draws no samples, it
	// is −HeldOutLoss.
	Score   float64 `json:"score"`
	Quality float64 `json:"quality,omitempty"`
	// Leak is by how many standard errors the samples are nearer to training rows than chance allows, the most of its tests.
	Leak float64 `json:"leak,omitempty"`
	Best bool    `json:"best,omitempty"` // whether the score was the best so far
}

// TableEvaluation is a quick comparison of samples with the rows of a table: package metrics/tabular has the figures. A figure
// that cannot be measured is nil.
type TableEvaluation struct {
	Samples         int      `json:"samples"`
	Detection       *float64 `json:"c2st_boosting_auc,omitempty"` // 0.5: trees cannot tell samples from real rows
	Shapes          *float64 `json:"column_shapes,omitempty"`
	Pairs           *float64 `json:"pairs_tv10,omitempty"`
	PairsFloor      *float64 `json:"pairs_tv10_floor,omitempty"` // of held-out rows
	DCRShare        *float64 `json:"dcr_share,omitempty"`        // 0.5: no nearer to training rows than to held-out ones
	DCRShareError   *float64 `json:"dcr_share_error,omitempty"`
	Membership      *float64 `json:"membership_auc,omitempty"` // 0.5: training rows cannot be told from held-out ones
	MembershipError *float64 `json:"membership_auc_error,omitempty"`
	CopiedRows      *float64 `json:"copied_rows,omitempty"`
}

// PointsEvaluation is a quick comparison of samples with rows that the net was not trained on: package eval has the figures.
type PointsEvaluation struct {
	Samples          int      `json:"samples"`
	SlicedW1         float64  `json:"sliced_w1"`
	Floor            float64  `json:"floor"`
	NearerToTraining *float64 `json:"nearer_to_training,omitempty"`
	Expected         *float64 `json:"expected,omitempty"`
	StandardError    *float64 `json:"standard_error,omitempty"`
}

// metaEvaluation is the metadata key of a best checkpoint's evaluation, JSON.
const metaEvaluation = "evaluation"

// Best reads the checkpoint that is kept as the best of the run, and its evaluation. Without one, the error is fs.ErrNotExist.
func (f Folder) Best() (*Checkpoint, Evaluation, error) {
	var e Evaluation
	c, err := Read(checkpoint.BestPath(f.Checkpoints()))
	if err != nil {
		return nil, e, err
	}
	if err := json.Unmarshal([]byte(c.Metadata[metaEvaluation]), &e); err != nil {
		return nil, e, fmt.Errorf("checkpoint %s: metadata %q: %w", c.Name, metaEvaluation, err)
	}
	c.Best = true
	return c, e, nil
}

// BestOf is Best for the run that file is of: without a best checkpoint, or with a damaged one or one of another run, it is nil.
func (f Folder) BestOf(file *checkpoint.File) (*Checkpoint, Evaluation) {
	c, e, err := f.Best()
	if err != nil || !sameRun(file)(c.Metadata) {
		return nil, Evaluation{}
	}
	return c, e
}

// SaveBest writes a checkpoint as the best of its run. As Save does, it replaces only one of the same run.
func (f Folder) SaveBest(file *checkpoint.File, e Evaluation) error {
	path := checkpoint.BestPath(f.Checkpoints())
	if _, err := os.Lstat(path); err == nil {
		if old, _ := f.BestOf(file); old == nil {
			if err := setAside(path); err != nil {
				return fmt.Errorf("run: %w", err)
			}
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	file.Metadata[metaEvaluation] = string(text)
	return checkpoint.Write(path, file)
}

// AdoptBest rewrites the best checkpoint of a run, if it has one, with a new configuration, as a resume does with the newest.
func (f Folder) AdoptBest(file *checkpoint.File, config *configs.Config) error {
	best, _ := f.BestOf(file)
	if best == nil {
		return nil
	}
	best.Config = config
	if err := best.Encode(); err != nil {
		return err
	}
	return checkpoint.Write(best.Name, best.File)
}

// Evaluated reports whether the log of the run has an evaluation of a step.
func (f Folder) Evaluated(step int64) (bool, error) {
	points, err := ReadMetrics(f.MetricsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	for _, p := range points {
		if p.Step == step && p.Evaluation != nil {
			return true, nil
		}
	}
	return false, nil
}

// AddEvaluation puts an evaluation into the log point of a step, if there is one.
func (f Folder) AddEvaluation(step int64, e Evaluation) error {
	points, err := ReadMetrics(f.MetricsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var text []byte
	for _, p := range points {
		if p.Step == step {
			p.Evaluation = &e
		}
		line, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("run: the metrics of step %d: %w", p.Step, err)
		}
		text = append(append(text, line...), '\n')
	}
	if err := renameio.WriteFile(f.MetricsPath(), text, 0o644); err != nil {
		return fmt.Errorf("run: the metrics: %w", err)
	}
	return nil
}
