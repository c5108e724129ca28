package smtpsink

import (
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"time"
)

// Options are the conversation-wide settings.
type Options struct {
	Address  string        // default 127.0.0.1:0
	TLS      *tls.Config   // offers STARTTLS with it
	Implicit bool          // with TLS: speaks TLS from the first byte
	User     string        // with Password: AUTH is required
	Password string        //
	Greeting string        // instead of "220 …"
	Tarpit   time.Duration // pause before every reply line
	Silent   bool          // accepts connections and never says a word
	Idle     time.Duration // closes idle connections; default 60 s
}

// Server is a running sink.
type Server struct {
	o Options
	l net.Listener

	mu       sync.Mutex
	changed  chan struct{}
	scripts  map[string][]Step
	fallback Step
	greeting string
	messages []Message
	conns    map[net.Conn]struct{}
	dialled  int
	closed   bool
	wg       sync.WaitGroup
}

// Start listens and serves until Close.
func Start(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	}
	s := &Server{o: o, l: l, greeting: o.Greeting, scripts: map[string][]Step{}, conns: map[net.Conn]struct{}{}, changed: make(chan struct{})}
	s.wg.Add(1)
	go s.accept()
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.l.Addr().String() }

// Close ends all conversations and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	_ = s.l.Close()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// Script queues steps for a recipient (case does not matter), one per attempt.
func (s *Server) Script(recipient string, steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(recipient)
	s.scripts[key] = append(s.scripts[key], steps...)
}

// Default is how attempts without a queued step go.
func (s *Server) Default(step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fallback = step
}

// Greet changes the greeting of new connections; "" is the normal one.
func (s *Server) Greet(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = line
}

// Messages is a copy of the log, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Connections counts the connections that were ever accepted.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialled
}

// Changed is closed at the next change of the log: wait on it instead of sleeping.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Await returns as soon as ok holds for the log, or false after the time is up.
func (s *Server) Await(within time.Duration, ok func([]Message) bool) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		changed := s.Changed()
		if ok(s.Messages()) {
			return true
		}
		select {
		case <-changed:
		case <-deadline.C:
			return ok(s.Messages())
		}
	}
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = c.Close()
			return
		}
		s.conns[c] = struct{}{}
		s.dialled++
		greeting := s.greeting
		s.wg.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.wg.Done()
			defer s.forget(c)
			serve(s, c, greeting)
		}()
	}
}

func (s *Server) forget(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// next takes the step of this attempt at a recipient.
func (s *Server) next(recipient string) Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(recipient)
	queue := s.scripts[key]
	if len(queue) == 0 {
		return s.fallback
	}
	s.scripts[key] = queue[1:]
	return queue[0]
}

// begin logs a message at 354 and returns its number; change edits it later.
func (s *Server) begin(m Message) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	s.signal()
	return len(s.messages) - 1
}

func (s *Server) change(n int, edit func(*Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.messages[n])
	s.signal()
}

func (s *Server) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}
