package server

import (
	"net"
	"testing"
)

func TestAnAddressOfIPv4OpensNoIPv6(t *testing.T) {
	for address, four := range map[string]bool{"0.0.0.0:0": true, "127.0.0.1:0": true, ":0": false, "localhost:0": false} {
		if got := family(address) == "4"; got != four {
			t.Errorf("%s: IPv4 alone: %v, want %v", address, got, four)
		}
	}
	l, err := listen("listen", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if host, _, _ := net.SplitHostPort(l.Addr().String()); host != "0.0.0.0" {
		t.Errorf("0.0.0.0 is bound as %s", host)
	}
	if err := gossipFree(l.Addr().String()); err == nil {
		t.Error("an address that is taken counts as free")
	}
}
