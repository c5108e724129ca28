// Package scoring fits purchase models to a base of customers and scores one customer or a million: pure functions
// of their arguments, no store, no clock, no randomness.
//
// # The way through
//
// A store keeps Purchases per customer (days bought on, first, last, sum of squared gaps; Add keeps it up to date,
// PurchasesOf rebuilds it). At night all Purchases become Histories at one moment, Fit turns these into a Model, and
// the Model is stored as JSON. ScoreAll scores the base with it; ScoreCustomer scores one customer in the middle of
// a run with the very same model, so that a purchase made since last night counts.
//
//	m, err := scoring.Fit(histories, settings, now)     // err only for impossible input
//	c := scoring.ScoreCustomer(m, purchases, now, zone)  // c.Known, c.ChurnScore, c.WinbackDueAt, …
//
// # The models
//
// bgnbd.go is the BG/NBD of Fader, Hardie & Lee (2005): people buy at their own rate until, after some purchase, they
// leave. Where the data show no leaving - the likelihood has no finite optimum, or the two parameters for it gain
// less than Akaike's price - nbd.go answers instead, and Model.Reason says why. With fewer than MinCustomers
// customers or MinRepeats repeat purchases the Kind is "none": no probability is given at all. Nothing in here ever
// returns NaN or an infinity for a valid history.
//
// rhythm.go is the customer's own gap: exponential gaps, a Gamma population, the open gap censored; with a
// regularity, the next expected purchase, and the moment win-back is due, at about twice the own gap.
//
// rfm.go cuts recency, frequency and value into scores by quantiles or fixed limits.
//
// # Churn score
//
// P(alive) under BG/NBD is 1 for everybody who bought once, however long ago, for one can only leave after a repeat
// purchase. As a churn score 1 − P(alive) therefore ranks worse than a coin (AUC .316 on CDNOW). The churn score
// here is 1 − P(at least one purchase in the horizon): AUC .757 on the same data.
//
// # Time
//
// Models count weeks of seven days in whole days, purchases of one day merged, the first day not counted: the
// convention of the literature, which makes its numbers comparable. Scores speak in days and instants.
//
// # Numbers to trust
//
// The tests reproduce the published CDNOW and Online Retail values (see testdata/SOURCE.md). holdout.go is for the
// trust in one's own base: Backtest fits on the past, and compares the forecast with what came.
//
// # Speed
//
// Equal histories are merged first, logarithms are taken once per distinct day, gradients are analytic. Sums run in
// a fixed order, so that neither the order of the customers nor the number of processors changes a digit.
package scoring
