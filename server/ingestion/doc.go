// Package ingestion is the edge where sources hand in events: the Segment HTTP Tracking API under /v1. It decodes with
// package ingest, stores through a Committer, and answers 200 {"success":true} only for what is committed.
//
// The order of a request: key (Basic header; else writeKey in the body), rate limit of the key, size limits before and
// while reading (also of what gzip unpacks to), decoding, one durable insert, answer. Refusals are problem documents
// (RFC 9457) whose errors name every wrong place:
//
//	400  not JSON, or places are wrong      401  no write key, or a revoked one     413  over a limit of size
//	415  unknown Content-Encoding           429  too fast, or the queue is full     503  the database is not available
//
// 429 and 503 carry Retry-After (seconds); 429 also X-RateLimit-Reset (seconds since 1970), as the published clients
// expect. There are no redirects: some clients take 3xx for success.
//
// Mount adds the routes to a gin router. Committer (committer.go) merges concurrent requests into one transaction.
package ingestion
