// Package docs is the manual. Its test keeps it true: examples parse and validate, links lead somewhere, and every
// setting and subcommand that is named exists.
package docs
