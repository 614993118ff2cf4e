-- People, sessions, posts, likes, comments, follows, pictures, outbox. Kept in step with migrations/sqlite.
-- Moments are milliseconds since 1970; ids come from the server and grow with time.
-- Text that is ordered or searched by its beginning compares by bytes, as on SQLite.

CREATE TABLE person (
    id BIGINT PRIMARY KEY,
    email TEXT NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    full_name TEXT NOT NULL,
    bio TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'owner')),
    avatar_id BIGINT,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    follower_count BIGINT NOT NULL DEFAULT 0 CHECK (follower_count >= 0),
    following_count BIGINT NOT NULL DEFAULT 0 CHECK (following_count >= 0)
);
CREATE UNIQUE INDEX person_email ON person (email);
CREATE UNIQUE INDEX person_username ON person (username);
CREATE INDEX person_avatar ON person (avatar_id) WHERE avatar_id IS NOT NULL;
CREATE INDEX person_most_followed ON person (follower_count DESC, id DESC);

-- What a person is found by: the username, and the full name from each of its words on, all in lowercase.
CREATE TABLE person_word (
    word TEXT COLLATE "C" NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (word, person_id)
);
CREATE INDEX person_word_person ON person_word (person_id);

CREATE TABLE session (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX session_of_user ON session (user_id, ended_at);
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_last_seen ON session (last_seen_at);

CREATE TABLE refresh_token (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id BIGINT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);

-- Pages keep some room, so that a changed count stays on its page and touches no index.
CREATE TABLE post (
    id BIGINT PRIMARY KEY,
    author_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('public', 'followers')),
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    like_count BIGINT NOT NULL DEFAULT 0 CHECK (like_count >= 0),
    like_version BIGINT NOT NULL DEFAULT 0,
    comment_count BIGINT NOT NULL DEFAULT 0 CHECK (comment_count >= 0),
    comment_version BIGINT NOT NULL DEFAULT 0,
    client_id TEXT
) WITH (fillfactor = 90);
-- Walked from the newest down; holds all that counting somebody's posts needs.
CREATE INDEX post_author ON post (author_id, id DESC, deleted_at, audience);
CREATE INDEX post_deleted ON post (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX post_client_id ON post (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE post_tag (
    tag TEXT COLLATE "C" NOT NULL,
    post_id BIGINT NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, post_id)
);
CREATE INDEX post_tag_post ON post_tag (post_id);

CREATE TABLE post_like (
    post_id BIGINT NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, user_id)
);

CREATE TABLE comment (
    id BIGINT PRIMARY KEY,
    post_id BIGINT NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    parent_id BIGINT REFERENCES comment (id) ON DELETE CASCADE,
    author_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    entities TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    like_count BIGINT NOT NULL DEFAULT 0 CHECK (like_count >= 0),
    like_version BIGINT NOT NULL DEFAULT 0,
    client_id TEXT
) WITH (fillfactor = 90);
CREATE INDEX comment_post ON comment (post_id);
CREATE INDEX comment_top ON comment (post_id, id DESC) WHERE parent_id IS NULL;
CREATE INDEX comment_reply ON comment (parent_id, id DESC, deleted_at);
CREATE UNIQUE INDEX comment_client_id ON comment (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE comment_like (
    comment_id BIGINT NOT NULL REFERENCES comment (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (comment_id, user_id)
);

-- `place` orders the lists: it is a fresh id for each follow.
CREATE TABLE follow (
    follower_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    followee_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
);
CREATE INDEX follow_by_follower ON follow (follower_id, place DESC);
CREATE INDEX follow_by_followee ON follow (followee_id, place DESC);

-- A picture goes before the post that shows it, never with it: its bytes must be removed too.
CREATE TABLE image (
    id BIGINT PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES person (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('photo', 'avatar')),
    post_id BIGINT REFERENCES post (id),
    position BIGINT NOT NULL DEFAULT 0,
    alt TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
ALTER TABLE person ADD CONSTRAINT person_avatar_image FOREIGN KEY (avatar_id) REFERENCES image (id) ON DELETE SET NULL;
CREATE INDEX image_post ON image (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX image_unshown ON image (created_at) WHERE post_id IS NULL;

-- What a transaction promised to publish.
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    publication TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX outbox_lease ON outbox (lease_until);

-- Answers kept for requests that are repeated under the same key.
CREATE TABLE kept_answer (
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    request_key TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, request_key)
);
CREATE INDEX kept_answer_age ON kept_answer (created_at);

-- One row that readiness writes to.
CREATE TABLE probe (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    writes BIGINT NOT NULL
);
INSERT INTO probe (id, writes) VALUES (1, 0);
