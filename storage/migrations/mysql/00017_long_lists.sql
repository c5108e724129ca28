-- +goose Up
-- The newest runs of a journey in their order; opens and clicks of a version without a look at its sends.
CREATE INDEX runs_newest ON runs (journey_id, started_at, id);
DROP INDEX sends_version ON sends;
CREATE INDEX sends_version ON sends (version_id, step_id, state, reason, run_id, id);

-- +goose Down
DROP INDEX sends_version ON sends;
CREATE INDEX sends_version ON sends (version_id, step_id, state, reason, run_id);
DROP INDEX runs_newest ON runs;
