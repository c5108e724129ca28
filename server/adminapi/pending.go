package adminapi

import (
	"context"

	"sojourn/fault"
	"sojourn/journey"
)

type handler[I, O any] func(context.Context, *I) (*O, error)

func pending[I, O any](context.Context, *I) (*O, error) {
	return nil, fault.New(fault.Unavailable, "not yet")
}

func (a *API) authOptions(c context.Context, i *Nothing) (*Out[AuthOptions], error) {
	return pending[Nothing, Out[AuthOptions]](c, i)
}
func (a *API) login(c context.Context, i *In[LoginRequest]) (*SessionOut, error) {
	return pending[In[LoginRequest], SessionOut](c, i)
}
func (a *API) setup(c context.Context, i *In[SetupRequest]) (*SessionOut, error) {
	return pending[In[SetupRequest], SessionOut](c, i)
}
func (a *API) logout(c context.Context, i *Nothing) (*SessionEnd, error) {
	return pending[Nothing, SessionEnd](c, i)
}
func (a *API) me(c context.Context, i *Nothing) (*Out[Me], error) {
	return pending[Nothing, Out[Me]](c, i)
}
func (a *API) changePassword(c context.Context, i *In[PasswordChange]) (*SessionOut, error) {
	return pending[In[PasswordChange], SessionOut](c, i)
}
func (a *API) switchWorkspace(c context.Context, i *In[WorkspaceSwitch]) (*SessionOut, error) {
	return pending[In[WorkspaceSwitch], SessionOut](c, i)
}
func (a *API) overview(c context.Context, i *Nothing) (*Out[Overview], error) {
	return pending[Nothing, Out[Overview]](c, i)
}
func (a *API) listJourneys(c context.Context, i *JourneysIn) (*Out[Page[JourneySummary]], error) {
	return pending[JourneysIn, Out[Page[JourneySummary]]](c, i)
}
func (a *API) createJourney(c context.Context, i *In[JourneyCreate]) (*Created[JourneyDetail], error) {
	return pending[In[JourneyCreate], Created[JourneyDetail]](c, i)
}
func (a *API) getJourney(c context.Context, i *ByKey) (*Tagged[JourneyDetail], error) {
	return pending[ByKey, Tagged[JourneyDetail]](c, i)
}
func (a *API) saveDraft(c context.Context, i *draftIn) (*Tagged[JourneyDetail], error) {
	return pending[draftIn, Tagged[JourneyDetail]](c, i)
}
func (a *API) validateJourney(c context.Context, i *In[ValidateRequest]) (*Out[ValidateResult], error) {
	return pending[In[ValidateRequest], Out[ValidateResult]](c, i)
}
func (a *API) previewPublish(c context.Context, i *ByKey) (*Out[PublishPreview], error) {
	return pending[ByKey, Out[PublishPreview]](c, i)
}
func (a *API) publishJourney(c context.Context, i *WithRevision[PublishRequest]) (*Created[VersionSummary], error) {
	return pending[WithRevision[PublishRequest], Created[VersionSummary]](c, i)
}
func (a *API) pauseJourney(c context.Context, i *ByKey) (*Out[JourneyDetail], error) {
	return pending[ByKey, Out[JourneyDetail]](c, i)
}
func (a *API) resumeJourney(c context.Context, i *ByKeyBody[ResumeRequest]) (*Out[JourneyDetail], error) {
	return pending[ByKeyBody[ResumeRequest], Out[JourneyDetail]](c, i)
}
func (a *API) stopJourney(c context.Context, i *ByKey) (*Out[JourneyDetail], error) {
	return pending[ByKey, Out[JourneyDetail]](c, i)
}
func (a *API) getVersion(c context.Context, i *VersionIn) (*Out[VersionDetail], error) {
	return pending[VersionIn, Out[VersionDetail]](c, i)
}
func (a *API) listBlueprints(c context.Context, i *Nothing) (*Out[Page[Blueprint]], error) {
	return pending[Nothing, Out[Page[Blueprint]]](c, i)
}
func (a *API) listRuns(c context.Context, i *RunsIn) (*Out[Page[RunSummary]], error) {
	return pending[RunsIn, Out[Page[RunSummary]]](c, i)
}
func (a *API) getRun(c context.Context, i *ByID) (*Out[RunDetail], error) {
	return pending[ByID, Out[RunDetail]](c, i)
}
func (a *API) listSends(c context.Context, i *SendsIn) (*Out[Page[SendSummary]], error) {
	return pending[SendsIn, Out[Page[SendSummary]]](c, i)
}
func (a *API) listCustomers(c context.Context, i *CustomersIn) (*Out[Page[CustomerSummary]], error) {
	return pending[CustomersIn, Out[Page[CustomerSummary]]](c, i)
}
func (a *API) getCustomer(c context.Context, i *ByID) (*Out[CustomerDetail], error) {
	return pending[ByID, Out[CustomerDetail]](c, i)
}
func (a *API) customerTimeline(c context.Context, i *TimelineIn) (*Out[Page[TimelineEntry]], error) {
	return pending[TimelineIn, Out[Page[TimelineEntry]]](c, i)
}
func (a *API) customerWhy(c context.Context, i *WhyIn) (*Out[WhyAnswer], error) {
	return pending[WhyIn, Out[WhyAnswer]](c, i)
}
func (a *API) changeConsent(c context.Context, i *ByIDBody[ConsentChange]) (*Out[CustomerDetail], error) {
	return pending[ByIDBody[ConsentChange], Out[CustomerDetail]](c, i)
}
func (a *API) suppressCustomer(c context.Context, i *ByIDBody[SuppressRequest]) (*Out[CustomerDetail], error) {
	return pending[ByIDBody[SuppressRequest], Out[CustomerDetail]](c, i)
}
func (a *API) listInbox(c context.Context, i *InboxIn) (*Out[Page[InboxMessage]], error) {
	return pending[InboxIn, Out[Page[InboxMessage]]](c, i)
}
func (a *API) getInboxMessage(c context.Context, i *ByID) (*Out[InboxMessageDetail], error) {
	return pending[ByID, Out[InboxMessageDetail]](c, i)
}
func (a *API) getInboxHTML(c context.Context, i *ByID) (*HTMLOut, error) {
	return pending[ByID, HTMLOut](c, i)
}
func (a *API) listEvents(c context.Context, i *EventsIn) (*Out[Page[EventSummary]], error) {
	return pending[EventsIn, Out[Page[EventSummary]]](c, i)
}
func (a *API) getEvent(c context.Context, i *ByID) (*Out[EventDetail], error) {
	return pending[ByID, Out[EventDetail]](c, i)
}
func (a *API) listParked(c context.Context, i *PageIn) (*Out[Page[ParkedEvent]], error) {
	return pending[PageIn, Out[Page[ParkedEvent]]](c, i)
}
func (a *API) redrive(c context.Context, i *ByID) (*Done, error) { return pending[ByID, Done](c, i) }
func (a *API) getSending(c context.Context, i *Nothing) (*Out[SendingStatus], error) {
	return pending[Nothing, Out[SendingStatus]](c, i)
}
func (a *API) stopSending(c context.Context, i *Nothing) (*Out[SendingStatus], error) {
	return pending[Nothing, Out[SendingStatus]](c, i)
}
func (a *API) resumeSending(c context.Context, i *Nothing) (*Out[SendingStatus], error) {
	return pending[Nothing, Out[SendingStatus]](c, i)
}
func (a *API) pauseSender(c context.Context, i *ByKeyBody[PauseRequest]) (*Out[SendingStatus], error) {
	return pending[ByKeyBody[PauseRequest], Out[SendingStatus]](c, i)
}
func (a *API) resumeSender(c context.Context, i *ByKey) (*Out[SendingStatus], error) {
	return pending[ByKey, Out[SendingStatus]](c, i)
}
func (a *API) listKeys(c context.Context, i *PageIn) (*Out[Page[APIKey]], error) {
	return pending[PageIn, Out[Page[APIKey]]](c, i)
}
func (a *API) createKey(c context.Context, i *In[APIKeyCreate]) (*Created[APIKeyCreated], error) {
	return pending[In[APIKeyCreate], Created[APIKeyCreated]](c, i)
}
func (a *API) revokeKey(c context.Context, i *ByID) (*Done, error) { return pending[ByID, Done](c, i) }
func (a *API) listUsers(c context.Context, i *PageIn) (*Out[Page[User]], error) {
	return pending[PageIn, Out[Page[User]]](c, i)
}
func (a *API) createUser(c context.Context, i *In[UserCreate]) (*Created[UserCreated], error) {
	return pending[In[UserCreate], Created[UserCreated]](c, i)
}
func (a *API) changeUser(c context.Context, i *ByIDBody[UserChange]) (*Out[User], error) {
	return pending[ByIDBody[UserChange], Out[User]](c, i)
}
func (a *API) listAudit(c context.Context, i *PageIn) (*Out[Page[AuditEntry]], error) {
	return pending[PageIn, Out[Page[AuditEntry]]](c, i)
}
func (a *API) getSettings(c context.Context, i *Nothing) (*Tagged[Settings], error) {
	return pending[Nothing, Tagged[Settings]](c, i)
}
func (a *API) saveSettings(c context.Context, i *In[Settings]) (*Tagged[Settings], error) {
	return pending[In[Settings], Tagged[Settings]](c, i)
}

var _ = journey.Document{}
var _ handler[int, int]
