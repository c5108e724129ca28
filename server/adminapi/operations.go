package adminapi

import (
	"context"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// perSecond is how many people an operation reaches a second when nobody says: as many as the dispatchers deliver.
const perSecond = 50

func (a *API) createOperation(ctx context.Context, in *ByKeyBody[OperationCreate]) (*Created[OperationSummary], error) {
	c, b := caller(ctx), in.Body
	j, err := a.deps.Store.JourneyByKey(ctx, c.Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	o := storage.NewOperation{JourneyID: j.ID, Kind: b.Kind, Mapping: b.Mapping, PerSecond: orRate(b.PerSecond), By: c.Actor(), Action: "operation-" + b.Kind, Filter: storage.OperationFilter{Step: b.Step}}
	if b.Version != 0 {
		_, v, err := a.version(ctx, c.Workspace.ID, in.Key, b.Version)
		if err != nil {
			return nil, err
		}
		o.Filter.Version = v.ID
	}
	for _, text := range b.Runs {
		id, err := parseID(text)
		if err != nil {
			return nil, err
		}
		o.Filter.Runs = append(o.Filter.Runs, id)
	}
	if (b.Kind == storage.OperationMove) != (b.To != 0) {
		return nil, fault.New(fault.Invalid, "a move, and nothing else, names the version to go to").WithFields(fault.Field{Path: "body.to", Message: "version number of a move"})
	}
	if b.To != 0 {
		_, v, err := a.version(ctx, c.Workspace.ID, in.Key, b.To)
		if err != nil {
			return nil, err
		}
		o.Target = v.ID
		to, err := a.documentOf(ctx, c.Workspace.ID, in.Key, b.To)
		if err != nil {
			return nil, err
		}
		if err := checkMapping("body.mapping", to, b.Mapping); err != nil {
			return nil, err
		}
	}
	return a.startOperation(ctx, j, o)
}

func orRate(n int) int {
	if n == 0 {
		return perSecond
	}
	return n
}

func (a *API) startOperation(ctx context.Context, j models.Journey, o storage.NewOperation) (*Created[OperationSummary], error) {
	row, err := a.deps.Store.StartOperation(ctx, j.WorkspaceID, o, a.now())
	if err != nil {
		return nil, err
	}
	a.operate(ctx)
	out, err := a.operation(ctx, j.WorkspaceID, row.ID)
	return created(out), err
}

// operate asks a worker to begin at once; the schedule does so anyway within half a minute.
func (a *API) operate(ctx context.Context) {
	if a.deps.Operate == nil {
		return
	}
	if err := a.deps.Operate(ctx); err != nil {
		a.log().WarnContext(ctx, "an operation begins with the next round", "error", err)
	}
}

func (a *API) operation(ctx context.Context, ws int64, id ids.ID) (OperationSummary, error) {
	o, err := a.deps.Store.Operation(ctx, ws, id)
	if err != nil {
		return OperationSummary{}, err
	}
	numbers, names, err := a.operationWords(ctx, ws, o.JourneyID)
	return operationOf(o, numbers, names), err
}

func (a *API) operationWords(ctx context.Context, ws int64, journeyID ids.ID) (map[ids.ID]int, map[string]string, error) {
	versions, err := a.deps.Store.Versions(ctx, ws, journeyID)
	if err != nil {
		return nil, nil, err
	}
	numbers := map[ids.ID]int{}
	for _, v := range versions {
		numbers[v.ID] = v.Number
	}
	names, err := a.actorNames(ctx, ws)
	return numbers, names, err
}

func operationOf(o storage.OperationView, numbers map[ids.ID]int, names map[string]string) OperationSummary {
	out := OperationSummary{ID: o.ID.String(), Kind: o.Kind, State: o.State, To: numbers[o.TargetVersionID], Total: o.Total, Handed: o.Handed, Runs: o.Runs, PerSecond: o.PerSecond,
		CreatedBy: or(names[o.CreatedBy], o.CreatedBy), CreatedAt: o.CreatedAt.Time(), FinishedAt: when(o.FinishedAt),
		Reversible: o.Kind == storage.OperationMove && o.State != storage.OperationRunning && o.Runs[storage.RunMoved] > 0}
	if !o.Reverses.IsZero() {
		out.Reverses = o.Reverses.String()
	}
	return out
}

func (a *API) listOperations(ctx context.Context, in *OperationsIn) (*Out[Page[OperationSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("operations", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.Operations(ctx, ws, j.ID, ask)
	if err != nil {
		return nil, err
	}
	numbers, names, err := a.operationWords(ctx, ws, j.ID)
	if err != nil {
		return nil, err
	}
	out := page(a, "operations", ws, ask, rows, func(o storage.OperationView) (models.Instant, ids.ID) { return o.CreatedAt, o.ID },
		func(o storage.OperationView) OperationSummary { return operationOf(o, numbers, names) })
	for i, o := range out.Body.Items { // a move that was taken back can't be again
		for _, other := range out.Body.Items {
			if other.Reverses == o.ID {
				out.Body.Items[i].Reversible = false
			}
		}
	}
	return out, nil
}

func (a *API) cancelOperation(ctx context.Context, in *ByID) (*Out[OperationSummary], error) {
	ws := caller(ctx).Workspace.ID
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.deps.Store.CancelOperation(ctx, ws, id, a.now()); err != nil {
		return nil, err
	}
	out, err := a.operation(ctx, ws, id)
	return &Out[OperationSummary]{out}, err
}

func (a *API) reverseOperation(ctx context.Context, in *ByID) (*Created[OperationSummary], error) {
	c := caller(ctx)
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	was, err := a.deps.Store.Operation(ctx, c.Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.Journey(ctx, c.Workspace.ID, was.JourneyID)
	if err != nil {
		return nil, err
	}
	return a.startOperation(ctx, j, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMoveBack, Reverses: id, PerSecond: was.PerSecond, By: c.Actor(), Action: "operation-move_back"})
}

// operateRun is an operation on one run.
func (a *API) operateRun(ctx context.Context, in *ByIDBody[RunOperation]) (*Created[OperationSummary], error) {
	c := caller(ctx)
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	run, err := a.deps.Store.Run(ctx, c.Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	if run.State != models.RunOpen {
		return nil, fault.New(fault.Conflict, "this run has ended")
	}
	j, err := a.deps.Store.Journey(ctx, c.Workspace.ID, run.JourneyID)
	if err != nil {
		return nil, err
	}
	return a.startOperation(ctx, j, storage.NewOperation{JourneyID: j.ID, Kind: in.Body.Kind, PerSecond: 1, By: c.Actor(), Action: "operation-" + in.Body.Kind,
		Filter: storage.OperationFilter{Runs: []ids.ID{id}}})
}

// addPeople lets chosen customers in, under the same guards as any entry.
func (a *API) addPeople(ctx context.Context, in *ByKeyBody[PeopleAdd]) (*Out[PeopleAdded], error) {
	ws := caller(ctx).Workspace.ID
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	if n := len(in.Body.Keys); n > 0 && n != len(in.Body.Customers) {
		return nil, fault.New(fault.Invalid, "there are %d keys for %d customers: give one for each, or none", n, len(in.Body.Customers))
	}
	out := PeopleAdded{Items: make([]PersonAdded, len(in.Body.Customers))}
	var asks []storage.EntryAsk
	var at []int
	for i, text := range in.Body.Customers {
		out.Items[i].Customer = text
		id, err := a.findCustomer(ctx, ws, text)
		switch {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict), fault.Is(err, fault.Invalid):
			out.Items[i].Reason = "unknown"
			continue
		case err != nil:
			return nil, err
		}
		key := ""
		if len(in.Body.Keys) > 0 {
			key = in.Body.Keys[i]
		}
		asks, at = append(asks, storage.EntryAsk{Customer: id, Key: key, Cause: storage.Cause{ID: ids.New(), Kind: storage.CauseManual}}), append(at, i)
	}
	answers, err := a.deps.Store.EnterJourney(ctx, ws, j.ID, asks, a.now())
	if err != nil {
		return nil, err
	}
	for n, answer := range answers {
		p := &out.Items[at[n]]
		p.Entered, p.Reason = answer.Entered, answer.Reason
		if answer.Entered {
			p.RunID = answer.Run.String()
		}
	}
	return &Out[PeopleAdded]{out}, nil
}

func (a *API) findCustomer(ctx context.Context, ws int64, text string) (ids.ID, error) {
	if id, err := ids.Parse(text); err == nil && !id.IsZero() {
		return id, nil
	}
	id, err := a.deps.Store.CustomerByExternalID(ctx, ws, text)
	if fault.Is(err, fault.NotFound) {
		id, err = a.deps.Store.CustomerByEmail(ctx, ws, text)
		if fault.Is(err, fault.Invalid) { // no address either
			err = fault.New(fault.NotFound, "no customer has this id or address")
		}
	}
	return id, err
}

func (a *API) listEntries(ctx context.Context, in *EntriesIn) (*Out[Page[EntrySummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("entries", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListEntries(ctx, ws, j.ID, in.Outcome, in.Reason, ask)
	if err != nil {
		return nil, err
	}
	return page(a, "entries", ws, ask, rows, func(r storage.EntryRow) (models.Instant, ids.ID) { return r.At, r.ID }, func(r storage.EntryRow) EntrySummary {
		return EntrySummary{ID: r.ID.String(), Customer: customerRef(r.Person), Outcome: r.Outcome, Reason: r.Reason, RunID: r.RunID.String(), At: r.At.Time()}
	}), nil
}
