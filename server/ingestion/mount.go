package ingestion

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

var pointBeforeReply = faultpoint.New("ingest.before_reply")

// Intake stores the events of one request; *Committer is one.
type Intake interface {
	Accept(ctx context.Context, workspace int64, source string, events []ingest.Event, receivedAt time.Time) ([]storage.Receipt, error)
}

// Keys looks write keys up; *sqlstore.Store is one.
type Keys interface {
	KeyByHash(ctx context.Context, hash models.Hash) (models.APIKey, error)
	KeyUsed(ctx context.Context, id ids.ID, now time.Time) error
}

// Deps is what the routes need.
type Deps struct {
	Intake Intake
	Keys   Keys
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default(); ids and counts only

	PublicURL   string        // how browsers reach this server, for the settings of the site script; default: the request's host
	RequestRate float64       // requests per second and key, with bursts of twice as many; default 1,000; negative: no limit
	KeyTTL      time.Duration // how long a key is believed without asking the database again; default 2 s
	BodyTimeout time.Duration // to receive a body; default 15 s
}

// Mount adds the routes under /v1 to r.
func Mount(r gin.IRouter, d Deps) {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.Default()
	}
	if d.RequestRate == 0 {
		d.RequestRate = 1000
	}
	if d.KeyTTL == 0 {
		d.KeyTTL = 2 * time.Second
	}
	if d.BodyTimeout == 0 {
		d.BodyTimeout = 15 * time.Second
	}
	e := &edge{Deps: d, keys: newKeyring(d.Keys, d.KeyTTL, d.RequestRate)}
	if u, err := url.Parse(d.PublicURL); err == nil && u.Host != "" {
		e.public = u
	}
	for route, t := range map[string]ingest.Type{
		"identify": ingest.Identify, "track": ingest.Track, "page": ingest.Page, "screen": ingest.Screen, "group": ingest.Group, "alias": ingest.Alias, "batch": "",
	} {
		for _, name := range []string{route, route[:1]} { // the site script says /v1/t for /v1/track
			for _, path := range []string{"/v1/" + name, "/v1/" + name + "/"} {
				r.POST(path, e.cors, e.receive(t))
				r.OPTIONS(path, e.cors)
			}
		}
	}
	r.POST("/v1/objects", e.receiveObject) // no cors: a booking comes from a server, never from a page
	r.PUT("/v1/objects/:type/*key", e.receiveObject)
	r.GET("/v1/projects/:key/settings", e.cors, e.settings)
	r.OPTIONS("/v1/projects/:key/settings", e.cors)
}

// edge holds the handlers.
type edge struct {
	Deps
	keys   *keyring
	public *url.URL
}

// cors lets any site hand in events. No credentials are involved: the write key is in the request and public by nature.
func (e *edge) cors(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	if c.Request.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", "Retry-After, X-RateLimit-Reset")
		return
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Retry-Count, AnonymousId, X-Sojourn-Backfill")
	h.Set("Access-Control-Max-Age", "86400")
	c.AbortWithStatus(http.StatusNoContent)
}

// receive handles one route; the empty type is the batch.
func (e *edge) receive(t ingest.Type) gin.HandlerFunc {
	limit := int64(ingest.MaxEventBytes)
	if t == "" {
		limit = ingest.MaxBatchBytes
	}
	return func(c *gin.Context) {
		now := e.Now()
		if err := e.take(c, t, limit, now); err != nil {
			e.refuse(c, err, now)
			return
		}
		c.Data(http.StatusOK, "application/json", []byte(`{"success":true}`))
	}
}

func (e *edge) take(c *gin.Context, t ingest.Type, limit int64, now time.Time) error {
	ctx := c.Request.Context()
	secret, inHeader, err := headerKey(c.Request)
	if err != nil {
		return err
	}
	var source *sourceKey
	if inHeader {
		if source, err = e.keys.admit(ctx, secret, now); err != nil {
			return err
		}
	}
	body, err := e.read(c, limit)
	if err != nil {
		return err
	}
	o := ingest.Options{ReceivedAt: now, NewMessageID: func() string { return ids.New().String() }, Backfill: c.GetHeader("X-Sojourn-Backfill") == "true"}
	var decoded ingest.Decoded
	if t == "" {
		decoded, err = ingest.DecodeBatch(body, o)
	} else {
		decoded, err = ingest.Decode(t, body, o)
	}
	if source == nil {
		// A body that can't be read names no key: it is answered as what it is.
		if decoded.WriteKey == "" && err != nil && !fault.Is(err, fault.TooLarge) {
			return err
		}
		var denied error
		if source, denied = e.keys.admit(ctx, decoded.WriteKey, now); denied != nil {
			return denied
		}
	}
	if err != nil {
		return err
	}
	if _, err = e.Intake.Accept(ctx, source.workspace, source.name, decoded.Events, now); err != nil {
		return err
	}
	return pointBeforeReply.Hit()
}
