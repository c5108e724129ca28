package steps_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Twenty ask at the same time for five codes: five get one each, nobody gets another's, the others are told that none is left.
func TestClaimsAtTheSameTime(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		w := newWorld(t, s, http.NotFoundHandler())
		ctx := context.Background()
		offer, err := s.PutOffer(ctx, models.Offer{WorkspaceID: w.Workspace.ID, OfferKey: "few", Name: "Few", CodeKind: storage.CodePool, BenefitKind: storage.BenefitOther, Texts: models.JSON("{}"), State: storage.OfferActive}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.AddCodes(ctx, w.Workspace.ID, offer.ID, []string{"A", "B", "C", "D", "E"}, "", w.now); err != nil {
			t.Fatal(err)
		}
		w.publish(journey.Step{ID: "offer", Kind: journey.StepOffer, Offer: &journey.OfferStep{Offer: "few"}})
		const people = 20
		asks := make([]contract.PerformInput, people)
		for i := range asks {
			asks[i] = w.ask("offer")
		}
		exits := make([]string, people)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i, in := range asks {
			all.Go(func() {
				<-start
				res, err := w.act.PerformStep(ctx, in)
				if err != nil {
					t.Errorf("person %d: %v", i, err)
				}
				exits[i] = res.Exit
			})
		}
		close(start)
		all.Wait()
		got := map[string]int{}
		for _, e := range exits {
			got[e]++
		}
		if got[journey.ExitOK] != 5 || got[journey.ExitNoneLeft] != 15 {
			t.Errorf("exits: %v", got)
		}
		if claims, codes := w.count("SELECT COUNT(*) FROM offer_claims WHERE offer_id = ?", offer.ID), w.count("SELECT COUNT(DISTINCT code) FROM offer_claims WHERE offer_id = ?", offer.ID); claims != 5 || codes != 5 {
			t.Errorf("%d claims of %d codes", claims, codes)
		}
		if row, err := s.OfferByKey(ctx, w.Workspace.ID, "few"); err != nil || row.Free != 0 || row.Reserved != 5 || row.Issued != 5 {
			t.Errorf("the offer: %+v, %v", row, err)
		}
	})
}
