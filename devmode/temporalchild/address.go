package temporalchild

import (
	"math/rand/v2"
	"net"
	"strconv"

	"sojourn/fault"
)

// Free ports are taken from below Linux's range for outgoing connections (32768 and up), so that a chosen port is not
// given to somebody's outgoing connection before the child, or its successor after a crash, listens on it. The child
// uses 20000 and up for itself.
const (
	freePortFirst = 10000
	freePortLast  = 19999
	portAttempts  = 200
)

// resolveAddress checks a loopback IP:port and replaces port 0 by a free one.
func resolveAddress(address string) (string, error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "temporalchild: %q is not an address", address)
	}
	if !tcp.IP.IsLoopback() {
		return "", fault.New(fault.Invalid,
			"temporalchild: %q is not a loopback address; Temporal's development server authenticates nobody", address)
	}
	if tcp.Port != 0 {
		return tcp.String(), nil
	}
	for range portAttempts {
		port := freePortFirst + rand.IntN(freePortLast-freePortFirst+1)
		candidate := net.JoinHostPort(tcp.IP.String(), strconv.Itoa(port))
		if checkFree(candidate) == nil {
			return candidate, nil
		}
	}
	return "", fault.New(fault.Unavailable, "no free port on %s between %d and %d", tcp.IP, freePortFirst, freePortLast)
}

// checkFree fails with fault.Conflict if somebody listens on one of the addresses; empty ones are skipped. Asking here
// and not only in the child keeps us from taking somebody else's Temporal for ours.
func checkFree(addresses ...string) error {
	for _, address := range addresses {
		if address == "" {
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return addressTaken(address, err)
		}
		if err := listener.Close(); err != nil {
			return fault.Wrap(fault.Internal, err, "release %s", address)
		}
	}
	return nil
}

func addressTaken(address string, cause error) error {
	return fault.Wrap(fault.Conflict, cause,
		"Temporal can't listen on %s: another program uses that port; stop it or choose another address", address)
}
