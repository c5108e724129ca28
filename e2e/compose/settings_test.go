package compose_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sojourn/config"
	"sojourn/e2e/world"
)

// service is what the tests need of a service, as the official loader resolved it.
type service struct {
	Command     []string           `json:"command"`
	Environment map[string]*string `json:"environment"`
}

// services resolves docker-compose.yml with fresh secrets by deploy/composecheck.
func services(t *testing.T) map[string]service {
	t.Helper()
	root := world.Root(t)
	env := filepath.Join(t.TempDir(), ".env")
	secrets, err := exec.Command("sh", filepath.Join(root, "deploy", "new-env.sh")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(env, secrets, 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.Command("go", "run", ".", filepath.Join(root, "docker-compose.yml"), env)
	check.Dir = filepath.Join(root, "deploy", "composecheck")
	var stderr strings.Builder
	check.Stderr = &stderr
	out, err := check.Output()
	if err != nil {
		t.Fatalf("composecheck: %v\n%s", err, stderr.String())
	}
	var project struct {
		Services map[string]service `json:"services"`
	}
	if err := json.Unmarshal(out, &project); err != nil {
		t.Fatal(err)
	}
	return project.Services
}

// environment is the service's own, with host names replaced, on top of the bare one of a process.
func (s service) environment(hosts map[string]string) []string {
	names := make([]string, 0, len(s.Environment))
	for name := range s.Environment {
		names = append(names, name)
	}
	slices.Sort(names)
	var env []string
	for _, name := range names {
		value := *s.Environment[name]
		for host, address := range hosts {
			value = strings.ReplaceAll(value, host, address)
		}
		env = append(env, name+"="+value)
	}
	return world.Environment(env...)
}

func (s service) value(t *testing.T, name string) string {
	t.Helper()
	v := s.Environment[name]
	if v == nil || *v == "" {
		t.Fatalf("docker-compose.yml does not set %s", name)
	}
	return *v
}

// A setting that is spelled wrongly would be refused when the container starts; here it is refused before.
func TestEverySettingOfTheComposeFileIsKnown(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range config.Settings() {
		known[s.Env] = true
	}
	seen := 0
	for name, s := range services(t) {
		for setting := range s.Environment {
			if !strings.HasPrefix(setting, "SOJOURN_") || setting == "SOJOURN_DB_PASSWORD" && name == "mysql" {
				continue
			}
			seen++
			if !known[setting] {
				t.Errorf("%s: there is no setting %s", name, setting)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d settings were looked at", seen)
	}
}
