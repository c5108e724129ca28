// Package journeys is refer-a-friend as code journeys, on nothing but package kit and the rules of package referral. It is the example
// that ships, and every program knows its types (app registers them):
//
//   - refer-a-friend (invite.go) is the referrer's: it gives him his link and code, and writes to him so that he can share them. Nobody
//     else is ever written to for his sake.
//   - referred-friend (friend.go) is the friend's, one run for all claims on him. Its step asks the rules what they need, waits for that - an
//     order, the end of the return window - and asks again, until there is a reward or a reason.
//   - referral-news (news.go) is the referrer's again: one short run per news about a claim of his, so that nobody sleeps in a run for
//     a year just to be told.
//
// The three are bound by the name of the programme in their settings. What has to touch the world is done by two steps (steps.go)
// through Desk, of which activities/referrals is the real one. Names, addresses and codes stay out of Temporal: a run knows its claims by
// its own id, and what texts need is saved as data of the run.
package journeys
