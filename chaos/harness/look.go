package harness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
)

// SendState is the state of a person's letter in the ledger; "" when there is none.
func (w *World) SendState(ctx context.Context, p Person, template string) string {
	w.t.Helper()
	return w.text(ctx, `SELECT s.state FROM sends s JOIN customers c ON c.id = s.customer_id JOIN templates t ON t.id = s.template_id
		WHERE s.workspace_id = ? AND c.external_id = ? AND t.template_key = ?`, w.Workspace, p.User, template)
}

// Suppressed reports whether a person's address must not be written to.
func (w *World) Suppressed(ctx context.Context, p Person) bool {
	w.t.Helper()
	return w.text(ctx, "SELECT suppressed_reason FROM contact_points WHERE workspace_id = ? AND channel = 'email' AND address = ?", w.Workspace, p.Email) != ""
}

// SenderState is the state of the world's only sender.
func (w *World) SenderState(ctx context.Context) string {
	w.t.Helper()
	return w.text(ctx, "SELECT state FROM senders WHERE workspace_id = ?", w.Workspace)
}

// ResumeSender is what an operator does when the cause is mended.
func (w *World) ResumeSender(ctx context.Context) {
	w.t.Helper()
	if err := w.Store.SetSender(ctx, w.Workspace, "default", false, ""); err != nil {
		w.t.Fatal(err)
	}
}

// text reads one text; "" when there is no row.
func (w *World) text(ctx context.Context, query string, args ...any) string {
	w.t.Helper()
	var out string
	err := w.Store.SQL().QueryRowContext(ctx, query, args...).Scan(&out)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		w.t.Fatal(err)
	}
	return out
}

// Want is nil when got is what was wanted.
func Want(got, want string) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("it is %q, want %q", got, want)
}

// Figures are the sizes of a world at rest, for the log of a long run.
func (w *World) Figures(ctx context.Context) string {
	w.t.Helper()
	out := fmt.Sprintf("%d events acknowledged, %d mails at the mail server", len(w.Ledger.Acked()), len(w.Mail.Messages()))
	rows, err := w.Store.SQL().QueryContext(ctx, "SELECT state, COUNT(*) FROM sends WHERE workspace_id = ? GROUP BY state ORDER BY state", w.Workspace)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			w.t.Fatal(err)
		}
		out += fmt.Sprintf(", %d %s", n, state)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range w.processes() {
		out += ", " + p.name + " " + resident(p.Pid())
	}
	return out
}

// resident reads how much memory and how many descriptors a process has.
func resident(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "gone"
	}
	memory := ""
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			memory = strings.TrimSpace(rest)
		}
	}
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return fmt.Sprintf("%s and %d descriptors", memory, len(open))
}
