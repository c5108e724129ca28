package adminapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// OffersIn filters offers.
type OffersIn struct {
	Archived bool `query:"archived" doc:"Archived ones, too"`
}

// OfferIn saves an offer.
type OfferIn struct {
	ByKey
	IfMatch     string `header:"If-Match" maxLength:"40" doc:"ETag of the offer that was changed"`
	IfNoneMatch string `header:"If-None-Match" maxLength:"40" doc:"* makes a new offer and never replaces one"`
	Body        OfferSave
}

func (a *API) listOffers(ctx context.Context, in *OffersIn) (*Out[Page[Offer]], error) {
	rows, err := a.deps.Store.ListOffers(ctx, caller(ctx).Workspace.ID, in.Archived)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[Offer]]{Page[Offer]{Items: []Offer{}}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, offerOf(r))
	}
	return out, nil
}

func offerOf(r storage.OfferRow) Offer {
	o := Offer{Key: r.OfferKey, Name: r.Name, Partner: r.Partner, State: r.State, CodeKind: r.CodeKind, SharedCode: r.SharedCode, BenefitKind: r.BenefitKind, BenefitValue: r.BenefitValue,
		Texts: map[string]OfferText{}, Hold: or(r.Hold, storage.DefaultHold), ValidFrom: when(r.ValidFrom), ValidUntil: when(r.ValidUntil), Budget: r.Budget, PerCustomer: r.PerCustomer,
		Free: r.Free, Reserved: r.Reserved, Confirmed: r.Confirmed, Released: r.Released, UpdatedAt: r.UpdatedAt.Time(), Revision: int64(r.UpdatedAt)}
	_ = r.Texts.Into(&o.Texts) // our own column
	return o
}

func (a *API) getOffer(ctx context.Context, in *ByKey) (*Tagged[Offer], error) {
	ws := caller(ctx).Workspace.ID
	row, err := a.deps.Store.OfferByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	out := offerOf(row)
	use, err := a.deps.Store.OfferUse(ctx, ws, row.ID)
	for _, u := range use {
		out.Use = append(out.Use, OfferUse{Journey: journeyRef(u.Journey), Reserved: u.Reserved, Confirmed: u.Confirmed, Released: u.Released})
	}
	return &Tagged[Offer]{ETag: offerTag(row.UpdatedAt), Body: out}, err
}

func offerTag(updated models.Instant) string { return fmt.Sprintf("\"%d\"", int64(updated)) }

// offerRevision reads the precondition: a new offer is made with If-None-Match: *, another one is changed only as it was read.
func (a *API) offerRevision(ctx context.Context, ws int64, in *OfferIn) (models.Instant, error) {
	row, err := a.deps.Store.OfferByKey(ctx, ws, in.Key)
	switch {
	case fault.Is(err, fault.NotFound) && in.IfMatch == "":
		return 0, nil
	case fault.Is(err, fault.NotFound):
		return 0, errStale
	case err != nil:
		return 0, err
	case in.IfNoneMatch != "":
		return 0, fault.New(fault.Conflict, "there is an offer with this key already")
	case in.IfMatch == "":
		return 0, fault.New(fault.Invalid, "say which state of the offer you changed").WithFields(fault.Field{Path: "header.If-Match", Message: "required: the ETag of the offer as it was read"})
	case in.IfMatch != offerTag(row.UpdatedAt):
		return 0, errStale
	}
	return row.UpdatedAt, nil
}

func (a *API) saveOffer(ctx context.Context, in *OfferIn) (*Tagged[Offer], error) {
	ws, b := caller(ctx).Workspace.ID, in.Body
	var err error
	var wrong []fault.Field
	if !senderKey.MatchString(in.Key) {
		wrong = append(wrong, fault.Field{Path: "path.key", Message: "lower-case letters, digits, _ and -"})
	}
	if _, err := journey.ParseDuration(or(b.Hold, storage.DefaultHold)); err != nil {
		wrong = append(wrong, fault.Field{Path: "body.hold", Message: "not an ISO 8601 duration, such as P30D"})
	}
	if b.CodeKind == storage.CodeShared && !codeText.MatchString(b.SharedCode) {
		wrong = append(wrong, fault.Field{Path: "body.shared_code", Message: "letters, digits and - _ . (at most 64)"})
	}
	if b.ValidFrom != nil && b.ValidUntil != nil && !b.ValidUntil.After(*b.ValidFrom) {
		wrong = append(wrong, fault.Field{Path: "body.valid_until", Message: "after its beginning"})
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the offer is not right").WithFields(wrong...)
	}
	o := models.Offer{WorkspaceID: ws, OfferKey: in.Key, Name: b.Name, Partner: b.Partner, State: or(b.State, storage.OfferActive), CodeKind: b.CodeKind, SharedCode: b.SharedCode, BenefitKind: b.BenefitKind,
		BenefitValue: b.BenefitValue, Texts: models.JSON("{}"), Hold: or(b.Hold, storage.DefaultHold), ValidFrom: instant(b.ValidFrom), ValidUntil: instant(b.ValidUntil), Budget: b.Budget, PerCustomer: b.PerCustomer}
	if b.Texts != nil {
		o.Texts = models.ToJSON(b.Texts)
	}
	if o.UpdatedAt, err = a.offerRevision(ctx, ws, in); err != nil {
		return nil, err
	}
	if _, err := a.deps.Store.SaveOffer(ctx, o, a.now()); err != nil {
		return nil, err
	}
	return a.getOffer(ctx, &in.ByKey)
}

func instant(t *time.Time) models.Instant {
	if t == nil {
		return 0
	}
	return models.At(*t)
}

var codeText = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (a *API) addCodes(ctx context.Context, in *ByKeyBody[CodesAdd]) (*Out[CodesAdded], error) {
	ws := caller(ctx).Workspace.ID
	row, err := a.deps.Store.OfferByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, c := range in.Body.Codes {
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		if !codeText.MatchString(c) {
			return nil, fault.New(fault.Invalid, "some codes can't be used").WithFields(fault.Field{Path: "body.codes", Message: "letters, digits and - _ . (at most 64 each)"})
		}
		codes = append(codes, c)
	}
	for range in.Body.Generate {
		codes = append(codes, in.Body.Prefix+rand.Text()[:12]) // 60 bits: nobody guesses one
	}
	if len(codes) == 0 {
		return nil, fault.New(fault.Invalid, "name codes, or how many to generate")
	}
	added, known, err := a.deps.Store.AddCodes(ctx, ws, row.ID, codes, in.Body.Batch, a.now())
	return &Out[CodesAdded]{CodesAdded{Added: added, Known: known}}, err
}
