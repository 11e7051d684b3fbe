package gossip

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/kindreddb/kindred/ring"
)

// The names under which things are saved.
const (
	savedState = "cluster"
	savedPeers = "peers"
)

// load reads the state and the peers of an earlier run.
func load(d Disk) (State, []profile, error) {
	raw, err := d.LoadState(savedState)
	if err != nil {
		return State{}, nil, fmt.Errorf("gossip: cannot read the saved state of the cluster: %w", err)
	}
	var s State
	if raw != nil {
		if s, err = DecodeState(raw); err != nil {
			return State{}, nil, fmt.Errorf("gossip: the saved state of the cluster: %w; restore the file from a backup of this folder, or start with an empty folder", err)
		}
	}
	raw, err = d.LoadState(savedPeers)
	if err != nil {
		return State{}, nil, fmt.Errorf("gossip: cannot read the saved addresses of other nodes: %w", err)
	}
	// Addresses only help to find the others: without them there is --join.
	peers, _ := decodePeers(raw)
	return s, peers, nil
}

const peersVersion = 1

// encodePeers writes the nodes that are to be found again: version (1) · count · then each, by id: length of
// profile, profile without what belongs to one process.
func encodePeers(peers map[ring.NodeID]peer) []byte {
	var ids []ring.NodeID
	for id := range peers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ids = ids[:min(len(ids), 2*ring.MembersMax)]
	b := binary.AppendUvarint([]byte{peersVersion}, uint64(len(ids)))
	for _, id := range ids {
		b = appendString(b, string(peers[id].lasting().append(nil)))
	}
	return b
}

// decodePeers reads what encodePeers wrote.
func decodePeers(b []byte) ([]profile, error) {
	r := reader{rest: b}
	if v := r.byte("version"); v != peersVersion {
		r.fail("version %d, and this program reads %d", v, peersVersion)
	}
	var all []profile
	for count := r.uint("count of nodes", 2*ring.MembersMax); count > 0 && r.fault == ""; count-- {
		p, err := decodeProfile(r.bytes("profile", profileBytesMax))
		if err != nil {
			r.fail("%v", err)
		}
		all = append(all, p)
	}
	if err := r.done("addresses of nodes"); err != nil {
		return nil, err
	}
	return all, nil
}
