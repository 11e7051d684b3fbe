package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/kindreddb/kindred/ring"
	"github.com/kindreddb/kindred/storage/envelope"
	"golang.org/x/sys/unix"
)

// Identity is who a folder says that its node is.
type Identity struct {
	// Node is drawn when the folder is made, and survives changes of name and address.
	Node ring.NodeID `json:"node"`
	// Name is what people call the node.
	Name string `json:"name"`
	// Cluster is 0 until the node belongs to one.
	Cluster uint64 `json:"cluster"`
	// Partitions of the cluster's ring; 0 until something was stored that depends on it.
	Partitions int `json:"partitions"`
	// Created is when the folder was made.
	Created time.Time `json:"created"`
	// Mark is the file that this was written to: a copy has another.
	Mark Mark `json:"mark"`
	// Copied says that the folder was found to be a copy, and that nobody has drawn conclusions from it yet.
	Copied bool `json:"copied,omitempty"`
}

// Mark tells a file from its copies: device, inode and, where the file system keeps it, time of birth in
// nanoseconds since 1970.
type Mark struct {
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
	Born   int64  `json:"born"`
}

const (
	identityFile    = "identity"
	identityKind    = 'I'
	identityVersion = 1
)

// ErrOtherCluster is wrapped where a folder belongs to another cluster than the one it is to serve.
var ErrOtherCluster = errors.New("the data folder belongs to another cluster")

// encodeIdentity and decodeIdentity are the file's format: an envelope around JSON, so that an operator can
// read it.
func encodeIdentity(id Identity) ([]byte, error) {
	body, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	return envelope.Seal(nil, identityKind, identityVersion, []byte(identityFile), body), nil
}

func decodeIdentity(b []byte) (Identity, error) {
	body, _, err := envelope.Open(identityKind, identityVersion, []byte(identityFile), b)
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	if err := json.Unmarshal(body, &id); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", envelope.ErrDamaged, err)
	}
	if id.Node == 0 || id.Partitions < 0 || id.Partitions&(id.Partitions-1) != 0 {
		return Identity{}, fmt.Errorf("%w: node %s, %d partitions", envelope.ErrDamaged, id.Node, id.Partitions)
	}
	return id, nil
}

// newIdentity draws an identity for a folder that has none.
func newIdentity(name string) Identity {
	id := Identity{Node: ring.NodeID(rand.Uint64()), Name: name, Created: time.Now().UTC().Truncate(time.Millisecond)}
	if id.Node == 0 {
		id.Node = 1
	}
	return id
}

// saveIdentity replaces the file. The mark of a file is known only when it exists: it is written twice, the
// second time with its own mark in it, before it takes its place.
func (f *Folder) saveIdentity(id Identity) error {
	path := f.path(identityFile)
	b, err := encodeIdentity(id)
	if err != nil {
		return err
	}
	if err := f.files.Write(path+".new", b); err != nil {
		return err
	}
	if id.Mark, err = markOf(path + ".new"); err != nil {
		return err
	}
	if b, err = encodeIdentity(id); err != nil {
		return err
	}
	if err := f.files.Write(path+".new", b); err != nil {
		return err
	}
	if err := f.files.Rename(path+".new", path); err != nil {
		return err
	}
	if err := f.files.SyncDir(f.dir); err != nil {
		return err
	}
	f.identity = id
	return nil
}

// markOf reads a file's mark. A file system that keeps no time of birth gives 0.
func markOf(path string) (Mark, error) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_INO|unix.STATX_BTIME, &st)
	if err != nil {
		return Mark{}, &os.PathError{Op: "statx", Path: path, Err: err}
	}
	m := Mark{Device: unix.Mkdev(st.Dev_major, st.Dev_minor), Inode: st.Ino}
	if st.Mask&unix.STATX_BTIME != 0 {
		m.Born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return m, nil
}
