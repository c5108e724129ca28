package browser_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sojourn/e2e/world"
)

// storyWithin bounds one story, the whole lot is bounded by go test.
const storyWithin = 5 * time.Minute

// report is one line of main.mjs.
type report struct {
	Event  string `json:"event"` // start, log, end, done
	Name   string `json:"name"`
	Text   string `json:"text"`
	OK     bool   `json:"ok"`
	MS     int64  `json:"ms"`
	Error  string `json:"error"`
	Failed bool   `json:"failed"`
}

// The main job as a marketer sees it, from the sign-in page to the consent ledger.
func TestTheMainJobInTheBrowser(t *testing.T) {
	tell(t, "stories", startDev(t))
}

// The first day of an installation of one's own, without demo data: owner, blueprint, publish, first event, first mail.
func TestTheFirstDayInTheBrowser(t *testing.T) {
	tell(t, "first-day", startDev(t, "--no-demo"))
}

// tell runs the stories of a folder against a running Sojourn, each as a subtest.
func tell(t *testing.T, folder string, d dev) {
	t.Helper()
	settings, err := json.Marshal(map[string]string{
		"stories": folder, "base": d.URL, "temporal": d.Temporal, "email": d.Email, "password": d.Password, "writeKey": d.WriteKey,
		"token": d.SetupToken, "artifacts": artifacts(t), "executablePath": chromium(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan report, 100)
	p := world.Start(t, world.Run{
		Name: "node main.mjs", Path: node, Args: []string{"main.mjs"},
		Env: world.Environment("E2E_SETTINGS="+string(settings), "E2E_ONLY="+os.Getenv("E2E_ONLY")),
		Line: func(line string) {
			var r report
			if json.Unmarshal([]byte(line), &r) == nil {
				lines <- r
			}
		},
	})
	told := 0
	for {
		r, ok := next(t, p, lines)
		switch {
		case !ok:
			t.Fatalf("the stories ended too early: %v", p.Ended())
		case r.Event == "done":
			if told == 0 {
				t.Fatal("no story was told")
			}
			return
		case r.Event == "start":
			told++
			t.Run(r.Name, func(t *testing.T) { follow(t, p, lines) })
		}
	}
}

// follow waits for the end of the story that has begun.
func follow(t *testing.T, p *world.Process, lines <-chan report) {
	for {
		r, ok := next(t, p, lines)
		if !ok {
			t.Fatalf("the story broke off: %v", p.Ended())
		}
		switch r.Event {
		case "log":
			t.Log(r.Text)
		case "end":
			if !r.OK {
				t.Errorf("after %d ms: %s", r.MS, r.Error)
			}
			return
		}
	}
}

func next(t *testing.T, p *world.Process, lines <-chan report) (report, bool) {
	t.Helper()
	select {
	case r := <-lines:
		return r, true
	case <-p.Done():
		select {
		case r := <-lines:
			return r, true
		default:
			return report{}, false
		}
	case <-time.After(storyWithin):
		t.Fatalf("nothing happened for %s:\n%s", storyWithin, p.Tail(20))
		return report{}, false
	}
}

func artifacts(t *testing.T) string {
	t.Helper()
	return filepath.Join(world.Root(t), "e2e", "artifacts")
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: scripts/test-deps.sh installs it")
	return ""
}
