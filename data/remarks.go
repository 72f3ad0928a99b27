package data

// Remarker is a Source or Codec that made something of the data that a user may not expect.
type Remarker interface {
	Remarks() []string // a sentence each
}

// Remarks are those of a source, also of a part of it, and of the encoder that was fitted to it.
func Remarks(s Source, e Encoder) []string {
	for whole, rows := PartOf(s); rows != nil; whole, rows = PartOf(s) {
		s = whole
	}
	var remarks []string
	if r, ok := s.(Remarker); ok {
		remarks = append(remarks, r.Remarks()...)
	}
	chain, ok := e.(*Chain)
	if !ok {
		return remarks
	}
	for _, codec := range chain.codecs {
		if r, ok := codec.(Remarker); ok {
			remarks = append(remarks, r.Remarks()...)
		}
	}
	return remarks
}
