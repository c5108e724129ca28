package activities_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/broadcast"
	"sojourn/channels"
	"sojourn/channels/smtp"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

const childEnv = "SOJOURN_TEST_BROADCAST_CHILD"

// TestBroadcastWorkerProcess is not a test of its own: it is the worker process that TestBroadcastThroughTwentyKills
// kills. It does what the workflow does until the broadcast is done.
func TestBroadcastWorkerProcess(t *testing.T) {
	given := strings.Split(os.Getenv(childEnv), " ")
	if len(given) != 5 {
		return // nobody asked for a worker
	}
	s, err := sqlstore.Open(t.Context(), given[0], sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	began, _ := strconv.ParseInt(given[4], 10, 64)
	now := func() time.Time { return storagetest.Noon.Add(time.Since(time.UnixMicro(began))) }
	ws, _ := strconv.ParseInt(given[2], 10, 64)
	sender, err := smtp.New(smtp.Config{Addr: given[1], Security: smtp.Plain}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &activities.Messaging{Sends: s, Templates: s, Documents: s, Senders: map[string]channels.Sender{"email": sender}, Engine: &content.Engine{Now: time.Now}, Links: linkKeys,
		IDKey: bytes.Repeat([]byte("i"), 32), PublicURL: "https://mail.example", Lease: time.Second, Now: now, Logger: slog.New(slog.DiscardHandler)}
	b := &activities.Broadcasts{Store: s, Messaging: m, Now: now}
	for {
		p, err := b.AdvanceBroadcast(t.Context(), contract.BroadcastInput{WorkspaceID: ws, BroadcastID: given[3]})
		if err != nil {
			continue // as Temporal would try again
		}
		if p.Done {
			return
		}
		if pause := time.UnixMicro(p.WakeAt).Sub(now()); pause > 0 {
			<-time.After(pause)
		}
	}
}

// The worker process is killed twenty times in the middle: nobody gets the letter twice, and everybody has one outcome.
func TestBroadcastThroughTwentyKills(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) (*sqlstore.Store, string){"sqlite": dbtest.SQLiteURL, "mysql": dbtest.MySQLURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := open(t)
			const people, kills = 600, 20
			// Half of them are in a subject test, the others wait for its winner: that changes nothing about once.
			l, all := newLetters(t, s, `{}`, people, func(d *broadcast.Definition) {
				d.Test = &broadcast.Test{Subjects: []string{"One", "Two"}, Share: 50, Wait: "PT1S"}
			})
			began := strconv.FormatInt(time.Now().UnixMicro(), 10)
			given := strings.Join([]string{url, l.server.Addr(), strconv.FormatInt(l.Workspace.ID, 10), l.row.ID.String(), began}, " ")
			worker := func() *exec.Cmd {
				cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestBroadcastWorkerProcess$")
				cmd.Env = append(os.Environ(), childEnv+"="+given)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				return cmd
			}
			for kill := range kills {
				cmd := worker()
				want := (kill + 1) * (people - 100) / kills
				if !l.awaitMails(30*time.Second, want) {
					t.Errorf("kill %d: the worker does not get on", kill)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			if err := worker().Wait(); err != nil {
				t.Fatal(err)
			}
			l.once(all[0].WorkspaceID, people)
			if row, err := s.Broadcast(t.Context(), l.Workspace.ID, l.row.ID); err != nil || row.State != broadcast.Done {
				t.Errorf("broadcast: %s, %v", row.State, err)
			}
		})
	}
}

func (l *letters) awaitMails(within time.Duration, n int) bool {
	deadline := time.After(within)
	for {
		changed := l.server.Changed()
		if len(l.server.Messages()) >= n {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}

// once compares the mail server with the ledger.
func (l *letters) once(workspace int64, people int) {
	l.t.Helper()
	perhaps, surely := map[string]int{}, map[string]int{}
	for _, m := range l.server.Messages() {
		if m.Terminated {
			perhaps[m.To[0]]++
		}
		if m.Terminated && m.Answered {
			surely[m.To[0]]++
		}
	}
	for address, n := range perhaps {
		if n > 1 {
			l.t.Errorf("%s got it %d times", address, n)
		}
	}
	rows, err := l.S.SQL().Query("SELECT state, c.email, COUNT(*) FROM sends s JOIN customers c ON c.id = s.customer_id WHERE s.workspace_id = ? GROUP BY state, c.email", workspace)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	outcomes, states := map[string]int{}, map[string]int{}
	for rows.Next() {
		var state, email string
		var n int
		if err := rows.Scan(&state, &email, &n); err != nil {
			l.t.Fatal(err)
		}
		outcomes[email] += n
		states[state] += n
		if !storage.FinalSend(state) {
			l.t.Errorf("%s is left %s", email, state)
		}
		if state == storage.SendAccepted && perhaps[email] != 1 {
			l.t.Errorf("%s is called accepted and was not sent", email)
		}
		if surely[email] == 1 && state != storage.SendAccepted && state != storage.SendUnknown && state != storage.SendResolvedAccepted {
			l.t.Errorf("%s was sent and is called %s", email, state)
		}
	}
	for email, n := range outcomes {
		if n != 1 {
			l.t.Errorf("%s has %d outcomes", email, n)
		}
	}
	if len(outcomes) != people {
		l.t.Errorf("%d of %d have an outcome: %v", len(outcomes), people, states)
	}
	l.t.Log(fmt.Sprint(states))
}
