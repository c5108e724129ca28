package adminapi_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"sojourn/server/adminapi"
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
