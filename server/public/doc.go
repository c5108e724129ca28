// Package public serves the pages that customers reach without signing in, under /p. So far that is the unsubscribe
// link of commercial mail (RFC 8058 and RFC 2369).
//
//   - GET shows a page with a button and changes nothing: mail scanners follow links.
//   - POST withdraws, with or without `List-Unsubscribe=One-Click` in the body, urlencoded or multipart, without cookie,
//     origin check or redirect; repeating it is harmless. The withdrawal is committed before the 2xx.
//   - A token that is wrong in any way gets the same page and status as a right one, and nothing is written, so nobody
//     learns from guessing. Only a database that is down answers 503, because then nothing was withdrawn.
//
// Pages name no address, load nothing from elsewhere, cannot be framed, and are not indexed.
package public
