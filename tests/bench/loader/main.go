// loader puts load on one or more S3 endpoints that claim to be one store and audits what they acknowledged.
//
//	loader -hosts H1,H2 -ak KEY -sk SECRET -bucket B -op put|get|list|race|prefill|history [-size 4096] [-c 64] [-d 8s]
//
// put and race write keys of their own, workers spread over all hosts; afterwards each acknowledged key is looked for
// through every host (-audit-hosts narrows this, after a kill): "lost" counts what is missing or differs. get and list
// need -n objects under -prefix, prepared first unless -prepared says that they are there (by prefill). -random spreads
// keys uniformly over the key space. history runs reads, writes and listings of all kinds on few keys through all hosts
// and records what each client saw in -history FILE, for tests/e2e/linearize to judge. One JSON object is printed; exit
// 0 even with errors, 1 if anything was lost. SIGINT and SIGTERM end the load early; what was acknowledged is audited.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

type options struct {
	hosts, auditHosts        []string
	accessKey, secretKey     string
	region, bucket, op, name string
	prefix                   string
	size, workers, n         int
	pageSize                 int
	duration, timeout        time.Duration
	random, prepared, audit  bool
	overwrite                bool
	historyFile              string
	keys                     int
	generation               time.Duration
	seed                     int64
	signPayload              bool
}

type report struct {
	Name       string  `json:"name,omitempty"`
	Op         string  `json:"op"`
	Size       int     `json:"size"`
	Workers    int     `json:"workers"`
	Hosts      int     `json:"hosts"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"per_second"`
	MiBSecond  float64 `json:"mib_per_second"`
	MeanMs     float64 `json:"mean_ms"`
	P50Ms      float64 `json:"p50_ms"`
	P99Ms      float64 `json:"p99_ms"`
	Done       int     `json:"done"`
	Errors     int     `json:"errors"`
	ErrorText  string  `json:"error_sample,omitempty"`
	Acked      int     `json:"acked"`
	Lost       int     `json:"lost"`
	LostSample string  `json:"lost_sample,omitempty"`
	Audited    bool    `json:"audited"`
	Prefix     string  `json:"prefix"`
}

func parse(args []string) (options, error) {
	var o options
	var hosts, auditHosts string
	f := flag.NewFlagSet("loader", flag.ContinueOnError)
	f.StringVar(&hosts, "hosts", "127.0.0.1:9000", "comma-separated host:port")
	f.StringVar(&auditHosts, "audit-hosts", "", "audit only through these (default: all)")
	f.StringVar(&o.accessKey, "ak", "", "access key")
	f.StringVar(&o.secretKey, "sk", "", "secret key")
	f.StringVar(&o.region, "region", "us-east-1", "")
	f.StringVar(&o.bucket, "bucket", "bench", "made if it is not there")
	f.StringVar(&o.op, "op", "put", "put|get|list|race|prefill|history")
	f.StringVar(&o.name, "name", "", "label in the report")
	f.StringVar(&o.prefix, "prefix", "", "of the keys (default: one of this run's own)")
	f.IntVar(&o.size, "size", 4096, "bytes of an object")
	f.IntVar(&o.workers, "c", 64, "workers in all")
	f.IntVar(&o.n, "n", 2000, "objects that get, list and prefill work on")
	f.IntVar(&o.pageSize, "page", 1000, "max-keys of a listing")
	f.DurationVar(&o.duration, "d", 8*time.Second, "")
	f.DurationVar(&o.timeout, "timeout", 60*time.Second, "of one request")
	f.BoolVar(&o.random, "random", false, "keys uniformly distributed, not in order")
	f.BoolVar(&o.prepared, "prepared", false, "get, list: the objects are there already")
	f.BoolVar(&o.overwrite, "overwrite", false, "put: onto the -n objects that prefill made, so that the bucket keeps its size; no audit")
	f.BoolVar(&o.audit, "audit", true, "look for every acknowledged key afterwards")
	f.BoolVar(&o.signPayload, "sign-payload", false, "send x-amz-content-sha256 of the body, not UNSIGNED-PAYLOAD")
	f.StringVar(&o.historyFile, "history", "", "history: the file to record into")
	f.IntVar(&o.keys, "keys", 6, "history: keys in play at a time")
	f.DurationVar(&o.generation, "generation", 2*time.Second, "history: how long the same keys stay in play")
	f.Int64Var(&o.seed, "seed", 1, "history: of the workers' choices")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.hosts = strings.Split(hosts, ",")
	o.auditHosts = o.hosts
	if auditHosts != "" {
		o.auditHosts = strings.Split(auditHosts, ",")
	}
	if o.prefix == "" {
		o.prefix = fmt.Sprintf("%s-%d/", o.op, time.Now().UnixNano())
	}
	switch o.op {
	case "put", "get", "list", "race", "prefill":
	case "history":
		if o.historyFile == "" || o.keys < 1 || o.generation <= 0 {
			return o, fmt.Errorf("-op history needs -history FILE, and -keys and -generation above 0")
		}
	default:
		return o, fmt.Errorf("-op %q is none of put, get, list, race, prefill, history", o.op)
	}
	if o.overwrite && o.op != "put" {
		return o, fmt.Errorf("-overwrite goes with -op put")
	}
	o.audit = o.audit && !o.overwrite
	if o.size < 0 || o.workers < 1 || o.n < 1 {
		return o, fmt.Errorf("-size, -c and -n must be positive")
	}
	return o, nil
}

var stop int32

func interrupted() bool { return atomic.LoadInt32(&stop) != 0 }

// endEarlyOnSignal lets the audit of a load tell what became of it, however long somebody let it run.
func endEarlyOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		atomic.StoreInt32(&stop, 1)
		signal.Stop(signals)
	}()
}

func main() {
	endEarlyOnSignal()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = makeBucket(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loader:", err)
		os.Exit(2)
	}
	r, err := execute(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "loader:", err)
		os.Exit(2)
	}
	text, _ := json.Marshal(r)
	fmt.Println(string(text))
	if r.Lost > 0 {
		os.Exit(1)
	}
}
