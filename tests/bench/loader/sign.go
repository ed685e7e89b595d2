package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

const unsignedPayload = "UNSIGNED-PAYLOAD"

// signer makes SigV4 Authorization headers (AWS, "Signature Version 4: header based"). One per worker: it keeps the
// day's signing key and its buffers, so that a signature costs three short hashes.
type signer struct {
	accessKey, secretKey, region string
	day                          string
	key                          []byte
}

func sum(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// headers returns the header lines that authenticate a request. path and query are encoded already, query sorted.
func (s *signer) headers(method, host, path, query, payloadHash string, now time.Time) string {
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	if day != s.day {
		s.day = day
		s.key = sum(sum(sum(sum([]byte("AWS4"+s.secretKey), day), s.region), "s3"), "aws4_request")
	}
	const signed = "host;x-amz-content-sha256;x-amz-date"
	scope := day + "/" + s.region + "/s3/aws4_request"
	canonical := method + "\n" + path + "\n" + query + "\nhost:" + host + "\nx-amz-content-sha256:" + payloadHash +
		"\nx-amz-date:" + stamp + "\n\n" + signed + "\n" + payloadHash
	hash := sha256.Sum256([]byte(canonical))
	signature := sum(s.key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hex.EncodeToString(hash[:]))
	return "x-amz-date: " + stamp + "\r\nx-amz-content-sha256: " + payloadHash +
		"\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + s.accessKey + "/" + scope + ",SignedHeaders=" + signed +
		",Signature=" + hex.EncodeToString(signature) + "\r\n"
}

// escape encodes as SigV4 wants it: everything but A-Z a-z 0-9 - . _ ~, and / only where the caller keeps it.
func escape(text string, keepSlash bool) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0, c == '/' && keepSlash:
			b.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
