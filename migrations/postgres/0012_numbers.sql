-- Numbers with which servers and workers make ids, each held by one of them. Kept in step with migrations/sqlite. They take
-- the place of worker_count, which servers of the version before still write.

CREATE TABLE node_number (
    number BIGINT PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until BIGINT NOT NULL
);
INSERT INTO node_number (number, holder, held_until) SELECT number, '', 0 FROM generate_series(1, 31) AS number;
