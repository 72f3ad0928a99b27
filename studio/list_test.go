package studio_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
)

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// writeRun writes the folder of a run without checkpoints.
func writeRun(t testing.TB, folder string, overrides []string, losses ...float64) {
	t.Helper()
	config, err := configs.Preset("scurve", overrides)
	if err != nil {
		t.Fatal(err)
	}
	text, err := config.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "checkpoints"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for i, loss := range losses {
		fmt.Fprintf(&log, `{"step":%d,"epoch":%g,"loss":%g,"grad_norm":1,"lr":0.001,"steps_per_s":900}`+"\n", 100*(i+1), float64(i+1)*100/79, loss)
	}
	if err := os.WriteFile(filepath.Join(folder, "metrics.jsonl"), []byte(log.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The list: runs in folders of folders, what differs, means over seeds, damaged and empty folders.
func TestList(t *testing.T) {
	s := serve(t)
	var list struct {
		Folder string
		Runs   []row
		Common map[string]string
	}
	s.get("/api/runs", &list)
	if list.Runs == nil || len(list.Runs) > 0 || list.Folder != s.runs {
		t.Errorf("of an empty folder: %+v", list)
	}
	for i, loss := range []float64{1, 2, 6} {
		writeRun(t, filepath.Join(s.runs, "sweep/trials", fmt.Sprintf("seed=%d", i)), []string{fmt.Sprintf("seed=%d", i)}, loss)
	}
	writeRun(t, filepath.Join(s.runs, "other"), []string{"optimizer.learning_rate=0.01", "name=other", "train.steps=100"}, 4)
	writeRun(t, filepath.Join(s.runs, "other/below"), nil, 1)    // below a run
	writeRun(t, filepath.Join(s.runs, "a/b/c/too-deep"), nil, 1) //
	writeRun(t, filepath.Join(s.runs, ".hidden"), nil, 1)        //
	os.MkdirAll(filepath.Join(s.runs, "empty"), 0o755)           //
	writeRun(t, filepath.Join(s.runs, "broken"), nil, 1, 2, 3)   //
	os.WriteFile(filepath.Join(s.runs, "broken", "config.yaml"), []byte("version: 2\nnett: 1\n"), 0o644)
	s.get("/api/runs", &list)
	by := map[string]row{}
	for _, r := range list.Runs {
		by[r.ID] = r
	}
	if len(list.Runs) != 5 || by["other"].ID == "" || by["sweep/trials/seed=2"].ID == "" || by["broken"].ID == "" {
		t.Fatalf("%+v", list.Runs)
	}
	if r := by["broken"]; r.State != "damaged" || !strings.Contains(r.Error, "config.yaml:2") || !strings.Contains(r.Error, "net") {
		t.Errorf("%+v", r)
	}
	if r := by["other"]; r.State != "finished" || r.Total != 100 || r.Changed["optimizer.learning_rate.rate"] != "0.01" ||
		r.Changed["name"] != "" || list.Common["optimizer.learning_rate.rate"] != "0.001" || *r.Loss != 4 || r.Preset != "" {
		t.Errorf("%+v, common %v", r, list.Common)
	}
	if r := by["sweep/trials/seed=1"]; r.State != "running" || r.Total != 4000*79 || r.Preset != "scurve" || len(r.Changed) != 0 {
		t.Errorf("%+v", r)
	}
	if g := by["sweep/trials/seed=0"].Group; g == "" || g != by["sweep/trials/seed=2"].Group || g == by["other"].Group {
		t.Errorf("runs that differ in their seeds alone are in the group %q: %+v", g, by)
	}
	if err := os.RemoveAll(s.runs); err != nil {
		t.Fatal(err)
	}
	s.get("/api/runs", &list)
	if len(list.Runs) != 0 {
		t.Errorf("after all was removed: %+v", list.Runs)
	}
}

// BenchmarkList lists 1,000 runs: the first time, and again when a few have changed.
func BenchmarkList(b *testing.B) {
	s := serve(b)
	losses := make([]float64, 1000)
	for i := range losses {
		losses[i] = 1 / float64(i+1)
	}
	for i := range 1000 {
		overrides := []string{fmt.Sprintf("seed=%d", i%3), fmt.Sprintf("train.batch=%d", 1+i/3)}
		writeRun(b, filepath.Join(s.runs, fmt.Sprintf("sweep%d/trials/run%d", i%2, i)), overrides, losses...)
	}
	list := func() {
		if status, text := s.raw("GET", "/api/runs", nil, nil); status != 200 || strings.Count(string(text), `"state"`) != 1000 {
			b.Fatalf("%d %.200s", status, text)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			fresh := &served{t: b, runs: s.runs}
			fresh.start(optionsOf(s.runs))
			fresh.raw("GET", "/api/runs", nil, nil)
		}
	})
	list()
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			list()
		}
	})
}
