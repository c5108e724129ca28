package temporalchild

import (
	"context"
	"sync"
	"sync/atomic"

	"sojourn/fault"
)

// Child is a running Temporal server. Its methods may be called from any goroutine.
type Child struct {
	cfg Config
	pid atomic.Int64 // 0 between two children

	stopping context.Context // done when Stop has been called
	stop     context.CancelFunc
	killNow  chan struct{} // closed when Stop's patience is over
	killOnce sync.Once

	done chan struct{}
	err  error // set before done is closed
}

// Start runs the binary and returns when the server answers for the namespace. ctx bounds only the start; afterwards
// Stop ends the child. Errors are fault.Invalid (configuration), fault.NotFound (the binary is not built),
// fault.Conflict (an address or the file is used by another process) or fault.Unavailable (it died or did not answer in
// time, with its last lines). Nothing keeps running after an error.
func Start(ctx context.Context, cfg Config) (*Child, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	p, err := startReady(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c := &Child{cfg: cfg, killNow: make(chan struct{}), done: make(chan struct{})}
	c.stopping, c.stop = context.WithCancel(context.Background())
	c.pid.Store(int64(p.pid))
	go c.supervise(p)
	return c, nil
}

// startReady starts one process and waits until it is ready; a process that is not is ended.
func startReady(ctx context.Context, cfg Config) (*process, error) {
	if err := checkFree(cfg.Address, cfg.UIAddress); err != nil {
		return nil, err
	}
	p, err := startProcess(cfg)
	if err != nil {
		return nil, err
	}
	if err := waitReady(ctx, cfg, p); err != nil {
		p.kill()
		<-p.exited
		return nil, err
	}
	return p, nil
}

// Stop ends the child gracefully, which takes about a second; when ctx ends first, it is killed (the file survives
// that). It returns when the child is gone, and may be called more than once.
func (c *Child) Stop(ctx context.Context) error {
	c.stop()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
	}
	c.killOnce.Do(func() { close(c.killNow) })
	<-c.done
	return fault.Wrap(fault.Unavailable, ctx.Err(), "Temporal was killed because it did not stop in time")
}

// Done closes when the child is gone for good.
func (c *Child) Done() <-chan struct{} { return c.done }

// Err says after Done why the child is gone: nil after Stop, else why restarting was given up.
func (c *Child) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Pid is the process id of the child, 0 while there is none.
func (c *Child) Pid() int { return int(c.pid.Load()) }

// Address is the gRPC frontend's address, with the port that was chosen.
func (c *Child) Address() string { return c.cfg.Address }

// UIAddress is the Web UI's address, with the port that was chosen; empty without one.
func (c *Child) UIAddress() string { return c.cfg.UIAddress }

// Namespace is the namespace that was created.
func (c *Child) Namespace() string { return c.cfg.Namespace }
