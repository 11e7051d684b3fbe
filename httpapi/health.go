package httpapi

import (
	"bytes"
	"fmt"
	"runtime"

	"github.com/kindreddb/kindred/httpapi/document"
)

// getLivez answers GET /livez: the process runs and serves. It says nothing about the node.
func (s *Server) getLivez(x *exchange) error {
	return x.sendDocument(200, document.TypeJSON, document.State{Status: "alive"})
}

// getReadyz answers GET /readyz: this node has a layout and can coordinate, or a problem that says why not.
func (s *Server) getReadyz(x *exchange) error {
	if s.draining.Load() {
		return errDraining()
	}
	if err := s.Backend.Ready(); err != nil {
		return err
	}
	return x.sendDocument(200, document.TypeJSON, document.State{Status: "ready"})
}

// apiVersion is that of the contract in openapi.json.
const apiVersion = 1

// getVersion answers GET /version.
func (s *Server) getVersion(x *exchange) error {
	return x.sendDocument(200, document.TypeJSON, document.Version{Version: s.Version, API: apiVersion, Go: runtime.Version()})
}

// getMetrics answers GET /metrics.
func (s *Server) getMetrics(x *exchange) error {
	var b bytes.Buffer
	s.metrics.write(&b)
	head(&b, "kindred_http_requests_under_way", "gauge", "Requests that hold one of the server's seats.")
	fmt.Fprintf(&b, "kindred_http_requests_under_way %d\n", len(s.seats))
	head(&b, "kindred_http_body_bytes", "gauge", "Bytes of bodies and documents under way.")
	fmt.Fprintf(&b, "kindred_http_body_bytes %d\n", s.bodies.used.Load())
	if s.MoreMetrics != nil {
		for _, m := range s.MoreMetrics() {
			m.write(&b)
		}
	}
	x.send(200, "text/plain; version=0.0.4; charset=utf-8", b.Bytes())
	return nil
}
