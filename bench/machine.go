package main

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"euryale/train"
)

// machine is where and with what a report was made.
type machine struct {
	Date     string   `json:"date"`
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"`
	Others   float64  `json:"others"` // greatest share of the machine that other processes took in a measurement
	Kernel   string   `json:"kernel"`
	Commit   string   `json:"commit"`
	Versions []string `json:"versions"`
	Notes    []string `json:"notes,omitempty"` // on how the other software was run
	Seconds  float64  `json:"seconds"`         // that the run took
}

func describeMachine(ctx context.Context, e *environment) machine {
	here := train.Here()
	m := machine{
		Date: time.Now().UTC().Format("2006-01-02 15:04 UTC"), CPU: here.Processor, Cores: here.Cores,
		Kernel: here.Kernel, Commit: commit(ctx), Versions: []string{here.Go + " " + here.OS + "/" + here.Arch},
	}
	for _, v := range []struct{ name, version string }{{"PyTorch ", e.torch}, {"", e.blas}, {"onnxruntime ", e.onnx}} {
		if v.version != "" {
			m.Versions = append(m.Versions, v.name+v.version)
		}
	}
	for _, note := range []string{e.torchBLAS.note, e.cBLAS.note} {
		if note != "" {
			m.Notes = append(m.Notes, note)
		}
	}
	return m
}

func commit(ctx context.Context) string {
	hash, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(hash))
	if changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output(); err != nil || len(changes) > 0 {
		name += " with changes"
	}
	return name
}
