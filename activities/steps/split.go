package steps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"sojourn/journey"
)

// split gives the customer his variant: by a hash of seed and customer, so that it is the same in every run and version.
func (s *Steps) split(_ context.Context, a *action) (answer, error) {
	body := a.step.Split
	name := Variant(cmp.Or(body.Seed, a.doc.Key+"/"+a.step.ID), a.who.CustomerID.String(), body.Variants)
	return answer{exit: name, result: name}, nil
}

// Variant picks one by weight. 53 bits of the hash are spread evenly over the sum of the weights.
func Variant(seed, customer string, variants []journey.Variant) string {
	var sum float64
	for _, v := range variants {
		sum += max(v.Weight, 0)
	}
	h := sha256.Sum256([]byte(seed + "\x00" + customer))
	at := float64(binary.BigEndian.Uint64(h[:8])>>11) / (1 << 53) * sum
	last := ""
	for _, v := range variants {
		if v.Weight <= 0 {
			continue
		}
		if last = v.Name; at < v.Weight {
			return v.Name
		}
		at -= v.Weight
	}
	return last // rounding at the very end
}
