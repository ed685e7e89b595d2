package main

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"time"
)

// record is a line of the history; tests/e2e/linearize/history.go says what each field means. Values are MD5 sums of
// content, which is what S3 calls the ETag of an object put whole.
type record struct {
	Client      int    `json:"client"`
	Key         string `json:"key"`
	Op          string `json:"op"`
	Value       string `json:"value,omitempty"`
	Found       *bool  `json:"found,omitempty"`
	IfNoneMatch bool   `json:"if_none_match,omitempty"`
	IfMatch     string `json:"if_match,omitempty"`
	Call        int64  `json:"call"`
	Return      int64  `json:"return"`
	Outcome     string `json:"outcome"`
	Host        string `json:"host"`
	Status      int    `json:"status"`
}

// historian is one worker: a client of every host, and the choice of what to do next.
type historian struct {
	o       options
	worker  int
	random  *rand.Rand
	clients []*client
	start   time.Time
	seen    map[string]string // what was last seen under a key, for If-Match
	writes  int
	save    func(record)
}

func md5hex(body []byte) string {
	h := md5.Sum(body)
	return hex.EncodeToString(h[:])
}

// key names one of the keys in play. They change every generation, so that a key's history stays short enough to judge
// although writes of unknown outcome may take effect at any later time.
func (h *historian) key(n int) string {
	return fmt.Sprintf("%sg%04d/k%02d", h.o.prefix, time.Since(h.start)/h.o.generation, n)
}

func (h *historian) step() {
	c := h.clients[h.random.Intn(len(h.clients))]
	r := record{Client: h.worker, Key: h.key(h.random.Intn(h.o.keys)), Host: c.host}
	switch p := h.random.Intn(100); {
	case p < 30:
		h.read(c, r)
	case p < 40:
		h.list(c, r)
	case p < 50:
		r.Op = "delete"
		h.write(c, r, nil)
	default:
		r.Op = "put"
		h.writes++
		body := []byte(fmt.Sprintf("%d/%d/%d of %s", h.o.seed, h.worker, h.writes, r.Key))
		r.Value = md5hex(body)
		if p >= 85 {
			r.IfMatch = h.seen[r.Key]
		} else if p >= 70 {
			r.IfNoneMatch = true
		}
		h.write(c, r, body)
	}
}

func (h *historian) write(c *client, r record, body []byte) {
	method := "PUT"
	if r.Op == "delete" {
		method = "DELETE"
	}
	if r.IfNoneMatch {
		c.headers = "If-None-Match: *\r\n"
	}
	if r.IfMatch != "" {
		c.headers = "If-Match: \"" + r.IfMatch + "\"\r\n"
	}
	r.Call = int64(time.Since(h.start))
	a, err := c.do(method, r.Key, "", content{rest: body}, unsignedPayload, false)
	r.Return, r.Status = int64(time.Since(h.start)), a.status
	switch {
	case err != nil && c.refused:
		r.Outcome = "fail"
	case err != nil:
		r.Outcome, r.Status = "unknown", 0
	case a.status/100 == 2:
		r.Outcome = "ok"
		h.seen[r.Key] = r.Value
	case a.status == 412, a.status == 404 && r.IfMatch != "":
		r.Outcome = "precondition"
	case a.status/100 == 4:
		r.Outcome = "fail"
	default: // an error of the server says that it happened at most once, not that it did not happen
		r.Outcome = "unknown"
	}
	h.save(r)
}

func (h *historian) read(c *client, r record) {
	r.Op, r.Outcome = "get", "ok"
	r.Call = int64(time.Since(h.start))
	a, err := c.do("GET", r.Key, "", content{}, unsignedPayload, true)
	r.Return, r.Status = int64(time.Since(h.start)), a.status
	switch {
	case err == nil && a.status == 200:
		r.Value = md5hex(a.body)
		h.seen[r.Key] = r.Value
		if a.etag != r.Value {
			r.Value = "body " + r.Value + " under ETag " + a.etag // no register holds that: the judge will say so
		}
	case err == nil && a.status == 404:
	default:
		r.Outcome = "fail"
	}
	h.save(r)
}

func (h *historian) list(c *client, r record) {
	r.Op, r.Outcome = "list", "ok"
	generation := r.Key[:len(r.Key)-len("k00")]
	view := h.o
	view.prefix = generation
	etags := map[string]string{}
	r.Call = int64(time.Since(h.start))
	err := view.list(c, func(key, etag string) { etags[key] = etag })
	r.Return = int64(time.Since(h.start))
	if err != nil {
		return
	}
	for n := 0; n < h.o.keys; n++ {
		one := r
		one.Key = fmt.Sprintf("%sk%02d", generation, n)
		etag, found := etags[one.Key]
		one.Found, one.Value = &found, etag
		h.save(one)
	}
}

// recordHistory lets all workers step until the time is over and writes what they saw.
func (o options) recordHistory() (tally, error) {
	file, err := os.Create(o.historyFile)
	if err != nil {
		return tally{}, err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	lines := json.NewEncoder(out)
	var mu sync.Mutex
	var failed error
	start := time.Now()
	all := o.run(func(w int, _ *client, t *tally) {
		h := historian{o: o, worker: w, random: rand.New(rand.NewSource(o.seed<<16 + int64(w))), start: start, seen: map[string]string{}}
		for _, host := range o.hosts {
			h.clients = append(h.clients, o.client(host))
		}
		h.save = func(r record) {
			if r.Outcome == "ok" || r.Outcome == "precondition" {
				t.latencies = append(t.latencies, time.Duration(r.Return-r.Call))
			} else {
				t.fail(fmt.Errorf("%s %s through %s: %s, status %d", r.Op, r.Key, r.Host, r.Outcome, r.Status))
			}
			mu.Lock()
			defer mu.Unlock()
			if err := lines.Encode(r); err != nil {
				failed = err
			}
		}
		for time.Since(start) < o.duration && !interrupted() {
			h.step()
		}
		for _, c := range h.clients {
			c.close()
		}
	})
	if err := out.Flush(); err != nil {
		failed = err
	}
	return all, failed
}
