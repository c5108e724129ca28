// Package setup prepares a Temporal namespace for Sojourn's workflows. It is a client of Temporal, not workflow code.
package setup

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sojourn/contract"
	"sojourn/fault"
)

// SearchAttributes are the attributes that runs are started with. They are never encrypted: opaque ids and keys only.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		contract.AttrWorkspace: enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttrJourney:   enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttrVersion:   enums.INDEXED_VALUE_TYPE_INT,
		contract.AttrCustomer:  enums.INDEXED_VALUE_TYPE_KEYWORD,
	}
}

// EnsureSearchAttributes registers what is missing in the namespace; doing it again changes nothing. An attribute that
// exists with another type is a fault.Conflict. Where the operator service is closed to us (Temporal Cloud, or a cluster
// with permissions), missing attributes are a fault.Forbidden that names them, so that an operator can add them.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list the search attributes of namespace %s: %w", namespace, refused(err, nil))
	}
	missing := map[string]enums.IndexedValueType{}
	var names []string
	for name, want := range SearchAttributes() {
		switch got, ok := have.CustomAttributes[name]; {
		case !ok:
			missing[name] = want
			names = append(names, name)
		case got != want:
			return fault.New(fault.Conflict, "search attribute %s of namespace %s has the type %s, want %s", name, namespace, got, want)
		}
	}
	if len(missing) == 0 { // perhaps because somebody else has added them a moment ago
		return usable(ctx, c, namespace)
	}
	sort.Strings(names)
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) { // somebody else was faster: that is as good
		return fmt.Errorf("add search attributes %v to namespace %s: %w", names, namespace, refused(err, names))
	}
	return usable(ctx, c, namespace)
}

// usable waits until the frontend knows the attributes: it reads them every few seconds, and until then a start that
// names them is refused.
func usable(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	query := fmt.Sprintf("%s = 'x' AND %s = 'x' AND %s = 0 AND %s = 'x'", contract.AttrWorkspace, contract.AttrJourney, contract.AttrVersion, contract.AttrCustomer)
	for {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: query})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the search attributes of namespace %s: %w", namespace, refused(err, nil))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func refused(err error, names []string) error {
	var denied *serviceerror.PermissionDenied
	var unimplemented *serviceerror.Unimplemented
	if errors.As(err, &denied) || errors.As(err, &unimplemented) {
		return fault.Wrap(fault.Forbidden, err, "this Temporal does not let us register search attributes; register %v by hand", names)
	}
	return fault.Wrap(fault.Unavailable, err, "Temporal did not answer")
}
