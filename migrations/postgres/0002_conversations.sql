-- Conversations, their members, messages, reactions, and who blocked whom. Kept in step with migrations/sqlite.

-- A direct conversation is that of a pair, the smaller id first; a group has a title. `seq` counts the entries of its log
-- and `last_number` its messages. `last_message_id` names the newest message or note; nothing checks it, as every message
-- would pay for the check and messages never go. Pages keep some room, so that a message or a position that moves on stays
-- on its page and touches no index.
CREATE TABLE conversation (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    title TEXT,
    title_folded TEXT,
    pair_low BIGINT REFERENCES person (id),
    pair_high BIGINT REFERENCES person (id),
    created_by BIGINT NOT NULL REFERENCES person (id),
    client_id TEXT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    seq BIGINT NOT NULL DEFAULT 0,
    last_number BIGINT NOT NULL DEFAULT 0,
    last_message_id BIGINT,
    last_said_at BIGINT NOT NULL,
    CHECK ((kind = 'direct') = (pair_low IS NOT NULL)),
    CHECK ((pair_low IS NULL) = (pair_high IS NULL)),
    CHECK (pair_low < pair_high)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX conversation_pair ON conversation (pair_low, pair_high) WHERE pair_low IS NOT NULL;
CREATE UNIQUE INDEX conversation_client_id ON conversation (created_by, client_id) WHERE client_id IS NOT NULL;

-- `version` counts the changes of everything but the positions.
CREATE TABLE conversation_member (
    conversation_id BIGINT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    standing TEXT NOT NULL CHECK (standing IN ('active', 'requested', 'declined', 'left')),
    admin BOOLEAN NOT NULL,
    from_seq BIGINT NOT NULL,
    read_number BIGINT NOT NULL,
    delivered_number BIGINT NOT NULL,
    muted BOOLEAN NOT NULL DEFAULT FALSE,
    pinned BOOLEAN NOT NULL DEFAULT FALSE,
    draft TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 1,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX conversation_member_user ON conversation_member (user_id, standing, pinned);

-- Messages and notes. `seq` is the place in the thread, `revision` the entry of the log with which it last changed.
CREATE TABLE message (
    id BIGINT PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    sender_id BIGINT NOT NULL REFERENCES person (id),
    client_id TEXT,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    reply_to BIGINT REFERENCES message (id),
    note TEXT,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX message_seq ON message (conversation_id, seq);
CREATE UNIQUE INDEX message_revision ON message (conversation_id, revision);
CREATE UNIQUE INDEX message_client_id ON message (sender_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX message_reply_to ON message (reply_to) WHERE reply_to IS NOT NULL;

-- `place` is the order in which the reactions to a message came.
CREATE TABLE reaction (
    message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);

CREATE TABLE block (
    blocker_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    blocked_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX block_newest ON block (blocker_id, created_at DESC, blocked_id DESC);

-- What a person shows of themselves, and when their last connection closed.
ALTER TABLE person ADD COLUMN last_seen_at BIGINT;
ALTER TABLE person ADD COLUMN shows_presence BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE person ADD COLUMN shows_typing BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE person ADD COLUMN shows_receipts BOOLEAN NOT NULL DEFAULT TRUE;
