// Command sojourn is the whole product in one program: server, worker, development mode and the operator's tools.
// `sojourn --help` lists the commands. What it does stands in package app, so that others can build it with journeys and
// steps of their own.
package main

import "sojourn/app"

func main() { app.Main() }
