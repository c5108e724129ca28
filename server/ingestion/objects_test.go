package ingestion_test

import (
	"net/http"
	"strings"
	"testing"
)

// An object comes in by path or body as the event it is, each once; what can't be read is refused with its name.
func TestObjects(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	if status, _, answer := w.post("/v1/objects", `{"messageId":"o1","userId":"ann","type":"booking","key":"b1","status":"booked","dates":{"start":"2026-05-03"},"timestamp":"2026-03-01T10:00:00Z"}`); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	for range 2 { // the second time is a repetition
		req, err := http.NewRequest(http.MethodPut, w.url+"/v1/objects/booking/b/2", strings.NewReader(`{"messageId":"o2","userId":"ann","properties":{"nights":2}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(writeKey, "")
		if status, _, answer := w.do(req); status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	got := w.events()
	if len(got) != 2 || got[0].Name != "Object Changed" || string(got[0].Data) != `{"dates":{"start":"2026-05-03"},"object_key":"b1","object_type":"booking","status":"booked"}` ||
		string(got[1].Data) != `{"object_key":"b/2","object_type":"booking","properties":{"nights":2}}` {
		t.Errorf("events %+v", got)
	}
	for body, say := range map[string]string{
		`{"userId":"ann","type":"booking"}`:                                            "object_key",
		`{"userId":"ann","type":"Booking","key":"1"}`:                                  "object_type",
		`{"userId":"ann","type":"booking","key":"1","dates":{"start":"in two weeks"}}`: "dates.start",
		`{"type":"booking","key":"1"}`:                                                 "userId",
		`[]`:                                                                           "object",
	} {
		if status, _, answer := w.post("/v1/objects", body); status != 400 || !strings.Contains(answer, say) {
			t.Errorf("%s: %d %s, want one about %s", body, status, answer, say)
		}
	}
	if len(w.events()) != 2 {
		t.Error("something refused was stored")
	}
}
