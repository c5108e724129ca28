// Package audience is the one condition language of Sojourn: what a condition may say (Condition), whether it is
// sound (Validate), what it means (below), how it reads (Sentence). Two back ends answer it and must agree: match/ for
// one customer in memory, sqlgen/ for a whole workspace in SQL. audiencetest/cases.yaml runs on both, in both databases.
//
// # Meaning
//
// Truth is two-valued. A comparison with something absent is false, and so is one between different types. neq and nin
// are the exact opposites of eq and in, so they hold for absent values and other types; not turns its child around.
//
// Absent: a missing key and JSON null; an empty customer field (e-mail, phone, locale, country…); an empty metric. A
// customer without a metrics row has 0 for every count and nothing for the rest. An empty text or list in an attribute
// is present.
//
// Types never convert: 5 is not "5", 1 is not true. Numbers are 64-bit floats. Texts compare byte by byte: case counts,
// trailing spaces count, ß is not ss, and gt/lt follow the bytes of UTF-8; nothing is normalised, so a source that
// wants "nl" and "NL" to be one thing must say so when it sends. contains looks for a part of a text, or for an element
// of a list (only the list itself, not lists within it); starts_with for a beginning.
//
// Paths such as attributes.address.city go down into objects, one name per dot. A list on the way ends it: absent.
//
// # Time
//
// The zone of now is the zone in which days are counted: callers pass now in the workspace's zone. {"now":"-P30D"} is an
// instant; years, months, weeks and days are calendar steps there (31 August minus 6 months is 28 February; a day over
// a clock change has 23 or 25 hours), hours and less are exact. {"today":"P7D"} is a day; so is "2026-01-31" compared
// with an instant or a date field. An instant compared with a day is compared by its local day: lte takes the whole day.
// A text in an attribute or property counts as a day when it looks like 2026-01-31 and as an instant when it looks like
// 2026-01-31T09:00:00Z or 2026-01-31T09:00:00.123Z (UTC; whole seconds count); anything else does not match a time. A
// day compared with an instant is compared with that instant's day. anniversary N holds when the day returns N days from
// today; 29 February is kept on the 28th in other years.
//
// # Events
//
// An aggregate looks at the customer's routed events of one name up to now: within P30D from exactly 30 days ago
// (included) to now (included); since X strictly after the latest X, and no event at all when X never happened. where
// filters by properties. count, sum and distinct of nothing are 0; min, max, first and last of nothing are absent. sum,
// min and max see numbers only, and a sum is rounded to six decimals so that 0.1 + 0.2 is 0.3. distinct counts texts,
// numbers and booleans. first and last take the first or last event by (time, id) and its property, present or not;
// without a property they are the time of the event. An event condition without an operator means "at least once".
//
// # Consent and membership
//
// A permission is granted, withdrawn, pending or none; without an operator the condition asks for granted. Membership is
// that of the last refresh.
package audience
