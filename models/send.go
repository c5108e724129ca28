package models

import "sojourn/ids"

// Sender is a from-identity of a channel with its own pause switch.
type Sender struct {
	ID            ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	SenderKey     string  `gorm:"column:sender_key"`
	Channel       string  `gorm:"column:channel"`
	FromName      string  `gorm:"column:from_name"`
	FromAddress   string  `gorm:"column:from_address"`
	ReplyTo       string  `gorm:"column:reply_to"`
	PostalAddress string  `gorm:"column:postal_address"`
	State         string  `gorm:"column:state"`
	StateReason   string  `gorm:"column:state_reason"`
	Epoch         int64   `gorm:"column:epoch"`
	CreatedAt     Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Sender) TableName() string { return "senders" }

// Template names a message; bodies live per version, channel and locale.
type Template struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	TemplateKey string  `gorm:"column:template_key"`
	Name        string  `gorm:"column:name"`
	Class       string  `gorm:"column:class"`
	SenderKey   string  `gorm:"column:sender_key"`
	Version     int     `gorm:"column:version"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt   Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Template) TableName() string { return "templates" }

// TemplateBody is one immutable body of a template.
type TemplateBody struct {
	WorkspaceID int64  `gorm:"column:workspace_id"`
	TemplateID  ids.ID `gorm:"column:template_id;primaryKey"`
	Version     int    `gorm:"column:version;primaryKey;autoIncrement:false"`
	Channel     string `gorm:"column:channel;primaryKey"`
	Locale      string `gorm:"column:locale;primaryKey"`
	Subject     string `gorm:"column:subject"`
	Preheader   string `gorm:"column:preheader"`
	Body        string `gorm:"column:body"`
	TextBody    string `gorm:"column:text_body"`
	Hash        Hash   `gorm:"column:hash"`
}

// TableName names the table.
func (TemplateBody) TableName() string { return "template_bodies" }

// Send is one logical send of the ledger (docs: sending); unique by send key.
type Send struct {
	ID              ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID     int64   `gorm:"column:workspace_id"`
	SendKey         string  `gorm:"column:send_key"`
	RunID           ids.ID  `gorm:"column:run_id"`
	JourneyID       ids.ID  `gorm:"column:journey_id"`
	VersionID       ids.ID  `gorm:"column:version_id"`
	StepID          string  `gorm:"column:step_id"`
	Visit           int     `gorm:"column:visit"`
	CustomerID      ids.ID  `gorm:"column:customer_id"`
	ContactPointID  ids.ID  `gorm:"column:contact_point_id"`
	Channel         string  `gorm:"column:channel"`
	Class           string  `gorm:"column:class"`
	Purpose         string  `gorm:"column:purpose"`
	Priority        int     `gorm:"column:priority"`
	State           string  `gorm:"column:state"`
	Reason          string  `gorm:"column:reason"`
	Detail          string  `gorm:"column:detail"`
	Token           ids.ID  `gorm:"column:token"`
	LeaseUntil      Instant `gorm:"column:lease_until"`
	PermissionEpoch int64   `gorm:"column:permission_epoch"`
	JourneyEpoch    int64   `gorm:"column:journey_epoch"`
	SenderEpoch     int64   `gorm:"column:sender_epoch"`
	WorkspaceEpoch  int64   `gorm:"column:workspace_epoch"`
	SenderID        ids.ID  `gorm:"column:sender_id"`
	TemplateID      ids.ID  `gorm:"column:template_id"`
	TemplateVersion int     `gorm:"column:template_version"`
	ContentHash     Hash    `gorm:"column:content_hash"`
	MessageID       string  `gorm:"column:message_id"`
	ProviderID      string  `gorm:"column:provider_id"`
	ProviderCode    string  `gorm:"column:provider_code"`
	Attempts        int     `gorm:"column:attempts"`
	Unknowns        int     `gorm:"column:unknowns"`
	PlannedAt       Instant `gorm:"column:planned_at"`
	ClaimedAt       Instant `gorm:"column:claimed_at"`
	HandedAt        Instant `gorm:"column:handed_at"`
	ClosedAt        Instant `gorm:"column:closed_at"`
	DeferUntil      Instant `gorm:"column:defer_until"`
	ExpiresAt       Instant `gorm:"column:expires_at"`
	IssueID         ids.ID  `gorm:"column:issue_id"`    // of a broadcast
	IssuePoint      ids.ID  `gorm:"column:issue_point"` // the contact point from the first claim on; unique per issue
	IssueEpoch      int64   `gorm:"column:issue_epoch"` // of the broadcast at the gate
	IssueArm        int     `gorm:"column:issue_arm"`   // which subject of a test; 0 = no test
}

// TableName names the table.
func (Send) TableName() string { return "sends" }

// SendContent is the content frozen at claim: a retry sends the same bytes.
type SendContent struct {
	SendID      ids.ID  `gorm:"column:send_id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Address     string  `gorm:"column:address"`
	Subject     string  `gorm:"column:subject"`
	HTML        string  `gorm:"column:html"`
	TextBody    string  `gorm:"column:text_body"`
	Headers     JSON    `gorm:"column:headers"`
	Links       JSON    `gorm:"column:links"` // the addresses that its tracked links stand for, in their order; null for none
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (SendContent) TableName() string { return "send_contents" }

// Engagement counts the hits of one link of a message; link 0 is the open pixel. What machines fetch is counted apart.
type Engagement struct {
	SendID      ids.ID  `gorm:"column:send_id;primaryKey"`
	LinkNo      int     `gorm:"column:link_no;primaryKey;autoIncrement:false"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Hits        int     `gorm:"column:hits"`
	FirstAt     Instant `gorm:"column:first_at"`
	LastAt      Instant `gorm:"column:last_at"`
	MachineHits int     `gorm:"column:machine_hits"`
	MachineAt   Instant `gorm:"column:machine_at"`
	Machine     string  `gorm:"column:machine"` // why the newest machine hit was taken for one
}

// TableName names the table.
func (Engagement) TableName() string { return "engagement" }

// InboxMessage is what the built-in inbox accepted.
type InboxMessage struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	SendID      ids.ID  `gorm:"column:send_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	Channel     string  `gorm:"column:channel"`
	Sender      string  `gorm:"column:sender"`
	Recipient   string  `gorm:"column:recipient"`
	Subject     string  `gorm:"column:subject"`
	HTML        string  `gorm:"column:html"`
	TextBody    string  `gorm:"column:text_body"`
	Headers     JSON    `gorm:"column:headers"`
	ReceivedAt  Instant `gorm:"column:received_at"`
}

// TableName names the table.
func (InboxMessage) TableName() string { return "inbox_messages" }
