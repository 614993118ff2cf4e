//! Announcements, those they are for, and those they reached.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{PersonRefRow, key, moment, ms, number, rows},
};
use crate::{
    protocol::{
        announcements::{Reach, Recipients},
        ids::{AnnouncementId, NotificationId, UserId},
        limits::NEWCOMER_DAYS,
        time::Timestamp,
    },
    server::domain::ports::{AnnouncementRecord, AnnouncementsRead, AnnouncementsWrite, NewAnnouncementRecord, Stored},
};

/// How long before an announcement begins its newcomers joined, at most, in milliseconds.
const NEWCOMER_MS: u64 = NEWCOMER_DAYS * 24 * 60 * 60 * 1_000;

macro_rules! select_announcements {
    ($rest:literal) => {
        concat!(
            "SELECT announcement.id, announcement.title, announcement.content, announcement.entities, ",
            "announcement.recipients, announcement.starts_at, announcement.ends_at, announcement.ended_at, ",
            person_columns!(),
            " FROM announcement CROSS JOIN person WHERE person.id = announcement.author_id AND ",
            $rest,
        )
    };
}

/// A `person` is among `$1` of an announcement before whose beginning newcomers joined at `$2` or later.
macro_rules! among {
    () => {
        "person.suspended_at IS NULL AND ($1 = 'everyone' OR ($1 = 'newcomers' AND person.created_at >= $2) OR \
         ($1 = 'staff' AND person.role <> 'member'))"
    };
}

pub(super) const RECIPIENTS: &str =
    concat!("SELECT person.id FROM person WHERE person.id > $3 AND ", among!(), " ORDER BY person.id LIMIT $4",);
const COUNT_RECIPIENTS: &str = concat!("SELECT count(*) FROM person WHERE ", among!());

/// What is unread is asked for by its name, so that a full bell is not looked through.
const UNREAD_BY_ONE: &str = concat!(
    "SELECT notification.id AS notification_id, announcement.id, announcement.title, announcement.content, ",
    "announcement.entities, announcement.recipients, announcement.starts_at, announcement.ends_at, ",
    "announcement.ended_at, ",
    person_columns!(),
    " FROM announcement CROSS JOIN notification_thing CROSS JOIN notification CROSS JOIN person ",
    "WHERE announcement.starts_at <= $2 AND announcement.ends_at > $2 AND announcement.ended_at IS NULL ",
    "AND notification_thing.user_id = $1 AND notification_thing.thing = 'announcement:' || announcement.id ",
    "AND notification.id = notification_thing.notification_id AND notification.shown ",
    "AND notification.read_at IS NULL AND notification.removed_at IS NULL AND person.id = announcement.author_id ",
    "ORDER BY announcement.id DESC LIMIT 1",
);

pub(super) const REACH: &str = "SELECT count(*), count(CASE WHEN notification.read_at < $2 THEN 1 END) \
     FROM notification_thing CROSS JOIN notification WHERE notification.id = notification_thing.notification_id \
     AND notification_thing.about = $1 AND notification.occasion = 'announced'";

pub(super) const UNREAD: &str = "SELECT notification.user_id, notification.id FROM notification_thing \
     CROSS JOIN notification WHERE notification.id = notification_thing.notification_id \
     AND notification_thing.about = $1 AND notification.occasion = 'announced' AND notification.shown \
     AND notification.read_at IS NULL AND notification.removed_at IS NULL ORDER BY notification.user_id LIMIT $2";

pub(super) const UNREAD_OF_ONE: &str = "SELECT notification.id FROM notification_thing \
     CROSS JOIN notification WHERE notification_thing.user_id = $1 AND notification_thing.thing = $2 \
     AND notification.id = notification_thing.notification_id AND notification.shown \
     AND notification.read_at IS NULL AND notification.removed_at IS NULL";

#[derive(sqlx::FromRow)]
struct AnnouncementRow {
    id: i64,
    title: String,
    content: String,
    entities: String,
    recipients: String,
    starts_at: i64,
    ends_at: i64,
    ended_at: Option<i64>,
    #[sqlx(flatten)]
    author: PersonRefRow,
}

#[derive(sqlx::FromRow)]
struct UnreadRow {
    notification_id: i64,
    #[sqlx(flatten)]
    announcement: AnnouncementRow,
}

impl AnnouncementRow {
    fn into_record(self) -> Stored<AnnouncementRecord> {
        Ok(AnnouncementRecord {
            id: AnnouncementId::new(number(self.id)),
            author: self.author.into(),
            title: self.title,
            content: self.content,
            entities: columns::from_json(&self.entities)?,
            recipients: columns::recipients(&self.recipients)?,
            starts_at: moment(self.starts_at),
            ends_at: moment(self.ends_at),
            ended_at: self.ended_at.map(moment),
        })
    }
}

/// Newcomers to what begins then joined at this moment or later.
fn joined_since(starts_at: Timestamp) -> i64 {
    ms(starts_at.minus(Duration::from_millis(NEWCOMER_MS)))
}

#[async_trait]
impl AnnouncementsRead for Link {
    async fn announcement(&mut self, id: AnnouncementId) -> Stored<Option<AnnouncementRecord>> {
        let row = sqlx::query_as::<Db, AnnouncementRow>(select_announcements!("announcement.id = $1"))
            .bind(key(id.get()))
            .fetch_optional(self.connection())
            .await?;
        row.map(AnnouncementRow::into_record).transpose()
    }

    async fn announcements(
        &mut self,
        told_to: Option<UserId>,
        now: Timestamp,
        before: Option<AnnouncementId>,
        limit: usize,
    ) -> Stored<Vec<AnnouncementRecord>> {
        // There are few announcements: all of them are looked through for those of one person.
        let select = select_announcements!(
            "announcement.id < $1 AND ($3 = 0 OR (announcement.starts_at <= $4 AND (announcement.recipients = \
             'everyone' OR (SELECT 1 FROM person AS reader WHERE reader.id = $3 AND (announcement.recipients = 'staff' \
             AND reader.role <> 'member' OR announcement.recipients = 'newcomers' AND \
             reader.created_at >= announcement.starts_at - $5)) IS NOT NULL))) ORDER BY announcement.id DESC LIMIT $2"
        );
        let found = sqlx::query_as::<Db, AnnouncementRow>(select)
            .bind(before.map_or(i64::MAX, |id| key(id.get())))
            .bind(rows(limit))
            .bind(told_to.map_or(0, |id| key(id.get())))
            .bind(ms(now))
            .bind(key(NEWCOMER_MS))
            .fetch_all(self.connection())
            .await?;
        found.into_iter().map(AnnouncementRow::into_record).collect()
    }

    async fn unread_announcement(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Stored<Option<(AnnouncementRecord, NotificationId)>> {
        let row = sqlx::query_as::<Db, UnreadRow>(UNREAD_BY_ONE).bind(key(user.get())).bind(ms(now));
        let row = row.fetch_optional(self.connection()).await?;
        let told = |row: UnreadRow| {
            row.announcement.into_record().map(|record| (record, NotificationId::new(number(row.notification_id))))
        };
        row.map(told).transpose()
    }

    async fn announcement_by_client_id(&mut self, author: UserId, client_id: &str) -> Stored<Option<AnnouncementId>> {
        let select = "SELECT id FROM announcement WHERE author_id = $1 AND client_id = $2";
        let id = sqlx::query_scalar::<Db, i64>(select).bind(key(author.get())).bind(client_id);
        Ok(id.fetch_optional(self.connection()).await?.map(|id| AnnouncementId::new(number(id))))
    }

    async fn recipients(
        &mut self,
        of: Recipients,
        starts_at: Timestamp,
        after: UserId,
        limit: usize,
    ) -> Stored<Vec<UserId>> {
        let found = sqlx::query_scalar::<Db, i64>(RECIPIENTS)
            .bind(of.as_str())
            .bind(joined_since(starts_at))
            .bind(key(after.get()))
            .bind(rows(limit));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn count_recipients(&mut self, of: Recipients, starts_at: Timestamp) -> Stored<u64> {
        let count = sqlx::query_scalar::<Db, i64>(COUNT_RECIPIENTS).bind(of.as_str()).bind(joined_since(starts_at));
        Ok(number(count.fetch_one(self.connection()).await?))
    }

    async fn reach(&mut self, id: AnnouncementId, over_at: Timestamp) -> Stored<Reach> {
        let reach = sqlx::query_as::<Db, (i64, i64)>(REACH).bind(key(id.get())).bind(ms(over_at));
        let (raised, read) = reach.fetch_one(self.connection()).await?;
        Ok(Reach { raised: number(raised), read: number(read) })
    }

    async fn unread_of_announcement(
        &mut self,
        id: AnnouncementId,
        limit: usize,
    ) -> Stored<Vec<(UserId, NotificationId)>> {
        let found = sqlx::query_as::<Db, (i64, i64)>(UNREAD).bind(key(id.get())).bind(rows(limit));
        let found = found.fetch_all(self.connection()).await?;
        let pair = |(user, id)| (UserId::new(number(user)), NotificationId::new(number(id)));
        Ok(found.into_iter().map(pair).collect())
    }

    async fn unread_of_announcement_by(&mut self, user: UserId, id: AnnouncementId) -> Stored<Option<NotificationId>> {
        let found = sqlx::query_scalar::<Db, i64>(UNREAD_OF_ONE).bind(key(user.get()));
        let found = found.bind(format!("announcement:{id}")).fetch_optional(self.connection()).await?;
        Ok(found.map(|id| NotificationId::new(number(id))))
    }
}

#[async_trait]
impl AnnouncementsWrite for Link {
    async fn insert_announcement(&mut self, announcement: &NewAnnouncementRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO announcement (id, author_id, title, content, entities, recipients, starts_at, ends_at, \
             created_at, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(key(announcement.id.get()))
        .bind(key(announcement.author.get()))
        .bind(&announcement.title)
        .bind(&announcement.content)
        .bind(columns::json(&announcement.entities)?)
        .bind(announcement.recipients.as_str())
        .bind(ms(announcement.starts_at))
        .bind(ms(announcement.ends_at))
        .bind(ms(announcement.created_at))
        .bind(&announcement.client_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn end_announcement(&mut self, id: AnnouncementId, at: Timestamp) -> Stored<()> {
        let update = "UPDATE announcement SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }
}
