// Command importer measures CSV imports: go run ./bench/importer
//
// It writes two files of the size of the CDNOW base (23,570 customers with consents, 69,659 orders), imports both into
// SQLite and MariaDB by the code behind `sojourn import`, metrics included, and counts at the sink. Printed and written
// to bench/results: seconds (must be under 30 for both files on two cores), rows per second, processor seconds, and the
// resident memory of the process after a tenth of the rows and at the highest point. -times 10 makes files ten times as
// long, which must not change the memory.
package main
