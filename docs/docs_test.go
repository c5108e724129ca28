package docs_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/broadcast"
	"sojourn/config"
	"sojourn/journey"
)

// Every JSON example of the developer guide is a sound condition or, with a schedule, a sound broadcast; every YAML
// example is a sound journey.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	page := read(t, "guides/developer.md")
	conditions, journeys := blocks(page, "json"), blocks(page, "yaml")
	if len(conditions) < 5 || len(journeys) < 1 {
		t.Fatalf("found %d conditions and %d journeys; has the page changed its form?", len(conditions), len(journeys))
	}
	for _, text := range conditions {
		if strings.Contains(text, `"schedule"`) {
			var d broadcast.Definition
			dec := json.NewDecoder(strings.NewReader(text))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&d); err != nil {
				t.Errorf("%v in\n%s", err, text)
			}
			for _, problem := range broadcast.Validate(d, broadcast.Known{Channels: []string{"email"}, Zone: "UTC"}, time.Now()) {
				t.Errorf("%+v in\n%s", problem, text)
			}
			continue
		}
		var c audience.Condition
		dec := json.NewDecoder(strings.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		// An event's own properties can only be asked inside where, which the examples respect.
		for _, issue := range audience.Validate(c) {
			t.Errorf("%+v in\n%s", issue, text)
		}
	}
	for _, text := range journeys {
		document, err := journey.Parse([]byte(text))
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		for _, issue := range journey.Validate(document, nil) {
			t.Errorf("%+v in\n%s", issue, text)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for path, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", path, m[1])
			}
		}
	}
}

// Pictures load quickly, also on a phone.
func TestPicturesAreSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("images/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 300<<10 {
			t.Errorf("%s has %d KB, at most 300", f, info.Size()>>10)
		}
	}
}

// pages are all pages of the manual, and the ones at the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, root := range []string{"../README.md", "../CHANGELOG.md", "."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
				found[path] = read(t, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks are the fenced blocks of a language.
func blocks(page, language string) []string {
	var out []string
	for _, part := range strings.Split(page, "```"+language+"\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		out = append(out, text)
	}
	return out
}

var variable = regexp.MustCompile(`SOJOURN_[A-Z][A-Z_]*[A-Z]`)

// The operator guide lists every setting, and no page names one that does not exist.
func TestSettingsAreRight(t *testing.T) {
	t.Parallel()
	guide := read(t, "guides/operator.md")
	// Where the file is can't be a setting in it; the other two are for clients of an installation.
	known := map[string]bool{"SOJOURN_CONFIG": true, "SOJOURN_SERVER": true, "SOJOURN_API_KEY": true}
	for _, s := range config.Settings() {
		known[s.Env] = true
		if !strings.Contains(guide, "| `"+s.Env+"` |") {
			t.Errorf("guides/operator.md does not list %s", s.Env)
		}
	}
	for path, text := range pages(t) {
		for _, name := range variable.FindAllString(text, -1) {
			if !known[name] {
				t.Errorf("%s names %s, which does not exist", path, name)
			}
		}
	}
}

var testLink = regexp.MustCompile(`\[(Test\w+)\]\(([^)]+)\)`)

// Each defence that security.md claims is the test it names.
func TestClaimedTestsExist(t *testing.T) {
	t.Parallel()
	claims := testLink.FindAllStringSubmatch(read(t, "security.md"), -1)
	if len(claims) < 20 {
		t.Fatalf("found %d claims; has the page changed its form?", len(claims))
	}
	for _, c := range claims {
		if !strings.Contains(read(t, c[2]), "func "+c[1]+"(t *testing.T)") {
			t.Errorf("security.md claims %s in %s", c[1], c[2])
		}
	}
}
