package storagetest_test

import (
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Users)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Sessions)
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Attempts)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Keys)
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Workspaces)
}

func TestQueries(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Queries)
}

func TestComments(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Comments)
}
