package main

import (
	"math"
	"slices"
	"time"
)

// The fewest answers that must lie beyond a quantile for it to be printed: with fewer, it would depend on single requests.
const beyond = 5

func (r *result) summarize(latencies []time.Duration) {
	r.QuantileSeconds = map[string]any{}
	for name, p := range map[string]float64{"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999} {
		if known, value := quantileOf(latencies, p); known {
			r.QuantileSeconds[name] = value
		} else {
			r.QuantileSeconds[name] = nil
		}
	}
	if len(latencies) == 0 {
		return
	}
	var sum time.Duration
	for _, latency := range latencies {
		sum += latency
	}
	r.MeanSeconds = sum.Seconds() / float64(len(latencies))
	r.MaxSeconds = slices.Max(latencies).Seconds()
}

// quantileOf is the smallest value that at least p of all do not exceed; it sorts.
func quantileOf(values []time.Duration, p float64) (bool, float64) {
	if float64(len(values))*(1-p) < beyond {
		return false, 0
	}
	slices.Sort(values)
	return true, values[int(math.Ceil(p*float64(len(values))))-1].Seconds()
}
