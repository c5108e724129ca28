package ingestion_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/models"
	"sojourn/server/ingestion"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

const writeKey = "sjw_0123456789abcdef"

// world is a server with a database of its own and one write key.
type world struct {
	t     *testing.T
	store *sqlstore.Store
	ws    int64
	key   models.APIKey
	url   string
}

func newWorld(t *testing.T, s *sqlstore.Store, change ...func(*ingestion.Deps)) *world {
	t.Helper()
	w := &world{t: t, store: s, ws: storagetest.AddWorkspace(t, s, "acme").ID}
	w.key = models.APIKey{ID: s.NewID(), WorkspaceID: w.ws, Kind: storage.KeyIngest, Name: "web", Prefix: writeKey[:8], SecretHash: sha256.Sum256([]byte(writeKey)), CreatedAt: models.At(time.Now())}
	if err := s.CreateKey(context.Background(), w.key); err != nil {
		t.Fatal(err)
	}
	committer := ingestion.NewCommitter(s, ingestion.CommitterOptions{})
	t.Cleanup(committer.Close)
	d := ingestion.Deps{Intake: committer, Keys: s, Logger: slog.New(slog.DiscardHandler), RequestRate: -1, KeyTTL: 50 * time.Millisecond}
	for _, c := range change {
		c(&d)
	}
	r := gin.New()
	ingestion.Mount(r, d)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func sqliteWorld(t *testing.T, change ...func(*ingestion.Deps)) *world {
	return newWorld(t, dbtest.SQLite(t), change...)
}

// post sends a body with the write key and returns status, headers and answer.
func (w *world) post(path, body string, header ...string) (int, http.Header, string) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.SetBasicAuth(writeKey, "")
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			req.Header.Del(header[i])
		} else {
			req.Header.Set(header[i], header[i+1])
		}
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) (int, http.Header, string) {
	w.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

// events reads what is stored, in the order of the outbox.
func (w *world) events() (list []models.Event) {
	w.t.Helper()
	q, err := w.store.SQL().Query(`SELECT e.id, e.source_id, e.message_id, e.type, e.name, e.user_id, e.anonymous_id, e.previous_id, e.group_id, e.data, e.context, e.backfill, e.conflicts, e.occurred_at, e.received_at
		FROM outbox o JOIN events e ON e.id = o.event_id WHERE e.workspace_id = ? ORDER BY o.id`, w.ws)
	if err != nil {
		w.t.Fatal(err)
	}
	defer q.Close()
	for q.Next() {
		var e models.Event
		if err := q.Scan(&e.ID, &e.SourceID, &e.MessageID, &e.Type, &e.Name, &e.UserID, &e.AnonymousID, &e.PreviousID, &e.GroupID, &e.Data, &e.Context, &e.Backfill, &e.Conflicts, &e.OccurredAt, &e.ReceivedAt); err != nil {
			w.t.Fatal(err)
		}
		list = append(list, e)
	}
	if err := q.Err(); err != nil && err != sql.ErrNoRows {
		w.t.Fatal(err)
	}
	return list
}
