package studio

// Viewers is the number of browsers that watch.
func Viewers(s *Studio) int {
	_, n := s.hub.watched()
	return n
}

// Send sends a message to all browsers.
func Send(s *Studio, name string, value any) { s.hub.send(name, "", value) }
