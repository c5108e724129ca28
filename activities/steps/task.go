package steps

import (
	"cmp"
	"context"
	"time"

	"sojourn/activities"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

const (
	defaultDue  = "P3D"
	defaultRole = "marketer"
)

// task asks a person; the step then waits for the answer or the due date.
func (s *Steps) task(ctx context.Context, a *action) (answer, error) {
	t := a.step.Task
	say, err := s.texts(ctx, a)
	if err != nil {
		return answer{}, err
	}
	title, err := say.line(t.Title)
	if err != nil {
		return answer{}, err
	}
	instructions, err := say.block(t.Instructions)
	if err != nil {
		return answer{}, err
	}
	due, err := journey.ParseDuration(cmp.Or(t.Due, defaultDue))
	if err != nil {
		return answer{}, fault.Wrap(fault.Invalid, err, "the due time of step %s can't be read", a.step.ID)
	}
	outcomes := []string{}
	for _, o := range t.Outcomes {
		outcomes = append(outcomes, o.Name)
	}
	if len(outcomes) == 0 {
		outcomes = append(outcomes, journey.ExitDone)
	}
	version, err := ids.Parse(a.in.VersionID)
	if err != nil {
		return answer{}, fault.Wrap(fault.Invalid, err, "not an id")
	}
	d := a.record(answer{exit: journey.ExitPending, result: "open"}, nil)
	done, err := s.Store.CreateTask(ctx, models.Task{
		ID: activities.TaskID(a.run, a.in.StepID, a.in.Visit), WorkspaceID: a.in.WorkspaceID, Type: t.Type, Title: clip(title, 300), Instructions: instructions,
		Role: cmp.Or(t.Role, defaultRole), Fields: list(t.Fields), Outcomes: list(outcomes), CustomerID: a.who.CustomerID, RunID: a.run, JourneyID: a.who.JourneyID, VersionID: version,
		StepID: a.in.StepID, Visit: a.in.Visit, State: storage.TaskOpen, DueAt: models.At(due.AddTo(time.UnixMicro(a.in.ReachedAt), activities.Zone(a.doc, a.who))), CreatedAt: models.At(a.now),
	}, d)
	return from(done), err
}

func list(words []string) models.JSON {
	if words == nil {
		words = []string{}
	}
	return models.ToJSON(words)
}

// clip cuts a text to so many characters.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}
