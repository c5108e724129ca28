package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"sojourn/e2e/world"
)

// dev is a running `sojourn dev` with its demo data.
type dev struct {
	URL, Temporal             string // http://host:port
	Email, Password, WriteKey string
	SetupToken                string // with --no-demo, instead of the three above
	Process                   *world.Process
}

var (
	login      = regexp.MustCompile(`(\S+@\S+)\s*/\s*(\S+)`)
	setupToken = regexp.MustCompile(`Setup token\s+(\S+)`)
)

// startDev starts it on free ports with an empty data directory and reads the demo login, or the setup token, from what it
// prints, as a newcomer would.
func startDev(t *testing.T, more ...string) dev {
	t.Helper()
	root := world.Root(t)
	for _, need := range []string{"bin/temporal-dev", "ui/dist/index.html"} {
		if _, err := os.Stat(filepath.Join(root, need)); err != nil {
			t.Fatalf("%v: run `make build`", err)
		}
	}
	listen, web, temporal := world.FreeAddress(t), world.FreeAddress(t), world.FreeAddress(t)
	d := dev{URL: "http://" + listen, Temporal: "http://" + web, WriteKey: "wk_e2e_0123456789abcdef0123456789abcdef"}
	d.Process = world.Start(t, world.Run{
		Name: "sojourn dev", Path: world.Sojourn(t), Dir: t.TempDir(),
		Args: append([]string{"dev", "--data", filepath.Join(t.TempDir(), "data"), "--listen", listen, "--temporal-ui", web, "--temporal", temporal,
			"--workspace-key", d.WriteKey}, more...),
		Env: world.Environment("SOJOURN_TEMPORAL_DEV=" + filepath.Join(root, "bin", "temporal-dev")),
	})
	world.Answers(t, d.Process, d.URL+"/readyz", 3*time.Minute)
	world.Eventually(t, 30*time.Second, "the login is printed", func() error {
		if m := login.FindStringSubmatch(d.Process.Output()); m != nil {
			d.Email, d.Password = m[1], m[2]
			return nil
		}
		if m := setupToken.FindStringSubmatch(d.Process.Output()); m != nil {
			d.SetupToken = m[1]
			return nil
		}
		return fmt.Errorf("no login in:\n%s", d.Process.Tail(20))
	})
	return d
}
