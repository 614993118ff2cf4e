-- Connections, mutes, private profiles, more roles, and suspensions. Kept in step with migrations/sqlite.

ALTER TABLE person DROP CONSTRAINT person_role_check;
ALTER TABLE person ADD CONSTRAINT person_role_check CHECK (role IN ('member', 'moderator', 'admin', 'owner'));
ALTER TABLE post DROP CONSTRAINT post_audience_check;
ALTER TABLE post ADD CONSTRAINT post_audience_check CHECK (audience IN ('public', 'followers', 'connections'));

-- A private profile is for connections. Who is suspended has `suspended_at`, until they are let in again.
ALTER TABLE person ADD COLUMN is_private BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE person ADD COLUMN suspended_at BIGINT;
ALTER TABLE person ADD COLUMN suspended_until BIGINT;
ALTER TABLE person ADD COLUMN suspended_reason TEXT;
ALTER TABLE person ADD COLUMN suspended_by BIGINT REFERENCES person (id) ON DELETE SET NULL;
CREATE INDEX person_suspension_end ON person (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX person_suspended_by ON person (suspended_by) WHERE suspended_by IS NOT NULL;

-- How far two people are, one row for each side, both written together: what one of them sees is one walk of an index.
-- `place` is a fresh id for each change: it orders the lists, and of two answers the one with the greater is newer, so
-- rows stay when a connection ends. `declined_at` is when the other one declined `person_id`, `removed_at` when
-- `person_id` ended the connection.
CREATE TABLE connection (
    person_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('none', 'requested', 'asked', 'connected')),
    request_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    declined_at BIGINT,
    removed_at BIGINT,
    PRIMARY KEY (person_id, other_id),
    CHECK (person_id <> other_id)
);
CREATE INDEX connection_page ON connection (person_id, state, place DESC);
CREATE INDEX connection_newest ON connection (person_id, place DESC);
CREATE INDEX connection_other ON connection (other_id);

CREATE TABLE mute (
    muter_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    muted_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (muter_id, muted_id),
    CHECK (muter_id <> muted_id)
);
CREATE INDEX mute_newest ON mute (muter_id, created_at DESC, muted_id DESC);
CREATE INDEX mute_of ON mute (muted_id);
CREATE INDEX block_of ON block (blocked_id);

-- Posts that somebody wants to hear nothing more of.
CREATE TABLE post_mute (
    post_id BIGINT NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, user_id)
);
