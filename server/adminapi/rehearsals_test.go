package adminapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// postbox takes what would be mailed to staff.
type postbox struct {
	adminapi.Mailer
	to, code string
}

func (p *postbox) SendCode(_ context.Context, _ int64, to, code string) error {
	p.to, p.code = to, code
	return nil
}

// A journey is sent to the address of whoever asks, once he has shown that he reads it; never to another one, and not for a key.
func TestRehearsalGoesToTheCallersProvenAddress(t *testing.T) {
	t.Parallel()
	box := &postbox{}
	var begun []ids.ID
	w := newWorld(t, func(d *adminapi.Deps) {
		d.Mail = box
		d.Rehearse = func(_ context.Context, _ int64, id ids.ID) error {
			begun = append(begun, id)
			return nil
		}
	})
	if _, err := w.s.PutTemplate(context.Background(), w.acme.Workspace.ID, storage.TemplateInput{Key: "hello", Name: "Hello", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>"}}}, w.acme.Journey.CreatedAt.Time()); err != nil {
		t.Fatal(err)
	}
	b := w.as(access.Marketer)
	ask := map[string]any{"mode": "all", "to": "victim@elsewhere.example"}
	if got := b.do("POST", "/journeys/win-back/rehearsals", ask); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an address can be named: %d %s", got.status, got.body)
	}
	ask = map[string]any{"mode": "all"}
	if got := b.do("POST", "/journeys/win-back/rehearsals", ask); got.status != http.StatusConflict || !strings.Contains(got.body, "confirm first") {
		t.Errorf("unproven: %d %s", got.status, got.body)
	}
	if got := b.do("POST", "/auth/address/code", nil); got.status != http.StatusOK || box.to != "marketer@acme.example" || len(box.code) != 8 {
		t.Fatalf("code: %d %s, to %q", got.status, got.body, box.to)
	}
	if got := w.as(access.Admin).do("POST", "/auth/address", map[string]any{"code": box.code}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("another's code is taken: %d %s", got.status, got.body)
	}
	if got := b.do("POST", "/auth/address", map[string]any{"code": "nonsense"}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code is taken: %d %s", got.status, got.body)
	}
	if got := b.do("POST", "/auth/address", map[string]any{"code": box.code}); got.status != http.StatusOK || !strings.Contains(got.body, `"verified":true`) {
		t.Fatalf("prove: %d %s", got.status, got.body)
	}
	got := b.do("POST", "/journeys/win-back/rehearsals", ask)
	if got.status != http.StatusCreated || len(begun) != 1 {
		t.Fatalf("start: %d %s", got.status, got.body)
	}
	if again := b.do("POST", "/journeys/win-back/rehearsals", ask); again.status != http.StatusConflict || len(begun) != 1 {
		t.Errorf("a second one at once: %d %s", again.status, again.body)
	}
	if other := w.as(access.Admin).do("GET", "/rehearsals/"+begun[0].String(), nil); other.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d %s", other.status, other.body)
	}
	if end := b.do("POST", "/rehearsals/"+begun[0].String()+"/cancel", nil); end.status != http.StatusOK || !strings.Contains(end.body, "cancelled") {
		t.Errorf("cancel: %d %s", end.status, end.body)
	}
	audit := w.as(access.Owner).do("GET", "/audit", nil)
	if !strings.Contains(audit.body, "rehearse-journey") {
		t.Errorf("not audited: %s", audit.body)
	}
}
