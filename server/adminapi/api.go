package adminapi

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"sojourn/server/access"
)

func init() {
	huma.DefaultArrayNullable = false // our lists are never null
	huma.ValidateStrictCasing = true  // "Role" is not "role"
	huma.NewError = newProblem
}

// API holds what the handlers need.
type API struct {
	deps Deps
	huma huma.API
	ops  []Operation

	expected volumes // of what is in the calendar
	counted  counted
	cross    *http.CrossOriginProtection
}

// Operation is one route with the permission it needs; tests walk the list.
type Operation struct {
	ID, Method, Path string
	Permission       access.Permission
}

// New registers the API on a router. It panics when an operation declares no known permission: that is a mistake of
// the programmer which no test may pass.
func New(router *gin.Engine, deps Deps) *API {
	cfg := huma.DefaultConfig("Sojourn admin API", "1")
	cfg.Info.Description = "What the admin UI uses, and API keys of kind admin. Errors are problems (RFC 9457). Times are RFC 3339 in UTC, money is in minor units."
	cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", nil
	cfg.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	cfg.RejectUnknownQueryParameters = true
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-sojourn", Description: "Cookie set by login (named sojourn on plain http)"},
		"key":     {Type: "http", Scheme: "bearer", Description: "API key of kind admin"},
	}
	a := &API{deps: deps, huma: humagin.New(router, cfg), cross: http.NewCrossOriginProtection()}
	a.operations()
	router.GET("/journey.schema.json", func(c *gin.Context) { c.Data(http.StatusOK, "application/schema+json", journeySchema) })
	return a
}

// journeySchema is the JSON Schema of the journey document, for editors of journeys that are kept as files. It holds no
// more than the documentation does, so anybody may read it.
//
//go:embed journey.schema.json
var journeySchema []byte

// Operations lists the routes.
func (a *API) Operations() []Operation { return a.ops }

// OpenAPI is the OpenAPI 3.1 document, indented.
func (a *API) OpenAPI() ([]byte, error) {
	b, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	return append(b, '\n'), err
}

type op struct {
	id, method, path, summary, tag string
	allow                          access.Permission
}

// register adds a route: identify and authorise before anything of the request is read, then the handler, then - for
// whatever changes something - a line in the audit log.
func register[I, O any](a *API, o op, h func(context.Context, *I) (*O, error)) {
	if !access.Known(o.allow) {
		panic(fmt.Sprintf("operation %s declares no known permission (%q)", o.id, o.allow))
	}
	a.ops = append(a.ops, Operation{o.id, o.method, Prefix + o.path, o.allow})
	security := []map[string][]string{{"session": {}}, {"key": {string(o.allow)}}}
	switch o.allow {
	case access.Public:
		security = nil
	case access.SignedIn:
		security = security[:1]
	}
	huma.Register(a.huma, huma.Operation{
		OperationID: o.id, Method: o.method, Path: Prefix + o.path, Summary: o.summary, Tags: []string{o.tag},
		Security: security, Extensions: map[string]any{"x-permission": string(o.allow)},
		Middlewares: huma.Middlewares{a.guard(o)},
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err == nil && o.method != http.MethodGet && o.allow != access.Public {
			err = a.audit(ctx, o, in, out)
		}
		if err != nil {
			return nil, a.problem(ctx, o.id, err)
		}
		return out, nil
	})
}
