package sqlstore

import (
	"sojourn/journey"
	"sojourn/models"
)

// exits finds the exit rule (1-based, 0 = none) that ends an open run: one of this event, if the event concerns the run, or
// one that is a condition alone, which any event of the customer may have made true.
func (r *routing) exits(a *applied, run *models.Run, doc *journey.Document, concerned bool) (int, error) {
	for i, rule := range doc.Exit {
		if !rule.Conditional() && (!concerned || rule.Event != a.event.Name) {
			continue
		}
		holds, err := r.holds(a, rule.Where, run)
		if err != nil {
			return 0, err
		}
		if holds {
			return i + 1, nil
		}
	}
	return 0, nil
}

// leave ends an open run whose exit condition an event has made true that does not concern it otherwise.
func (r *routing) leave(a *applied, run *models.Run, doc *journey.Document) error {
	if run.State != models.RunOpen || !doc.ConditionalExits() {
		return nil
	}
	place, err := r.exits(a, run, doc, false)
	if err != nil || place == 0 {
		return err
	}
	return r.oweEvent(a, run, verdict{exit: place, condition: true})
}

// outAlready reports that somebody at the door would have to leave at once: an exit condition holds already.
func (r *routing) outAlready(ws *workspaceView, doc *journey.Document, c *models.Customer) (bool, error) {
	for _, rule := range doc.Exit {
		if !rule.Conditional() {
			continue
		}
		if holds, err := r.suits(ws, rule.Where, c); err != nil || holds {
			return holds, err
		}
	}
	return false, nil
}
