package ids

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
)

// ID is a UUIDv7. Its zero value means "none" and is written to the database as NULL.
type ID [16]byte

// Source hands out new ids. Production uses New; tests use Sequence.
type Source func() ID

// New returns a fresh UUIDv7. It panics only when the system's random source is broken.
func New() ID { return ID(uuid.Must(uuid.NewV7())) }

// Sequence returns a deterministic source for tests: 1, 2, 3 ... in the last bytes.
func Sequence() Source {
	var n uint32
	return func() ID {
		n++
		var id ID
		id[6], id[8] = 0x70, 0x80
		id[12], id[13], id[14], id[15] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
		return id
	}
}

// Parse reads the canonical text form. The error names the text that could not be read.
func Parse(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil {
		return ID{}, fmt.Errorf("%q is not an id: %w", s, err)
	}
	return ID(u), nil
}

// MustParse is Parse for constants in tests and fixtures.
func MustParse(s string) ID {
	id, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return id
}

// IsZero reports whether the id is "none".
func (id ID) IsZero() bool { return id == ID{} }

// String is the canonical lower-case text form; "" for the zero id.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return uuid.UUID(id).String()
}

// MarshalText implements encoding.TextMarshaler; JSON shows ids as text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; the empty text is the zero id.
func (id *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID{}
		return nil
	}
	parsed, err := Parse(string(b))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Value implements driver.Valuer: 16 raw bytes, NULL for the zero id.
func (id ID) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	b := id
	return b[:], nil
}

// Scan implements sql.Scanner for 16 raw bytes or NULL.
func (id *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID{}
		return nil
	case []byte:
		if len(v) == 0 {
			*id = ID{}
			return nil
		}
		if len(v) != 16 {
			return fmt.Errorf("id column holds %d bytes, want 16", len(v))
		}
		copy(id[:], v)
		return nil
	case string:
		return id.Scan([]byte(v))
	}
	return fmt.Errorf("id column holds %T, want bytes", src)
}

// GormDataType keeps gorm from treating the array as a list.
func (ID) GormDataType() string { return "bytes" }
