package main

import (
	"fmt"
	"html"
	"strings"
)

// between returns the text of the first <tag> in xml and what follows it. A whole XML parser would cost more than the
// server that is measured; the loader's own keys need no more than this.
func between(xml, tag string) (text, rest string, found bool) {
	at := strings.Index(xml, "<"+tag+">")
	if at < 0 {
		return "", xml, false
	}
	xml = xml[at+len(tag)+2:]
	end := strings.Index(xml, "</"+tag+">")
	if end < 0 {
		return "", xml, false
	}
	return xml[:end], xml[end:], true
}

// parsePage calls each for every object of a ListObjectsV2 answer and returns the continuation token, "" at the end.
func parsePage(body string, each func(key, etag string)) (token string, err error) {
	truncated, _, ok := between(body, "IsTruncated")
	if !ok {
		return "", fmt.Errorf("not a listing: %.200s", body)
	}
	rest := body
	for {
		object, after, ok := between(rest, "Contents")
		if !ok {
			break
		}
		key, _, _ := between(object, "Key")
		etag, _, _ := between(object, "ETag")
		each(html.UnescapeString(key), strings.Trim(html.UnescapeString(etag), `"`))
		rest = after
	}
	if truncated != "true" {
		return "", nil
	}
	token, _, ok = between(body, "NextContinuationToken")
	if !ok {
		return "", fmt.Errorf("a truncated listing without NextContinuationToken")
	}
	return html.UnescapeString(token), nil
}
