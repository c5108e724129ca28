package adminapi_test

import (
	"net/http"
	"testing"

	"sojourn/server/access"
	"sojourn/server/adminapi"
)

func TestAConversationAboutAJourney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marketer, admin := w.as(access.Marketer), w.as(access.Admin)
	path := "/journeys/" + w.acme.Journey.JourneyKey + "/comments"
	if got := marketer.do("POST", path, map[string]any{"body": " \n "}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a comment without words: %d %s", got.status, got.body)
	}
	var said adminapi.Comment
	marketer.do("POST", path, map[string]any{"step_id": "mail", "body": " Is this too early? "}).into(t, http.StatusCreated, &said)
	if !said.Mine || said.Body != "Is this too early?" || said.StepID != "mail" || said.Author == "" {
		t.Errorf("said: %+v", said)
	}
	var list adminapi.CommentList
	admin.do("GET", path, nil).into(t, http.StatusOK, &list)
	if len(list.Comments) != 2 || list.Comments[0].Author != "" || list.Comments[1].Author != said.Author || list.Comments[1].Mine {
		t.Errorf("as another reads it: %+v", list)
	}
	if got := admin.do("DELETE", "/comments/"+said.ID, nil); got.status != http.StatusNotFound {
		t.Errorf("somebody else's was deleted: %d", got.status)
	}
	var closed adminapi.Comment
	admin.do("PUT", "/comments/"+said.ID+"/resolved", map[string]any{"resolved": true}).into(t, http.StatusOK, &closed)
	if closed.ResolvedAt == nil || closed.ResolvedBy == "" {
		t.Errorf("resolved: %+v", closed)
	}
	if got := marketer.do("DELETE", "/comments/"+said.ID, nil); got.status != http.StatusNoContent && got.status != http.StatusOK {
		t.Errorf("deleting one's own: %d", got.status)
	}
}
