package gossip

import "testing"

func TestAnAddressOfIPv4OpensNoIPv6(t *testing.T) {
	var tr transport
	if err := tr.listen("0.0.0.0:0"); err != nil {
		t.Fatal(err)
	}
	defer tr.tcp.Close()
	defer tr.udp.Close()
	for _, at := range []string{tr.tcp.Addr().String(), tr.udp.LocalAddr().String()} {
		if at[:8] != "0.0.0.0:" {
			t.Errorf("0.0.0.0 is bound as %s", at)
		}
	}
}
