package temporalchild

import (
	"time"

	"sojourn/fault"
)

// stopPatience is how long a child may take to stop by itself; it gives up by itself after 4 s.
const stopPatience = 6 * time.Second

// steadyAfter is how long a child must have run for its end to count as a new accident and not as the next in a row.
const steadyAfter = time.Minute

// supervise owns the process: it alone starts, restarts and ends it.
func (c *Child) supervise(p *process) {
	defer close(c.done)
	defer c.pid.Store(0)
	attempt := 0
	for {
		readyAt := time.Now()
		select {
		case <-c.stopping.Done():
			c.end(p)
			return
		case <-p.exited:
		}
		if c.stopping.Err() != nil {
			return
		}
		if time.Since(readyAt) > steadyAfter {
			attempt = 0
		}
		next, err := c.restart(p.err, &attempt)
		if err != nil {
			c.err = err
			return
		}
		if next == nil {
			return
		}
		p = next
	}
}

// restart tries until a new process is ready. It returns nil, nil when Stop came in between.
func (c *Child) restart(cause error, attempt *int) (*process, error) {
	diedAt, first := time.Now(), *attempt
	c.pid.Store(0)
	lastErr := cause
	for *attempt < len(c.cfg.Pauses) {
		pause := c.cfg.Pauses[*attempt]
		*attempt++
		c.cfg.Logger.Warn("Temporal's server ended and is started again",
			"attempt", *attempt, "pause", pause, "cause", lastErr)
		select {
		case <-c.stopping.Done():
			return nil, nil
		case <-time.After(pause):
		}
		p, err := startReady(c.stopping, c.cfg)
		if c.stopping.Err() != nil {
			if p != nil {
				c.end(p)
			}
			return nil, nil
		}
		if err != nil {
			lastErr = err
			continue
		}
		c.pid.Store(int64(p.pid))
		event := Restart{Cause: cause, Attempts: *attempt - first, Downtime: time.Since(diedAt), Pid: p.pid}
		c.cfg.Logger.Info("Temporal's server is back", "pid", p.pid, "downtime", event.Downtime)
		if c.cfg.OnRestart != nil {
			c.cfg.OnRestart(event)
		}
		return p, nil
	}
	err := fault.Wrap(fault.Unavailable, lastErr,
		"Temporal's server ended and %d restarts in a row did not help; the last try", *attempt)
	c.cfg.Logger.Error("Temporal's server is given up", "cause", err)
	return nil, err
}

// end asks the process to stop and kills it when patience is over.
func (c *Child) end(p *process) {
	p.terminate()
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-p.exited:
		return
	case <-c.killNow:
	case <-patience.C:
	}
	p.kill()
	<-p.exited
}
