package contract

import "fmt"

// Workflow types. The names live in histories; renaming a Go function changes nothing.
const (
	WorkflowJourney   = "Journey"   // one per run
	WorkflowRouting   = "Routing"   // one per partition, long-lived
	WorkflowRefresh   = "Refresh"   // audience edges, by schedule
	WorkflowScoring   = "Scoring"   // nightly fit and score, by schedule
	WorkflowReconcile = "Reconcile" // makes the two stores agree, by schedule
	WorkflowAudience  = "ScheduledEntry"
	WorkflowDates     = "Dates"      // who is let in by a date, by schedule
	WorkflowBroadcast = "Broadcast"  // one per broadcast
	WorkflowOperate   = "Operations" // hands operations on many runs out, by schedule and whenever one begins
	WorkflowRehearsal = "Rehearsal"  // one per journey walked for a member of staff
	WorkflowGuards    = "Guards"     // pauses journeys whose rates passed their line, by schedule
)

// Task queues. Bulk work never delays a journey.
const (
	QueueJourneys = "journeys"
	QueueRouting  = "routing"
	QueueBulk     = "bulk"
	QueueEmail    = "channel-email"
	QueueOutbound = "outbound" // webhooks and notices: slow, and outside
)

// CodeQueue is the task queue of the workers that know a developer's step type or code journey. A type that no worker
// knows leaves its runs waiting there, and raises an alert.
func CodeQueue(stepType string) string { return "code-" + stepType }

// CodeActivity is the activity type of a developer's step.
func CodeActivity(stepType string) string { return "code/" + stepType }

// ChannelQueue is the rate-limited task queue of a channel.
func ChannelQueue(channel string) string { return "channel-" + channel }

// Signals, queries and updates of a run.
const (
	SignalEvent    = "event"   // EventSignal
	SignalControl  = "control" // ControlSignal
	QueryState     = "state"   // -> RunView
	UpdateSkipWait = "skip_wait"
	UpdateStop     = "stop"
)

// Activity names (the method name on the activity struct). Names are unique across all structs.
const (
	ActivitySendMessage    = "SendMessage"    // SendInput -> SendResult
	ActivityTrySendMessage = "TrySendMessage" // the same as a local activity: only when a token and a warm connection are at hand
	ActivityScoreCustomer  = "ScoreCustomer"  // ScoreInput -> ScoreResult
	ActivityWakeRun        = "WakeRun"        // WakeInput -> WakeResult: may a run that woke act?
	ActivityAdvanceRun     = "AdvanceRun"     // AdvanceInput -> AdvanceResult: persists progress of a run
	ActivityResolveWait    = "ResolveWait"    // ResolveWaitInput -> ResolveWaitResult
	ActivityDecide         = "Decide"         // DecideInput -> DecideResult: branch and event conditions
	ActivityUpdateCustomer = "UpdateCustomer" // UpdateInput -> UpdateResult
	ActivityPerformStep    = "PerformStep"    // PerformInput -> PerformResult: the action of a step inside our database
	ActivityPerformOutside = "PerformOutside" // PerformInput -> PerformResult: the action of a step that calls somebody
	ActivityMoveRun        = "MoveRun"        // MoveInput -> MoveResult: where a run is to be moved
	ActivityRoutePartition = "RoutePartition" // RouteInput -> RouteResult
	ActivityRefresh        = "RefreshAudiences"
	ActivityScheduledEntry = "EnterAudience"
	ActivityDates          = "EnterDates" // -> DatesResult
	ActivityScoreBase      = "ScoreBase"
	ActivityReconcileRuns  = "ReconcileRuns"
	ActivityOperate        = "HandOutOperations"
	ActivityGuards         = "CheckGuards"
	ActivityRehearse       = "Rehearse" // RehearseInput -> RehearseResult: the next step of a rehearsal
)

// Search attributes, registered at start. Opaque ids only: they are never encrypted.
const (
	AttrWorkspace = "SojournWorkspace" // keyword, workspace key
	AttrJourney   = "SojournJourney"   // keyword, journey key
	AttrVersion   = "SojournVersion"   // int, version number
	AttrCustomer  = "SojournCustomer"  // keyword, customer id
)

// BlockedWorkflows is how Temporal is asked for running workflows whose task keeps failing.
const BlockedWorkflows = "ExecutionStatus = 'Running' AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"

// RunWorkflowID is the workflow id of a run.
func RunWorkflowID(workspaceKey, journeyKey, runID string) string {
	return fmt.Sprintf("sojourn/%s/%s/%s", workspaceKey, journeyKey, runID)
}

// BroadcastWorkflowID is the workflow id of a broadcast.
func BroadcastWorkflowID(workspaceKey, broadcastID string) string {
	return fmt.Sprintf("sojourn/broadcast/%s/%s", workspaceKey, broadcastID)
}

// RoutingWorkflowID is the workflow id of a router partition.
func RoutingWorkflowID(partition int) string { return fmt.Sprintf("sojourn/routing/%d", partition) }

// Schedule ids.
const (
	ScheduleRefresh   = "sojourn/refresh"
	ScheduleDates     = "sojourn/dates"
	ScheduleScoring   = "sojourn/scoring"
	ScheduleReconcile = "sojourn/reconcile"
	ScheduleOperate   = "sojourn/operations"
	ScheduleGuards    = "sojourn/guards"
)

// JourneyScheduleID is the schedule of a journey with a schedule entry.
func JourneyScheduleID(workspaceKey, journeyKey string) string {
	return fmt.Sprintf("sojourn/%s/%s/entry", workspaceKey, journeyKey)
}
