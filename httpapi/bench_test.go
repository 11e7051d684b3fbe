package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkRequests measures what a request costs beside its backend: one connection, 1 KiB values.
func BenchmarkRequests(b *testing.B) {
	value := strings.Repeat("v", 1<<10)
	for name, request := range map[string]string{
		"put": fmt.Sprintf("PUT /kv/bucket/key?w=2 HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(value), value),
		"get": "GET /kv/bucket/key?r=2 HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			w := start(b, nil)
			w.put("/kv/bucket/key", value)
			conn, err := net.Dial("tcp", w.data)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Fatal(err)
				}
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode >= 300 {
					b.Fatal(r.StatusCode, err)
				}
			}
		})
	}
}
