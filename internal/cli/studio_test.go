package cli

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A port that another program listens on: one clear error with the way out.
func TestStudioPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = runStudio(t.Context(), []string{"-listen", l.Addr().String(), "-runs", t.TempDir(), "-open=false"})
	if err == nil || !strings.Contains(err.Error(), "another program listens on port") || !strings.Contains(err.Error(), "-listen 127.0.0.1:0") {
		t.Errorf("%v", err)
	}
	if status(err) != 1 {
		t.Errorf("status %d", status(err))
	}
}

// The command serves the page until it is interrupted.
func TestStudio(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	before := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = before }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		err := runStudio(ctx, []string{"-listen", "localhost:0", "-runs", t.TempDir(), "-open=false", "-token", "0123456789abcdef"})
		ended <- errors.Join(err, out.Close())
	}()
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`http://localhost:\d+/\?token=0123456789abcdef`).FindString(line)
	if address == "" {
		t.Fatalf("it prints %q", line)
	}
	base, _, _ := strings.Cut(address, "?")
	response, err := http.Get(base)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: %d", response.StatusCode)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}
