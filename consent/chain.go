package consent

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"sojourn/ids"
)

// Sealed is what the hash of a ledger line covers. ProofDigest stands for the proof (wording, IP, trail), which is
// personal: when the proof is erased its digest stays and the chain remains valid.
type Sealed struct {
	Workspace    int64
	Customer     ids.ID
	ContactPoint ids.ID
	Entry        Entry
	ProofDigest  [32]byte
	Actor        string
	Event        ids.ID
	// OccurredMicros and RecordedMicros are the stored instants: microseconds since 1970, 0 for none.
	OccurredMicros, RecordedMicros int64
}

// Seal returns SHA-256 over the previous hash and all fields of the line, each with its length, so that no two lines
// share an encoding. prev is zero for the first line of a customer.
func Seal(prev [32]byte, s Sealed) [32]byte {
	h := sha256.New()
	h.Write(prev[:])
	number(h, s.Workspace)
	h.Write(s.Customer[:])
	h.Write(s.ContactPoint[:])
	h.Write(s.Entry.ID[:])
	number(h, s.Entry.Seq)
	for _, text := range []string{s.Entry.Channel, s.Entry.Purpose, string(s.Entry.State), string(s.Entry.Basis), s.Entry.Source, string(s.Entry.SourceKind), s.Actor} {
		number(h, int64(len(text)))
		h.Write([]byte(text))
	}
	h.Write(s.ProofDigest[:])
	h.Write(s.Event[:])
	number(h, s.OccurredMicros)
	number(h, s.RecordedMicros)
	var out [32]byte
	copy(out[:], h.Sum(nil))
	return out
}

// ProofDigest is SHA-256 over a proof as stored. Proofs carry a random salt, so that a short one (an IP address) cannot
// be found again by trying all values once it has been erased.
func ProofDigest(proof []byte) [32]byte { return sha256.Sum256(proof) }

func number(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}
