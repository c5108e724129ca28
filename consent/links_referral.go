package consent

import (
	"encoding/base64"
	"encoding/binary"

	"sojourn/fault"
	"sojourn/ids"
)

// ReferralPath is where the links lead that customers share, below the public address; the token follows.
const ReferralPath = "/p/r/"

// labelReferral binds a token to its purpose.
const labelReferral = "sojourn referral v1"

// Referral is what a shared link stands for. It says nothing about the person who shares it; where it leads is kept with the code.
type Referral struct {
	Workspace int64
	Code      ids.ID
}

// SignReferral makes the token of a shared link: URL-safe, about 50 characters.
func (l Links) SignReferral(r Referral) string {
	b := []byte{linkFormat, l.Current}
	b = binary.AppendUvarint(b, uint64(r.Workspace))
	b = append(b, r.Code[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, l.mac(l.Current, labelReferral, b)...))
}

// ReadReferral checks a token in constant time. Every defect is the same NotFound.
func (l Links) ReadReferral(token string) (Referral, error) {
	bad := fault.New(fault.NotFound, "this link is not valid")
	body, ok := l.open(token, labelReferral)
	if !ok {
		return Referral{}, bad
	}
	ws, n := binary.Uvarint(body)
	if n <= 0 || len(body) != n+16 {
		return Referral{}, bad
	}
	return Referral{Workspace: int64(ws), Code: ids.ID(body[n:])}, nil
}
