package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"

	"sojourn/channels/smtp"
	"sojourn/config"
	"sojourn/fault"
	"sojourn/storage/sqlstore"
	"sojourn/workflows/setup"
)

// doctorCmd is `sojourn doctor`: it looks at everything, changes nothing, and says what to do.
type doctorCmd struct {
	config.Config `embed:""`
}

// doctorPatience bounds one look.
const doctorPatience = 8 * time.Second

func (c *doctorCmd) run(ctx context.Context, con console) error {
	d := &doctor{out: con.out}
	d.look(ctx, "settings of the server", func(context.Context) (string, error) { return "complete", c.Config.Validate(config.ServerPart) })
	d.look(ctx, "settings of the worker", func(context.Context) (string, error) { return "complete", c.Config.Validate(config.WorkerPart) })
	d.look(ctx, "database", c.database)
	d.look(ctx, "Temporal", c.temporal)
	d.look(ctx, "mail", c.mail)
	for _, w := range append(append([]string(nil), con.source.Warnings...), c.Exposures()...) {
		fmt.Fprintln(con.out, "warning  ", w)
	}
	if d.failed > 0 {
		return fault.New(fault.Unavailable, "%d of %d looks found something", d.failed, d.looks)
	}
	return nil
}

type doctor struct {
	out           io.Writer
	looks, failed int
}

func (d *doctor) look(ctx context.Context, what string, see func(context.Context) (string, error)) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	d.looks++
	text, err := see(ctx)
	if err != nil {
		d.failed++
		fmt.Fprintf(d.out, "FAILED    %s: ", what)
		explain(d.out, err)
		return
	}
	fmt.Fprintf(d.out, "ok        %s: %s\n", what, text)
}

// quiet is for clients whose own complaints would only repeat ours.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (c *doctorCmd) database(ctx context.Context) (string, error) {
	s, err := sqlstore.Open(ctx, c.Database.URL, sqlstore.Options{MaxConns: 2, Logger: quiet()})
	if err != nil {
		return "", err
	}
	defer closing(s)
	have, want, err := s.SchemaVersion(ctx)
	if err != nil {
		return "", err
	}
	if have != want {
		return "", fault.New(fault.Conflict, "schema %d, this release needs %d: run `sojourn migrate`", have, want)
	}
	lag, err := s.RoutingLag(ctx, time.Now())
	if err != nil {
		return "", err
	}
	if lag.Oldest > time.Minute {
		return "", fault.New(fault.Unavailable, "%d events wait to be routed, the oldest for %s: is a worker running?", lag.Pending, lag.Oldest.Round(time.Second))
	}
	return fmt.Sprintf("%s answers at %s, schema %d, %d events waiting, %d parked", s.Dialect(), config.RedactURL(c.Database.URL), have, lag.Pending, lag.Parked), nil
}

func (c *doctorCmd) temporal(ctx context.Context) (string, error) {
	t, err := dialTemporal(&c.Config, quiet())
	if err != nil {
		return "", err
	}
	defer t.Close()
	info, err := t.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "no answer from %s", c.Temporal.Address)
	}
	if _, err := t.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: c.Temporal.Namespace}); err != nil {
		return "", fault.Wrap(fault.Invalid, err, "the namespace %s can't be used", c.Temporal.Namespace)
	}
	have, err := t.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: c.Temporal.Namespace})
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the search attributes can't be listed")
	}
	var missing []string
	for name := range setup.SearchAttributes() {
		if _, ok := have.CustomAttributes[name]; !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		return "", fault.New(fault.Conflict, "namespace %s lacks the search attributes %v: a worker adds them when it may, else an operator has to", c.Temporal.Namespace, missing)
	}
	return fmt.Sprintf("server %s answers at %s, namespace %s, search attributes there", info.GetServerVersion(), c.Temporal.Address, c.Temporal.Namespace), nil
}

func (c *doctorCmd) mail(ctx context.Context) (string, error) {
	if c.SMTP.URL == "" {
		return "no mail server is set, mails stay in the built-in inbox", nil
	}
	settings, err := smtp.ParseURL(c.SMTP.URL)
	if err != nil {
		return "", err
	}
	s, err := smtp.New(settings, nil)
	if err != nil {
		return "", err
	}
	defer s.Close()
	if err := s.WarmUp(ctx, 1); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "the mail server did not let us in")
	}
	return "a connection to " + config.RedactURL(c.SMTP.URL) + " works", nil
}
