package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/server/adminapi"
)

// installation says which server a command talks to, and as whom.
type installation struct {
	Server  string `placeholder:"URL" help:"Address of the installation, e.g. https://sojourn.example.com; also SOJOURN_SERVER."`
	KeyFile string `placeholder:"FILE" type:"path" help:"File with an admin API key (scopes journeys.read, journeys.write, journeys.publish); also SOJOURN_API_KEY."`
}

func (i installation) address(con console) string {
	if i.Server != "" {
		return i.Server
	}
	return con.variable("SOJOURN_SERVER")
}

// client is for the admin API. The key never comes as a flag: other users of the machine would see it.
func (i installation) client(con console) (*adminClient, error) {
	base := strings.TrimSuffix(i.address(con), "/")
	if u, err := url.Parse(base); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fault.New(fault.Invalid, "say which installation: --server URL or SOJOURN_SERVER")
	}
	key := con.variable("SOJOURN_API_KEY")
	if i.KeyFile != "" {
		text, err := os.ReadFile(i.KeyFile)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "read the key")
		}
		key = strings.TrimSpace(string(text))
	}
	if key == "" {
		return nil, fault.New(fault.Invalid, "say who you are: an admin API key in SOJOURN_API_KEY or --key-file FILE (made under Connect, API keys)")
	}
	return &adminClient{base: base + adminapi.Prefix, key: key, http: &http.Client{Timeout: 30 * time.Second}}, nil
}

// adminClient calls the operations of the admin API that journeys as files need.
type adminClient struct {
	base, key string
	http      *http.Client
}

// do makes one call. What the server refuses comes back as a fault of the same kind, with its fields.
func (c *adminClient) do(ctx context.Context, method, path, ifMatch string, body, into any) error {
	var r io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, r)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the address of the installation")
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the installation does not answer")
	}
	defer closing(res.Body)
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "read the answer")
	}
	if res.StatusCode >= 300 {
		return refusal(res.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fault.Wrap(fault.Unavailable, err, "%s %s is not answered by a Sojourn installation of this release", method, path)
	}
	return nil
}

func refusal(status int, text []byte) error {
	kinds := map[int]fault.Kind{400: fault.Invalid, 401: fault.Unauthorised, 403: fault.Forbidden, 404: fault.NotFound, 409: fault.Conflict, 412: fault.Conflict, 413: fault.TooLarge,
		422: fault.Invalid, 429: fault.Busy, 503: fault.Unavailable}
	kind, ok := kinds[status]
	if !ok {
		kind = fault.Internal
	}
	var p struct {
		Title, Detail string
		Errors        []struct{ Location, Message string }
	}
	if json.Unmarshal(text, &p) != nil || p.Detail == "" && p.Title == "" {
		return fault.New(kind, "the installation answers %d", status)
	}
	if p.Detail == "" {
		p.Detail = p.Title
	}
	f := fault.New(kind, "%s", p.Detail)
	for _, e := range p.Errors {
		f = f.WithFields(fault.Field{Path: e.Location, Message: e.Message})
	}
	return f
}

func (c *adminClient) validate(ctx context.Context, d journey.Document) (adminapi.ValidateResult, error) {
	var out adminapi.ValidateResult
	return out, c.do(ctx, http.MethodPost, "/journeys/validate", "", adminapi.ValidateRequest{Document: d}, &out)
}

func (c *adminClient) keys(ctx context.Context) ([]string, error) {
	var out []string
	for token := ""; ; {
		var page adminapi.Page[adminapi.JourneySummary]
		if err := c.do(ctx, http.MethodGet, "/journeys?page_size=200&page_token="+url.QueryEscape(token), "", nil, &page); err != nil {
			return nil, err
		}
		for _, j := range page.Items {
			out = append(out, j.Key)
		}
		if token = page.NextPageToken; token == "" {
			return out, nil
		}
	}
}

func (c *adminClient) journey(ctx context.Context, key string) (adminapi.JourneyDetail, error) {
	var out adminapi.JourneyDetail
	return out, c.do(ctx, http.MethodGet, "/journeys/"+url.PathEscape(key), "", nil, &out)
}

func (c *adminClient) version(ctx context.Context, key string, number int) (journey.Document, error) {
	var out adminapi.VersionDetail
	err := c.do(ctx, http.MethodGet, fmt.Sprintf("/journeys/%s/versions/%d", url.PathEscape(key), number), "", nil, &out)
	return out.Document, err
}

// standing returns what a document is compared with: the live version, or the draft if asked for or if there is no other.
// Both are nil when there is no such journey.
func (c *adminClient) standing(ctx context.Context, key string, draft bool) (*journey.Document, *adminapi.JourneyDetail, error) {
	j, err := c.journey(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if draft || j.LiveVersion == 0 {
		return &j.Draft, &j, nil
	}
	doc, err := c.version(ctx, key, j.LiveVersion)
	return &doc, &j, err
}

func (c *adminClient) create(ctx context.Context, d journey.Document) (adminapi.JourneyDetail, error) {
	var out adminapi.JourneyDetail
	return out, c.do(ctx, http.MethodPost, "/journeys", "", adminapi.JourneyCreate{Document: &d}, &out)
}

func (c *adminClient) save(ctx context.Context, d journey.Document, revision int) (adminapi.JourneyDetail, error) {
	var out adminapi.JourneyDetail
	return out, c.do(ctx, http.MethodPut, "/journeys/"+url.PathEscape(d.Key)+"/draft", fmt.Sprintf("%q", fmt.Sprint(revision)), d, &out)
}

func (c *adminClient) publish(ctx context.Context, key string, revision int, ask adminapi.PublishRequest) (adminapi.VersionSummary, error) {
	var out adminapi.VersionSummary
	return out, c.do(ctx, http.MethodPost, "/journeys/"+url.PathEscape(key)+"/publish", fmt.Sprintf("%q", fmt.Sprint(revision)), ask, &out)
}
