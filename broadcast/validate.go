package broadcast

import (
	"fmt"
	"regexp"
	"time"

	"sojourn/audience"
	"sojourn/fault"
	"sojourn/journey"
)

// Known is what a definition refers to.
type Known struct {
	Template func(key, channel string) (exists, hasBody bool)
	Journey  func(key string) bool
	Channels []string
	Zone     string // of the workspace
}

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// ValidKey reports whether a text can be the key of a broadcast.
func ValidKey(key string) bool { return keyForm.MatchString(key) }

// Validate tells everything that keeps a definition from being scheduled at a moment; nil when it is sound.
func Validate(d Definition, known Known, now time.Time) []fault.Field {
	v := checker{}
	d = d.Filled()
	v.when(d.Purpose == "", "purpose", "say what it is about, for example newsletter: permissions are asked for it")
	v.when(d.Template == "", "template", "choose the message")
	channel := false
	for _, c := range known.Channels {
		channel = channel || c == d.Channel
	}
	v.when(!channel, "channel", "there is no channel %q here", d.Channel)
	if d.Template != "" && channel && known.Template != nil {
		exists, body := known.Template(d.Template, d.Channel)
		v.when(!exists, "template", "there is no template %q", d.Template)
		v.when(exists && !body, "template", "template %q has nothing for the channel %s", d.Template, d.Channel)
	}
	v.when(d.Priority < 1 || d.Priority > 100, "priority", "between 1 and 100")
	v.when(d.RatePerHour < 0, "rate_per_hour", "not less than 0")
	if d.Audience != nil {
		v.condition("audience", *d.Audience)
	}
	for i, c := range d.Exclude.Conditions {
		v.condition(fmt.Sprintf("exclude.conditions[%d]", i), c)
	}
	for i, key := range d.Exclude.Journeys {
		v.when(known.Journey != nil && !known.Journey(key), fmt.Sprintf("exclude.journeys[%d]", i), "there is no journey %q", key)
	}
	v.duration("exclude.mailed_within", d.Exclude.MailedWithin)
	v.duration("expires", d.Expires)
	v.schedule(d.Schedule, known.Zone, now)
	return v.fields
}

type checker struct{ fields []fault.Field }

func (v *checker) when(wrong bool, path, text string, args ...any) {
	if wrong {
		v.fields = append(v.fields, fault.Field{Path: path, Message: fmt.Sprintf(text, args...)})
	}
}

func (v *checker) condition(path string, c audience.Condition) {
	for _, i := range audience.ValidateIn(c, audience.ScopeAudience) {
		at := path
		if i.Path != "" {
			at += "." + i.Path
		}
		v.when(true, at, "%s", i.Message)
	}
}

// duration refuses what is no duration, and one that is not a time forward.
func (v *checker) duration(path, text string) {
	if text == "" {
		return
	}
	d, err := journey.ParseDuration(text)
	if err != nil {
		v.when(true, path, "%s", err)
		return
	}
	start := time.Unix(0, 0).UTC()
	v.when(!d.AddTo(start, time.UTC).After(start), path, "longer than nothing")
}

func (v *checker) schedule(s Schedule, workspace string, now time.Time) {
	if _, err := s.Zone(workspace); err != nil {
		v.when(true, "schedule.timezone", "%s", err)
		return
	}
	switch s.Kind {
	case Now:
		v.when(s.Local, "schedule.local", "a local time needs a time: choose when")
		return
	case At:
		at, err := s.Next(now, workspace)
		if err != nil {
			v.when(true, "schedule.at", "%s", err)
			return
		}
		v.when(at.Before(now), "schedule.at", "this time has passed")
	case Cron:
		v.cron(s, workspace, now)
	default:
		v.when(true, "schedule.kind", "write now, at or cron")
	}
}

func (v *checker) cron(s Schedule, workspace string, now time.Time) {
	if err := journey.CheckCron(s.Cron); err != nil {
		v.when(true, "schedule.cron", "%s", err)
		return
	}
	v.duration("schedule.catch_up", s.CatchUp)
	coming, err := s.Coming(now, workspace, 25)
	v.when(err != nil || len(coming) == 0, "schedule.cron", "it never comes round")
	for i := range coming {
		if i > 0 && coming[i].Sub(coming[i-1]) < shortest {
			v.when(true, "schedule.cron", "at most once an hour")
			return
		}
	}
}
