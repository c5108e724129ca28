// Command audience measures live counts: each condition compiled by audience/sqlgen against the statement an expert would
// write by hand for the same database and the same tables, in turns, on SQLite and MariaDB.
//
//	go run ./bench/audience [-customers 200000] [-events 10] [-only sqlite]
//
// Before anything is timed the two must count the same, and a sample of customers must match in memory, too.
package main
