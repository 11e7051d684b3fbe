package httpapi

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkOrigin keeps web pages out of the admin side. A page may have its own name resolved to this machine
// (then the request's host is that name), or send a form from elsewhere (then its Origin is another).
func (s *Server) checkOrigin(x *exchange, m *method) error {
	host := hostOf(x.authority)
	if !isLocalName(host) && !slices.ContainsFunc(s.AdminHosts, func(h string) bool { return strings.EqualFold(h, host) }) {
		return refusal(codeForbidden, "the admin side answers to localhost, to addresses in digits and to the names that it was started with, and not to %s", show(host))
	}
	if !m.writes {
		return nil
	}
	if origin := x.header("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, x.authority) {
			return refusal(codeForbidden, "a page of another origin may not change anything here")
		}
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
