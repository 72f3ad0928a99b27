package images

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exif is a TIFF header with one directory that has the orientation as its second entry.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, entry := range [][2]int{{0x010f, 7}, {0x0112, orientation}} {
		b = order.AppendUint16(b, uint16(entry[0]))
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, uint16(entry[1]))
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0)
}

// withSegments puts segments after the first marker of a JPEG.
func withSegments(content []byte, segments ...[]byte) []byte {
	b := slices.Clone(content[:2])
	for _, s := range segments {
		b = append(b, 0xff, 0xe1)
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)+2))
		b = append(b, s...)
	}
	return append(b, content[2:]...)
}

func exifSegment(tiff []byte) []byte { return append([]byte("Exif\x00\x00"), tiff...) }

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// corners are the letters of the four quarters of an image of 32 × 16 pixels (or 16 × 32), each of one brightness.
func corners(pixels []byte, height, width, channels int) string {
	var s strings.Builder
	for _, at := range [4][2]int{{4, 4}, {4, width - 5}, {height - 5, 4}, {height - 5, width - 5}} {
		s.WriteByte('A' + (pixels[(at[0]*width+at[1])*channels]+25)/50 - 1)
	}
	return s.String()
}

// A file is stored with the quarters A B above C D. What a viewer shows: Exif 2.32 gives, for each value, the sides of the
// upright picture that the first stored row and column are.
func TestOrientation(t *testing.T) {
	shown := map[int]string{
		0: "ABCD", 9: "ABCD", // none
		1: "ABCD", // row 0 at the top, column 0 at the left
		2: "BADC", // top, right
		3: "DCBA", // bottom, right
		4: "CDAB", // bottom, left
		5: "ACBD", // left, top
		6: "CADB", // right, top
		7: "DBCA", // right, bottom
		8: "BDAC", // left, bottom
	}
	gray, colors := image.NewGray(image.Rect(0, 0, 16, 32)), image.NewRGBA(image.Rect(0, 0, 16, 32))
	for i := range gray.Pix {
		v := byte(50 * (1 + i%16/8 + 2*(i/16/16)))
		gray.Pix[i] = v
		copy(colors.Pix[4*i:], []byte{v, v, v, 255})
	}
	for channels, img := range map[int]image.Image{1: gray, 3: colors} {
		plain := jpegOf(t, img)
		for o, want := range shown {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				size := Size{32, 16}
				if o >= 5 && o <= 8 {
					size = Size{16, 32}
				}
				folder := t.TempDir()
				path := write(t, filepath.Join(folder, "a.jpg"), withSegments(plain, []byte("http://ns.adobe.com/xap"), exifSegment(exif(order, o))))
				s := open(t, &Folder{Path: folder, Color: colorOfFiles}).(*Set)
				if s.size != size || corners(s.pixels, size.Height, size.Width, channels) != want {
					t.Errorf("orientation %d, %d channels: size %v, %s; want %v, %s", o, channels, s.size,
						corners(s.pixels, s.size.Height, s.size.Width, channels), size, want)
				}
				if turned := len(s.Remarks()) == 1 && strings.Contains(s.Remarks()[0], "upright: 1, such as "+path); turned != (want != "ABCD") {
					t.Errorf("orientation %d: the remarks are %q", o, s.Remarks())
				}
				pixels, err := Read(path, []int{size.Height, size.Width, channels})
				if err != nil || !bytes.Equal(pixels, s.pixels) {
					t.Errorf("orientation %d: Read differs from the folder: %v", o, err)
				}
			}
		}
	}
}

// An Exif segment that cannot be read leaves the picture as it is stored.
func TestOrientationOfDamage(t *testing.T) {
	whole := withSegments(jpegOf(t, grayOf(1, 1, 5)), exifSegment(exif(binary.LittleEndian, 6)))
	if got := readOrientation(bytes.NewReader(whole)); got != 6 {
		t.Fatalf("the whole file: %d", got)
	}
	filled := slices.Insert(slices.Clone(whole), 2, 0xff, 0xff)
	if got := readOrientation(bytes.NewReader(filled)); got != 6 {
		t.Errorf("with fill bytes: %d", got)
	}
	tiff := exif(binary.LittleEndian, 6)
	for n := range len(tiff) - 4 - 2 { // the offset of the next directory and the padding of the value do not matter
		if got := orientationOf(tiff[:n]); got != upright {
			t.Errorf("cut off after %d bytes: %d", n, got)
		}
	}
	for at, v := range map[int]byte{0: 'x', 2: 9, 4: 255, 7: 255, 8: 1, 22: 0x13, 24: 4, 26: 2} {
		changed := slices.Clone(tiff)
		changed[at] = v
		if got := orientationOf(changed); got != upright {
			t.Errorf("byte %d is %d: %d", at, v, got)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	content := jpegOf(f, grayOf(1, 1, 5))
	f.Add(content)
	f.Add(withSegments(content, exifSegment(exif(binary.BigEndian, 8))))
	f.Add(withSegments(content, []byte("x"), exifSegment(exif(binary.LittleEndian, 3))))
	f.Fuzz(func(t *testing.T, content []byte) {
		o := readOrientation(bytes.NewReader(content))
		if o < 1 || o > 8 || o != 1 && !bytes.Contains(content, []byte("Exif\x00\x00")) {
			t.Errorf("orientation %d", o)
		}
		orientationOf(content)
	})
}
