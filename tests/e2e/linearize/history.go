package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"

	"github.com/anishathalye/porcupine"
)

// Record is one line of a history: one request to one key, as its client saw it. Times are nanoseconds of one
// monotonic clock. Value names content: an ETag, or whatever identifies a write, unique among the writes of a key.
type Record struct {
	Client      int    `json:"client"`
	Key         string `json:"key"`
	Op          string `json:"op"`                      // put, get, delete or list
	Value       string `json:"value,omitempty"`         // put: written; get and list: seen, "" if absent
	Found       *bool  `json:"found,omitempty"`         // list: was the key in it? Value may then be left out
	IfNoneMatch bool   `json:"if_none_match,omitempty"` // put: If-None-Match: *
	IfMatch     string `json:"if_match,omitempty"`      // put or delete: If-Match
	Call        int64  `json:"call"`
	Return      int64  `json:"return"`
	Outcome     string `json:"outcome"` // ok, precondition (answered 412), fail (surely nothing happened) or unknown
}

func (r Record) check() error {
	switch r.Op {
	case "put":
		if r.Value == "" {
			return fmt.Errorf("a put needs a value")
		}
	case "list":
		if r.Found == nil {
			return fmt.Errorf("a list needs found")
		}
	case "get", "delete":
	default:
		return fmt.Errorf("op %q is none of put, get, delete, list", r.Op)
	}
	switch r.Outcome {
	case "ok", "precondition", "fail", "unknown":
	default:
		return fmt.Errorf("outcome %q is none of ok, precondition, fail, unknown", r.Outcome)
	}
	if r.Key == "" {
		return fmt.Errorf("no key")
	}
	if r.Outcome != "unknown" && r.Return < r.Call {
		return fmt.Errorf("returned at %d before its call at %d", r.Return, r.Call)
	}
	if r.Client < 0 {
		return fmt.Errorf("client %d is negative", r.Client)
	}
	return nil
}

// readHistory groups the lines of a history by key.
func readHistory(in io.Reader) (map[string][]Record, error) {
	keys := map[string][]Record{}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), 1<<22)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var r Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		keys[r.Key] = append(keys[r.Key], r)
	}
	return keys, lines.Err()
}

// operations turns one key's records into what porcupine searches. An unknown outcome returns after everything else:
// placed last it changed nothing that anyone saw, so "never happened" is among the orders that are tried.
func operations(records []Record) []porcupine.Operation {
	var end int64
	for _, r := range records {
		if r.Return > end {
			end = r.Return
		}
		if r.Call > end {
			end = r.Call
		}
	}
	seen, onlyValues := observed(records)
	var ops []porcupine.Operation
	for _, r := range records {
		unknown := r.Outcome == "unknown"
		if r.Outcome == "fail" || (unknown && (r.Op == "get" || r.Op == "list")) {
			continue
		}
		if unknown && onlyValues && r.Op == "put" && !seen[r.Value] {
			continue
		}
		returned := r.Return
		if unknown {
			returned = end + 1
		}
		ops = append(ops, porcupine.Operation{ClientId: r.Client, Input: r, Call: r.Call, Output: nil, Return: returned})
	}
	sort.SliceStable(ops, func(i, j int) bool { return ops[i].Call < ops[j].Call })
	return ops
}

// observed tells which values anyone saw or asked for, and whether values are all that was observed. Then a put of
// unknown outcome that nobody saw explains nothing, and leaving it out keeps the search short.
func observed(records []Record) (seen map[string]bool, onlyValues bool) {
	seen, onlyValues = map[string]bool{}, true
	for _, r := range records {
		if r.Outcome == "precondition" || (r.Op == "list" && r.Value == "" && *r.Found) {
			onlyValues = false
		}
		if r.Op != "put" && r.Outcome == "ok" {
			seen[r.Value] = true
		}
		seen[r.IfMatch] = true
	}
	return seen, onlyValues
}
