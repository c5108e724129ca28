package sqlstore

import (
	"context"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// The columns a list needs of a customer, and of a journey with the version a run or send belongs to.
const (
	personColumns  = ", c.id AS p_id, c.external_id AS p_external_id, c.email AS p_email, c.attributes AS p_attributes"
	journeyColumns = ", j.id AS j_id, j.journey_key AS j_key, j.name AS j_name, v.number AS j_version"
)

type personScan struct {
	ID         ids.ID
	ExternalID models.Text
	Email      models.Text
	Attributes models.JSON
}

type journeyScan struct {
	ID      ids.ID
	Key     models.Text
	Name    models.Text
	Version *int
}

func (j journeyScan) name() storage.JourneyName {
	n := storage.JourneyName{ID: j.ID, Key: string(j.Key), Name: string(j.Name)}
	if j.Version != nil {
		n.Version = *j.Version
	}
	return n
}

type runScan struct {
	models.Run `gorm:"embedded"`
	P          personScan  `gorm:"embedded;embeddedPrefix:p_"`
	J          journeyScan `gorm:"embedded;embeddedPrefix:j_"`
	LastHold   models.Text
}

func (r runScan) row() storage.RunRow {
	return storage.RunRow{Run: r.Run, Held: r.LastHold == storage.DispatchHold, Person: storage.Person(r.P), Journey: r.J.name()}
}

// selectRuns leaves the machine's state out: lists have no use for it.
const selectRuns = `SELECT r.id, r.workspace_id, r.journey_id, r.version_id, r.customer_id, r.entry_key, r.entry_event_id, r.state, r.outcome,
 r.step_id, r.step_since, r.wake_at, r.machine_seq, r.context_revision, r.goal_at, r.control, r.started_at, r.ended_at,
 ` + lastHold + ` AS last_hold` + personColumns + journeyColumns + `
 FROM runs r LEFT JOIN customers c ON c.id = r.customer_id LEFT JOIN journeys j ON j.id = r.journey_id LEFT JOIN journey_versions v ON v.id = r.version_id
 WHERE r.workspace_id = ?`

// ListRuns implements storage.Queries.
func (s *Store) ListRuns(ctx context.Context, workspace int64, f storage.RunFilter, p storage.PageAsk) ([]storage.RunRow, error) {
	q := newQuery("").and("r.workspace_id = ?", workspace).
		when(!f.Journey.IsZero(), "r.journey_id = ?", f.Journey).
		when(!f.Version.IsZero() && f.Measure == "", "r.version_id = ?", f.Version).
		when(!f.Customer.IsZero(), "r.customer_id = ?", f.Customer).
		when(f.State != "", "r.state = ?", f.State).
		when(f.Outcome != "", "r.outcome = ?", f.Outcome).
		when(f.Step != "" && f.Measure == "", "r.state = ? AND r.step_id = ?", models.RunOpen, f.Step).
		when(f.Held, "r.state = ? AND "+everHeld+" AND "+lastHold+" = 'hold'", models.RunOpen, workspace)
	measured(q, workspace, f)
	if f.PassedStep != "" {
		passed, args := "SELECT sv.run_id FROM step_visits sv WHERE sv.run_id = r.id AND sv.step_id = ?", []any{f.PassedStep}
		if f.PassedExit != "" {
			passed, args = passed+" AND sv.exit_name = ?", append(args, f.PassedExit)
		}
		q.and("EXISTS ("+passed+")", args...)
	}
	l := listing{table: "runs", alias: "r", at: "started_at", scope: "workspace_id", value: workspace, which: q, few: !f.Customer.IsZero() || f.Held}
	if !f.Journey.IsZero() {
		l.scope, l.value = "journey_id", f.Journey
	}
	found, err := s.page(ctx, l, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var rows []runScan
	if err := s.read(ctx).Raw(selectRuns+" AND r.id IN ? ORDER BY r.started_at DESC, r.id DESC", workspace, found).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.RunRow, len(rows))
	for i, r := range rows {
		out[i] = r.row()
	}
	return out, nil
}

// Run implements storage.Queries.
func (s *Store) Run(ctx context.Context, workspace int64, id ids.ID) (storage.RunRow, error) {
	var row runScan
	found := s.read(ctx).Raw(selectRuns+" AND r.id = ?", workspace, id).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return storage.RunRow{}, fault.New(fault.NotFound, "no such run")
	}
	return row.row(), translate(found.Error)
}

// RunRecord implements storage.Queries.
func (s *Store) RunRecord(ctx context.Context, workspace int64, run ids.ID) (storage.RunRecord, error) {
	var r storage.RunRecord
	db := s.read(ctx)
	if err := db.Raw("SELECT * FROM step_visits WHERE workspace_id = ? AND run_id = ? ORDER BY seq LIMIT 2000", workspace, run).Scan(&r.Visits).Error; err != nil {
		return r, translate(err)
	}
	if err := db.Raw("SELECT * FROM decisions WHERE workspace_id = ? AND run_id = ? ORDER BY at, id LIMIT 2000", workspace, run).Scan(&r.Decisions).Error; err != nil {
		return r, translate(err)
	}
	if err := db.Raw("SELECT * FROM run_contexts WHERE workspace_id = ? AND run_id = ? ORDER BY revision LIMIT 200", workspace, run).Scan(&r.Contexts).Error; err != nil {
		return r, translate(err)
	}
	if err := db.Raw("SELECT * FROM repairs WHERE workspace_id = ? AND run_id = ? ORDER BY at, id LIMIT 200", workspace, run).Scan(&r.Repairs).Error; err != nil {
		return r, translate(err)
	}
	if err := db.Raw("SELECT COALESCE(waiting, '') FROM runs WHERE workspace_id = ? AND id = ?", workspace, run).Scan(&r.Waiting).Error; err != nil {
		return r, translate(err)
	}
	var goal models.Conversion
	found := db.Raw("SELECT * FROM conversions WHERE workspace_id = ? AND run_id = ?", workspace, run).Scan(&goal)
	if found.Error != nil {
		return r, translate(found.Error)
	}
	if found.RowsAffected > 0 {
		r.Conversion = &goal
	}
	var err error
	r.Sends, err = s.ListSends(ctx, workspace, storage.SendFilter{Run: run}, storage.PageAsk{Limit: 500})
	return r, err
}

type sendScan struct {
	models.Send `gorm:"embedded"`
	P           personScan  `gorm:"embedded;embeddedPrefix:p_"`
	J           journeyScan `gorm:"embedded;embeddedPrefix:j_"`
	Template    models.Text `gorm:"column:template_key"`
	Subject     models.Text `gorm:"column:subject"`
	Address     models.Text `gorm:"column:address"`
	InboxID     ids.ID      `gorm:"column:inbox_id"`
}

const selectSends = `SELECT s.*, t.template_key, sc.subject, COALESCE(sc.address, cp.address) AS address,
 (SELECT im.id FROM inbox_messages im WHERE im.send_id = s.id ORDER BY im.received_at LIMIT 1) AS inbox_id` + personColumns + journeyColumns + `
 FROM sends s LEFT JOIN customers c ON c.id = s.customer_id LEFT JOIN journeys j ON j.id = s.journey_id LEFT JOIN journey_versions v ON v.id = s.version_id
 LEFT JOIN templates t ON t.id = s.template_id LEFT JOIN send_contents sc ON sc.send_id = s.id LEFT JOIN contact_points cp ON cp.id = s.contact_point_id
 WHERE s.workspace_id = ?`

// engaged are the conditions of what people did with a message.
var engaged = map[string]string{
	storage.EngagedOpened: " AND " + hasHit("= 0"), storage.EngagedNotOpened: " AND NOT " + hasHit("= 0"),
	storage.EngagedClicked: " AND " + hasHit("> 0"), storage.EngagedNotClicked: " AND NOT " + hasHit("> 0"),
	storage.EngagedUnsubscribed: " AND EXISTS (SELECT 1 FROM consents u WHERE u.send_id = s.id)",
}

func hasHit(link string) string {
	return "EXISTS (SELECT 1 FROM engagement e WHERE e.send_id = s.id AND e.link_no " + link + " AND e.hits > 0)"
}

// ListSends implements storage.Queries.
func (s *Store) ListSends(ctx context.Context, workspace int64, f storage.SendFilter, p storage.PageAsk) ([]storage.SendRow, error) {
	q := newQuery("").and("s.workspace_id = ?", workspace).
		when(!f.Journey.IsZero(), "s.journey_id = ?", f.Journey).
		when(!f.Version.IsZero(), "s.version_id = ?", f.Version).
		when(!f.Customer.IsZero(), "s.customer_id = ?", f.Customer).
		when(!f.Run.IsZero(), "s.run_id = ?", f.Run).
		when(!f.Issue.IsZero(), "s.issue_id = ?", f.Issue).
		when(f.Step != "", "s.step_id = ?", f.Step).
		when(f.State != "", "s.state = ?", f.State).
		when(f.Reason != "", "s.reason = ?", f.Reason).
		when(f.Arm != 0, "s.issue_arm = ?", f.Arm)
	if f.Engaged != "" {
		q.and("s.state IN " + reached + engaged[f.Engaged])
	}
	l := listing{table: "sends", alias: "s", at: "planned_at", scope: "workspace_id", value: workspace, which: q, few: !f.Customer.IsZero() || !f.Run.IsZero() || !f.Issue.IsZero()}
	found, err := s.page(ctx, l, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	q = newQuery(selectSends, workspace).and("s.id IN ?", found)
	q.sql += " ORDER BY s.planned_at DESC, s.id DESC"
	return s.sends(ctx, workspace, q)
}

func (s *Store) sends(ctx context.Context, workspace int64, q *query) ([]storage.SendRow, error) {
	var rows []sendScan
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	issues := make([]ids.ID, len(rows))
	for i, r := range rows {
		issues[i] = r.IssueID
	}
	names, err := s.issueNames(ctx, workspace, issues)
	if err != nil {
		return nil, err
	}
	out := make([]storage.SendRow, len(rows))
	for i, r := range rows {
		out[i] = storage.SendRow{Send: r.Send, Person: storage.Person(r.P), Journey: r.J.name(), Issue: names[r.IssueID], Template: string(r.Template),
			Subject: string(r.Subject), Address: string(r.Address), InboxID: r.InboxID}
	}
	return out, nil
}
