package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
)

// keys are the keys of a run with the context of each one's last write.
type keys struct {
	locks    []sync.Mutex // one a key: held by its only writer
	contexts []string     // guarded by the key's lock
}

func newKeys(count int) *keys {
	return &keys{locks: make([]sync.Mutex, count), contexts: make([]string, count)}
}

// name is the key's name, the same for every seed.
func (k *keys) name(i int) string { return fmt.Sprintf("k%08d", i) }

// free draws a key that nobody else writes, and locks it. With more workers than keys it waits.
func (k *keys) free(draw *rand.Rand) int {
	for range 8 {
		if i := draw.IntN(len(k.locks)); k.locks[i].TryLock() {
			return i
		}
	}
	i := draw.IntN(len(k.locks))
	k.locks[i].Lock()
	return i
}

// value fills the buffer so that no two writes of a run are equal: equal ones would be taken for a repeated
// request.
func value(buffer []byte, draw *rand.Rand) []byte {
	for i := 0; i < len(buffer); i += 8 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], draw.Uint64())
		copy(buffer[i:], word[:])
	}
	return buffer
}
