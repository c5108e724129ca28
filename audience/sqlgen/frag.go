package sqlgen

import "strings"

// frag is a piece of SQL with the parameters of its question marks, in order.
type frag struct {
	sql  string
	args []any
}

func lit(sql string) frag           { return frag{sql: sql} }
func arg(v any) frag                { return frag{"?", []any{v}} }
func raw(sql string, a ...any) frag { return frag{sql, a} }

// cat joins pieces; strings are SQL, frags keep their parameters.
func cat(parts ...any) frag {
	var b strings.Builder
	var args []any
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case frag:
			b.WriteString(p.sql)
			args = append(args, p.args...)
		}
	}
	return frag{b.String(), args}
}

func joined(sep string, list []frag) frag {
	var b strings.Builder
	var args []any
	for i, f := range list {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(f.sql)
		args = append(args, f.args...)
	}
	return frag{b.String(), args}
}

const never = "1 = 0"
