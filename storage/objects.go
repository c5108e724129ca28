package storage

import (
	"context"

	"sojourn/catalogue"
	"sojourn/ids"
	"sojourn/models"
)

// Objects reads the objects of customers. They are written by the router, from events: see catalogue for the merge and
// the guide for developers for the way in. An object belongs to the customer it was first told of, and goes with him
// when he is merged into another; an event about it that names somebody else changes nothing and leaves a decision.
type Objects interface {
	// Object is one object by type and key; NotFound when there is none in the workspace.
	Object(ctx context.Context, workspace int64, objectType, key string) (models.Object, error)
	// CustomerObjects lists a customer's objects, by type, then the most recently changed first.
	CustomerObjects(ctx context.Context, workspace int64, customer ids.ID, limit int) ([]models.Object, error)
	// ObjectTypes lists the types that the workspace has objects of, with the names of dates that one of the newest ones
	// has, for pickers.
	ObjectTypes(ctx context.Context, workspace int64) ([]ObjectType, error)
}

// ObjectType is a type of object in use.
type ObjectType struct {
	Type    string
	Objects int64
	Dates   []string // names, sorted
}

// ObjectView is what conditions, runs and templates see of an object.
func ObjectView(o *models.Object) (catalogue.Object, error) {
	var v catalogue.Object
	err := o.Data.Into(&v)
	return v, err
}
