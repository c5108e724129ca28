package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"golang.org/x/time/rate"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/channels"
	"sojourn/channels/inbox"
	"sojourn/channels/smtp"
	"sojourn/config"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/outbound"
	"sojourn/referral/journeys"
	"sojourn/server/adminapi"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/worker"
	"sojourn/workflows"
	"sojourn/workflows/blueprints"
)

// openStore connects to the database and refuses one whose schema is not this release's.
func openStore(ctx context.Context, c config.Database, log *slog.Logger) (*sqlstore.Store, error) {
	s, err := sqlstore.Open(ctx, c.URL, sqlstore.Options{MaxConns: c.MaxConns, Logger: log})
	if err != nil {
		return nil, err
	}
	have, want, err := s.SchemaVersion(ctx)
	if err == nil && have != want {
		err = fault.New(fault.Conflict, "the database has schema %d, this release needs %d: run `sojourn migrate`", have, want)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// temporalOptions are how every process of ours reaches Temporal.
func temporalOptions(c *config.Config, log *slog.Logger) (client.Options, error) {
	host, _ := os.Hostname()
	o := client.Options{HostPort: c.Temporal.Address, Namespace: c.Temporal.Namespace, Logger: sdklog.NewStructuredLogger(log), Identity: fmt.Sprintf("sojourn@%s/%d", host, os.Getpid())}
	if c.Temporal.APIKey != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(c.Temporal.APIKey)
	}
	if !c.TemporalTLS() {
		// Without TLS Temporal is near: packing messages of a few hundred bytes costs both sides more than sending them.
		o.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
		return o, nil
	}
	t := c.Temporal.TLS
	o.ConnectionOptions.TLS = &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return o, fault.Wrap(fault.Invalid, err, "temporal.tls.ca")
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return o, fault.New(fault.Invalid, "temporal.tls.ca: %s holds no certificate", t.CA)
		}
		o.ConnectionOptions.TLS.RootCAs = pool
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return o, fault.Wrap(fault.Invalid, err, "temporal.tls.cert")
		}
		o.ConnectionOptions.TLS.Certificates = []tls.Certificate{pair}
	}
	return o, nil
}

// dialTemporal makes a client that connects when it is first used, so that a process starts without Temporal.
func dialTemporal(c *config.Config, log *slog.Logger) (client.Client, error) {
	o, err := temporalOptions(c, log)
	if err != nil {
		return nil, err
	}
	return client.NewLazyClient(o)
}

// links signs unsubscribe links. The id of a key follows from the key itself, so that taking an old secret out of the
// list changes no other's id.
func links(c *config.Config) (consent.Links, error) {
	const use = "unsubscribe links"
	keys := append([][]byte{c.Key(use)}, c.OldKeys(use)...)
	l := consent.Links{Keys: map[byte][]byte{}}
	for i, k := range keys {
		id := k[31]
		if _, taken := l.Keys[id]; taken {
			return l, fault.New(fault.Invalid, "two secrets have the same key id by chance (1 in 256): choose another new secret")
		}
		if i == 0 {
			l.Current = id
		}
		l.Keys[id] = k
	}
	return l, l.Validate()
}

// setupToken is the same in every process and at every start, and known only to who can read the log of one.
func setupToken(c *config.Config) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(c.Key("setup token")))[:32]
}

// senders are the providers by channel. Without a mail server the built-in inbox takes the mails.
func senders(c *config.Config, s *sqlstore.Store) (map[string]channels.Sender, func(), error) {
	box := &inbox.Sender{Store: s, Now: time.Now} // stands in for every channel without a provider
	if c.SMTP.URL == "" {
		return map[string]channels.Sender{"email": box, "": box}, func() {}, nil
	}
	settings, err := smtp.ParseURL(c.SMTP.URL)
	if err != nil {
		return nil, nil, err
	}
	sender, err := smtp.New(settings, nil)
	if err != nil {
		return nil, nil, err
	}
	return map[string]channels.Sender{"email": sender, "": box}, sender.Close, nil
}

// mailer makes and sends messages.
func mailer(c *config.Config, s *sqlstore.Store, send map[string]channels.Sender, l consent.Links, log *slog.Logger) *activities.Messaging {
	return &activities.Messaging{Sends: s, Templates: s, Documents: s, Offers: s, Senders: send, Engine: &content.Engine{Now: time.Now}, Links: l, IDKey: c.Key("message ids"),
		PublicURL: strings.TrimSuffix(c.PublicURL, "/"), Lease: c.Send.Lease, Logger: log}
}

// shows lets the admin API look at messages.
type shows struct {
	m     *activities.Messaging
	store *sqlstore.Store
}

func (s shows) Preview(ctx context.Context, ask adminapi.MailAsk) (adminapi.Mail, error) {
	p, err := s.m.Preview(ctx, activities.PreviewAsk(ask))
	from := p.From.Address
	if p.From.Name != "" {
		from = (&mail.Address{Name: p.From.Name, Address: p.From.Address}).String()
	}
	return adminapi.Mail{From: from, Subject: p.Subject, HTML: p.HTML, Text: p.Text}, err
}

func (s shows) SendTest(ctx context.Context, ask adminapi.MailAsk, to string) error {
	return s.m.SendTest(ctx, activities.PreviewAsk(ask), to)
}

// SendCode implements adminapi.Mailer.
func (s shows) SendCode(ctx context.Context, workspace int64, to, code string) error {
	return s.m.SendPlain(ctx, s.store, workspace, to, "Your code: "+code,
		"Somebody signed in to Sojourn with this address asked for this code to confirm that it is theirs:\n\n    "+code+"\n\nIt holds for 15 minutes. If it was not you, do nothing.\n")
}

// parts builds the activities over the store.
func parts(known *kit.Registry, c *config.Config, s *sqlstore.Store, t client.Client, send map[string]channels.Sender, reg prometheus.Registerer, log *slog.Logger) (worker.Parts, error) {
	l, err := links(c)
	if err != nil {
		return worker.Parts{}, err
	}
	host, _ := os.Hostname()
	owner := fmt.Sprintf("%s/%d", host, os.Getpid())
	metrics := activities.NewRouterMetrics(reg)
	launcher := &activities.Launcher{Service: t.WorkflowService(), Namespace: c.Temporal.Namespace, Identity: owner}
	messaging := mailer(c, s, send, l, log)
	if n := c.Send.PerSecond; n > 0 {
		messaging.Tokens = map[string]*rate.Limiter{"email": rate.NewLimiter(rate.Limit(n), max(1, int(n)))}
	}
	if err := messaging.Validate(); err != nil {
		return worker.Parts{}, err
	}
	caller, err := outbound.NewCaller(c.Outbound.Allow)
	if err != nil {
		return worker.Parts{}, fault.Wrap(fault.Invalid, err, "outbound.allow: networks such as 10.0.0.0/8")
	}
	runs := &activities.Runs{Store: s, Documents: s, Subjects: s}
	act := &steps.Steps{Store: s, Runs: runs, Loyalty: s, Engine: messaging.Engine, Caller: caller, Secrets: &outbound.Secrets{Store: s, Key: c.Key("webhook secrets")}, Notices: send["email"], AdminURL: messaging.PublicURL}
	if err := act.Validate(); err != nil {
		return worker.Parts{}, err
	}
	desk, err := referralDesk(c, s)
	if err != nil {
		return worker.Parts{}, err
	}
	announces, err := newAnnouncer(s, known, reg, log)
	if err != nil {
		return worker.Parts{}, err
	}
	return worker.Parts{
		Announcer:  announces,
		Journeys:   &workflows.Journeys{Documents: workflows.NewDocuments(fetch(s)), Code: known.Plays()},
		Runs:       runs,
		Steps:      act,
		CodeSteps:  codeSteps(known, desk),
		Scoring:    &activities.Scoring{Store: s},
		Audiences:  &activities.Audiences{Store: s, Dates: s},
		Operations: &activities.Operations{Store: s},
		Guards:     &activities.Guards{Store: s},
		Rehearsals: &activities.Rehearsals{Store: s, Messaging: messaging},
		Schedules:  &activities.Schedules{Store: s, Temporal: t.ScheduleClient()},
		Router: &activities.Router{Store: s, Dispatcher: &activities.Dispatcher{Store: s, Launcher: launcher, Metrics: metrics,
			StartsPerSec: c.Worker.StartsPerSecond / contract.Partitions, BulkPerSec: c.Worker.BulkStartsPerSecond / contract.Partitions},
			Wake: s.Wakers().C, Metrics: metrics, Owner: owner},
		Reconcile:  &activities.Reconciler{Store: s, Launcher: launcher, Metrics: metrics, Broadcasts: s},
		Messaging:  messaging,
		Broadcasts: &activities.Broadcasts{Store: s, Messaging: messaging},
	}, nil
}

// fetch reads a published document for the workflows, by the hash of its content.
func fetch(s storage.Documents) workflows.Fetch {
	return func(ctx context.Context, workspace int64, hash string) (journey.Document, error) {
		raw, err := hex.DecodeString(hash)
		if err != nil || len(raw) != len(models.Hash{}) {
			return journey.Document{}, fault.New(fault.Invalid, "%q is not the hash of a document", hash)
		}
		p, err := s.DocumentByHash(ctx, workspace, models.Hash(raw))
		if err != nil {
			return journey.Document{}, err
		}
		return *p.Document, nil
	}
}

// finished loads the blueprints that ship with us, with their messages as the store takes them.
func finished() ([]blueprint, error) {
	var out []blueprint
	for _, name := range append(blueprints.Names(), journeys.Types()...) {
		b, err := blueprintOf(name)
		if err != nil {
			return nil, err
		}
		f := blueprint{Blueprint: b}
		for _, t := range b.Templates {
			in := storage.TemplateInput{Key: t.Key, Name: t.Name, Class: t.Class}
			for _, body := range t.Bodies {
				in.Bodies = append(in.Bodies, models.TemplateBody{Channel: body.Channel, Locale: body.Locale, Subject: body.Subject, Preheader: body.Preheader, Body: body.Text})
			}
			f.messages = append(f.messages, in)
		}
		out = append(out, f)
	}
	return out, nil
}

type blueprint struct {
	blueprints.Blueprint
	messages []storage.TemplateInput
}

// card is the blueprint as the gallery shows it.
func (b blueprint) card() adminapi.Finished {
	f := adminapi.Finished{Document: b.Document, In: b.In, Templates: b.messages, Goal: b.Card.Goal, Name: b.Card.Name, What: b.Card.What,
		Show: func(template, channel, locale string) (adminapi.Shown, error) {
			s, err := b.Show(template, channel, locale)
			return adminapi.Shown(s), err
		}}
	for _, n := range b.Card.Needs {
		switch {
		case n.Event != "":
			f.Needs = append(f.Needs, adminapi.Need{Kind: "event", Name: n.Event})
		case n.Object != "":
			f.Needs = append(f.Needs, adminapi.Need{Kind: "object", Name: n.Object, Date: n.Date})
		case n.Attribute != "":
			f.Needs = append(f.Needs, adminapi.Need{Kind: "attribute", Name: n.Attribute})
		case n.Orders > 0:
			f.Needs = append(f.Needs, adminapi.Need{Kind: "orders", Orders: n.Orders})
		case n.Scores != "":
			f.Needs = append(f.Needs, adminapi.Need{Kind: "scores", Name: n.Scores})
		case n.Permission != "":
			f.Needs = append(f.Needs, adminapi.Need{Kind: "permission", Name: n.Permission})
		}
	}
	return f
}
