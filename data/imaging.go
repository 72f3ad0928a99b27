package data

// Imaging is implemented by a kind of data whose rows are images.
type Imaging interface {
	Encoding
	// Image is the shape [height, width, channels] of a row where it is known before the data is read, otherwise nil.
	Image() []int
}
