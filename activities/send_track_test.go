package activities_test

import (
	"context"
	"strings"
	"testing"

	"sojourn/chaos/smtpsink"
	"sojourn/consent"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

const linkBody = `<p>Hoi {{ customer.first_name }}, <a href="https://shop.example/new?id={{ customer.external_id }}">new</a></p><a href="{{ unsubscribe_url }}">x</a>`

// A mail carries links of ours instead of the shop's, the pixel only where it may, unsubscribing untouched, and a retry
// brings the same bytes.
func TestLinksOfAMail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings      string
		state         consent.State
		links, pixels int
	}{
		"by default links, no pixel":          {`{}`, consent.None, 1, 0},
		"the pixel with a permission":         {`{}`, consent.Granted, 1, 1},
		"nothing of who refused":              {`{"tracking": {"opens": "unless_refused"}}`, consent.Withdrawn, 0, 0},
		"unless refused":                      {`{"tracking": {"opens": "unless_refused"}}`, consent.None, 1, 1},
		"off is off, permission or not":       {`{"tracking": {"opens": "off", "clicks": "off"}}`, consent.Granted, 0, 0},
		"links, too, can need the permission": {`{"tracking": {"clicks": "consented"}}`, consent.None, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newMailWorld(t, dbtest.SQLite(t), c.settings)
			w.template("offer", consent.Marketing, linkBody)
			ann := w.person()
			if c.state != consent.None {
				err := w.S.RecordConsent(context.Background(), storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: ann.ID, Actor: "customer", Entry: consent.Entry{Channel: "email",
					Purpose: consent.TrackingPurpose, State: c.state, Basis: consent.ByConsent, Source: "form", SourceKind: consent.Person, OccurredAt: storagetest.Noon, RecordedAt: storagetest.Noon}})
				if err != nil {
					t.Fatal(err)
				}
			}
			in := w.ask(ann, "offer")
			w.send(in)
			row := w.row(in)
			content, err := w.S.SendContent(context.Background(), w.Workspace.ID, row.ID)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(content.HTML, "https://mail.example/p/c/"); n != c.links {
				t.Errorf("%d tracked links in %s", n, content.HTML)
			}
			if n := strings.Count(content.HTML, "https://mail.example/p/o/"); n != c.pixels {
				t.Errorf("%d pixels in %s", n, content.HTML)
			}
			if !strings.Contains(content.HTML, `<a href="https://mail.example/p/u/`) || strings.Contains(content.TextBody, "/p/c/") {
				t.Errorf("unsubscribing or the text is counted: %s\n%s", content.HTML, content.TextBody)
			}
			if target, err := w.S.LinkTarget(context.Background(), w.Workspace.ID, row.ID, 1); c.links > 0 && (err != nil || target != "https://shop.example/new?id="+string(ann.ExternalID)) {
				t.Errorf("link 1 leads to %q, %v", target, err)
			}
			if c.links > 0 {
				token := content.HTML[strings.Index(content.HTML, "/p/c/")+5:]
				hit, err := linkKeys.ReadHit(token[:strings.IndexByte(token, '"')])
				if err != nil || hit != (consent.Hit{Workspace: w.Workspace.ID, Send: row.ID, Link: 1}) {
					t.Errorf("the token stands for %+v, %v", hit, err)
				}
			}
		})
	}
}

func TestARetrySendsTheSameLinks(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, dbtest.SQLite(t), `{}`)
	w.template("offer", consent.Marketing, linkBody)
	ann := w.person()
	in := w.ask(ann, "offer")
	w.server.Script(string(ann.Email), smtpsink.Greylisted)
	held := w.send(in)
	first := w.row(in)
	w.template("offer", consent.Marketing, strings.Replace(linkBody, "/new", "/other", 1))
	w.pass(held.At.Sub(w.now()))
	w.send(in)
	again := w.row(in)
	if again.ContentHash != first.ContentHash || again.State != storage.SendAccepted || len(w.mails(ann)) != 1 {
		t.Errorf("hash %x, then %x; state %s, %d mails", first.ContentHash, again.ContentHash, again.State, len(w.mails(ann)))
	}
	if target, err := w.S.LinkTarget(context.Background(), w.Workspace.ID, first.ID, 1); err != nil || !strings.HasPrefix(target, "https://shop.example/new") {
		t.Errorf("link 1 leads to %q, %v", target, err)
	}
}
