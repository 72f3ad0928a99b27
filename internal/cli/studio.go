package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"euryale/report/html"
	"euryale/studio"
	"euryale/train"
)

// runsFolder is the folder of runs where none is named.
const runsFolder = "runs"

// runStudio serves the page on a folder of runs.
func runStudio(ctx context.Context, args []string) (err error) {
	f := newFlags("studio", "studio [-runs DIR] [-listen HOST:PORT] [-token TOKEN] [-open=false] [-workers N]")
	f.about = "show the runs of a folder in a browser: curves while they train, samples by checkpoint, a playground for sampling, and " +
		"buttons that start, stop, resume and clone runs. It answers to this machine alone unless -listen names another address, which " +
		"needs a -token. " +
		"Ctrl-C ends it, and stops the trainings that it started, each with a checkpoint."
	o := studio.Options{Version: train.Here().Version}
	f.StringVar(&o.Runs, "runs", runsFolder, "the `folder` of the runs, up to three folders deep")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8420", "the `address` to listen on, host:port; port 0 is any that is free")
	f.StringVar(&o.Token, "token", "", "a `secret` of at least 16 characters that a browser needs")
	open := f.Bool("open", true, "open the page in a browser, where there is a screen")
	f.IntVar(&o.Workers, "workers", 0, "the `number` of workers of sampling, which does not change the samples (default: one per processor)")
	if err := f.parse(args); err != nil {
		return err
	}
	if err := f.checkEmpty(); err != nil {
		return err
	}
	if err := errors.Join(f.checkWorkers(o.Workers), checkStudio(f, o)); err != nil {
		return err
	}
	console := f.console
	o.Failed = func(err error) { console.warn("%s", plain(err)) }
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return cannotListen(o.Listen, err)
	}
	o.Listen = listenedOn(o.Listen, listener)
	s, err := studio.New(o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p := &printer{to: os.Stdout}
	address := "http://" + shownAddress(o.Listen) + "/"
	if o.Token != "" {
		address += "?token=" + o.Token
	}
	p.f("the studio is at %s, with the runs in %s; Ctrl-C ends it\n", address, o.Runs)
	if p.err != nil {
		s.Close()
		return errors.Join(p.err, listener.Close())
	}
	if *open {
		openBrowser(address)
	}
	stopped, err := s.Serve(ctx, listener)
	for _, id := range stopped {
		console.note("%s was stopped with a checkpoint; %s goes on", id,
			html.Quote([]string{"euryale", "train", "-resume", "-out", joined(o.Runs, id)}))
	}
	return err
}

// checkStudio checks the flags before anything is opened.
func checkStudio(f *flags, o studio.Options) error {
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return usagef("-listen must be host:port, such as 127.0.0.1:8420 or localhost:0, got %q", o.Listen)
	}
	if f.given("token") && len(o.Token) < studio.MinToken {
		return usagef("-token must have at least %d characters, got %d", studio.MinToken, len(o.Token))
	}
	if strings.Trim(o.Token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "" {
		return usage("-token must have letters, digits, and -._~ alone, since it is part of an address")
	}
	if !studio.IsLoopback(o.Listen) && o.Token == "" {
		return usagef("-listen %s can be reached from other machines, and the studio starts programs: give it a -token that browsers need, "+
			"or listen on 127.0.0.1", o.Listen)
	}
	info, err := os.Stat(o.Runs)
	switch {
	case err == nil && !info.IsDir():
		return usagef("-runs: %s is a file, want a folder of runs", o.Runs)
	case err != nil && f.given("runs"):
		return usagef("-runs: %s cannot be read: %v; give it the folder that holds the folders of runs", o.Runs, reason(err))
	}
	return nil
}

// cannotListen is why an address cannot be listened on, and what helps.
func cannotListen(address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		_, port, _ := net.SplitHostPort(address)
		return fmt.Errorf("-listen %s: another program listens on port %s, perhaps a studio; choose another one, such as -listen 127.0.0.1:0",
			address, port)
	}
	return fmt.Errorf("-listen %s: %w", address, err)
}

// listenedOn is an address with the port that a listener has.
func listenedOn(address string, l net.Listener) string {
	host, _, _ := net.SplitHostPort(address)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return net.JoinHostPort(host, port)
}

// shownAddress is an address that a browser on this machine can open.
func shownAddress(address string) string {
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

func joined(folder, id string) string { return strings.TrimRight(folder, "/") + "/" + id }

// openBrowser opens a page in the browser of the user. Where there is none, the address that is printed has to do.
func openBrowser(address string) {
	var command *exec.Cmd
	switch {
	case runtime.GOOS == "darwin":
		command = exec.Command("open", address)
	case runtime.GOOS == "windows":
		command = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		command = exec.Command("xdg-open", address)
	default:
		return
	}
	if command.Start() == nil {
		go command.Wait()
	}
}
