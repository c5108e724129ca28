package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// ErrAddress says that a call would have gone to an address that is not public.
var ErrAddress = errors.New("the address is not a public one")

// ranges that are never public, beside what netip knows (loopback, private, link-local, multicast, unspecified).
var closed = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", // transition and documentation: an IPv4 address may hide in them
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, p := range all {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Public reports whether an address belongs to the internet at large.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.IsInterfaceLocalMulticast() || !a.IsGlobalUnicast() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// control is asked for each connection with the address that is really dialled.
func (c *Caller) control(network, address string, _ syscall.RawConn) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, network)
	}
	a, err := netip.ParseAddr(strings.SplitN(host, "%", 2)[0])
	if err != nil {
		return ErrAddress
	}
	for _, p := range c.allowed {
		if p.Contains(a.Unmap()) {
			return nil
		}
	}
	if !Public(a) || port != "443" && port != "80" {
		return ErrAddress
	}
	return nil
}
