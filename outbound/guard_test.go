package outbound

import (
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, a := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254",
		"::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "ff02::1"} {
		if Public(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as public", a)
		}
	}
	for _, a := range []string{"1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"} {
		if !Public(netip.MustParseAddr(a)) {
			t.Errorf("%s does not count as public", a)
		}
	}
	c := &Caller{}
	if c.control("tcp", "1.1.1.1:443", nil) != nil || c.control("tcp", "1.1.1.1:22", nil) == nil || c.control("tcp", "[::1]:443", nil) == nil {
		t.Error("the guard of connections")
	}
}
