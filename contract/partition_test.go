package contract_test

import (
	"testing"

	"sojourn/contract"
	"sojourn/ids"
)

// Groups made in one burst share most of their bytes and must still spread over the routers.
func TestPartitionOfSpreads(t *testing.T) {
	t.Parallel()
	const n = 4000
	var count [contract.Partitions]int
	for range n {
		id := ids.New()
		p := contract.PartitionOf(id)
		if again := contract.PartitionOf(id); again != p {
			t.Fatalf("group %s moved from partition %d to %d", id, p, again)
		}
		count[p]++
	}
	for p, c := range count {
		if c < n/contract.Partitions*8/10 || c > n/contract.Partitions*12/10 {
			t.Errorf("partition %d got %d of %d groups: %v", p, c, n, count)
		}
	}
}
