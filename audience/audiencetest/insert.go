package audiencetest

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"
	"time"

	"sojourn/ids"
)

// Insert writes the world into an empty workspace of a migrated database.
func (w *World) Insert(ctx context.Context, db *sql.DB, workspace int64) error {
	in := inserter{ctx: ctx, db: db}
	audiences := map[string]ids.ID{}
	for _, p := range w.People {
		f := p.Fields
		in.row("customers", []string{"id", "workspace_id", "external_id", "email", "phone", "locale", "timezone", "country", "birthday",
			"attributes", "no_profiling", "restricted", "paused_until", "grp", "created_at", "updated_at"},
			p.ID, workspace, null(f.ExternalID), null(f.Email), null(f.Phone), f.Locale, f.Timezone, f.Country, null(f.Birthday),
			string(p.Attributes), f.NoProfiling, f.Restricted, micros(f.PausedUntil), p.ID, micros(f.CreatedAt), micros(f.CreatedAt))
		if p.Metrics != nil || p.Times != nil {
			cols, vals := []string{"customer_id", "workspace_id", "updated_at"}, []any{p.ID, workspace, 0}
			for name, v := range p.Metrics {
				cols, vals = append(cols, name), append(vals, v)
			}
			for name, text := range p.Times {
				at, err := time.Parse(time.RFC3339Nano, text)
				if err != nil {
					return err
				}
				cols, vals = append(cols, name), append(vals, at.UnixMicro())
			}
			in.row("customer_metrics", cols, vals...)
		}
		for _, c := range p.Permissions {
			in.row("permissions", []string{"workspace_id", "customer_id", "channel", "purpose", "state", "legal_basis", "occurred_at", "consent_id"},
				workspace, p.ID, c.Channel, c.Purpose, c.State, "consent", 0, p.ID)
		}
		for _, key := range p.Members {
			id, ok := audiences[key]
			if !ok {
				id = ids.New()
				audiences[key] = id
				in.row("audiences", []string{"id", "workspace_id", "audience_key", "name", "definition", "created_at"}, id, workspace, key, key, "{}", 0)
			}
			in.row("audience_members", []string{"audience_id", "customer_id", "workspace_id", "entered_at"}, id, p.ID, workspace, 0)
		}
		for _, o := range p.Objects {
			id := ids.New()
			in.row("objects", []string{"id", "workspace_id", "customer_id", "object_type", "object_key", "data", "stamps", "revision", "occurred_at", "created_at", "updated_at"},
				id, workspace, p.ID, o.Type, id.String(), string(o.Data), "{}", 1, 0, 0, 0)
		}
		for _, e := range p.Events {
			in.row("events", []string{"id", "workspace_id", "source_id", "message_id", "content_hash", "type", "name", "customer_id", "data", "context", "occurred_at", "received_at", "routed_at"},
				e.ID, workspace, "test", e.ID.String(), make([]byte, 32), "track", e.Name, p.ID, string(e.Data), "{}", e.At.UnixMicro(), 0, 0)
		}
	}
	return in.flush()
}

type inserter struct {
	ctx  context.Context
	db   *sql.DB
	rows map[string][][]any
	cols map[string][]string
}

// row collects rows with the same columns for one statement.
func (in *inserter) row(table string, cols []string, vals ...any) {
	if in.rows == nil {
		in.rows, in.cols = map[string][][]any{}, map[string][]string{}
	}
	order := make([]int, len(cols))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return cols[order[a]] < cols[order[b]] })
	c, v := make([]string, len(cols)), make([]any, len(cols))
	for i, o := range order {
		c[i], v[i] = cols[o], vals[o]
	}
	key := table + " (" + strings.Join(c, ", ") + ")"
	in.cols[key] = c
	in.rows[key] = append(in.rows[key], v)
}

func (in *inserter) flush() error {
	tx, err := in.db.BeginTx(in.ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for key, rows := range in.rows {
		width := len(in.cols[key])
		for len(rows) > 0 {
			n := min(len(rows), 20000/width)
			var args []any
			for _, r := range rows[:n] {
				args = append(args, r...)
			}
			one := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
			q := "INSERT INTO " + key + " VALUES " + strings.TrimSuffix(strings.Repeat(one+", ", n), ", ")
			if _, err := tx.ExecContext(in.ctx, q, args...); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			rows = rows[n:]
		}
	}
	return tx.Commit()
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}
