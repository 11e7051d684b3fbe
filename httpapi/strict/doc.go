// Package strict guards a connection that speaks HTTP/1.1: it takes in heads and bodies itself, refuses what
// two readers could understand differently, and hands a plain parser only what leaves no doubt.
//
//	client ──bytes──▶ Conn ──one checked head at a time──▶ fasthttp ──▶ handler
//	                    └────────────body, on demand────────────────────────▲
//
// Measured on fasthttp v1.74.0, which alone would take Content-Length beside Transfer-Encoding, HTTP/9.9, line
// ends without CR and folded fields, and with streamed bodies reads the first 8 KiB before it asks anybody
// whether the body is wanted, and reads a body that is cut off as a body that has ended. Behind a proxy that
// understands any of these differently, the difference is request smuggling.
//
// What the parser behind a Conn sees has no framing left (Content-Length, Transfer-Encoding, Expect and
// Trailer are taken out): to it, every request ends with its head. The next head is read only when the last
// body has been read to its end; a connection whose body was left unread is closed, so that bytes of a body
// are never taken for a request.
//
// Time is bounded at each step (see Limits), memory by the limits of heads; bodies are not kept here at all.
// The package knows neither paths nor problem documents: a Fault says what was wrong, and the owner of the
// connection turns it into an answer.
package strict
