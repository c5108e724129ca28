// Command broadcast measures row P3 (shape W2): a newsletter of 5 KB with four substitutions, one condition, two tracked
// links, the link to unsubscribe with its headers and an open pixel, to many people.
//
// Ours is the whole way: recipients written down from an audience, the gate with consent and caps, the ledger with its
// claim, fence and outcome, content frozen, tracked links, one workflow on a Temporal server. Bare is a loop that only
// renders the same template with the same engine, signs and rewrites the same links and hands it to the same mail server
// over as many connections, from data in memory. Each side is a process of its own; the mail server and the loader are in
// a third and not counted. Ours counts Temporal, and with MariaDB its server too. Before a figure is told, the mail server
// has seen n mails to n different addresses, and the ledger holds n accepted messages.
//
//	go run ./bench/broadcast -n 50000
package main
