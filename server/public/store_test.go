package public_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/pressure"
	"sojourn/server/public"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// Against the real ledger: when the 2xx is there, the gate says no and the fence lets nothing through that was on its
// way, for everybody who shares the address.
func TestUnsubscribeActsAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := context.Background()
		w := storagetest.NewSendWorld(t, s, "public", `{}`)
		ann, bob := w.AddCustomer(t, "shared@u.example", true), w.AddCustomer(t, "shared@u.example", true)
		point := w.AddContactPoint(t, "email", "shared@u.example")
		links := consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}}
		server := httptest.NewServer((&public.Pages{Links: links, Consent: s, Now: func() time.Time { return storagetest.Noon }}).Handler())
		t.Cleanup(server.Close)
		var waiting []storage.Claim
		for range 20 {
			waiting = append(waiting, w.Claim(t, w.Request(t, ann, s.NewID(), "mail")), w.Claim(t, w.Request(t, bob, s.NewID(), "mail")))
		}
		link := server.URL + consent.UnsubscribePath + links.SignUnsubscribe(consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: ann.ID, ContactPoint: point.ID, Channel: "email", Purpose: "marketing"})

		if res, err := http.Get(link); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", res, err)
		}
		if c := w.Claim(t, w.Request(t, ann, s.NewID(), "mail")); c.Kind != storage.Claimed {
			t.Errorf("a GET unsubscribed: %+v", c)
		}

		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		_ = parts.WriteField("List-Unsubscribe", "One-Click")
		_ = parts.Close()
		var posts sync.WaitGroup
		for _, body := range []struct{ kind, text string }{
			{"application/x-www-form-urlencoded", url.Values{"List-Unsubscribe": {"One-Click"}}.Encode()}, {parts.FormDataContentType(), form.String()},
			{"application/x-www-form-urlencoded", url.Values{"List-Unsubscribe": {"One-Click"}}.Encode()},
		} {
			posts.Go(func() {
				client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { t.Error("redirected"); return nil }}
				res, err := client.Post(link, body.kind, strings.NewReader(body.text))
				if err != nil || res.StatusCode/100 != 2 || len(res.Cookies()) > 0 {
					t.Errorf("%v, %v", res, err)
				}
			})
		}
		posts.Wait()
		for _, c := range waiting {
			if got := w.Fence(t, c); got == storage.FencePassed {
				t.Error("a message on its way passed the fence after the 2xx")
			}
		}
		for _, customer := range []struct{ name string }{{"ann"}, {"bob"}} {
			who := map[string]storage.SendRequest{"ann": w.Request(t, ann, s.NewID(), "mail"), "bob": w.Request(t, bob, s.NewID(), "mail")}[customer.name]
			if c := w.Claim(t, who); c.Send.Reason != string(pressure.ReasonTopicOptOut) {
				t.Errorf("%s: %+v", customer.name, c.Send)
			}
		}
		if rows, err := s.ConsentLedger(ctx, w.Workspace.ID, ann.ID); err != nil || len(rows) != 2 {
			t.Errorf("%d lines in the ledger after three posts, %v", len(rows), err)
		}
		if err := s.VerifyConsents(ctx, w.Workspace.ID, ann.ID); err != nil {
			t.Error(err)
		}

		_ = s.Close()
		res, err := http.Post(link, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
		if err != nil || res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("without a database: %v, %v", res, err)
		}
	})
}
