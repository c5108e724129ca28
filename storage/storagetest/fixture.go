package storagetest

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage/sqlstore"
)

// AddWorkspace inserts a workspace in Amsterdam that counts in euros.
func AddWorkspace(t testing.TB, s *sqlstore.Store, key string) models.Workspace {
	t.Helper()
	w := models.Workspace{
		WorkspaceKey: key, Name: key, Timezone: "Europe/Amsterdam", Currency: "EUR", Locale: "en",
		CreatedAt: models.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	tx(t, s, func(tx *gorm.DB) error { return tx.Create(&w).Error })
	return w
}

// AddRun inserts an open run of a journey's live version for a new customer, without any dispatch.
func AddRun(t testing.TB, s *sqlstore.Store, ws int64, journeyID ids.ID, now time.Time) models.Run {
	t.Helper()
	c := models.Customer{ID: s.NewID(), WorkspaceID: ws, Grp: s.NewID(), CreatedAt: models.At(now), UpdatedAt: models.At(now)}
	j, err := s.Journey(context.Background(), ws, journeyID)
	if err != nil {
		t.Fatal(err)
	}
	run := models.Run{
		ID: s.NewID(), WorkspaceID: ws, JourneyID: journeyID, VersionID: j.LiveVersionID, CustomerID: c.ID, EntryKey: c.ID.String(),
		State: models.RunOpen, StepSince: models.At(now), Partition: contract.PartitionOf(c.Grp), StartedAt: models.At(now),
	}
	tx(t, s, func(tx *gorm.DB) error {
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		return tx.Create(&run).Error
	})
	return run
}

func tx(t testing.TB, s *sqlstore.Store, fn func(tx *gorm.DB) error) {
	t.Helper()
	if err := s.Tx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, s *sqlstore.Store, q string, args ...any) {
	t.Helper()
	tx(t, s, func(tx *gorm.DB) error { return tx.Exec(q, args...).Error })
}

func query(t testing.TB, s *sqlstore.Store, into any, q string, args ...any) {
	t.Helper()
	tx(t, s, func(tx *gorm.DB) error { return tx.Raw(q, args...).Scan(into).Error })
}

func insertRow(t testing.TB, s *sqlstore.Store, row any) {
	t.Helper()
	tx(t, s, func(tx *gorm.DB) error { return tx.Create(row).Error })
}

// Insert writes a row, for suites of other rooms.
func Insert(t testing.TB, s *sqlstore.Store, row any) { t.Helper(); insertRow(t, s, row) }
