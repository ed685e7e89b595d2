package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// client speaks just enough HTTP/1.1 over one kept connection: the load shares its cores with the server that is
// measured, so nothing is spent on what net/http offers. Not for concurrent use.
type client struct {
	host    string
	bucket  string
	signer  signer
	timeout time.Duration
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	discard []byte
	headers string // extra header lines for the next request, each ending in CRLF; not signed
	refused bool   // the last request certainly did not reach the server
}

type answer struct {
	status int
	etag   string
	length int64
	body   []byte // only if kept
}

func (a answer) err() error {
	if a.status/100 == 2 {
		return nil
	}
	text := string(a.body)
	if len(text) > 300 {
		text = text[:300]
	}
	return fmt.Errorf("status %d %s", a.status, text)
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// do sends one request and reads its answer; keep asks for the body, which otherwise is read and thrown away.
func (c *client) do(method, key, query string, body content, payloadHash string, keep bool) (answer, error) {
	extra := c.headers
	c.headers, c.refused = "", false
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.host, 5*time.Second)
		if err != nil {
			c.refused = true
			return answer{}, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 64<<10)
	}
	path := "/" + c.bucket
	if key != "" {
		path += "/" + escape(key, true)
	}
	target := path
	if query != "" {
		target += "?" + query
	}
	c.out = append(c.out[:0], method+" "+target+" HTTP/1.1\r\nHost: "+c.host+"\r\n"...)
	c.out = append(c.out, c.signer.headers(method, c.host, path, query, payloadHash, time.Now())...)
	if method == "PUT" || method == "POST" {
		c.out = append(c.out, "Content-Length: "+strconv.Itoa(body.size())+"\r\n"...)
	}
	c.out = append(c.out, extra+"\r\n"...)
	_ = c.conn.SetDeadline(time.Now().Add(c.timeout))
	a, err := c.exchange(body, keep)
	if err != nil {
		c.close()
	}
	return a, err
}

func (c *client) exchange(body content, keep bool) (answer, error) {
	c.out = append(c.out, body.mark...)
	rest := body.rest
	if len(rest) <= 64<<10 {
		c.out, rest = append(c.out, rest...), nil
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return answer{}, err
	}
	if len(rest) > 0 {
		if _, err := c.conn.Write(rest); err != nil {
			return answer{}, err
		}
	}
	var a answer
	chunked, closing, err := c.readHead(&a)
	if err != nil {
		return a, err
	}
	if err := c.readBody(&a, chunked, keep || a.status/100 != 2); err != nil {
		return a, err
	}
	if closing {
		c.close()
	}
	return a, nil
}

func (c *client) readHead(a *answer) (chunked, closing bool, err error) {
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return false, false, err
	}
	if len(status) < 12 || !bytes.HasPrefix(status, []byte("HTTP/1.")) {
		return false, false, fmt.Errorf("not a status line: %q", status)
	}
	if a.status, err = strconv.Atoi(string(status[9:12])); err != nil {
		return false, false, err
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return false, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return chunked, closing, nil
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			return false, false, fmt.Errorf("not a header: %q", line)
		}
		name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			a.length, err = strconv.ParseInt(string(value), 10, 64)
		case bytes.EqualFold(name, []byte("etag")):
			a.etag = strings.Trim(string(value), `"`)
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("connection")):
			closing = bytes.EqualFold(value, []byte("close"))
		}
		if err != nil {
			return false, false, err
		}
	}
}

func (c *client) readBody(a *answer, chunked, keep bool) error {
	if !chunked {
		return c.take(a, a.length, keep)
	}
	a.length = 0
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(strings.SplitN(line, ";", 2)[0]), 16, 64)
		if err != nil {
			return err
		}
		if err := c.take(a, size, keep); err != nil {
			return err
		}
		a.length += size
		if end, err := c.in.ReadString('\n'); err != nil || strings.TrimSpace(end) != "" {
			return fmt.Errorf("chunk without its end (%v)", err)
		}
		if size == 0 {
			return nil
		}
	}
}

func (c *client) take(a *answer, size int64, keep bool) error {
	if keep {
		at := len(a.body)
		a.body = append(a.body, make([]byte, size)...)
		_, err := io.ReadFull(c.in, a.body[at:])
		return err
	}
	if c.discard == nil {
		c.discard = make([]byte, 256<<10)
	}
	for size > 0 {
		part := c.discard
		if int64(len(part)) > size {
			part = part[:size]
		}
		n, err := c.in.Read(part)
		size -= int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}
