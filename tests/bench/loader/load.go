package main

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"math/rand"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func (o options) key(id uint64) string {
	if o.random {
		return o.prefix + fmt.Sprintf("%016x", mix(id))
	}
	return o.prefix + fmt.Sprintf("%04d/%07d", id>>32, id&0xffffffff)
}

func (o options) client(host string) *client {
	return &client{host: host, bucket: o.bucket, timeout: o.timeout,
		signer: signer{accessKey: o.accessKey, secretKey: o.secretKey, region: o.region}}
}

func (o options) put(c *client, id uint64, data content) error {
	return o.putUnder(c, o.key(id), data.of(id))
}

func (o options) putUnder(c *client, key string, body content) error {
	payloadHash := unsignedPayload
	if o.signPayload {
		payloadHash = body.hash(sha256.New())
	}
	a, err := c.do("PUT", key, "", body, payloadHash, false)
	if err != nil {
		return err
	}
	return a.err()
}

func (o options) get(c *client, id uint64) error {
	a, err := c.do("GET", o.key(id), "", content{}, unsignedPayload, false)
	if err != nil {
		return err
	}
	if err := a.err(); err != nil {
		return err
	}
	if a.length != int64(o.size) {
		return fmt.Errorf("%s has %d bytes, not %d", o.key(id), a.length, o.size)
	}
	return nil
}

func makeBucket(o options) error {
	c := o.client(o.hosts[0])
	defer c.close()
	a, err := c.do("PUT", "", "", content{}, unsignedPayload, true)
	if err != nil {
		return err
	}
	if a.status == 409 {
		return nil
	}
	return a.err()
}

// tally is what one worker saw.
type tally struct {
	latencies []time.Duration
	acked     []uint64
	errors    int
	sample    error
}

func (t *tally) fail(err error) {
	t.errors++
	t.sample = err
	time.Sleep(10 * time.Millisecond) // an endpoint that refuses at once must not be hammered
}

// workers runs `body` on o.workers goroutines, each with a client of its own, and gathers what they saw.
func (o options) run(body func(w int, c *client, t *tally)) tally {
	tallies := make([]tally, o.workers)
	var wg sync.WaitGroup
	for w := 0; w < o.workers; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			c := o.client(o.hosts[w%len(o.hosts)])
			defer c.close()
			body(w, c, &tallies[w])
		}(w)
	}
	wg.Wait()
	var all tally
	for _, t := range tallies {
		all.latencies = append(all.latencies, t.latencies...)
		all.acked = append(all.acked, t.acked...)
		all.errors += t.errors
		if t.sample != nil {
			all.sample = t.sample
		}
	}
	return all
}

// prefill puts objects 0..n-1.
func (o options) prefill() tally {
	var next int64 = -1
	if o.workers < 32 {
		o.workers = 32
	}
	if o.size > 1<<20 {
		o.workers = 4
	}
	data := newContent(o.size, o.prefix)
	return o.run(func(w int, c *client, t *tally) {
		for {
			id := atomic.AddInt64(&next, 1)
			if id >= int64(o.n) {
				return
			}
			started := time.Now()
			err := o.put(c, uint64(id), data)
			for attempt := 0; err != nil && attempt < 3; attempt++ {
				t.fail(err)
				err = o.put(c, uint64(id), data)
			}
			if err == nil {
				t.acked = append(t.acked, uint64(id))
				t.latencies = append(t.latencies, time.Since(started))
			}
		}
	})
}

func (o options) timed() tally {
	end := time.Now().Add(o.duration)
	run := uint64(time.Now().UnixNano()) << 8
	var data content
	if o.op == "put" || o.op == "race" {
		data = newContent(o.size, o.prefix)
	}
	return o.run(func(w int, c *client, t *tally) {
		random := rand.New(rand.NewSource(int64(w)))
		for i := uint64(0); time.Now().Before(end) && !interrupted(); i++ {
			started := time.Now()
			var err error
			id := uint64(w)<<32 | i
			switch o.op {
			case "put", "race":
				if o.random || o.overwrite {
					id = run + uint64(w)<<40 + i
				}
				if o.overwrite {
					err = o.putUnder(c, o.key(uint64(random.Intn(o.n))), data.of(id))
				} else if err = o.put(c, id, data); err == nil {
					t.acked = append(t.acked, id)
				}
			case "get":
				err = o.get(c, uint64(random.Intn(o.n)))
			case "list":
				count := 0
				if err = o.list(c, func(_, _ string) { count++ }); err == nil && count != o.n {
					err = fmt.Errorf("listed %d of %d", count, o.n)
				}
			}
			if err != nil {
				t.fail(err)
				continue
			}
			t.latencies = append(t.latencies, time.Since(started))
		}
	})
}

func execute(o options) (report, error) {
	r := report{Name: o.name, Op: o.op, Size: o.size, Workers: o.workers, Hosts: len(o.hosts), Prefix: o.prefix}
	if (o.op == "get" || o.op == "list") && !o.prepared {
		if t := o.prefill(); len(t.acked) != o.n {
			return r, fmt.Errorf("prepared only %d of %d objects: %v", len(t.acked), o.n, t.sample)
		}
	}
	started := time.Now()
	var t tally
	switch o.op {
	case "prefill":
		t = o.prefill()
	case "history":
		var err error
		if t, err = o.recordHistory(); err != nil {
			return r, err
		}
	default:
		t = o.timed()
	}
	r.Seconds = time.Since(started).Seconds()
	r.Done, r.Errors, r.Acked = len(t.latencies), t.errors, len(t.acked)
	if t.sample != nil {
		r.ErrorText = t.sample.Error()
	}
	r.PerSecond = float64(r.Done) / r.Seconds
	r.MiBSecond = r.PerSecond * float64(o.size) / (1 << 20)
	r.quantiles(t.latencies)
	if o.audit && (o.op == "put" || o.op == "race") {
		if err := o.auditAcked(t.acked, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *report) quantiles(l []time.Duration) {
	if len(l) == 0 {
		return
	}
	sort.Slice(l, func(i, j int) bool { return l[i] < l[j] })
	var total time.Duration
	for _, d := range l {
		total += d
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r.MeanMs, r.P50Ms, r.P99Ms = ms(total/time.Duration(len(l))), ms(l[len(l)/2]), ms(l[len(l)*99/100])
}

// auditAcked lists everything under the run's prefix through each host and compares with what was acknowledged.
func (o options) auditAcked(acked []uint64, r *report) error {
	expected := make(map[string]string, len(acked))
	data := newContent(o.size, o.prefix)
	for _, id := range acked {
		expected[o.key(id)] = data.of(id).hash(md5.New())
	}
	for _, host := range o.auditHosts {
		c := o.client(host)
		seen := make(map[string]string, len(acked))
		err := o.list(c, func(key, etag string) { seen[key] = etag })
		c.close()
		if err != nil {
			return fmt.Errorf("audit through %s: %w", host, err)
		}
		for key, etag := range expected {
			got, here := seen[key]
			if here && (len(got) != 32 || got == etag) {
				continue
			}
			r.Lost++
			r.LostSample = key + " through " + host + ": " + map[bool]string{true: "differs", false: "missing"}[here]
		}
	}
	r.Audited = true
	return nil
}

// list walks ListObjectsV2 pages under the prefix.
func (o options) list(c *client, each func(key, etag string)) error {
	token := ""
	for {
		query := "list-type=2&max-keys=" + strconv.Itoa(o.pageSize) + "&prefix=" + escape(o.prefix, false)
		if token != "" {
			query = "continuation-token=" + escape(token, false) + "&" + query
		}
		a, err := c.do("GET", "", query, content{}, unsignedPayload, true)
		if err != nil {
			return err
		}
		if err := a.err(); err != nil {
			return err
		}
		if token, err = parsePage(string(a.body), each); err != nil || token == "" {
			return err
		}
	}
}
