package ingestion

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/catalogue"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
)

// objectFields are those of an object; the others of its message (userId, anonymousId, messageId, timestamp, context…)
// mean what they mean in a track message.
var objectFields = map[string]string{"type": "object_type", "key": "object_key", "object_type": "object_type", "object_key": "object_key",
	"status": "status", "product": "product", "dates": "dates", "properties": "properties"}

// receiveObject takes what a source says about one object: the same durable way in as the event "Object Changed". Type
// and key may stand in the path.
func (e *edge) receiveObject(c *gin.Context) {
	now := e.Now()
	if err := e.takeObject(c, now); err != nil {
		e.refuse(c, err, now)
		return
	}
	c.Data(200, "application/json", []byte(`{"success":true}`))
}

func (e *edge) takeObject(c *gin.Context, now time.Time) error {
	ctx := c.Request.Context()
	secret, inHeader, err := headerKey(c.Request)
	if err != nil {
		return err
	}
	if !inHeader {
		return fault.New(fault.Unauthorised, "a write key is missing: Basic authentication with the key as user")
	}
	source, err := e.keys.admit(ctx, secret, now)
	if err != nil {
		return err
	}
	body, err := e.read(c, ingest.MaxEventBytes)
	if err != nil {
		return err
	}
	message, err := objectMessage(body, c.Param("type"), strings.TrimPrefix(c.Param("key"), "/"))
	if err != nil {
		return err
	}
	decoded, err := ingest.Decode(ingest.Track, message, ingest.Options{ReceivedAt: now, NewMessageID: func() string { return ids.New().String() },
		Backfill: c.GetHeader("X-Sojourn-Backfill") == "true"})
	if err != nil {
		return err
	}
	if _, err = e.Intake.Accept(ctx, source.workspace, source.name, decoded.Events, now); err != nil {
		return err
	}
	return pointBeforeReply.Hit()
}

// objectMessage writes the track message that says the same. What can't be used is refused here, where somebody reads
// the answer; of an event it would be left out.
func objectMessage(body []byte, objectType, key string) ([]byte, error) {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body must be a JSON object")
	}
	message, object := map[string]any{"event": catalogue.EventChanged}, map[string]json.RawMessage{}
	for name, raw := range in {
		if property, ok := objectFields[name]; ok {
			object[property] = raw
		} else if name != "event" && name != "type" {
			message[name] = raw
		}
	}
	for property, text := range map[string]string{"object_type": objectType, "object_key": key} {
		if text != "" {
			raw, err := json.Marshal(text)
			if err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "the path can't be read")
			}
			object[property] = raw
		}
	}
	_, unusable, err := catalogue.ParseChange(object)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s", err)
	}
	if len(unusable) > 0 {
		fields := make([]fault.Field, len(unusable))
		for i, u := range unusable {
			fields[i] = fault.Field{Path: u, Message: "can't be read"}
		}
		return nil, fault.New(fault.Invalid, "%d fields of the object can't be read", len(unusable)).WithFields(fields...)
	}
	message["properties"] = object
	out, err := json.Marshal(message)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the object can't be written as an event")
	}
	return out, nil
}
