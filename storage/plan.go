package storage

import (
	"github.com/kindreddb/kindred/node"
)

// plan is what a change does to the database.
type plan struct {
	// puts make the change, in one transaction.
	puts []put
	// pieces are chunks to be laid down before it, each in one transaction of its own, because they are too
	// many for that one. Nothing names them until then.
	pieces [][]put
	// sweep says that chunks are left over after it.
	sweep bool
	// dead is how many bytes of value logs it leaves to nobody.
	dead int64
}

// chunkDeletesMax is how many chunks are deleted within a change; more are swept after it.
const chunkDeletesMax = 64

// large says whether the change takes more than one transaction.
func (p plan) large() bool { return len(p.pieces) > 0 || p.sweep }

// planOf compares a record before and after a change.
func planOf(key node.Key, before, after record, l limits) (plan, error) {
	var p plan
	if after.exists() {
		payload, err := after.encode(l.recordBytes)
		if err != nil {
			return plan{}, err
		}
		k := recordKey(key)
		p.puts = append(p.puts, put{k, seal(k, payload)})
	} else {
		p.puts = append(p.puts, put{key: recordKey(key)})
	}
	if k := listingKey(key); after.exists() && !before.exists() {
		p.puts = append(p.puts, put{k, seal(k, nil)})
	} else if !after.exists() {
		p.puts = append(p.puts, put{key: k})
	}
	for _, t := range targetsBetween(before.targets, after.targets) {
		p.puts = append(p.puts, put{key: hintKey(t, key)})
	}
	for _, t := range targetsBetween(after.targets, before.targets) {
		k := hintKey(t, key)
		p.puts = append(p.puts, put{k, seal(k, nil)})
	}
	p.deleteChunks(key, before, after)
	p.addChunks(key, before, after, l)
	return p, nil
}

func (p *plan) deleteChunks(key node.Key, before, after record) {
	var dead []put
	for _, c := range before.contents {
		if _, kept := after.find(c.digest); kept || !c.chunked {
			continue
		}
		for i := range chunksOf(c.length) {
			dead = append(dead, put{key: chunkKey(key, c.digest, i)})
		}
		if c.length >= valueThreshold {
			p.dead += int64(c.length)
		}
	}
	if p.sweep = len(dead) > chunkDeletesMax; !p.sweep {
		p.puts = append(p.puts, dead...)
	}
}

func (p *plan) addChunks(key node.Key, before, after record, l limits) {
	var fresh []put
	var total cost
	for _, c := range after.contents {
		if _, held := before.find(c.digest); held || !c.chunked {
			continue
		}
		body := encodeBody(c.content)
		for i := range chunksOf(len(body)) {
			k := chunkKey(key, c.digest, i)
			fresh = append(fresh, put{k, seal(k, chunk(body, i))})
			total = total.plus(putCost(fresh[len(fresh)-1]))
		}
	}
	if total.fits(l.piece) {
		p.puts = append(p.puts, fresh...)
		return
	}
	p.pieces = cut(fresh, l.piece)
}

// cut parts entries into pieces that fit, of at least one entry each.
func cut(puts []put, limit cost) [][]put {
	var out [][]put
	var size cost
	for _, p := range puts {
		next := size.plus(putCost(p))
		if len(out) == 0 || !next.fits(limit) {
			out, next = append(out, nil), putCost(p)
		}
		out[len(out)-1], size = append(out[len(out)-1], p), next
	}
	return out
}
