package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.JourneyEntries = (*Store)(nil)

// EnterJourney implements storage.JourneyEntries.
func (s *Store) EnterJourney(ctx context.Context, workspace int64, journeyID ids.ID, asks []storage.EntryAsk, now time.Time) ([]storage.EntryAnswer, error) {
	answers := make([]storage.EntryAnswer, 0, len(asks))
	for page := range slices.Chunk(asks, entryPage) {
		var r *routing
		var got []storage.EntryAnswer
		err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
			r, got, err = s.enterJourney(ctx, tx, workspace, journeyID, page, len(asks) > 1, now)
			return err
		})
		if err != nil {
			return answers, fmt.Errorf("enter journey %s: %w", journeyID, err)
		}
		r.committed()
		answers = append(answers, got...)
	}
	return answers, nil
}

func (s *Store) enterJourney(ctx context.Context, tx *gorm.DB, workspace int64, journeyID ids.ID, asks []storage.EntryAsk, bulk bool, now time.Time) (*routing, []storage.EntryAnswer, error) {
	r := &routing{s: s, tx: tx, ctx: ctx, now: now, blocked: map[ids.ID]bool{}, workspaces: map[int64]*workspaceView{}}
	answers := make([]storage.EntryAnswer, len(asks))
	refuseAll := func(reason string) {
		for i := range answers {
			answers[i].Reason = reason
		}
	}
	ws, err := s.workspaceView(tx, workspace)
	if err != nil {
		return nil, nil, err
	}
	var row models.Journey
	if err := tx.Raw("SELECT id, state, live_version_id FROM journeys WHERE workspace_id = ? AND id = ?", workspace, journeyID).Take(&row).Error; err != nil {
		return nil, nil, err
	}
	if row.State != storage.JourneyPublished && row.State != storage.JourneyPaused || row.LiveVersionID.IsZero() {
		refuseAll("not_live")
		return r, answers, nil
	}
	p, err := s.document(tx, workspace, row.LiveVersionID)
	if err != nil {
		return nil, nil, err
	}
	customers := make([]ids.ID, len(asks))
	for i, a := range asks {
		customers[i] = a.Customer
	}
	locked, err := r.lockCustomers(workspace, customers...)
	if err != nil {
		return nil, nil, err
	}
	var who []entrant
	for i, a := range asks {
		c := locked[a.Customer]
		if c == nil {
			answers[i].Reason = "unknown"
			continue
		}
		e := entrant{customer: c, cause: a.Cause, bulk: bulk, answer: &answers[i]}
		reason, err := r.prepare(ws, p, &e, a)
		if err != nil {
			return nil, nil, err
		}
		if reason != "" {
			r.refuse(c, p, reason, a.Cause.ID)
			answers[i].Reason = reason
			continue
		}
		who = append(who, e)
	}
	if err := r.enter(ws, p, who); err != nil {
		return nil, nil, err
	}
	return r, answers, r.flush()
}

// prepare finds the entry key and the data of an ask, or says why it is refused.
func (r *routing) prepare(ws *workspaceView, p storage.Published, e *entrant, a storage.EntryAsk) (reason string, err error) {
	entry := p.Document.Entry
	if entry.Kind != journey.EntryAPI && (a.Cause.Kind == storage.CauseAPI || a.Cause.Kind == storage.CauseJourney) {
		return "wrong_entry", nil
	}
	if reason := unfit(e.customer); reason != "" {
		return reason, nil
	}
	if len(a.Data) > 0 {
		text, err := json.Marshal(a.Data)
		if err != nil {
			return "", fault.Wrap(fault.Invalid, err, "the data can't be written as JSON")
		}
		if len(text) > storage.MaxEntryData {
			return "too_large", nil
		}
		e.data = models.JSON(text)
	}
	if e.key = strings.TrimSpace(a.Key); e.key == "" {
		var data map[string]json.RawMessage
		if err := e.data.Into(&data); err != nil {
			return "", err
		}
		key, ok := keyOf(p.Document, e.customer, data)
		if !ok {
			return "no_key", nil
		}
		e.key = key
	}
	if len(e.key) > maxEntryKey {
		return "no_key", nil
	}
	if a.Cause.Kind == storage.CauseJourney {
		if round, err := r.goesRound(p, *e, a.Cause.ID); err != nil || round {
			return "too_often", err
		}
	}
	if e.data, err = r.withObject(p.Document, e.customer, e.key, e.data); err != nil {
		return "", err
	}
	if entry.Kind != journey.EntryAPI || entry.Condition == nil {
		return "", nil
	}
	var there int64 // a repeated call gets the answer of the first one, whatever has changed since
	if err := r.tx.Raw("SELECT COUNT(*) FROM runs WHERE id = ?", runID(p.JourneyID, e.key, a.Cause.ID)).Scan(&there).Error; err != nil || there > 0 {
		return "", err
	}
	holds, err := r.suits(ws, entry.Condition, e.customer)
	if err != nil || holds {
		return "", err
	}
	return "filtered", nil
}

// enteredMost is how often other journeys may let the same key in within an hour. Two journeys that enter each other,
// always and without a wait, would go round for ever; nobody validates one journey by what another one says.
const enteredMost = 60

// goesRound reports that the key has been let in too often within the last hour for another time, and not by this cause.
func (r *routing) goesRound(p storage.Published, e entrant, cause ids.ID) (bool, error) {
	var n, there int64
	if err := r.tx.Raw("SELECT COUNT(*) FROM (SELECT 1 FROM runs WHERE customer_id = ? AND journey_id = ? AND entry_key = ? AND started_at > ? LIMIT ?) x",
		e.customer.ID, p.JourneyID, e.key, models.At(r.now.Add(-time.Hour)), enteredMost).Scan(&n).Error; err != nil || n < enteredMost {
		return false, err
	}
	err := r.tx.Raw("SELECT COUNT(*) FROM runs WHERE id = ?", runID(p.JourneyID, e.key, cause)).Scan(&there).Error
	return there == 0, err
}

// CustomerByExternalID implements storage.JourneyEntries.
func (s *Store) CustomerByExternalID(ctx context.Context, workspace int64, externalID string) (ids.ID, error) {
	return s.oneCustomer(ctx, workspace, "external_id = ?", externalID)
}

// CustomerByEmail implements storage.JourneyEntries.
func (s *Store) CustomerByEmail(ctx context.Context, workspace int64, email string) (ids.ID, error) {
	address, ok := usableEmail(email)
	if !ok {
		return ids.ID{}, fault.New(fault.Invalid, "this is not an e-mail address")
	}
	return s.oneCustomer(ctx, workspace, "email = ?", address)
}

func (s *Store) oneCustomer(ctx context.Context, workspace int64, where string, value string) (ids.ID, error) {
	var found []models.Customer
	err := s.read(ctx).Raw("SELECT id FROM customers WHERE workspace_id = ? AND "+where+" AND erased_at IS NULL AND merged_into IS NULL LIMIT 2", workspace, value).Scan(&found).Error
	switch {
	case err != nil:
		return ids.ID{}, fmt.Errorf("find a customer: %w", translate(err))
	case len(found) == 0:
		return ids.ID{}, fault.New(fault.NotFound, "no customer has this id or address")
	case len(found) > 1:
		return ids.ID{}, fault.New(fault.Conflict, "several customers share this address; name one by its id")
	}
	return found[0].ID, nil
}
