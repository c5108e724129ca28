package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Comments proves storage.Comments.
func Comments(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws, twin := AddWorkspace(t, s, "here").ID, AddWorkspace(t, s, "there").ID
	journey, other := s.NewID(), s.NewID()
	say := func(ws int64, j ids.ID, step, body string, minute int) models.JourneyComment {
		t.Helper()
		c, err := s.AddComment(ctx, models.JourneyComment{WorkspaceID: ws, JourneyID: j, StepID: step, Author: "user:ann", Body: body, CreatedAt: models.At(noon.Add(time.Duration(minute) * time.Minute))})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	bodies := func(ws int64, j ids.ID, resolved bool) string {
		t.Helper()
		rows, err := s.Comments(ctx, ws, j, resolved)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, r.Body)
		}
		return fmt.Sprint(out)
	}
	first := say(ws, journey, "", "nice – \U0001f389", 0)
	second := say(ws, journey, "mail", "too early?", 1)
	say(ws, other, "", "elsewhere", 2)
	say(twin, journey, "", "of another workspace", 3)
	if got := bodies(ws, journey, false); got != "[nice – \U0001f389 too early?]" {
		t.Errorf("open: %s", got)
	}

	for range 2 { // the second time changes nothing
		row, err := s.ResolveComment(ctx, ws, first.ID, true, "user:bob", noon.Add(time.Hour))
		if err != nil || row.ResolvedBy != "user:bob" || !row.ResolvedAt.Time().Equal(noon.Add(time.Hour)) {
			t.Errorf("resolved: %+v, %v", row, err)
		}
	}
	if row, err := s.ResolveComment(ctx, ws, first.ID, true, "user:cid", noon.Add(2*time.Hour)); err != nil || row.ResolvedBy != "user:bob" {
		t.Errorf("resolved by somebody else once more: %+v, %v", row, err)
	}
	if open, all := bodies(ws, journey, false), bodies(ws, journey, true); open != "[too early?]" || all != "[nice – \U0001f389 too early?]" {
		t.Errorf("after resolving: open %s, all %s", open, all)
	}
	if _, err := s.ResolveComment(ctx, ws, first.ID, false, "user:bob", noon); err != nil || bodies(ws, journey, false) != "[nice – \U0001f389 too early?]" {
		t.Errorf("opened again: %v", err)
	}

	if _, err := s.ResolveComment(ctx, twin, second.ID, true, "user:bob", noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace resolved it: %v", err)
	}
	for _, by := range []struct {
		ws  int64
		who string
	}{{twin, "user:ann"}, {ws, "user:bob"}} {
		if err := s.DeleteComment(ctx, by.ws, second.ID, by.who); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v deleted Ann's comment: %v", by, err)
		}
	}
	if err := s.DeleteComment(ctx, ws, second.ID, "user:ann"); err != nil || bodies(ws, journey, true) != "[nice – \U0001f389]" {
		t.Errorf("deleting: %v", err)
	}

	for i := range storage.MaxOpenComments - 1 {
		say(ws, journey, "", "more", 10+i)
	}
	if _, err := s.AddComment(ctx, models.JourneyComment{WorkspaceID: ws, JourneyID: journey, Author: "user:ann", Body: "one too many", CreatedAt: models.At(noon)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("beyond the most: %v", err)
	}
}
