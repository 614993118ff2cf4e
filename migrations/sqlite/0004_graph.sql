-- Connections, mutes, private profiles, more roles, and suspensions. Kept in step with migrations/postgres.

-- A check cannot be changed here: a column with the wider one takes the place of the old.
ALTER TABLE person ADD COLUMN wider_role TEXT NOT NULL DEFAULT 'member'
    CHECK (wider_role IN ('member', 'moderator', 'admin', 'owner'));
UPDATE person SET wider_role = role;
ALTER TABLE person DROP COLUMN role;
ALTER TABLE person RENAME COLUMN wider_role TO role;

ALTER TABLE post ADD COLUMN wider_audience TEXT NOT NULL DEFAULT 'public'
    CHECK (wider_audience IN ('public', 'followers', 'connections'));
UPDATE post SET wider_audience = audience;
DROP INDEX post_author;
ALTER TABLE post DROP COLUMN audience;
ALTER TABLE post RENAME COLUMN wider_audience TO audience;
CREATE INDEX post_author ON post (author_id, id DESC, deleted_at, audience);

-- A private profile is for connections. Who is suspended has `suspended_at`, until they are let in again.
ALTER TABLE person ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1));
ALTER TABLE person ADD COLUMN suspended_at INTEGER;
ALTER TABLE person ADD COLUMN suspended_until INTEGER;
ALTER TABLE person ADD COLUMN suspended_reason TEXT;
ALTER TABLE person ADD COLUMN suspended_by INTEGER REFERENCES person (id) ON DELETE SET NULL;
CREATE INDEX person_suspension_end ON person (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX person_suspended_by ON person (suspended_by) WHERE suspended_by IS NOT NULL;

-- How far two people are, one row for each side, both written together: what one of them sees is one walk of an index.
-- `place` is a fresh id for each change: it orders the lists, and of two answers the one with the greater is newer, so
-- rows stay when a connection ends. `declined_at` is when the other one declined `person_id`, `removed_at` when
-- `person_id` ended the connection.
CREATE TABLE connection (
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('none', 'requested', 'asked', 'connected')),
    request_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    declined_at INTEGER,
    removed_at INTEGER,
    PRIMARY KEY (person_id, other_id),
    CHECK (person_id <> other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_page ON connection (person_id, state, place DESC);
CREATE INDEX connection_newest ON connection (person_id, place DESC);
CREATE INDEX connection_other ON connection (other_id);

CREATE TABLE mute (
    muter_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    muted_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (muter_id, muted_id),
    CHECK (muter_id <> muted_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mute_newest ON mute (muter_id, created_at DESC, muted_id DESC);
CREATE INDEX mute_of ON mute (muted_id);
CREATE INDEX block_of ON block (blocked_id);

-- Posts that somebody wants to hear nothing more of.
CREATE TABLE post_mute (
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (post_id, user_id)
) STRICT, WITHOUT ROWID;
