// Package audiencetest proves that every back end of the condition language gives the same answers. It is for tests.
//
// cases.yaml is the truth table: small worlds of customers, and for each condition who it holds for. A back end passes
// when it agrees on every line; the tests of this package run it on match/ and, through sqlgen/, on SQLite and MariaDB.
// generate.go makes random worlds and random conditions for the same comparison without an expected answer.
package audiencetest
