package images

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"

	"euryale/choice"
	"euryale/data"
)

// Folder is the PNG, JPEG and GIF files of a folder and the folders below it, in the order of their paths. They have one size,
// or are brought to one. Files whose names do not end in .png, .jpg, .jpeg or .gif are left out.
//
// Images with a palette become RGB, which loses nothing. A JPEG is set upright as its Exif orientation asks for.
type Folder struct {
	// Path is the folder. A relative path starts at the working directory.
	Path string `yaml:"path"`
	// Labels makes every folder in it a class, by its name; there may be no images beside them.
	Labels bool `yaml:"labels"`
	// Color is the channels: files, those of the files, which must be the same in all; gray, 1 channel, the luma of colors;
	// or rgb, 3 channels. gray and rgb also take images of 16 bits, of which the lower 8 are lost.
	Color string `yaml:"color"`
	// Resize brings all images to a size, 28, or 28x32 (height x width): the largest part about the center that has its
	// proportions is scaled to it. 0: they have one size already.
	Resize Size `yaml:"resize"`
	// Background is what lies under pixels that are not opaque: black, or white; "": there are none.
	Background string `yaml:"background"`

	Augmentation `yaml:",inline"`
}

func newFolder() data.Options { return &Folder{Color: colorOfFiles} }

// The values of Color and Background.
const (
	colorOfFiles    = "files"
	colorGray       = "gray"
	colorRGB        = "rgb"
	backgroundBlack = "black"
	backgroundWhite = "white"
)

// Validate implements data.Options. It does not look for the folder: a model is opened without it.
func (f *Folder) Validate() error {
	if f.Path == "" {
		return choice.Wrong("path", "must be the path of a folder of images")
	}
	if err := choice.OneOf(f.Color, colorOfFiles, colorGray, colorRGB); err != nil {
		return choice.Wrong("color", "%w", err)
	}
	if err := choice.OneOf(f.Background, "", backgroundBlack, backgroundWhite); err != nil {
		return choice.Wrong("background", "%w", err)
	}
	if err := f.Resize.check(); err != nil {
		return choice.Wrong("resize", "%w", err)
	}
	return f.check()
}

// Open implements data.Options: it looks at the head of every file before any is decoded. The seed does not matter.
func (f *Folder) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	list, err := f.list(ctx)
	if err != nil {
		return nil, wrong("path", "%w", err)
	}
	set, err := f.shape(ctx, list)
	if err != nil {
		return nil, wrong("path", "%w", err)
	}
	if f.Labels {
		set.classes = list.classes
		for _, file := range list.files {
			set.labels = append(set.labels, file.label)
		}
	}
	set.remarks = list.remarks
	set.pixels = make([]byte, len(list.files)*set.number())
	if err := eachFile(ctx, list.files, func(i int, path string) error {
		return f.decode(set.pixels[i*set.number():(i+1)*set.number()], set, path)
	}); err != nil {
		return nil, wrong("path", "%w", err)
	}
	if err := set.check(); err != nil {
		return nil, wrong("path", "%s: %w", f.Path, err)
	}
	return set.augmented(f.Augmentation)
}

// head is what the head of a file says about its image.
type head struct {
	size     Size // upright
	channels int
	turned   bool // not stored upright
}

// shape is a set without images, of the size and channels that all files have or are brought to.
func (f *Folder) shape(ctx context.Context, list *listing) (*Set, error) {
	heads := make([]head, len(list.files))
	if err := eachFile(ctx, list.files, func(i int, path string) (err error) {
		heads[i], err = f.head(path)
		return err
	}); err != nil {
		return nil, err
	}
	first := heads[0]
	if i := slices.IndexFunc(heads, func(h head) bool { return h.turned }); i >= 0 {
		n := 0
		for _, h := range heads[i:] {
			if h.turned {
				n++
			}
		}
		list.remarks = append(list.remarks, fmt.Sprintf("files that their Exif orientation turns or mirrors were set upright: %d, such as %s",
			n, list.files[i].path))
	}
	for i, h := range heads {
		switch {
		case h.size != first.size && f.Resize == (Size{}):
			return nil, fmt.Errorf("%s has %s pixels (height x width), and %s %s: all images must have one size; set data.resize, for "+
				"example to %v", list.files[0].path, first.size.both(), list.files[i].path, h.size.both(), smaller(first.size, h.size))
		case h.channels != first.channels:
			return nil, fmt.Errorf("%s has %s, and %s %s: set data.color=rgb, or gray", list.files[0].path, first.colors(),
				list.files[i].path, h.colors())
		}
	}
	if f.Resize != (Size{}) {
		first.size = f.Resize
	}
	return &Set{size: first.size, channels: first.channels}, checkShape(first.size, first.channels)
}

func smaller(a, b Size) Size { return Size{min(a.Height, b.Height), min(a.Width, b.Width)} }

func (h head) colors() string {
	if h.channels == 1 {
		return "grays"
	}
	return "colors"
}

// head reads the head of a file.
func (f *Folder) head(path string) (head, error) {
	in, err := openFile(path)
	if err != nil {
		return head{}, err
	}
	defer in.file.Close()
	config, format, err := image.DecodeConfig(in)
	if err != nil {
		return head{}, in.undecoded(err)
	}
	h := head{size: Size{config.Height, config.Width}, channels: rgb}
	if format == "jpeg" {
		o, err := orientation(path)
		if err != nil {
			return head{}, err
		}
		h.size, h.turned = h.size.held(o), o != upright
	}
	if h.size.Height < 1 || h.size.Width < 1 || h.size.Height > mostPixels/h.size.Width {
		return head{}, fmt.Errorf("%s: an image of %s pixels (height x width), expected at most %d in all", path, h.size.both(), mostPixels)
	}
	switch config.ColorModel {
	case color.GrayModel:
		h.channels = 1
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		if f.Color == colorOfFiles {
			return head{}, fmt.Errorf("%s: has 16 bits per number, of which 8 would be lost: set data.color=gray or rgb if that is right",
				path)
		}
	}
	switch f.Color {
	case colorGray:
		h.channels = 1
	case colorRGB:
		h.channels = rgb
	}
	return h, nil
}

// mostPixels is the most that a file may have, before it is brought to a size.
const mostPixels = 1 << 26

// undecoded is what is wrong with a file that is no image.
func (in *input) undecoded(err error) error {
	switch {
	case in.most == 0:
		return fmt.Errorf("%s: is empty, expected a PNG, JPEG or GIF image", in.path)
	case errors.Is(err, image.ErrFormat):
		return fmt.Errorf("%s: by its content not a PNG, JPEG or GIF image: convert it, or remove it", in.path)
	}
	return fmt.Errorf("%s: not a PNG, JPEG or GIF image, or damaged: %w", in.path, err)
}
