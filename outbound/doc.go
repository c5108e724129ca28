// Package outbound makes the calls that journeys make to other people's servers: signed after Standard Webhooks, to
// public addresses only, without redirects, within fixed limits of size and time.
//
// Where a call may go is decided on the address that is dialled, not on the name, so that a name that changes its mind
// between two look-ups gains nothing. Addresses of a machine, a network or a cloud's metadata are refused unless they are
// in the list that an operator has allowed.
package outbound
