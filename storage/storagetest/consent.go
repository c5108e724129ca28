package storagetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Consents is the suite of storage.Consents.
func Consents(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(*testing.T, *sqlstore.Store){
		"ledger and projection": consentLedger, "unsubscribe": consentUnsubscribe, "suppression": consentSuppression, "chain": consentChain, "many writers": consentWriters,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, s) })
	}
}

func consentLedger(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := NewSendWorld(t, s, "ledger", `{}`)
	c := w.AddCustomer(t, "ann@ledger.example", false)
	record := func(state consent.State, kind consent.SourceKind, at time.Time, event ids.ID) {
		t.Helper()
		must(t, s.RecordConsent(ctx, storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: c.ID, Actor: "test", Event: event,
			Entry: consent.Entry{Channel: "email", Purpose: "marketing", State: state, Basis: consent.ByConsent, Source: "test", SourceKind: kind, OccurredAt: at, RecordedAt: Noon.AddDate(0, 0, 7)}}))
	}
	event := s.NewID()
	record(consent.Withdrawn, consent.Person, Noon, ids.ID{})
	record(consent.Granted, consent.List, Noon.AddDate(0, 0, 2), ids.ID{})
	if got, _ := s.Permissions(ctx, w.Workspace.ID, c.ID); len(got) != 1 || got[0].State != "withdrawn" {
		t.Errorf("after Monday and the file: %+v", got)
	}
	record(consent.Granted, consent.Person, Noon.AddDate(0, 0, 1), event)
	record(consent.Granted, consent.Person, Noon.AddDate(0, 0, 1), event) // routed twice
	before, err := s.Permissions(ctx, w.Workspace.ID, c.ID)
	if err != nil || len(before) != 1 || before[0].State != "granted" || before[0].LegalBasis != "consent" {
		t.Errorf("after the till: %+v, %v", before, err)
	}
	if rows, _ := s.ConsentLedger(ctx, w.Workspace.ID, c.ID); len(rows) != 3 {
		t.Errorf("%d lines, want 3", len(rows))
	}
	exec(t, s, "UPDATE permissions SET state = 'withdrawn' WHERE customer_id = ?", c.ID)
	exec(t, s, "INSERT INTO permissions (workspace_id, customer_id, channel, purpose, state, legal_basis, occurred_at, consent_id) VALUES (?,?,'sms','marketing','granted','consent',1,?)", w.Workspace.ID, c.ID, c.ID)
	if n, err := s.RebuildPermissions(ctx, w.Workspace.ID, c.ID); err != nil || n != 2 {
		t.Errorf("rebuild mended %d, %v, want 2", n, err)
	}
	if after, _ := s.Permissions(ctx, w.Workspace.ID, c.ID); !reflect.DeepEqual(before, after) {
		t.Errorf("rebuilt: %+v, was %+v", after, before)
	}
	bad := storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: c.ID, Entry: consent.Entry{Channel: "email", Purpose: consent.Any, State: consent.Granted}}
	if err := s.RecordConsent(ctx, bad); !fault.Is(err, fault.Invalid) {
		t.Errorf("not well formed: %v", err)
	}
	bad.Workspace++
	bad.Entry = consent.Entry{Channel: "email", Purpose: "marketing", State: consent.Granted, Basis: consent.ByConsent, Source: "x", SourceKind: consent.Person, RecordedAt: Noon}
	if err := s.RecordConsent(ctx, bad); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace's customer: %v", err)
	}
}

func consentUnsubscribe(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := NewSendWorld(t, s, "unsubscribe", `{}`)
	ann, bob, eve := w.AddCustomer(t, "shared@u.example", true), w.AddCustomer(t, "shared@u.example", true), w.AddCustomer(t, "eve@u.example", true)
	point := w.AddContactPoint(t, "email", "shared@u.example")
	u := consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: ann.ID, ContactPoint: point.ID, Channel: "email", Purpose: "marketing"}
	for range 3 {
		must(t, s.Unsubscribe(ctx, u, "one_click", map[string]any{"ip": "192.0.2.1"}, Noon))
	}
	for c, want := range map[ids.ID]string{ann.ID: "withdrawn", bob.ID: "withdrawn", eve.ID: "granted"} {
		got, _ := s.Permissions(ctx, w.Workspace.ID, c)
		rows, _ := s.ConsentLedger(ctx, w.Workspace.ID, c)
		if len(got) != 1 || got[0].State != want || (want == "withdrawn" && len(rows) != 2) {
			t.Errorf("%+v with %d lines, want %s", got, len(rows), want)
		}
	}
	if after := w.AddContactPoint(t, "email", "shared@u.example"); after.PermissionEpoch <= point.PermissionEpoch {
		t.Errorf("permission epoch %d, was %d", after.PermissionEpoch, point.PermissionEpoch)
	}
	// The link of somebody who was merged since leads to who remains.
	exec(t, s, "UPDATE customers SET merged_into = ?, email = NULL WHERE id = ?", eve.ID, bob.ID)
	u.Customer = bob.ID
	must(t, s.Unsubscribe(ctx, u, "one_click", nil, Noon))
	if got, _ := s.Permissions(ctx, w.Workspace.ID, eve.ID); got[0].State != "withdrawn" {
		t.Errorf("after the merge: %+v", got)
	}
	u.Workspace++
	if err := s.Unsubscribe(ctx, u, "one_click", nil, Noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace: %v", err)
	}
}

func consentSuppression(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := NewSendWorld(t, s, "suppression", `{}`)
	point := func() models.ContactPoint { return w.AddContactPoint(t, "email", "x@s.example") }
	must(t, s.Suppress(ctx, w.Workspace.ID, "email", " X@S.example ", storage.Complaint, Noon)) // before anybody has it
	if p := point(); p.SuppressedReason != "complaint" || p.PermissionEpoch == 0 {
		t.Errorf("%+v", p)
	}
	before := point()
	must(t, s.Suppress(ctx, w.Workspace.ID, "email", "x@s.example", storage.HardBounce, Noon))
	must(t, s.Suppress(ctx, w.Workspace.ID, "email", "x@s.example", storage.Complaint, Noon))
	if p := point(); p.SuppressedReason != "hard_bounce" || p.PermissionEpoch <= before.PermissionEpoch {
		t.Errorf("the graver reason stays: %+v", p)
	}
	must(t, s.Unsuppress(ctx, w.Workspace.ID, "email", "x@s.example"))
	if p := point(); p.SuppressedReason != "" || !p.SuppressedAt.IsZero() {
		t.Errorf("%+v", p)
	}
	if err := s.Unsuppress(ctx, w.Workspace.ID, "email", "nobody@s.example"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := s.Suppress(ctx, w.Workspace.ID, "email", "x@s.example", "because", Noon); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func consentChain(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := NewSendWorld(t, s, "chain", `{}`)
	c := w.AddCustomer(t, "ann@chain.example", true)
	for i := range 4 {
		w.Consent(t, c.ID, []consent.State{consent.Withdrawn, consent.Granted}[i%2], Noon.Add(time.Duration(i)*time.Minute))
	}
	must(t, s.VerifyConsents(ctx, w.Workspace.ID, c.ID))
	exec(t, s, "UPDATE consents SET proof = '{}' WHERE customer_id = ? AND seq = 2", c.ID) // erasure
	must(t, s.VerifyConsents(ctx, w.Workspace.ID, c.ID))
	for _, forge := range []string{"UPDATE consents SET state = 'granted' WHERE customer_id = ? AND seq = 4", "UPDATE consents SET proof = '{\"wording\":\"v2\"}' WHERE customer_id = ? AND seq = 3", "DELETE FROM consents WHERE customer_id = ? AND seq = 1"} {
		rows, _ := s.ConsentLedger(ctx, w.Workspace.ID, c.ID)
		exec(t, s, forge, c.ID)
		if err := s.VerifyConsents(ctx, w.Workspace.ID, c.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", forge, err)
		}
		exec(t, s, "DELETE FROM consents WHERE customer_id = ?", c.ID)
		for _, r := range rows {
			exec(t, s, `INSERT INTO consents (id, workspace_id, seq, customer_id, contact_point_id, channel, purpose, state, legal_basis, source, source_kind, proof, proof_hash, actor, occurred_at, recorded_at, event_id, prev_hash, hash)
				VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, r.ID, r.WorkspaceID, r.Seq, r.CustomerID, r.ContactPointID, r.Channel, r.Purpose, r.State, r.LegalBasis, r.Source, r.SourceKind, r.Proof, r.ProofHash, r.Actor,
				r.OccurredAt, r.RecordedAt, r.EventID, r.PrevHash[:], r.Hash)
		}
		must(t, s.VerifyConsents(ctx, w.Workspace.ID, c.ID))
	}
}

func consentWriters(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "writers", `{}`)
	c := w.AddCustomer(t, "ann@writers.example", false)
	parallel(t, 20, func(i int) {
		w.Consent(t, c.ID, []consent.State{consent.Granted, consent.Withdrawn}[i%2], Noon.Add(time.Duration(i)*time.Second))
	})
	must(t, s.VerifyConsents(context.Background(), w.Workspace.ID, c.ID))
	if n, err := s.RebuildPermissions(context.Background(), w.Workspace.ID, c.ID); err != nil || n != 0 {
		t.Errorf("%d permissions were not as the ledger says, %v", n, err)
	}
	if got, _ := s.Permissions(context.Background(), w.Workspace.ID, c.ID); got[0].State != "withdrawn" {
		t.Errorf("the last of twenty was a withdrawal: %+v", got)
	}
}
