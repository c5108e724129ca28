-- Journeys that developers wrote in Go.

-- +goose Up
-- The type of Go code that walks the version's runs; empty: the machine walks the canvas.
ALTER TABLE journey_versions ADD COLUMN code_type VARBINARY(64) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE journey_versions DROP COLUMN code_type;
