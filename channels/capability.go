package channels

// Capability says what a channel is able to carry.
type Capability struct {
	Name    string
	Address string // what it is addressed by: "email", "phone", or "customer" where the receiver is found by the customer's id
	HTML    bool   // else plain text
	Subject bool
	Links   bool // a link can be followed from it
}

// Known lists the channels that a message may be written for. Those without a provider end in the built-in inbox.
var Known = []Capability{
	{Name: "email", Address: "email", HTML: true, Subject: true, Links: true},
	{Name: "sms", Address: "phone", Links: true},
	{Name: "push", Address: "customer", Subject: true, Links: true},
	{Name: "web", Address: "customer", Subject: true, Links: true},
	{Name: "print", Address: "customer", Subject: true},
}

// Names lists their names.
func Names() []string {
	out := make([]string, len(Known))
	for i, c := range Known {
		out[i] = c.Name
	}
	return out
}
