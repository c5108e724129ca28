// Command lists measures what the pages of the admin UI ask the database, and what looks at runs again and again, with one
// journey of very many runs: each question is asked several times, and the slowest third is what a row shows.
//
//	go run ./bench/lists -runs 1000000 -only sqlite
package main
