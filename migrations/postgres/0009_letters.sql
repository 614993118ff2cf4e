-- Letters: what waits to be sent, to confirmed addresses, and what became of it. Kept in step with migrations/sqlite.

-- When somebody showed that they read what is sent to their address.
ALTER TABLE person ADD COLUMN email_confirmed_at BIGINT;

-- How a notification reaches its person beside the bell, once for each channel until it is read. `timing` says which letter
-- takes it along.
CREATE TABLE delivery (
    notification_id BIGINT NOT NULL REFERENCES notification (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel IN ('push', 'email')),
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    timing TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'delivered', 'read', 'failed')),
    reason TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (notification_id, channel)
);
CREATE INDEX delivery_newest ON delivery (notification_id DESC);
CREATE INDEX delivery_status ON delivery (status, notification_id DESC);
CREATE INDEX delivery_waiting ON delivery (user_id, channel, timing) WHERE status = 'queued';

-- One letter of each purpose waits for a person at most. `version` grows with each reason to send it, so that one that
-- comes while it is sent is not forgotten with it.
CREATE TABLE letter (
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('at_once', 'daily', 'confirm', 'reset')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (user_id, purpose)
);
CREATE INDEX letter_due ON letter (due_at);

-- Addresses for which somebody asked to reset the password, whether anybody has them or not.
CREATE TABLE reset_wish (
    email TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

-- What a link in a letter proves: only the SHA-256 of the key. Each works once, until it expires.
CREATE TABLE link_key (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('confirm', 'reset')),
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_key_person ON link_key (user_id, purpose);
CREATE INDEX link_key_expired ON link_key (expires_at);
