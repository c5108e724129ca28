package workflows

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sojourn/journey"
)

// Documents gives workflows their journey documents. A document is code to a workflow: immutable, known by the hash of
// its content, and therefore safe to read outside of the history. It must answer well under the second after which the
// SDK takes a workflow for deadlocked, and it must never give another document than the one asked for.
type Documents interface {
	Program(workspaceID int64, hash string) (*journey.Program, error)
}

// Fetch reads a document from the store by the hex hash of its content.
type Fetch func(ctx context.Context, workspaceID int64, hash string) (journey.Document, error)

const (
	fetchTimeout = 400 * time.Millisecond // the SDK's deadlock limit is one second
	maxPrograms  = 1000                   // some tens of kilobytes each
)

// NewDocuments is the bounded cache that a worker uses. What it can't read in time is an error: the workflow task fails
// and is tried again by Temporal, with back-off.
func NewDocuments(fetch Fetch) Documents {
	return &documents{fetch: fetch, programs: map[string]*journey.Program{}}
}

type documents struct {
	fetch    Fetch
	mu       sync.RWMutex
	programs map[string]*journey.Program // by hash: equal content is the same program in every workspace
}

func (d *documents) Program(workspaceID int64, hash string) (*journey.Program, error) {
	d.mu.RLock()
	p := d.programs[hash]
	d.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	doc, err := d.fetch(ctx, workspaceID, hash)
	if err != nil {
		return nil, fmt.Errorf("load journey document %.12s: %w", hash, err)
	}
	if p, err = journey.Compile(doc); err != nil {
		return nil, fmt.Errorf("load journey document %.12s: %w", hash, err)
	}
	if p.Hash != hash {
		return nil, fmt.Errorf("journey document %.12s has the hash %.12s: it was changed after it was published", hash, p.Hash)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.programs) >= maxPrograms {
		for other := range d.programs { // any of them: a document that is still in use comes back at once
			delete(d.programs, other)
			break
		}
	}
	d.programs[hash] = p
	return p, nil
}
