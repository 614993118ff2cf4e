//! Every table and column, in an order in which rows can be copied: what refers comes after what it refers to.
//!
//! Both databases have the same tables; a test compares them with this list, so that a new column is not forgotten by a move
//! or a backup.

/// What a column holds, in both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit integer: ids, moments, counts.
    Number,
    /// Words, texts and JSON.
    Text,
    /// A boolean; on SQLite 0 or 1.
    Flag,
    /// Bytes.
    Bytes,
}

/// When a column can be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// With its row.
    AtOnce,
    /// It refers to a row of the same table: with its own row, unless that comes first.
    UnlessForward,
    /// It refers to a table that comes after this one, and so once all rows are there.
    Late,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// When it can be filled.
    pub filled: Filled,
}

impl Column {
    const fn of(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, filled: Filled::AtOnce }
    }

    const fn late(self) -> Self {
        Self { filled: Filled::Late, ..self }
    }

    const fn forward(self) -> Self {
        Self { filled: Filled::UnlessForward, ..self }
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// All its columns.
    pub columns: &'static [Column],
}

impl Table {
    /// The columns that cannot always be filled with their rows.
    pub fn late_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.filled != Filled::AtOnce)
    }
}

const fn number(name: &'static str) -> Column {
    Column::of(name, Kind::Number)
}

const fn text(name: &'static str) -> Column {
    Column::of(name, Kind::Text)
}

const fn flag(name: &'static str) -> Column {
    Column::of(name, Kind::Flag)
}

const fn bytes(name: &'static str) -> Column {
    Column::of(name, Kind::Bytes)
}

/// Tables that have a row in a database that is otherwise empty.
pub const SEEDED: [&str; 3] = ["worker_count", "node_number", "probe"];

/// Every table, but for those of migrations and of a move itself.
pub const TABLES: &[Table] = &[
    Table {
        name: "person",
        key: &["id"],
        columns: &[
            number("id"),
            text("email"),
            text("username"),
            text("full_name"),
            text("bio"),
            number("avatar_id").late(),
            text("password_hash"),
            number("created_at"),
            number("follower_count"),
            number("following_count"),
            number("last_seen_at"),
            flag("shows_presence"),
            flag("shows_typing"),
            flag("shows_receipts"),
            text("role"),
            flag("is_private"),
            number("suspended_at"),
            number("suspended_until"),
            text("suspended_reason"),
            number("suspended_by").forward(),
            number("email_confirmed_at"),
        ],
    },
    Table { name: "person_word", key: &["word", "person_id"], columns: &[text("word"), number("person_id")] },
    Table {
        name: "session",
        key: &["id"],
        columns: &[
            number("id"),
            number("user_id"),
            text("device"),
            text("address"),
            number("created_at"),
            number("last_seen_at"),
            number("ended_at"),
        ],
    },
    Table {
        name: "refresh_token",
        key: &["hash"],
        columns: &[text("hash"), number("session_id"), number("created_at"), number("spent_at")],
    },
    Table {
        name: "post",
        key: &["id"],
        columns: &[
            number("id"),
            number("author_id"),
            text("content"),
            text("entities"),
            number("created_at"),
            number("edited_at"),
            number("deleted_at"),
            number("version"),
            number("like_count"),
            number("like_version"),
            number("comment_count"),
            number("comment_version"),
            text("client_id"),
            text("audience"),
        ],
    },
    Table { name: "post_tag", key: &["tag", "post_id"], columns: &[text("tag"), number("post_id")] },
    Table {
        name: "post_like",
        key: &["post_id", "user_id"],
        columns: &[number("post_id"), number("user_id"), number("created_at")],
    },
    Table {
        name: "post_mute",
        key: &["post_id", "user_id"],
        columns: &[number("post_id"), number("user_id"), number("created_at")],
    },
    Table {
        name: "comment",
        key: &["id"],
        columns: &[
            number("id"),
            number("post_id"),
            number("parent_id").forward(),
            number("author_id"),
            text("content"),
            text("entities"),
            number("created_at"),
            number("deleted_at"),
            number("like_count"),
            number("like_version"),
            text("client_id"),
        ],
    },
    Table {
        name: "comment_like",
        key: &["comment_id", "user_id"],
        columns: &[number("comment_id"), number("user_id"), number("created_at")],
    },
    Table {
        name: "follow",
        key: &["follower_id", "followee_id"],
        columns: &[number("follower_id"), number("followee_id"), number("place"), number("created_at")],
    },
    Table {
        name: "block",
        key: &["blocker_id", "blocked_id"],
        columns: &[number("blocker_id"), number("blocked_id"), number("created_at")],
    },
    Table {
        name: "mute",
        key: &["muter_id", "muted_id"],
        columns: &[number("muter_id"), number("muted_id"), number("created_at")],
    },
    Table {
        name: "connection",
        key: &["person_id", "other_id"],
        columns: &[
            number("person_id"),
            number("other_id"),
            text("state"),
            number("request_id"),
            number("place"),
            number("declined_at"),
            number("removed_at"),
        ],
    },
    Table {
        name: "conversation",
        key: &["id"],
        columns: &[
            number("id"),
            text("kind"),
            text("title"),
            text("title_folded"),
            number("pair_low"),
            number("pair_high"),
            number("created_by"),
            text("client_id"),
            number("created_at"),
            number("version"),
            number("seq"),
            number("last_number"),
            number("last_message_id"),
            number("last_said_at"),
            number("avatar_id").late(),
        ],
    },
    Table {
        name: "conversation_member",
        key: &["conversation_id", "user_id"],
        columns: &[
            number("conversation_id"),
            number("user_id"),
            text("standing"),
            flag("admin"),
            number("from_seq"),
            number("read_number"),
            number("delivered_number"),
            flag("muted"),
            flag("pinned"),
            text("draft"),
            number("version"),
            number("joined_at"),
        ],
    },
    Table {
        name: "message",
        key: &["id"],
        columns: &[
            number("id"),
            number("conversation_id"),
            number("seq"),
            number("number"),
            number("revision"),
            number("sender_id"),
            text("client_id"),
            text("content"),
            text("entities"),
            number("reply_to").forward(),
            text("note"),
            number("created_at"),
            number("edited_at"),
            number("deleted_at"),
        ],
    },
    Table {
        name: "reaction",
        key: &["message_id", "emoji", "user_id"],
        columns: &[number("message_id"), text("emoji"), number("user_id"), number("place"), number("created_at")],
    },
    Table {
        name: "image",
        key: &["id"],
        columns: &[
            number("id"),
            number("owner_id"),
            text("purpose"),
            number("post_id"),
            number("position"),
            text("alt"),
            text("content_type"),
            number("width"),
            number("height"),
            number("size_bytes"),
            number("created_at"),
            number("conversation_id"),
        ],
    },
    Table {
        name: "job",
        key: &["id"],
        columns: &[
            number("id"),
            number("poster_id"),
            text("title"),
            text("place"),
            text("place_folded"),
            text("kind"),
            text("content"),
            text("entities"),
            text("folded"),
            number("created_at"),
            number("edited_at"),
            number("deleted_at"),
            text("closes_on"),
            number("closes_at"),
            number("closed_at"),
            number("version"),
            number("application_count"),
            text("client_id"),
        ],
    },
    Table {
        name: "application",
        key: &["id"],
        columns: &[
            number("id"),
            number("job_id"),
            number("applicant_id"),
            text("note"),
            text("stage"),
            number("created_at"),
            number("version"),
        ],
    },
    Table {
        name: "application_step",
        key: &["application_id", "place"],
        columns: &[number("application_id"), number("place"), text("stage"), number("created_at")],
    },
    Table {
        name: "attachment",
        key: &["id"],
        columns: &[
            number("id"),
            number("owner_id"),
            text("client_id"),
            number("message_id"),
            text("kind"),
            text("name"),
            text("content_type"),
            number("size_bytes"),
            number("width"),
            number("height"),
            number("duration_ms"),
            bytes("waveform"),
            flag("discarded"),
            number("created_at"),
            number("application_id"),
        ],
    },
    Table {
        name: "announcement",
        key: &["id"],
        columns: &[
            number("id"),
            number("author_id"),
            text("title"),
            text("content"),
            text("entities"),
            text("recipients"),
            number("starts_at"),
            number("ends_at"),
            number("ended_at"),
            number("created_at"),
            text("client_id"),
        ],
    },
    Table {
        name: "person_bell",
        key: &["user_id"],
        columns: &[number("user_id"), number("unread_count"), number("last_seq"), number("all_read_at")],
    },
    Table {
        name: "notification",
        key: &["id"],
        columns: &[
            number("id"),
            number("user_id"),
            text("kind"),
            text("occasion"),
            text("group_key"),
            flag("is_open"),
            number("post_id"),
            text("target"),
            text("subject"),
            text("excerpt"),
            number("count"),
            number("actor_count"),
            text("actors"),
            number("place"),
            number("created_at"),
            number("updated_at"),
            number("read_at"),
            flag("read_together"),
            number("removed_at"),
            flag("shown"),
            number("seq"),
            flag("changed"),
            flag("alert"),
            number("told_at"),
        ],
    },
    Table {
        name: "notification_thing",
        key: &["user_id", "thing"],
        columns: &[
            number("user_id"),
            text("thing"),
            number("notification_id"),
            number("actor_id"),
            number("about"),
            text("excerpt"),
            number("place"),
            number("gone_at"),
        ],
    },
    Table {
        name: "notification_setting",
        key: &["user_id"],
        columns: &[
            number("user_id"),
            flag("enabled"),
            number("quiet_from"),
            number("quiet_until"),
            text("time_zone"),
            number("digest_minute"),
        ],
    },
    Table {
        name: "notification_choice",
        key: &["user_id", "kind"],
        columns: &[number("user_id"), text("kind"), flag("in_app"), flag("push"), text("email")],
    },
    Table {
        name: "delivery",
        key: &["notification_id", "channel"],
        columns: &[
            number("notification_id"),
            text("channel"),
            number("user_id"),
            text("timing"),
            text("status"),
            text("reason"),
            number("at"),
        ],
    },
    Table {
        name: "push_device",
        key: &["id"],
        columns: &[
            number("id"),
            number("user_id"),
            number("session_id"),
            text("endpoint"),
            text("p256dh"),
            text("auth"),
            number("created_at"),
            number("delivered_at"),
            number("due_at"),
            number("next_at"),
            number("attempts"),
            number("turn"),
        ],
    },
    Table {
        name: "push",
        key: &["device_id", "notification_id"],
        columns: &[number("device_id"), number("notification_id"), number("created_at"), number("due_at")],
    },
    Table {
        name: "letter",
        key: &["user_id", "purpose"],
        columns: &[
            number("user_id"),
            text("purpose"),
            number("due_at"),
            number("attempts"),
            number("version"),
            number("turn"),
        ],
    },
    Table { name: "reset_wish", key: &["email"], columns: &[text("email"), number("at")] },
    Table {
        name: "link_key",
        key: &["hash"],
        columns: &[text("hash"), number("user_id"), text("purpose"), number("expires_at")],
    },
    Table {
        name: "personal_token",
        key: &["session_id"],
        columns: &[
            number("session_id"),
            number("user_id"),
            text("name"),
            text("hash"),
            text("scopes"),
            number("created_at"),
            number("expires_at"),
            number("last_used_at"),
        ],
    },
    Table {
        name: "socket_ticket",
        key: &["hash"],
        columns: &[text("hash"), number("session_id"), number("expires_at")],
    },
    Table {
        name: "outbox",
        key: &["id"],
        columns: &[
            number("id"),
            text("publication"),
            number("created_at"),
            number("lease_until"),
            number("attempts"),
            text("work_key"),
        ],
    },
    Table {
        name: "kept_answer",
        key: &["user_id", "request_key"],
        columns: &[number("user_id"), text("request_key"), text("answer"), number("created_at")],
    },
    Table { name: "worker_count", key: &["id"], columns: &[number("id"), number("started")] },
    Table { name: "node_number", key: &["number"], columns: &[number("number"), text("holder"), number("held_until")] },
    Table { name: "probe", key: &["id"], columns: &[number("id"), number("writes")] },
];
