package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"log/slog"

	"sojourn/contract"
)

// bareInput is all that the bare workflow knows.
type bareInput struct {
	To   string
	Wait time.Duration
}

// bareQueue is the bare side's task queue.
const bareQueue = "bare"

func bareWorkflow(ctx workflow.Context, in bareInput) error {
	if in.Wait > 0 {
		if err := workflow.Sleep(ctx, in.Wait); err != nil {
			return err
		}
	}
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
	return workflow.ExecuteLocalActivity(ctx, (*mailer).Mail, in.To).Get(ctx, nil)
}

// mailer keeps connections open between mails, as we do.
type mailer struct {
	addr string
	size int // bytes of a body
	idle chan *smtp.Client
}

// Mail hands over one message.
func (m *mailer) Mail(_ context.Context, to string) error {
	c, err := m.connection()
	if err != nil {
		return err
	}
	if err := hand(c, to, m.size); err != nil {
		_ = c.Close()
		return err
	}
	select {
	case m.idle <- c:
	default:
		_ = c.Quit()
	}
	return nil
}

func (m *mailer) connection() (*smtp.Client, error) {
	select {
	case c := <-m.idle:
		return c, nil
	default:
		return smtp.Dial(m.addr)
	}
}

func hand(c *smtp.Client, to string, size int) error {
	if err := c.Mail("bench@example.com"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "From: bench@example.com\r\nTo: "+to+"\r\nSubject: bench\r\n\r\n"+strings.Repeat("0123456789abcdef\r\n", 1+size/18)); err != nil {
		return err
	}
	return w.Close()
}

// bareMain is the process of the bare side: POST / with {"id","to","wait"} answers after the workflow was started.
func bareMain(o options) error {
	c, err := client.Dial(client.Options{HostPort: o.temporal, ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}}, Logger: log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))})
	if err != nil {
		return err
	}
	defer c.Close()
	m := &mailer{addr: o.sink, size: o.size, idle: make(chan *smtp.Client, 16)}
	w := worker.New(c, bareQueue, worker.Options{})
	w.RegisterWorkflow(bareWorkflow)
	w.RegisterActivity(m)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(rw http.ResponseWriter, r *http.Request) {
		var in struct {
			ID, To, Customer string
			Wait             time.Duration
		}
		err := json.NewDecoder(r.Body).Decode(&in)
		if err == nil {
			o := client.StartWorkflowOptions{ID: in.ID, TaskQueue: bareQueue}
			if in.Customer != "" { // to be weighed against ours, with the same attributes
				o.TypedSearchAttributes = temporal.NewSearchAttributes(
					temporal.NewSearchAttributeKeyKeyword(contract.AttrWorkspace).ValueSet("demo"), temporal.NewSearchAttributeKeyKeyword(contract.AttrJourney).ValueSet("bench-parked"),
					temporal.NewSearchAttributeKeyInt64(contract.AttrVersion).ValueSet(1), temporal.NewSearchAttributeKeyKeyword(contract.AttrCustomer).ValueSet(in.Customer))
			}
			_, err = c.ExecuteWorkflow(r.Context(), o, bareWorkflow, bareInput{To: in.To, Wait: in.Wait})
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
		}
	})
	return http.ListenAndServe(o.listen, mux)
}

// startBare starts the process of the bare side, with mails of so many bytes.
func (b *bench) startBare(size int) (listen string, cmd *exec.Cmd, err error) {
	if listen, err = freeAddress(); err != nil {
		return "", nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd, err = b.start("bare", "http://"+listen+"/", self, "-role=bare", "-temporal="+b.child.Address(), "-sink="+b.sink.Addr(), "-listen="+listen, fmt.Sprintf("-size=%d", size))
	return listen, cmd, err
}

// bare measures the bare side.
func (b *bench) bare(ctx context.Context, round, size int) ([]figures, error) {
	listen, cmd, err := b.startBare(size)
	if err != nil {
		return nil, err
	}
	defer end(cmd)
	var out []figures
	for _, s := range []struct {
		shape string
		wait  time.Duration
	}{{"W4", 0}, {"W5", time.Second}} {
		post := func(phase string) func(int) (string, error) {
			return func(i int) (string, error) {
				id := fmt.Sprintf("bare-%d-%s-%s-%d", round, s.shape, phase, i)
				body, _ := json.Marshal(map[string]any{"ID": id, "To": id + "@example.com", "Wait": s.wait})
				resp, err := http.Post("http://"+listen+"/", "application/json", bytes.NewReader(body))
				if err != nil {
					return "", err
				}
				defer resp.Body.Close()
				_, _ = io.Copy(io.Discard, resp.Body)
				if resp.StatusCode != http.StatusOK {
					return "", fmt.Errorf("bare side: status %d", resp.StatusCode)
				}
				return id + "@example.com", nil
			}
		}
		if _, err := b.weigh("bare", s.shape, 50, cmd.Process.Pid, s.wait, post("warm")); err != nil {
			return nil, err
		}
		f, err := b.weigh("bare", s.shape, b.o.runs, cmd.Process.Pid, s.wait, post("burst"))
		if err != nil {
			return nil, err
		}
		if err := b.pace(&f, s.wait, post("paced")); err != nil {
			return nil, err
		}
		if err := b.shape(ctx, &f, fmt.Sprintf("bare-%d-%s-burst-1", round, s.shape)); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
