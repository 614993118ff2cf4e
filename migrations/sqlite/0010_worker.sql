-- Letters that travel to workers. Kept in step with migrations/postgres.

-- `turn` grows each time somebody takes the letter: whoever holds an older one can change nothing any more.
ALTER TABLE letter ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

-- How many workers were ever started: each makes ids of its own with its number.
CREATE TABLE worker_count (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    started INTEGER NOT NULL
) STRICT;
INSERT INTO worker_count (id, started) VALUES (1, 0);

-- For who looks at what waits to be told.
CREATE INDEX notification_untold ON notification (id DESC) WHERE told_at IS NULL;
