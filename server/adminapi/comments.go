package adminapi

import (
	"context"
	"strings"

	"sojourn/fault"
	"sojourn/models"
)

// CommentsIn asks for the conversation about a journey.
type CommentsIn struct {
	Key      string `path:"key" maxLength:"63"`
	Resolved bool   `query:"resolved" doc:"The last resolved ones too"`
}

func (a *API) listComments(ctx context.Context, in *CommentsIn) (*Out[CommentList], error) {
	ws := caller(ctx).Workspace.ID
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.Comments(ctx, ws, j.ID, in.Resolved)
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, ws)
	out := CommentList{Comments: make([]Comment, 0, len(rows))}
	for _, r := range rows {
		out.Comments = append(out.Comments, commentOf(r, caller(ctx).Actor(), names))
	}
	return &Out[CommentList]{out}, err
}

func (a *API) addComment(ctx context.Context, in *ByKeyBody[CommentCreate]) (*Created[Comment], error) {
	c := caller(ctx)
	body := strings.TrimSpace(in.Body.Body)
	if body == "" {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "a comment needs some words", Fields: []fault.Field{{Path: "body.body", Message: "is empty"}}}
	}
	j, err := a.deps.Store.JourneyByKey(ctx, c.Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	row, err := a.deps.Store.AddComment(ctx, models.JourneyComment{WorkspaceID: c.Workspace.ID, JourneyID: j.ID, StepID: in.Body.StepID, Author: c.Actor(), Body: body, CreatedAt: models.At(a.now())})
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, c.Workspace.ID)
	return created(commentOf(row, c.Actor(), names)), err
}

func (a *API) resolveComment(ctx context.Context, in *ByIDBody[CommentResolve]) (*Out[Comment], error) {
	c := caller(ctx)
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	row, err := a.deps.Store.ResolveComment(ctx, c.Workspace.ID, id, in.Body.Resolved, c.Actor(), a.now())
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, c.Workspace.ID)
	return &Out[Comment]{commentOf(row, c.Actor(), names)}, err
}

func (a *API) deleteComment(ctx context.Context, in *ByID) (*Done, error) {
	c := caller(ctx)
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	return &Done{}, a.deps.Store.DeleteComment(ctx, c.Workspace.ID, id, c.Actor())
}

// commentOf shows a comment; its author may be gone by now, which leaves his id out of it.
func commentOf(r models.JourneyComment, me string, names map[string]string) Comment {
	return Comment{ID: r.ID.String(), StepID: r.StepID, Author: names[r.Author], Mine: r.Author == me, Body: r.Body, CreatedAt: r.CreatedAt.Time(), ResolvedAt: when(r.ResolvedAt), ResolvedBy: names[r.ResolvedBy]}
}
