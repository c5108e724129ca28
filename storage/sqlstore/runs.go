package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Runs = (*Store)(nil)

// RunStanding implements storage.Runs.
func (s *Store) RunStanding(ctx context.Context, workspace int64, run ids.ID, since time.Time) (storage.RunStanding, error) {
	var row struct {
		models.Run
		JourneyState string
		Pauses       int
	}
	found, err := one(ctx, s, &row, `SELECT r.*, j.state AS journey_state,
  (SELECT COUNT(*) FROM journey_pauses p WHERE p.journey_id = r.journey_id AND p.resumed_at > ?) AS pauses
FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE r.id = ? AND r.workspace_id = ?`, since.UnixMicro(), run, workspace)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "no such run")
	}
	if err != nil {
		return storage.RunStanding{}, fmt.Errorf("read run %s: %w", run, err)
	}
	got := storage.RunStanding{Run: row.Run, Owner: machineOwner(row.Machine), JourneyState: row.JourneyState}
	got.Run.Machine = nil
	if row.Pauses > 0 {
		err = s.read(ctx).Raw("SELECT * FROM journey_pauses WHERE workspace_id = ? AND journey_id = ? AND resumed_at > ? ORDER BY paused_at, id",
			workspace, row.JourneyID, since.UnixMicro()).Scan(&got.Pauses).Error
	}
	return got, translate(err)
}

// machineOwner reads who wrote a machine state; nobody has written {}.
func machineOwner(machine models.JSON) string {
	var m struct {
		Owner string `json:"own"`
	}
	if err := json.Unmarshal(machine, &m); err != nil {
		return ""
	}
	return m.Owner
}

// AdvanceRun implements storage.Runs.
func (s *Store) AdvanceRun(ctx context.Context, workspace int64, p storage.RunProgress) (contract.Verdict, error) {
	var verdict contract.Verdict
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		verdict = contract.VerdictGo
		raw, err := s.plainTx(ctx, tx)
		if err != nil {
			return err
		}
		var row models.Run
		found, err := raw.row("SELECT id, workspace_id, journey_id, version_id, customer_id, entry_key, state, machine, machine_seq, waiting FROM runs WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(),
			[]any{p.RunID, workspace}, &row.ID, &row.WorkspaceID, &row.JourneyID, &row.VersionID, &row.CustomerID, &row.EntryKey, &row.State, &row.Machine, &row.MachineSeq, &row.Waiting)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "no such run")
		}
		if err != nil {
			return err
		}
		owner := machineOwner(row.Machine)
		switch {
		case row.State != models.RunOpen:
			verdict = contract.VerdictClosed
			return nil
		case row.MachineSeq >= p.Seq && owner != p.Owner && (p.Before == "" || owner != p.Before):
			verdict = contract.VerdictStale
			return nil
		}
		if p.Held {
			if verdict, err = s.heldVerdict(tx, row.JourneyID); err != nil || verdict != contract.VerdictPaused {
				return err
			}
		}
		return s.writeProgress(tx, raw, row, p)
	})
	if err != nil {
		return "", fmt.Errorf("advance run %s: %w", p.RunID, err)
	}
	return verdict, nil
}

// heldVerdict reads the journey under a shared lock, so that a resume either is seen here or sees this run as held.
func (s *Store) heldVerdict(tx *gorm.DB, journey ids.ID) (contract.Verdict, error) {
	var state string
	if err := tx.Raw("SELECT state FROM journeys WHERE id = ?"+s.dialect.forShare(), journey).Take(&state).Error; err != nil {
		return "", err
	}
	return storage.RunStanding{Run: models.Run{State: models.RunOpen}, JourneyState: state}.Judge("", "", 0), nil
}

func (s *Store) writeProgress(tx *gorm.DB, raw plain, row models.Run, p storage.RunProgress) error {
	if p.Seq <= row.MachineSeq {
		// The owner, or who took over from it, does a crashed workflow task again, perhaps by another path: what it had written is
		// taken back.
		if err := keepNotes(tx, row.ID, p); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM step_visits WHERE run_id = ? AND seq > ?", row.ID, p.Hops-len(p.Left)).Error; err != nil {
			return err
		}
	}
	if moved := !p.VersionID.IsZero() && p.VersionID != row.VersionID; moved {
		if err := moveRun(tx, row, p.VersionID, p.At); err != nil {
			return err
		}
		if err := s.hear(tx, row, p.VersionID); err != nil {
			return err
		}
	}
	if err := writeVisits(raw, row, p); err != nil {
		return err
	}
	seq := max(p.Seq, row.MachineSeq)
	if p.Outcome == "" {
		waiting := p.Waiting
		if waiting == "" && len(p.Left) == 0 {
			waiting = row.Waiting // it is where it was
		}
		_, err := raw.exec("UPDATE runs SET step_id = ?, step_since = ?, wake_at = ?, machine = ?, machine_seq = ?, waiting = ? WHERE id = ?",
			p.StepID, p.StepSince, p.WakeAt, p.Machine, seq, waiting, row.ID)
		return err
	}
	if _, err := raw.exec("UPDATE runs SET state = ?, outcome = ?, step_id = ?, step_since = ?, wake_at = NULL, waiting = NULL, machine = ?, machine_seq = ?, ended_at = ? WHERE id = ?",
		models.RunEnded, p.Outcome, p.StepID, p.StepSince, p.Machine, seq, p.At, row.ID); err != nil {
		return err
	}
	if _, err := raw.exec("UPDATE entry_guards SET open_run_id = NULL WHERE journey_id = ? AND entry_key = ? AND open_run_id = ?",
		row.JourneyID, row.EntryKey, row.ID); err != nil {
		return err
	}
	if err := s.endSteps(tx, row.ID, p.At.Time()); err != nil {
		return err
	}
	if p.Reason == "" && p.EventID.IsZero() {
		return nil // it came to the end of its path; the visits tell it all
	}
	detail := map[string]string{}
	if !p.EventID.IsZero() {
		detail["event_id"] = p.EventID.String()
	}
	return tx.Create(&models.Decision{
		ID: s.newID(), WorkspaceID: row.WorkspaceID, CustomerID: row.CustomerID, RunID: row.ID, JourneyID: row.JourneyID, StepID: p.StepID,
		Kind: storage.DecisionEnd, Outcome: p.Outcome, Reason: p.Reason, Detail: models.ToJSON(detail), At: p.At,
	}).Error
}

// keepNotes takes over why the steps waited that are left once more: the run's row has gone on to another wait since.
func keepNotes(tx *gorm.DB, run ids.ID, p storage.RunProgress) error {
	var before []models.StepVisit
	if err := tx.Raw("SELECT step_id, visit, why FROM step_visits WHERE run_id = ? AND seq > ? AND why IS NOT NULL", run, p.Hops-len(p.Left)).Scan(&before).Error; err != nil {
		return err
	}
	for _, b := range before {
		for i, l := range p.Left {
			if l.StepID == b.StepID && l.Visit == b.Visit {
				p.Left[i].Why = b.Why
			}
		}
	}
	return nil
}

func writeVisits(raw plain, row models.Run, p storage.RunProgress) error {
	left := p.Left
	if len(left) == 0 {
		return nil
	}
	// Of a run that was moved meanwhile, what it left before belongs to the old version: all up to the move itself.
	version, before := row.VersionID, 0
	if !p.VersionID.IsZero() && p.VersionID != row.VersionID {
		version = p.VersionID
		for i, v := range left {
			if v.ExitName == journey.ExitMoved {
				before = i + 1
			}
		}
	}
	note, _ := storage.ReadWaitNote(row.Waiting)
	var b strings.Builder
	b.WriteString("REPLACE INTO step_visits (run_id, seq, workspace_id, version_id, step_id, visit, exit_name, next_step_id, entered_at, left_at, why) VALUES ")
	args := make([]any, 0, len(left)*11)
	for i, v := range left {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
		of := version
		if i < before {
			of = row.VersionID
		}
		why := v.Why
		if why == "" && note.StepID == v.StepID && note.Visit == v.Visit {
			why = row.Waiting
		}
		args = append(args, row.ID, v.Seq, row.WorkspaceID, of, v.StepID, v.Visit, v.ExitName, v.NextStepID, v.EnteredAt, v.LeftAt, why)
	}
	_, err := raw.exec(b.String(), args...)
	return err
}

// RunContext implements storage.Runs.
func (s *Store) RunContext(ctx context.Context, workspace int64, run ids.ID, revision int) (map[string]any, error) {
	if revision == 0 {
		return nil, nil
	}
	var rows []models.RunContext
	err := s.read(ctx).Raw("SELECT * FROM run_contexts WHERE run_id = ? AND revision <= ? AND workspace_id = ? ORDER BY revision DESC LIMIT 1", run, revision, workspace).
		Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, translate(err)
	}
	var data map[string]any
	if err := rows[0].Data.Into(&data); err != nil {
		return nil, fmt.Errorf("context %d of run %s: %w", rows[0].Revision, run, err)
	}
	return data, nil
}

// RunPerson implements storage.Runs.
func (s *Store) RunPerson(ctx context.Context, workspace int64, run ids.ID) (storage.RunPerson, error) {
	var row storage.RunPerson
	found, err := one(ctx, s, &row, `SELECT r.customer_id, r.journey_id, c.timezone AS customer_zone, w.timezone AS workspace_zone, COALESCE(j.state, '') AS journey_state
FROM runs r JOIN customers c ON c.id = r.customer_id JOIN workspaces w ON w.id = r.workspace_id LEFT JOIN journeys j ON j.id = r.journey_id WHERE r.id = ? AND r.workspace_id = ?`, run, workspace)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "no such run")
	}
	if err != nil {
		return row, fmt.Errorf("read who is in run %s: %w", run, err)
	}
	return row, nil
}

// RunEvents implements storage.Runs.
func (s *Store) RunEvents(ctx context.Context, workspace int64, run ids.ID, names []string, since time.Time, limit int) ([]models.Event, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var rows []models.Event
	err := s.read(ctx).Raw(`SELECT e.* FROM run_events x JOIN events e ON e.id = x.event_id
WHERE x.run_id = ? AND e.workspace_id = ? AND e.name IN ? AND e.occurred_at >= ? ORDER BY e.occurred_at, e.id LIMIT ?`,
		run, workspace, names, since.UnixMicro(), limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the events of run %s: %w", run, translate(err))
	}
	return rows, nil
}

// RunEventsAfter implements storage.Runs.
func (s *Store) RunEventsAfter(ctx context.Context, workspace int64, run ids.ID, names []string, after models.Event, limit int) ([]models.Event, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var rows []models.Event
	err := s.read(ctx).Raw(`SELECT e.* FROM run_events x JOIN events e ON e.id = x.event_id
WHERE x.run_id = ? AND e.workspace_id = ? AND e.name IN ? AND e.occurred_at >= ? AND (e.occurred_at > ? OR e.id > ?) ORDER BY e.occurred_at, e.id LIMIT ?`,
		run, workspace, names, after.OccurredAt, after.OccurredAt, after.ID, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the events of run %s: %w", run, translate(err))
	}
	return rows, nil
}

// EarliestEvent implements storage.Runs.
func (s *Store) EarliestEvent(ctx context.Context, workspace int64, events []ids.ID) (models.Event, error) {
	var row models.Event
	err := s.read(ctx).Raw("SELECT id, occurred_at FROM events WHERE workspace_id = ? AND id IN ? ORDER BY occurred_at, id LIMIT 1", workspace, events).Take(&row).Error
	if err != nil {
		return row, fmt.Errorf("read the earliest of %d events: %w", len(events), translate(err))
	}
	return row, nil
}

// RoutedEvent implements storage.Runs.
func (s *Store) RoutedEvent(ctx context.Context, workspace int64, id ids.ID) (models.Event, error) {
	var row models.Event
	err := s.read(ctx).Raw("SELECT * FROM events WHERE id = ? AND workspace_id = ?", id, workspace).Take(&row).Error
	if err != nil {
		return row, fmt.Errorf("read event %s: %w", id, translate(err))
	}
	return row, nil
}

// forShare ends a SELECT that nobody may overtake with a change until this transaction ends. LOCK IN SHARE MODE is the
// one form that MySQL and MariaDB both know.
func (d Dialect) forShare() string {
	if d == SQLite {
		return ""
	}
	return " LOCK IN SHARE MODE"
}
