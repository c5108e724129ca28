package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"sojourn/channels/smtp"
	"sojourn/consent"
)

const subject = "{{ customer.first_name }}, this week in {{ customer.city }}"

// settings of the workspace: caps are read and everything is counted.
const settings = `{"caps":[{"max":3,"window":"P7D"},{"max":1,"window":"P1D","kind":"calendar"}],"tracking":{"opens":"unless_refused","clicks":"unless_refused"}}`

// letter is a body of about 5 KB: with the subject four substitutions, one condition, two links to count.
var letter = `<html><body><h1>Hello {{ customer.first_name }}</h1>{% if customer.visits > 3 %}<p>Welcome back, {{ customer.plan }} member.</p>{% else %}<p>Good to have you.</p>{% endif %}` +
	`<p><a href="https://shop.example/new">What is new</a> and <a href="https://shop.example/sale">what is less</a>.</p>` +
	strings.Repeat(`<p style="margin:0 0 12px">The quick brown fox jumps over the lazy dog, and then it does so once more for good measure.</p>`, 38) +
	`<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>`

var plans = []string{"basic", "gold", "silver"}

func firstName(i int) string { return fmt.Sprintf("First%d", i%997) }
func city(i int) string      { return fmt.Sprintf("City%d", i%311) }
func address(i int) string   { return fmt.Sprintf("reader%d@people.example", i) }

var linkKeys = consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}}

const publicURL = "https://mail.example"

func mailServer(o options) (*smtp.Sender, error) {
	return smtp.New(smtp.Config{Addr: o.smtpSink, Security: smtp.Plain}, nil)
}

// profiled writes a CPU profile of this process if one was asked for.
func profiled(o options) (stop func(), err error) {
	if o.profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(o.profile + ".pprof")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}

var now = time.Now
