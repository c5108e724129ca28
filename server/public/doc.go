// Package public serves the pages that customers reach without signing in, under /p: the unsubscribe link
// of commercial mail (RFC 8058 and RFC 2369), the tracked links and the pixel of messages, and the links that customers share.
//
// Unsubscribing:
//
//   - GET shows a page with a button and changes nothing: mail scanners follow links.
//   - POST withdraws, with or without `List-Unsubscribe=One-Click` in the body, urlencoded or multipart, without cookie,
//     origin check or redirect; repeating it is harmless. The withdrawal is committed before the 2xx.
//   - A token that is wrong in any way gets the same page and status as a right one, and nothing is written, so nobody
//     learns from guessing. Only a database that is down answers 503, because then nothing was withdrawn.
//
// Opens and clicks (hits.go):
//
//   - A token names a message and a link of it, signed; the address it leads to was stored when the message was made. There
//     is no parameter with an address, so there is no open redirect. A wrong token is a 404 page, and no look-up.
//   - The pixel is the same picture for every token, right or wrong.
//   - HEAD is answered and never counted. Prefetches, scanners, privacy proxies, hits within moments of the hand-over and
//     sweeps over all links are counted as machines' (machine.go): no run is told of them.
//   - A counter that fails or a flood costs a count, not the customer's page. Opens and clicks never touch a permission.
//
// Links that customers share (referrals.go):
//
//   - A token names a code, signed; where it leads was configured by a marketer and is kept with the code. It is an https page, and
//     the code is the only thing that is added. Nothing says whose code it is.
//   - Following a link claims nothing: a claim is an event of the shop. Visits are counted, machines' apart, HEAD not at all.
//   - Requests are limited, all together and per link; who asks too often gets 429.
//
// Pages name no address, load nothing from elsewhere, cannot be framed, and are not indexed.
package public
