package folder

import (
	"fmt"
	"path/filepath"

	"github.com/kindreddb/kindred/storage/envelope"
)

const (
	stateDir     = "state"
	stateKind    = 'B'
	stateVersion = 1
	// StateBytesMax is the longest blob that SaveState takes.
	StateBytesMax = 64 << 20
)

// SaveState keeps a blob under a name (1 to 64 of a-z, 0-9, '-') and returns when it is on disk; the one
// before it is replaced at once. b is not kept.
func (f *Folder) SaveState(name string, b []byte) error {
	if err := checkStateName(name); err != nil {
		return err
	}
	if len(b) > StateBytesMax {
		return fmt.Errorf("state %q: %d bytes are more than %d", name, len(b), StateBytesMax)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	sealed := envelope.Seal(nil, stateKind, stateVersion, []byte(name), b)
	return f.wrap("save state "+name, replace(f.files, f.path(stateDir), name, sealed))
}

// LoadState gives the blob last saved under the name; nil where there is none. Damaged reports true of the
// error where the file is not what was saved.
func (f *Folder) LoadState(name string) ([]byte, error) {
	if err := checkStateName(name); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	sealed, err := f.files.Read(filepath.Join(f.path(stateDir), name))
	if missing(err) {
		return nil, nil
	}
	var b []byte
	if err == nil {
		b, _, err = envelope.Open(stateKind, stateVersion, []byte(name), sealed)
	}
	return b, f.wrap("load state "+name, err)
}

func checkStateName(name string) error {
	ok := len(name) > 0 && len(name) <= 64
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !ok {
		return fmt.Errorf("%q is no name of a state: 1 to 64 of a-z, 0-9 and '-' are wanted", name)
	}
	return nil
}
