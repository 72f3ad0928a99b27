// Bench measures Euryale and, where they are installed, the same jobs in other software, in turns within one run, and
// prints the medians, their spread and what they are held to as Markdown.
//
//	go run ./bench [-jobs REGEXP] [-rounds N] [-quick] [-wait TIME] [-inherit] [-json FILE] [-against COMMIT]
//
// Every measurement is a process of its own (child.go for Euryale, the programs in others/ for the rest) that warms up,
// times many calls and prints one line of JSON. jobs.go is the table of jobs, contenders and targets: start reading
// there. run.go takes the turns, quiet.go sees who disturbs, contenders.go finds the other software, table.go prints.
// against.go measures an older commit of Euryale in place of the other software.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
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

func manage(ctx context.Context) error {
	pattern := flag.String("jobs", "", "only the jobs whose names match this `regexp`")
	rounds := flag.Int("rounds", 4, "`number` of turns that each contender of a job has")
	quick := flag.Bool("quick", false, "one short round, no search for the others' best settings: does it all work?")
	wait := flag.Duration("wait", 0, "`time` to wait in all for other processes to be quiet, and to repeat what they disturbed (Linux)")
	inherit := flag.Bool("inherit", false, "keep variables of the environment that tune the software measured, such as OPENBLAS_CORETYPE")
	jsonPath := flag.String("json", "", "write every measurement to this `file`")
	commit := flag.String("against", "", "measure training and sampling of this `commit` of Euryale in turns, in place of other software")
	flag.Parse()
	matches, err := regexp.Compile(*pattern)
	if err != nil {
		return fmt.Errorf("-jobs: %w", err)
	}
	if flag.NArg() > 0 || *rounds < 1 {
		return fmt.Errorf("expected no arguments and at least one round; -help lists the flags")
	}
	pace := pace{rounds: *rounds, length: 1}
	if *quick {
		pace.rounds, pace.length = 1, 0.2
	}
	if !*inherit {
		clearEnvironment()
	}
	start := time.Now()
	w := &watch{patience: *wait, now: linuxTime}
	env, err := prepare(ctx, *commit)
	if err != nil {
		return err
	}
	defer env.close()
	report := report{Machine: describeMachine(ctx, env)}
	all := jobs(env, *quick)
	if *commit != "" {
		all = against(all, env)
	}
	for _, j := range all {
		if !matches.MatchString(j.name) {
			continue
		}
		r, err := measure(ctx, j, pace, w, progress)
		if err != nil {
			progress("%s: %v; the report has the jobs before it", j.name, err)
			break
		}
		report.Results = append(report.Results, r)
	}
	report.Skipped = env.skipped
	report.Machine.Others, report.Machine.Seconds = w.worst, time.Since(start).Seconds()
	if *jsonPath != "" {
		text, err := json.MarshalIndent(report, "", "\t")
		if err != nil {
			return fmt.Errorf("-json: %w", err)
		}
		if err := os.WriteFile(*jsonPath, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("-json: %w", err)
		}
	}
	report.write(os.Stdout)
	return ctx.Err()
}

func progress(format string, a ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05")}, a...)...)
}
