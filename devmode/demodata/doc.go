// Package demodata is the base of the demo workspace: real purchases, invented people.
//
// Load shifts the embedded CDNOW sample (see SOURCE.md) so that its last purchase was yesterday, and dresses each
// customer with a name, language, time zone, birthday, country, address and consent that follow from his number
// alone: the same on each start, and unchanged when the demo is started on another day - only dates of purchases,
// registration and consent move along. ReadMaster does the same with the full file of 23,570 customers, which is
// not embedded, for tests and benches of the importer; WriteCustomersCSV and WriteOrdersCSV give its input files.
//
// Orders are placed in the customer's daytime on the very calendar day (UTC) of the data, so the purchase models
// find the published numbers again.
//
// The package holds values only: it stores nothing and knows no clock.
package demodata
