package contract

// SignalWake tells the workflow of a broadcast to look at its row at once: paused, resumed, cancelled. It carries nothing.
const SignalWake = "wake"

// ActivityAdvanceBroadcast does the next piece of work of a broadcast: BroadcastInput -> BroadcastProgress.
const ActivityAdvanceBroadcast = "AdvanceBroadcast"

// BroadcastInput names a broadcast. Everything else stands in its row.
type BroadcastInput struct {
	WorkspaceID   int64  `json:"ws"`
	BroadcastID   string `json:"id"`
	ContinueEvery int    `json:"can,omitempty"` // pieces of work per history; 0 = as many as are good for it
}

// BroadcastProgress tells what was done and when to go on.
type BroadcastProgress struct {
	Done    bool   `json:"done,omitempty"` // nothing is left to do for this workflow
	WakeAt  int64  `json:"at,omitempty"`   // microseconds since 1970; in the past = at once; 0 = when it is told
	State   string `json:"s"`
	Handled int    `json:"n,omitempty"` // recipients that were looked at this time
}
