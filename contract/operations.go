package contract

// OperateResult tells what one round of handing out did.
type OperateResult struct {
	Handed   int `json:"n"`
	Finished int `json:"done"`
}

// GuardsResult tells what one look at the rates did.
type GuardsResult struct {
	Journeys int `json:"n"`
	Paused   int `json:"paused,omitempty"`
}
