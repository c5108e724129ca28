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
	Issue    func(broadcast string, number int) bool // number 0 asks for the broadcast itself
	Liquid   func(text string) error                 // nil error when a subject can be read
	Self     string                                  // key of the broadcast itself
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
	for i, key := range d.Exclude.Broadcasts {
		at := fmt.Sprintf("exclude.broadcasts[%d]", i)
		v.when(key == known.Self && key != "", at, "a broadcast can't leave out its own recipients")
		v.when(known.Issue != nil && !known.Issue(key, 0), at, "there is no broadcast %q", key)
	}
	v.duration("exclude.mailed_within", d.Exclude.MailedWithin)
	v.subject("subject", d.Subject, known)
	v.test(d, known)
	v.resend(d.Resend, known)
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

// subject checks a subject line that stands for the template's.
func (v *checker) subject(path, text string, known Known) {
	v.when(len(text) > 500, path, "at most 500 bytes")
	if text == "" || known.Liquid == nil {
		return
	}
	if err := known.Liquid(text); err != nil {
		v.when(true, path, "%s", err)
	}
}

func (v *checker) test(d Definition, known Known) {
	t := d.Test
	if t == nil {
		return
	}
	v.when(d.Channel != DefaultChannel, "test", "only e-mail has subjects")
	v.when(d.Schedule.Local, "test", "a winner needs one moment for everybody: take one clock, or no test")
	v.when(len(t.Subjects) < leastSubjects || len(t.Subjects) > mostSubjects, "test.subjects", "%d to %d subjects", leastSubjects, mostSubjects)
	seen := map[string]bool{}
	for i, s := range t.Subjects {
		at := fmt.Sprintf("test.subjects[%d]", i)
		v.when(s == "", at, "write a subject")
		v.when(s != "" && seen[s], at, "the same as another")
		v.subject(at, s, known)
		seen[s] = true
	}
	v.when(t.Share < 1 || t.Share > 100, "test.share", "between 1 and 100 percent")
	v.when(t.Metric != Opened && t.Metric != Clicked, "test.metric", "opened or clicked")
	v.duration("test.wait", t.Wait)
}

func (v *checker) resend(r *Resend, known Known) {
	if r == nil {
		return
	}
	v.when(r.Unless != Opened && r.Unless != Clicked, "resend.unless", "opened or clicked")
	v.when(known.Issue != nil && (r.Issue < 1 || !known.Issue(r.Broadcast, r.Issue)), "resend.issue", "there is no issue %d of broadcast %q", r.Issue, r.Broadcast)
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
