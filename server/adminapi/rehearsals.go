package adminapi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

const (
	maxMessages = 40 // of one rehearsal
	codeLife    = 15 * time.Minute
)

// rehearsalRules: a handful of rehearsals an hour for each user, codes rarer still.
func rehearsalRules(user ids.ID) []storage.AttemptRule {
	return []storage.AttemptRule{{Key: "rehearse:" + user.String(), Free: 10, Window: time.Hour, Base: 5 * time.Minute, Max: time.Hour}}
}

func codeRules(user ids.ID) []storage.AttemptRule {
	return []storage.AttemptRule{{Key: "address:" + user.String(), Free: 5, Window: time.Hour, Base: 10 * time.Minute, Max: time.Hour}}
}

// staff is the signed-in user; a key is nobody who could read a message.
func staff(c Caller) (models.User, error) {
	if c.User.ID.IsZero() {
		return models.User{}, fault.New(fault.Conflict, "a key has no address: sign in to be sent a journey")
	}
	return c.User, nil
}

// startRehearsal sends the caller a whole journey. The address is his own, and only once he has shown that he reads it: who
// makes accounts for other people's addresses must not be able to write to them.
func (a *API) startRehearsal(ctx context.Context, in *ByKeyBody[RehearsalStart]) (*Created[Rehearsal], error) {
	c, b := caller(ctx), in.Body
	doc, err := a.documentOf(ctx, c.Workspace.ID, in.Key, b.Version)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.JourneyByKey(ctx, c.Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	user, err := staff(c)
	if err != nil {
		return nil, err
	}
	if user.EmailVerifiedAt.IsZero() {
		return nil, fault.New(fault.Conflict, "confirm first that %s is read by you", user.Email).WithFields(fault.Field{Path: "address", Message: "not confirmed"})
	}
	walks, err := a.walks(ctx, c.Workspace.ID, doc, b)
	if err != nil {
		return nil, err
	}
	if a.deps.Rehearse == nil {
		return nil, fault.New(fault.Unavailable, "this process has no connection to Temporal")
	}
	if err := a.admit(ctx, rehearsalRules(user.ID)); err != nil {
		return nil, err
	}
	row := models.Rehearsal{WorkspaceID: c.Workspace.ID, JourneyID: j.ID, Version: b.Version, UserID: user.ID, Locale: b.Locale, Document: models.ToJSON(doc), Walks: models.ToJSON(walks), CreatedAt: models.At(a.now())}
	for _, w := range walks {
		row.Total += len(w)
	}
	if row, err = a.deps.Store.StartRehearsal(ctx, row, c.Actor(), j.JourneyKey); err != nil {
		return nil, err
	}
	if err := a.deps.Rehearse(ctx, c.Workspace.ID, row.ID); err != nil {
		_ = a.deps.Store.EndRehearsal(ctx, c.Workspace.ID, row.ID, storage.RehearsalFailed, "Temporal did not take it", a.now())
		return nil, fault.Wrap(fault.Unavailable, err, "Temporal did not take it")
	}
	return created(rehearsalOf(row, nil, doc)), nil
}

// walks plans the ways, or says why the journey can't be walked.
func (a *API) walks(ctx context.Context, ws int64, doc journey.Document, b RehearsalStart) ([]journey.Walk, error) {
	if doc.Code != nil {
		return nil, fault.New(fault.Conflict, "a code journey finds its own way: it can't be sent beforehand")
	}
	issues, err := a.issues(ctx, ws, doc)
	if err != nil {
		return nil, err
	}
	if hasErrors(issues) {
		return nil, fault.New(fault.Conflict, "mend the issues of this journey first")
	}
	var walks []journey.Walk
	if b.Mode == "all" {
		walks = journey.Walks(doc)
	} else {
		walks = []journey.Walk{journey.Path(doc, b.Choices)}
	}
	messages := map[string]bool{}
	for _, w := range walks {
		for _, way := range w {
			if s, _ := doc.Step(way.Step); s.Kind == journey.StepSend {
				messages[way.Step] = true
			}
		}
	}
	switch {
	case len(messages) == 0:
		return nil, fault.New(fault.Conflict, "no message lies on this way")
	case len(messages) > maxMessages:
		return nil, fault.New(fault.Conflict, "%d messages are too many at once: choose one way", len(messages))
	}
	return walks, nil
}

func rehearsalOf(r models.Rehearsal, steps []models.RehearsalStep, doc journey.Document) Rehearsal {
	out := Rehearsal{ID: r.ID.String(), Version: r.Version, State: r.State, Reason: r.Reason, Total: r.Total, Steps: []RehearsalStep{}, CreatedAt: r.CreatedAt.Time(), FinishedAt: when(r.FinishedAt)}
	for _, s := range steps {
		name, _ := stepName(&doc, s.StepID)
		out.Steps = append(out.Steps, RehearsalStep{Walk: s.Walk, StepID: s.StepID, StepName: name, Kind: s.Kind, Exit: s.ExitName, State: s.State, Channel: s.Channel, Subject: s.Subject, Reason: s.Reason, At: s.At.Time()})
	}
	return out
}

// rehearsal reads one of the caller's own.
func (a *API) rehearsal(ctx context.Context, text string) (Rehearsal, ids.ID, error) {
	c := caller(ctx)
	id, err := parseID(text)
	if err != nil {
		return Rehearsal{}, id, err
	}
	row, steps, err := a.deps.Store.Rehearsal(ctx, c.Workspace.ID, id)
	if err != nil {
		return Rehearsal{}, id, err
	}
	if row.UserID != c.User.ID {
		return Rehearsal{}, id, fault.New(fault.NotFound, "no such rehearsal of yours")
	}
	var doc journey.Document
	err = row.Document.Into(&doc)
	return rehearsalOf(row, steps, doc), id, err
}

func (a *API) getRehearsal(ctx context.Context, in *ByID) (*Out[Rehearsal], error) {
	r, _, err := a.rehearsal(ctx, in.ID)
	return &Out[Rehearsal]{r}, err
}

func (a *API) cancelRehearsal(ctx context.Context, in *ByID) (*Out[Rehearsal], error) {
	_, id, err := a.rehearsal(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.deps.Store.EndRehearsal(ctx, caller(ctx).Workspace.ID, id, storage.RehearsalCancelled, "", a.now()); err != nil {
		return nil, err
	}
	r, _, err := a.rehearsal(ctx, in.ID)
	return &Out[Rehearsal]{r}, err
}

func (a *API) getAddress(ctx context.Context, _ *Nothing) (*Out[AddressState], error) {
	u := caller(ctx).User
	return &Out[AddressState]{AddressState{Email: u.Email, Verified: !u.EmailVerifiedAt.IsZero()}}, nil
}

// askAddress sends the caller a code, to his own address only.
func (a *API) askAddress(ctx context.Context, _ *Nothing) (*Out[AddressState], error) {
	c := caller(ctx)
	user, err := staff(c)
	if err != nil {
		return nil, err
	}
	if a.deps.Mail == nil {
		return nil, fault.New(fault.Unavailable, "this process can't send mail")
	}
	if err := a.admit(ctx, codeRules(user.ID)); err != nil {
		return nil, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return nil, err
	}
	code := fmt.Sprintf("%08d", n)
	if err := a.deps.Store.AskAddress(ctx, user.ID, codeHash(user.ID, code), a.now().Add(codeLife)); err != nil {
		return nil, err
	}
	if err := a.deps.Mail.SendCode(ctx, c.Workspace.ID, user.Email, code); err != nil {
		return nil, err
	}
	return a.getAddress(ctx, nil)
}

func (a *API) proveAddress(ctx context.Context, in *In[AddressCode]) (*Out[AddressState], error) {
	user, err := staff(caller(ctx))
	if err != nil {
		return nil, err
	}
	ok, err := a.deps.Store.ProveAddress(ctx, user.ID, codeHash(user.ID, strings.TrimSpace(in.Body.Code)), a.now())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Invalid, "this code is not right, or too old").WithFields(fault.Field{Path: "body.code", Message: "not right, or too old: ask for another one"})
	}
	return &Out[AddressState]{AddressState{Email: user.Email, Verified: true}}, nil
}

func codeHash(user ids.ID, code string) models.Hash {
	return models.Hash(sha256.Sum256(slices.Concat([]byte("address\x00"), user[:], []byte(code))))
}
