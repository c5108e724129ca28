package adminapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

const cursorMAC = 12

// ask turns the page parameters into a storage.PageAsk. A token that was not given out for this list and workspace is
// refused, so nobody learns to build one.
func (a *API) ask(list string, workspace int64, p PageIn) (storage.PageAsk, error) {
	ask := storage.PageAsk{Limit: p.PageSize}
	if ask.Limit == 0 {
		ask.Limit = 50
	}
	if p.PageToken == "" {
		return ask, nil
	}
	bad := fault.New(fault.Invalid, "this page token is not valid for this list; start again without one").WithFields(fault.Field{Path: "query.page_token", Message: "not valid"})
	raw, err := base64.RawURLEncoding.Strict().DecodeString(p.PageToken)
	if err != nil || len(raw) != 24+cursorMAC {
		return ask, bad
	}
	if !hmac.Equal(raw[24:], a.cursorMAC(list, workspace, raw[:24])) {
		return ask, bad
	}
	ask.After.At = models.Instant(binary.BigEndian.Uint64(raw))
	ask.After.ID = ids.ID(raw[8:24])
	return ask, nil
}

func (a *API) token(list string, workspace int64, at models.Instant, id ids.ID) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(at))
	raw = append(raw, id[:]...)
	return base64.RawURLEncoding.EncodeToString(append(raw, a.cursorMAC(list, workspace, raw)...))
}

func (a *API) cursorMAC(list string, workspace int64, body []byte) []byte {
	m := hmac.New(sha256.New, a.deps.CursorKey)
	m.Write(binary.BigEndian.AppendUint64([]byte("sojourn page token v1\x00"+list+"\x00"), uint64(workspace)))
	m.Write(body)
	return m.Sum(nil)[:cursorMAC]
}

// page makes the answer of a list: rows converted, and a token when the page is full.
func page[R, T any](a *API, list string, workspace int64, ask storage.PageAsk, rows []R, at func(R) (models.Instant, ids.ID), convert func(R) T) *Out[Page[T]] {
	out := &Out[Page[T]]{Page[T]{Items: make([]T, 0, len(rows))}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, convert(r))
	}
	if len(rows) > 0 && len(rows) == ask.Limit {
		t, id := at(rows[len(rows)-1])
		out.Body.NextPageToken = a.token(list, workspace, t, id)
	}
	return out
}
