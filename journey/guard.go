package journey

// Causes for which a journey pauses by itself.
const (
	CauseBounce      = "bounce"
	CauseComplaint   = "complaint"
	CauseUnsubscribe = "unsubscribe"
)

// Guard are the lines, in percent of the messages handed over, at which a journey pauses by itself. Sample is how many
// messages it takes before a rate means anything. A line of 0 is none.
type Guard struct {
	Bounce      float64 `json:"bounce"`
	Complaint   float64 `json:"complaint"`
	Unsubscribe float64 `json:"unsubscribe"`
	Sample      int64   `json:"sample"`
}

// DefaultGuard stays under what large mailbox providers put up with: they ask for less than 0.3 % complaints.
var DefaultGuard = Guard{Bounce: 5, Complaint: 0.3, Unsubscribe: 5, Sample: 200}

// Rates are counts of one journey in the guard's window.
type Rates struct {
	Sent, Bounced, Complained, Unsubscribed int64
}

// Judge names the first line that was passed, and how many messages passed it; "" when none was.
func (g Guard) Judge(r Rates) (cause string, measured int64) {
	if r.Sent == 0 || r.Sent < g.Sample {
		return "", 0
	}
	over := func(n int64, percent float64) bool { return percent > 0 && float64(n)*100 > percent*float64(r.Sent) }
	switch {
	case over(r.Complained, g.Complaint):
		return CauseComplaint, r.Complained
	case over(r.Bounced, g.Bounce):
		return CauseBounce, r.Bounced
	case over(r.Unsubscribed, g.Unsubscribe):
		return CauseUnsubscribe, r.Unsubscribed
	}
	return "", 0
}
