-- People, sessions, posts, likes, comments, follows, pictures, outbox. Kept in step with migrations/postgres.
-- Moments are milliseconds since 1970; ids come from the server and grow with time.

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL,
    username TEXT NOT NULL,
    full_name TEXT NOT NULL,
    bio TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'owner')),
    avatar_id INTEGER REFERENCES image (id) ON DELETE SET NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    follower_count INTEGER NOT NULL DEFAULT 0 CHECK (follower_count >= 0),
    following_count INTEGER NOT NULL DEFAULT 0 CHECK (following_count >= 0)
) STRICT;
CREATE UNIQUE INDEX person_email ON person (email);
CREATE UNIQUE INDEX person_username ON person (username);
CREATE INDEX person_avatar ON person (avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX person_most_followed ON person (follower_count DESC, id DESC);

-- What a person is found by: the username, and the full name from each of its words on, all in lowercase.
CREATE TABLE person_word (
    word TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (word, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_word_person ON person_word (person_id);

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX session_of_user ON session (user_id, ended_at);
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_last_seen ON session (last_seen_at);

CREATE TABLE refresh_token (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    spent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_session ON refresh_token (session_id);

CREATE TABLE post (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('public', 'followers')),
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    deleted_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    like_count INTEGER NOT NULL DEFAULT 0 CHECK (like_count >= 0),
    like_version INTEGER NOT NULL DEFAULT 0,
    comment_count INTEGER NOT NULL DEFAULT 0 CHECK (comment_count >= 0),
    comment_version INTEGER NOT NULL DEFAULT 0,
    client_id TEXT
) STRICT;
-- Walked from the newest down; holds all that counting somebody's posts needs.
CREATE INDEX post_author ON post (author_id, id DESC, deleted_at, audience);
CREATE INDEX post_deleted ON post (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX post_client_id ON post (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE post_tag (
    tag TEXT NOT NULL,
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_tag_post ON post_tag (post_id);

CREATE TABLE post_like (
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (post_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES comment (id) ON DELETE CASCADE,
    author_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    like_count INTEGER NOT NULL DEFAULT 0 CHECK (like_count >= 0),
    like_version INTEGER NOT NULL DEFAULT 0,
    client_id TEXT
) STRICT;
CREATE INDEX comment_post ON comment (post_id);
CREATE INDEX comment_top ON comment (post_id, id DESC) WHERE parent_id IS NULL;
CREATE INDEX comment_reply ON comment (parent_id, id DESC, deleted_at);
CREATE UNIQUE INDEX comment_client_id ON comment (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE comment_like (
    comment_id INTEGER NOT NULL REFERENCES comment (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (comment_id, user_id)
) STRICT, WITHOUT ROWID;

-- `place` orders the lists: it is a fresh id for each follow.
CREATE TABLE follow (
    follower_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    followee_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_by_follower ON follow (follower_id, place DESC);
CREATE INDEX follow_by_followee ON follow (followee_id, place DESC);

-- A picture goes before the post that shows it, never with it: its bytes must be removed too.
CREATE TABLE image (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES person (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('photo', 'avatar')),
    post_id INTEGER REFERENCES post (id),
    position INTEGER NOT NULL DEFAULT 0,
    alt TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX image_post ON image (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX image_unshown ON image (created_at) WHERE post_id IS NULL;

-- What a transaction promised to publish.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    publication TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_lease ON outbox (lease_until);

-- Answers kept for requests that are repeated under the same key.
CREATE TABLE kept_answer (
    user_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    request_key TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, request_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answer_age ON kept_answer (created_at);

-- One row that readiness writes to.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    writes INTEGER NOT NULL
) STRICT;
INSERT INTO probe (id, writes) VALUES (1, 0);
