package audience

// Explanation answers "why is or isn't this customer in it", part by part. match.Explain fills it in.
type Explanation struct {
	Path     string        `json:"path"`               // where the part stands in the condition
	Sentence string        `json:"sentence,omitempty"` // the part in plain English; empty for and, or and not
	Join     string        `json:"join,omitempty"`     // "and", "or", "not" for those
	Holds    bool          `json:"holds"`
	Seen     string        `json:"seen,omitempty"` // the value that was found, "nothing" when absent
	Parts    []Explanation `json:"parts,omitempty"`
}

// Failing lists the leaves that keep the whole from holding, most useful first as they stand.
func (x Explanation) Failing() []Explanation {
	if x.Holds {
		return nil
	}
	if len(x.Parts) == 0 || x.Join == "not" {
		return []Explanation{x}
	}
	var out []Explanation
	for _, p := range x.Parts {
		out = append(out, p.Failing()...)
	}
	return out
}
