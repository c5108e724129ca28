package smtpsink

import "time"

// Step scripts one attempt at one recipient. The zero Step accepts.
type Step struct {
	Mail  string        // reply line to MAIL instead of 250, e.g. "421 4.3.2 shutting down"
	Rcpt  string        // reply line to RCPT instead of 250, e.g. "451 4.7.1 greylisted"
	Data  string        // reply line to DATA instead of 354
	Final string        // reply line after the terminator instead of 250, e.g. "554 5.7.1 policy"
	Delay time.Duration // wait before the final reply
	Drop  Drop          // close the connection here
	Raw   []byte        // bytes sent instead of the final reply, e.g. garbage or ten megabytes
}

// Drop says where the connection is closed without a further word.
type Drop string

// The places.
const (
	DropAtRcpt      Drop = "rcpt"       // on RCPT
	DropAtData      Drop = "data"       // on DATA, before 354
	DropMidBody     Drop = "mid-body"   // after the first bytes of the body
	DropBeforeReply Drop = "terminator" // the whole message was read, no reply is sent: the lost answer
)

// Ready-made steps.
var (
	Accept         = Step{}
	LostAnswer     = Step{Drop: DropBeforeReply}
	Greylisted     = Step{Rcpt: "451 4.7.1 Greylisted, try again later"}
	MailboxFull    = Step{Rcpt: "452 4.2.2 Mailbox full"}
	TemporaryFinal = Step{Final: "451 4.3.0 Try again later"}
	UserUnknown    = Step{Rcpt: "550 5.1.1 User unknown"}
	PolicyRefusal  = Step{Final: "554 5.7.1 Message refused by policy"}
	TooLarge       = Step{Final: "552 5.3.4 Message too big"}
	ShuttingDown   = Step{Mail: "421 4.3.2 Service shutting down"}
)

// Message is one DATA conversation.
type Message struct {
	At         time.Time // when DATA was answered with 354
	From       string
	To         []string
	Data       []byte // with dots unstuffed; as far as it came
	Terminated bool   // <CRLF>.<CRLF> was read: a sender must treat the message as possibly accepted
	Answered   bool   // the final reply was written completely
	Reply      string // what it was
}

// Accepted reports that the server took responsibility: it read everything and would have said 250 or did.
func (m Message) Accepted() bool {
	return m.Terminated && (m.Reply == "" || m.Reply[0] == '2')
}
