package httpapi

import (
	"embed"
	"path"

	"github.com/kindreddb/kindred/httpapi/document"
)

//go:embed openapi.json
var openAPI []byte

//go:embed ui
var uiFiles embed.FS

// uiTypes are the media types of the dashboard's files.
var uiTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// getOpenAPI answers GET /openapi.json.
func (s *Server) getOpenAPI(x *exchange) error {
	x.send(200, document.TypeJSON, openAPI)
	return nil
}

// redirectToUI answers GET / and /ui, which people type.
func (s *Server) redirectToUI(x *exchange) error {
	x.send(308, "text/plain; charset=utf-8", []byte("The dashboard is /ui/\n"))
	x.set("Location", "/ui/")
	return nil
}

// getUI answers GET /ui/ and the files beside it. The page may load what this server gives, and nothing else.
func (s *Server) getUI(x *exchange) error {
	name := x.rest
	if name == "" {
		name = "index.html"
	}
	b, err := uiFiles.ReadFile("ui/" + name)
	if err != nil {
		return errNoRoute()
	}
	x.send(200, uiTypes[path.Ext(name)], b)
	x.set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	x.set("X-Content-Type-Options", "nosniff")
	x.set("Cache-Control", "no-cache")
	return nil
}
