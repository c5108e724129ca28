// Package e2e is the folder of tests that see Sojourn only from outside: its binary, its ports, its pages.
//
//   - world starts the real programs: sojourn, Temporal, MariaDB, Node.
//   - compose runs the settings of docker-compose.yml as plain processes and follows an event to a mail.
//   - browser drives the admin UI of `sojourn dev` in Chromium as a marketer would, and looks for barriers with axe.
//   - segment-node holds the published Segment client for Node that the ingestion tests use.
//
// The binary is built by the tests themselves; bin/temporal-dev and the UI must have been built (make build).
package e2e
