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
	mu     sync.Mutex
	seen   map[int]int64 // by lane
	newest [2]int64      // in the outbox, in dispatches; SQLite only
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

// newestOfAll is the same question with all lanes taken together.
const newestOfAll = "SELECT (SELECT COALESCE(MAX(id), 0) FROM outbox), (SELECT COALESCE(MAX(id), 0) FROM dispatches)"

// quiet reports that nothing has come since the last time, at a fifteenth of the price of asking for each lane. Only with
// one writer at a time do ids become visible in their order; elsewhere a row may come behind a newer one of another lane.
func (s *Store) quiet(ctx context.Context) (bool, error) {
	if s.dialect != SQLite {
		return false, nil
	}
	st, err := s.statement(ctx, newestOfAll)
	if err != nil {
		return false, err
	}
	var now [2]int64
	if err := st.QueryRowContext(s.steady(ctx)).Scan(&now[0], &now[1]); err != nil {
		return false, translate(err)
	}
	look := &s.wake.look
	look.mu.Lock()
	defer look.mu.Unlock()
	was := look.newest
	look.newest = [2]int64{max(was[0], now[0]), max(was[1], now[1])}
	return look.newest == was, nil
}

// Rouse implements storage.Routing.
func (s *Store) Rouse(ctx context.Context) error {
	if quiet, err := s.quiet(ctx); err != nil || quiet {
		return err
	}
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
