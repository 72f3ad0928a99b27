package sweep

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs/sweeps"
	"euryale/internal/strictyaml"
)

// document is docs/sweeps.md.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/sweeps.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// block is the code of a language in the document that holds a text.
func block(t *testing.T, language, holds string) string {
	t.Helper()
	for _, part := range strings.Split(document(t), "```"+language+"\n")[1:] {
		if code, _, ok := strings.Cut(part, "```"); ok && strings.Contains(code, holds) {
			return code
		}
	}
	t.Fatalf("docs/sweeps.md has no block of %s with %q", language, holds)
	return ""
}

// The document has every key of a sweep file, every metric that is not of tables, and the first preset as it is.
func TestDocument(t *testing.T) {
	text := document(t)
	s := Default()
	s.Axes = Axes{{}}
	for _, k := range strictyaml.Keys(s) {
		if k.Type != "section" && k.Path != "axes" && !strings.Contains(text, "\n| `"+k.Path+"` |") {
			t.Errorf("docs/sweeps.md lacks the key %s", k.Path)
		}
	}
	for _, m := range Metrics() {
		if m.of != ofTables && !strings.Contains(text, "`"+m.Name+"`") {
			t.Errorf("docs/sweeps.md lacks the metric %s", m.Name)
		}
	}
	_, example, _ := strings.Cut(text, "is put in quotes: `")
	example, _, _ = strings.Cut(example, "`")
	load(t, "axes: [{key: process.schedule, values: [cosine, "+example+"]}]\n")
	preset, err := sweeps.Files.ReadFile("scurve.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := strings.Cut(string(preset), "name: "); "name: "+body != block(t, "yml", "name: scurve\n") {
		t.Error("docs/sweeps.md shows another sweep than the preset scurve")
	}
}

// calls runs a shell script and returns how it calls euryale, for each value of a variable.
func calls(t *testing.T, shell, script, variable string, values ...string) []string {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("there is no %s to run the scripts of docs/sweeps.md", shell)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "euryale"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, value := range values {
		cmd := exec.Command(shell, "-euc", script)
		path := folder + string(os.PathListSeparator) + os.Getenv("PATH")
		cmd.Env = append(os.Environ(), "PATH="+path, variable+"="+value, "SLURM_ARRAY_TASK_COUNT=3")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		list = append(list, strings.TrimSpace(string(out)))
	}
	return list
}

// The script for a Slurm array trains each shard once.
func TestSlurm(t *testing.T) {
	for i, call := range calls(t, "bash", block(t, "bash", "SLURM_ARRAY_TASK_ID"), "SLURM_ARRAY_TASK_ID", "1", "2", "3") {
		if want := fmt.Sprintf("sweep -config scurve -out sweeps/scurve -jobs 4 -shard %d/3", i+1); call != want {
			t.Errorf("%q, want %q", call, want)
		}
	}
}

// The Job for Kubernetes has the keys of batch/v1 in their places, and trains each shard once.
func TestKubernetes(t *testing.T) {
	type amounts struct {
		CPU    string `yaml:"cpu"`
		Memory string `yaml:"memory"`
	}
	type mount struct {
		Name      string `yaml:"name"`
		MountPath string `yaml:"mountPath"`
	}
	type container struct {
		Name      string   `yaml:"name"`
		Image     string   `yaml:"image"`
		Command   []string `yaml:"command"`
		Args      []string `yaml:"args"`
		Resources struct {
			Requests amounts `yaml:"requests"`
			Limits   amounts `yaml:"limits"`
		} `yaml:"resources"`
		VolumeMounts []mount `yaml:"volumeMounts"`
	}
	type volume struct {
		Name  string `yaml:"name"`
		Claim struct {
			Name string `yaml:"claimName"`
		} `yaml:"persistentVolumeClaim"`
	}
	type condition struct {
		Type string `yaml:"type"`
	}
	type rule struct {
		Action     string      `yaml:"action"`
		Conditions []condition `yaml:"onPodConditions"`
	}
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Metadata   struct {
			Name string `yaml:"name"`
		} `yaml:"metadata"`
		Spec struct {
			CompletionMode       string `yaml:"completionMode"`
			Completions          int    `yaml:"completions"`
			Parallelism          int    `yaml:"parallelism"`
			BackoffLimitPerIndex int    `yaml:"backoffLimitPerIndex"`
			PodReplacementPolicy string `yaml:"podReplacementPolicy"`
			PodFailurePolicy     struct {
				Rules []rule `yaml:"rules"`
			} `yaml:"podFailurePolicy"`
			Template struct {
				Spec struct {
					RestartPolicy string      `yaml:"restartPolicy"`
					GracePeriod   int         `yaml:"terminationGracePeriodSeconds"`
					Containers    []container `yaml:"containers"`
					Volumes       []volume    `yaml:"volumes"`
				} `yaml:"spec"`
			} `yaml:"template"`
		} `yaml:"spec"`
	}
	text := []byte(block(t, "yml", "kind: Job"))
	if err := strictyaml.Decode(&job, "the Job of docs/sweeps.md", text, nil, strictyaml.Options{}); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.Template.Spec
	c := pod.Containers[0]
	if job.APIVersion != "batch/v1" || job.Spec.CompletionMode != "Indexed" || job.Spec.Completions != 3 || job.Spec.Parallelism > 3 ||
		job.Spec.PodReplacementPolicy != "Failed" || pod.RestartPolicy != "Never" || len(pod.Containers) != 1 ||
		c.VolumeMounts[0].Name != pod.Volumes[0].Name || fmt.Sprint(c.Command) != "[sh -c]" {
		t.Errorf("%+v", job)
	}
	for i, call := range calls(t, "sh", c.Args[0], "JOB_COMPLETION_INDEX", "0", "1", "2") {
		if want := fmt.Sprintf("sweep -config scurve -out /sweeps/scurve -jobs 2 -shard %d/3", i+1); call != want {
			t.Errorf("%q, want %q", call, want)
		}
	}
}
