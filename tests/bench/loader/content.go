package main

import (
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/fnv"
	"math/rand"
)

// content is the body of write number `id`: 16 bytes of the id's own, then random bytes that all writes under one prefix
// share; another run's are others, or a store that knows equal blocks would be spared writing them. So the audit can say
// what any acknowledged key must hold without having kept it, and large bodies cost no memory a worker.
type content struct{ mark, rest []byte }

func newContent(size int, prefix string) content {
	all := make([]byte, size)
	h := fnv.New64a()
	h.Write([]byte(prefix))
	rand.New(rand.NewSource(int64(h.Sum64()))).Read(all)
	head := size
	if head > 16 {
		head = 16
	}
	return content{all[:head], all[head:]}
}

func (c content) of(id uint64) content {
	var mark [16]byte
	binary.LittleEndian.PutUint64(mark[:8], id)
	binary.LittleEndian.PutUint64(mark[8:], mix(id))
	return content{append([]byte(nil), mark[:len(c.mark)]...), c.rest}
}

func (c content) size() int { return len(c.mark) + len(c.rest) }

func (c content) hash(h hash.Hash) string {
	h.Write(c.mark)
	h.Write(c.rest)
	return hex.EncodeToString(h.Sum(nil))
}

// mix is a bijection of the 64-bit numbers that spreads neighbours far apart (splitmix64's finaliser).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
