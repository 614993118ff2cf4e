-- Personal access tokens and one-use tickets for sockets. Kept in step with migrations/postgres.

-- A token is a session of its own, which is ended like any other; `hash` is the SHA-256 of the token, in hex.
CREATE TABLE personal_token (
    session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- What it may do, as a JSON list of words.
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX personal_token_hash ON personal_token (hash);
CREATE INDEX personal_token_of_user ON personal_token (user_id);
CREATE INDEX personal_token_expires ON personal_token (expires_at);

-- Opens one socket for the session that asked for it, within seconds.
CREATE TABLE socket_ticket (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX socket_ticket_session ON socket_ticket (session_id);
CREATE INDEX socket_ticket_expires ON socket_ticket (expires_at);
