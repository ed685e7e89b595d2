package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// objectModel is S3's promise for one key: a register that holds a value or nothing (""), read and written at one
// moment between a request's arrival and its answer.
var objectModel = porcupine.Model{
	Init: func() interface{} { return "" },
	Step: func(state, input, _ interface{}) (bool, interface{}) {
		ok, next := step(state.(string), input.(Record))
		return ok, next
	},
	DescribeOperation: func(input, _ interface{}) string { return describe(input.(Record)) },
	DescribeState: func(state interface{}) string {
		if state == "" {
			return "absent"
		}
		return state.(string)
	},
}

func step(state string, r Record) (legal bool, next string) {
	switch r.Op {
	case "get":
		return r.Value == state, state
	case "list":
		return *r.Found == (state != "") && (r.Value == "" || r.Value == state), state
	}
	met := (!r.IfNoneMatch || state == "") && (r.IfMatch == "" || r.IfMatch == state)
	written := r.Value
	if r.Op == "delete" {
		written = ""
	}
	switch r.Outcome {
	case "ok":
		return met, written
	case "precondition":
		return !met, state
	}
	if met {
		return true, written
	}
	return true, state
}

func describe(r Record) string {
	text := r.Op
	switch {
	case r.Op == "put":
		text = fmt.Sprintf("put %s", r.Value)
	case r.Op == "list":
		text = fmt.Sprintf("list: found=%v %s", *r.Found, r.Value)
	case r.Op == "get" && r.Value == "":
		text = "get: absent"
	case r.Op == "get":
		text = fmt.Sprintf("get: %s", r.Value)
	}
	if r.IfNoneMatch {
		text += " if-none-match *"
	}
	if r.IfMatch != "" {
		text += " if-match " + r.IfMatch
	}
	if r.Outcome != "ok" {
		text += " -> " + r.Outcome
	}
	return text
}
