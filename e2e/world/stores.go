package world

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // to ask whether it answers
)

// MariaDB is a private database server.
type MariaDB struct {
	Address string // host:port on the loopback interface
	Socket  string // root may come in here without a password
}

// StartMariaDB starts a server with an empty data directory that ends with the test.
func StartMariaDB(t testing.TB) MariaDB {
	t.Helper()
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		server = "/usr/sbin/mariadbd"
	}
	// A Unix socket's path has at most 107 bytes; names of test directories can be longer.
	dir, err := os.MkdirTemp("", "sojourn-e2e-mariadb-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	args := []string{"--no-defaults", "--datadir=" + filepath.Join(dir, "data")}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	install := exec.Command("mariadb-install-db", append(args, "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db (scripts/test-deps.sh installs it): %v\n%s", err, out)
	}
	db := MariaDB{Address: FreeAddress(t), Socket: filepath.Join(dir, "s")}
	host, port := "127.0.0.1", Port(t, db.Address)
	p := Start(t, Run{Name: "mariadbd", Path: server, Env: Environment(), Args: append(args,
		"--socket="+db.Socket, "--bind-address="+host, "--port="+itoa(port), "--innodb-flush-log-at-trx-commit=2",
		"--innodb-buffer-pool-size=64M", "--skip-log-bin", "--innodb-log-file-size=32M")})
	conn, err := sql.Open("mysql", "root@unix("+db.Socket+")/")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	Eventually(t, time.Minute, "MariaDB answers", func() error {
		if err := p.Ended(); err != nil {
			t.Fatal(err)
		}
		return conn.Ping()
	})
	return db
}

// Temporal is a private Temporal server.
type Temporal struct {
	Address string // gRPC, host:port
	Web     string // http://host:port
}

// StartTemporal starts bin/temporal-dev on a fresh file.
func StartTemporal(t testing.TB, namespace string) Temporal {
	t.Helper()
	path := filepath.Join(Root(t), "bin", "temporal-dev")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: build it with `make bin/temporal-dev`", err)
	}
	s := Temporal{Address: FreeAddress(t)}
	web := FreeAddress(t)
	s.Web = "http://" + web
	ready := make(chan struct{}, 1)
	p := Start(t, Run{Name: "temporal-dev", Path: path, Env: Environment(), Pipe: true,
		Args: []string{"--exit-with-stdin", "--db", filepath.Join(t.TempDir(), "temporal.db"), "--address", s.Address, "--ui", web, "--namespace", namespace},
		Line: func(line string) {
			if len(line) > 0 {
				select {
				case ready <- struct{}{}:
				default:
				}
			}
		}})
	select {
	case <-ready:
	case <-p.Done():
		t.Fatal(p.Ended())
	case <-time.After(time.Minute):
		t.Fatalf("Temporal was not ready within a minute:\n%s", p.Tail(40))
	}
	return s
}
