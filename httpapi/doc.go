// Package httpapi is Kindred's face: the HTTP API that applications, the command line, the dashboard and all
// checks speak, and nothing else.
//
// It turns requests into calls of a Backend (which node.Node is) and answers into replies. It decides nothing
// about replication: which replicas are asked, what counts as an answer and what becomes of siblings is the
// backend's affair.
//
// The way of a request:
//
//	accept.go    connections are counted, those beyond the limits turned away
//	strict/      heads and bodies are taken in, what is in doubt is refused
//	serve.go     drain, panics, metrics; one table of routes (routes.go) finds the handler
//	object*.go   keys: get, put, delete, create        admin*.go  the operator's side
//	negotiate.go raw, document or parts: how the values of a key are given
//	problem.go   the one table that turns errors into statuses and problem documents
//
// Rules:
//
//   - A key comes from the raw request target, is decoded once and never normalised.
//   - What is not understood is refused: an unknown parameter must not weaken a write.
//   - No memory of a request is kept behind its answer; bytes are copied once on their way in.
//   - Every wait, queue and buffer has a bound, and says what happens at it.
//   - Details of errors that are nobody's business but ours go to the log only.
//
// Two listeners: data serves keys, admin serves the operator; see Server.
package httpapi
