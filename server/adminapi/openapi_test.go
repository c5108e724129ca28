package adminapi_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"sojourn/server/adminapi"
	"sojourn/server/adminapi/journeyschema"
)

// The committed document is what the code serves.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	want, err := adminapi.New(gin.New(), adminapi.Deps{}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is stale; run: go run ./server/adminapi/openapigen")
	}
}

// So is the schema of the journey document, and anybody may read it.
func TestJourneySchemaIsFresh(t *testing.T) {
	t.Parallel()
	want, err := journeyschema.Generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	got := emptyWorld(t).stranger().do("GET", "/journey.schema.json", nil)
	if got.status != 200 || got.body != string(want) {
		t.Errorf("journey.schema.json is stale (status %d); run: go run ./server/adminapi/openapigen", got.status)
	}
}
