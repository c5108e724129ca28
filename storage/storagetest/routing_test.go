package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Routing)
}

func TestDispatching(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Dispatching)
}
