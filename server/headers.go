package server

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"
)

// pagePolicy is for the admin UI: only its own scripts, no inline ones, no foreign anything. Styles may be inline because
// the component library writes its theme into a style element; a style can't run.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// headers sets what every answer carries. Handlers that need another policy (rendered mails, public pages) replace it.
func headers(secure bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Content-Security-Policy", pagePolicy)
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		// Pages may not be framed but by ourselves; the policy says by whom. Ingestion and API answers are data for other
		// programs, which Cross-Origin-Resource-Policy must not hold back from the site script.
		if !strings.HasPrefix(c.Request.URL.Path, "/v1/") {
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
		}
		c.Next()
	}
}

// problem writes an RFC 9457 problem for what no handler answers.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "urn:sojourn:problem:request", "title": http.StatusText(status), "status": status, "detail": detail})
}

func stack() string { return string(debug.Stack()) }
