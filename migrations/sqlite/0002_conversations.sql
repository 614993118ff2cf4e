-- Conversations, their members, messages, reactions, and who blocked whom. Kept in step with migrations/postgres.

-- A direct conversation is that of a pair, the smaller id first; a group has a title. `seq` counts the entries of its log
-- and `last_number` its messages. `last_message_id` names the newest message or note; nothing checks it, as every message
-- would pay for the check and messages never go.
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    title TEXT,
    title_folded TEXT,
    pair_low INTEGER REFERENCES person (id),
    pair_high INTEGER REFERENCES person (id),
    created_by INTEGER NOT NULL REFERENCES person (id),
    client_id TEXT,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    seq INTEGER NOT NULL DEFAULT 0,
    last_number INTEGER NOT NULL DEFAULT 0,
    last_message_id INTEGER,
    last_said_at INTEGER NOT NULL,
    CHECK ((kind = 'direct') = (pair_low IS NOT NULL)),
    CHECK ((pair_low IS NULL) = (pair_high IS NULL)),
    CHECK (pair_low < pair_high)
) STRICT;
CREATE UNIQUE INDEX conversation_pair ON conversation (pair_low, pair_high) WHERE pair_low IS NOT NULL;
CREATE UNIQUE INDEX conversation_client_id ON conversation (created_by, client_id) WHERE client_id IS NOT NULL;

-- `version` counts the changes of everything but the positions.
CREATE TABLE conversation_member (
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    standing TEXT NOT NULL CHECK (standing IN ('active', 'requested', 'declined', 'left')),
    admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
    from_seq INTEGER NOT NULL,
    read_number INTEGER NOT NULL,
    delivered_number INTEGER NOT NULL,
    muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1)),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    draft TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_member_user ON conversation_member (user_id, standing, pinned);

-- Messages and notes. `seq` is the place in the thread, `revision` the entry of the log with which it last changed.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    sender_id INTEGER NOT NULL REFERENCES person (id),
    client_id TEXT,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    reply_to INTEGER REFERENCES message (id),
    note TEXT,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX message_seq ON message (conversation_id, seq);
CREATE UNIQUE INDEX message_revision ON message (conversation_id, revision);
CREATE UNIQUE INDEX message_client_id ON message (sender_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX message_reply_to ON message (reply_to) WHERE reply_to IS NOT NULL;

-- `place` is the order in which the reactions to a message came.
CREATE TABLE reaction (
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
    blocker_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    blocked_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_newest ON block (blocker_id, created_at DESC, blocked_id DESC);

-- What a person shows of themselves, and when their last connection closed.
ALTER TABLE person ADD COLUMN last_seen_at INTEGER;
ALTER TABLE person ADD COLUMN shows_presence INTEGER NOT NULL DEFAULT 1 CHECK (shows_presence IN (0, 1));
ALTER TABLE person ADD COLUMN shows_typing INTEGER NOT NULL DEFAULT 1 CHECK (shows_typing IN (0, 1));
ALTER TABLE person ADD COLUMN shows_receipts INTEGER NOT NULL DEFAULT 1 CHECK (shows_receipts IN (0, 1));
