// Command openapigen writes server/adminapi/openapi.json and journey.schema.json from the Go types. Run it from the root
// of the repository.
package main

import (
	"fmt"
	"os"

	"github.com/gin-gonic/gin"

	"sojourn/server/adminapi"
	"sojourn/server/adminapi/journeyschema"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	doc, err := adminapi.New(gin.New(), adminapi.Deps{}).OpenAPI()
	if err != nil {
		return err
	}
	if err := os.WriteFile("server/adminapi/openapi.json", doc, 0o644); err != nil {
		return err
	}
	schema, err := journeyschema.Generate(".")
	if err != nil {
		return err
	}
	return os.WriteFile("server/adminapi/journey.schema.json", schema, 0o644)
}
