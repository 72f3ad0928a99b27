package cli

import (
	"io"
	"os"
	"sync"
)

// unhurried is a writer that never makes the work wait for a slow reader, such as a pager that stands still at the other end of a
// pipe. What does not go through at once waits in memory; of what would be too much, the oldest is left out, and a remark stands in
// its place.
type unhurried struct {
	to     io.Writer
	remark func(lines int) []byte // what stands in place of lines that were left out

	mu      sync.Mutex
	changed sync.Cond // signals that waiting, writing or failed changed
	waiting [][]byte
	left    int  // lines left out before the first that waits
	writing bool // whether a write is going on
	failed  bool // the reader has gone away
}

// mostWaiting lines are kept for a slow reader, about half a megabyte.
const mostWaiting = 4096

// newUnhurried starts the writing into a file.
func newUnhurried(to io.Writer, remark func(lines int) []byte) *unhurried {
	u := &unhurried{to: to, remark: remark}
	u.changed.L = &u.mu
	go u.write()
	return u
}

// Write implements io.Writer, for a line at a time.
func (u *unhurried) Write(line []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.failed {
		if len(u.waiting) == mostWaiting {
			u.waiting = u.waiting[1:]
			u.left++
		}
		u.waiting = append(u.waiting, append([]byte(nil), line...))
		u.changed.Broadcast()
	}
	return len(line), nil
}

// write hands on what waits, for ever.
func (u *unhurried) write() {
	u.mu.Lock()
	for {
		for len(u.waiting) == 0 {
			u.changed.Wait()
		}
		next, left := u.waiting[0], u.left
		if u.left = 0; left > 0 {
			next = append(u.remark(left), next...)
		}
		u.waiting, u.writing = u.waiting[1:], true
		u.mu.Unlock()
		_, err := u.to.Write(next)
		u.mu.Lock()
		if u.writing = false; err != nil {
			u.waiting, u.failed = nil, true
		}
		u.changed.Broadcast()
	}
}

// flush waits until all is written or the reader has gone away. At the end of a command nothing is left that the reader holds up.
func (u *unhurried) flush() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.writing || len(u.waiting) > 0 {
		u.changed.Wait()
	}
}

// canStall reports whether a reader can hold up writes to w.
func canStall(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}
