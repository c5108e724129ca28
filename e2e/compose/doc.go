// Package compose runs what docker-compose.yml says without containers: the same commands with the same settings as plain
// processes (migrate, server, worker as three of them), against MariaDB prepared by deploy/mysql/10-databases.sh, a real
// Temporal server and a mail sink. Only host names are replaced by loopback addresses. It follows a stranger's first
// hour: setup token, owner, write key, a blueprint published, an event posted, a mail received.
//
// What it cannot show: that the images exist, start and find each other by name. deploy/composecheck reads the files by
// Docker's own parsers; nobody of us has run them yet.
package compose
