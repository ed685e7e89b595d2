package main

import (
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func history(t *testing.T, lines ...string) map[string][]Record {
	t.Helper()
	keys, err := readHistory(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func line(op, extra, outcome string, call, returned int) string {
	if extra != "" {
		extra += ","
	}
	return `{"client":0,"key":"k","op":"` + op + `",` + extra + `"call":` + strconv.Itoa(call) + `,"return":` +
		strconv.Itoa(returned) + `,"outcome":"` + outcome + `"}`
}

func TestVerdicts(t *testing.T) {
	putA := line("put", `"value":"A"`, "ok", 0, 10)
	putB := line("put", `"value":"B"`, "ok", 20, 30)
	putLost := line("put", `"value":"U"`, "unknown", 15, 0)
	cases := []struct {
		name  string
		legal bool
		lines []string
	}{
		{"reads in order", true, []string{putA, line("get", `"value":"A"`, "ok", 11, 12), putB, line("get", `"value":"B"`, "ok", 31, 32)}},
		{"a stale read", false, []string{putA, putB, line("get", `"value":"A"`, "ok", 31, 32)}},
		{"an overlapping read may see either", true, []string{putA, putB, line("get", `"value":"A"`, "ok", 25, 32)}},
		{"reads that go back", false, []string{putA, putB, line("get", `"value":"B"`, "ok", 21, 22), line("get", `"value":"A"`, "ok", 23, 24)}},
		{"a lost update", false, []string{putA, line("get", "", "ok", 11, 12)}},
		{"a stale listing", false, []string{putA, line("list", `"found":false`, "ok", 11, 12)}},
		{"a listing with an old ETag", false, []string{putA, putB, line("list", `"found":true,"value":"A"`, "ok", 31, 32)}},
		{"a listing that sees it", true, []string{putA, line("list", `"found":true`, "ok", 11, 12)}},
		{"a read after delete", false, []string{putA, line("delete", "", "ok", 11, 12), line("get", `"value":"A"`, "ok", 13, 14)}},
		{"unknown that happened late", true, []string{putA, putLost, putB, line("get", `"value":"U"`, "ok", 40, 41)}},
		{"unknown that never happened", true, []string{putA, putLost, line("get", `"value":"A"`, "ok", 40, 41)}},
		{"unknown that happened and is undone", false, []string{putA, putLost, line("get", `"value":"U"`, "ok", 40, 41), line("get", `"value":"A"`, "ok", 42, 43)}},
		{"unknown before its call", false, []string{putA, line("get", `"value":"U"`, "ok", 11, 12), putLost}},
		{"two winners of If-None-Match", false, []string{line("put", `"value":"A","if_none_match":true`, "ok", 0, 10), line("put", `"value":"B","if_none_match":true`, "ok", 0, 10)}},
		{"one winner of If-None-Match", true, []string{line("put", `"value":"A","if_none_match":true`, "ok", 0, 10), line("put", `"value":"B","if_none_match":true`, "precondition", 0, 10)}},
		{"412 with nothing there", false, []string{line("put", `"value":"A","if_none_match":true`, "precondition", 0, 10)}},
		{"412 explained by an unknown write", true, []string{putLost, line("put", `"value":"A","if_none_match":true`, "precondition", 40, 50)}},
		{"If-Match on a replaced value", false, []string{putA, putB, line("put", `"value":"C","if_match":"A"`, "ok", 31, 32)}},
		{"If-Match refused though it matched", false, []string{putA, line("put", `"value":"C","if_match":"A"`, "precondition", 31, 32)}},
		{"a failed write that shows", false, []string{line("put", `"value":"A"`, "fail", 0, 10), line("get", `"value":"A"`, "ok", 11, 12)}},
	}
	for _, c := range cases {
		v, err := judge(history(t, c.lines...), time.Minute, "")
		if err != nil {
			t.Fatal(err)
		}
		if (len(v.Illegal) == 0) != c.legal || len(v.Undecided) > 0 {
			t.Errorf("%s: legal should be %v, got %+v", c.name, c.legal, v)
		}
	}
}

// simulate records three clients of one register. With a stale cache, client 2 reads what was current 20 ticks ago.
func simulate(seed int64, staleCache bool) []Record {
	r := rand.New(rand.NewSource(seed))
	var records []Record
	past := make([]string, 0, 4000)
	state := ""
	for now := 0; len(records) < 600; now++ {
		past = append(past, state)
		call, moment := int64(now*10), int64(now*10+1+r.Intn(8))
		rec := Record{Client: r.Intn(3), Key: "k", Call: call, Return: moment + 1, Outcome: "ok"}
		switch r.Intn(10) {
		case 0:
			rec.Op, rec.Value = "put", strconv.Itoa(now)
			state = rec.Value
		case 1:
			rec.Op, rec.Value, rec.Outcome = "put", strconv.Itoa(now), "unknown"
			if r.Intn(2) == 0 {
				state = rec.Value
			}
		default:
			rec.Op, rec.Value = "get", state
			if staleCache && rec.Client == 2 && now >= 20 {
				rec.Value = past[now-20]
			}
		}
		records = append(records, rec)
	}
	return records
}

func TestSimulatedHistories(t *testing.T) {
	for seed := int64(1); seed <= 20; seed++ {
		good, _ := judge(map[string][]Record{"k": simulate(seed, false)}, time.Minute, "")
		if len(good.Illegal)+len(good.Undecided) > 0 {
			t.Errorf("seed %d: a correct register was judged %+v", seed, good)
		}
		bad, _ := judge(map[string][]Record{"k": simulate(seed, true)}, time.Minute, "")
		if len(bad.Illegal) != 1 {
			t.Errorf("seed %d: a stale cache was judged %+v", seed, bad)
		}
	}
}

func TestExitCodesAndPictures(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, lines ...string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	putA := line("put", `"value":"A"`, "ok", 0, 10)
	if code := run([]string{write("good", putA)}); code != 0 {
		t.Errorf("a good history exits %d", code)
	}
	if code := run([]string{"-html", dir, write("bad", putA, line("get", "", "ok", 11, 12))}); code != 1 {
		t.Errorf("a bad history exits %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "not-linearizable-1.html")); err != nil {
		t.Error(err)
	}
	for _, broken := range []string{"", "{", line("put", "", "ok", 0, 1), line("jump", "", "ok", 0, 1), line("get", "", "perhaps", 0, 1), line("get", "", "ok", 2, 1)} {
		if code := run([]string{write("broken", broken)}); code != 2 {
			t.Errorf("%q exits %d", broken, code)
		}
	}
}
