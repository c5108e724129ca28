package main

import (
	"testing"

	"sojourn/scoring"
)

func BenchmarkFitCDNOW(b *testing.B) {
	all, err := sample()
	if err != nil {
		b.Fatal(err)
	}
	benchmarkFit(b, all)
}

func BenchmarkFitMillion(b *testing.B) { benchmarkFit(b, histories(simulated(million))) }

func benchmarkFit(b *testing.B, all []scoring.History) {
	b.ReportAllocs()
	for b.Loop() {
		if m, err := scoring.Fit(all, scoring.DefaultSettings(), now); err != nil || m.Kind != scoring.KindBGNBD {
			b.Fatal(m.Reason, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/customer")
}

func BenchmarkScoreMillion(b *testing.B) {
	people := simulated(million)
	m, err := scoring.Fit(histories(people), scoring.DefaultSettings(), now)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]scoring.CustomerScore, len(people))
	b.ReportAllocs()
	for b.Loop() {
		scoring.ScoreAll(m, people, now, nil, out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(people)), "ns/customer")
}

// The benches measure what they say: a small world of the simulation gives its own parameters back, and the textbook
// formula agrees with ours.
func TestTheSimulatedWorldIsTheModelsOwn(t *testing.T) {
	t.Parallel()
	all := histories(simulated(100_000))
	m, err := scoring.Fit(all, scoring.DefaultSettings(), now)
	if err != nil {
		t.Fatal(err)
	}
	if err := resembles(.15)(m); err != nil {
		t.Error(err)
	}
	cdnow, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	if d := textbook(original, cdnow) - original.LogLikelihood(cdnow); d > 1e-6 || d < -1e-6 {
		t.Errorf("textbook likelihood differs by %g", d)
	}
}
