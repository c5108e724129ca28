package sqlstore

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// Parts of the conditions that measures share. sv is a visit, s a send, r a run, c a conversion.
const (
	wayOut    = "sv.exit_name NOT IN ('" + journey.ExitEnded + "', '" + journey.ExitMoved + "')"
	outAtStep = "sv.next_step_id = '' AND sv.exit_name <> '" + journey.ExitMoved + "'"
	delivered = "s.state IN ('" + storage.SendAccepted + "', '" + storage.SendResolvedAccepted + "')"
	lastHold  = "(SELECT o.kind FROM operation_runs x JOIN operations o ON o.id = x.operation_id WHERE x.run_id = r.id AND o.kind IN ('hold', 'release') ORDER BY o.created_at DESC, o.id DESC LIMIT 1)"
)

// everHeld keeps the question who is held now to those who ever were.
const everHeld = "r.id IN (SELECT y.run_id FROM operations p JOIN operation_runs y ON y.operation_id = p.id WHERE p.workspace_id = ? AND p.kind = 'hold')"

// numbers asks for the measures of some versions of a journey.
type numbers struct {
	db        *gorm.DB
	workspace int64
	journey   ids.ID
	versions  []ids.ID // of the workspace: what is counted by them needs no further look at whose it is, which only the rows could tell
	control   bool     // the journey has runs that are held out
	out       storage.VersionNumbers
}

// VersionNumbers implements storage.Queries.
func (s *Store) VersionNumbers(ctx context.Context, workspace int64, journeyID, version ids.ID) (storage.VersionNumbers, error) {
	n := &numbers{db: s.read(ctx), workspace: workspace, journey: journeyID, out: storage.VersionNumbers{Steps: map[string]storage.StepNumbers{}}}
	var all []ids.ID
	if err := n.db.Raw("SELECT id FROM journey_versions WHERE workspace_id = ? AND journey_id = ?", workspace, journeyID).Scan(&all).Error; err != nil {
		return n.out, translate(err)
	}
	for _, id := range all {
		if version.IsZero() || id == version {
			n.versions = append(n.versions, id)
		}
	}
	if len(n.versions) == 0 {
		return n.out, nil
	}
	for _, count := range []func() error{func() error { return n.runs(all) }, n.movedAway, n.held, n.exits, n.visits, n.stillThere, n.sends, n.engaged, n.conversions, n.convertedBySteps} {
		if err := count(); err != nil {
			return n.out, translate(err)
		}
	}
	return n.out, nil
}

// step adds to the numbers of a step.
func (n *numbers) step(id string, add func(*storage.StepNumbers)) {
	at := n.out.Steps[id]
	add(&at)
	n.out.Steps[id] = at
}

// perStep runs a query of (step_id, count) and adds each.
func (n *numbers) perStep(add func(*storage.StepNumbers, int64), sql string, args ...any) error {
	var rows []struct {
		StepID string
		Count  int64
	}
	if err := n.db.Raw(sql, args...).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		n.step(r.StepID, func(s *storage.StepNumbers) { add(s, r.Count) })
	}
	return nil
}

// shown keeps the shadows out of a query over visits or sends (as the alias that is named). Most journeys have none.
func (n *numbers) shown(alias string) (string, []any) {
	if !n.control {
		return "", nil
	}
	return " AND " + alias + ".run_id NOT IN (SELECT k.id FROM runs k WHERE k.journey_id = ? AND k.control = 1)", []any{n.journey}
}

// runs counts where runs stand, over all versions of the journey at once: whether it has shadows is known then, too.
func (n *numbers) runs(all []ids.ID) error {
	var rows []struct {
		VersionID              ids.ID
		State, Outcome, StepID string
		Control                bool
		Count                  int64
	}
	// Grouped as the index has them, so that nothing is sorted.
	if err := n.db.Raw("SELECT version_id, state, step_id, control, outcome, COUNT(*) AS count FROM runs WHERE version_id IN ? GROUP BY version_id, state, step_id, control, outcome", all).Scan(&rows).Error; err != nil {
		return err
	}
	asked := map[ids.ID]bool{}
	for _, id := range n.versions {
		asked[id] = true
	}
	for _, r := range rows {
		n.control = n.control || r.Control
		switch {
		case !asked[r.VersionID]:
		case r.Control:
			n.out.Control += r.Count
		default:
			n.out.Entered += r.Count
			n.stands(r.State, r.Outcome, r.StepID, r.Count)
		}
	}
	return nil
}

func (n *numbers) stands(state, outcome, step string, count int64) {
	if state == models.RunOpen {
		n.out.Open += count
		n.step(step, func(s *storage.StepNumbers) { s.Waiting += count })
		return
	}
	for i := range n.out.Outcomes {
		if n.out.Outcomes[i].Reason == outcome {
			n.out.Outcomes[i].Count += count
			return
		}
	}
	n.out.Outcomes = append(n.out.Outcomes, storage.GroupCount{State: state, Reason: outcome, Count: count})
}

// movedAway adds those to the entered who were in the version and are in another one now.
func (n *numbers) movedAway() error {
	var gone int64
	err := n.db.Raw(`SELECT COUNT(DISTINCT x.run_id) FROM operations o JOIN operation_runs x ON x.operation_id = o.id JOIN runs r ON r.id = x.run_id
WHERE o.workspace_id = ? AND o.journey_id = ? AND o.kind IN ('move', 'move_back') AND x.state = ? AND x.from_version_id IN ? AND r.version_id NOT IN ? AND r.control = 0`,
		n.workspace, n.journey, storage.RunMoved, n.versions, n.versions).Scan(&gone).Error
	n.out.Entered += gone
	return err
}

func (n *numbers) held() error {
	return n.perStep(func(s *storage.StepNumbers, count int64) { s.Held = count },
		`SELECT r.step_id, COUNT(*) AS count FROM (SELECT DISTINCT y.run_id FROM operations p JOIN operation_runs y ON y.operation_id = p.id WHERE p.workspace_id = ? AND p.journey_id = ? AND p.kind = 'hold') h
JOIN runs r ON r.id = h.run_id WHERE r.state = ? AND r.control = 0 AND r.version_id IN ? AND `+lastHold+` = 'hold' GROUP BY r.step_id`,
		n.workspace, n.journey, models.RunOpen, n.versions)
}

func (n *numbers) exits() error {
	where, args := n.shown("sv")
	args = append([]any{n.versions}, args...)
	counted := "COUNT(DISTINCT sv.run_id) AS runs, COUNT(*) AS times FROM step_visits sv WHERE sv.version_id IN ? AND " + wayOut + where
	if len(n.versions) == 1 { // the index has the visits of one version run by run: no set of runs has to be kept
		counted = "COUNT(*) AS runs, SUM(sv.times) AS times FROM (SELECT sv.step_id, sv.exit_name, sv.next_step_id, sv.run_id, COUNT(*) AS times FROM step_visits sv WHERE sv.version_id IN ? AND " + wayOut + where +
			" GROUP BY sv.version_id, sv.step_id, sv.exit_name, sv.next_step_id, sv.run_id) sv"
	}
	if err := n.db.Raw("SELECT sv.step_id, sv.exit_name, sv.next_step_id, "+counted+" GROUP BY sv.step_id, sv.exit_name, sv.next_step_id ORDER BY sv.step_id, 4 DESC, sv.exit_name", args...).Scan(&n.out.Exits).Error; err != nil {
		return err
	}
	type exit struct{ step, name string }
	ledTo, byExit := map[exit]int{}, map[exit]int64{}
	for _, e := range n.out.Exits {
		ledTo[exit{e.StepID, e.ExitName}]++
		byExit[exit{e.StepID, e.ExitName}] = e.Runs
	}
	for e, places := range ledTo {
		if places < 2 {
			continue
		}
		var runs int64
		if err := n.db.Raw("SELECT COUNT(DISTINCT sv.run_id) FROM step_visits sv WHERE sv.version_id IN ?"+where+" AND sv.step_id = ? AND sv.exit_name = ?",
			append(slices.Clone(args), e.step, e.name)...).Scan(&runs).Error; err != nil {
			return err
		}
		byExit[e] = runs
	}
	for i, e := range n.out.Exits {
		n.out.Exits[i].ByExit = byExit[exit{e.StepID, e.ExitName}]
	}
	return nil
}

// visits counts, per step, who has been there, who left it by a way, and whose run ended there without the goal.
func (n *numbers) visits() error {
	where, args := n.shown("sv")
	var rows []struct {
		StepID          string
		Reached, Passed int64
	}
	err := n.db.Raw("SELECT sv.step_id, COUNT(DISTINCT sv.run_id) AS reached, COUNT(DISTINCT CASE WHEN "+wayOut+" THEN sv.run_id END) AS passed FROM step_visits sv WHERE sv.version_id IN ?"+where+
		" GROUP BY sv.step_id", append([]any{n.versions}, args...)...).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		n.step(r.StepID, func(s *storage.StepNumbers) { s.Reached, s.Passed = r.Reached, r.Passed })
	}
	return n.perStep(func(s *storage.StepNumbers, count int64) { s.Left = count },
		"SELECT sv.step_id, COUNT(DISTINCT sv.run_id) AS count FROM step_visits sv JOIN runs r ON r.id = sv.run_id WHERE sv.version_id IN ? AND "+outAtStep+" AND r.control = 0 AND r.goal_at IS NULL GROUP BY sv.step_id",
		n.versions)
}

// stillThere adds those to the reached who have come to a step and not left it yet.
func (n *numbers) stillThere() error {
	return n.perStep(func(s *storage.StepNumbers, count int64) { s.Reached += count },
		`SELECT r.step_id, COUNT(*) AS count FROM runs r WHERE r.version_id IN ? AND r.state = ? AND r.control = 0
AND NOT EXISTS (SELECT 1 FROM step_visits sv WHERE sv.run_id = r.id AND sv.step_id = r.step_id AND sv.version_id IN ?) GROUP BY r.step_id`,
		n.versions, models.RunOpen, n.versions)
}

func (n *numbers) sends() error {
	var rows []struct {
		StepID, State, Reason string
		Count                 int64
	}
	if err := n.db.Raw("SELECT step_id, state, reason, COUNT(*) AS count FROM sends WHERE version_id IN ? GROUP BY step_id, state, reason ORDER BY step_id, 4 DESC",
		n.versions).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		n.out.Sends = append(n.out.Sends, storage.StepSends{StepID: r.StepID, GroupCount: storage.GroupCount{State: r.State, Reason: r.Reason, Count: r.Count}})
	}
	where, args := n.shown("s")
	return n.perStep(func(s *storage.StepNumbers, count int64) { s.Sent = count },
		"SELECT s.step_id, COUNT(DISTINCT s.run_id) AS count FROM sends s WHERE s.version_id IN ? AND "+delivered+where+" GROUP BY s.step_id",
		append([]any{n.versions}, args...)...)
}

func (n *numbers) engaged() error {
	where, args := n.shown("s")
	var rows []struct {
		StepID          string
		Opened, Clicked int64
	}
	err := n.db.Raw(`SELECT s.step_id, COUNT(DISTINCT CASE WHEN e.link_no = 0 THEN s.run_id END) AS opened, COUNT(DISTINCT CASE WHEN e.link_no > 0 THEN s.run_id END) AS clicked
FROM sends s JOIN engagement e ON e.send_id = s.id AND e.hits > 0 WHERE s.version_id IN ? AND `+delivered+where+" GROUP BY s.step_id",
		append([]any{n.versions}, args...)...).Scan(&rows).Error
	for _, r := range rows {
		n.step(r.StepID, func(s *storage.StepNumbers) { s.Opened, s.Clicked = r.Opened, r.Clicked })
	}
	return err
}

func (n *numbers) conversions() error {
	var rows []struct {
		Control      bool
		Currency     string
		Count, Minor int64
	}
	err := n.db.Raw("SELECT r.control, c.currency, COUNT(*) AS count, SUM(c.value_minor) AS minor FROM conversions c JOIN runs r ON r.id = c.run_id WHERE c.workspace_id = ? AND c.journey_id = ? AND c.version_id IN ? GROUP BY r.control, c.currency ORDER BY c.currency",
		n.workspace, n.journey, n.versions).Scan(&rows).Error
	for _, r := range rows {
		if r.Control {
			n.out.ControlConversions += r.Count
			continue
		}
		n.out.Conversions += r.Count
		if r.Minor != 0 {
			n.out.Values = append(n.out.Values, storage.ValueSum{Currency: r.Currency, Minor: r.Minor})
		}
	}
	return err
}

// convertedBySteps counts who reached the goal after coming to a step: one he has left, or the one he is at.
func (n *numbers) convertedBySteps() error {
	return n.perStep(func(s *storage.StepNumbers, count int64) { s.Converted = count },
		// CROSS: from the few who reached it to their visits, not from all visits.
		`SELECT q.step_id, COUNT(*) AS count FROM (
SELECT sv.step_id AS step_id, c.run_id AS run_id FROM conversions c CROSS JOIN runs r ON r.id = c.run_id CROSS JOIN step_visits sv ON sv.run_id = c.run_id
WHERE c.workspace_id = ? AND c.journey_id = ? AND r.control = 0 AND sv.version_id IN ? AND sv.entered_at <= c.at
UNION SELECT r.step_id, c.run_id FROM conversions c CROSS JOIN runs r ON r.id = c.run_id
WHERE c.workspace_id = ? AND c.journey_id = ? AND r.control = 0 AND r.state = ? AND r.version_id IN ? AND r.step_since <= c.at) q GROUP BY q.step_id`,
		n.workspace, n.journey, n.versions, n.workspace, n.journey, models.RunOpen, n.versions)
}

// measured adds the condition of a measure to a list of runs: the runs that VersionNumbers counts for it.
func measured(q *query, workspace int64, f storage.RunFilter) {
	if f.Measure == "" {
		return
	}
	q.and("r.control = 0")
	of := func(alias string) (string, []any) {
		if f.Version.IsZero() {
			return "", nil
		}
		return " AND " + alias + ".version_id = ?", []any{f.Version}
	}
	inVersion := func() { q.when(!f.Version.IsZero(), "r.version_id = ?", f.Version) }
	visited := func(more string, args ...any) (string, []any) {
		v, va := of("sv")
		return "EXISTS (SELECT 1 FROM step_visits sv WHERE sv.run_id = r.id AND sv.step_id = ?" + v + more + ")", append(append([]any{f.Step}, va...), args...)
	}
	here, hereArgs := of("r")
	switch f.Measure {
	case storage.MeasureEntered:
		q.when(!f.Version.IsZero(), "(r.version_id = ? OR EXISTS (SELECT 1 FROM operation_runs x JOIN operations o ON o.id = x.operation_id WHERE x.run_id = r.id AND o.kind IN ('move', 'move_back') AND x.state = ? AND x.from_version_id = ?))",
			f.Version, storage.RunMoved, f.Version)
	case storage.MeasureWaiting, storage.MeasureHeld:
		inVersion()
		q.and("r.state = ?", models.RunOpen).when(f.Step != "", "r.step_id = ?", f.Step).when(f.Measure == storage.MeasureHeld, everHeld+" AND "+lastHold+" = 'hold'", workspace)
	case storage.MeasureReached:
		was, args := visited("")
		args = append(append(args, models.RunOpen, f.Step), hereArgs...)
		q.and("("+was+" OR (r.state = ? AND r.step_id = ?"+here+"))", args...)
	case storage.MeasurePassed:
		was, args := visited(" AND " + wayOut)
		if f.PassedExit != "" {
			was, args = visited(" AND sv.exit_name = ?", f.PassedExit)
		}
		if f.PassedExit != "" && f.PassedTo != "" {
			was, args = visited(" AND sv.exit_name = ? AND sv.next_step_id = ?", f.PassedExit, strings.TrimSuffix(f.PassedTo, storage.PassedToEnd))
		}
		q.and(was, args...)
	case storage.MeasureLeft:
		was, args := visited(" AND " + outAtStep)
		q.and(was, args...).and("r.goal_at IS NULL")
	case storage.MeasureSent, storage.MeasureOpened, storage.MeasureClicked:
		v, args := of("s")
		more := map[storage.Measure]string{storage.MeasureOpened: " AND EXISTS (SELECT 1 FROM engagement e WHERE e.send_id = s.id AND e.link_no = 0 AND e.hits > 0)",
			storage.MeasureClicked: " AND EXISTS (SELECT 1 FROM engagement e WHERE e.send_id = s.id AND e.link_no > 0 AND e.hits > 0)"}[f.Measure]
		q.and("EXISTS (SELECT 1 FROM sends s WHERE s.run_id = r.id AND s.step_id = ? AND "+delivered+v+more+")", append([]any{f.Step}, args...)...)
	case storage.MeasureConverted:
		if f.Step == "" {
			v, args := of("c")
			q.and("EXISTS (SELECT 1 FROM conversions c WHERE c.run_id = r.id"+v+")", args...)
			return
		}
		was, args := visited(" AND sv.entered_at <= c.at")
		args = append(append(args, models.RunOpen, f.Step), hereArgs...)
		q.and("EXISTS (SELECT 1 FROM conversions c WHERE c.run_id = r.id AND ("+was+" OR (r.state = ? AND r.step_id = ?"+here+" AND r.step_since <= c.at)))", args...)
	default:
		q.and("1 = 0")
	}
}
