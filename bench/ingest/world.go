package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/server/ingestion"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

const (
	batchSize = 100
	people    = 5000
	writeKey  = "sjw_bench"
)

// world is the ordinary server over one database.
type world struct {
	store     *sqlstore.Store
	committer *ingestion.Committer
	server    *http.Server
	client    *http.Client
	url       string
	workspace int64  // ours
	other     int64  // of the plain rows
	source    string // of our key
	accepted  int64  // in batches, so far
	sent      atomic.Int64
}

func newWorld(ctx context.Context, s *sqlstore.Store) (*world, error) {
	w := &world{store: s}
	now := models.At(time.Now())
	for i, id := range []*int64{&w.workspace, &w.other} {
		*id = int64(i + 1)
		if _, err := s.SQL().ExecContext(ctx, "INSERT INTO workspaces (id, workspace_key, name, timezone, currency, locale, settings, created_at) VALUES (?, ?, 'bench', 'UTC', 'EUR', 'en', '{}', ?)",
			*id, fmt.Sprint("bench-", i), now); err != nil {
			return nil, err
		}
	}
	key := models.APIKey{ID: s.NewID(), WorkspaceID: w.workspace, Kind: storage.KeyIngest, Name: "bench", SecretHash: sha256.Sum256([]byte(writeKey)), CreatedAt: now}
	if err := s.CreateKey(ctx, key); err != nil {
		return nil, err
	}
	w.source = key.ID.String()
	w.committer = ingestion.NewCommitter(s, ingestion.CommitterOptions{Workers: ingestion.WorkersFor(s.Dialect() == sqlstore.SQLite)})
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ingestion.Mount(r, ingestion.Deps{Intake: w.committer, Keys: s, RequestRate: -1})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.url = "http://" + l.Addr().String()
	w.server = &http.Server{Handler: r, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = w.server.Serve(l) }()
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}}
	return w, nil
}

func (w *world) close() {
	_ = w.server.Close()
	w.committer.Close()
}

// batch is a request body, and the rows it stands for.
type batch struct {
	body   []byte
	events []ingest.Event
}

func makeBatches(run string, n int) []batch {
	out := make([]batch, n)
	for i := range out {
		out[i] = makeBatch(fmt.Sprintf("%s-%d", run, i), i*batchSize, batchSize)
	}
	return out
}

// makeBatch writes orders as the Go client sends them, of people who are known after the first rounds.
func makeBatch(id string, from, n int) batch {
	var b bytes.Buffer
	b.WriteString(`{"batch":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		message := ids.New().String()
		fmt.Fprintf(&b, `{"type":"track","messageId":"%s","userId":"user-%d","event":"Order Completed","timestamp":"2026-03-01T11:00:00.123Z","properties":{"currency":"EUR","order_id":"%s-%d","products":[{"name":"Blue Train","price":11.99,"product_id":"cd-1","quantity":1},{"name":"Kind of Blue","price":9.5,"product_id":"cd-2","quantity":2}],"total":30.99},"context":{"ip":"203.0.113.9","locale":"en-GB"}}`,
			message, (from+i)%people, id, i)
	}
	b.WriteString(`],"context":{"library":{"name":"analytics-go","version":"3.3.0"}},"messageId":"x","sentAt":"2026-03-01T11:00:01Z"}`)
	d, err := ingest.DecodeBatch(b.Bytes(), ingest.Options{ReceivedAt: time.Now()})
	if err != nil {
		panic(err)
	}
	return batch{b.Bytes(), d.Events}
}

// plain is one way to insert rows.
type plain struct {
	name        string
	connections int
	prepared    bool
}

const columns = "id,workspace_id,source_id,message_id,content_hash,type,name,user_id,anonymous_id,previous_id,group_id,data,context,backfill,occurred_at,received_at"

// plain inserts the rows of the batches, a statement and a commit for each batch, and returns events per second.
func (w *world) plain(ctx context.Context, p plain, batches []batch) (float64, error) {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", strings.Count(columns, ",")+1), ",") + ")"
	query := "INSERT INTO events (" + columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(row+",", batchSize), ",")
	source := ids.New().String()
	args := make([][]any, len(batches))
	for i, b := range batches {
		args[i] = w.rows(b, source)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Value
	start := time.Now()
	for range p.connections {
		wg.Go(func() {
			conn, err := w.store.SQL().Conn(ctx)
			if err != nil {
				failed.Store(err)
				return
			}
			defer conn.Close()
			exec := func(a []any) (sql.Result, error) { return conn.ExecContext(ctx, query, a...) }
			if p.prepared {
				st, err := conn.PrepareContext(ctx, query)
				if err != nil {
					failed.Store(err)
					return
				}
				defer st.Close()
				exec = func(a []any) (sql.Result, error) { return st.ExecContext(ctx, a...) }
			}
			for i := next.Add(1) - 1; int(i) < len(args); i = next.Add(1) - 1 {
				if _, err := exec(args[i]); err != nil {
					failed.Store(err)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(len(batches)*batchSize) / took.Seconds(), w.prove(ctx, w.other, source, batches)
}

func (w *world) rows(b batch, source string) []any {
	var args []any
	now := time.Now().UnixMicro()
	for i := range b.events {
		e := &b.events[i]
		id := ids.New()
		args = append(args, id[:], w.other, source, e.MessageID, e.Hash[:], string(e.Type), e.Name, e.UserID, e.AnonymousID, e.PreviousID, e.GroupID,
			string(e.Data), string(e.Context), 0, e.OccurredAt.UnixMicro(), now)
	}
	return args
}

// ours posts the batches and returns acknowledged events per second.
func (w *world) ours(ctx context.Context, batches []batch, clients int) (float64, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	var failed atomic.Value
	start := time.Now()
	for range clients {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(batches); i = next.Add(1) - 1 {
				if err := w.post(ctx, "/v1/batch", batches[i].body); err != nil {
					failed.Store(err)
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(len(batches)*batchSize) / took.Seconds(), w.prove(ctx, w.workspace, w.source, batches)
}

func (w *world) post(ctx context.Context, path string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(writeKey, "")
	res, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, answer)
	}
	return err
}

// prove counts at the sink: every message is there, once, and, for ours, waits in the outbox.
func (w *world) prove(ctx context.Context, workspace int64, source string, batches []batch) error {
	for _, b := range batches {
		args := []any{workspace, source}
		for i := range b.events {
			args = append(args, b.events[i].MessageID)
		}
		q := "SELECT COUNT(DISTINCT e.message_id), COUNT(*) FROM events e WHERE e.workspace_id = ? AND e.source_id = ? AND e.message_id IN (" + strings.TrimSuffix(strings.Repeat("?,", len(b.events)), ",") + ")"
		var unique, all int
		if err := w.store.SQL().QueryRowContext(ctx, q, args...).Scan(&unique, &all); err != nil {
			return err
		}
		if unique != all || all != len(b.events) {
			return fmt.Errorf("%d messages sent, %d rows of %d messages at the sink", len(b.events), all, unique)
		}
	}
	if workspace == w.other {
		return nil
	}
	w.accepted += int64(len(batches) * batchSize)
	var waiting int64
	err := w.store.SQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", w.workspace).Scan(&waiting)
	if err == nil && waiting != w.accepted {
		err = fmt.Errorf("%d events accepted, %d wait in the outbox", w.accepted, waiting)
	}
	return err
}
