package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestReferrals(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Referrals)
}
