package picture_test

import (
	"context"
	"fmt"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"euryale"
	"euryale/model/picture"
)

// Twenty digits in one picture, as many of each class, a row per class.
func ExampleSave() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "picture")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	config, err := euryale.Preset("digits8", "train.epochs=1", "train.batch=1797", "process.steps=10", "net.channels=4",
		"net.multipliers=[1]", "net.groups=2", "sample.steps=2")
	if err != nil {
		log.Fatal(err)
	}
	m, err := euryale.Train(ctx, config, euryale.In(filepath.Join(folder, "run")))
	if err != nil {
		log.Fatal(err)
	}
	request := m.Request(20)
	request.Labels = m.AllLabels()
	path := filepath.Join(folder, "digits.png")
	if err := picture.Save(ctx, m, request, path, 0); err != nil {
		log.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	shown, err := png.DecodeConfig(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown.Height > 10*8, "ten rows of digits that are enlarged")
	// Output: true ten rows of digits that are enlarged
}
