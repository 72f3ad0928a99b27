package previews_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale/configs"
	"euryale/previews"
	"euryale/run"
	"euryale/train"
)

// A short training that leaves samples of its two checkpoints.
func ExampleHook() {
	config, err := configs.Preset("scurve", []string{"data.points=100", "net.width=16", "train.steps=20", "train.checkpoint_every=10"})
	if err != nil {
		log.Fatal(err)
	}
	parent, err := os.MkdirTemp("", "previews")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)
	folder := run.Folder(filepath.Join(parent, "run"))
	hook := previews.Hook(int64(config.Train.CheckpointEvery), func(step int64, err error) { log.Printf("step %d: %v", step, err) })
	if err := train.Run(context.Background(), config, train.Options{Folder: folder, Hooks: []train.Hook{hook}}); err != nil {
		log.Fatal(err)
	}
	list, err := folder.Previews()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Println(p.Step, filepath.Base(p.Samples), filepath.Base(p.Picture))
	}
	// Output:
	// 10 step-00000010.npy step-00000010.png
	// 20 step-00000020.npy step-00000020.png
}
