package contract

// RehearsalInput names a rehearsal. What it walks and for whom is in our database: ids only in histories.
type RehearsalInput struct {
	WorkspaceID int64  `json:"workspace_id"`
	RehearsalID string `json:"rehearsal_id"`
}

// RehearseInput asks for the next step of a walk of a rehearsal.
type RehearseInput struct {
	RehearsalInput
	Walk  int    `json:"walk"`           // from 0
	State []byte `json:"state"`          // of the machine on this walk; empty: it begins
	Lost  bool   `json:"lost,omitempty"` // a step failed for good: note that it is over
}

// RehearseResult is what became of it: the machine's state, how long a wait lasts here (seconds stand for days), and
// whether the walk, or all of it, is over.
type RehearseResult struct {
	State    []byte `json:"state,omitempty"`
	PauseMS  int64  `json:"pause_ms,omitempty"`
	WalkDone bool   `json:"walk_done,omitempty"`
	Done     bool   `json:"done,omitempty"`
}

// RehearsalWorkflowID is the workflow id of a rehearsal.
func RehearsalWorkflowID(id string) string { return "sojourn/rehearsal/" + id }
