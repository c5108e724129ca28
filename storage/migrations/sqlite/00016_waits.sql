-- +goose Up
-- Why a run waits until when it does: of the present wait, and of those at the steps that it has left.
ALTER TABLE runs ADD COLUMN waiting TEXT NULL;
ALTER TABLE step_visits ADD COLUMN why TEXT NULL;

-- +goose Down
ALTER TABLE step_visits DROP COLUMN why;
ALTER TABLE runs DROP COLUMN waiting;
