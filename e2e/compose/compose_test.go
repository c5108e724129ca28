package compose_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sojourn/e2e/world"
)

// deployment is the compose file's services as processes.
type deployment struct {
	URL            string
	Mails          *sink
	Server, Worker *world.Process
}

// A stranger's first hour with docker-compose.yml: the first owner, a write key, a blueprint published, an event posted
// over HTTP, and the mail that it leads to.
func TestTheComposeSettingsRunAsPlainProcesses(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	owner := setUp(t, d)

	var key struct{ Secret string }
	owner.must(t, "POST", "/api/admin/v1/api-keys", map[string]any{"kind": "ingest", "name": "shop"}, &key)
	var journey struct {
		DraftRevision int `json:"draft_revision"`
	}
	owner.must(t, "POST", "/api/admin/v1/journeys", map[string]any{"blueprint": "welcome"}, &journey)
	owner.must(t, "POST", "/api/admin/v1/journeys/welcome/publish", map[string]any{}, nil, "If-Match", fmt.Sprintf("%q", fmt.Sprint(journey.DraftRevision)))

	person := map[string]any{"userId": "c-1", "messageId": "m-1", "traits": map[string]any{
		"email": "ann@example.com", "firstName": "Ann", "locale": "en", "timezone": awake(time.Now()),
	}}
	track(t, d.URL, key.Secret, "identify", person)
	track(t, d.URL, key.Secret, "track", map[string]any{"userId": "c-1", "messageId": "m-2", "event": "Consent Granted", "properties": map[string]any{
		"channel": "email", "purpose": "marketing", "source": "form:sign-up", "source_kind": "person",
	}})
	track(t, d.URL, key.Secret, "track", map[string]any{"userId": "c-1", "messageId": "m-3", "event": "Signed Up"})

	world.Eventually(t, 2*time.Minute, "the welcome mail arrives", func() error {
		if err := d.Worker.Ended(); err != nil {
			t.Fatal(err)
		}
		for _, m := range d.Mails.Mails() {
			if strings.Contains(strings.Join(m.To, ","), "ann@example.com") {
				if !strings.Contains(m.Data, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
					t.Errorf("the mail has no one-click unsubscribe:\n%s", m.Data)
				}
				return nil
			}
		}
		return fmt.Errorf("%d mails so far", len(d.Mails.Mails()))
	})
}

// deploy starts what docker-compose.yml describes, in its order.
func deploy(t *testing.T) deployment {
	t.Helper()
	sojourn := world.Sojourn(t)
	all := services(t)
	server, worker, migrate := all["server"], all["worker"], all["migrate"]
	db := world.StartMariaDB(t)
	prepare(t, db, all["mysql"])
	temporal := world.StartTemporal(t, server.value(t, "SOJOURN_TEMPORAL_NAMESPACE"))
	d := deployment{Mails: startSink(t)}
	listen, ops := world.FreeAddress(t), world.FreeAddress(t)
	d.URL = "http://" + listen
	hosts := map[string]string{
		"mysql:3306": db.Address, "temporal:7233": temporal.Address, "mail:1025": d.Mails.Address,
		"0.0.0.0:8080": listen, "127.0.0.1:8080": listen, "0.0.0.0:8081": ops,
	}

	start := func(name string, s service) *world.Process {
		return world.Start(t, world.Run{Name: name, Path: sojourn, Args: s.Command, Env: s.environment(hosts), Dir: t.TempDir()})
	}
	start("migrate", migrate).Wait(t, 2*time.Minute)
	d.Server = start("server", server)
	d.Worker = start("worker", worker)
	world.Answers(t, d.Server, d.URL+"/healthz", time.Minute)
	world.Answers(t, d.Server, d.URL+"/readyz", time.Minute)
	world.Answers(t, d.Worker, "http://"+ops+"/readyz", 2*time.Minute)
	for name, s := range map[string]service{"server": server, "worker": worker} {
		// What the container engine would ask.
		start("health of the "+name, service{Command: []string{"health"}, Environment: s.Environment}).Wait(t, 30*time.Second)
	}
	// An operator's first question: is everything there? The worker's settings are those that know the mail server.
	start("doctor", service{Command: []string{"doctor"}, Environment: worker.Environment}).Wait(t, time.Minute)
	return d
}

// prepare runs the script that the MySQL image runs on an empty data directory. MariaDB's client has another name, and its
// root needs no password here.
func prepare(t *testing.T, db world.MariaDB, mysql service) {
	t.Helper()
	bin := t.TempDir()
	client := "#!/bin/sh\nunset MYSQL_PWD\nexec mariadb --socket=" + db.Socket + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "mysql"), []byte(client), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	script := exec.Command("bash", filepath.Join(world.Root(t), "deploy", "mysql", "10-databases.sh"))
	script.Env = append(mysql.environment(nil), "PATH="+bin+":"+os.Getenv("PATH"))
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("10-databases.sh: %v\n%s", err, out)
	}
}

var setupToken = regexp.MustCompile(`(?i)setup[ _-]token[^A-Za-z0-9]*(?:is|:|=)?[^A-Za-z0-9]*([A-Za-z0-9_-]{16,})`)

// setUp makes the first owner with the token that the server has printed.
func setUp(t *testing.T, d deployment) *browser {
	t.Helper()
	var token string
	world.Eventually(t, time.Minute, "the setup token is printed", func() error {
		m := setupToken.FindStringSubmatch(d.Server.Output())
		if m == nil {
			return fmt.Errorf("not in:\n%s", d.Server.Tail(20))
		}
		token = m[1]
		return nil
	})
	b := newBrowser(t, d.URL)
	b.must(t, "POST", "/api/admin/v1/auth/setup", map[string]any{
		"token": token, "email": "owner@example.com", "name": "Olivia Owner", "password": "correct horse battery staple", "workspace_name": "Shop", "timezone": "Europe/Amsterdam",
	}, nil)
	if err := b.call("POST", "/api/admin/v1/auth/setup", map[string]any{
		"token": token, "email": "second@example.com", "name": "Second", "password": "correct horse battery staple", "workspace_name": "Other",
	}, nil); err == nil {
		t.Error("the setup token worked twice")
	}
	return b
}

// awake is a zone where it is about noon: no quiet hours, whenever the tests run.
func awake(now time.Time) string {
	if hours := 12 - now.UTC().Hour(); hours < 0 {
		return fmt.Sprintf("Etc/GMT+%d", -hours)
	} else if hours > 0 {
		return fmt.Sprintf("Etc/GMT-%d", hours)
	}
	return "UTC"
}
