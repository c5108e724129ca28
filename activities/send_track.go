package activities

import (
	"strings"

	"sojourn/consent"
	"sojourn/content"
	"sojourn/models"
	"sojourn/storage"
)

// track makes the links of a mail countable and adds the open pixel, as far as the workspace and the customer allow it.
// The text part keeps its addresses as they are: people read them. Everything is frozen with the content, so a retry
// sends the same bytes. Links to our own public pages, unsubscribing above all, never go through a counter.
func (m *Messaging) track(c *models.SendContent, channel string, s storage.SendSubject, r storage.SendRequest) error {
	if channel != "email" || c.HTML == "" {
		return nil
	}
	base, err := m.publicURL(s)
	if err != nil || base == "" {
		return err
	}
	read := m.settings.of(string(s.Workspace.Settings))
	if read.trackingErr != nil {
		return read.trackingErr
	}
	mode := read.tracking
	hit := func(n int) string { return m.Links.SignHit(consent.Hit{Workspace: r.Workspace, Send: r.ID, Link: n}) }
	t := content.Tracker{Keep: func(address string) bool { return strings.HasPrefix(address, base+"/p/") }}
	if mode.Clicks.Allows(s.Tracking) {
		t.Link = func(n int) string { return base + consent.ClickPath + hit(n) }
	}
	if mode.Opens.Allows(s.Tracking) {
		t.Pixel = base + consent.OpenPath + hit(0)
	}
	var links []string
	if c.HTML, links = content.Track(c.HTML, t); len(links) > 0 {
		c.Links = models.ToJSON(links)
	}
	return nil
}
