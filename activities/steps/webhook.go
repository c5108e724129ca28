package steps

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/outbound"
)

// How long calls are tried, and how long is waited between two attempts: as long as it has been tried, within bounds.
const (
	defaultRetry = "PT1H"
	retryFirst   = 5 * time.Second
	retryMost    = 15 * time.Minute
)

// webhook calls somebody's server and keeps what was asked for of the answer.
func (s *Steps) webhook(ctx context.Context, a *action) (answer, error) {
	w := a.step.Webhook
	say, err := s.texts(ctx, a)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{}
	for name, source := range w.Body {
		if body[name], err = say.block(source); err != nil {
			return answer{}, err
		}
	}
	url, err := say.line(w.URL)
	if err != nil {
		return answer{}, err
	}
	got, out, err := s.call(ctx, a, cmp.Or(w.Method, http.MethodPost), url, w.Headers, body, w.Retry)
	if err != nil || out.reason != "" || len(w.Save) == 0 {
		return out, err
	}
	save := map[string]any{}
	var answered any
	if json.Unmarshal(got.Body, &answered) == nil {
		for name, path := range w.Save {
			if v := dig(answered, path); v != nil {
				save[name] = v
			}
		}
	}
	if len(save) == 0 {
		return out, nil
	}
	d, revision, err := s.Store.ReviseContext(ctx, a.in.WorkspaceID, a.run, save, a.record(out, nil))
	kept := from(d)
	kept.revision = revision
	return kept, err
}

// call makes one attempt. The answer has the exit ok, or failed with a reason, or names the time of the next attempt.
func (s *Steps) call(ctx context.Context, a *action, method, url string, headers map[string]string, body map[string]any, retry string) (outbound.Answer, answer, error) {
	body["sojourn"] = map[string]any{"run": a.in.RunID, "customer": a.who.CustomerID.String(), "journey": a.doc.Key, "step": a.in.StepID, "visit": a.in.Visit}
	payload, err := json.Marshal(body)
	if err != nil {
		return outbound.Answer{}, answer{}, fault.Wrap(fault.Invalid, err, "the body of step %s can't be written", a.step.ID)
	}
	if method == http.MethodGet {
		payload = nil
	}
	secrets, err := s.Secrets.Active(ctx, a.in.WorkspaceID, a.now)
	if err != nil {
		return outbound.Answer{}, answer{}, err
	}
	got, err := s.Caller.Do(ctx, outbound.Call{Method: method, URL: url, Headers: headers, Body: payload, ID: a.d.ID.String(), At: a.now, Secrets: secrets})
	var failed *outbound.Failure
	switch {
	case err == nil:
		return got, answer{exit: journey.ExitOK, result: journey.ExitOK}, nil
	case ctx.Err() != nil:
		return got, answer{}, ctx.Err()
	case !errors.As(err, &failed):
		return got, answer{}, err
	}
	out := answer{exit: journey.ExitFailed, result: journey.ExitFailed, reason: failed.Reason}
	d, err := journey.ParseDuration(cmp.Or(retry, defaultRetry))
	if err != nil {
		return got, out, fault.Wrap(fault.Invalid, err, "the retry of step %s can't be read", a.step.ID)
	}
	reached := time.UnixMicro(a.in.ReachedAt)
	pause := min(max(a.now.Sub(reached), retryFirst), retryMost)
	if next := a.now.Add(pause); !failed.Final && next.Before(reached.Add(d.Approx())) {
		out.retry = next
	}
	return got, out, nil
}
