// Package adminapi is the admin API under /api/admin/v1: what the admin UI and API keys of kind admin use.
//
// Go types through huma are the source of the contract: wire_*.go holds every shape that crosses the border, ops.go the
// list of operations with the permission each one needs, and openapi.json is the document generated from both
// (go run ./server/adminapi/openapigen; a test says when it is stale). The UI's TypeScript types come from it.
//
// How a request walks: gin -> cross-origin check and session (server) -> huma: identify (session cookie or Bearer key)
// -> the operation's declared permission against the static matrix of package access -> decode and validate against
// the schema (unknown, doubled and differently cased fields are refused) -> handler. A handler reads through the
// interfaces of package storage, always with the caller's workspace, and converts rows to wire shapes in convert.go.
//
// Errors are fault.Error values; problems.go turns their kind into an RFC 9457 problem in one table. Lists answer
// {items, next_page_token}; a token is opaque, signed, and bound to the operation and workspace it was given for.
//
// An operation without a permission does not register: New panics, so a build with such a route can't pass a test.
package adminapi
