package main

import (
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// store is an S3 server of one bucket that can be told to forget or to spoil what it acknowledged.
type store struct {
	mu     sync.Mutex
	etags  map[string]string
	sizes  map[string]int
	forget func(n int) bool
	spoil  func(n int) bool
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/bench"), "/")
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=K/"):
		http.Error(w, "AccessDenied", 403)
	case r.Method == "PUT" && key == "":
	case r.Header.Get("If-None-Match") == "*" && s.etags[key] != "":
		http.Error(w, "PreconditionFailed", 412)
	case r.Method == "DELETE":
		delete(s.etags, key)
	case r.Method == "PUT":
		body, _ := io.ReadAll(r.Body)
		n := len(s.etags)
		if s.spoil != nil && s.spoil(n) {
			body = append(body, 'x')
		}
		s.etags[key], s.sizes[key] = fmt.Sprintf("%x", md5.Sum(body)), len(body)
		if s.forget != nil && s.forget(n) {
			s.etags[key] = ""
		}
	case key == "":
		s.list(w, r.URL.Query().Get("continuation-token"), r.URL.Query().Get("prefix"))
	case s.etags[key] == "":
		http.Error(w, "NoSuchKey", 404)
	default:
		w.(http.Flusher).Flush() // so that net/http answers in chunks
		_, _ = w.Write(make([]byte, s.sizes[key]))
	}
}

func (s *store) list(w io.Writer, after, prefix string) {
	var keys []string
	for key, etag := range s.etags {
		if etag != "" && key > after && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	more := len(keys) > 7
	if more {
		keys = keys[:7]
	}
	fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated>", more)
	for _, key := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><ETag>&quot;%s&quot;</ETag></Contents>", key, s.etags[key])
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", keys[6])
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

func load(t *testing.T, s *store, args ...string) (report, error) {
	t.Helper()
	s.etags, s.sizes = map[string]string{}, map[string]int{}
	server := httptest.NewServer(s)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	o, err := parse(append([]string{"-hosts", host, "-ak", "K", "-sk", "S", "-c", "4", "-d", "100ms"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	if err := makeBucket(o); err != nil {
		t.Fatal(err)
	}
	return execute(o)
}

func TestHonestStoreLosesNothing(t *testing.T) {
	for _, args := range [][]string{{"-op", "put"}, {"-op", "race", "-random", "-size", "100000"}, {"-op", "get", "-n", "50"},
		{"-op", "get", "-n", "20", "-random", "-size", "0"}, {"-op", "list", "-n", "30"}, {"-op", "prefill", "-n", "40"},
		{"-op", "put", "-random", "-overwrite", "-n", "5"}} {
		r, err := load(t, &store{}, args...)
		if err != nil || r.Errors != 0 || r.Lost != 0 || r.Done == 0 || r.P99Ms < r.P50Ms {
			t.Errorf("%v: %+v %v", args, r, err)
		}
	}
}

func TestLostAndSpoiledAreCounted(t *testing.T) {
	third := func(n int) bool { return n == 3 }
	if r, err := load(t, &store{forget: third}, "-op", "put"); err != nil || r.Lost != 1 {
		t.Errorf("forgotten: %+v %v", r, err)
	}
	if r, err := load(t, &store{spoil: third}, "-op", "race", "-random"); err != nil || r.Lost != 1 {
		t.Errorf("spoiled: %+v %v", r, err)
	}
	if _, err := load(t, &store{forget: third}, "-op", "list", "-n", "30"); err != nil {
		t.Error(err)
	}
}

func TestRefusalIsAnErrorNotALoss(t *testing.T) {
	s := &store{}
	o, _ := parse([]string{"-ak", "other", "-sk", "S"})
	server := httptest.NewServer(s)
	defer server.Close()
	o.hosts = []string{strings.TrimPrefix(server.URL, "http://")}
	if err := makeBucket(o); err == nil || !strings.Contains(err.Error(), "403") {
		t.Error(err)
	}
}

func TestHistoryRecordsWhatEachClientSaw(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if _, err := load(t, &store{}, "-op", "history", "-history", path, "-generation", "20ms"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"op":"put"`, `"op":"get"`, `"op":"delete"`, `"op":"list"`, `"found":true`, `"found":false`,
		`"if_none_match":true`, `"outcome":"precondition"`, `"outcome":"ok"`, "/g0001/"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in the history", want)
		}
	}
	if o, err := parse([]string{"-op", "history"}); err == nil {
		t.Error("a history without a file was accepted", o)
	}
}

// What botocore signs for the same request, key and time.
func TestSignature(t *testing.T) {
	s := signer{accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1"}
	got := s.headers("GET", "examplebucket.s3.amazonaws.com", "/"+escape("a b/ü+", true), "list-type=2&prefix="+escape("x/", false),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	const want = "04e6d24d00c139a1a38f61e33cbd085b2d1ef2f8ca5a6ecb5f98f3f52b1de523"
	if !strings.Contains(got, "Signature="+want+"\r\n") {
		t.Error(got)
	}
}
