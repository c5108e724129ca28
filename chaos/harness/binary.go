package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

var binary struct {
	once sync.Once
	path string
	err  error
}

// BinaryEnv names a chaos build to use instead of building one.
const BinaryEnv = "SOJOURN_CHAOS_BINARY"

// Binary builds sojourn with its fault points, once per test process.
func Binary() (string, error) {
	binary.once.Do(func() {
		if binary.path = os.Getenv(BinaryEnv); binary.path != "" {
			return
		}
		var root, dir string
		if root, binary.err = moduleRoot(); binary.err != nil {
			return
		}
		if dir, binary.err = os.MkdirTemp("", "sojourn-chaos-*"); binary.err != nil {
			return
		}
		binary.path = filepath.Join(dir, "sojourn-chaos")
		cmd := exec.Command("go", "build", "-tags", "chaos", "-o", binary.path, "./cmd/sojourn")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			binary.err = fmt.Errorf("build the chaos binary: %w\n%s", err, out)
		}
	})
	return binary.path, binary.err
}

// Tidy removes the chaos build; call it at the end of TestMain.
func Tidy() {
	if binary.path != "" && os.Getenv(BinaryEnv) == "" {
		_ = os.RemoveAll(filepath.Dir(binary.path))
	}
	stopShared()
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
	}
}
