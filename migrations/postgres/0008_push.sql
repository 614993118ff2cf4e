-- Web Push: the devices that take it, and what waits to be sent to each. Kept in step with migrations/sqlite.

-- One for each session at most: it ends with it. `p256dh` and `auth` are the browser's keys, as it tells them (base64url).
-- `due_at` is when it is looked at next, if anything waits for it; before `next_at` it is left alone. `attempts` counts the
-- tries in a row that failed. `turn` grows each time somebody takes what is due: whoever holds an older one changes nothing.
CREATE TABLE push_device (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    session_id BIGINT NOT NULL UNIQUE REFERENCES session (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT,
    due_at BIGINT,
    next_at BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    turn BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX push_device_person ON push_device (user_id);
CREATE INDEX push_device_due ON push_device (due_at) WHERE due_at IS NOT NULL;

-- A notification that waits for a device.
CREATE TABLE push (
    device_id BIGINT NOT NULL REFERENCES push_device (id) ON DELETE CASCADE,
    notification_id BIGINT NOT NULL REFERENCES notification (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, notification_id)
);
CREATE INDEX push_notification ON push (notification_id);
