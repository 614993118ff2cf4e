-- What people are told, how they want to be told, and the work that waits. Kept in step with migrations/sqlite.

-- Work of the outbox is done when `lease_until` has come. Of work with a key one entry waits at most; what is being done
-- has lost its key, so that what happens meanwhile is promised again.
ALTER TABLE outbox ADD COLUMN work_key TEXT;
CREATE UNIQUE INDEX outbox_work_key ON outbox (work_key) WHERE work_key IS NOT NULL;

-- One row for each person who was ever told anything. `last_seq` numbers what changed their notifications; `unread_count`
-- counts those that are shown, unread and not removed. Who changes notifications of a person holds this row first.
CREATE TABLE person_bell (
    user_id BIGINT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    unread_count BIGINT NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
    last_seq BIGINT NOT NULL DEFAULT 0,
    all_read_at BIGINT
);

-- `place` orders the lists: it is a fresh id for each new thing behind the notification. One that is open takes more of the
-- same in; reading it closes it. `changed` waits to be told; `alert` says that something new is among it.
CREATE TABLE notification (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    occasion TEXT NOT NULL,
    group_key TEXT NOT NULL,
    is_open BOOLEAN NOT NULL,
    post_id BIGINT,
    target TEXT NOT NULL,
    subject TEXT,
    excerpt TEXT,
    count BIGINT NOT NULL CHECK (count >= 0),
    actor_count BIGINT NOT NULL CHECK (actor_count >= 0),
    actors TEXT NOT NULL,
    place BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    read_at BIGINT,
    read_together BOOLEAN NOT NULL DEFAULT FALSE,
    removed_at BIGINT,
    shown BOOLEAN NOT NULL,
    seq BIGINT NOT NULL DEFAULT 0,
    changed BOOLEAN NOT NULL,
    alert BOOLEAN NOT NULL,
    told_at BIGINT,
    CHECK (NOT is_open OR read_at IS NULL)
);
CREATE UNIQUE INDEX notification_open ON notification (user_id, group_key) WHERE is_open;
CREATE INDEX notification_group ON notification (user_id, group_key, id DESC);
CREATE INDEX notification_all ON notification (user_id, place DESC) WHERE shown AND removed_at IS NULL;
CREATE INDEX notification_unread ON notification (user_id, place DESC)
    WHERE shown AND removed_at IS NULL AND read_at IS NULL;
CREATE INDEX notification_mention ON notification (user_id, place DESC)
    WHERE shown AND removed_at IS NULL AND kind = 'mention';
CREATE INDEX notification_request ON notification (user_id, place DESC)
    WHERE shown AND removed_at IS NULL AND occasion = 'connection_asked';
CREATE INDEX notification_post ON notification (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX notification_removed ON notification (removed_at) WHERE removed_at IS NOT NULL;

-- Each like, comment, follow and mention that a notification counts, once. `about` is the comment or request that can be
-- taken back with all that was said of it. What is gone stays, so that what comes back is counted where it was.
CREATE TABLE notification_thing (
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    thing TEXT NOT NULL,
    notification_id BIGINT NOT NULL REFERENCES notification (id) ON DELETE CASCADE,
    actor_id BIGINT REFERENCES person (id) ON DELETE CASCADE,
    about BIGINT,
    excerpt TEXT,
    place BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (user_id, thing)
);
CREATE INDEX notification_thing_newest ON notification_thing (notification_id, place DESC);
CREATE INDEX notification_thing_between ON notification_thing (user_id, actor_id, notification_id);
CREATE INDEX notification_thing_about ON notification_thing (about) WHERE about IS NOT NULL;

-- What somebody chose; who has no row has the defaults. Minutes are of their day in `time_zone`.
CREATE TABLE notification_setting (
    user_id BIGINT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    enabled BOOLEAN NOT NULL,
    quiet_from BIGINT,
    quiet_until BIGINT,
    time_zone TEXT NOT NULL,
    digest_minute BIGINT NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);

CREATE TABLE notification_choice (
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    in_app BOOLEAN NOT NULL,
    push BOOLEAN NOT NULL,
    email TEXT NOT NULL CHECK (email IN ('at_once', 'daily', 'never')),
    PRIMARY KEY (user_id, kind)
);
