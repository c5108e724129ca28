package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestBlueprints(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Blueprints)
}
