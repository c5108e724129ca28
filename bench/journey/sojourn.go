package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"sojourn/contract"
)

const writeKey = "wk_bench_0123456789abcdef0123456789abcdef"

// ours is the side under measurement, used from outside only: HTTP in, SMTP out.
type ours struct {
	b    *bench
	base string
	data string // directory
	http *http.Client
	pid  int
}

// open starts our side with further arguments; its data stay under the name.
func (b *bench) open(name string, args ...string) (o *ours, stop func(), err error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	data := filepath.Join(b.dir, name)
	cmd, err := b.start("sojourn", "http://"+listen+"/readyz", b.o.program, append([]string{"dev", "--data", data, "--listen", listen, "--temporal-address", b.child.Address(),
		"--smtp", "smtp://" + b.sink.Addr() + "?security=none", "--workspace-key", writeKey}, args...)...)
	if err != nil {
		return nil, nil, err
	}
	jar, _ := cookiejar.New(nil)
	o = &ours{b: b, base: "http://" + listen, data: data, pid: cmd.Process.Pid, http: &http.Client{Jar: jar, Timeout: 2 * time.Minute}}
	if err := o.signIn(data); err != nil {
		end(cmd)
		return nil, nil, err
	}
	return o, func() { end(cmd) }, nil
}

// sojourn measures our side in one round; weight is the size of the mails it sends.
func (b *bench) sojourn(ctx context.Context, round int) (rows []figures, weight int, err error) {
	o, stop, err := b.open("data")
	if err != nil {
		return nil, 0, err
	}
	defer stop()
	for _, s := range []struct {
		shape string
		wait  time.Duration
	}{{"W4", 0}, {"W5", time.Second}} {
		f, err := o.measure(ctx, round, s.shape, s.wait)
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, f)
	}
	all := b.sink.Messages()
	return rows, len(all[len(all)-1].Data), nil
}

func (o *ours) measure(ctx context.Context, round int, shape string, wait time.Duration) (figures, error) {
	key := fmt.Sprintf("bench-%s-%d", strings.ToLower(shape), round)
	steps := []any{map[string]any{"id": "mail", "kind": "send", "send": map[string]any{"template": "welcome-1", "channel": "email"}}}
	if wait > 0 {
		steps = append([]any{map[string]any{"id": "pause", "kind": "wait", "wait": map[string]any{"for": fmt.Sprintf("PT%dS", int(wait.Seconds()))}, "next": "mail"}}, steps...)
	}
	if err := o.publish(key, "Bench "+key, steps); err != nil {
		return figures{}, err
	}
	phases := map[string]int{"warm": 50, "burst": o.b.o.runs, "paced": 5 * o.b.o.paced}
	for phase, n := range phases {
		if err := o.people(key+"-"+phase, n); err != nil {
			return figures{}, err
		}
	}
	send := func(phase string) func(int) (string, error) {
		return func(i int) (string, error) {
			user := fmt.Sprintf("%s-%s-%d", key, phase, i)
			return user + "@example.com", o.track(map[string]any{"type": "track", "userId": user, "event": "Bench " + key, "messageId": user})
		}
	}
	if _, err := o.b.weigh("sojourn", shape, phases["warm"], o.pid, wait, send("warm")); err != nil {
		return figures{}, err
	}
	temporal, own, err := o.b.stored(o)
	if err != nil {
		return figures{}, err
	}
	stop, err := o.profiled(fmt.Sprintf("-%s-%d.pprof", shape, round))
	if err != nil {
		return figures{}, err
	}
	f, err := o.b.weigh("sojourn", shape, phases["burst"], o.pid, wait, send("burst"))
	stop()
	if err != nil {
		return f, err
	}
	if f.TemporalBytes, f.OwnBytes, err = o.b.stored(o); err != nil {
		return f, err
	}
	f.TemporalBytes, f.OwnBytes = (f.TemporalBytes-temporal)/int64(f.Runs), (f.OwnBytes-own)/int64(f.Runs)
	if err := o.b.pace(&f, wait, send("paced")); err != nil {
		return f, err
	}
	return f, o.histories(ctx, key, &f)
}

// profiled takes a CPU profile of our process until stop is called, if one is wanted.
func (o *ours) profiled(name string) (stop func(), err error) {
	if o.b.o.profile == "" {
		return func() {}, nil
	}
	if err := syscall.Kill(o.pid, syscall.SIGUSR1); err != nil {
		return nil, err
	}
	return func() {
		_ = syscall.Kill(o.pid, syscall.SIGUSR2)
		time.Sleep(500 * time.Millisecond) // the file is written
		if err := copyFile(o.b.profile(), o.b.o.profile+name); err != nil {
			fmt.Fprintln(os.Stderr, "no profile:", err)
		}
	}, nil
}

func (o *ours) signIn(data string) error {
	text, err := os.ReadFile(filepath.Join(data, "demo-password"))
	if err != nil {
		return err
	}
	return o.call("POST", "/api/admin/v1/auth/login", map[string]string{"email": "demo@example.com", "password": strings.TrimSpace(string(text))}, nil)
}

// publish makes a journey that lets everybody in at every event.
func (o *ours) publish(key, event string, steps []any) error {
	return o.publishEntry(key, map[string]any{"kind": "event", "event": event, "reentry": map[string]any{"rule": "always"}}, steps)
}

func (o *ours) publishEntry(key string, entry map[string]any, steps []any) error {
	doc := map[string]any{"key": key, "name": "Bench " + key, "purpose": "marketing", "entry": entry, "steps": steps}
	var made struct {
		Revision int `json:"draft_revision"`
	}
	if err := o.call("POST", "/api/admin/v1/journeys", map[string]any{"document": doc}, &made); err != nil {
		return err
	}
	req, _ := http.NewRequest("POST", o.base+"/api/admin/v1/journeys/"+key+"/publish", strings.NewReader(`{"confirm":true}`))
	req.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(made.Revision)))
	return o.do(req, nil)
}

// people makes customers who may be mailed and whose quiet hours are not now; it is not measured.
func (o *ours) people(prefix string, n int) error {
	var all []any
	for i := range n {
		user := fmt.Sprintf("%s-%d", prefix, i)
		all = append(all,
			map[string]any{"type": "identify", "userId": user, "messageId": "id-" + user, "traits": map[string]any{"email": user + "@example.com", "firstName": "Ann", "plan": prefix, "timezone": noonZone(time.Now())}},
			map[string]any{"type": "track", "userId": user, "messageId": "ok-" + user, "event": "Consent Granted", "properties": map[string]any{"channel": "email", "purpose": "marketing", "source": "form:bench", "source_kind": "person"}})
	}
	if err := o.batches(all); err != nil {
		return err
	}
	return o.settled()
}

// batches hands events in, 400 at a time.
func (o *ours) batches(events []any) error {
	parts := slices.Collect(slices.Chunk(events, 400))
	return concurrently(len(parts), 4, func(i int) error { return o.post("/v1/batch", map[string]any{"batch": parts[i]}) })
}

// noonZone is a zone in which it is about noon, so that quiet hours hold nobody back.
func noonZone(now time.Time) string {
	offset := (12-now.UTC().Hour()+36)%24 - 12 // hours east of UTC, -12…+11
	if offset == -12 {
		return "Etc/GMT+12"
	}
	return fmt.Sprintf("Etc/GMT%+d", -offset)
}

// settled waits until all accepted events are applied.
func (o *ours) settled() error {
	for deadline := time.Now().Add(20 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var home struct {
			Pending int64 `json:"pending_events"`
		}
		if err := o.call("GET", "/api/admin/v1/overview", nil, &home); err != nil {
			return err
		}
		if home.Pending == 0 {
			return nil
		}
	}
	return fmt.Errorf("events are still pending after twenty minutes")
}

// histories looks at runs of a journey: what one history holds, and how many sends had to take the channel's queue.
func (o *ours) histories(ctx context.Context, key string, f *figures) error {
	var list struct {
		Items []struct{ ID string } `json:"items"`
	}
	if err := o.call("GET", "/api/admin/v1/runs?state=ended&page_size=100&journey="+url.QueryEscape(key), nil, &list); err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return fmt.Errorf("no run of %s has finished", key)
	}
	queued := 0
	for _, r := range list.Items {
		id := contract.RunWorkflowID("demo", key, r.ID)
		events := o.b.client.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				return err
			}
			if e.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
				queued++
			}
		}
		if err := o.b.shape(ctx, f, id); err != nil {
			return err
		}
	}
	f.Queued = float64(queued) / float64(len(list.Items))
	return nil
}

func (o *ours) track(event map[string]any) error { return o.post("/v1/track", event) }

func (o *ours) post(path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest("POST", o.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.SetBasicAuth(writeKey, "")
	return o.do(req, nil)
}

func (o *ours) call(method, path string, body, into any) error {
	var r io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, o.base+path, r)
	if err != nil {
		return err
	}
	return o.do(req, into)
}

func (o *ours) do(req *http.Request, into any) error {
	if req.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", req.Method, req.URL.Path, resp.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
