// Bench measures Euryale and, where it is installed, other software that does the same jobs, in turns within one run. It
// prints medians, ranges and ratios as Markdown.
//
//	go run ./bench [-jobs REGEXP] [-rounds N] [-quick] [-wait TIME] [-inherit] [-json FILE] [-chart FILE]
//	go run ./bench -against COMMIT [...]   an older commit of Euryale in place of other software
//	go run ./bench -busy [...]             Euryale on a machine that other processes keep busy
//	go run ./bench -read FILE [-chart FILE]   print, and draw, what -json wrote
//
// Every measurement is a separate process (child.go for Euryale, the programs in others/ for the rest) that warms up,
// times many calls and prints one line of JSON. jobs.go is the table of jobs, contenders and ratios: start reading there;
// imagejobs.go has those of nets of images.
// run.go takes the turns, quiet.go watches for processes that disturb, contenders.go and onnx.go find the other software,
// cost.go measures what a training shows and leaves besides its checkpoints, with -jobs cost.
// openblas.go sees to it that it uses the processor, table.go and chart.go show the findings. against.go and busy.go are
// the other two kinds of run.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"

	"euryale/report"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		if err := child(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := manage(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	matches                  *regexp.Regexp
	rounds                   int
	quick, inherit, busy     bool
	wait                     time.Duration
	against                  string
	jsonPath, chart, earlier string
}

func parseFlags() (o options, err error) {
	pattern := flag.String("jobs", "", "only the jobs whose names match this `regexp`")
	flag.IntVar(&o.rounds, "rounds", 4, "`number` of turns that each contender of a job has")
	flag.BoolVar(&o.quick, "quick", false, "one short round, without a search for the others' best settings: to see that all of it works")
	flag.DurationVar(&o.wait, "wait", 0, "`time` to wait in all for other processes to be quiet, and to repeat what they disturbed (Linux)")
	flag.BoolVar(&o.inherit, "inherit", false, "keep variables of the environment that tune the software measured, such as OPENBLAS_CORETYPE")
	flag.StringVar(&o.jsonPath, "json", "", "write every measurement to this `file`")
	flag.StringVar(&o.chart, "chart", "", "draw the times relative to Euryale into this `file`, .svg or .png")
	flag.StringVar(&o.against, "against", "", "measure training and sampling of this `commit` of Euryale in turns, in place of other software")
	flag.BoolVar(&o.busy, "busy", false, "measure training and sampling while other processes keep the machine busy")
	flag.StringVar(&o.earlier, "read", "", "measure nothing: print the report of this `file`, which -json wrote")
	flag.Parse()
	if o.matches, err = regexp.Compile(*pattern); err != nil {
		return o, fmt.Errorf("-jobs: %w", err)
	}
	switch {
	case flag.NArg() > 0 || o.rounds < 1:
		return o, errors.New("expected no arguments and at least one round; -help lists the flags")
	case o.busy && o.against != "":
		return o, errors.New("-busy and -against are different runs: give one of them")
	case o.chart != "" && (o.busy || o.against != ""):
		return o, errors.New("-chart compares with other software, which -busy and -against do not measure")
	case o.chart != "":
		return o, checkChart(o.chart)
	}
	return o, nil
}

func manage(ctx context.Context) error {
	o, err := parseFlags()
	if err != nil {
		return err
	}
	if o.earlier != "" {
		var all findings
		text, err := os.ReadFile(o.earlier)
		if err == nil {
			err = json.Unmarshal(text, &all)
		}
		if err != nil {
			return fmt.Errorf("-read %s: %w", o.earlier, err)
		}
		all.write(os.Stdout)
		return all.draw(o.chart)
	}
	if !o.inherit {
		clearEnvironment()
	}
	all, err := o.measure(ctx)
	if err != nil {
		return err
	}
	if o.jsonPath != "" {
		text, err := json.MarshalIndent(all, "", "\t")
		if err != nil {
			return fmt.Errorf("-json: %w", err)
		}
		if err := os.WriteFile(o.jsonPath, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("-json: %w", err)
		}
	}
	all.write(os.Stdout)
	return errors.Join(all.draw(o.chart), ctx.Err())
}

// measure does the run. If it is interrupted, the findings are those of the jobs before.
func (o options) measure(ctx context.Context) (all findings, err error) {
	pace := pace{rounds: o.rounds, length: 1}
	if o.quick {
		pace.rounds, pace.length = 1, 0.2
	}
	start := time.Now()
	w := &watch{patience: o.wait, now: linuxTime}
	env, err := prepare()
	if err != nil {
		return all, err
	}
	defer env.close()
	var list []job
	switch {
	case o.busy:
	case o.against != "":
		if err := env.buildPast(ctx, o.against); err != nil {
			return all, err
		}
		list = against(jobs(env, o.quick), env)
	default:
		if err := env.find(ctx); err != nil {
			return all, err
		}
		list = jobs(env, o.quick)
	}
	all.Machine = describeMachine(ctx, env)
	if o.busy {
		if all.Busy, err = underLoad(ctx, o.matches, pace, w, env, progress); err != nil {
			return all, err
		}
	}
	for _, j := range list {
		if !o.matches.MatchString(j.name) {
			continue
		}
		r, err := measure(ctx, j, pace, w, progress)
		if err != nil {
			progress("%s: %v; the report has the jobs before it", j.name, err)
			break
		}
		all.Results = append(all.Results, r)
	}
	all.Skipped = env.skipped
	all.Machine.Others, all.Machine.Seconds = w.worst, time.Since(start).Seconds()
	return all, nil
}

// draw saves the chart, if a file is named.
func (r findings) draw(path string) error {
	if path == "" {
		return nil
	}
	chart, err := r.chart()
	if err != nil {
		return err
	}
	return report.Save(path, chart)
}

func progress(format string, a ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05")}, a...)...)
}
