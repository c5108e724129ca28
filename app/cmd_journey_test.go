package app

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/adminapi"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

const firstJourney = `key: first
name: First
purpose: offers
entry: {kind: event, event: Signed Up}
steps:
  - {id: pause, kind: wait, wait: {for: P3D}, next: again}
  - {id: again, kind: update, update: {set: {greeted: true}}}
`

const secondJourney = `key: second
name: Second
purpose: offers
entry: {kind: event, event: Signed Up}
steps:
  - {id: pause, kind: wait, wait: {for: P1D}, next: bye}
  - {id: bye, kind: exit, exit: {label: done}}
`

// repository is a directory of journeys and an installation to apply it to.
type repository struct {
	t     *testing.T
	dir   string
	env   []string
	other []string // of somebody else with the same rights
	run   func(args ...string) (int, string)
}

// elsewhere lets somebody else do something in the installation.
func (r *repository) elsewhere(do func()) {
	r.env, r.other = r.other, r.env
	do()
	r.env, r.other = r.other, r.env
}

func newRepository(t *testing.T, scopes ...string) *repository {
	t.Helper()
	s := dbtest.SQLite(t)
	ws := storagetest.AddWorkspace(t, s, "acme").ID
	router := gin.New()
	adminapi.New(router, adminapi.Deps{Store: s, Sessions: session.New(s, false, nil), Passwords: secret.NewPasswords(), Channels: []string{"email"}, CursorKey: []byte("a key for tests, 32 bytes long …")})
	srv := httptest.NewServer(router)
	t.Cleanup(srv.Close)
	r := &repository{t: t, dir: t.TempDir()}
	for range 2 {
		text, prefix, hash := secret.NewKey(storage.KeyAdmin)
		if err := s.CreateKey(context.Background(), models.APIKey{WorkspaceID: ws, Kind: storage.KeyAdmin, Name: "ci", Prefix: prefix, SecretHash: hash, Scopes: models.ToJSON(scopes), CreatedAt: models.At(time.Now())}); err != nil {
			t.Fatal(err)
		}
		r.env, r.other = []string{"SOJOURN_SERVER=" + srv.URL, "SOJOURN_API_KEY=" + text}, r.env
	}
	r.run = func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"journey"}, args...), r.env, &out, &out)
		return code, out.String()
	}
	return r
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) want(code int, parts []string, args ...string) {
	r.t.Helper()
	got, out := r.run(args...)
	if got != code {
		r.t.Fatalf("sojourn journey %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	for _, p := range parts {
		if !strings.Contains(out, p) {
			r.t.Errorf("sojourn journey %s does not say %q:\n%s", strings.Join(args, " "), p, out)
		}
	}
}

// A repository of journeys is checked, compared, applied in CI, applied again without effect, and exported.
func TestJourneysAsFiles(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "journeys.read", "journeys.write", "journeys.publish")
	r.write("first.yaml", firstJourney)
	r.write("more/second.yml", secondJourney)
	r.write("README.md", "no journey")
	r.want(exitOK, []string{"journey first with 2 steps", "journey second with 2 steps"}, "validate", r.dir)
	r.want(exitFailed, []string{"first: new, with 2 steps"}, "diff", r.dir)
	r.want(exitOK, []string{"first: new"}, "apply", "--dry-run", r.dir)
	r.want(exitOK, []string{"first: draft saved", "first: version 1 is live", "second: version 1 is live"}, "apply", "--publish", r.dir)
	code, out := r.run("apply", "--publish", r.dir)
	if code != exitOK || strings.Contains(out, "saved") || strings.Contains(out, "live") {
		t.Errorf("applying again: %d\n%s", code, out)
	}
	r.want(exitOK, []string{"no difference"}, "diff", r.dir)

	r.write("more/second.yml", strings.Replace(secondJourney, "P1D", "P2D", 1))
	r.want(exitFailed, []string{`~ wait.for: "P1D" -> "P2D"`}, "diff", r.dir)
	r.want(exitOK, []string{"second: version 2 is live"}, "apply", "--publish", r.dir)

	exported := filepath.Join(t.TempDir(), "out")
	r.want(exitOK, []string{"first.yaml", "second.yaml"}, "export", "--dir", exported)
	r.want(exitOK, []string{"first: no difference", "second: no difference"}, "diff", exported)
	r.want(exitOK, []string{"for: P1D"}, "export", "second", "--number", "1")
	// What says the same is not written again: its comments stay.
	noted := "# why it waits\n" + firstJourney
	r.write("first.yaml", noted)
	r.want(exitOK, []string{"first.yaml (unchanged)"}, "export", "first", "--dir", r.dir)
	if text, err := os.ReadFile(filepath.Join(r.dir, "first.yaml")); err != nil || string(text) != noted {
		t.Errorf("exported over a file with comments: %v\n%s", err, text)
	}
}

// What somebody else changed since the last publish, or began and never published, is not overwritten by a machine, unless
// that is asked for. What the machine itself left as a draft is its own.
func TestApplyMeetsAnEditor(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "journeys.read", "journeys.write", "journeys.publish")
	edited := t.TempDir()
	edit := func(was, is string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(edited, "second.yaml"), []byte(strings.Replace(secondJourney, was, is, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		r.elsewhere(func() { r.want(exitOK, []string{"draft saved"}, "apply", "--overwrite", edited) })
	}
	edit("P1D", "P8D")
	r.write("second.yaml", secondJourney)
	r.want(exitFailed, []string{"never published", "--overwrite"}, "apply", "--publish", r.dir)
	r.want(exitOK, []string{"version 1 is live"}, "apply", "--publish", "--overwrite", r.dir)
	edit("P1D", "P9D")
	r.write("second.yaml", strings.Replace(secondJourney, "P1D", "P2D", 1))
	r.want(exitFailed, []string{"since version 1", "--overwrite"}, "apply", "--publish", r.dir)
	r.want(exitOK, []string{"version 2 is live"}, "apply", "--publish", "--overwrite", r.dir)

	for _, wait := range []string{"P3D", "P4D"} { // drafts of its own, one after the other
		r.write("second.yaml", strings.Replace(secondJourney, "P1D", wait, 1))
		r.want(exitOK, []string{"draft saved"}, "apply", r.dir)
	}
	r.want(exitOK, []string{"version 3 is live"}, "apply", "--publish", r.dir)

	// Somebody moves a box on the canvas: that is no change of the journey, and the file, which knows no places, keeps it.
	edit("steps:", "layout: {positions: {bye: {x: 7, y: 9}}}\nsteps:")
	r.elsewhere(func() { r.want(exitOK, nil, "apply", "--publish", "--overwrite", edited) })
	r.write("second.yaml", secondJourney)
	code, out := r.run("apply", "--publish", r.dir)
	if code != exitOK || strings.Contains(out, "live") || strings.Contains(out, "saved") {
		t.Errorf("a file without places: %d\n%s", code, out)
	}
	r.write("second.yaml", strings.Replace(secondJourney, "P1D", "P5D", 1))
	r.want(exitOK, []string{"is live"}, "apply", "--publish", r.dir)
	r.want(exitOK, []string{"x: 7"}, "export", "second")
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "journeys.read", "journeys.write")
	r.want(exitMisused, []string{"there is no journey"}, "apply", r.dir)
	r.write("a.yaml", secondJourney)
	r.want(exitFailed, []string{"lacks the scope journeys.publish"}, "apply", "--publish", r.dir)
	r.write("b.yaml", secondJourney)
	r.want(exitMisused, []string{"stands in"}, "apply", r.dir)
	r.write("b.yaml", "key: x\nnonsense: 1\n")
	r.want(exitMisused, []string{"b.yaml:2", "unknown field nonsense"}, "validate", r.dir)
	r.write("b.yaml", strings.NewReplacer("second", "third", "next: bye", "next: nowhere").Replace(secondJourney))
	r.want(exitMisused, []string{"b.yaml:6: error: step pause", "1 of 2 journeys"}, "validate", r.dir)
	r.write("c.yaml", "key: c\nname: C\npurpose: offers\nentry: {kind: event}\nsteps:\n- id: one\n  kind: wait\n  wait:\n    for: soon\n")
	r.want(exitMisused, []string{"2 of 3 journeys can't be published; nothing was changed", "b.yaml:6: step pause", "c.yaml:4: entry.event", "c.yaml:9: step one, steps[0].wait.for"}, "apply", r.dir)
	if err := os.Remove(filepath.Join(r.dir, "c.yaml")); err != nil {
		t.Fatal(err)
	}
	r.env[1] = "SOJOURN_API_KEY=sjn_admin_wrong"
	r.want(exitFailed, []string{"not known"}, "diff", filepath.Join(r.dir, "a.yaml"))
	r.env = nil
	r.want(exitMisused, []string{"--server"}, "diff", filepath.Join(r.dir, "a.yaml"))
}

// YAML out and in again is the same document, whatever it holds.
func TestExportKeepsTheHash(t *testing.T) {
	t.Parallel()
	prints, err := finished()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range prints {
		text, err := journeyYAML(b.Document)
		if err != nil {
			t.Fatal(err)
		}
		back, err := journey.Parse(text)
		if err != nil || journey.Hash(back) != journey.Hash(b.Document) {
			t.Errorf("%s: %v\n%s", b.Document.Key, err, text)
		}
	}
}
