package storage

import (
	"context"
	"time"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/ids"
	"sojourn/models"
)

// Subjects loads one customer for a condition.
type Subjects interface {
	// LoadSubject loads what the conditions need of one customer: fields and attributes always, metrics, permissions,
	// memberships and events only when they are asked for, events no further back than they are looked at from now, whose
	// zone is the workspace's. NotFound for a customer of another workspace, an erased one, or one that was merged into
	// another. The event and the run at hand are the caller's to add.
	LoadSubject(ctx context.Context, workspace int64, customer ids.ID, needs audience.Needs, now time.Time) (match.Subject, error)
}

// SubjectOf turns a customer's row into a subject without metrics, events and the rest.
func SubjectOf(c *models.Customer) (match.Subject, error) {
	s := match.Subject{Customer: match.Customer{
		ExternalID: string(c.ExternalID), Email: string(c.Email), Phone: string(c.Phone), Locale: c.Locale, Timezone: c.Timezone,
		Country: c.Country, Birthday: string(c.Birthday), CreatedAt: c.CreatedAt.Time(), PausedUntil: c.PausedUntil.Time(),
		NoProfiling: c.NoProfiling, Restricted: c.Restricted,
	}}
	err := c.Attributes.Into(&s.Attributes)
	return s, err
}

// MetricsOf turns a metrics row into the form conditions ask.
func MetricsOf(r *models.CustomerMetrics) (m match.Metrics) {
	count := func(id audience.FieldID, v int) { m.Set(id, float64(v)) }
	float := func(id audience.FieldID, v *float64) {
		if v != nil {
			m.Set(id, *v)
		}
	}
	score := func(id audience.FieldID, v *int) {
		if v != nil {
			m.Set(id, float64(*v))
		}
	}
	count(audience.MetricOrdersCount, r.OrdersCount)
	m.Set(audience.MetricOrdersValue, float64(r.OrdersValue))
	count(audience.MetricOrderDays, r.OrderDays)
	m.SetInstant(audience.MetricFirstOrderAt, r.FirstOrderAt.Time())
	m.SetInstant(audience.MetricLastOrderAt, r.LastOrderAt.Time())
	float(audience.MetricMeanGapDays, r.MeanGapDays)
	float(audience.MetricGapSdDays, r.GapSdDays)
	count(audience.MetricVisitsCount, r.VisitsCount)
	count(audience.MetricEventsCount, r.EventsCount)
	count(audience.MetricOpensCount, r.OpensCount)
	count(audience.MetricClicksCount, r.ClicksCount)
	m.SetInstant(audience.MetricFirstSeenAt, r.FirstSeenAt.Time())
	m.SetInstant(audience.MetricLastSeenAt, r.LastSeenAt.Time())
	score(audience.MetricRFMR, r.RFMR)
	score(audience.MetricRFMF, r.RFMF)
	score(audience.MetricRFMM, r.RFMM)
	float(audience.MetricPAlive, r.PAlive)
	float(audience.MetricExpectedOrders, r.ExpectedOrders)
	float(audience.MetricPOrder, r.POrder)
	float(audience.MetricChurnScore, r.ChurnScore)
	float(audience.MetricOwnGapDays, r.OwnGapDays)
	m.SetInstant(audience.MetricNextOrderAt, r.NextOrderAt.Time())
	m.SetInstant(audience.MetricWinbackDueAt, r.WinbackDueAt.Time())
	m.SetInstant(audience.MetricScoredAt, r.ScoredAt.Time())
	return m
}

// EventOf turns an event's row into the form conditions ask.
func EventOf(r *models.Event) (match.Event, error) {
	e := match.Event{ID: r.ID, Name: r.Name, At: r.OccurredAt.Time()}
	err := r.Data.Into(&e.Data)
	return e, err
}
