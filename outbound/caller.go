package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Limits of one call.
const (
	MaxAnswer   = 64 << 10         // bytes of an answer that are read
	CallTimeout = 10 * time.Second // from the look-up to the last byte
)

// Caller makes calls. It is safe for concurrent use.
type Caller struct {
	client  *http.Client
	allowed []netip.Prefix
}

// NewCaller makes one. allowed are networks that are reached although they are not public (CIDR): for development, and
// for receivers inside the house.
func NewCaller(allowed []string) (*Caller, error) {
	c := &Caller{}
	for _, text := range allowed {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		c.allowed = append(c.allowed, p)
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: c.control}
	c.client = &http.Client{
		Timeout: CallTimeout,
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, MaxConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: CallTimeout, MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Call is one call.
type Call struct {
	Method  string
	URL     string
	Headers map[string]string
	Body    []byte // JSON; none with GET
	ID      string // the same for every attempt
	At      time.Time
	Secrets [][]byte // each signs; the newest first
}

// Answer is what came back.
type Answer struct {
	Status int
	Body   []byte // at most MaxAnswer bytes
}

// Failure says why there was no good answer. Final: trying again will not help.
type Failure struct {
	Reason string // a word: bad_url, address_not_allowed, timeout, unreachable, status_404…
	Final  bool
}

func (f *Failure) Error() string { return f.Reason }

// headers that a document may not set: they belong to the connection or to the signature.
var ours = map[string]bool{"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Content-Type": true, "User-Agent": true,
	"Webhook-Id": true, "Webhook-Timestamp": true, "Webhook-Signature": true, "Proxy-Authorization": true, "Te": true, "Upgrade": true}

// Do makes the call. Anything but a 2xx is a *Failure.
func (c *Caller) Do(ctx context.Context, call Call) (Answer, error) {
	u, err := url.Parse(call.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return Answer{}, &Failure{Reason: "bad_url", Final: true}
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, u.String(), bytes.NewReader(call.Body))
	if err != nil {
		return Answer{}, &Failure{Reason: "bad_url", Final: true}
	}
	for name, value := range call.Headers {
		if !ours[http.CanonicalHeaderKey(name)] && !strings.ContainsAny(name+value, "\r\n\x00") {
			req.Header.Set(name, value)
		}
	}
	if call.Method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "Sojourn")
	if err := sign(req.Header, call); err != nil {
		return Answer{}, &Failure{Reason: "no_secret", Final: true}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return Answer{}, failureOf(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return Answer{}, failureOf(err)
	case len(body) > MaxAnswer:
		return Answer{Status: res.StatusCode}, &Failure{Reason: "answer_too_large", Final: true}
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return Answer{Status: res.StatusCode, Body: body}, nil
	}
	again := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout || res.StatusCode == http.StatusTooEarly
	return Answer{Status: res.StatusCode}, &Failure{Reason: "status_" + itoa(int64(res.StatusCode)), Final: !again}
}

func sign(h http.Header, call Call) error {
	if len(call.Secrets) == 0 {
		return errors.New("no secret")
	}
	var all []string
	for _, secret := range call.Secrets {
		w, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return err
		}
		one, err := w.Sign(call.ID, call.At, call.Body)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	h.Set(standardwebhooks.HeaderWebhookID, call.ID)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, itoa(call.At.Unix()))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(all, " "))
	return nil
}

func failureOf(err error) *Failure {
	var timeout net.Error
	switch {
	case errors.Is(err, ErrAddress):
		return &Failure{Reason: "address_not_allowed", Final: true}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Failure{Reason: "timeout"}
	}
	return &Failure{Reason: "unreachable"}
}
