package configs

import (
	"strings"

	"euryale/choice"
	"euryale/data"
	"euryale/data/images"
	"euryale/nets"
)

// imageBound is the default of sample.clip_x0 for images, whose encoded pixels are from −1 to 1 (Ho et al. 2020 clip likewise).
const imageBound = 1

// ofImages reports whether the data are images. Rows that a Go program has yet to give are taken for what the net is for.
func (c *Config) ofImages() bool {
	switch kind := c.Data.Source.Kind.(type) {
	case data.Imaging:
		return true
	case *data.Program:
		if kind.Source == nil {
			return c.netOfImages()
		}
		return len(kind.Source.Schema().Image) > 0
	}
	return false
}

// netOfImages reports whether the net takes nothing but images.
func (c *Config) netOfImages() bool {
	switch c.Net.Kind.(type) {
	case *nets.UNet, *nets.UNetClassifier, *nets.DiT:
		return true
	}
	return false
}

// shape is that of images, [height, width, channels], where it is known before they are read; nil otherwise.
func (c *Config) shape() []int {
	switch kind := c.Data.Source.Kind.(type) {
	case data.Imaging:
		return kind.Image()
	case *data.Program:
		if kind.Source != nil {
			return kind.Source.Schema().Image
		}
	}
	return nil
}

// checkImages checks what data of images and nets for images ask of other sections.
func (c *Config) checkImages(rows data.Layout, classifies bool) error {
	_, program := c.Data.Source.Kind.(*data.Program)
	_, classifier := c.Net.Kind.(*nets.UNetClassifier)
	switch {
	case program && c.ofImages() && c.Data.Standardize:
		return choice.Wrong("data.standardize", "must be false: the program gives images, whose numbers from 0 to 255 become -1 to 1")
	case rows.Image == nil && c.netOfImages():
		return choice.Wrong("net", "is for images, and data.name=%s has none: choose one of %s, or another net, such as mlp",
			c.Data.Source.Name(), strings.Join(images.Kinds().Names(), ", "))
	case classifier && !classifies:
		return choice.Wrong("net.name", "must not be unet_classifier with the objective %s, which asks for images: choose unet, or "+
			"set objective=classify", c.Objective.Name())
	case classifies && !classifier && c.netOfImages():
		return choice.Wrong("net.name", "must be unet_classifier for classes of images, got %s", c.Net.Name())
	}
	return nil
}

// deals reports whether samples get labels by the classes of the training rows where they are given none.
func (c *Config) deals() bool {
	switch kind := c.Data.Source.Kind.(type) {
	case data.Encoding:
		return true
	case *data.Program:
		return c.ofImages() && (kind.Source == nil || kind.Source.Schema().ClassCounts != nil)
	}
	return false
}

// Encoder returns the encoder that the configuration describes, not yet fitted to the training rows: that of the section
// `data`, or of images that a Go program gives.
func (c *Config) Encoder() *data.Chain {
	if _, ok := c.Data.Source.Kind.(*data.Program); ok && c.ofImages() {
		return data.NewChain(images.NewCodec())
	}
	return c.Data.Encoder()
}
