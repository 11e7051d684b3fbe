// Package trees keeps the hash trees of all ranges that one store holds, and says what each write does to
// them. It is what the stores have in common: no disk, no goroutines.
//
//	Change           what one write does: a value, computed where the write is
//	Forest.After     the stored leaves that a batch of changes leads to: written in its transaction
//	Forest.Apply     the same in memory, once that transaction is on disk
//
// The laws:
//
//   - A tree covers what this store holds of its range: every record that has a version, on owners and on
//     others, tombstones and hints too. A record is counted with the sum of its versions in clock's fixed
//     encoding, under node.TreeName; contents are in it by their digests, targets and since are not.
//   - The sum of a record that is not there, or that has no version, is nothing.
//   - A Forest has one writer. After and Apply of one batch belong together, with no other batch in between.
package trees
