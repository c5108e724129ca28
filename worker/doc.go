// Package worker builds the Temporal workers of one process, one per task queue, and registers workflows and activities
// on them. It holds no logic: what is done stands in workflows and activities, and who calls it builds the pieces.
//
// Start waits for Temporal as long as it takes, registers the search attributes, starts the routers and keeps the
// schedules, then polls. Stop lets what is under way finish.
package worker
