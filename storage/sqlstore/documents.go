package sqlstore

import (
	"context"
	"fmt"

	"github.com/maypok86/otter/v2"
	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Documents = (*Store)(nil)

// maxDocuments bounds the cache: a document is some tens of kilobytes, so the cache stays under about 50 MB.
const maxDocuments = 1000

type documentKey struct {
	workspace int64
	hash      models.Hash
	version   ids.ID
}

type documentCache = otter.Cache[documentKey, storage.Published]

func newDocumentCache() *documentCache {
	return otter.Must(&otter.Options[documentKey, storage.Published]{MaximumSize: maxDocuments})
}

// DocumentByHash implements storage.Documents.
func (s *Store) DocumentByHash(ctx context.Context, workspace int64, hash models.Hash) (storage.Published, error) {
	key := documentKey{workspace: workspace, hash: hash}
	return s.docs.Get(ctx, key, otter.LoaderFunc[documentKey, storage.Published](func(ctx context.Context, k documentKey) (storage.Published, error) {
		return loadDocument(s.read(ctx), "v.workspace_id = ? AND v.hash = ?", k.workspace, k.hash)
	}))
}

// document is DocumentByVersion inside a transaction: a miss is read on the transaction's own connection, because one
// that waits for a second connection could wait for itself.
func (s *Store) document(tx *gorm.DB, workspace int64, version ids.ID) (storage.Published, error) {
	key := documentKey{workspace: workspace, version: version}
	if p, ok := s.docs.GetIfPresent(key); ok {
		return p, nil
	}
	p, err := loadDocument(tx, "v.workspace_id = ? AND v.id = ?", workspace, version)
	if err == nil {
		s.docs.Set(key, p)
	}
	return p, err
}

// DocumentByVersion implements storage.Documents.
func (s *Store) DocumentByVersion(ctx context.Context, workspace int64, version ids.ID) (storage.Published, error) {
	key := documentKey{workspace: workspace, version: version}
	return s.docs.Get(ctx, key, otter.LoaderFunc[documentKey, storage.Published](func(ctx context.Context, k documentKey) (storage.Published, error) {
		return loadDocument(s.read(ctx), "v.workspace_id = ? AND v.id = ?", k.workspace, k.version)
	}))
}

func loadDocument(db *gorm.DB, where string, args ...any) (storage.Published, error) {
	var row struct {
		models.JourneyVersion
		JourneyKey string
	}
	err := db.Raw("SELECT v.*, j.journey_key FROM journey_versions v JOIN journeys j ON j.id = v.journey_id WHERE "+where+" LIMIT 1", args...).
		Take(&row).Error
	if err != nil {
		return storage.Published{}, fmt.Errorf("load journey document: %w", translate(err))
	}
	var doc journey.Document
	if err := row.Document.Into(&doc); err != nil {
		return storage.Published{}, fmt.Errorf("version %s holds no journey document: %w", row.ID, err)
	}
	// The stored text may have been reformatted (MySQL's JSON type reorders keys), so the content is hashed, not the text.
	if got := models.Hash(journey.Hash(doc)); got != row.Hash {
		return storage.Published{}, fmt.Errorf("version %s has hash %s but its document has %s: it was changed after publishing", row.ID, row.Hash, got)
	}
	return storage.Published{
		VersionID: row.ID, JourneyID: row.JourneyID, JourneyKey: row.JourneyKey, Number: row.Number, Hash: row.Hash, Document: &doc,
	}, nil
}
