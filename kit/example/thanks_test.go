package example_test

import (
	"testing"

	"sojourn/kit/example"
	"sojourn/kittest"
)

func TestWhoWritesAReview(t *testing.T) {
	w := kittest.New(t, example.Register)
	w.Journey("thanks", nil) // with the settings that are usual
	ann := w.Customer("ann", nil)
	ann.Consents("email", "marketing")

	ann.Orders(20)
	ann.ExpectAt("pause")
	w.Advance(3 * kittest.Day)
	ann.ExpectSend("thanks")
	w.Advance(7 * kittest.Day)
	ann.ExpectSend("thanks") // once more, because there was no review

	ann.Does("Review Written", nil)
	ann.ExpectOutcome("reviewed")
	ann.ExpectNoSend()
}

func TestWhoCancelsIsNotThanked(t *testing.T) {
	w := kittest.New(t, example.Register)
	w.Journey("thanks", example.Settings{After: "PT12H", Rounds: 1})
	bob := w.Customer("bob", nil)
	bob.Consents("email", "marketing")

	order := bob.Orders(35)
	bob.Does("Order Cancelled", kittest.Props{"order_id": order})
	w.AdvanceToEnd()
	bob.ExpectNoSend()
	bob.ExpectOutcome("cancelled")
}
