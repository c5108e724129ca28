// Package kittest tests journeys and steps that are written in Go with package kit, and any other journey:
//
//	func TestThanks(t *testing.T) {
//		w := kittest.New(t, thanks.Register)
//		w.Journey("thanks", nil)
//		ann := w.Customer("ann", nil)
//		ann.Consents("email", "marketing")
//		ann.Does("Order Completed", kittest.Props{"order_id": "o-1", "total": 20, "currency": "EUR"})
//		ann.ExpectAt("pause")
//		w.Advance(3 * kittest.Day)
//		ann.ExpectSend("thanks")
//		ann.Does("Review Written", nil)
//		ann.ExpectOutcome("reviewed")
//	}
//
// There is no second engine here. A World is a workspace of its own on a database of its own, in the directory of the test:
// what a customer does goes through the product's ingestion and router, his run through the product's workflow in Temporal's
// test environment, and a message through the product's gate (consent, caps, quiet hours, suppression), templates and
// ledger into the built-in inbox. What a test shows here is what happens in production; only time and the outside are not
// real. The clock belongs to the test: nothing moves until Advance moves it, and a journey of months takes milliseconds.
//
// A template that a journey names and the test has not written (World.Template) gets a plain text. Customers have given no
// permission until the test says so, and an address (NAME@example.com) as long as it says nothing else. Outgoing calls reach
// this machine only: give a webhook step the address of an httptest.Server.
//
// An expectation that does not hold ends the test and says what was expected, what is, and how the customer got there. For
// what has no expectation of its own there are Customer.Run and World.Store.
//
// Replay (for histories that `sojourn replay --save` has exported) says whether runs that are asleep can go on with the code
// as it is now.
package kittest
