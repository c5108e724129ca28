// Package ingest turns what sources send into normalised events: the Segment HTTP Tracking API
// (identify, track, page, screen, group, alias, batch). It knows no HTTP, no clock and no randomness; the moment of
// receipt and the source of message ids come in with Options.
//
// Start at Decode (one message) and DecodeBatch. Both read the body once with a small strict JSON reader (json.go) that
// refuses what two readers could understand differently or what a database could not give back as it came: duplicate
// keys, numbers outside the range of a double, halves of surrogate pairs, NUL characters, invalid UTF-8, nesting over
// MaxDepth. The answer is either all events or a fault.Invalid / fault.TooLarge whose fields name every wrong place,
// e.g. {"batch[3].userId", "…"}: a batch is accepted as a whole or refused as a whole, so a 2xx never hides a loss.
//
// Event.Data and Event.Context are canonical JSON: keys sorted, no white space, escapes only where JSON demands them.
// Event.Hash covers what the sender meant (type, ids, name, data, timestamp) and not what changes on a retry (sentAt),
// so "same message id, other content" can be told from a harmless repetition.
//
// money.go reads amounts in major units into minor ones; it is here because the router and the importer must agree.
package ingest
