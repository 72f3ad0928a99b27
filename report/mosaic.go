package report

import (
	"image"
	"math"
	"slices"
)

// mosaic is where the images of a picture are.
type mosaic struct {
	shape         []int
	factor        int           // pixels of the picture per pixel of an image, along each axis
	places        []image.Point // upper left corner per image
	names, above  []caption     // on the left of images, and above them
	width, height int
	top           int // room for a title
}

// caption is a text that ends at x, or above images has its center there, with its baseline at y.
type caption struct {
	x, y int
	text string
}

const (
	mosaicGap   = 2  // between images, and around them
	mosaicApart = 8  // more, to the right of images that are set apart
	mosaicName  = 8  // between a name and the images to its right
	mosaicBlock = 16 // to the left of a name
	longestName = 24 // characters
	mostBlocks  = 64 // side by side

	// The least longer side of an image, and that of few images.
	readableSide, fewSide = 48, 96
	fewImages             = 16
	captionedSide         = 64 // of images with captions above them
	widestGrid            = 1600
)

// layout arranges n images below `top` pixels.
func (g Images) layout(n, top int) *mosaic {
	side := readableSide
	if n <= fewImages {
		side = fewSide
	}
	if g.Captions != nil {
		side = captionedSide
	}
	longer := max(g.Shape[0], g.Shape[1])
	for factor := (side + longer - 1) / longer; ; factor-- {
		m := &mosaic{shape: g.Shape, factor: max(1, factor), top: top}
		if g.Labels == nil {
			m.rows(n, g.Columns, g.Apart)
			for i, text := range g.Captions[:min(len(g.Captions), n)] {
				m.above = append(m.above, caption{m.places[i].X + m.shape[1]*m.factor/2, top - 4, text})
			}
		} else {
			m.classes(g)
		}
		if factor <= 1 || m.width <= widestGrid {
			return m
		}
	}
}

// stepX and stepY are the distances from one image to the next.
func (m *mosaic) stepX() int { return m.shape[1]*m.factor + mosaicGap }
func (m *mosaic) stepY() int { return m.shape[0]*m.factor + mosaicGap }

// rows puts images one after the other, the first of each row apart.
func (m *mosaic) rows(n, columns, apart int) {
	if columns < 1 {
		columns = int(math.Ceil(math.Sqrt(float64(n) * float64(m.stepY()) / float64(m.stepX()))))
	}
	columns = max(1, min(columns, n))
	gap := func(column int) int {
		if apart > 0 && column >= apart {
			return mosaicGap + mosaicApart
		}
		return mosaicGap
	}
	for i := range n {
		m.places = append(m.places, image.Pt(gap(i%columns)+i%columns*m.stepX(), m.top+mosaicGap+i/columns*m.stepY()))
	}
	m.width, m.height = gap(columns-1)+columns*m.stepX(), m.top+mosaicGap+(n+columns-1)/columns*m.stepY()
}

// classes puts the images of each class beside its name. Classes of few images stand side by side.
func (m *mosaic) classes(g Images) {
	letters, nameWidth := newLetters(), 0
	counts := make([]int, len(g.Classes)+1) // of −1 first
	for _, label := range g.Labels {
		counts[label+1]++
	}
	var used []int
	for i, count := range counts {
		if count > 0 {
			used = append(used, i)
			nameWidth = max(nameWidth, letters.width(labelSize, g.name(i-1)))
		}
	}
	n := len(g.Labels)
	columns, most := g.Columns, slices.Max(counts)
	if columns < 1 {
		columns = most
		if root := int(math.Ceil(math.Sqrt(float64(n)))); most > 2*root {
			columns = root
		}
	}
	columns = min(columns, most)
	blockWidth := mosaicBlock + nameWidth + mosaicName + columns*m.stepX()
	heights := make([]int, len(counts)) // of the blocks
	for _, i := range used {
		heights[i] = max((counts[i]+columns-1)/columns*m.stepY(), labelSize) + mosaicGap
	}
	perColumn := len(used)
	if g.Columns < 1 {
		perColumn = blocksPerColumn(heights, used, blockWidth)
	}
	corners := make([]image.Point, len(counts)) // of the first images
	x, y, deepest := 0, m.top+mosaicGap, 0
	for k, i := range used {
		if k > 0 && k%perColumn == 0 {
			x, y = x+blockWidth, m.top+mosaicGap
		}
		left := x + mosaicBlock + nameWidth
		middle := y + min(heights[i], m.stepY())/2
		m.names = append(m.names, caption{left, middle + labelSize/3, g.name(i - 1)})
		corners[i] = image.Pt(left+mosaicName, y)
		y += heights[i]
		deepest = max(deepest, y)
	}
	m.width, m.height = x+blockWidth, deepest
	placed := make([]int, len(counts)) // images of each class
	for _, label := range g.Labels {
		i := label + 1
		m.places = append(m.places, corners[i].Add(image.Pt(placed[i]%columns*m.stepX(), placed[i]/columns*m.stepY())))
		placed[i]++
	}
}

// blocksPerColumn is how many blocks of a width, those in use, to put below each other so that the longer side of the picture
// is as short as can be; of equal numbers the larger.
func blocksPerColumn(heights, used []int, width int) int {
	best, least := len(used), math.MaxInt
	for columns := 1; columns <= min(len(used), mostBlocks); columns++ {
		n := (len(used) + columns - 1) / columns
		longer := columns * width
		for column := range slices.Chunk(used, n) {
			height := 0
			for _, i := range column {
				height += heights[i]
			}
			longer = max(longer, height)
		}
		if longer < least {
			best, least = n, longer
		}
	}
	return best
}

// name is that of a label.
func (g Images) name(label int) string {
	if label < 0 {
		return "no class"
	}
	name := []rune(g.Classes[label])
	if len(name) > longestName {
		name = append(name[:longestName-1], '…')
	}
	return string(name)
}

func (m *mosaic) bounds() image.Rectangle { return image.Rect(0, 0, m.width, m.height) }

// paint calls set with each pixel of the picture that is of an image, and blank with the others.
func (m *mosaic) paint(pixels []byte, set func(x, y int, pixel []byte), blank func(x, y int)) {
	for y := range m.height {
		for x := range m.width {
			blank(x, y)
		}
	}
	height, width, channels := m.shape[0], m.shape[1], m.shape[2]
	for _, place := range m.places {
		for y := range height * m.factor {
			row := pixels[y/m.factor*width*channels:]
			for x := range width * m.factor {
				at := x / m.factor * channels
				set(place.X+x, place.Y+y, row[at:at+channels])
			}
		}
		pixels = pixels[height*width*channels:]
	}
}

// pen is the text of the picture.
func (m *mosaic) pen(title string) *image.Alpha {
	on, letters := image.NewAlpha(m.bounds()), newLetters()
	for _, name := range m.names {
		letters.text(on, name.x, name.y, right, labelSize, name.text)
	}
	for _, name := range m.above {
		letters.text(on, name.x, name.y, center, labelSize, name.text)
	}
	if title != "" {
		letters.text(on, mosaicGap+2, m.top-5, left, labelSize, title)
	}
	return on
}
