package scoring

import (
	"cmp"
	"math"
	"slices"
)

// base is a set of histories in which equal ones are one group with a weight. Logarithms depend on few distinct
// times (days), so groups point into a table of times instead of holding them.
type base struct {
	n       int       // customers
	repeats float64   // sum of X
	xs      []float64 // distinct counts, ascending
	xWeight []float64 // customers per distinct count
	times   []float64 // distinct T and Tx, in weeks
	groups  []group   // with X > 0; ordered by X, T, Tx so that sums don't depend on the input's order
	oneTime []group   // with X = 0
	byT     []group   // all, with equal (X, T) together: enough for NBD, which does not look at Tx
}

type group struct {
	w        float64 // customers
	x        float64
	xi       int32 // index into xs
	obs, rec int32 // index of T and Tx into times
}

type slot struct {
	t, tx float64
	x, n  int32
}

// merge groups equal (X, Tx, T) with an open-addressing table; n customers, a few hundred thousand groups at most
// for day-granular data. Order of the input doesn't matter to the result.
func merge(all []History) base {
	b := base{n: len(all)}
	size := 1024
	table := make([]slot, size)
	used := 0
	for i := range all {
		h := &all[i]
		b.repeats += float64(h.X)
		if used*2 >= size {
			table = grow(table)
			size = len(table)
		}
		x := int32(min(h.X, math.MaxInt32))
		at := hash(h.T, h.Tx, x) & uint64(size-1)
		for {
			s := &table[at]
			if s.n == 0 {
				*s = slot{t: h.T, tx: h.Tx, x: x, n: 1}
				used++
				break
			}
			if s.x == x && s.t == h.T && s.tx == h.Tx {
				s.n++
				break
			}
			at = (at + 1) & uint64(size-1)
		}
	}
	flat := make([]slot, 0, used)
	for _, s := range table {
		if s.n > 0 {
			flat = append(flat, s)
		}
	}
	slices.SortFunc(flat, func(p, q slot) int {
		return cmp.Or(cmp.Compare(p.x, q.x), cmp.Compare(p.t, q.t), cmp.Compare(p.tx, q.tx))
	})
	b.index(flat)
	return b
}

// index turns the sorted slots into groups.
func (b *base) index(flat []slot) {
	seen := make(map[float64]int32)
	at := func(t float64) int32 {
		i, ok := seen[t]
		if !ok {
			i = int32(len(b.times))
			seen[t] = i
			b.times = append(b.times, t)
		}
		return i
	}
	all := make([]group, len(flat))
	once := 0
	for i, s := range flat {
		x, w := float64(s.x), float64(s.n)
		if len(b.xs) == 0 || b.xs[len(b.xs)-1] != x {
			b.xs, b.xWeight = append(b.xs, x), append(b.xWeight, 0)
		}
		xi := len(b.xs) - 1
		b.xWeight[xi] += w
		all[i] = group{w: w, x: x, xi: int32(xi), obs: at(s.t), rec: at(s.tx)}
		if s.x == 0 {
			once = i + 1
		}
	}
	b.oneTime, b.groups = all[:once], all[once:]
	for _, g := range all {
		if n := len(b.byT); n > 0 && b.byT[n-1].x == g.x && b.byT[n-1].obs == g.obs {
			b.byT[n-1].w += g.w
			continue
		}
		b.byT = append(b.byT, g)
	}
}

// distinct is the number of different histories.
func (b *base) distinct() int { return len(b.groups) + len(b.oneTime) }

func grow(old []slot) []slot {
	table := make([]slot, 2*len(old))
	mask := uint64(len(table) - 1)
	for _, s := range old {
		if s.n == 0 {
			continue
		}
		at := hash(s.t, s.tx, s.x) & mask
		for table[at].n != 0 {
			at = (at + 1) & mask
		}
		table[at] = s
	}
	return table
}

func hash(t, tx float64, x int32) uint64 {
	h := math.Float64bits(t)*0x9e3779b97f4a7c15 ^ math.Float64bits(tx)*0xc2b2ae3d27d4eb4f ^ uint64(x)*0x165667b19e3779f9
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
