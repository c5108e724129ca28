// Package loyalty is the port through which journeys grant points, vouchers and discounts. The built-in programme keeps
// them in our own database (storage/sqlstore); another one is an adapter that implements Program over somebody's API.
//
// A grant has a key of its own: the same key is granted once, whatever is repeated, restarted or restored.
package loyalty
