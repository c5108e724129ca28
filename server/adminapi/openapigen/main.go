// Command openapigen writes server/adminapi/openapi.json from the Go types. Run it from the root of the repository.
package main

import (
	"fmt"
	"os"

	"github.com/gin-gonic/gin"

	"sojourn/server/adminapi"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	doc, err := adminapi.New(gin.New(), adminapi.Deps{}).OpenAPI()
	if err == nil {
		err = os.WriteFile("server/adminapi/openapi.json", doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
