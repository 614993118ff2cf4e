-- What the community tells its members. Kept in step with migrations/sqlite.

-- It is told from `starts_at`, and over at `ends_at` or when it was ended by hand (`ended_at`): what is unread then is
-- marked as read with that moment.
CREATE TABLE announcement (
    id BIGINT PRIMARY KEY,
    author_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    recipients TEXT NOT NULL CHECK (recipients IN ('everyone', 'newcomers', 'staff')),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT,
    created_at BIGINT NOT NULL,
    client_id TEXT,
    CHECK (starts_at < ends_at)
);
CREATE UNIQUE INDEX announcement_client_id ON announcement (author_id, client_id) WHERE client_id IS NOT NULL;
