package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Sends = (*Store)(nil)

// plain runs statements past gorm, prepared once for the life of the store: parsing them anew for each send was an eighth
// of what a send costs on SQLite, and a round trip each on MySQL while rows are locked.
type plain struct {
	ctx context.Context
	tx  *preparedTx
}

// hotTx is Tx for paths that count their round trips.
func (s *Store) hotTx(ctx context.Context, fn func(p plain) error) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		p, err := s.plainTx(ctx, tx)
		if err != nil {
			return err
		}
		return fn(p)
	})
}

// plainTx steps past gorm inside a transaction.
func (s *Store) plainTx(ctx context.Context, tx *gorm.DB) (plain, error) {
	raw, err := rawTx(tx)
	return plain{ctx, &preparedTx{raw, s}}, err
}

// exec returns the number of rows matched.
func (p plain) exec(query string, args ...any) (int64, error) {
	res, err := p.tx.ExecContext(p.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row scans one row; found is false when there is none.
func (p plain) row(query string, args []any, into ...any) (found bool, err error) {
	err = p.tx.QueryRowContext(p.ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// sendColumns and scanSend belong together.
const sendColumns = `id, workspace_id, send_key, run_id, journey_id, version_id, step_id, visit, customer_id, contact_point_id, channel, class, purpose,
	priority, state, reason, detail, token, lease_until, permission_epoch, journey_epoch, sender_epoch, workspace_epoch, sender_id, template_id,
	template_version, content_hash, message_id, provider_id, provider_code, attempts, unknowns, planned_at, claimed_at, handed_at, closed_at, defer_until, expires_at, issue_id, issue_point, issue_epoch, issue_arm`

func sendFields(r *models.Send) []any {
	return []any{&r.ID, &r.WorkspaceID, &r.SendKey, &r.RunID, &r.JourneyID, &r.VersionID, &r.StepID, &r.Visit, &r.CustomerID, &r.ContactPointID, &r.Channel, &r.Class, &r.Purpose,
		&r.Priority, &r.State, &r.Reason, &r.Detail, &r.Token, &r.LeaseUntil, &r.PermissionEpoch, &r.JourneyEpoch, &r.SenderEpoch, &r.WorkspaceEpoch, &r.SenderID, &r.TemplateID,
		&r.TemplateVersion, &r.ContentHash, &r.MessageID, &r.ProviderID, &r.ProviderCode, &r.Attempts, &r.Unknowns, &r.PlannedAt, &r.ClaimedAt, &r.HandedAt, &r.ClosedAt, &r.DeferUntil, &r.ExpiresAt, &r.IssueID, &r.IssuePoint, &r.IssueEpoch, &r.IssueArm}
}

// Prepare implements storage.Sends.
func (s *Store) Prepare(ctx context.Context, ask storage.SendAsk) (storage.SendSubject, error) {
	var out storage.SendSubject
	id := ask.Customer
	for range 16 {
		out.Customer = models.Customer{}
		found, err := one(ctx, s, &out.Customer, "SELECT * FROM customers WHERE id = ? AND workspace_id = ?", id, ask.Workspace)
		if err != nil {
			return out, err
		}
		if !found {
			return out, fault.New(fault.NotFound, "no such customer")
		}
		if out.Customer.MergedInto.IsZero() {
			break
		}
		id = out.Customer.MergedInto
	}
	if _, err := one(ctx, s, &out.Workspace, "SELECT * FROM workspaces WHERE id = ?", ask.Workspace); err != nil {
		return out, err
	}
	if _, err := one(ctx, s, &out.Row, "SELECT "+sendColumns+" FROM sends WHERE send_key = ? AND workspace_id = ?", ask.Key, ask.Workspace); err != nil {
		return out, err
	}
	if storage.FinalSend(out.Row.State) {
		return out, nil
	}
	if !out.Row.ContactPointID.IsZero() {
		if _, err := one(ctx, s, &out.Content, "SELECT * FROM send_contents WHERE send_id = ? AND workspace_id = ?", out.Row.ID, ask.Workspace); err != nil {
			return out, err
		}
	}
	if !out.Content.SendID.IsZero() {
		_, err := one(ctx, s, &out.ContactPoint, "SELECT * FROM contact_points WHERE id = ? AND workspace_id = ?", out.Row.ContactPointID, ask.Workspace)
		return out, err
	}
	if _, err := one(ctx, s, &out.Sender, "SELECT * FROM senders WHERE workspace_id = ? AND sender_key = ?", ask.Workspace, ask.SenderKey); err != nil {
		return out, err
	}
	if err := s.pointOf(ctx, ask, &out); err != nil {
		return out, err
	}
	if _, err := one(ctx, s, &out.Metrics, "SELECT * FROM customer_metrics WHERE customer_id = ? AND workspace_id = ?", id, ask.Workspace); err != nil {
		return out, err
	}
	if !ask.Run.IsZero() {
		var row struct{ Data models.JSON }
		if _, err := one(ctx, s, &row, "SELECT data FROM run_contexts WHERE run_id = ? AND workspace_id = ? ORDER BY revision DESC LIMIT 1", ask.Run, ask.Workspace); err != nil {
			return out, err
		}
		out.Context = row.Data
	}
	var err error
	out.Tracking, err = s.trackingState(ctx, ask.Workspace, id, ask.Channel)
	return out, translate(err)
}

// pointOf finds the contact point of the customer's address on the channel.
func (s *Store) pointOf(ctx context.Context, ask storage.SendAsk, out *storage.SendSubject) error {
	address := addressOf(out.Customer, ask.Channel)
	if address == "" {
		return nil
	}
	_, err := one(ctx, s, &out.ContactPoint, "SELECT * FROM contact_points WHERE workspace_id = ? AND channel = ? AND address = ?", ask.Workspace, ask.Channel, address)
	if err == nil && out.ContactPoint.ID.IsZero() && standsFor(ask.Channel) {
		err = translate(s.ensurePoint(s.read(ctx), ask.Workspace, ask.Channel, address, &out.ContactPoint))
	}
	return err
}

// addressOf is the customer's address on a channel, in the form of contact points.
func addressOf(c models.Customer, channel string) string {
	switch addressColumn(channel) {
	case "email":
		return string(c.Email)
	case "phone":
		return string(c.Phone)
	}
	if standsFor(channel) {
		return "customer:" + c.ID.String()
	}
	return ""
}

// standsFor reports that a channel finds its receiver by the customer himself: his devices, his browser, his letter box.
func standsFor(channel string) bool {
	return channel == "push" || channel == "web" || channel == "print"
}

// ensurePoint makes the contact point of such a channel, which no event brings. It stands alone, before the gate: a row
// that is missing there would be locked with the gaps around it.
func (s *Store) ensurePoint(db *gorm.DB, workspace int64, channel, address string, point *models.ContactPoint) error {
	if err := db.Exec("INSERT INTO contact_points (id, workspace_id, channel, address, created_at) VALUES (?, ?, ?, ?, "+s.dialect.nowMicros()+") "+s.dialect.ignoreDuplicate("workspace_id, channel, address"),
		s.newID(), workspace, channel, address).Error; err != nil {
		return err
	}
	return db.Raw("SELECT * FROM contact_points WHERE workspace_id = ? AND channel = ? AND address = ?", workspace, channel, address).Scan(point).Error
}

// SendByKey implements storage.Sends.
func (s *Store) SendByKey(ctx context.Context, workspace int64, key string) (models.Send, error) {
	var row models.Send
	err := s.read(ctx).Where("send_key = ? AND workspace_id = ?", key, workspace).First(&row).Error
	return row, translate(err)
}

// SendContent implements storage.Sends.
func (s *Store) SendContent(ctx context.Context, workspace int64, send ids.ID) (models.SendContent, error) {
	var row models.SendContent
	err := s.read(ctx).Where("send_id = ? AND workspace_id = ?", send, workspace).First(&row).Error
	return row, translate(err)
}

// Conservation implements storage.Sends.
func (s *Store) Conservation(ctx context.Context, workspace int64, journey ids.ID) (storage.Conservation, error) {
	out := storage.Conservation{ByState: map[string]int64{}}
	q, args := "SELECT state, COUNT(*) AS n FROM sends WHERE workspace_id = ?", []any{workspace}
	if !journey.IsZero() {
		q, args = q+" AND journey_id = ?", append(args, journey)
	}
	var rows []struct {
		State string
		N     int64
	}
	if err := s.read(ctx).Raw(q+" GROUP BY state", args...).Scan(&rows).Error; err != nil {
		return out, translate(err)
	}
	for _, r := range rows {
		out.ByState[r.State] += r.N
		out.Planned += r.N
	}
	return out, nil
}
