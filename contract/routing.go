package contract

// RouteInput names the partition that a router serves.
type RouteInput struct {
	Partition int `json:"p"`
}

// RouteResult tells what one attempt did; it ends when its worker stops, or after an hour to keep histories short.
type RouteResult struct {
	Epoch      int64 `json:"epoch"`
	Events     int64 `json:"events"`
	Dispatches int64 `json:"dispatches"`
	Stopped    bool  `json:"stopped,omitempty"` // the worker is going away
}

// ReconcileInput carries what one look needs from the one before.
type ReconcileInput struct {
	ClosedSince int64 `json:"since,omitempty"`  // microseconds since 1970: workflows that closed after this have not been looked at
	CensusAt    int64 `json:"census,omitempty"` // microseconds since 1970: the last time all running workflows were counted
	CensusTook  int64 `json:"took,omitempty"`   // how long that took, in microseconds
}

// ReconcileResult is the next look's input, with what this one found.
type ReconcileResult struct {
	Next    ReconcileInput `json:"next"`
	Looked  int            `json:"looked"`            // workflows or runs that were looked at
	Repairs map[string]int `json:"repairs,omitempty"` // by kind
	Stopped int            `json:"stopped,omitempty"` // runs of stopped journeys that were told so
}
