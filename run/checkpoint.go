package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"euryale/checkpoint"
	"euryale/configs"
)

// The tensors and metadata of a checkpoint; docs/checkpoint.md lists them. Parts of a run with a state, such as encoders and
// transforms, choose their names.
const (
	ModelPrefix   = "model." // before the name of each parameter: the weights
	AveragePrefix = "ema."   // before the same names: the moving average of the weights, where there is one

	DataChecksum = "data.sha256" // metadata: the checksum of the encoded training rows; none in version 1

	metaConfig = "config"
	metaSchema = "schema" // by package data
	metaStep   = checkpoint.StepKey
	metaSeed   = "seed"
	metaEpoch  = "cursor.epoch"
	metaOffset = "cursor.offset"
)

// Checkpoint is a checkpoint of a run with its metadata decoded.
type Checkpoint struct {
	*checkpoint.File
	Config *configs.Config
	Step   int64  // steps done
	Seed   uint64 // of the run
	Epoch  int64  // passes over the data done
	Offset int    // rows of the current pass that are done
	Best   bool   // whether it is the one that is kept as the best of its run
	// Skipped lists the damaged checkpoints passed over for this one. Each error names the file and the damage.
	Skipped []error
}

// Encode writes the fields of c into the metadata of its file.
func (c *Checkpoint) Encode() error {
	text, err := c.Config.YAML()
	if err != nil {
		return err
	}
	if c.Metadata == nil {
		c.Metadata = map[string]string{}
	}
	c.Metadata[metaConfig] = string(text)
	c.Metadata[metaStep] = strconv.FormatInt(c.Step, 10)
	c.Metadata[metaSeed] = strconv.FormatUint(c.Seed, 10)
	c.Metadata[metaEpoch] = strconv.FormatInt(c.Epoch, 10)
	c.Metadata[metaOffset] = strconv.Itoa(c.Offset)
	return nil
}

// Read reads a checkpoint of this version or of version 1. Errors name the file; for a missing one the error is
// fs.ErrNotExist.
func Read(path string) (*Checkpoint, error) {
	file, err := checkpoint.Read(path)
	if err != nil {
		return nil, err
	}
	return Decode(file)
}

// Decode decodes the metadata of a file. It renames the tensors of a version 1 file, in place, to their present names.
func Decode(file *checkpoint.File) (*Checkpoint, error) {
	text := file.Metadata[metaConfig]
	config, err := configs.Decode(file.Name+": metadata config", []byte(text), nil)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	c := &Checkpoint{File: file, Config: config}
	number := func(key, what string) (n int64) {
		n, parse := strconv.ParseInt(file.Metadata[key], 10, 64)
		if (parse != nil || n < 0) && err == nil {
			err = fmt.Errorf("checkpoint %s: metadata %q is %q, expected %s", file.Name, key, file.Metadata[key], what)
		}
		return n
	}
	c.Step = number(metaStep, "the number of steps done")
	c.Epoch = number(metaEpoch, "the number of passes over the data")
	c.Offset = int(number(metaOffset, "the number of rows done in this pass"))
	if err != nil {
		return nil, err
	}
	if c.Seed, err = strconv.ParseUint(file.Metadata[metaSeed], 10, 64); err != nil {
		return nil, fmt.Errorf("checkpoint %s: metadata %q is %q, expected the run's seed", file.Name, metaSeed, file.Metadata[metaSeed])
	}
	if c.Old() {
		rename(file, "optim.m.", "optim.adam.m.")
		rename(file, "optim.v.", "optim.adam.v.")
	}
	return c, nil
}

// Old reports whether the checkpoint is of version 1, which holds neither a schema nor encoders: its configuration alone
// describes its data.
func (c *Checkpoint) Old() bool {
	_, ok := c.Metadata[metaSchema]
	return !ok
}

// rename replaces a prefix of tensor names.
func rename(file *checkpoint.File, from, to string) {
	for i, t := range file.Tensors {
		if name, ok := strings.CutPrefix(t.Name, from); ok {
			file.Tensors[i].Name = to + name
		}
	}
}

// Averaged reports whether the checkpoint holds averaged weights.
func (c *Checkpoint) Averaged() bool {
	return slices.ContainsFunc(c.Tensors, func(t checkpoint.Tensor) bool { return strings.HasPrefix(t.Name, AveragePrefix) })
}

// Weights is the prefix of the weights to use: AveragePrefix where there is an average, ModelPrefix otherwise.
func (c *Checkpoint) Weights() string {
	if c.Averaged() {
		return AveragePrefix
	}
	return ModelPrefix
}
