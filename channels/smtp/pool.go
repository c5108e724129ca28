package smtp

import "time"

// take returns the idle connection that was used last; older ones than the idle time-out are dropped.
func (s *Sender) take() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.idle); n > 0; n = len(s.idle) {
		x := s.idle[n-1]
		s.idle = s.idle[:n-1]
		if s.now().Sub(x.idle) < s.c.IdleTimeout {
			return x
		}
		x.close()
	}
	return nil
}

func (s *Sender) put(x *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.idle = s.now()
	s.served = x.idle
	if s.closed || x.used >= s.c.MaxPerConn || len(s.idle) >= s.c.MaxConns {
		go x.quit(s.now().Add(time.Second))
		return
	}
	s.idle = append(s.idle, x)
}

// reset brings a connection whose transaction was refused back into the pool.
func (s *Sender) reset(x *conn) {
	r, err := x.cmd(s.now().Add(s.c.CommandTimeout), "RSET")
	if err != nil || r.code != 250 {
		x.close()
		return
	}
	s.put(x)
}
