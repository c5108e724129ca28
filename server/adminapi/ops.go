package adminapi

import (
	"net/http"

	"sojourn/server/access"
)

// Prefix is where the API lives.
const Prefix = "/api/admin/v1"

// operations registers every route with the permission it needs.
func (a *API) operations() {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

	// Signing in. Login and setup are the only operations open to strangers, together with the options of the sign-in page.
	register(a, op{"auth-options", get, "/auth/options", "What the sign-in page offers", "auth", access.Public}, a.authOptions)
	register(a, op{"login", post, "/auth/login", "Sign in", "auth", access.Public}, a.login)
	register(a, op{"setup", post, "/auth/setup", "Make the first workspace and its owner", "auth", access.Public}, a.setup)
	register(a, op{"logout", post, "/auth/logout", "Sign out", "auth", access.SignedIn}, a.logout)
	register(a, op{"me", get, "/auth/me", "Who am I, and what may I do", "auth", access.SignedIn}, a.me)
	register(a, op{"change-password", post, "/auth/password", "Change my password; all my sessions end", "auth", access.SignedIn}, a.changePassword)
	register(a, op{"switch-workspace", post, "/auth/workspace", "Go to another of my workspaces", "auth", access.SignedIn}, a.switchWorkspace)

	register(a, op{"overview", get, "/overview", "Numbers and attention list of the home page", "home", access.OverviewRead}, a.overview)

	register(a, op{"list-journeys", get, "/journeys", "Journeys with live counts", "journeys", access.JourneysRead}, a.listJourneys)
	register(a, op{"create-journey", post, "/journeys", "Make a journey from a blueprint or a document", "journeys", access.JourneysWrite}, a.createJourney)
	register(a, op{"get-journey", get, "/journeys/{key}", "Draft, versions and state of a journey", "journeys", access.JourneysRead}, a.getJourney)
	register(a, op{"save-draft", put, "/journeys/{key}/draft", "Save the draft", "journeys", access.JourneysWrite}, a.saveDraft)
	register(a, op{"journey-source", post, "/journeys/source", "A journey as YAML and as a document", "journeys", access.JourneysRead}, a.journeySource)
	register(a, op{"get-catalogue", get, "/catalogue", "What journeys and conditions may refer to", "journeys", access.JourneysRead}, a.getCatalogue)
	register(a, op{"list-code-types", get, "/code-types", "Journeys and steps in Go, and whether a worker does their work", "journeys", access.JourneysRead}, a.listCodeTypes)
	register(a, op{"code-document", post, "/code-types/{type}/document", "The document of a journey in Go with these settings", "journeys", access.JourneysRead}, a.codeDocument)
	register(a, op{"validate-journey", post, "/journeys/validate", "All issues of a document", "journeys", access.JourneysRead}, a.validateJourney)
	register(a, op{"preview-publish", get, "/journeys/{key}/publish", "What publishing the draft would do", "journeys", access.JourneysRead}, a.previewPublish)
	register(a, op{"publish-journey", post, "/journeys/{key}/publish", "Publish the draft as a new version", "journeys", access.JourneysPublish}, a.publishJourney)
	register(a, op{"pause-journey", post, "/journeys/{key}/pause", "Pause: nothing is sent, nobody goes on; who enters waits at the first step", "journeys", access.JourneysPublish}, a.pauseJourney)
	register(a, op{"resume-journey", post, "/journeys/{key}/resume", "Resume", "journeys", access.JourneysPublish}, a.resumeJourney)
	register(a, op{"stop-journey", post, "/journeys/{key}/stop", "Stop: every open run ends", "journeys", access.JourneysPublish}, a.stopJourney)
	register(a, op{"archive-journey", post, "/journeys/{key}/archive", "Hide a draft or a stopped journey without open runs", "journeys", access.JourneysPublish}, a.archiveJourney)
	register(a, op{"get-version", get, "/journeys/{key}/versions/{number}", "A published document with live counts per step", "journeys", access.JourneysRead}, a.getVersion)
	register(a, op{"journey-numbers", get, "/journeys/{key}/numbers", "Numbers of every step, of one version or of all together", "journeys", access.JourneysRead}, a.journeyNumbers)
	register(a, op{"diff-versions", get, "/journeys/{key}/diff", "How two versions, or a version and the draft, differ", "journeys", access.JourneysRead}, a.diffVersions)
	register(a, op{"roll-back", post, "/journeys/{key}/rollback", "Publish an older version again, as a new one", "journeys", access.JourneysPublish}, a.rollBack)
	register(a, op{"set-rollout", put, "/journeys/{key}/rollout", "Widen the share of entrants that get the live version", "journeys", access.JourneysPublish}, a.setRollout)
	register(a, op{"preview-move", post, "/journeys/{key}/moves/preview", "Dry run of a move: per step, where how many would land", "journeys", access.JourneysRead}, a.previewMove)
	register(a, op{"create-operation", post, "/journeys/{key}/operations", "Move, end, hold, release, retry people, or skip their wait", "journeys", access.JourneysPublish}, a.createOperation)
	register(a, op{"list-operations", get, "/journeys/{key}/operations", "Operations on the people of a journey, newest first", "journeys", access.JourneysRead}, a.listOperations)
	register(a, op{"cancel-operation", post, "/operations/{id}/cancel", "Stop handing an operation out", "journeys", access.JourneysPublish}, a.cancelOperation)
	register(a, op{"reverse-operation", post, "/operations/{id}/reverse", "Take a move back", "journeys", access.JourneysPublish}, a.reverseOperation)
	register(a, op{"add-people", post, "/journeys/{key}/people", "Let chosen customers in", "journeys", access.CustomersWrite}, a.addPeople)
	register(a, op{"enter-journey", post, "/journeys/{key}/entries", "Let one customer into a journey that is entered by a call", "journeys", access.CustomersWrite}, a.enterJourney)
	register(a, op{"list-entries", get, "/journeys/{key}/entries", "The people behind the entry funnel, newest first", "journeys", access.CustomersRead}, a.listEntries)
	register(a, op{"operate-run", post, "/runs/{id}/operations", "Stop, hold, release or retry one run, or skip its wait", "runs", access.CustomersWrite}, a.operateRun)
	register(a, op{"list-comments", get, "/journeys/{key}/comments", "What colleagues said about a journey, oldest first", "journeys", access.JourneysRead}, a.listComments)
	register(a, op{"add-comment", post, "/journeys/{key}/comments", "Say something about a journey or one of its steps", "journeys", access.JourneysWrite}, a.addComment)
	register(a, op{"resolve-comment", put, "/comments/{id}/resolved", "Close a comment, or open it again", "journeys", access.JourneysWrite}, a.resolveComment)
	register(a, op{"delete-comment", del, "/comments/{id}", "Delete a comment of one's own", "journeys", access.JourneysWrite}, a.deleteComment)
	register(a, op{"list-blueprints", get, "/blueprints", "Finished journeys to start from", "journeys", access.JourneysRead}, a.listBlueprints)
	register(a, op{"list-blueprint-needs", get, "/blueprint-needs", "What the blueprints need, and how much of it is here", "journeys", access.JourneysRead}, a.listNeeds)
	register(a, op{"get-blueprint", get, "/blueprints/{key}", "A blueprint with its messages as somebody would read them", "journeys", access.JourneysRead}, a.getBlueprint)
	register(a, op{"get-blueprint-html", get, "/blueprints/{key}/messages/{template}/html", "One of its messages, for an iframe with an empty sandbox", "journeys", access.JourneysRead}, a.getBlueprintHTML)

	register(a, op{"start-rehearsal", post, "/journeys/{key}/rehearsals", "Send me the whole journey now: waits shortened, to my own confirmed address only", "journeys", access.JourneysWrite}, a.startRehearsal)
	register(a, op{"get-rehearsal", get, "/rehearsals/{id}", "How far a rehearsal of mine is", "journeys", access.JourneysWrite}, a.getRehearsal)
	register(a, op{"cancel-rehearsal", post, "/rehearsals/{id}/cancel", "Stop a rehearsal of mine", "journeys", access.JourneysWrite}, a.cancelRehearsal)
	register(a, op{"get-address", get, "/auth/address", "My address, and whether I have confirmed it", "auth", access.SignedIn}, a.getAddress)
	register(a, op{"ask-address", post, "/auth/address/code", "Send a code to my address", "auth", access.SignedIn}, a.askAddress)
	register(a, op{"prove-address", post, "/auth/address", "Confirm my address with the code", "auth", access.SignedIn}, a.proveAddress)

	register(a, op{"list-runs", get, "/runs", "Runs, newest first: who is here", "runs", access.CustomersRead}, a.listRuns)
	register(a, op{"get-run", get, "/runs/{id}", "A run with its timeline", "runs", access.CustomersRead}, a.getRun)
	register(a, op{"list-sends", get, "/sends", "Sends of the ledger, newest first", "runs", access.CustomersRead}, a.listSends)

	register(a, op{"list-tasks", get, "/tasks", "Tasks: open ones by due date, others newest first", "tasks", access.TasksWork}, a.listTasks)
	register(a, op{"count-tasks", get, "/tasks/count", "How many tasks are open, and how many of them overdue", "tasks", access.TasksWork}, a.countTasks)
	register(a, op{"get-task", get, "/tasks/{id}", "A task with what it shows of the customer, or the draft to review", "tasks", access.TasksWork}, a.getTask)
	register(a, op{"complete-task", post, "/tasks/{id}/complete", "Complete a task with one of its outcomes", "tasks", access.TasksWork}, a.completeTask)
	register(a, op{"note-task", put, "/tasks/{id}/note", "Keep a note and a callback on an open task", "tasks", access.TasksWork}, a.noteTask)
	register(a, op{"list-offers", get, "/offers", "Offers by name, with what was given", "offers", access.OffersRead}, a.listOffers)
	register(a, op{"get-offer", get, "/offers/{key}", "An offer with its use by journey", "offers", access.OffersRead}, a.getOffer)
	register(a, op{"save-offer", put, "/offers/{key}", "Make an offer, or change it", "offers", access.OffersWrite}, a.saveOffer)
	register(a, op{"add-codes", post, "/offers/{key}/codes", "Import or generate codes of an offer's pool", "offers", access.OffersWrite}, a.addCodes)

	register(a, op{"list-customers", get, "/customers", "Customers, newest first, or by prefix of e-mail or external id", "customers", access.CustomersRead}, a.listCustomers)
	register(a, op{"get-customer", get, "/customers/{id}", "Profile, scores, consents and runs", "customers", access.CustomersRead}, a.getCustomer)
	register(a, op{"customer-timeline", get, "/customers/{id}/timeline", "One timeline of everything, newest first", "customers", access.CustomersRead}, a.customerTimeline)
	register(a, op{"customer-why", get, "/customers/{id}/why", "Why did or didn't this customer get a message", "customers", access.CustomersRead}, a.customerWhy)
	register(a, op{"change-consent", post, "/customers/{id}/consents", "Grant or withdraw on behalf of the customer", "customers", access.CustomersWrite}, a.changeConsent)
	register(a, op{"suppress-customer", post, "/customers/{id}/suppress", "Never write to this address again", "customers", access.CustomersWrite}, a.suppressCustomer)

	register(a, op{"list-referrals", get, "/referrals", "Who came by whose code, and what came of it, newest first", "referrals", access.CustomersRead}, a.listReferrals)
	register(a, op{"list-referrers", get, "/referrers", "Customers with a code of their own, the most claims first", "referrals", access.CustomersRead}, a.listReferrers)
	register(a, op{"end-referral", post, "/referrals/{id}/end", "Refuse an open referral, or take its rewards back", "referrals", access.CustomersWrite}, a.endReferral)
	register(a, op{"customer-referrals", get, "/customers/{id}/referrals", "A customer's code, and the referrals he is part of", "referrals", access.CustomersRead}, a.customerReferrals)

	register(a, op{"list-inbox", get, "/inbox", "Messages in the built-in inbox, newest first", "inbox", access.CustomersRead}, a.listInbox)
	register(a, op{"get-inbox-message", get, "/inbox/{id}", "A message as sent", "inbox", access.CustomersRead}, a.getInboxMessage)
	register(a, op{"get-inbox-html", get, "/inbox/{id}/html", "Its HTML, for an iframe with an empty sandbox", "inbox", access.CustomersRead}, a.getInboxHTML)

	register(a, op{"list-broadcasts", get, "/broadcasts", "Broadcasts, newest first, with progress", "broadcasts", access.JourneysRead}, a.listBroadcasts)
	register(a, op{"create-broadcast", post, "/broadcasts", "Make a draft", "broadcasts", access.JourneysWrite}, a.createBroadcast)
	register(a, op{"forecast-broadcast", post, "/broadcasts/forecast", "Who would get it, who would not and why", "broadcasts", access.JourneysRead}, a.forecastBroadcast)
	register(a, op{"get-broadcast", get, "/broadcasts/{key}", "Definition, progress and outcomes", "broadcasts", access.JourneysRead}, a.getBroadcast)
	register(a, op{"broadcast-results", get, "/broadcasts/{key}/results", "What people did with an issue", "broadcasts", access.JourneysRead}, a.broadcastResults)
	register(a, op{"save-broadcast", put, "/broadcasts/{key}", "Save a draft", "broadcasts", access.JourneysWrite}, a.saveBroadcast)
	register(a, op{"delete-broadcast", del, "/broadcasts/{key}", "Throw a draft away", "broadcasts", access.JourneysWrite}, a.deleteBroadcast)
	register(a, op{"schedule-broadcast", post, "/broadcasts/{key}/schedule", "Let it go out as planned", "broadcasts", access.JourneysPublish}, a.scheduleBroadcast)
	register(a, op{"unschedule-broadcast", post, "/broadcasts/{key}/unschedule", "Make it a draft again", "broadcasts", access.JourneysPublish}, a.unscheduleBroadcast)
	register(a, op{"pause-broadcast", post, "/broadcasts/{key}/pause", "Pause: nothing more is handed over", "broadcasts", access.JourneysPublish}, a.pauseBroadcast)
	register(a, op{"resume-broadcast", post, "/broadcasts/{key}/resume", "Resume", "broadcasts", access.JourneysPublish}, a.resumeBroadcast)
	register(a, op{"cancel-broadcast", post, "/broadcasts/{key}/cancel", "Cancel for good", "broadcasts", access.JourneysPublish}, a.cancelBroadcast)
	register(a, op{"clone-broadcast", post, "/broadcasts/{key}/clone", "Make a draft like it", "broadcasts", access.JourneysWrite}, a.cloneBroadcast)
	register(a, op{"resend-broadcast", post, "/broadcasts/{key}/resend", "Make a draft for those who got an issue and did not react", "broadcasts", access.JourneysWrite}, a.resendBroadcast)
	register(a, op{"archive-broadcast", post, "/broadcasts/{key}/archive", "Put it into the archive", "broadcasts", access.JourneysWrite}, a.archiveBroadcast)
	register(a, op{"unarchive-broadcast", post, "/broadcasts/{key}/unarchive", "Take it out of the archive", "broadcasts", access.JourneysWrite}, a.unarchiveBroadcast)
	register(a, op{"preview-broadcast", post, "/broadcasts/preview", "The message as a customer, and whether he would get it", "broadcasts", access.CustomersRead}, a.previewBroadcast)
	register(a, op{"test-broadcast", post, "/broadcasts/test", "Send the message to colleagues", "broadcasts", access.JourneysPublish}, a.testBroadcast)
	register(a, op{"list-colleagues", get, "/colleagues", "Members to whom a test can be sent", "broadcasts", access.JourneysWrite}, a.listColleagues)
	register(a, op{"get-calendar", get, "/calendar", "Everything that goes out, went out or will", "broadcasts", access.JourneysRead}, a.calendar)

	register(a, op{"list-events", get, "/events", "Latest events as received", "events", access.EventsRead}, a.listEvents)
	register(a, op{"get-event", get, "/events/{id}", "One event as received", "events", access.EventsRead}, a.getEvent)
	register(a, op{"list-parked-events", get, "/parked-events", "Events that could not be routed", "events", access.EventsRead}, a.listParked)
	register(a, op{"redrive-event", post, "/parked-events/{id}/redrive", "Try a parked event again", "events", access.EventsRedrive}, a.redrive)

	register(a, op{"get-sending", get, "/sending", "The big switch and the senders", "sending", access.OverviewRead}, a.getSending)
	register(a, op{"stop-sending", post, "/sending/stop", "Stop all sending of the workspace", "sending", access.SendingControl}, a.stopSending)
	register(a, op{"resume-sending", post, "/sending/resume", "Allow sending again", "sending", access.SendingControl}, a.resumeSending)
	register(a, op{"save-sender", put, "/senders/{key}", "Make a sender, or change how it presents itself", "sending", access.SettingsWrite}, a.saveSender)
	register(a, op{"pause-sender", post, "/senders/{key}/pause", "Pause one sender", "sending", access.SendingControl}, a.pauseSender)
	register(a, op{"resume-sender", post, "/senders/{key}/resume", "Resume one sender", "sending", access.SendingControl}, a.resumeSender)

	register(a, op{"list-api-keys", get, "/api-keys", "API keys, newest first", "settings", access.KeysManage}, a.listKeys)
	register(a, op{"create-api-key", post, "/api-keys", "Make an API key; its secret is shown once", "settings", access.KeysManage}, a.createKey)
	register(a, op{"revoke-api-key", del, "/api-keys/{id}", "Revoke an API key", "settings", access.KeysManage}, a.revokeKey)
	register(a, op{"list-users", get, "/users", "Members of the workspace", "settings", access.UsersManage}, a.listUsers)
	register(a, op{"create-user", post, "/users", "Add a member", "settings", access.UsersManage}, a.createUser)
	register(a, op{"change-user", patch, "/users/{id}", "Change the role of a member, disable or enable him", "settings", access.UsersManage}, a.changeUser)
	register(a, op{"list-audit", get, "/audit", "Who changed what, newest first", "settings", access.AuditRead}, a.listAudit)
	register(a, op{"get-settings", get, "/settings", "Settings of the workspace", "settings", access.SettingsRead}, a.getSettings)
	register(a, op{"save-settings", put, "/settings", "Save the settings of the workspace", "settings", access.SettingsWrite}, a.saveSettings)
}
