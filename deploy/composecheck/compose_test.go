package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

const root = "../.."

func TestTheComposeFileFollowsTheSpecification(t *testing.T) {
	t.Parallel()
	p := project(t)
	want := []string{"mail", "migrate", "mysql", "server", "temporal", "temporal-namespace", "temporal-schema", "temporal-ui", "worker"}
	got := p.ServiceNames()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("services %v, want %v", got, want)
	}
}

// The loader has to be able to say no, else the test above means nothing.
func TestTheCheckGoesRed(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"unknown key":         {"stop_grace_period: 1m", "stop_graze_period: 1m"},
		"wrong type":          {"networks: [data]", "networks: 5"},
		"unknown network":     {"networks: [data]", "networks: [dada]"},
		"unknown dependency":  {"temporal: {condition: service_healthy}", "temporel: {condition: service_healthy}"},
		"impossible duration": {"interval: 5s", "interval: soon"},
	} {
		broken := strings.Replace(string(whole), change[0], change[1], 1)
		if broken == string(whole) {
			t.Fatalf("%s: %q is not in the file any more", name, change[0])
		}
		file := filepath.Join(t.TempDir(), "docker-compose.yml")
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(context.Background(), file, envFile(t)); err == nil {
			t.Errorf("%s: the broken file was accepted", name)
		}
	}
}

// Nothing starts with a default password: without a .env the file does not even load.
func TestSecretsHaveNoDefaults(t *testing.T) {
	t.Parallel()
	for _, empty := range []string{filepath.Join(root, ".env.example"), os.DevNull} {
		_, err := load(context.Background(), filepath.Join(root, "docker-compose.yml"), empty)
		if err == nil || !strings.Contains(err.Error(), "new-env.sh") {
			t.Errorf("%s: got %v, want an error that names deploy/new-env.sh", empty, err)
		}
	}
}

func TestEachRunOfNewEnvMakesOtherSecrets(t *testing.T) {
	t.Parallel()
	first, second := newEnv(t), newEnv(t)
	if first == second {
		t.Fatal("two runs printed the same secrets")
	}
	secret := regexp.MustCompile(`(?m)^[A-Z_]+=[0-9a-f]{64}$`)
	if n := len(secret.FindAllString(first, -1)); n != 4 {
		t.Fatalf("%d secrets of 256 bits, want 4:\n%s", n, first)
	}
}

// Only web pages are published, and only on the loopback address.
func TestOnlyTheWebPagesArePublished(t *testing.T) {
	t.Parallel()
	published := map[string]string{}
	for name, s := range project(t).Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q, want 127.0.0.1", name, port.Published, port.HostIP)
			}
			published[name] += port.Published
		}
	}
	want := map[string]string{"server": "8080", "temporal-ui": "8233", "mail": "8025"}
	if len(published) != len(want) {
		t.Errorf("published %v, want %v", published, want)
	}
	for name, port := range want {
		if published[name] != port {
			t.Errorf("%s publishes %q, want %q", name, published[name], port)
		}
	}
}

// MySQL and Temporal can be reached from the internal network alone.
func TestStoresStayInside(t *testing.T) {
	t.Parallel()
	p := project(t)
	if !p.Networks["data"].Internal {
		t.Error("the network data is not internal")
	}
	for _, name := range []string{"mysql", "temporal", "temporal-schema", "temporal-namespace", "migrate"} {
		if got := slices.Collect(keys(p.Services[name].Networks)); !slices.Equal(got, []string{"data"}) {
			t.Errorf("%s is on the networks %v, want data alone", name, got)
		}
	}
}

func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	exact := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+\.\d+$`)
	for name, s := range project(t).Services {
		if s.Build != nil {
			continue
		}
		if !exact.MatchString(s.Image) {
			t.Errorf("%s: %q has no exact version", name, s.Image)
		}
	}
}

// What runs all the time says when it is healthy; what runs once is waited for by its end.
func TestEveryServiceCanBeWaitedFor(t *testing.T) {
	t.Parallel()
	p := project(t)
	once := []string{"migrate", "temporal-schema", "temporal-namespace"}
	for name, s := range p.Services {
		if slices.Contains(once, name) {
			if !strings.HasPrefix(s.Restart, "on-failure") {
				t.Errorf("%s runs once, but its restart policy is %q", name, s.Restart)
			}
			continue
		}
		if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if s.Restart != "unless-stopped" {
			t.Errorf("%s restarts %q, want unless-stopped", name, s.Restart)
		}
		for dependency, how := range s.DependsOn {
			want := types.ServiceConditionHealthy
			if slices.Contains(once, dependency) {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if how.Condition != want {
				t.Errorf("%s waits for %s by %s, want %s", name, dependency, how.Condition, want)
			}
		}
	}
}

// Our own containers hold no privilege and write nowhere.
func TestOurContainersAreConfined(t *testing.T) {
	t.Parallel()
	p := project(t)
	for _, name := range []string{"server", "worker", "migrate"} {
		s := p.Services[name]
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
			t.Errorf("%s: read_only %v, cap_drop %v, security_opt %v, privileged %v", name, s.ReadOnly, s.CapDrop, s.SecurityOpt, s.Privileged)
		}
	}
}

// Every file that a container mounts is in the repository.
func TestMountedFilesExist(t *testing.T) {
	t.Parallel()
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s mounts %s: %v", name, v.Source, err)
			}
			if !v.ReadOnly {
				t.Errorf("%s mounts %s writable", name, v.Source)
			}
		}
	}
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(context.Background(), filepath.Join(root, "docker-compose.yml"), envFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func envFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(newEnv(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newEnv(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("sh", filepath.Join(root, "deploy", "new-env.sh")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
