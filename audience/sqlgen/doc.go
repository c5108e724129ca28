// Package sqlgen turns a condition into SQL for SQLite and for the MySQL protocol (MariaDB 10.11, MySQL 8), with the
// meaning that package audience defines; audience/match is its twin in memory and audiencetest compares the two.
//
// The text of a statement is made of constants of this package and column names of the closed catalogue only. Everything
// a person wrote (names, JSON paths, values) is a parameter.
//
// How the databases differ, and what is done about it:
//   - Truth: SQL has a third value. Every negation is IS NOT TRUE, so "unknown" becomes "no" exactly where a comparison
//     with something absent must be false, and nothing else is needed.
//   - Texts: utf8mb4_bin ignores trailing spaces, so texts are compared as BINARY; SQLite's default collation is binary.
//   - JSON: MariaDB has no ->>; JSON_UNQUOTE(JSON_EXTRACT()) turns 5 and "5" into the same text, and SQLite gives an
//     object as text, so a comparison asks for the JSON type unless the value could not be mistaken.
//   - Lists: JSON_CONTAINS goes into nested lists and compares escaped texts as written, so elements come from JSON_TABLE.
//   - Numbers: compared as doubles on both sides.
//   - Subqueries: MariaDB 10.11 takes two expressions over subqueries for the same when their texts differ only in case,
//     and given f(SELECT … 'News') = 1 AND f(SELECT … 'news') = 1 it drops the second. So nothing here compares a
//     subquery with a value: comparisons stand inside, and outside there is only EXISTS or a truth value.
package sqlgen
