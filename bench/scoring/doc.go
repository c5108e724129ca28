// Command scoring measures row P8 of the performance targets: fitting BG/NBD to 2,357 and to 1,000,000 customers and
// scoring 1,000,000.
//
//	go run ./bench/scoring                    prints a table and writes bench/results/scoring-DATE-COMMIT.json
//	go test -bench . -benchmem ./bench/scoring  the same work as Go benchmarks, for profiles
//
// The million comes in two worlds. "resampled" repeats the CDNOW sample, so that few histories are different;
// "simulated" draws every customer from the fitted model with first purchases spread over two years, which leaves
// hundreds of thousands of different histories and is the honest one. Each measurement first proves its result: the
// published likelihood, the simulated parameters found again, every customer scored.
//
// Absolute times depend on the machine; the ratio column divides by one pass of a textbook log-likelihood (three
// log-gammas, two powers and no merging per customer) over the same customers on one processor.
package main
