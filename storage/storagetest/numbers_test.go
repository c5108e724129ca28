package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Numbers)
}
