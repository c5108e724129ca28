// Command composecheck reads docker-compose.yml the way `docker compose config` does and prints the result as JSON:
//
//	go run . ../../docker-compose.yml path/to/.env
//
// It is a module of its own, because the official loader (compose-go: JSON schema of the Compose Specification,
// interpolation, merging, consistency) and BuildKit's Dockerfile parser bring dependencies that the product does not
// need. Its tests check both files; e2e/compose in the main module runs it to learn the settings of each service and
// then runs the same binary with the same settings as plain processes.
package main
