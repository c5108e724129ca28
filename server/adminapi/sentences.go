package adminapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sojourn/audience"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// reasons puts the codes of the ledger and of entries into words. A code without words is shown as it is.
var reasons = map[string]string{
	"control": "held out for comparison", "erased": "the customer was erased", "legal_hold": "locked for a legal matter", "restricted": "processing is restricted",
	"no_address": "there is no address for this channel", "hard_bounce": "the address does not exist", "manual": "somebody said never to write to this address",
	"stop": "the customer replied STOP", "complaint": "the customer marked a message as spam", "channel_opt_out": "the customer opted out of this channel",
	"topic_opt_out": "the customer opted out of this topic", "no_consent": "there is no valid consent for this purpose", "customer_paused": "the customer asked for a rest",
	"journey_stopped": "the journey was stopped", "journey_paused": "the journey is paused", "sender_paused": "the sender is paused", "broadcast_cancelled": "the broadcast was cancelled", "broadcast_paused": "the broadcast is paused",
	"duplicate_address": "somebody else with the same address got it", "workspace_stopped": "all sending is stopped",
	"expired": "it came too late", "quiet_hours": "it is night where the customer lives", "cap": "the customer has had enough messages lately", "provider_limit": "the provider asked for a break",
	"retry": "the provider did not take it; it is tried again", "render_error": "the template failed for this customer", "answer_lost": "it was handed over and the answer was lost",
	"run_ended": "the run had ended", "next_issue": "the next issue went out while it was held back", "after_unknown": "sent once more after a lost answer", "evidence": "the provider turned out to have it",
	"reentry_once": "they may enter only once and have been in already", "reentry_after": "their last entry is not long enough ago", "open_run": "they are in this journey already",
	"exit_holds": "a condition that ends runs of this journey holds for them already", "condition": "a condition that ends runs of this journey came true",
	"too_often":      "other journeys have let them in too often within an hour",
	"not_in_rollout": "they are outside the share of people that the roll-out lets in",
	"where":          "the entry condition did not hold", "no_key": "the event has no value for the entry key", "paused": "the journey was paused", "backfill": "the event was history being loaded",
	"customer_gone": "the customer is no longer there",
}

func reasonWords(code string) string {
	if w, ok := reasons[code]; ok {
		return w
	}
	return strings.ReplaceAll(code, "_", " ")
}

// causes put into words what let somebody in. The codes are their own: by hand somebody is let in, and suppressed.
var causes = map[string]string{
	storage.CauseEvent: "an event let them in", storage.CauseAudience: "they came into the audience, or left it", storage.CauseSchedule: "the schedule let them in",
	storage.CauseDate: "the day had come", storage.CauseAPI: "a call or a file let them in", storage.CauseManual: "a colleague let them in", storage.CauseJourney: "another journey let them in",
}

func entered(sentence, cause string) string {
	if w, ok := causes[cause]; ok {
		return sentence + ": " + w
	}
	return because(sentence, cause)
}

func because(sentence, reason string) string {
	if reason == "" {
		return sentence
	}
	return sentence + ": " + reasonWords(reason)
}

// endSentence says beside how a run ended what ended it: an event by its name, or a reason of ours.
func endSentence(sentence, reason string) string {
	if reason == "" {
		return sentence
	}
	return sentence + " (" + reasonWords(reason) + ")"
}

// decisionSentence says in English what was decided and why. Values that were seen come from the decision's detail.
func decisionSentence(d models.Decision, step string) string {
	switch d.Kind {
	case "entry":
		if d.Outcome == "entered" {
			return entered("Entered the journey", d.Reason)
		}
		return because("Did not enter the journey", d.Reason)
	case storage.DecisionBranch:
		return branchSentence(d, step)
	case storage.DecisionEvent:
		if d.Outcome == "no_match" {
			return fmt.Sprintf("At %q an event came that did not fit", step)
		}
		return fmt.Sprintf("At %q the wait ended: %s", step, d.Outcome)
	case string(journey.StepSplit):
		return fmt.Sprintf("At %q fell to the variant %q", step, d.Outcome)
	case storage.DecisionWait:
		if d.Outcome == journey.LateMissed {
			return fmt.Sprintf("At %q the moment had passed already: what acts is skipped until the next moment that lies ahead", step)
		}
		return fmt.Sprintf("At %q there was no date to wait for", step)
	case storage.DecisionUpdate:
		return because(fmt.Sprintf("At %q the profile was %s", step, d.Outcome), d.Reason)
	case storage.DecisionEnd:
		return because("The run ended as "+d.Outcome, d.Reason)
	case "goal":
		return "Reached the goal: " + d.Reason
	case "gate", "attempt":
		return messageSentence(d, fmt.Sprintf("The message of %q", step))
	case "merge":
		return "Two profiles became one: " + d.Reason
	case "consent":
		said := map[string]string{"refused": "A permission was told and not recorded, for it was not well formed", "widened": "A withdrawal was recorded more widely than it was told, for it was not well formed"}[d.Outcome]
		return said + ": " + d.Reason
	case "referral":
		return map[string]string{"claimed": "Came by somebody's referral code", "not_claimed": "Named a referral code that nobody has",
			"refused": "Came by somebody's referral code, and no live journey takes friends in"}[d.Outcome]
	}
	return because(strings.TrimSpace(d.Kind+" "+strings.ReplaceAll(d.Outcome, "_", " ")), d.Reason)
}

// messageSentence says what the gate or an attempt did with a message.
func messageSentence(d models.Decision, message string) string {
	if d.Kind == "gate" {
		sentence := message + " " + verdictWords(pressure.Action(d.Outcome))
		var seen struct {
			Detail string    `json:"detail"`
			Until  time.Time `json:"until"`
		}
		_ = d.Detail.Into(&seen) // our own column
		if !seen.Until.IsZero() {
			sentence += " until " + moment(models.At(seen.Until), "")
		}
		if sentence = because(sentence, d.Reason); seen.Detail != "" {
			sentence += " (" + seen.Detail + ")"
		}
		return sentence
	}
	return because(message+" was "+stateWords(d.Outcome), d.Reason)
}

func broadcastWords(n storage.IssueName) string {
	if n.Number > 1 {
		return fmt.Sprintf("Issue %d of the broadcast %q", n.Number, n.Name)
	}
	return fmt.Sprintf("The broadcast %q", n.Name)
}

// branchSentence names the case that held with what was seen, or what kept the cases from holding.
func branchSentence(d models.Decision, step string) string {
	var detail struct {
		Cases []struct {
			Case string               `json:"case"`
			Why  audience.Explanation `json:"why"`
		} `json:"cases"`
	}
	sentence := fmt.Sprintf("At %q took %q", step, d.Outcome)
	if json.Unmarshal(d.Detail, &detail) != nil {
		return because(sentence, d.Reason)
	}
	var parts []string
	for _, c := range detail.Cases {
		if c.Why.Holds {
			parts = append(parts, leaves(c.Why)...)
			continue
		}
		if d.Outcome == journey.ExitOtherwise {
			for _, f := range c.Why.Failing() {
				parts = append(parts, "not "+seen(f))
			}
		}
	}
	if len(parts) > 4 {
		parts = append(parts[:4], "…")
	}
	if len(parts) == 0 {
		return because(sentence, d.Reason)
	}
	return sentence + ": " + strings.Join(parts, ", ")
}

func leaves(x audience.Explanation) []string {
	if len(x.Parts) == 0 {
		return []string{seen(x)}
	}
	var out []string
	for _, p := range x.Parts {
		if p.Holds {
			out = append(out, leaves(p)...)
		}
	}
	return out
}

func seen(x audience.Explanation) string {
	if x.Seen == "" {
		return x.Sentence
	}
	return fmt.Sprintf("%s (it is %s)", x.Sentence, x.Seen)
}

func stateWords(state string) string {
	switch state {
	case storage.SendAccepted:
		return "sent"
	case storage.SendUnknown:
		return "handed over without an answer"
	case storage.SendResolvedAccepted:
		return "sent after all"
	case storage.SendResolvedRejected:
		return "refused after all"
	case storage.SendHanding:
		return "being handed over"
	case storage.SendClaimed:
		return "being prepared"
	}
	return state
}

// verdictWords says what the gate decided.
func verdictWords(a pressure.Action) string {
	switch a {
	case pressure.Send:
		return "was let through by the gate"
	case pressure.Skip:
		return "is not sent"
	case pressure.Defer:
		return "has to wait"
	case pressure.Expire:
		return "came too late"
	case pressure.Cancel:
		return "was called off"
	}
	return "was " + stateWords(string(a))
}

func sendSentence(s models.Send) string {
	return because("Message ("+s.Channel+") "+stateWords(s.State), s.Reason)
}

func startedSentence(control bool) string {
	if control {
		return "Entered the journey, held out for comparison"
	}
	return "Entered the journey"
}

func visitSentence(name string, kind journey.StepKind, exit string) string {
	switch {
	case kind == journey.StepWait:
		return fmt.Sprintf("%s: waited", name)
	case exit == "" || exit == "next":
		return name
	}
	return fmt.Sprintf("%s: %s", name, strings.ReplaceAll(exit, "_", " "))
}

func repairSentence(kind string) string {
	switch kind {
	case storage.RepairRestarted:
		return "Its workflow was gone and was started again from the last recorded state"
	case storage.RepairClosed:
		return "Its workflow was ended from outside"
	case storage.RepairEnded:
		return "A leftover workflow was ended"
	case storage.RepairSignal:
		return "Its workflow took no more signals and was started afresh"
	}
	return "Repaired: " + strings.ReplaceAll(kind, "_", " ")
}

func entry(kind string, id ids.ID, at models.Instant, code, title string, facts map[string]any) TimelineEntry {
	if facts == nil {
		facts = map[string]any{}
	}
	return TimelineEntry{ID: kind + "/" + id.String(), At: at.Time(), Kind: kind, Code: code, Title: title, Facts: facts}
}

func decisionEntry(d models.Decision, doc *journey.Document, j *JourneyRef) TimelineEntry {
	name, _ := stepName(doc, d.StepID)
	e := entry(storage.TimelineDecision, d.ID, d.At, d.Kind+"."+d.Outcome, decisionSentence(d, name), object(d.Detail))
	e.Reason, e.StepID, e.StepName, e.RunID, e.SendID, e.Journey = d.Reason, d.StepID, name, d.RunID.String(), d.SendID.String(), j
	return e
}

func sendEntry(s models.Send, j *JourneyRef, doc *journey.Document) TimelineEntry {
	at := s.PlannedAt
	if !s.HandedAt.IsZero() {
		at = s.HandedAt
	}
	e := entry(storage.TimelineSend, s.ID, at, s.State, sendSentence(s), map[string]any{"channel": s.Channel, "purpose": s.Purpose, "class": s.Class, "attempts": s.Attempts})
	e.StepName, _ = stepName(doc, s.StepID)
	e.Reason, e.StepID, e.RunID, e.SendID, e.Journey = s.Reason, s.StepID, s.RunID.String(), s.ID.String(), j
	return e
}

func conversionEntry(c models.Conversion, j *JourneyRef) TimelineEntry {
	e := entry(storage.TimelineConversion, c.RunID, c.At, "goal", "Reached the goal", map[string]any{"event_id": c.EventID.String()})
	e.RunID, e.Journey, e.Value = c.RunID.String(), j, &Money{Minor: c.ValueMinor, Currency: c.Currency}
	return e
}

func endedEntry(r models.Run, j *JourneyRef) TimelineEntry {
	e := entry(storage.TimelineRunEnded, r.ID, r.EndedAt, r.Outcome, "Left the journey: "+strings.ReplaceAll(r.Outcome, "_", " "), nil)
	e.RunID, e.Journey = r.ID.String(), j
	return e
}
