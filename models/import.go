package models

import "sojourn/ids"

// Import is one file being imported, with its resume point.
type Import struct {
	ID            ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	Kind          string  `gorm:"column:kind"`
	FileName      string  `gorm:"column:file_name"`
	FileHash      Hash    `gorm:"column:file_hash"`
	FileSize      int64   `gorm:"column:file_size"`
	State         string  `gorm:"column:state"`
	ByteOffset    int64   `gorm:"column:byte_offset"`
	Line          int64   `gorm:"column:line_no"`
	RowsDone      int64   `gorm:"column:rows_done"`
	RowsUnchanged int64   `gorm:"column:rows_unchanged"`
	RowsBad       int64   `gorm:"column:rows_bad"`
	StartedAt     Instant `gorm:"column:started_at"`
	UpdatedAt     Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Import) TableName() string { return "imports" }

// ImportError is one bad row of a file.
type ImportError struct {
	ImportID    ids.ID `gorm:"column:import_id;primaryKey"`
	Line        int64  `gorm:"column:line_no;primaryKey;autoIncrement:false"`
	WorkspaceID int64  `gorm:"column:workspace_id"`
	Column      string `gorm:"column:column_name"`
	Message     string `gorm:"column:message"`
}

// TableName names the table.
func (ImportError) TableName() string { return "import_errors" }
