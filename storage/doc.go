// Package storage keeps what one node holds on disk: it is node.Store on Badger.
//
//	Update ─ lock of the key ─ change ─ entries ─▶ committer ─ one transaction, one sync ─▶ Badger
//	Read ─ snapshot of the last synced commit ─▶ Badger
//
// The laws that it keeps, whatever fails:
//
//   - In sync mode nothing is visible before the sync that holds it: readers look at the last commit that is
//     on disk, and never wait for one that is under way.
//   - An update is one transaction: record, indexes, counters and figures agree after a crash at any moment.
//     Values too large for one are laid down before the record that names them, and swept when that never
//     came.
//   - What is damaged is an error: never a value, never an absence. Every object has an envelope (package
//     envelope), an absence is believed only where record and listing agree on it, and a database that holds
//     less than its witness (package folder) says makes the node forget that it knew anything. So does a
//     damaged block of a table, which Badger takes for one without the key: tables are read as a whole before
//     Badger is trusted with them, or, above 256 MB together and when they are new, once while the node serves.
//   - A failure is told, not waited out: a store that cannot write answers everybody, and closing it ends.
//   - A dot is never issued twice (package actors).
//
// Concurrent updates share a sync: while one commit is under way the next ones gather, and go together. A
// single update waits for nobody.
//
// In interval mode an update is acknowledged as soon as readers see it, from memory; it is on disk within
// the interval. An end that was not in good order is noticed: all ranges count as incomplete from then on and
// all actors are replaced.
//
// What remains: a block that decays after its table was read, and until the next start, is found by nobody; up to
// then its keys may show an older record, or none. Above 256 MB that holds for the first minutes of a run too. A
// compaction that fails in part, for want of open files or by a fault of the disk (for want of inodes is seen to),
// loses what it read: it is noticed where the last commit was in it.
//
// A hash tree for each range (package trees) is exact with every write: its change is computed beside the
// write, under the key's lock, from the versions before and after, and the committer writes the leaves in the
// write's transaction and takes them in when that is on disk. A start reads the leaves and no records. Trees
// are made of the data only where there are none to be trusted.
//
// The package leaves to others: what is done about damage and incomplete ranges (node), the comparison of
// trees (antientropy, node).
package storage
