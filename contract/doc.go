// Package contract is the leaf room that workflows, activities and clients share: every name that lives on Temporal's
// wire (workflow types, ids, task queues, signals, queries, updates, search attributes, activity names) and the payload
// structs. Payloads carry ids and numbers only: never a name, an address, a property or a text written by a person.
package contract
