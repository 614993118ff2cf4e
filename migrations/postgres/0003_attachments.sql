-- What messages carry, and the pictures of groups. Kept in step with migrations/sqlite.

-- Uploaded first; `message_id` names the message that carries it, once one does. What is discarded, because its uploader
-- threw it away or its message was deleted, is carried by none, seen by nobody, and waits for its file to be removed.
CREATE TABLE attachment (
    id BIGINT PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES person (id),
    client_id TEXT,
    message_id BIGINT REFERENCES message (id),
    kind TEXT NOT NULL CHECK (kind IN ('image', 'voice', 'file')),
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    width BIGINT,
    height BIGINT,
    duration_ms BIGINT,
    waveform BYTEA,
    discarded BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    CHECK (NOT discarded OR message_id IS NULL)
);
CREATE UNIQUE INDEX attachment_client_id ON attachment (owner_id, client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX attachment_message ON attachment (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachment_loose ON attachment (created_at) WHERE message_id IS NULL;

-- The square picture of a group, beside its title, is an image like a face; `conversation_id` says whose it is, and so who
-- may see it, also after another took its place.
ALTER TABLE image ADD COLUMN conversation_id BIGINT REFERENCES conversation (id);
ALTER TABLE conversation ADD COLUMN avatar_id BIGINT REFERENCES image (id);
CREATE INDEX conversation_avatar ON conversation (avatar_id) WHERE avatar_id IS NOT NULL;
