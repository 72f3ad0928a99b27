package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// A hook is called during training: here every tenth step, and after the last.
func ExampleRun() {
	folder, err := os.MkdirTemp("", "train")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	config, err := configs.Preset("scurve", []string{"data.points=100", "train.batch=10", "train.epochs=2", "net.width=8", "process.steps=10"})
	if err != nil {
		fmt.Println(err)
		return
	}
	steps := train.Hook{Name: "steps", Every: 10, Do: func(_ context.Context, _ *train.Loop, p train.Progress) error {
		fmt.Printf("step %d of %d, epoch %.0f\n", p.Step, p.Total, p.Epoch)
		return nil
	}}
	err = train.Run(context.Background(), config, train.Options{Folder: run.Folder(filepath.Join(folder, "run")), Hooks: []train.Hook{steps}})
	fmt.Println(err)
	// Output:
	// step 10 of 20, epoch 1
	// step 20 of 20, epoch 2
	// <nil>
}
