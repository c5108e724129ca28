package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

var private struct {
	once sync.Once
	url  string
	err  error
}

// privateServer starts one mariadbd for this process, on a Unix socket only, with its data in a temporary directory.
// It is killed when the process ends in whatever way (parent-death signal).
func privateServer() (string, error) {
	private.once.Do(func() { private.url, private.err = startPrivate() })
	return private.url, private.err
}

func startPrivate() (string, error) {
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		if server = "/usr/sbin/mariadbd"; !exists(server) {
			return "", err
		}
	}
	removeLeftovers()
	dir, err := os.MkdirTemp("", fmt.Sprintf("sojourn-mariadb-%d-*", os.Getpid()))
	if err != nil {
		return "", err
	}
	args := []string{"--no-defaults", "--datadir=" + dir + "/data"}
	if u, _ := user.Current(); u != nil && u.Uid == "0" {
		args = append(args, "--user=root")
	}
	install := exec.Command("mariadb-install-db", append(args, "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	sock := filepath.Join(dir, "s")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command(server, append(args, "--socket="+sock, "--skip-networking", "--innodb-flush-log-at-trx-commit=2",
		"--innodb-buffer-pool-size=64M", "--max-connections=500", "--skip-log-bin", "--innodb-log-file-size=32M")...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// The parent-death signal follows the thread that forked, so that thread must live as long as the process.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			_ = os.RemoveAll(dir)
		}
	}()
	if err := <-started; err != nil {
		return "", err
	}
	u := "mysql://root@localhost/?socket=" + url.QueryEscape(sock)
	db, err := sql.Open("mysql", "root@unix("+sock+")/")
	if err != nil {
		return "", err
	}
	defer db.Close()
	deadline := time.Now().Add(60 * time.Second)
	for db.Ping() != nil {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			return "", fmt.Errorf("mariadbd did not answer within 60 s: %s", text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return u, nil
}

// removeLeftovers deletes the data of servers whose test process is gone: a killed process cannot tidy up after itself.
func removeLeftovers() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), "sojourn-mariadb-*-*"))
	for _, d := range dirs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(d), "sojourn-mariadb-%d-", &pid); err == nil && !exists(fmt.Sprintf("/proc/%d", pid)) {
			_ = os.RemoveAll(d)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
