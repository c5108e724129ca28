package contract

import (
	"hash/fnv"

	"sojourn/ids"
)

// Partitions is how many routers share the outbox. It is stored with every outbox row, so a later release that changes
// it only has to start routers for the larger of the two numbers until the old rows are gone.
const Partitions = 4

// PartitionOf says which router serves an identity group. All events of one group go through one partition, which is
// what keeps them in order. FNV-1a over the 16 bytes spreads well although UUIDv7s of one moment share their front.
func PartitionOf(grp ids.ID) int {
	h := fnv.New32a()
	_, _ = h.Write(grp[:])
	return int(h.Sum32() % Partitions)
}
