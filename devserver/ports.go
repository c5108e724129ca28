package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

var errAddressTaken = errors.New("address is taken")

// checkFree refuses to go on if another process listens on one of the addresses; empty addresses are skipped. Temporal
// and its Web UI would only log a fatal line from deep inside, or even share the port.
func checkFree(addresses ...string) error {
	for _, address := range addresses {
		if address == "" {
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("%w: %s: %v", errAddressTaken, address, err)
		}
		if err := listener.Close(); err != nil {
			return fmt.Errorf("release %s: %w", address, err)
		}
	}
	return nil
}

// Ports for the services that talk to each other inside the process. They are taken from below Linux's range of ports
// for outgoing connections (32768 and up): a port of that range could be given to somebody's outgoing connection
// between being found free and being used.
const (
	internalPortFirst = 20000
	internalPortLast  = 31999
	portAttempts      = 200
)

// freePorts returns n different ports that are free on host now.
func freePorts(host string, n int) ([]int, error) {
	listeners := make([]net.Listener, 0, n)
	defer func() {
		for _, listener := range listeners {
			_ = listener.Close()
		}
	}()
	ports := make([]int, 0, n)
	for range portAttempts {
		if len(ports) == n {
			return ports, nil
		}
		port := internalPortFirst + rand.IntN(internalPortLast-internalPortFirst+1)
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		listeners = append(listeners, listener)
		ports = append(ports, port)
	}
	return nil, fmt.Errorf("%w: found fewer than %d free ports on %s between %d and %d",
		errAddressTaken, n, host, internalPortFirst, internalPortLast)
}
