package adminapi

import "time"

// Comment is what a colleague said about a journey or one of its steps.
type Comment struct {
	ID         string     `json:"id"`
	StepID     string     `json:"step_id" doc:"Empty for the journey as a whole"`
	Author     string     `json:"author" doc:"E-mail address of a member, or name of a key"`
	Mine       bool       `json:"mine" doc:"Written by the caller, who may delete it"`
	Body       string     `json:"body"`
	CreatedAt  time.Time  `json:"created_at"`
	ResolvedAt *time.Time `json:"resolved_at,omitempty"`
	ResolvedBy string     `json:"resolved_by,omitempty"`
}

// CommentList is a whole conversation, oldest first.
type CommentList struct {
	Comments []Comment `json:"comments"`
}

// CommentCreate says something.
type CommentCreate struct {
	StepID string `json:"step_id,omitempty" maxLength:"64" doc:"Empty for the journey as a whole"`
	Body   string `json:"body" minLength:"1" maxLength:"2000"`
}

// CommentResolve closes a comment or opens it again.
type CommentResolve struct {
	Resolved bool `json:"resolved"`
}
