package journey

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What a Catalogue may know beside templates, audiences, events and channels. Each is asked only if the catalogue has it.
type (
	// KnowsOffers knows the offers by key.
	KnowsOffers interface{ HasOffer(key string) bool }
	// KnowsLists knows the static lists by key.
	KnowsLists interface{ HasList(key string) bool }
	// KnowsJourneys knows whether there is a published journey that an enter step may start.
	KnowsJourneys interface{ HasEnterable(key string) bool }
	// KnowsCode knows the exits of a registered code step.
	KnowsCode interface {
		CodeExits(stepType string) (exits []string, ok bool)
	}
	// KnowsMembers knows whether an address belongs to a member of the workspace.
	KnowsMembers interface{ HasMember(email string) bool }
)

// reservedAttributes are fields of the customer with rules of their own; a journey does not write them.
var reservedAttributes = []string{"id", "external_id", "user_id", "email", "phone", "locale", "timezone", "country",
	"birthday", "no_profiling", "restricted", "legal_hold", "paused_until"}

// reservedContext are values that Sojourn itself keeps in a run's context.
var reservedContext = []string{"object", "offer", "sojourn"}

var (
	contextPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	headerPattern  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// Values of RewardStep.Kind.
const (
	RewardPoints   = "points"
	RewardVoucher  = "voucher"
	RewardDiscount = "discount"
)

// TaskTypes lists what TaskStep.Type may be.
func TaskTypes() []string { return []string{"call", "gift", "card", "review", "other"} }

func (v *validator) split(path string, s SplitStep) {
	if len(s.Variants) < 2 {
		v.add(path+".variants", CodeRequired, "a split needs at least two variants")
	}
	v.tooMany(path+".variants", len(s.Variants))
	names, sum := map[string]bool{}, 0.0
	for i, x := range s.Variants {
		at := fmt.Sprintf("%s.variants[%d]", path, i)
		v.exitName(at+".name", x.Name, names)
		if !(x.Weight >= 0 && x.Weight <= 1e6) { // NaN lies nowhere
			v.add(at+".weight", CodeInvalid, "the weight must lie between 0 and 1,000,000")
		} else {
			sum += x.Weight
		}
	}
	if len(s.Variants) > 0 && sum == 0 {
		v.add(path+".variants", CodeInvalid, "no variant has a weight; nobody could go on")
	}
	v.length(path+".seed", s.Seed, 128)
	switch {
	case s.Metric == "":
	case s.Metric == "goal":
		if v.doc.Goal == nil {
			v.add(path+".metric", CodeUnknownThing, "the journey has no goal that could count as success")
		}
	default:
		v.event(path+".metric", s.Metric)
	}
}

func (v *validator) send(path string, s SendStep) {
	channels := []string{s.Channel}
	v.channel(path+".channel", s.Channel)
	for i, name := range s.Fallback {
		at := fmt.Sprintf("%s.fallback[%d]", path, i)
		if slices.Contains(channels, name) {
			v.add(at, CodeDuplicate, "the channel %q is tried already", name)
		} else {
			v.channel(at, name)
		}
		channels = append(channels, name)
	}
	if s.Template == "" {
		v.add(path+".template", CodeRequired, "choose a template")
	} else if v.known != nil {
		bodies, ok := v.known.TemplateChannels(s.Template)
		if !ok {
			v.add(path+".template", CodeUnknownThing, "there is no template %q", s.Template)
		}
		for _, name := range channels {
			if ok && name != "" && !slices.Contains(bodies, name) {
				v.add(path+".template", CodeUnknownThing, "the template %q has no body for %s", s.Template, name)
			}
		}
	}
	if s.Purpose != "" && !keyPattern.MatchString(s.Purpose) {
		v.add(path+".purpose", CodeInvalid, "%q is not the key of a purpose", s.Purpose)
	}
	v.priority(path+".priority", s.Priority)
	v.duration(path+".expires", s.Expires, false)
	if s.Offer != "" {
		v.stepOfKind(path+".offer", s.Offer, StepOffer)
	}
}

func (v *validator) channel(path, name string) {
	if name == "" {
		v.add(path, CodeRequired, "say over which channel")
	} else if v.known != nil && !v.known.HasChannel(name) {
		v.add(path, CodeUnknownThing, "there is no channel %q", name)
	}
}

func (v *validator) offer(path, key string, required bool) {
	switch known, asks := v.known.(KnowsOffers); {
	case key == "" && required:
		v.add(path, CodeRequired, "choose an offer")
	case key == "":
	case !keyPattern.MatchString(key):
		v.add(path, CodeInvalid, "%q is not the key of an offer", key)
	case asks && !known.HasOffer(key):
		v.add(path, CodeUnknownThing, "there is no offer %q", key)
	}
}

func (v *validator) reward(path string, r RewardStep) {
	switch r.Kind {
	case RewardPoints, RewardDiscount:
		if r.Amount <= 0 {
			v.add(path+".amount", CodeRequired, "say how much")
		}
		v.foreign(r.Offer != "", path+".offer", "a reward of kind voucher")
	case RewardVoucher:
		v.offer(path+".offer", r.Offer, true)
		v.foreign(r.Amount != 0, path+".amount", "a reward of points or of a discount")
	case "":
		v.add(path+".kind", CodeRequired, "say what is granted: points, voucher or discount")
	default:
		v.add(path+".kind", CodeInvalid, "%q is not a reward: write points, voucher or discount", r.Kind)
	}
	v.length(path+".to", r.To, 128)
	v.length(path+".reason", r.Reason, 200)
}

func (v *validator) update(path string, u UpdateStep) {
	if len(u.Set)+len(u.Add)+len(u.Join)+len(u.Leave)+len(u.Unsubscribe) == 0 {
		v.add(path+".set", CodeRequired, "name at least one thing to change")
	}
	for _, name := range slices.Sorted(maps.Keys(u.Set)) {
		v.attribute(path+".set."+name, name)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Add)) {
		v.attribute(path+".add."+name, name)
		if n := u.Add[name]; n != n || n < -1e12 || n > 1e12 {
			v.add(path+".add."+name, CodeInvalid, "the number is not usable")
		}
		if _, twice := u.Set[name]; twice {
			v.add(path+".add."+name, CodeDuplicate, "%q is set already", name)
		}
	}
	for i, key := range u.Join {
		v.list(fmt.Sprintf("%s.join[%d]", path, i), key)
	}
	for i, key := range u.Leave {
		at := fmt.Sprintf("%s.leave[%d]", path, i)
		v.list(at, key)
		if slices.Contains(u.Join, key) {
			v.add(at, CodeDuplicate, "the list %q is joined and left", key)
		}
	}
	for i, topic := range u.Unsubscribe {
		if !keyPattern.MatchString(topic) {
			v.add(fmt.Sprintf("%s.unsubscribe[%d]", path, i), CodeInvalid, "%q is not the key of a topic", topic)
		}
	}
}

func (v *validator) attribute(path, name string) {
	if slices.Contains(reservedAttributes, name) {
		v.add(path, CodeReservedField, "a journey can't change %q", name)
	} else if name == "" || len(name) > 128 {
		v.add(path, CodeInvalid, "the name of an attribute has 1 to 128 bytes")
	}
}

func (v *validator) list(path, key string) {
	if !keyPattern.MatchString(key) {
		v.add(path, CodeInvalid, "%q is not the key of a list", key)
	} else if known, asks := v.known.(KnowsLists); asks && !known.HasList(key) {
		v.warn(path, CodeUnknownThing, "there is no list %q yet; it is made when the first customer joins", key)
	}
}

func (v *validator) notify(path string, n NotifyStep) {
	switch n.Channel {
	case "email":
		if !strings.Contains(n.To, "@") {
			v.add(path+".to", CodeRequired, "name the address of a member of the workspace")
		} else if known, asks := v.known.(KnowsMembers); asks && !known.HasMember(n.To) {
			v.add(path+".to", CodeUnknownThing, "%q is no member of this workspace", n.To)
		}
	case "webhook":
		v.url(path+".to", n.To)
	case "":
		v.add(path+".channel", CodeRequired, "say how: email or webhook")
	default:
		v.add(path+".channel", CodeInvalid, "%q is unknown: write email or webhook", n.Channel)
	}
	if strings.TrimSpace(n.Text) == "" {
		v.add(path+".text", CodeRequired, "say what to tell")
	}
	v.length(path+".subject", n.Subject, 200)
	v.length(path+".text", n.Text, 10_000)
}

func (v *validator) url(path, text string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		v.add(path, CodeRequired, "the address is missing, for example https://example.com/hook")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		v.add(path, CodeInvalid, "%q is not a web address; write for example https://example.com/hook", text)
	case u.User != nil:
		v.add(path, CodeInvalid, "an address with a password would be readable by everybody who sees the journey")
	}
}

func (v *validator) webhook(path string, w WebhookStep) {
	v.url(path+".url", w.URL)
	if !slices.Contains([]string{"", "POST", "PUT", "GET"}, w.Method) {
		v.add(path+".method", CodeInvalid, "%q is unknown: write POST, PUT or GET", w.Method)
	}
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		switch {
		case !headerPattern.MatchString(name):
			v.add(path+".headers."+name, CodeInvalid, "%q is not the name of a header", name)
		case strings.EqualFold(name, "authorization") || strings.EqualFold(name, "cookie") || strings.EqualFold(name, "host"):
			v.add(path+".headers."+name, CodeReservedField, "the header %q can't be set; the call is signed instead", name)
		}
	}
	if w.Method == "GET" {
		v.foreign(len(w.Body) > 0, path+".body", "a call with POST or PUT")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Save)) {
		v.contextName(path+".save."+name, name)
		if strings.TrimSpace(w.Save[name]) == "" {
			v.add(path+".save."+name, CodeRequired, "say where in the answer %q stands, for example room.number", name)
		}
	}
	v.duration(path+".retry", w.Retry, false)
}

func (v *validator) task(path string, t TaskStep) {
	if t.Type == "" {
		v.add(path+".type", CodeRequired, "say what kind of task it is: %s", strings.Join(TaskTypes(), ", "))
	} else if !slices.Contains(TaskTypes(), t.Type) {
		v.add(path+".type", CodeInvalid, "%q is not a kind of task: write %s", t.Type, strings.Join(TaskTypes(), ", "))
	}
	if strings.TrimSpace(t.Title) == "" {
		v.add(path+".title", CodeRequired, "the task needs a title")
	}
	v.length(path+".title", t.Title, 200)
	v.length(path+".instructions", t.Instructions, 10_000)
	v.length(path+".role", t.Role, 64)
	v.duration(path+".due", t.Due, false)
	for i, name := range t.Fields {
		if name == "" || len(name) > 128 {
			v.add(fmt.Sprintf("%s.fields[%d]", path, i), CodeInvalid, "the name of an attribute has 1 to 128 bytes")
		}
	}
	v.tooMany(path+".outcomes", len(t.Outcomes))
	names := map[string]bool{ExitTimeout: true}
	for i, o := range t.Outcomes {
		v.exitName(fmt.Sprintf("%s.outcomes[%d].name", path, i), o.Name, names)
	}
}

func (v *validator) enter(path string, e EnterStep) {
	switch known, asks := v.known.(KnowsJourneys); {
	case e.Journey == "":
		v.add(path+".journey", CodeRequired, "choose a journey")
	case !keyPattern.MatchString(e.Journey):
		v.add(path+".journey", CodeInvalid, "%q is not the key of a journey", e.Journey)
	case e.Journey == v.doc.Key && e.Customer == "":
		v.add(path+".journey", CodeInvalid, "a customer can't enter the journey he is in")
	case asks && !known.HasEnterable(e.Journey):
		v.add(path+".journey", CodeUnknownThing, "there is no published journey %q of entry kind api", e.Journey)
	}
	v.length(path+".customer", e.Customer, 128)
	for _, name := range slices.Sorted(maps.Keys(e.Data)) {
		v.contextName(path+".data."+name, name)
	}
}

func (v *validator) code(path string, c CodeStep) {
	known, asks := v.known.(KnowsCode)
	switch {
	case c.Type == "":
		v.add(path+".type", CodeRequired, "choose a type of step that a developer has registered")
	case !keyPattern.MatchString(c.Type):
		v.add(path+".type", CodeInvalid, "%q is not a type of step", c.Type)
	case asks:
		exits, ok := known.CodeExits(c.Type)
		if !ok {
			v.add(path+".type", CodeUnknownThing, "no worker has registered a step of type %q", c.Type)
		}
		for _, name := range slices.Sorted(maps.Keys(c.On)) {
			if ok && !slices.Contains(exits, name) {
				v.add(path+".on."+name, CodeUnknownThing, "a step of type %q has no exit %q", c.Type, name)
			}
		}
	}
	v.settings(path, CodeKindStep, c.Type, c.Settings)
	v.tooMany(path+".on", len(c.On))
	for _, name := range slices.Sorted(maps.Keys(c.On)) {
		if name == "" || len(name) > 64 || name == ExitNext {
			v.add(path+".on."+name, CodeInvalid, "%q is not the name of an exit", name)
		}
	}
}
