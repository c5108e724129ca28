package adminapi

import "sojourn/journey"

// Blueprint is a finished journey to start from.
type Blueprint struct {
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Goal        string            `json:"goal" doc:"What it is for: start, sell, keep, serve or return"`
	Names       map[string]string `json:"names" doc:"By language"`
	What        map[string]string `json:"what" doc:"What it does in one sentence, by language"`
	EntryKind   string            `json:"entry_kind"`
	Code        bool              `json:"code" doc:"A journey in Go: its steps are not edited on the canvas"`
	Needs       []Need            `json:"needs"`
	Channels    []string          `json:"channels"`
	Locales     []string          `json:"locales" doc:"Languages in which its messages are written"`
	Document    journey.Document  `json:"document"`
}

// Need is data without which a blueprint has nothing to do.
type Need struct {
	Kind   string `json:"kind" enum:"event,object,attribute,orders,scores,permission"`
	Name   string `json:"name,omitempty" doc:"Of the event, the type of object, the attribute, the score, or the channel of the permission"`
	Date   string `json:"date,omitempty" doc:"Kind object: the date it must have"`
	Orders int    `json:"orders,omitempty" doc:"Kind orders: days with an order, at least"`
}

// NeedMet says how much of a need is there: objects, or customers who have it. Of events: customers with one within 30 days.
type NeedMet struct {
	Need
	Count int64 `json:"count"`
}

// BlueprintDetail is a blueprint with its messages, as an invented customer would read them.
type BlueprintDetail struct {
	Blueprint
	Messages []BlueprintMessage `json:"messages"`
}

// BlueprintMessage is one message over one channel in one language.
type BlueprintMessage struct {
	Template  string `json:"template"`
	Name      string `json:"name"`
	Class     string `json:"class"`
	Channel   string `json:"channel"`
	Locale    string `json:"locale"`
	Subject   string `json:"subject"`
	Preheader string `json:"preheader"`
	Text      string `json:"text"`
	HTMLURL   string `json:"html_url,omitempty" doc:"For an iframe with an empty sandbox; missing where the channel carries plain text"`
}

// InLanguage asks for what a blueprint says inside the workspace in a language.
type InLanguage struct {
	Language string `query:"language" maxLength:"35" doc:"Of the names, the description and the tasks; default: that of the workspace, and English where it is not written in it"`
}

// BlueprintsIn asks for the blueprints.
type BlueprintsIn struct{ InLanguage }

// BlueprintIn names a blueprint.
type BlueprintIn struct {
	ByKey
	InLanguage
}

// BlueprintMessageIn names a message of a blueprint.
type BlueprintMessageIn struct {
	ByKey
	Template string `path:"template" maxLength:"63"`
	Channel  string `query:"channel" maxLength:"20" required:"true"`
	Locale   string `query:"locale" maxLength:"10" required:"true"`
}

// JourneyCreate makes a journey from a blueprint or a document; exactly one of the two.
type JourneyCreate struct {
	Blueprint string            `json:"blueprint,omitempty" maxLength:"63"`
	Document  *journey.Document `json:"document,omitempty"`
	Key       string            `json:"key,omitempty" maxLength:"63" doc:"Default: the document's key"`
	Name      string            `json:"name,omitempty" maxLength:"120" doc:"Default: the document's name"`
	Locales   []string          `json:"locales,omitempty" maxItems:"20" doc:"Blueprint: the languages of its messages that are wanted; default all"`
	Language  string            `json:"language,omitempty" maxLength:"35" doc:"Blueprint: the language of its names, description and tasks; default: that of the workspace"`
	Sender    string            `json:"sender,omitempty" maxLength:"63" doc:"Blueprint: key of the sender of its messages; default: default"`
}

// JourneyCreated is the draft, and what became of the messages that came with it.
type JourneyCreated struct {
	JourneyDetail
	RenamedTemplates map[string]string `json:"renamed_templates,omitempty" doc:"Templates whose key was taken by another text: the blueprint's key and the one that the draft uses"`
	SharedTemplates  []string          `json:"shared_templates,omitempty" doc:"Templates that were there with the same text"`
}
