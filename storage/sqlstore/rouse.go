package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"sojourn/contract"
	"sojourn/storage"
)

// lookout remembers the newest rows that Rouse has seen.
type lookout struct {
	mu   sync.Mutex
	seen map[int]int64 // by lane
}

// lanes are all that somebody may wait for; newest asks for the newest row of each, one index seek apiece.
var lanes, newest = func() (lanes []int, query string) {
	var parts []string
	for p := range contract.Partitions {
		lanes = append(lanes, p, storage.DispatchLane(p))
		for _, table := range []string{"outbox", "dispatches"} {
			parts = append(parts, fmt.Sprintf("(SELECT COALESCE(MAX(id), 0) FROM %s WHERE partition_no = %d)", table, p))
		}
	}
	return lanes, "SELECT " + strings.Join(parts, ", ")
}()

// Rouse implements storage.Routing.
func (s *Store) Rouse(ctx context.Context) error {
	ids := make([]int64, len(lanes))
	into := make([]any, len(lanes))
	for i := range ids {
		into[i] = &ids[i]
	}
	st, err := s.statement(ctx, newest)
	if err != nil {
		return err
	}
	if err := st.QueryRowContext(ctx).Scan(into...); err != nil {
		return translate(err)
	}
	s.wake.look.mu.Lock()
	defer s.wake.look.mu.Unlock()
	if s.wake.look.seen == nil {
		s.wake.look.seen = map[int]int64{}
	}
	for i, lane := range lanes {
		if ids[i] > s.wake.look.seen[lane] {
			s.wake.look.seen[lane] = ids[i]
			s.wake.Wake(lane)
		}
	}
	return nil
}
