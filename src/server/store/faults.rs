//! What must be true of the rows of several tables together: how a violation is found, and how a number that is derived of
//! others is set right.

use std::collections::HashMap;

use futures::TryStreamExt;
use sqlx::Connection;

use super::{BEGIN_READING, BEGIN_WRITING, Db, DbConnection, ORPHANS, columns::number};
use crate::server::{
    domain::ports::Stored,
    store::checking::{EXAMPLES, Fault, FileKind, KeptFile},
};

/// A rule.
struct Rule {
    /// What it is about, in a word or two.
    name: &'static str,
    /// What is wrong with what breaks it.
    about: &'static str,
    /// Finds what breaks it: a row's id, and what it says and should say where it is a number.
    find: &'static str,
    /// Sets the row with the id `$1` right, statement by statement. Empty where only a person can know what is right.
    repair: &'static [&'static str],
}

/// A number in a row that counts other rows.
macro_rules! counted {
    ($table:literal . $id:literal, $column:literal, $count:literal) => {
        concat!(
            "SELECT ", $table, ".", $id, ", ", $table, ".", $column, ", (", $count, ") FROM ", $table, " WHERE ",
            $table, ".", $column, " <> (", $count, ")",
        )
    };
}

/// Holds the row, so that nobody changes what is counted in it meanwhile.
macro_rules! hold {
    ($table:literal . $id:literal) => {
        concat!("SELECT ", $id, " FROM ", $table, " WHERE ", $id, " = $1", held!())
    };
}

/// Counts anew, and raises what tells clients that the number is newer than theirs.
macro_rules! recount {
    ($table:literal . $id:literal, $column:literal, $count:literal, $newer:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ",
            $column,
            " = (",
            $count,
            ")",
            $newer,
            " WHERE ",
            $table,
            ".",
            $id,
            " = $1 AND ",
            $table,
            ".",
            $column,
            " <> (",
            $count,
            ")",
        )
    };
}

/// A rule about a number that counts other rows.
macro_rules! count_rule {
    ($name:literal, $table:literal . $id:literal, $column:literal, $count:literal, $newer:literal) => {
        Rule {
            name: $name,
            about: concat!("`", $table, ".", $column, "` is not how many there are"),
            find: counted!($table.$id, $column, $count),
            repair: &[hold!($table.$id), recount!($table.$id, $column, $count, $newer)],
        }
    };
}

const RULES: &[Rule] = &[
    count_rule!(
        "likes of posts", "post"."id", "like_count",
        "SELECT count(*) FROM post_like WHERE post_like.post_id = post.id", ", like_version = like_version + 1"
    ),
    count_rule!(
        "likes of comments", "comment"."id", "like_count",
        "SELECT count(*) FROM comment_like WHERE comment_like.comment_id = comment.id",
        ", like_version = like_version + 1"
    ),
    count_rule!(
        "comments", "post"."id", "comment_count",
        "SELECT count(*) FROM comment WHERE comment.post_id = post.id AND comment.deleted_at IS NULL",
        ", comment_version = comment_version + 1"
    ),
    count_rule!(
        "followers", "person"."id", "follower_count",
        "SELECT count(*) FROM follow WHERE follow.followee_id = person.id", ""
    ),
    count_rule!(
        "following", "person"."id", "following_count",
        "SELECT count(*) FROM follow WHERE follow.follower_id = person.id", ""
    ),
    count_rule!(
        "applications", "job"."id", "application_count",
        "SELECT count(*) FROM application WHERE application.job_id = job.id AND application.stage <> 'withdrawn'",
        ", version = version + 1"
    ),
    count_rule!(
        "unread notifications", "person_bell"."user_id", "unread_count",
        "SELECT count(*) FROM notification WHERE notification.user_id = person_bell.user_id AND notification.shown \
         AND notification.read_at IS NULL AND notification.removed_at IS NULL",
        ", last_seq = last_seq + 1"
    ),
    // Unread messages are counted when they are told, and things are not kept of them.
    Rule {
        name: "notifications",
        about: "`notification.count` is not how many things are behind it",
        find: "SELECT notification.id, notification.count, (SELECT count(*) FROM notification_thing \
               WHERE notification_thing.notification_id = notification.id AND notification_thing.gone_at IS NULL) \
               FROM notification WHERE EXISTS (SELECT 1 FROM notification_thing AS known \
               WHERE known.notification_id = notification.id) AND notification.count <> (SELECT count(*) \
               FROM notification_thing WHERE notification_thing.notification_id = notification.id \
               AND notification_thing.gone_at IS NULL)",
        repair: &[
            "UPDATE person_bell SET last_seq = last_seq + 1 \
             WHERE user_id = (SELECT notification.user_id FROM notification WHERE notification.id = $1)",
            "UPDATE notification SET count = (SELECT count(*) FROM notification_thing \
             WHERE notification_thing.notification_id = notification.id AND notification_thing.gone_at IS NULL), \
             actor_count = (SELECT count(DISTINCT notification_thing.actor_id) FROM notification_thing \
             WHERE notification_thing.notification_id = notification.id AND notification_thing.gone_at IS NULL), \
             seq = (SELECT person_bell.last_seq FROM person_bell WHERE person_bell.user_id = notification.user_id) \
             WHERE id = $1",
        ],
    },
    Rule {
        name: "entries of bells",
        about: "`person_bell.last_seq` is behind a notification of that person",
        find: "SELECT person_bell.user_id, person_bell.last_seq, max(notification.seq) FROM person_bell CROSS JOIN \
               notification WHERE notification.user_id = person_bell.user_id \
               AND notification.seq > person_bell.last_seq GROUP BY person_bell.user_id, person_bell.last_seq",
        repair: &[
            hold!("person_bell"."user_id"),
            "UPDATE person_bell SET last_seq = (SELECT max(notification.seq) FROM notification \
             WHERE notification.user_id = $1) + 1 WHERE user_id = $1 AND last_seq < (SELECT max(notification.seq) \
             FROM notification WHERE notification.user_id = $1)",
        ],
    },
    Rule {
        name: "numbers of messages",
        about: "the messages of a conversation are not numbered one after the other",
        find: "SELECT id, number, place FROM (SELECT message.id AS id, message.number AS number, \
               sum(CASE WHEN message.note IS NULL THEN 1 ELSE 0 END) OVER (PARTITION BY message.conversation_id \
               ORDER BY message.seq) AS place FROM message) AS numbered WHERE number <> place",
        repair: &[],
    },
    count_rule!(
        "last numbers", "conversation"."id", "last_number",
        "SELECT count(*) FROM message WHERE message.conversation_id = conversation.id AND message.note IS NULL",
        ", version = version + 1"
    ),
    Rule {
        name: "entries of conversations",
        about: "`conversation.seq` is behind a message of that conversation",
        find: "SELECT conversation.id, conversation.seq, max(message.revision) FROM conversation CROSS JOIN message \
               WHERE message.conversation_id = conversation.id GROUP BY conversation.id, conversation.seq \
               HAVING max(message.revision) > conversation.seq",
        repair: &[
            hold!("conversation"."id"),
            "UPDATE conversation SET seq = (SELECT max(message.revision) FROM message \
             WHERE message.conversation_id = $1) WHERE id = $1 AND seq < (SELECT max(message.revision) \
             FROM message WHERE message.conversation_id = $1)",
        ],
    },
    Rule {
        name: "changes of messages",
        about: "a message changed before it was written: `message.revision` is below its `seq`",
        find: "SELECT message.id, message.revision, message.seq FROM message WHERE message.revision < message.seq",
        repair: &[],
    },
    Rule {
        name: "last messages",
        about: "`conversation.last_message_id` is not the newest message",
        find: "SELECT conversation.id, coalesce(conversation.last_message_id, 0), coalesce((SELECT message.id \
               FROM message WHERE message.conversation_id = conversation.id ORDER BY message.seq DESC LIMIT 1), 0) \
               FROM conversation WHERE coalesce(conversation.last_message_id, 0) <> coalesce((SELECT message.id \
               FROM message WHERE message.conversation_id = conversation.id ORDER BY message.seq DESC LIMIT 1), 0)",
        repair: &[
            hold!("conversation"."id"),
            "UPDATE conversation SET version = version + 1, last_message_id = (SELECT message.id FROM message \
             WHERE message.conversation_id = conversation.id ORDER BY message.seq DESC LIMIT 1) WHERE id = $1",
        ],
    },
    Rule {
        name: "positions in conversations",
        about: "somebody read or received more messages than there are",
        find: "SELECT member.conversation_id, max(member.read_number), conversation.last_number \
               FROM conversation_member AS member CROSS JOIN conversation \
               WHERE conversation.id = member.conversation_id AND (member.read_number > conversation.last_number \
               OR member.delivered_number > conversation.last_number) \
               GROUP BY member.conversation_id, conversation.last_number",
        repair: &[
            hold!("conversation"."id"),
            "UPDATE conversation_member SET read_number = (SELECT conversation.last_number FROM conversation \
             WHERE conversation.id = $1), version = version + 1 WHERE conversation_id = $1 AND read_number > \
             (SELECT conversation.last_number FROM conversation WHERE conversation.id = $1)",
            "UPDATE conversation_member SET delivered_number = (SELECT conversation.last_number FROM conversation \
             WHERE conversation.id = $1), version = version + 1 WHERE conversation_id = $1 AND delivered_number > \
             (SELECT conversation.last_number FROM conversation WHERE conversation.id = $1)",
        ],
    },
    Rule {
        name: "pairs",
        about: "a conversation of two has not these two as its members",
        find: "SELECT conversation.id, (SELECT count(*) FROM conversation_member AS member \
               WHERE member.conversation_id = conversation.id), CAST(2 AS BIGINT) FROM conversation \
               WHERE conversation.kind = 'direct' AND (SELECT count(*) FROM conversation_member AS member \
               WHERE member.conversation_id = conversation.id \
               AND member.user_id IN (conversation.pair_low, conversation.pair_high)) <> 2",
        repair: &[],
    },
    Rule {
        name: "connections",
        about: "the two sides of a connection do not say the same",
        find: "SELECT mine.person_id, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) FROM connection AS mine \
               WHERE NOT EXISTS (SELECT 1 FROM connection AS other WHERE other.person_id = mine.other_id \
               AND other.other_id = mine.person_id AND other.state = CASE mine.state WHEN 'requested' THEN 'asked' \
               WHEN 'asked' THEN 'requested' ELSE mine.state END)",
        repair: &[],
    },
    Rule {
        name: "steps of applications",
        about: "`application.version` is not that of its last step",
        find: "SELECT application.id, application.version, coalesce((SELECT max(application_step.place) \
               FROM application_step WHERE application_step.application_id = application.id), 0) FROM application \
               WHERE application.version <> coalesce((SELECT max(application_step.place) FROM application_step \
               WHERE application_step.application_id = application.id), 0)",
        repair: &[],
    },
    Rule { name: "orphaned rows", about: "a row refers to one that is not there", find: ORPHANS, repair: &[] },
];

/// The rules, on one connection.
pub(in crate::server::store) struct Rules(pub(in crate::server::store) DbConnection);

impl Rules {
    /// All that breaks a rule, and the files that there must be, both as of the same moment.
    pub(in crate::server::store) async fn find(&mut self) -> Stored<(Vec<Fault>, Vec<KeptFile>)> {
        sqlx::query::<Db>(BEGIN_READING).execute(&mut self.0).await?;
        let mut faults = Vec::new();
        for rule in RULES {
            let mut fault = Fault {
                rule: rule.name,
                about: rule.about,
                ids: Vec::new(),
                examples: Vec::new(),
                is_repairable: !rule.repair.is_empty(),
            };
            let mut found = sqlx::query_as::<Db, (i64, Option<i64>, Option<i64>)>(rule.find).fetch(&mut self.0);
            while let Some((id, is, should)) = found.try_next().await? {
                if fault.examples.len() < EXAMPLES {
                    let said = is.zip(should).map(|(is, should)| format!(" ({is}, not {should})"));
                    fault.examples.push(format!("{id}{}", said.unwrap_or_default()));
                }
                fault.ids.push(id);
            }
            if !fault.ids.is_empty() {
                faults.push(fault);
            }
        }
        let files = self.files().await?;
        sqlx::query::<Db>("COMMIT").execute(&mut self.0).await?;
        Ok((faults, files))
    }

    /// The files of which the rows tell.
    pub(in crate::server::store) async fn files(&mut self) -> Stored<Vec<KeptFile>> {
        let select = "SELECT CAST('image' AS TEXT), id, size_bytes FROM image \
                      UNION ALL SELECT 'attachment', id, size_bytes FROM attachment WHERE discarded = FALSE";
        let found = sqlx::query_as::<Db, (String, i64, i64)>(select).fetch(&mut self.0);
        let files = found.map_ok(|(kind, id, bytes)| KeptFile {
            kind: if kind == "image" { FileKind::Image } else { FileKind::Attachment },
            id: number(id),
            bytes: number(bytes),
        });
        Ok(files.try_collect().await?)
    }

    pub(in crate::server::store) async fn close(self) -> Stored<()> {
        Ok(self.0.close().await?)
    }

    /// Sets right what can be, each row in a transaction of its own: how many of each rule.
    pub(in crate::server::store) async fn repair(&mut self, faults: &[Fault]) -> Stored<HashMap<&'static str, u64>> {
        let mut repaired = HashMap::<&'static str, u64>::new();
        for fault in faults.iter().filter(|fault| fault.is_repairable) {
            let Some(rule) = RULES.iter().find(|rule| rule.name == fault.rule) else { continue };
            for id in &fault.ids {
                sqlx::query::<Db>(BEGIN_WRITING).execute(&mut self.0).await?;
                for statement in rule.repair {
                    sqlx::query::<Db>(*statement).bind(*id).execute(&mut self.0).await?;
                }
                sqlx::query::<Db>("COMMIT").execute(&mut self.0).await?;
                *repaired.entry(rule.name).or_default() += 1;
            }
        }
        Ok(repaired)
    }
}
