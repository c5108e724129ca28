package devmode

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sojourn/fault"
)

// Dir is the data directory of `sojourn dev`: the two databases, the logs, and the few secrets that were made up at the
// first start. One process at a time may use it.
type Dir struct {
	path string
	lock *os.File
}

// OpenDir makes the directory, readable by its owner only, and locks it. Conflict when another process uses it.
func OpenDir(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "data directory")
	}
	if err := os.MkdirAll(filepath.Join(path, "logs"), 0o700); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "make the data directory %s", path)
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "open the data directory %s", path)
	}
	if err := lockFile(f); err != nil {
		pid, _ := os.ReadFile(f.Name())
		_ = f.Close()
		return nil, fault.Wrap(fault.Conflict, err, "%s is in use by another `sojourn dev` (process %s); stop it, or choose another directory with --data", path, strings.TrimSpace(string(pid)))
	}
	_ = f.Truncate(0)
	_, _ = fmt.Fprintf(f, "%d\n", os.Getpid())
	return &Dir{path: path, lock: f}, nil
}

// Close gives the directory free.
func (d *Dir) Close() error { return d.lock.Close() }

// File is the path of a file in the directory.
func (d *Dir) File(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// Secret reads a secret, or makes it up at the first time and keeps it.
func (d *Dir) Secret(name string, fresh func() string) (string, error) {
	text, err := os.ReadFile(d.File(name))
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	s := fresh()
	return s, os.WriteFile(d.File(name), []byte(s+"\n"), 0o600)
}

// RandomHex is a fresh secret of 256 bits.
func RandomHex() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}
