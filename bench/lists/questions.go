package main

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/storage"
)

type question struct {
	name string
	ask  func(ctx context.Context, w *world) error
}

func list(name string, f storage.RunFilter, after int) question {
	return question{name, func(ctx context.Context, w *world) error {
		p := storage.PageAsk{Limit: 50}
		rows, err := w.s.ListRuns(ctx, workspace, f, p)
		for range after {
			if err != nil || len(rows) == 0 {
				return err
			}
			last := rows[len(rows)-1]
			p.After.At, p.After.ID = last.StartedAt, last.ID
			rows, err = w.s.ListRuns(ctx, workspace, f, p)
		}
		return err
	}}
}

func ok[T any](_ T, err error) error { return err }

var week = now.Add(-7 * 24 * time.Hour)

// questions are asked in this order, as somebody would walk through the pages.
var questions = []question{
	{"home: pulse", func(ctx context.Context, w *world) error {
		return ok(w.s.Pulse(ctx, workspace, now.Add(-14*24*time.Hour), now))
	}},
	{"home: attention", func(ctx context.Context, w *world) error { return ok(w.s.Attention(ctx, workspace, week)) }},
	{"home: journeys", func(ctx context.Context, w *world) error {
		return ok(w.s.JourneyNumbers(ctx, workspace, now.Add(-14*24*time.Hour)))
	}},
	{"canvas: numbers of one version", func(ctx context.Context, w *world) error {
		return ok(w.s.VersionNumbers(ctx, workspace, large, versions[1]))
	}},
	{"canvas: numbers of all versions", func(ctx context.Context, w *world) error {
		return ok(w.s.VersionNumbers(ctx, workspace, large, ids.ID{}))
	}},
	{"canvas: numbers of the small journey", func(ctx context.Context, w *world) error {
		return ok(w.s.VersionNumbers(ctx, workspace, few, versions[2]))
	}},
	{"entry funnel", func(ctx context.Context, w *world) error { return ok(w.s.EntryFunnel(ctx, workspace, large)) }},
	{"journey: people by version", func(ctx context.Context, w *world) error { return ok(w.s.OpenByVersion(ctx, workspace, large)) }},
	{"move: people by step", func(ctx context.Context, w *world) error { return ok(w.s.WaitingBySteps(ctx, workspace, large)) }},
	list("people: all of the workspace", storage.RunFilter{}, 0),
	list("people: of the large journey", storage.RunFilter{Journey: large}, 0),
	list("people: of the large journey, third page", storage.RunFilter{Journey: large}, 2),
	list("people: open ones", storage.RunFilter{Journey: large, State: "open"}, 0),
	list("people: ended ones", storage.RunFilter{Journey: large, State: "ended"}, 0),
	list("people: at a step", storage.RunFilter{Journey: large, Step: "ask"}, 0),
	list("people: of the small journey", storage.RunFilter{Journey: few}, 0),
	list("people: by an outcome that nobody has", storage.RunFilter{Journey: large, State: "ended", Outcome: "left"}, 0),
	list("people: entered a version", storage.RunFilter{Journey: large, Version: versions[1], Measure: storage.MeasureEntered}, 0),
	list("people: waiting at a step", storage.RunFilter{Journey: large, Version: versions[1], Step: "ask", Measure: storage.MeasureWaiting}, 0),
	list("people: passed a step", storage.RunFilter{Journey: large, Version: versions[1], Step: "greet", Measure: storage.MeasurePassed}, 0),
	list("people: sent at a step", storage.RunFilter{Journey: large, Version: versions[1], Step: "greet", Measure: storage.MeasureSent}, 0),
	list("people: clicked", storage.RunFilter{Journey: large, Version: versions[1], Step: "greet", Measure: storage.MeasureClicked}, 0),
	list("people: reached the goal", storage.RunFilter{Journey: large, Measure: storage.MeasureConverted}, 0),
	list("people: held", storage.RunFilter{Journey: large, Held: true}, 0),
	list("people: of a customer", storage.RunFilter{Customer: id(1, 77)}, 0),
	{"entries: newest", func(ctx context.Context, w *world) error {
		return ok(w.s.ListEntries(ctx, workspace, large, "", "", storage.PageAsk{Limit: 50}))
	}},
	{"entries: filtered out", func(ctx context.Context, w *world) error {
		return ok(w.s.ListEntries(ctx, workspace, large, "not_entered", "filtered", storage.PageAsk{Limit: 50}))
	}},
	{"sends: newest", func(ctx context.Context, w *world) error {
		return ok(w.s.ListSends(ctx, workspace, storage.SendFilter{}, storage.PageAsk{Limit: 50}))
	}},
	{"sends: of the large journey", func(ctx context.Context, w *world) error {
		return ok(w.s.ListSends(ctx, workspace, storage.SendFilter{Journey: large}, storage.PageAsk{Limit: 50}))
	}},
	{"sends: skipped of a step", func(ctx context.Context, w *world) error {
		return ok(w.s.ListSends(ctx, workspace, storage.SendFilter{Journey: large, Version: versions[1], Step: "greet", State: "skipped"}, storage.PageAsk{Limit: 50}))
	}},
	{"sends: a state that none has", func(ctx context.Context, w *world) error {
		return ok(w.s.ListSends(ctx, workspace, storage.SendFilter{Journey: large, State: "unknown"}, storage.PageAsk{Limit: 50}))
	}},
	{"run: one", func(ctx context.Context, w *world) error {
		if err := ok(w.s.Run(ctx, workspace, id(2, 4242))); err != nil {
			return err
		}
		return ok(w.s.RunRecord(ctx, workspace, id(2, 4242)))
	}},
	{"operation: a page is handed out", func(ctx context.Context, w *world) error {
		_, _, err := w.s.HandOut(ctx, operation, 50, now)
		return err
	}},
	{"operations: list", func(ctx context.Context, w *world) error {
		return ok(w.s.Operations(ctx, workspace, large, storage.PageAsk{Limit: 20}))
	}},
	{"guards: rates of all journeys", func(ctx context.Context, w *world) error { return ok(w.s.GuardedJourneys(ctx, week)) }},
	{"reconcile: runs not looked at for longest", func(ctx context.Context, w *world) error { return ok(w.s.SuspectRuns(ctx, nil, now, 25)) }},
	{"reconcile: a page of open runs", func(ctx context.Context, w *world) error { return ok(w.s.OpenRuns(ctx, now, id(2, 1000), 1000)) }},
	{"stop sweep with nothing to stop", func(ctx context.Context, w *world) error { return ok(w.s.StopSweep(ctx, 500, now)) }},
	{"code: runs that lack it", func(ctx context.Context, w *world) error { return ok(w.s.MissingCode(ctx, workspace, now)) }},
}
