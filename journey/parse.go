package journey

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"sojourn/fault"
)

// maxDocument bounds a document in bytes; a history or a page must be able to hold one.
const maxDocument = 1 << 20

// Parse reads a document from YAML or JSON. Unknown and repeated fields are refused. The error is a fault.Invalid whose
// fields name the lines. Both forms of the same journey give the same document and so the same Hash.
func Parse(text []byte) (Document, error) {
	if len(text) > maxDocument {
		return Document{}, fault.New(fault.TooLarge, "the journey is larger than 1 MiB")
	}
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return Document{}, fault.New(fault.Invalid, "the journey is empty")
	}
	if trimmed[0] == '{' {
		if doc, err := parseJSON(trimmed); err == nil {
			return doc, nil
		}
		// JSON is YAML too, and the YAML reader knows the lines.
	}
	doc, err := parseYAML(text)
	if err != nil {
		return Document{}, invalidText(err)
	}
	return doc, nil
}

func parseYAML(text []byte) (Document, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var raw Document
	if err := dec.Decode(&raw); err != nil {
		return Document{}, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Document{}, errors.New("there is more than one document in the text")
	}
	// Through JSON, so that a number or a date in a condition has one type, wherever it came from.
	canonical, err := json.Marshal(raw)
	if err != nil {
		return Document{}, err
	}
	return parseJSON(canonical)
}

func parseJSON(text []byte) (Document, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var doc Document
	if err := dec.Decode(&doc); err != nil {
		return Document{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Document{}, errors.New("something follows the journey")
	}
	return doc, nil
}

// invalidText turns a reader's error into one fault with a field per line that is wrong.
func invalidText(err error) error {
	f := fault.New(fault.Invalid, "the journey can't be read")
	var typeErr *yaml.TypeError
	if !errors.As(err, &typeErr) {
		text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "json: ")
		path, message, found := strings.Cut(text, ": ")
		if !found || !strings.HasPrefix(path, "line ") {
			path, message = "", text
		}
		return f.WithFields(fault.Field{Path: path, Message: message})
	}
	for _, e := range typeErr.Errors {
		path, message, found := strings.Cut(e, ": ")
		if !found {
			path, message = "", e
		}
		f.Fields = append(f.Fields, fault.Field{Path: path, Message: plainReaderMessage(message)})
	}
	return f
}

// plainReaderMessage turns "field foo not found in type journey.Step" into words for an editor.
func plainReaderMessage(m string) string {
	if rest, ok := strings.CutPrefix(m, "field "); ok {
		if name, where, ok := strings.Cut(rest, " not found in type "); ok {
			return "unknown field " + name + " in " + strings.ToLower(where[strings.LastIndex(where, ".")+1:])
		}
	}
	return m
}

// Canonical is the stored form: compact JSON with the fields in the order of the struct and sorted maps.
func Canonical(d Document) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the journey holds a value that JSON can't")
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Hash identifies the content of a document: SHA-256 of its canonical form. A document with a value that JSON can't hold
// has the zero hash; Parse never gives one.
func Hash(d Document) [32]byte {
	b, err := Canonical(d)
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(b)
}
