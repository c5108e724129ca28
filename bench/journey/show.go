package main

import "fmt"

func show(r report) {
	if len(r.Rows) > 0 {
		fmt.Printf("%-8s %-4s %6s %10s %10s %10s %8s %8s %8s %8s %8s %8s\n", "side", "", "runs", "CPU s/1000", "process", "temporal", "events", "transit.", "by queue", "p50 ms", "p95 ms", "p99 ms")
		for _, f := range r.Rows {
			fmt.Printf("%-8s %-4s %6d %10.1f %10.1f %10.1f %8d %8d %8.2f %8.1f %8.1f %8.1f\n", f.Side, f.Shape, f.Runs, f.CPUSeconds, f.Process, f.Temporal, f.HistoryEvents, f.Transitions, f.Queued, f.P50, f.P95, f.P99)
		}
		for _, f := range r.Rows {
			if f.OwnBytes > 0 {
				fmt.Printf("%s: a run adds %d bytes to Temporal's store and %d to ours\n", f.Shape, f.TemporalBytes, f.OwnBytes)
			}
		}
		for _, k := range []string{"W4", "W5", "W4 process", "W4 temporal", "W5 process", "W5 temporal"} {
			fmt.Printf("ours / bare %-12s %.2f\n", k, r.Ratios[k])
		}
	}
	if p := r.Parked; p != nil {
		fmt.Printf("parked %d runs at %.0f/s: %d bytes each in Temporal's store (bare with the same attributes, %d of them: %d; %.2fx), %d in ours; RSS of the process %d MB, of Temporal %d MB\n",
			p.Runs, p.PerSecond, p.TemporalBytes, p.BareRuns, p.BareBytes, p.Ratio, p.OwnBytes, p.RSS>>20, p.TemporalRSS>>20)
		fmt.Printf("%d of them woken at 5/s: mail after the end of the wait p50 %.0f ms, p95 %.0f ms, p99 %.0f ms\n", p.Woken, p.Late50, p.Late95, p.Late99)
	}
	for _, e := range r.Entry {
		fmt.Printf("audience entry of %d, %s: %.0f starts/s, %.1f CPU s per 1000 (process %.1f, Temporal %.1f); another journey's mail p50 %.0f ms, p95 %.0f ms (before: %.0f, %.0f)\n",
			e.Runs, e.Limit, e.PerSecond, e.Process+e.Temporal, e.Process, e.Temporal, e.Other50, e.Other95, e.Before50, e.Before95)
	}
	if u := r.Burst; u != nil {
		fmt.Printf("burst of %d events: taken in %.1f s (slowest answer %.0f ms), all mailed once after %.0f s; RSS %d MB; another journey's mail p50 %.0f ms, p95 %.0f ms (before: %.0f, %.0f): %.1fx\n",
			u.Events, u.Taken, u.SlowestAck, u.Mailed, u.RSS>>20, u.Other50, u.Other95, u.Before50, u.Before95, u.Other95/u.Before95)
	}
}
