package sqlstore_test

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	"sojourn/models"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

type row interface{ TableName() string }

var rows = []row{
	models.Workspace{}, models.User{}, models.Membership{}, models.Session{}, models.LoginAttempt{}, models.APIKey{}, models.AuditEntry{},
	models.Customer{}, models.Identity{}, models.IdentityMerge{}, models.IdentityGuard{}, models.Order{}, models.CustomerMetrics{}, models.ScoreModel{},
	models.Event{}, models.OutboxEntry{}, models.RouterPartition{}, models.Dispatch{},
	models.ContactPoint{}, models.Consent{}, models.Permission{},
	models.Sender{}, models.Template{}, models.TemplateBody{}, models.Send{}, models.SendContent{}, models.InboxMessage{},
	models.Journey{}, models.JourneyVersion{}, models.JourneyPause{}, models.JourneyComment{}, models.EntryGuard{},
	models.Run{}, models.RunEvent{}, models.RunContext{}, models.StepVisit{}, models.Conversion{}, models.Decision{}, models.Repair{},
	models.Audience{}, models.AudienceMember{}, models.Import{}, models.ImportError{},
	models.Offer{}, models.Voucher{}, models.OfferClaim{}, models.SendOffer{}, models.Reward{}, models.Task{}, models.WebhookSecret{},
	models.Broadcast{}, models.BroadcastIssue{}, models.BroadcastRecipient{},
	models.Operation{}, models.OperationRun{}, models.Rehearsal{}, models.RehearsalStep{},
	models.Object{}, models.DateCheck{}, models.DateScan{},
	models.ReferralCode{}, models.ReferralClaim{}, models.ReferralMark{}, models.OrderRefund{},
}

// The rows and the migrations say the same columns, in both dialects.
func TestRowsMatchSchema(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		for _, r := range rows {
			q, err := s.SQL().Query("SELECT * FROM " + r.TableName() + " WHERE 1 = 0")
			if err != nil {
				t.Fatal(err)
			}
			got, err := q.Columns()
			if err != nil {
				t.Fatal(err)
			}
			_ = q.Close()
			var want []string
			for f := range reflect.TypeOf(r).Fields() {
				tag := f.Tag.Get("gorm")
				want = append(want, strings.TrimPrefix(strings.SplitN(tag, ";", 2)[0], "column:"))
			}
			sort.Strings(got)
			sort.Strings(want)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: schema has %v, row has %v", r.TableName(), got, want)
			}
		}
		if again, err := s.Migrate(context.Background()); err != nil || len(again) != 0 {
			t.Errorf("migrating twice: applied %v, %v", again, err)
		}
	})
}
