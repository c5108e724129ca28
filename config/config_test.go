package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"sojourn/config"
	"sojourn/fault"
)

const good = "0123456789abcdefghijklmnopqrstuvwxyz"

// load goes the way of the program: file, environment, flags.
func load(t *testing.T, file string, env, flags []string) (config.Config, *config.Source, error) {
	t.Helper()
	src, err := config.Load(file, env, nil)
	if err != nil {
		return config.Config{}, nil, err
	}
	var cli struct {
		config.Config `embed:""`
	}
	parser, err := kong.New(&cli, kong.Resolvers(src), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(flags)
	return cli.Config, src, err
}

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sojourn.yaml")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFlagBeatsEnvironmentBeatsFile(t *testing.T) {
	t.Parallel()
	file := write(t, "listen: 127.0.0.1:1\ntemporal:\n  address: file:7233\n  namespace: file\n  tls: {enabled: true}\nsend: {lease: 3s}\nold_secrets: [a, b]\n", 0o600)
	c, src, err := load(t, file, []string{"SOJOURN_TEMPORAL_ADDRESS=env:7233", "SOJOURN_LISTEN=127.0.0.1:2", "HOME=/x"}, []string{"--listen", "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Temporal.Address != "env:7233" || c.Temporal.Namespace != "file" || !c.Temporal.TLS.Enabled || c.Send.Lease != 3*time.Second ||
		strings.Join(c.OldSecrets, " ") != "a b" || c.Worker.CachedWorkflows != 10000 {
		t.Errorf("%+v", c)
	}
	if src.Origin("temporal.address") != "SOJOURN_TEMPORAL_ADDRESS" || src.Origin("temporal.namespace") != file {
		t.Error("origins are not told")
	}
}

func TestUnknownSettingsAreRefused(t *testing.T) {
	t.Parallel()
	if _, _, err := load(t, write(t, "listen: x\nlissten: y\ntemporal: {adress: z}\n", 0o600), nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("file: %v", err)
	}
	if _, _, err := load(t, "", []string{"SOJOURN_DATABSE_URL=x"}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("environment: %v", err)
	}
	if _, _, err := load(t, "/nowhere.yaml", nil, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("no file: %v", err)
	}
	if _, err := config.Load("", []string{"SOJOURN_FAULT=x"}, func(n string) bool { return n == "SOJOURN_FAULT" }); err != nil {
		t.Errorf("ignored: %v", err)
	}
}

func TestSecretsFromFilesAndNeverShown(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, src, err := load(t, "", []string{"SOJOURN_SECRET_FILE=" + file, "SOJOURN_DATABASE_URL=mysql://ann:hunter2@db:3306/sojourn", "SOJOURN_SMTP_URL=smtp://u:hunter3@mail", "SOJOURN_TEMPORAL_API_KEY=hunter4"}, nil)
	if err != nil || c.Secret != good {
		t.Fatalf("%q, %v", c.Secret, err)
	}
	var out strings.Builder
	if err := c.Effective(&out, src); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{good, "hunter2", "hunter3", "hunter4"} {
		if strings.Contains(out.String(), s) {
			t.Errorf("shows %s:\n%s", s, out.String())
		}
	}
	for _, s := range []string{"secret: (set)  # SOJOURN_SECRET_FILE", "  url: \"mysql://ann:xxxxx@db:3306/sojourn\"", "temporal:\n  address: \"127.0.0.1:7233\"", "  tls:\n    enabled: false"} {
		if !strings.Contains(out.String(), s) {
			t.Errorf("lacks %q:\n%s", s, out.String())
		}
	}
	_, src, err = load(t, write(t, "secret: "+good+"\n", 0o644), nil, nil)
	if err != nil || len(src.Warnings) != 1 {
		t.Errorf("a readable file with a secret: %v, %v", src, err)
	}
}

// S31: nothing starts with a short or default key, and all mistakes are told at once.
func TestValidate(t *testing.T) {
	t.Parallel()
	base, _, err := load(t, "", []string{"SOJOURN_SECRET=" + good, "SOJOURN_DATABASE_URL=sqlite:///x.db"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []config.Part{config.DatabaseOnly, config.ServerPart, config.WorkerPart} {
		if err := base.Validate(p); err != nil {
			t.Errorf("part %d: %v", p, err)
		}
	}
	for path, change := range map[string]func(*config.Config){
		"secret":           func(c *config.Config) { c.Secret = "" },
		"secret ":          func(c *config.Config) { c.Secret = "short" },
		"secret  ":         func(c *config.Config) { c.Secret = strings.Repeat("a", 40) },
		"secret   ":        func(c *config.Config) { c.Secret = "changeme-changeme-changeme-changeme" },
		"old_secrets":      func(c *config.Config) { c.OldSecrets = []string{"short"} },
		"database.url":     func(c *config.Config) { c.Database.URL = "postgres://x" },
		"listen":           func(c *config.Config) { c.Listen = "8080" },
		"public_url":       func(c *config.Config) { c.PublicURL = "sojourn.example.com" },
		"temporal.address": func(c *config.Config) { c.Temporal.Address = "x" },
		"temporal.tls.key": func(c *config.Config) { c.Temporal.TLS.Cert = os.DevNull },
	} {
		c := base
		change(&c)
		err := c.Validate(config.ServerPart)
		if err == nil || !strings.Contains(fields(err), strings.TrimSpace(path)) {
			t.Errorf("%s: %v", path, fields(err))
		}
	}
	all := config.Config{}
	if n := strings.Count(fields(all.Validate(config.ServerPart)), ";"); n < 5 {
		t.Errorf("only %d mistakes of an empty configuration are told", n)
	}
}

func fields(err error) string {
	known, _ := err.(*fault.Error)
	if known == nil {
		return ""
	}
	var out strings.Builder
	for _, f := range known.Fields {
		out.WriteString(f.Path + ": " + f.Message + "; ")
	}
	return out.String()
}

func TestExposures(t *testing.T) {
	t.Parallel()
	c, _, _ := load(t, "", nil, nil)
	if got := c.Exposures(); len(got) != 0 {
		t.Errorf("defaults: %v", got)
	}
	c.Listen = "0.0.0.0:8080"
	if got := c.Exposures(); len(got) != 1 {
		t.Errorf("open without https: %v", got)
	}
	c.PublicURL = "https://x.example"
	if got := c.Exposures(); len(got) != 0 || !c.Secure() {
		t.Errorf("behind a proxy: %v", got)
	}
}

func TestKeysDiffer(t *testing.T) {
	t.Parallel()
	c := config.Config{Secret: good, OldSecrets: []string{good + "x"}}
	if string(c.Key("a")) == string(c.Key("b")) || len(c.Key("a")) != 32 || string(c.OldKeys("a")[0]) == string(c.Key("a")) {
		t.Error("keys of different uses are the same")
	}
}

// Every setting has a flag of the derived name and says what it is for.
func TestEverySettingHasItsFlag(t *testing.T) {
	t.Parallel()
	var cli struct {
		config.Config `embed:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range parser.Model.Flags {
		have[f.Name] = true
	}
	for _, s := range config.Settings() {
		if !have[s.Flag] || s.Help == "" {
			t.Errorf("%s: flag %v, help %q", s.Path, have[s.Flag], s.Help)
		}
	}
}
