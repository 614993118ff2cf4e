-- The job board: jobs, applications and their steps. Kept in step with migrations/postgres.

-- `folded` is what a job is found by: title, place and text, in lowercase and without accents. `closes_on` is the last day
-- to apply, in words; `closes_at` the moment when that day is over everywhere, or it was closed by hand.
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    poster_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    place TEXT NOT NULL,
    place_folded TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('full_time', 'part_time', 'contract', 'internship', 'volunteer')),
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    closes_on TEXT,
    closes_at INTEGER,
    closed_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    application_count INTEGER NOT NULL DEFAULT 0 CHECK (application_count >= 0),
    client_id TEXT
) STRICT;
CREATE INDEX job_open ON job (id DESC) WHERE closed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX job_poster ON job (poster_id, id DESC);
CREATE UNIQUE INDEX job_client_id ON job (poster_id, client_id) WHERE client_id IS NOT NULL;

-- One for each person and job: who withdrew may apply again, and goes on with the same row.
CREATE TABLE application (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    applicant_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    note TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (
        stage IN ('submitted', 'viewed', 'interview', 'offer', 'accepted', 'rejected', 'withdrawn')
    ),
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX application_one_for_applicant ON application (job_id, applicant_id);
CREATE INDEX application_applicant ON application (applicant_id, job_id DESC);

-- `place` is the version that the step made.
CREATE TABLE application_step (
    application_id INTEGER NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    stage TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, place)
) STRICT, WITHOUT ROWID;

-- What was uploaded may go along with an application as well as with a message.
ALTER TABLE attachment ADD COLUMN application_id INTEGER REFERENCES application (id);
CREATE UNIQUE INDEX attachment_application ON attachment (application_id) WHERE application_id IS NOT NULL;
DROP INDEX attachment_loose;
CREATE INDEX attachment_loose ON attachment (created_at) WHERE message_id IS NULL AND application_id IS NULL;
