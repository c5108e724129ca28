package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestSends(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Sends)
}

func TestEngagement(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Engagement)
}

func TestConsents(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Consents)
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Templates)
}
