// linearize judges a recorded history of requests to an S3 store: is it linearizable, key by key?
//
//	linearize [-html DIR] [-timeout 60s] history.jsonl
//
// A line of the history is a Record (history.go). The verdict is one line of JSON. Exit: 0 linearizable, 1 not, 2 the
// history is unreadable, 3 no verdict in time. For each key that is not, DIR gets porcupine's picture of it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

type verdict struct {
	Keys       int      `json:"keys"`
	Operations int      `json:"operations"`
	Unknown    int      `json:"unknown_outcomes"`
	Illegal    []string `json:"not_linearizable"`
	Undecided  []string `json:"undecided"`
	Pictures   []string `json:"pictures,omitempty"`
}

func judge(keys map[string][]Record, timeout time.Duration, htmlDir string) (verdict, error) {
	v := verdict{Keys: len(keys), Illegal: []string{}, Undecided: []string{}}
	names := make([]string, 0, len(keys))
	for key := range keys {
		names = append(names, key)
	}
	sort.Strings(names)
	deadline := time.Now().Add(timeout)
	for _, key := range names {
		for _, r := range keys[key] {
			v.Operations++
			if r.Outcome == "unknown" {
				v.Unknown++
			}
		}
		left := time.Until(deadline)
		if left <= 0 {
			v.Undecided = append(v.Undecided, key)
			continue
		}
		result, info := porcupine.CheckOperationsVerbose(objectModel, operations(keys[key]), left)
		switch result {
		case porcupine.Unknown:
			v.Undecided = append(v.Undecided, key)
		case porcupine.Illegal:
			v.Illegal = append(v.Illegal, key)
			if htmlDir == "" {
				continue
			}
			picture := filepath.Join(htmlDir, fmt.Sprintf("not-linearizable-%d.html", len(v.Illegal)))
			if err := porcupine.VisualizePath(objectModel, info, picture); err != nil {
				return v, err
			}
			v.Pictures = append(v.Pictures, picture)
		}
	}
	return v, nil
}

func run(args []string) int {
	flags := flag.NewFlagSet("linearize", flag.ContinueOnError)
	htmlDir := flags.String("html", "", "directory for pictures of what is not linearizable")
	timeout := flags.Duration("timeout", time.Minute, "for all keys together")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: linearize [-html DIR] [-timeout 60s] history.jsonl")
		return 2
	}
	file, err := os.Open(flags.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "linearize:", err)
		return 2
	}
	defer file.Close()
	keys, err := readHistory(file)
	if err == nil && len(keys) == 0 {
		err = fmt.Errorf("%s is empty: nothing was judged", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "linearize:", err)
		return 2
	}
	v, err := judge(keys, *timeout, *htmlDir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "linearize:", err)
		return 2
	}
	text, _ := json.Marshal(v)
	fmt.Println(string(text))
	switch {
	case len(v.Illegal) > 0:
		return 1
	case len(v.Undecided) > 0:
		return 3
	}
	return 0
}

func main() { os.Exit(run(os.Args[1:])) }
