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
//     less than its witness (package folder) says makes the node forget that it knew anything.
//   - A dot is never issued twice (package actors).
//
// Concurrent updates share a sync: while one commit is under way the next ones gather, and go together. A
// single update waits for nobody.
//
// In interval mode an update is acknowledged as soon as readers see it, from memory; it is on disk within
// the interval. An end that was not in good order is noticed: all ranges count as incomplete from then on and
// all actors are replaced.
//
// The package leaves to others: what is done about damage and incomplete ranges (node), hash trees and their
// comparison (antientropy; their leaves will be written in the transactions of this package).
package storage
