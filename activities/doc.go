// Package activities holds the side effects that workflows ask for, as methods of small structs that list what they need
// as interfaces. A method's name is its name on Temporal's wire and unique across all structs; its input and result live
// in package contract. Errors are translated once, by failure: what can't succeed is not tried again, and no message
// that came from a database or a provider reaches a history.
package activities
