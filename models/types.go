package models

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Instant is a moment in microseconds since 1970 UTC. Zero means "has not happened" and is stored as NULL.
type Instant int64

// At converts a time; the zero time becomes the zero Instant.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMicro())
}

// Time converts back, in UTC; the zero Instant becomes the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// IsZero reports "has not happened".
func (i Instant) IsZero() bool { return i == 0 }

// Value implements driver.Valuer.
func (i Instant) Value() (driver.Value, error) {
	if i == 0 {
		return nil, nil
	}
	return int64(i), nil
}

// Scan implements sql.Scanner.
func (i *Instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = 0
	case int64:
		*i = Instant(v)
	case []byte:
		var n int64
		if _, err := fmt.Sscan(string(v), &n); err != nil {
			return fmt.Errorf("instant column: %w", err)
		}
		*i = Instant(n)
	default:
		return fmt.Errorf("instant column holds %T, want an integer", src)
	}
	return nil
}

// GormDataType tells gorm the column kind.
func (Instant) GormDataType() string { return "int" }

// Text is a nullable string; empty is NULL, so that unique columns may be absent.
type Text string

// Value implements driver.Valuer.
func (t Text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil
	}
	return string(t), nil
}

// Scan implements sql.Scanner.
func (t *Text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = Text(v)
	case []byte:
		*t = Text(v)
	default:
		return fmt.Errorf("text column holds %T, want a string", src)
	}
	return nil
}

// GormDataType tells gorm the column kind.
func (Text) GormDataType() string { return "string" }

// JSON is a raw JSON column; empty is written as {}.
type JSON json.RawMessage

// ToJSON marshals v; it panics only on values that JSON cannot hold, which is a programming error.
func ToJSON(v any) JSON {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("models.ToJSON(%T): %v", v, err))
	}
	return JSON(b)
}

// Into unmarshals the column; an empty one leaves v as it is.
func (j JSON) Into(v any) error {
	if len(j) == 0 {
		return nil
	}
	return json.Unmarshal(j, v)
}

// MarshalJSON writes the raw value.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("{}"), nil
	}
	return j, nil
}

// UnmarshalJSON keeps the raw value.
func (j *JSON) UnmarshalJSON(b []byte) error {
	*j = append((*j)[:0], b...)
	return nil
}

// Value implements driver.Valuer.
func (j JSON) Value() (driver.Value, error) {
	if len(j) == 0 {
		return "{}", nil
	}
	return string(j), nil
}

// Scan implements sql.Scanner.
func (j *JSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(v)
	case []byte:
		*j = append(JSON(nil), v...)
	default:
		return fmt.Errorf("json column holds %T, want text", src)
	}
	return nil
}

// GormDataType tells gorm the column kind.
func (JSON) GormDataType() string { return "string" }

// Hash is a SHA-256 value; zero is NULL.
type Hash [32]byte

// String is lower-case hex, "" for zero.
func (h Hash) String() string {
	if h == (Hash{}) {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// Value implements driver.Valuer.
func (h Hash) Value() (driver.Value, error) {
	if h == (Hash{}) {
		return nil, nil
	}
	b := h
	return b[:], nil
}

// Scan implements sql.Scanner.
func (h *Hash) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*h = Hash{}
	case []byte:
		if len(v) != 32 {
			return fmt.Errorf("hash column holds %d bytes, want 32", len(v))
		}
		copy(h[:], v)
	default:
		return fmt.Errorf("hash column holds %T, want bytes", src)
	}
	return nil
}

// GormDataType tells gorm the column kind.
func (Hash) GormDataType() string { return "bytes" }
