package httpapi

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkHost keeps web pages out of the admin side that had their own name resolved to this machine: the
// host of their requests is that name.
func (s *Server) checkHost(x *exchange) error {
	host := hostOf(x.authority)
	if isLocalName(host) || slices.ContainsFunc(s.AdminHosts, func(h string) bool { return strings.EqualFold(h, host) }) {
		return nil
	}
	return refusal(codeForbidden, "the admin side answers to localhost, to addresses in digits and to the names that it was started with, and not to %s", show(host))
}

// checkOrigin keeps web pages from elsewhere from changing anything: a browser says where a page is from.
func checkOrigin(x *exchange) error {
	origin := x.header("Origin")
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(u.Host, x.authority) {
		return refusal(codeForbidden, "a page of another origin may not change anything here")
	}
	return nil
}

// hostOf takes the port off an authority.
func hostOf(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return strings.Trim(authority, "[]")
}

func isLocalName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
