package storetest

import "testing"

// Run holds a store to the promises of node.Store. open makes an empty store for each test and cleans up by
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) *Subject) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if c.needs == nil || c.needs(s) {
				c.run(t, s)
			}
		})
	}
}

// test is one promise. One whose needs the subject does not meet holds trivially: what an implementation
// cannot do cannot go wrong.
type test struct {
	name  string
	needs func(*Subject) bool
	run   func(*testing.T, *Subject)
}

func canReopen(s *Subject) bool { return s.Reopen != nil }
func canCrash(s *Subject) bool  { return s.Crash != nil }
func canDamage(s *Subject) bool { return s.Damage != nil }

func canReopenDamage(s *Subject) bool { return canReopen(s) && canDamage(s) }
func canFill(s *Subject) bool         { return s.SetFull != nil }

var cases = []test{
	{"what was never written is the zero record", nil, testAbsent},
	{"what was written is read, of any size", nil, testSizes},
	{"keys of any bytes are kept apart", nil, testStrangeKeys},
	{"a key under another n is another record", nil, testOtherN},
	{"siblings and tombstones are kept", nil, testSiblings},
	{"twins share one content", nil, testTwins},
	{"contents beyond the limit are left out of a read", nil, testContentMax},
	{"a change may leave out contents that are held", nil, testLeftOut},
	{"a content that is neither at hand nor held is refused", nil, testMissingContent},
	{"a record that loses its versions and targets is gone", nil, testRemove},
	{"a change that writes nothing changes nothing", nil, testNoWrite},
	{"an error of the change is returned and nothing is written", nil, testChangeFails},
	{"a hundred large siblings are one update", nil, testManySiblings},

	{"updates of one key are serial", nil, testSerial},
	{"updates of different keys do not wait for each other", nil, testParallel},
	{"waiting for a lock ends with the context", nil, testLockTimeout},
	{"readers see whole updates only", nil, testAtomicReads},

	{"numbers of a range rise and are never repeated", nil, testCounters},
	{"ranges have actors of their own", nil, testActorsPerRange},
	{"a record keeps the number at which it came into being", nil, testSince},
	{"since counts for its own actor alone", nil, testSinceOfAnother},
	{"a retired actor is followed by a fresh one", nil, testRetire},
	{"the highest number seen of an actor outlives the keys", nil, testHighestSeen},

	{"everything is there after a restart", canReopen, testReopen},
	{"an actor of an earlier run is a claim", canReopen, testClaims},
	{"a confirmed actor goes on above what it had reserved", canReopen, testConfirm},
	{"a claim is dropped when a write could not wait for it", canReopen, testUnconfirmed},
	{"a claim that the data refutes is not confirmed", canReopen, testRefuted},
	{"a record born beside a claim is safe from it", canReopen, testSinceOfClaim},
	{"a retired actor stays retired over a restart", canReopen, testRetireReopen},
	{"acknowledged updates survive a crash", canCrash, testCrash},
	{"no number is repeated over crashes", canCrash, testCrashCounters},

	{"a new store knows no range", nil, testKnowsNothing},
	{"completeness is kept for all ranges and for single ones", nil, testKnows},
	{"completeness survives a restart", canReopen, testKnowsReopen},
	{"a bucket is held while any record of it is", nil, testHoldsBucket},
	{"hinted keys are listed in pages", nil, testHinted},
	{"hinted keys of one position are listed in the order of the disk", nil, testHintedOrder},
	{"stats count keys, bytes and hints", nil, testStats},
	{"stats are the same after a restart", canReopen, testStatsReopen},

	{"trees are those of the records, whatever was written", hasTrees, testTrees},
	{"trees are those of the records that many wrote at a time", hasTrees, testTreesOfMany},
	{"trees are the same after a restart and after a crash", canRegrow, testTreesReopen},
	{"records that were there before the secret are in the trees", hasTrees, testTreesLate},
	{"trees keep the one secret that they were made with", canRegrow, testTreeKey},
	{"keys that share a position are listed in the order of the trees", hasTrees, testTreesOnePosition},
	{"an exchange of trees finds the keys that differ, and no others", hasTrees, testTreesExchange},
	{"a damaged record is left out of a listing, and the others are in it", canWither, testTreesDamage},

	{"a damaged object is an error, never a value and never absent", canDamage, testDamage},
	{"damage that was met is counted after a restart", canReopenDamage, testDamageReopen},
	{"a full disk refuses writes and serves reads", canFill, testFull},
}
