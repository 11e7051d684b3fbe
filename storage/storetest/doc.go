// Package storetest is the conformance suite of node.Store: every implementation runs it and keeps the same
// promises.
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) *storetest.Subject { ... })
//	}
//
// What an implementation cannot do (crash, be filled, be damaged) it leaves nil in its Subject, and the
// tests that need it are left out by name.
package storetest
