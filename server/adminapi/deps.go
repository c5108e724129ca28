package adminapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"sojourn/audience"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/storage"
)

// Store is what the API needs of the database; *sqlstore.Store has all of it.
type Store interface {
	storage.Users
	storage.Attempts
	storage.Keys
	storage.Audit
	storage.Workspaces
	storage.Queries
	storage.Journeys
	storage.Operations
	storage.Rollouts
	storage.Rehearsals
	// EngagementOf is of storage.Engagement.
	EngagementOf(ctx context.Context, workspace int64, sends []ids.ID) (map[ids.ID]storage.Engaged, error)
	storage.JourneyEntries
	storage.Objects
	storage.Broadcasts
	storage.Documents
	storage.Consents
	storage.Catalogues
	storage.Templates
	storage.Blueprints
	storage.Tasks
	storage.Offers
	// ListReferrals, ReferralTotals and ReferralCodesOf are of storage.Referrals.
	ListReferrals(ctx context.Context, workspace int64, state string, customer ids.ID, p storage.PageAsk) ([]storage.ReferralRow, error)
	ReferralTotals(ctx context.Context, workspace int64, limit int) ([]storage.ReferralTotal, error)
	ReferralCodesOf(ctx context.Context, workspace int64, customer ids.ID) ([]models.ReferralCode, error)
	storage.Comments
	storage.CodeTypes
	// SendContent is of storage.Sends.
	SendContent(ctx context.Context, workspace int64, send ids.ID) (models.SendContent, error)
	// CountAudience is of storage.Audiences.
	CountAudience(ctx context.Context, workspace int64, c audience.Condition, now time.Time) (int64, error)
	// ParkedEvents and Redrive are of storage.Routing.
	ParkedEvents(ctx context.Context, workspace int64, limit int) ([]storage.ParkedEvent, error)
	Redrive(ctx context.Context, workspace int64, event ids.ID) error
}

// MailAsk names a message and the customer as whom it is looked at.
type MailAsk struct {
	Workspace int64
	Customer  ids.ID
	Template  string // key
	Channel   string
	Subject   string // instead of the template's own
	Purpose   string
}

// Mail is a message to look at.
type Mail struct{ From, Subject, HTML, Text string }

// Mailer makes messages that no customer gets.
type Mailer interface {
	// Preview renders a message. fault.Invalid says what is wrong with its template.
	Preview(ctx context.Context, ask MailAsk) (Mail, error)
	// SendTest hands one to a colleague.
	SendTest(ctx context.Context, ask MailAsk, to string) error
	// SendCode sends a member the code that confirms his address.
	SendCode(ctx context.Context, workspace int64, to, code string) error
}

// Temporal tells how the workflow behind a run is doing.
type Temporal interface {
	// Run describes a workflow; state "forgotten" when Temporal knows nothing of it.
	Run(ctx context.Context, workflowID string) (TemporalRun, error)
	// Reachable reports whether Temporal answers.
	Reachable(ctx context.Context) bool
	// Blocked counts the workflows of a workspace whose task keeps failing: their runs stand still.
	Blocked(ctx context.Context, workspaceKey string) (int64, error)
}

// Deps is what the API is built from. The zero value serves to generate the document only.
type Deps struct {
	Store     Store
	Sessions  *session.Manager
	Passwords *secret.Passwords
	Channels  []string                                                                  // what this installation can send on
	Published func(ctx context.Context, workspace int64, v models.JourneyVersion) error // told after a publish; may be nil
	Operate   func(ctx context.Context) error                                           // asks a worker to hand out operations now; may be nil
	Rehearse  func(ctx context.Context, workspace int64, id ids.ID) error               // begins a rehearsal; nil = no connection to Temporal
	Wake      func(ctx context.Context, b storage.BroadcastRef) error                   // tells the workflow of a broadcast that its row has changed; may be nil
	Mail      Mailer                                                                    // makes messages to look at; nil = not possible here
	Liquid    func(subject string) error                                                // tells what is wrong with a subject line; nil = nothing is checked
	Refresh   func(ctx context.Context) error                                           // asks a worker to look at the audiences now; may be nil
	// CodeDocument makes the document of a journey in Go that this program was built with. NotFound for any other; may be nil.
	CodeDocument func(codeType string, settings json.RawMessage) (journey.Document, error)
	EndReferral  func(ctx context.Context, workspace int64, id ids.ID, now time.Time) error // takes rewards back; nil: can't be done here
	ReferralLink func(c models.ReferralCode) string                                         // the address that a customer shares; nil: not shown
	Blueprints   []Finished
	PublicURL    string   // base address of links in messages, for new workspaces
	Temporal     Temporal // nil: this process has no connection to Temporal
	WebURL       string   // Temporal Web, "" when there is none
	CursorKey    []byte   // signs page tokens
	SetupToken   string   // makes the first owner while nobody exists; "" = not possible here
	HasInbox     bool
	Version      string
	Now          func() time.Time // nil = time.Now
	Logger       *slog.Logger     // nil = slog.Default()
}

func (a *API) now() time.Time {
	if a.deps.Now != nil {
		return a.deps.Now()
	}
	return time.Now() //nolint:forbidigo // the edge of the program
}

func (a *API) log() *slog.Logger {
	if a.deps.Logger != nil {
		return a.deps.Logger
	}
	return slog.Default()
}
