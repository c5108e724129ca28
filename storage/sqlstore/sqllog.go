package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// loggedText is how much of a statement is logged: enough to know it again, also when it lists a thousand ids.
const loggedText = 300

// statementLog logs slow statements and failures, and never a value. GORM's own logger keeps values out only where it
// writes itself: what ends in Scan passes through a recorder that puts them in, and MySQL's messages quote them.
type statementLog struct {
	to   *slog.Logger
	slow time.Duration
}

func init() {
	logger.RecorderParamsFilter = func(_ context.Context, text string, _ ...any) (string, []any) { return text, nil }
}

// ParamsFilter keeps the values of a statement out of its text.
func (statementLog) ParamsFilter(_ context.Context, text string, _ ...any) (string, []any) {
	return text, nil
}

func (l statementLog) LogMode(logger.LogLevel) logger.Interface { return l }

func (l statementLog) Info(context.Context, string, ...any) {}

// Warn and Error are GORM's remarks on how it is used; their arguments may be values.
func (l statementLog) Warn(ctx context.Context, text string, _ ...any) {
	l.to.WarnContext(ctx, "gorm", "says", text)
}

func (l statementLog) Error(ctx context.Context, text string, _ ...any) {
	l.to.ErrorContext(ctx, "gorm", "says", text)
}

// Trace is told about each statement. A duplicate key is how plain inserts find out, and a caller who went away is no
// failure of the database.
func (l statementLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	took := time.Since(begin)
	failed := err != nil && !errors.Is(err, gorm.ErrRecordNotFound) && !isDuplicate(err) && !errors.Is(err, context.Canceled)
	if !failed && (l.slow == 0 || took < l.slow) {
		return
	}
	text, rows := statement()
	if len(text) > loggedText {
		text = strings.ToValidUTF8(text[:loggedText], "") + "…"
	}
	attrs := []any{"took", took.Round(time.Microsecond).String(), "sql", text, "rows", rows}
	if failed {
		l.to.WarnContext(ctx, "a statement failed", append(attrs, "error", withoutValues(err))...)
		return
	}
	l.to.WarnContext(ctx, "slow statement", attrs...)
}

// unquoted is an error of MySQL without the values that its message quotes: "Duplicate entry 'ann@example.com' for …".
type unquoted struct{ *mysqldriver.MySQLError }

func (e unquoted) Error() string {
	key := ""
	if i := strings.LastIndex(e.Message, " for key "); e.Number == 1062 && i >= 0 {
		key = e.Message[i:]
	}
	return fmt.Sprintf("MySQL error %d (%s)%s", e.Number, e.SQLState[:], key)
}

func (e unquoted) Unwrap() error { return e.MySQLError }

// withoutValues makes an error fit for logs. SQLite names columns and no values.
func withoutValues(err error) error {
	if my := (*mysqldriver.MySQLError)(nil); errors.As(err, &my) {
		return unquoted{my}
	}
	return err
}
