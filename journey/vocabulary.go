package journey

// OwnEvents are the events that Sojourn itself makes or gives a meaning of its own, with the properties they carry. A
// document may listen for them before the first one has come.
var OwnEvents = map[string][]string{
	"Message Opened":    {"send_id", "template", "channel"},
	"Message Clicked":   {"link", "send_id", "template", "channel"},
	EventTaskCompleted:  {"task_id", "outcome", "step"},
	"Consent Granted":   {"channel", "purpose", "source"},
	"Consent Withdrawn": {"channel", "purpose", "source"},
	"Object Created":    {"object_type", "object_key", "status"},
	"Object Changed":    {"object_type", "object_key", "status", "changed"},
	"Object Cancelled":  {"object_type", "object_key", "status"},
	"Referral Claimed":  {"code"},
	"Referral Joined":   {"claim", "program"},
	"Referral Progress": {"claim", "notice", "program", "state", "reason", "reward"},
	"Order Refunded":    {"order_id", "refund_id", "total", "currency"},
	"Order Cancelled":   {"order_id"},
}

// neverSeen is true for an event that nobody has sent so far and that Sojourn does not make itself.
func (v *validator) neverSeen(name string) bool {
	_, own := OwnEvents[name]
	return !own && v.known != nil && !v.known.HasEvent(name)
}
