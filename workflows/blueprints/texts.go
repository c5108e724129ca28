package blueprints

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// written is a template as it stands in its file. Texts may say [[, name]] for the first name behind a comma, where one is
// known, and [[date context.object.dates.end]] for a day in words.
type written struct {
	Key    string `yaml:"key"`
	Name   string `yaml:"name"`
	Class  string `yaml:"class"`
	Bodies []struct {
		Locale    string `yaml:"locale"`
		Subject   string `yaml:"subject"`
		Preheader string `yaml:"preheader"`
		Content   string `yaml:"content"`  // h1, p, ul, li, strong and a; their looks come from here
		SignOff   string `yaml:"sign_off"` // default: that of the language
		Print     *struct {
			Subject string `yaml:"subject"`
			Text    string `yaml:"text"`
		} `yaml:"print"`
	} `yaml:"bodies"`
}

// frame is what all messages of a language share.
type frame struct {
	SignOff   string `yaml:"sign_off"`
	Marketing string `yaml:"marketing"`
	Service   string `yaml:"service"`
	Months    string `yaml:"months"`
	First     string `yaml:"first"` // how the first day of a month is said, if not by its number
}

func (f frame) footer(class string) string {
	if class == "service" {
		return f.Service
	}
	return f.Marketing
}

func read(name string, into any) error {
	text, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func template(key string) (Template, error) {
	var w written
	frames := map[string]frame{}
	layout, err := files.ReadFile("layout.html")
	if err == nil {
		err = read("templates/"+key+".yaml", &w)
	}
	if err == nil {
		err = read("frame.yaml", &frames)
	}
	t := Template{Key: w.Key, Name: w.Name, Class: w.Class}
	for _, b := range w.Bodies {
		f := frames[b.Locale]
		say := func(text string) string { return typeset(b.Locale, expand(f, strings.TrimSpace(text))) }
		sign := b.SignOff
		if sign == "" {
			sign = f.SignOff
		}
		content := say(b.Content) + "\n<p>" + say(sign) + "<br>{{ sender.name | default: workspace.name }}</p>"
		// The title of a page is no place for Liquid; mail programs show the subject anyway.
		title := strings.TrimSpace(liquid.ReplaceAllString(b.Preheader, ""))
		page := strings.NewReplacer(
			"[[locale]]", b.Locale, "[[title]]", html.EscapeString(title),
			"[[content]]", looks.Replace(content), "[[footer]]", small.Replace(say(f.footer(w.Class))),
		).Replace(string(layout))
		t.Bodies = append(t.Bodies, Body{Channel: "email", Locale: b.Locale, Subject: say(b.Subject), Preheader: say(b.Preheader), Text: page})
		if b.Print != nil {
			t.Bodies = append(t.Bodies, Body{Channel: "print", Locale: b.Locale, Subject: say(b.Print.Subject), Text: say(b.Print.Text)})
		}
	}
	return t, err
}

var (
	liquid = regexp.MustCompile(`\{[{%].*?[%}]\}`)
	dates  = regexp.MustCompile(`\[\[date ([a-z_.]+)\]\]`)
	looks  = strings.NewReplacer(
		"<h1>", `<h1 class="so-title" style="margin:0 0 16px 0;font-size:26px;line-height:1.3;color:#22211f;">`,
		"<p>", `<p style="margin:0 0 16px 0;">`,
		"<ul>", `<ul style="margin:0 0 16px 0;padding-left:22px;">`,
		"<li>", `<li style="margin:0 0 8px 0;">`,
		"<a href", `<a class="so-link" style="color:#7a4b12;font-weight:bold;" href`,
	)
	small = strings.NewReplacer("<a href", `<a class="so-link" style="color:#5c574d;" href`)
	// French puts a space before these that must not break the line.
	narrow = regexp.MustCompile(` ([?!:;»])([\s<{]|$)`)
)

func expand(f frame, text string) string {
	text = strings.ReplaceAll(text, "[[, name]]", "{% if customer.first_name %}, {{ customer.first_name }}{% endif %}")
	day := `{{ $1 | date: "%-d" }}`
	if f.First != "" {
		day = `{% assign day = $1 | date: "%-d" %}{% if day == "1" %}` + f.First + `{% else %}{{ day }}{% endif %}`
	}
	return dates.ReplaceAllString(text, `{% assign months = "`+f.Months+`" | split: "," %}{% assign month = $1 | date: "%m" | minus: 1 %}`+day+` {{ months[month] }}`)
}

func typeset(locale, text string) string {
	if locale != "fr" {
		return text
	}
	return narrow.ReplaceAllString(text, "\u00a0$1$2")
}
