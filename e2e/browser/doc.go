// Package browser drives the admin UI in Chromium as a marketer would, against the real `sojourn dev` with its demo data.
//
// browser_test.go starts the product and one Node program (main.mjs, playwright-core of ui/node_modules) that tells the
// stories of stories/*.mjs in order, in one browser; each story is a subtest here. Screenshots (light, dark, 390 px wide) go
// to a folder that git ignores. Stories wait for conditions; the limits in them are deadlines, not pauses.
package browser
