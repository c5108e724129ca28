package temporalchild

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sojourn/fault"
)

const (
	tailLines     = 8    // enough for a fatal message and what led to it
	tailLineBytes = 400  // a stack trace in one line would drown the sentence
	logFileLimit  = 10e6 // bytes; a longer file is set aside as .1 before the next start
	logFileMode   = 0o600
	logFolderMode = 0o700
)

// readyPrefix starts the line that temporal-dev prints when all of its services have started.
const readyPrefix = "temporal-dev ready:"

// output takes everything the child prints: it goes to the log file, and the last lines are kept for error messages.
// Writing never fails: a full disk must not block the child at its pipe.
type output struct {
	mu    sync.Mutex
	file  io.WriteCloser // nil without a log file
	ready bool           // the ready line has been printed
	lines []string
	rest  []byte // an unfinished line
}

func openOutput(path string) (*output, error) {
	if path == "" {
		return &output{}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), logFolderMode); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "make the folder of Temporal's log file")
	}
	if info, err := os.Stat(path); err == nil && info.Size() > logFileLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "set Temporal's old log file aside")
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, logFileMode)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "open Temporal's log file")
	}
	return &output{file: file}, nil
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		_, _ = o.file.Write(p)
	}
	o.rest = append(o.rest, p...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 {
			break
		}
		o.keep(string(o.rest[:end]))
		o.rest = o.rest[end+1:]
	}
	if len(o.rest) > tailLineBytes {
		o.rest = append([]byte(nil), o.rest[:tailLineBytes]...)
	}
	return len(p), nil
}

func (o *output) keep(line string) {
	line = strings.TrimSpace(line)
	if line == "" {
		return
	}
	if strings.HasPrefix(line, readyPrefix) {
		o.ready = true
	}
	if len(line) > tailLineBytes {
		line = strings.ToValidUTF8(line[:tailLineBytes], "") + "…"
	}
	o.lines = append(o.lines, line)
	if len(o.lines) > tailLines {
		o.lines = o.lines[len(o.lines)-tailLines:]
	}
}

// saidReady tells whether all services of the server have started.
func (o *output) saidReady() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ready
}

// last returns the last lines, oldest first.
func (o *output) last() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := append([]string(nil), o.lines...)
	if rest := strings.TrimSpace(string(o.rest)); rest != "" {
		lines = append(lines, rest)
	}
	return lines
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		_ = o.file.Close()
		o.file = nil
	}
}
