package kit

import (
	"bytes"
	"encoding/json"
	"strings"

	"sojourn/fault"
)

// read reads settings over the defaults, into a value of its own: lists and maps of the defaults belong to the whole
// process, and decoding into them would change them for every other run. An object is laid over that of the defaults, a
// list takes the place of theirs, and null is as good as nothing. A setting that does not exist is an error.
func read[S any](of string, defaults S, raw json.RawMessage) (S, error) {
	var s S
	all, err := merged(defaults, raw)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(all))
		dec.DisallowUnknownFields()
		err = dec.Decode(&s)
	}
	if err != nil {
		return s, fault.Wrap(fault.Invalid, err, "the settings of %s", of)
	}
	return s, nil
}

func merged(defaults any, raw json.RawMessage) (json.RawMessage, error) {
	text, err := json.Marshal(defaults)
	if err != nil || len(raw) == 0 {
		return text, err
	}
	base, err := value(text)
	if err != nil {
		return nil, err
	}
	given, err := value(raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(over(base, given))
}

// value reads JSON with its numbers as they are written.
func value(text []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return v, dec.Decode(&v)
}

// over lays a value over another one. Names meet as encoding/json lets them: exactly, else in any case.
func over(base, given any) any {
	if given == nil {
		return base
	}
	to, ok := base.(map[string]any)
	from, both := given.(map[string]any)
	if !ok || !both {
		return given
	}
	for name, v := range from {
		at := name
		if _, exact := to[name]; !exact {
			for known := range to {
				if strings.EqualFold(known, name) {
					at = known
				}
			}
		}
		to[at] = over(to[at], v)
	}
	return to
}
