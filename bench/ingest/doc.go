// Command ingest measures what durable intake costs (P5): go run ./bench/ingest
//
// Batches of 100 events go over HTTP through the ordinary server (decoding, keys, group commit) and are acknowledged
// when they are committed: event, outbox row, identities. Against that, in the same run and the same database, stands a
// plain multi-row INSERT of the same event rows alone, without HTTP, decoding, outbox or identities, by whichever way is
// fastest here (text or prepared, one connection or several). The ratio is ours / plain in events per second. Both are
// durable: SQLite with synchronous=FULL, MariaDB with innodb_flush_log_at_trx_commit=1.
//
// Then single events: the rate that clients reach in a closed loop, and at 70 % of it, sent on schedule whatever the
// answers do (open loop), the time from the scheduled moment to the answer.
//
// Each figure counts only after the rows are proven to be there, each once. Clients and server share the machine's
// processors.
package main
