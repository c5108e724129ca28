package adminapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/danielgtaylor/huma/v2"
)

// maxDepth is deeper than any journey needs: conditions nest 8 levels inside steps.
const maxDepth = 64

// strictJSON refuses what two readers could understand differently - a key given twice - and what is built to hurt.
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if err := checkJSON(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

func checkJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		keys map[string]bool // nil in an array
		key  bool            // the next token is a key
	}
	var stack []level
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		top := len(stack) - 1
		switch t := tok.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				if len(stack) >= maxDepth {
					return fmt.Errorf("nested deeper than %d levels", maxDepth)
				}
				if top >= 0 {
					stack[top].key = true
				}
				l := level{}
				if t == '{' {
					l = level{keys: map[string]bool{}, key: true}
				}
				stack = append(stack, l)
			default:
				stack = stack[:top]
			}
			continue
		case string:
			if top >= 0 && stack[top].keys != nil && stack[top].key {
				if stack[top].keys[t] {
					return fmt.Errorf("the field %q is given twice", t)
				}
				stack[top].keys[t] = true
				stack[top].key = false
				continue
			}
		}
		if top >= 0 {
			stack[top].key = true
		}
	}
}
