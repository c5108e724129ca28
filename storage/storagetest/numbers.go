package storagetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// numberWorld is a journey of two versions with random runs: shadows, loops, moves, holds, messages read and unread,
// goals before and after a step. Beside what is written to the database it keeps it as plain slices to count by hand.
type numberWorld struct {
	s        *sqlstore.Store
	ws       int64
	journey  models.Journey
	versions [2]ids.ID
	runs     []*walked
}

type walked struct {
	row    models.Run
	was    ids.ID // the version it was moved away from
	held   bool
	visits []models.StepVisit
	sends  []models.Send
	opened map[ids.ID]bool
	clicks map[ids.ID]bool
	goal   *models.Conversion
}

var (
	numberSteps = []string{"wait", "mail", "ask", "again"}
	numberExits = []string{journey.ExitNext, journey.ExitSent, journey.ExitTimeout, journey.ExitEnded, journey.ExitMoved}
)

// Numbers proves that VersionNumbers counts what a count by hand over all rows does, for each version and all of them, and
// that the list behind each number holds exactly these runs.
func Numbers(t *testing.T, s *sqlstore.Store) {
	w := fillNumbers(t, s, rand.New(rand.NewPCG(7, 20261123))) //nolint:gosec // a repeatable world
	for name, version := range map[string]ids.ID{"version 1": w.versions[0], "version 2": w.versions[1], "all": {}} {
		t.Run(name, func(t *testing.T) { w.check(t, version) })
	}
	n, err := s.VersionNumbers(context.Background(), w.ws+1, w.journey.ID, w.versions[0])
	if err != nil || n.Entered+n.Open+n.Control+n.Conversions != 0 || len(n.Steps)+len(n.Exits)+len(n.Sends) != 0 {
		t.Errorf("a foreign workspace sees %+v, %v", n, err)
	}
}

func fillNumbers(t *testing.T, s *sqlstore.Store, r *rand.Rand) *numberWorld {
	ws := AddWorkspace(t, s, "numbers")
	w := &numberWorld{s: s, ws: ws.ID, journey: models.Journey{ID: s.NewID(), WorkspaceID: ws.ID, JourneyKey: "numbers", Name: "Numbers", State: storage.JourneyPublished, Draft: models.JSON("{}"), DraftRevision: 1, CreatedAt: models.At(noon), UpdatedAt: models.At(noon)}}
	rows := []any{&w.journey}
	for i := range w.versions {
		w.versions[i] = s.NewID()
		rows = append(rows, &models.JourneyVersion{ID: w.versions[i], WorkspaceID: ws.ID, JourneyID: w.journey.ID, Number: i + 1, Document: models.JSON("{}"), Hash: models.Hash{byte(i + 1)}, PublishedAt: models.At(noon), PublishedBy: "x"})
	}
	operation := func(kind string, at time.Duration) models.Operation {
		o := models.Operation{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.journey.ID, Kind: kind, State: storage.OperationDone, Filter: models.JSON("{}"), Mapping: models.JSON("{}"), PerSecond: 1, CreatedBy: "x", CreatedAt: models.At(noon.Add(at))}
		rows = append(rows, &o)
		return o
	}
	move, hold, release := operation(storage.OperationMove, 0), operation(storage.OperationHold, time.Minute), operation(storage.OperationRelease, time.Hour)
	told := func(o models.Operation, run *walked, state string) {
		rows = append(rows, &models.OperationRun{OperationID: o.ID, RunID: run.row.ID, WorkspaceID: ws.ID, FromVersionID: run.was, State: state, At: models.At(noon)})
	}
	for i := range 400 {
		run := w.walk(r, i)
		if !run.was.IsZero() {
			told(move, run, storage.RunMoved)
		}
		if r.IntN(4) == 0 && run.row.State == models.RunOpen {
			told(hold, run, storage.RunTold)
			if run.held = r.IntN(3) > 0; !run.held {
				told(release, run, storage.RunTold)
			}
		}
		rows = append(rows, &run.row)
		for k := range run.visits {
			rows = append(rows, &run.visits[k])
		}
		for k := range run.sends {
			rows = append(rows, &run.sends[k])
			rows = append(rows, w.hits(r, run, run.sends[k])...)
		}
		if run.goal != nil {
			rows = append(rows, run.goal)
		}
		w.runs = append(w.runs, run)
	}
	for _, row := range rows {
		insertRow(t, s, row)
	}
	return w
}

// walk makes up a run: some visits, a message or two, perhaps a goal in between, open or ended.
func (w *numberWorld) walk(r *rand.Rand, i int) *walked {
	at := func(minute int) models.Instant { return models.At(noon.Add(time.Duration(minute) * time.Minute)) }
	run := &walked{opened: map[ids.ID]bool{}, clicks: map[ids.ID]bool{}, row: models.Run{ID: w.s.NewID(), WorkspaceID: w.ws, JourneyID: w.journey.ID, VersionID: w.versions[r.IntN(2)], CustomerID: w.s.NewID(),
		EntryKey: fmt.Sprint(i), State: models.RunOpen, StepID: numberSteps[r.IntN(4)], StepSince: at(30), Control: r.IntN(5) == 0, StartedAt: at(0)}}
	version := run.row.VersionID
	if r.IntN(6) == 0 {
		run.was = w.versions[0]
		if version == run.was {
			run.was = w.versions[1]
		}
		version = run.was
	}
	if r.IntN(2) == 0 {
		run.row.State, run.row.Outcome, run.row.StepID, run.row.EndedAt = models.RunEnded, []string{"completed", "goal", "stopped"}[r.IntN(3)], "", at(40)
	}
	for k := range r.IntN(5) {
		if k > 1 {
			version = run.row.VersionID
		}
		v := models.StepVisit{RunID: run.row.ID, Seq: k + 1, WorkspaceID: w.ws, VersionID: version, StepID: numberSteps[r.IntN(4)], Visit: 1, ExitName: numberExits[r.IntN(5)], EnteredAt: at(k * 10), LeftAt: at(k*10 + 5)}
		if v.ExitName != journey.ExitEnded && r.IntN(3) > 0 {
			v.NextStepID = numberSteps[r.IntN(4)]
		}
		run.visits = append(run.visits, v)
		if v.StepID != "mail" {
			continue
		}
		state := []string{storage.SendAccepted, storage.SendResolvedAccepted, storage.SendSkipped, storage.SendUnknown}[r.IntN(4)]
		run.sends = append(run.sends, models.Send{ID: w.s.NewID(), WorkspaceID: w.ws, SendKey: fmt.Sprintf("n|%d|%d", i, k), RunID: run.row.ID, JourneyID: w.journey.ID, VersionID: version, StepID: "mail", Visit: k, CustomerID: run.row.CustomerID,
			Channel: "email", Class: "marketing", Purpose: "offers", State: state, PlannedAt: at(k * 10)})
	}
	if r.IntN(3) == 0 {
		run.row.GoalAt = at(r.IntN(50))
		run.goal = &models.Conversion{RunID: run.row.ID, WorkspaceID: w.ws, JourneyID: w.journey.ID, VersionID: run.row.VersionID, CustomerID: run.row.CustomerID, EventID: w.s.NewID(), ValueMinor: 100, Currency: "EUR", At: run.row.GoalAt}
	}
	return run
}

func (w *numberWorld) hits(r *rand.Rand, run *walked, send models.Send) (rows []any) {
	hit := func(link, people, machines int) {
		rows = append(rows, &models.Engagement{SendID: send.ID, LinkNo: link, WorkspaceID: w.ws, Hits: people, MachineHits: machines})
	}
	switch r.IntN(4) {
	case 0:
		hit(0, 2, 0)
		run.opened[send.ID] = true
	case 1:
		hit(0, 1, 1)
		hit(1, 1, 0)
		hit(2, 3, 0)
		run.opened[send.ID], run.clicks[send.ID] = true, true
	case 2:
		hit(0, 0, 2) // machines only
		hit(1, 0, 1)
	}
	return rows
}

// of counts by hand whether a run belongs to a measure.
func (w *numberWorld) of(run *walked, m storage.Measure, version ids.ID, step, exit string) bool {
	in := func(v ids.ID) bool { return version.IsZero() || v == version }
	anyVisit := func(ok func(models.StepVisit) bool) bool {
		for _, v := range run.visits {
			if v.StepID == step && in(v.VersionID) && ok(v) {
				return true
			}
		}
		return false
	}
	anySend := func(ok func(models.Send) bool) bool {
		for _, s := range run.sends {
			if s.StepID == step && in(s.VersionID) && (s.State == storage.SendAccepted || s.State == storage.SendResolvedAccepted) && ok(s) {
				return true
			}
		}
		return false
	}
	here := run.row.State == models.RunOpen && in(run.row.VersionID) && (step == "" || run.row.StepID == step)
	if run.row.Control {
		return false
	}
	switch m {
	case storage.MeasureEntered:
		return in(run.row.VersionID) || !run.was.IsZero() && in(run.was)
	case storage.MeasureWaiting:
		return here
	case storage.MeasureHeld:
		return here && run.held
	case storage.MeasureReached:
		return here || anyVisit(func(models.StepVisit) bool { return true })
	case storage.MeasurePassed:
		return anyVisit(func(v models.StepVisit) bool {
			return (exit == "" || v.ExitName == exit) && v.ExitName != journey.ExitEnded && v.ExitName != journey.ExitMoved
		})
	case storage.MeasureLeft:
		return run.goal == nil && anyVisit(func(v models.StepVisit) bool { return v.NextStepID == "" && v.ExitName != journey.ExitMoved })
	case storage.MeasureSent:
		return anySend(func(models.Send) bool { return true })
	case storage.MeasureOpened:
		return anySend(func(s models.Send) bool { return run.opened[s.ID] })
	case storage.MeasureClicked:
		return anySend(func(s models.Send) bool { return run.clicks[s.ID] })
	}
	if run.goal == nil || step == "" {
		return run.goal != nil && in(run.goal.VersionID)
	}
	return here && run.row.StepSince <= run.goal.At || anyVisit(func(v models.StepVisit) bool { return v.EnteredAt <= run.goal.At })
}

func (w *numberWorld) check(t *testing.T, version ids.ID) {
	ctx := context.Background()
	n, err := w.s.VersionNumbers(ctx, w.ws, w.journey.ID, version)
	if err != nil {
		t.Fatal(err)
	}
	compare := func(m storage.Measure, step, exit string, got int64) {
		t.Helper()
		want := map[ids.ID]bool{}
		for _, run := range w.runs {
			if w.of(run, m, version, step, exit) {
				want[run.row.ID] = true
			}
		}
		if int(got) != len(want) {
			t.Errorf("%s at %q by %q: %d, counted by hand %d", m, step, exit, got, len(want))
		}
		list, err := w.s.ListRuns(ctx, w.ws, storage.RunFilter{Journey: w.journey.ID, Version: version, Step: step, PassedExit: exit, Measure: m}, storage.PageAsk{Limit: 1000})
		if err != nil || len(list) != len(want) {
			t.Errorf("the list of %s at %q by %q has %d runs, counted by hand %d (%v)", m, step, exit, len(list), len(want), err)
		}
		for _, row := range list {
			if !want[row.ID] {
				t.Errorf("the list of %s at %q by %q has run %s, which does not belong there", m, step, exit, row.ID)
			}
		}
	}
	compare(storage.MeasureEntered, "", "", n.Entered)
	compare(storage.MeasureWaiting, "", "", n.Open)
	compare(storage.MeasureConverted, "", "", n.Conversions)
	for _, step := range numberSteps {
		got := n.Steps[step]
		for m, count := range map[storage.Measure]int64{storage.MeasureWaiting: got.Waiting, storage.MeasureHeld: got.Held, storage.MeasureReached: got.Reached, storage.MeasurePassed: got.Passed, storage.MeasureLeft: got.Left,
			storage.MeasureSent: got.Sent, storage.MeasureOpened: got.Opened, storage.MeasureClicked: got.Clicked, storage.MeasureConverted: got.Converted} {
			compare(m, step, "", count)
		}
		for _, exit := range numberExits[:3] {
			count := map[ids.ID]bool{}
			for _, run := range w.runs {
				if w.of(run, storage.MeasurePassed, version, step, exit) {
					count[run.row.ID] = true
				}
			}
			compare(storage.MeasurePassed, step, exit, int64(len(count)))
		}
	}
	w.checkExits(t, version, n.Exits)
	if n.Control == 0 || n.ControlConversions == 0 || len(n.Values) != 1 || n.Values[0].Minor != 100*n.Conversions {
		t.Errorf("shadows %d, of them at the goal %d, value %+v of %d conversions", n.Control, n.ControlConversions, n.Values, n.Conversions)
	}
	total := n.Open
	for _, o := range n.Outcomes {
		total += o.Count
	}
	if !version.IsZero() && total > n.Entered || version.IsZero() && total != n.Entered {
		t.Errorf("%d stand somewhere, %d entered", total, n.Entered)
	}
}

// checkExits counts the ways by hand: runs, and times.
func (w *numberWorld) checkExits(t *testing.T, version ids.ID, got []storage.ExitCount) {
	type way struct{ step, exit, next string }
	runs, times := map[way]map[ids.ID]bool{}, map[way]int64{}
	byExit := map[way]map[ids.ID]bool{}
	for _, run := range w.runs {
		for _, v := range run.visits {
			if run.row.Control || !version.IsZero() && v.VersionID != version || v.ExitName == journey.ExitEnded || v.ExitName == journey.ExitMoved {
				continue
			}
			k := way{v.StepID, v.ExitName, v.NextStepID}
			if runs[k] == nil {
				runs[k] = map[ids.ID]bool{}
			}
			runs[k][run.row.ID] = true
			times[k]++
			k.next = ""
			if byExit[k] == nil {
				byExit[k] = map[ids.ID]bool{}
			}
			byExit[k][run.row.ID] = true
		}
	}
	if len(got) != len(times) {
		t.Errorf("%d ways, counted by hand %d", len(got), len(times))
	}
	for _, e := range got {
		k := way{e.StepID, e.ExitName, e.NextStepID}
		to := cmp.Or(e.NextStepID, storage.PassedToEnd)
		list, err := w.s.ListRuns(context.Background(), w.ws, storage.RunFilter{Journey: w.journey.ID, Version: version, Step: e.StepID, PassedExit: e.ExitName, PassedTo: to, Measure: storage.MeasurePassed}, storage.PageAsk{Limit: 1000})
		if err != nil || int64(len(list)) != e.Runs {
			t.Errorf("%+v: the list has %d runs, %v", e, len(list), err)
		}
		all := byExit[way{step: e.StepID, exit: e.ExitName}]
		if e.Runs != int64(len(runs[k])) || e.Times != times[k] || e.ByExit != int64(len(all)) {
			t.Errorf("%+v, counted by hand %d runs, %d by the exit, %d times", e, len(runs[k]), len(all), times[k])
		}
	}
}
