// Package auditor says whether a Sojourn kept its promises. It knows three things: what happened outside (which events
// were acknowledged, which mails the mail server read to the end, which workflows Temporal has), the rows of the
// database, read with statements of its own, and the promises. It imports nothing of the product, so that a mistake of
// the product is not repeated here. The names of the promises (I1…) are those of docs/robustness-track-record.md.
package auditor
