// Package channels is the port through which messages leave, and the adapters beneath it.
//
// A Sender hands a message over in two halves. Prepare goes as far as it can without giving the provider anything it
// could deliver (SMTP: up to the 354 after DATA; HTTP: connection ready). Between the halves the ledger's fence decides.
// Commit then gives the message away. What a failure means depends on the half:
//
//	before the message was given away   definitely not accepted: Retry or Rejected
//	given away, no readable answer      Unknown: it may have been accepted
//	answer read                         Accepted, Retry (4xx) or Rejected (5xx)
//
// A Failure also says whose fault it is: the message's, the recipient's address (suppress it) or the sender's (pause it;
// a wrong password must never suppress people).
//
// smtp/ sends e-mail; inbox/ keeps messages in the built-in inbox and stands in for any channel; channelstest/ is the
// suite that every adapter passes.
package channels
