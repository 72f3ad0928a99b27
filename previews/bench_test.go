package previews

import (
	"context"
	"testing"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// BenchmarkPreview is the time of one preview on one worker, of points and of images.
func BenchmarkPreview(b *testing.B) {
	for _, preset := range []string{"scurve", "digits8"} {
		b.Run(preset, func(b *testing.B) { benchmark(b, preset) })
	}
}

func benchmark(b *testing.B, preset string) {
	config, err := configs.Preset(preset, []string{"train.steps=1", "train.checkpoint_every=0"})
	if err != nil {
		b.Fatal(err)
	}
	d := &drawer{}
	draws := train.Hook{Name: "draws", Do: func(ctx context.Context, l *train.Loop, _ train.Progress) error {
		for b.Loop() {
			if err := d.draw(ctx, l); err != nil {
				return err
			}
		}
		return nil
	}}
	o := train.Options{Folder: run.Folder(b.TempDir()), Workers: 1, Hooks: []train.Hook{draws}}
	if err := train.Run(context.Background(), config, o); err != nil {
		b.Fatal(err)
	}
}
