-- Numbers with which servers and workers make ids, each held by one of them. Kept in step with migrations/postgres. They take
-- the place of worker_count, which servers of the version before still write.

CREATE TABLE node_number (
    number INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL
) STRICT;
INSERT INTO node_number (number, holder, held_until)
WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < 31)
SELECT number, '', 0 FROM n;
