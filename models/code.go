package models

// CodeType is a journey or a step in Go that a worker has announced.
type CodeType struct {
	Kind           string  `gorm:"column:kind;primaryKey"` // journey.CodeKindJourney or CodeKindStep
	CodeType       string  `gorm:"column:code_type;primaryKey"`
	Name           string  `gorm:"column:name"`
	Description    string  `gorm:"column:description"`
	Exits          JSON    `gorm:"column:exits"`           // of a step: names
	SettingsSchema JSON    `gorm:"column:settings_schema"` // journey.SettingsSchema
	ReleaseName    string  `gorm:"column:release_name"`    // of the worker that announced it last
	FirstSeenAt    Instant `gorm:"column:first_seen_at"`
	SeenAt         Instant `gorm:"column:seen_at"`
}

// TableName names the table.
func (CodeType) TableName() string { return "code_types" }
