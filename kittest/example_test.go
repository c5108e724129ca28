package kittest_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"sojourn/kit/example"
	"sojourn/kittest"
)

// told is the *testing.T that an example does not have: it prints what a test would say.
type told struct {
	testing.TB
	dir  string
	ends []func()
}

func tell(story func(t testing.TB)) {
	dir, err := os.MkdirTemp("", "kittest-example-*")
	if err != nil {
		panic(err)
	}
	t := &told{dir: dir}
	defer os.RemoveAll(dir)
	defer func() {
		for i := len(t.ends) - 1; i >= 0; i-- {
			t.ends[i]()
		}
		if p := recover(); p != nil && p != any(t) {
			panic(p)
		}
	}()
	story(t)
}

func (t *told) Helper()                  {}
func (t *told) Context() context.Context { return context.Background() }
func (t *told) TempDir() string          { return t.dir }
func (t *told) Cleanup(end func())       { t.ends = append(t.ends, end) }
func (t *told) Fatal(args ...any)        { t.Fatalf("%s", fmt.Sprint(args...)) }
func (t *told) Fatalf(format string, args ...any) {
	fmt.Printf(format+"\n", args...)
	panic(t)
}

// A journey told as a story, and what happened in it.
func Example() {
	tell(func(t testing.TB) { // in a test of your own: func TestThanks(t *testing.T)
		w := kittest.New(t, example.Register)
		w.Journey("thanks", nil)
		ann := w.Customer("ann", nil)
		ann.Consents("email", "marketing")
		ann.Orders(20)
		w.Advance(3 * kittest.Day)
		ann.ExpectSend("thanks")
		ann.Does("Review Written", nil)
		ann.ExpectOutcome("reviewed")
		fmt.Println(ann.Run().Way)
	})
	// Output: [pause:next ask:sent review:written]
}

// What a failed expectation says.
func ExampleCustomer_ExpectSend() {
	tell(func(t testing.TB) {
		w := kittest.New(t, example.Register)
		w.Journey("thanks", nil)
		bob := w.Customer("bob", nil) // who gave no permission
		bob.Orders(10)
		w.Advance(3 * kittest.Day)
		bob.ExpectSend("thanks")
	})
	// Output:
	// bob, Thu 4 Jun 10:00:
	//   expected: a message from template "thanks"
	//   got:      the send at step "ask" is skipped, no_consent
	// what the test let happen:
	//   Mon 1 Jun 10:00  journey thanks is live
	//   Mon 1 Jun 10:00  bob: Order Completed {"currency":"EUR","order_id":"bob-1","total":10}
	//   Mon 1 Jun 10:00  time passes until Thu 4 Jun 10:00
	// bob in thanks, from Mon 1 Jun 10:00:
	//   Thu 4 Jun 10:00  pause -> next
	//   Thu 4 Jun 10:00  ask -> skipped (thanks: skipped, no_consent)
	//   it ended: not_allowed
}
