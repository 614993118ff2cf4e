//! Notifications: what people are told, counted exactly, and how they want to be told.

#[allow(clippy::duplicate_mod, reason = "a file of queries is compiled once for each database")]
#[path = "notifications/things.rs"]
mod things;

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{self, PersonRefRow, key, moment, ms, number, rows, variant, word},
    key_list, text_list,
};
use crate::{
    protocol::{
        ids::{ConversationId, MessageId, NotificationId, PostId, UserId},
        limits::{ACTORS_SHOWN, QUOTE_MAX_CHARS},
        notifications::{KindPreference, NotificationFilter, NotificationKind, QuietHours},
        time::Timestamp,
        views::PersonRef,
    },
    server::domain::ports::{
        AllChanged, BellRecord, ChangedNotification, MessagesRecord, NotificationRecord, NotificationSettings,
        NotificationsRead, NotificationsWrite, NotifyFacts, Stored, ThingRecord, ToldNotification, UnreadMember,
        UnreadMessages,
    },
};

/// So many things are looked at to find the newest people behind a notification before all of them are.
const THINGS_LOOKED_AT: i64 = 50;

/// A page of what the bell shows, narrowed.
macro_rules! page {
    ($narrowed:literal) => {
        concat!(
            "SELECT ",
            notification_columns!(),
            " FROM notification WHERE user_id = $1 AND shown AND removed_at IS NULL",
            $narrowed,
            " AND place < $2 ORDER BY place DESC LIMIT $3",
        )
    };
}

pub(super) const PAGE_OF_ALL: &str = page!("");
pub(super) const PAGE_OF_UNREAD: &str = page!(" AND read_at IS NULL");
pub(super) const PAGE_OF_MENTIONS: &str = page!(" AND kind = 'mention'");
pub(super) const PAGE_OF_REQUESTS: &str = page!(" AND occasion = 'connection_asked'");

const ONE: &str = concat!("SELECT ", notification_columns!(), " FROM notification WHERE id = $1");

pub(super) const OPEN_OF_GROUP: &str = concat!(
    "SELECT ",
    notification_columns!(),
    " FROM notification WHERE user_id = $1 AND group_key = $2 AND is_open",
);

pub(super) const UNREAD_MEMBERS: &str = "SELECT member.user_id, member.read_number, \
     conversation.last_number - member.read_number FROM conversation CROSS JOIN conversation_member AS member \
     WHERE conversation.id = $1 AND member.conversation_id = conversation.id AND member.standing = 'active' \
     AND NOT member.muted AND member.read_number < conversation.last_number ORDER BY member.user_id";

/// Entries of the log are at least as many as messages, so that `seq` bounds what is read.
pub(super) const UNREAD_MESSAGES: &str = "SELECT id, sender_id, content, created_at FROM message \
     WHERE conversation_id = $1 AND seq > $2 AND number > $2 AND sender_id <> $3 AND note IS NULL \
     AND deleted_at IS NULL ORDER BY seq DESC LIMIT $4";

const UNREAD_SENDERS: &str = "SELECT count(DISTINCT sender_id) FROM message \
     WHERE conversation_id = $1 AND seq > $2 AND number > $2 AND sender_id <> $3 AND note IS NULL \
     AND deleted_at IS NULL";

/// A notification is the newest of its group: only that one takes in more.
macro_rules! newest_of_its_group {
    () => {
        "NOT EXISTS (SELECT 1 FROM notification AS other WHERE other.user_id = notification.user_id \
         AND other.group_key = notification.group_key AND other.id > notification.id)"
    };
}

#[derive(sqlx::FromRow)]
pub(super) struct NotificationRow {
    id: i64,
    user_id: i64,
    occasion: String,
    target: String,
    subject: Option<String>,
    excerpt: Option<String>,
    count: i64,
    actor_count: i64,
    actors: String,
    place: i64,
    updated_at: i64,
    read_at: Option<i64>,
    removed_at: Option<i64>,
    shown: bool,
    seq: i64,
    changed: bool,
    alert: bool,
    told_at: Option<i64>,
}

impl NotificationRow {
    /// Whether it is one of those that the bell counts.
    fn counts(&self) -> bool {
        self.shown && self.read_at.is_none() && self.removed_at.is_none()
    }

    fn actor_ids(&self) -> Stored<Vec<i64>> {
        columns::from_json(&self.actors)
    }

    fn changed(&self) -> ChangedNotification {
        ChangedNotification {
            id: NotificationId::new(number(self.id)),
            user_id: UserId::new(number(self.user_id)),
            told_at: self.told_at.map(moment),
        }
    }

    fn into_record(self, people: &HashMap<i64, PersonRef>) -> Stored<NotificationRecord> {
        let actors = self.actor_ids()?.into_iter().filter_map(|id| people.get(&id).cloned()).collect();
        Ok(NotificationRecord {
            id: NotificationId::new(number(self.id)),
            user_id: UserId::new(number(self.user_id)),
            occasion: variant(&self.occasion)?,
            target: columns::from_json(&self.target)?,
            subject: self.subject,
            excerpt: self.excerpt,
            count: number(self.count),
            actor_count: number(self.actor_count),
            actors,
            place: number(self.place),
            updated_at: moment(self.updated_at),
            read_at: self.read_at.map(moment),
            removed_at: self.removed_at.map(moment),
            shown: self.shown,
            seq: number(self.seq),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    blocked: bool,
    enabled: Option<bool>,
    in_app: Option<bool>,
    push: Option<bool>,
    email: Option<String>,
}

impl Link {
    pub(super) async fn with_people(&mut self, found: Vec<NotificationRow>) -> Stored<Vec<NotificationRecord>> {
        let mut ids = Vec::new();
        for row in &found {
            ids.extend(row.actor_ids()?);
        }
        let mut people = HashMap::new();
        if !ids.is_empty() {
            let select = concat!("SELECT ", person_columns!(), " FROM person WHERE id ", one_of!("$1"));
            let named = sqlx::query_as::<Db, PersonRefRow>(select).bind(key_list(&ids)?);
            let named = named.fetch_all(self.connection()).await?;
            people.extend(named.into_iter().map(|row| (row.key(), PersonRef::from(row))));
        }
        found.into_iter().map(|row| row.into_record(&people)).collect()
    }

    async fn notification_row(&mut self, id: i64) -> Stored<Option<NotificationRow>> {
        Ok(sqlx::query_as::<Db, NotificationRow>(ONE).bind(id).fetch_optional(self.connection()).await?)
    }

    async fn open_of_group(&mut self, user: UserId, group_key: &str) -> Stored<Option<NotificationRow>> {
        let open = sqlx::query_as::<Db, NotificationRow>(OPEN_OF_GROUP).bind(key(user.get())).bind(group_key);
        Ok(open.fetch_optional(self.connection()).await?)
    }

    /// Counts one more or less unread. What the bell holds now.
    async fn count_unread(&mut self, user: i64, step: i64) -> Stored<()> {
        if step != 0 {
            let update = "UPDATE person_bell SET unread_count = unread_count + $2 WHERE user_id = $1";
            sqlx::query::<Db>(update).bind(user).bind(step).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Takes the next entry of a person's log, with which so many more are unread.
    async fn next_bell_entry(&mut self, user: i64, step: i64) -> Stored<BellRecord> {
        let update = "UPDATE person_bell SET last_seq = last_seq + 1, unread_count = unread_count + $2 \
                      WHERE user_id = $1 RETURNING unread_count, last_seq";
        let bell = sqlx::query_as::<Db, (i64, i64)>(update).bind(user).bind(step);
        let (unread, seq) = bell.fetch_one(self.connection()).await?;
        Ok(BellRecord { unread_count: number(unread), seq: number(seq) })
    }
}

#[async_trait]
impl NotificationsRead for Link {
    async fn notifications(
        &mut self,
        user: UserId,
        filter: NotificationFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<NotificationRecord>> {
        let select = match filter {
            NotificationFilter::All => PAGE_OF_ALL,
            NotificationFilter::Unread => PAGE_OF_UNREAD,
            NotificationFilter::Mentions => PAGE_OF_MENTIONS,
            NotificationFilter::Requests => PAGE_OF_REQUESTS,
        };
        let before = before.map_or(i64::MAX, key);
        let page = sqlx::query_as::<Db, NotificationRow>(select).bind(key(user.get())).bind(before).bind(rows(limit));
        let found = page.fetch_all(self.connection()).await?;
        self.with_people(found).await
    }

    async fn notification(&mut self, user: UserId, id: NotificationId) -> Stored<Option<NotificationRecord>> {
        let found = self.notification_row(key(id.get())).await?.filter(|row| row.user_id == key(user.get()));
        Ok(self.with_people(found.into_iter().collect()).await?.pop())
    }

    async fn bell(&mut self, user: UserId) -> Stored<BellRecord> {
        let select = "SELECT unread_count, last_seq FROM person_bell WHERE user_id = $1";
        let bell = sqlx::query_as::<Db, (i64, i64)>(select).bind(key(user.get()));
        let bell = bell.fetch_optional(self.connection()).await?;
        Ok(bell.map_or_else(BellRecord::default, |(unread, seq)| BellRecord {
            unread_count: number(unread),
            seq: number(seq),
        }))
    }

    async fn notify_facts(
        &mut self,
        recipient: UserId,
        actor: Option<UserId>,
        kind: NotificationKind,
    ) -> Stored<NotifyFacts> {
        let select = "SELECT setting.enabled, choice.in_app, choice.push, choice.email, \
             (EXISTS (SELECT 1 FROM block WHERE blocker_id = $1 AND blocked_id = $2) \
             OR EXISTS (SELECT 1 FROM block WHERE blocker_id = $2 AND blocked_id = $1)) AS blocked \
             FROM person LEFT JOIN notification_setting AS setting ON setting.user_id = person.id \
             LEFT JOIN notification_choice AS choice ON choice.user_id = person.id AND choice.kind = $3 \
             WHERE person.id = $1";
        let facts = sqlx::query_as::<Db, FactsRow>(select)
            .bind(key(recipient.get()))
            .bind(actor.map(|actor| key(actor.get())))
            .bind(kind.as_str());
        let facts = facts.fetch_one(self.connection()).await?;
        let choice = match (facts.in_app, facts.push, facts.email) {
            (Some(in_app), Some(push), Some(email)) => {
                Some(KindPreference { kind, in_app, push, email: variant(&email)? })
            }
            _ => None,
        };
        Ok(NotifyFacts { blocked: facts.blocked, enabled: facts.enabled, choice })
    }

    async fn notification_settings(&mut self, user: UserId) -> Stored<Option<NotificationSettings>> {
        let select = "SELECT enabled, quiet_from, quiet_until, time_zone, digest_minute FROM notification_setting \
                      WHERE user_id = $1";
        let found = sqlx::query_as::<Db, (bool, Option<i64>, Option<i64>, String, i64)>(select).bind(key(user.get()));
        let found = found.fetch_optional(self.connection()).await?;
        Ok(found.map(|(enabled, from, until, time_zone, digest_minute)| NotificationSettings {
            enabled,
            quiet_hours: from
                .zip(until)
                .map(|(from, until)| QuietHours { from_minute: minute(from), until_minute: minute(until) }),
            time_zone,
            digest_minute: minute(digest_minute),
        }))
    }

    async fn notification_choices(&mut self, user: UserId) -> Stored<Vec<KindPreference>> {
        let select = "SELECT kind, in_app, push, email FROM notification_choice WHERE user_id = $1";
        let found = sqlx::query_as::<Db, (String, bool, bool, String)>(select).bind(key(user.get()));
        let found = found.fetch_all(self.connection()).await?;
        let choice = |(kind, in_app, push, email): (String, bool, bool, String)| {
            Ok(KindPreference { kind: variant(&kind)?, in_app, push, email: variant(&email)? })
        };
        found.into_iter().map(choice).collect()
    }

    async fn unread_members(&mut self, id: ConversationId) -> Stored<Vec<UnreadMember>> {
        let found = sqlx::query_as::<Db, (i64, i64, i64)>(UNREAD_MEMBERS).bind(key(id.get()));
        let found = found.fetch_all(self.connection()).await?.into_iter();
        Ok(found
            .map(|(user, read, unread)| UnreadMember {
                user_id: UserId::new(number(user)),
                read_number: number(read),
                unread: number(unread),
            })
            .collect())
    }

    async fn unread_messages(
        &mut self,
        id: ConversationId,
        reader: UserId,
        read_number: u64,
    ) -> Stored<Option<UnreadMessages>> {
        let (id, reader, read_number) = (key(id.get()), key(reader.get()), key(read_number));
        let found = sqlx::query_as::<Db, (i64, i64, String, i64)>(UNREAD_MESSAGES);
        let found = found.bind(id).bind(read_number).bind(reader).bind(THINGS_LOOKED_AT);
        let found = found.fetch_all(self.connection()).await?;
        let Some((message, _, content, at)) = found.first().cloned() else { return Ok(None) };
        let mut senders: Vec<i64> = Vec::new();
        for (_, sender, ..) in &found {
            if !senders.contains(sender) {
                senders.push(*sender);
            }
        }
        let actor_count = if found.len() < usize::try_from(THINGS_LOOKED_AT).unwrap_or(usize::MAX) {
            senders.len() as u64
        } else {
            let count = sqlx::query_scalar::<Db, i64>(UNREAD_SENDERS).bind(id).bind(read_number).bind(reader);
            number(count.fetch_one(self.connection()).await?)
        };
        Ok(Some(UnreadMessages {
            actor_count,
            actors: senders.into_iter().take(ACTORS_SHOWN).map(|id| UserId::new(number(id))).collect(),
            message_id: MessageId::new(number(message)),
            excerpt: content.chars().take(QUOTE_MAX_CHARS).collect(),
            at: moment(at),
        }))
    }

    async fn people_named(&mut self, usernames: &[String]) -> Stored<Vec<UserId>> {
        if usernames.is_empty() {
            return Ok(Vec::new());
        }
        let select = concat!("SELECT id FROM person WHERE username ", one_of!("$1"), " ORDER BY id");
        let found = sqlx::query_scalar::<Db, i64>(select).bind(text_list(usernames)?);
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn open_messages(&mut self, user: UserId, id: ConversationId) -> Stored<Option<NotificationId>> {
        let open = self.open_of_group(user, &messages_group(id)).await?;
        Ok(open.map(|row| NotificationId::new(number(row.id))))
    }
}

#[async_trait]
impl NotificationsWrite for Link {
    async fn hold_bell(&mut self, user: UserId) -> Stored<BellRecord> {
        // Changing it holds it, and makes it when there is none yet.
        let hold = "INSERT INTO person_bell (user_id) VALUES ($1) \
                    ON CONFLICT (user_id) DO UPDATE SET last_seq = person_bell.last_seq \
                    RETURNING unread_count, last_seq";
        let bell = sqlx::query_as::<Db, (i64, i64)>(hold).bind(key(user.get()));
        let (unread, seq) = bell.fetch_one(self.connection()).await?;
        Ok(BellRecord { unread_count: number(unread), seq: number(seq) })
    }

    async fn raise(&mut self, thing: &ThingRecord) -> Stored<Option<ChangedNotification>> {
        self.raise_thing(thing).await
    }

    async fn withdraw(&mut self, user: UserId, thing: &str, at: Timestamp) -> Stored<Option<ChangedNotification>> {
        let update = "UPDATE notification_thing SET gone_at = $3, excerpt = NULL \
                      WHERE user_id = $1 AND thing = $2 AND gone_at IS NULL RETURNING notification_id";
        let gone = sqlx::query_scalar::<Db, i64>(update).bind(key(user.get())).bind(thing).bind(ms(at));
        match gone.fetch_optional(self.connection()).await? {
            Some(id) => self.recount(id, at).await,
            None => Ok(None),
        }
    }

    async fn concerned_by(&mut self, about: u64, gone_at: Option<Timestamp>) -> Stored<Vec<UserId>> {
        let select = "SELECT DISTINCT user_id FROM notification_thing WHERE about = $1 \
                      AND coalesce(gone_at, 0) = coalesce(CAST($2 AS BIGINT), 0) ORDER BY user_id";
        let found = sqlx::query_scalar::<Db, i64>(select).bind(key(about)).bind(gone_at.map(ms));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn set_gone_about(
        &mut self,
        about: u64,
        from: Option<Timestamp>,
        gone_at: Option<Timestamp>,
    ) -> Stored<Vec<ChangedNotification>> {
        let update = "UPDATE notification_thing SET gone_at = $3 WHERE about = $1 \
                      AND coalesce(gone_at, 0) = coalesce(CAST($2 AS BIGINT), 0) RETURNING notification_id";
        let touched = sqlx::query_scalar::<Db, i64>(update).bind(key(about)).bind(from.map(ms)).bind(gone_at.map(ms));
        let touched = touched.fetch_all(self.connection()).await?;
        self.recount_all(touched, gone_at.or(from)).await
    }

    async fn set_gone_between(
        &mut self,
        user: UserId,
        actor: UserId,
        at: Timestamp,
    ) -> Stored<Vec<ChangedNotification>> {
        let update = "UPDATE notification_thing SET gone_at = $3 WHERE user_id = $1 AND actor_id = $2 \
                      AND gone_at IS NULL RETURNING notification_id";
        let touched = sqlx::query_scalar::<Db, i64>(update).bind(key(user.get())).bind(key(actor.get())).bind(ms(at));
        let touched = touched.fetch_all(self.connection()).await?;
        self.recount_all(touched, Some(at)).await
    }

    async fn concerned_by_post(&mut self, post: PostId, removed_at: Option<Timestamp>) -> Stored<Vec<UserId>> {
        let select = "SELECT DISTINCT user_id FROM notification WHERE post_id = $1 AND count > 0 \
                      AND coalesce(removed_at, 0) = coalesce(CAST($2 AS BIGINT), 0) ORDER BY user_id";
        let found = sqlx::query_scalar::<Db, i64>(select).bind(key(post.get())).bind(removed_at.map(ms));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn set_removed_with_post(
        &mut self,
        post: PostId,
        from: Option<Timestamp>,
        removed_at: Option<Timestamp>,
    ) -> Stored<Vec<ChangedNotification>> {
        let update = concat!(
            "UPDATE notification SET removed_at = $3, changed = TRUE WHERE post_id = $1 AND count > 0 \
             AND coalesce(removed_at, 0) = coalesce(CAST($2 AS BIGINT), 0) RETURNING ",
            notification_columns!(),
        );
        let touched = sqlx::query_as::<Db, NotificationRow>(update);
        let touched = touched.bind(key(post.get())).bind(from.map(ms)).bind(removed_at.map(ms));
        let touched = touched.fetch_all(self.connection()).await?;
        let step = if removed_at.is_some() { -1 } else { 1 };
        for row in touched.iter().filter(|row| row.shown && row.read_at.is_none()) {
            self.count_unread(row.user_id, step).await?;
        }
        Ok(touched.iter().map(NotificationRow::changed).collect())
    }

    async fn raise_messages(&mut self, messages: &MessagesRecord) -> Stored<Option<ChangedNotification>> {
        self.raise_unread_messages(messages).await
    }

    async fn tell(&mut self, id: NotificationId, at: Timestamp) -> Stored<Option<ToldNotification>> {
        let Some(row) = self.notification_row(key(id.get())).await?.filter(|row| row.changed) else { return Ok(None) };
        let bell = if row.shown {
            self.next_bell_entry(row.user_id, 0).await?
        } else {
            self.bell(UserId::new(number(row.user_id))).await?
        };
        let update = "UPDATE notification SET changed = FALSE, alert = FALSE, told_at = $2, \
                      seq = CASE WHEN shown THEN $3 ELSE seq END WHERE id = $1";
        let told = sqlx::query::<Db>(update).bind(row.id).bind(ms(at)).bind(key(bell.seq));
        told.execute(self.connection()).await?;
        let is_news = row.alert;
        let Some(mut notification) = self.with_people(vec![row]).await?.pop() else { return Ok(None) };
        notification.seq = bell.seq;
        Ok(Some(ToldNotification { notification, is_news, bell }))
    }

    async fn set_read_notification(
        &mut self,
        user: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Stored<Option<BellRecord>> {
        let update = concat!(
            "UPDATE notification SET read_at = $3, read_together = FALSE, is_open = CASE WHEN $4 THEN FALSE ELSE ",
            newest_of_its_group!(),
            " END WHERE id = $2 AND user_id = $1 AND shown AND removed_at IS NULL AND (read_at IS NULL) = $4",
        );
        let changed = sqlx::query::<Db>(update)
            .bind(key(user.get()))
            .bind(key(id.get()))
            .bind(read_at.map(ms))
            .bind(read_at.is_some());
        if changed.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let step = if read_at.is_some() { -1 } else { 1 };
        let bell = self.next_bell_entry(key(user.get()), step).await?;
        let number = "UPDATE notification SET seq = $2 WHERE id = $1";
        sqlx::query::<Db>(number).bind(key(id.get())).bind(key(bell.seq)).execute(self.connection()).await?;
        Ok(Some(bell))
    }

    async fn read_all(&mut self, user: UserId, at: Timestamp) -> Stored<Option<AllChanged>> {
        let Some(newest) = self.newest_unread(user).await? else { return Ok(None) };
        let select = "SELECT coalesce(all_read_at, 0) FROM person_bell WHERE user_id = $1";
        let last = sqlx::query_scalar::<Db, i64>(select).bind(key(user.get())).fetch_one(self.connection()).await?;
        let at = ms(at).max(last + 1);
        let bell = self.next_bell_entry(key(user.get()), 0).await?;
        let update = "UPDATE notification SET read_at = $2, read_together = TRUE, is_open = FALSE, seq = $3 \
                      WHERE user_id = $1 AND shown AND removed_at IS NULL AND read_at IS NULL";
        let read = sqlx::query::<Db>(update).bind(key(user.get())).bind(at).bind(key(bell.seq));
        let count = read.execute(self.connection()).await?.rows_affected();
        let note = "UPDATE person_bell SET unread_count = unread_count - $2, all_read_at = $3 WHERE user_id = $1";
        let noted = sqlx::query::<Db>(note).bind(key(user.get())).bind(key(count)).bind(at);
        noted.execute(self.connection()).await?;
        let bell = BellRecord { unread_count: bell.unread_count.saturating_sub(count), seq: bell.seq };
        Ok(Some(AllChanged { newest, count, at: moment(at), bell }))
    }

    async fn undo_read_all(&mut self, user: UserId, at: Timestamp) -> Stored<Option<AllChanged>> {
        let update = concat!(
            "UPDATE notification SET read_at = NULL, read_together = FALSE, is_open = ",
            newest_of_its_group!(),
            " WHERE user_id = $1 AND shown AND removed_at IS NULL AND read_together AND read_at = $2 ",
            "AND EXISTS (SELECT 1 FROM person_bell WHERE user_id = $1 AND all_read_at = $2) RETURNING id",
        );
        let back = sqlx::query_scalar::<Db, i64>(update).bind(key(user.get())).bind(ms(at));
        let back = back.fetch_all(self.connection()).await?;
        let count = i64::try_from(back.len()).unwrap_or(i64::MAX);
        if back.is_empty() {
            return Ok(None);
        }
        let bell = self.next_bell_entry(key(user.get()), count).await?;
        let update = concat!("UPDATE notification SET seq = $2 WHERE id ", one_of!("$1"));
        let numbered = sqlx::query::<Db>(update).bind(key_list(&back)?).bind(key(bell.seq));
        numbered.execute(self.connection()).await?;
        let newest = self.newest_unread(user).await?.unwrap_or(NotificationId::new(0));
        Ok(Some(AllChanged { newest, count: number(count), at, bell }))
    }

    async fn set_notification_settings(&mut self, user: UserId, settings: &NotificationSettings) -> Stored<()> {
        let upsert = "INSERT INTO notification_setting \
             (user_id, enabled, quiet_from, quiet_until, time_zone, digest_minute) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (user_id) DO UPDATE SET enabled = $2, quiet_from = $3, quiet_until = $4, time_zone = $5, \
             digest_minute = $6";
        sqlx::query::<Db>(upsert)
            .bind(key(user.get()))
            .bind(settings.enabled)
            .bind(settings.quiet_hours.map(|quiet| i64::from(quiet.from_minute)))
            .bind(settings.quiet_hours.map(|quiet| i64::from(quiet.until_minute)))
            .bind(&settings.time_zone)
            .bind(i64::from(settings.digest_minute))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn set_notification_choice(&mut self, user: UserId, choice: &KindPreference) -> Stored<()> {
        let upsert = "INSERT INTO notification_choice (user_id, kind, in_app, push, email) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, kind) DO UPDATE SET in_app = $3, push = $4, email = $5";
        sqlx::query::<Db>(upsert)
            .bind(key(user.get()))
            .bind(choice.kind.as_str())
            .bind(choice.in_app)
            .bind(choice.push)
            .bind(word(choice.email)?)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn purge_notifications(&mut self, before: Timestamp, limit: usize) -> Stored<u64> {
        let delete = "DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE removed_at IS NOT NULL \
                      AND removed_at < $1 LIMIT $2)";
        let purged = sqlx::query::<Db>(delete).bind(ms(before)).bind(rows(limit));
        Ok(purged.execute(self.connection()).await?.rows_affected())
    }
}

impl Link {
    async fn newest_unread(&mut self, user: UserId) -> Stored<Option<NotificationId>> {
        let newest = sqlx::query_as::<Db, NotificationRow>(PAGE_OF_UNREAD);
        let newest = newest.bind(key(user.get())).bind(i64::MAX).bind(1_i64);
        let newest = newest.fetch_optional(self.connection()).await?;
        Ok(newest.map(|row| NotificationId::new(number(row.id))))
    }
}

/// The group of a conversation's messages.
fn messages_group(id: ConversationId) -> String {
    format!("messages:{id}")
}

fn minute(column: i64) -> u16 {
    u16::try_from(column).unwrap_or_default()
}
