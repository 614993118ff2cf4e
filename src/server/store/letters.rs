//! Letters: what waits to be sent, and what became of it.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{key, moment, ms, number, rows, small, variant, word},
    key_list,
    notifications::NotificationRow,
};
use crate::{
    protocol::{
        ids::{NotificationId, UserId},
        notifications::{Channel, Delivery, EmailTiming, NotificationStatus},
        time::Timestamp,
    },
    server::domain::ports::{
        ClaimedLetter, DueLetter, LetterPurpose, LetterRecipient, LettersRead, LettersWrite, NotificationRecord,
        StoreError, Stored,
    },
};

pub(super) const WAITING: &str = concat!(
    "SELECT ",
    notification_columns!(),
    " FROM delivery CROSS JOIN notification WHERE delivery.user_id = $1 AND delivery.channel = 'email' ",
    "AND delivery.timing = $2 AND delivery.status = 'queued' AND notification.id = delivery.notification_id ",
    "AND notification.read_at IS NULL AND notification.removed_at IS NULL ORDER BY notification.place DESC LIMIT $3",
);

/// Read counts as read, whatever the channel came to.
macro_rules! deliveries {
    ($narrowed:literal) => {
        concat!(
            "SELECT delivery.notification_id, delivery.user_id, person.username, notification.kind, delivery.channel, ",
            "CASE WHEN notification.read_at IS NULL THEN delivery.status ELSE 'read' END AS status, ",
            "delivery.reason, delivery.at FROM delivery CROSS JOIN notification CROSS JOIN person ",
            "WHERE notification.id = delivery.notification_id AND person.id = delivery.user_id ",
            "AND delivery.channel = $1 AND delivery.notification_id < $2 ",
            $narrowed,
            " ORDER BY delivery.notification_id DESC LIMIT $3",
        )
    };
}

/// The same of the bell, where the notification itself says what became of it.
macro_rules! shown_deliveries {
    ($narrowed:literal) => {
        concat!(
            "SELECT notification.id AS notification_id, notification.user_id, person.username, notification.kind, ",
            "'in_app' AS channel, CASE WHEN notification.read_at IS NOT NULL THEN 'read' ",
            "WHEN notification.told_at IS NOT NULL THEN 'delivered' ELSE 'queued' END AS status, ",
            "CAST(NULL AS TEXT) AS reason, ",
            "COALESCE(notification.read_at, notification.told_at, notification.created_at) AS at ",
            "FROM notification CROSS JOIN person WHERE person.id = notification.user_id ",
            "AND notification.shown = TRUE AND notification.removed_at IS NULL AND notification.id < $1 ",
            $narrowed,
            " ORDER BY notification.id DESC LIMIT $2",
        )
    };
}

pub(super) const DELIVERIES: &str = deliveries!("");
pub(super) const DELIVERIES_READ: &str =
    deliveries!("AND (notification.read_at IS NOT NULL OR delivery.status = 'read')");
pub(super) const DELIVERIES_WITH_STATUS: &str =
    deliveries!("AND delivery.status = $4 AND notification.read_at IS NULL");
pub(super) const SHOWN: &str = shown_deliveries!("");
pub(super) const SHOWN_QUEUED: &str =
    shown_deliveries!("AND notification.told_at IS NULL AND notification.read_at IS NULL");
pub(super) const SHOWN_DELIVERED: &str =
    shown_deliveries!("AND notification.told_at IS NOT NULL AND notification.read_at IS NULL");
pub(super) const SHOWN_READ: &str = shown_deliveries!("AND notification.read_at IS NOT NULL");

const fn purpose_word(purpose: LetterPurpose) -> &'static str {
    match purpose {
        LetterPurpose::AtOnce => "at_once",
        LetterPurpose::Daily => "daily",
        LetterPurpose::Confirm => "confirm",
        LetterPurpose::Reset => "reset",
    }
}

fn purpose(word: &str) -> Stored<LetterPurpose> {
    match word {
        "at_once" => Ok(LetterPurpose::AtOnce),
        "daily" => Ok(LetterPurpose::Daily),
        "confirm" => Ok(LetterPurpose::Confirm),
        "reset" => Ok(LetterPurpose::Reset),
        _ => Err(StoreError::Failed(format!("unknown purpose in the database: {word}").into())),
    }
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    notification_id: i64,
    user_id: i64,
    username: String,
    kind: String,
    channel: String,
    status: String,
    reason: Option<String>,
    at: i64,
}

impl DeliveryRow {
    fn into_delivery(self) -> Stored<Delivery> {
        Ok(Delivery {
            notification_id: NotificationId::new(number(self.notification_id)),
            user_id: UserId::new(number(self.user_id)),
            username: self.username,
            kind: variant(&self.kind)?,
            channel: variant(&self.channel)?,
            status: variant(&self.status)?,
            reason: self.reason,
            timestamp: moment(self.at),
        })
    }
}

impl Link {
    async fn deliveries_beside_the_bell(
        &mut self,
        channel: Channel,
        status: Option<NotificationStatus>,
        before: i64,
        limit: i64,
    ) -> Stored<Vec<DeliveryRow>> {
        let query = match status {
            None => DELIVERIES,
            Some(NotificationStatus::Read) => DELIVERIES_READ,
            Some(_) => DELIVERIES_WITH_STATUS,
        };
        let found = sqlx::query_as::<Db, DeliveryRow>(query).bind(word(channel)?).bind(before).bind(limit);
        let found = match status {
            None | Some(NotificationStatus::Read) => found,
            Some(status) => found.bind(word(status)?),
        };
        Ok(found.fetch_all(self.connection()).await?)
    }

    async fn deliveries_in_the_bell(
        &mut self,
        status: Option<NotificationStatus>,
        before: i64,
        limit: i64,
    ) -> Stored<Vec<DeliveryRow>> {
        let query = match status {
            None => SHOWN,
            Some(NotificationStatus::Queued) => SHOWN_QUEUED,
            Some(NotificationStatus::Delivered) => SHOWN_DELIVERED,
            Some(NotificationStatus::Read) => SHOWN_READ,
            // The bell refuses nothing.
            Some(_) => return Ok(Vec::new()),
        };
        let found = sqlx::query_as::<Db, DeliveryRow>(query).bind(before).bind(limit);
        Ok(found.fetch_all(self.connection()).await?)
    }
}

#[async_trait]
impl LettersRead for Link {
    async fn letter_recipient(&mut self, user: UserId) -> Stored<Option<LetterRecipient>> {
        let select = "SELECT email, full_name, email_confirmed_at IS NOT NULL, last_seen_at FROM person WHERE id = $1";
        let found = sqlx::query_as::<Db, (String, String, bool, Option<i64>)>(select).bind(key(user.get()));
        let found = found.fetch_optional(self.connection()).await?;
        Ok(found.map(|(email, full_name, confirmed, last_seen_at)| LetterRecipient {
            email,
            full_name,
            confirmed,
            last_seen_at: last_seen_at.map(moment),
        }))
    }

    async fn letter_due(&mut self) -> Stored<Option<Timestamp>> {
        let select = "SELECT min(due_at) FROM letter UNION ALL SELECT min(at) FROM reset_wish";
        let due = sqlx::query_scalar::<Db, Option<i64>>(select).fetch_all(self.connection()).await?;
        Ok(due.into_iter().flatten().min().map(moment))
    }

    async fn waiting_for_letter(
        &mut self,
        user: UserId,
        timing: EmailTiming,
        limit: usize,
    ) -> Stored<Vec<NotificationRecord>> {
        let found = sqlx::query_as::<Db, NotificationRow>(WAITING);
        let found = found.bind(key(user.get())).bind(word(timing)?).bind(rows(limit));
        let found = found.fetch_all(self.connection()).await?;
        self.with_people(found).await
    }

    async fn deliveries(
        &mut self,
        channel: Channel,
        status: Option<NotificationStatus>,
        before: Option<NotificationId>,
        limit: usize,
    ) -> Stored<Vec<Delivery>> {
        let (before, limit) = (before.map_or(i64::MAX, |id| key(id.get())), rows(limit));
        let found = match channel {
            Channel::InApp => self.deliveries_in_the_bell(status, before, limit).await?,
            Channel::Push | Channel::Email => self.deliveries_beside_the_bell(channel, status, before, limit).await?,
        };
        found.into_iter().map(DeliveryRow::into_delivery).collect()
    }
}

#[async_trait]
impl LettersWrite for Link {
    async fn queue_delivery(
        &mut self,
        notification: NotificationId,
        user: UserId,
        channel: Channel,
        timing: EmailTiming,
        at: Timestamp,
    ) -> Stored<bool> {
        let insert = "INSERT INTO delivery (notification_id, channel, user_id, timing, status, at) \
                      VALUES ($1, $2, $3, $4, 'queued', $5) ON CONFLICT DO NOTHING";
        let queued = sqlx::query::<Db>(insert)
            .bind(key(notification.get()))
            .bind(word(channel)?)
            .bind(key(user.get()))
            .bind(word(timing)?)
            .bind(ms(at));
        Ok(queued.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn promise_letter(&mut self, user: UserId, purpose: LetterPurpose, due: Timestamp) -> Stored<()> {
        // Turns begin at the moment, so that those of an earlier letter of the same purpose stay behind.
        let upsert = "INSERT INTO letter (user_id, purpose, due_at, turn) VALUES ($1, $2, $3, $3) \
                      ON CONFLICT (user_id, purpose) DO UPDATE SET version = letter.version + 1";
        let promised = sqlx::query::<Db>(upsert).bind(key(user.get())).bind(purpose_word(purpose)).bind(ms(due));
        promised.execute(self.connection()).await?;
        Ok(())
    }

    async fn lease_letters(&mut self, now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DueLetter>> {
        let select =
            concat!("SELECT user_id, purpose FROM letter WHERE due_at <= $1 ORDER BY due_at LIMIT $2", skip_locked!(),);
        let due = sqlx::query_as::<Db, (i64, String)>(select).bind(ms(now)).bind(rows(limit));
        let mut leased = Vec::new();
        for (user, word) in due.fetch_all(self.connection()).await? {
            let update = "UPDATE letter SET due_at = $3, turn = turn + 1 WHERE user_id = $1 AND purpose = $2 \
                          RETURNING turn";
            let taken = sqlx::query_scalar::<Db, i64>(update).bind(user).bind(&word).bind(ms(lease_until));
            let turn = number(taken.fetch_one(self.connection()).await?);
            leased.push(DueLetter { user_id: UserId::new(number(user)), purpose: purpose(&word)?, turn });
        }
        Ok(leased)
    }

    async fn lay_letter_aside(&mut self, letter: &DueLetter, until: Timestamp) -> Stored<()> {
        let update = "UPDATE letter SET due_at = $4 WHERE user_id = $1 AND purpose = $2 AND turn = $3";
        sqlx::query::<Db>(update)
            .bind(key(letter.user_id.get()))
            .bind(purpose_word(letter.purpose))
            .bind(key(letter.turn))
            .bind(ms(until))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn claim_letter(&mut self, letter: &DueLetter, lease_until: Timestamp) -> Stored<Option<ClaimedLetter>> {
        let update = "UPDATE letter SET due_at = $4, turn = turn + 1, attempts = attempts + 1 \
                      WHERE user_id = $1 AND purpose = $2 AND turn = $3 RETURNING turn, attempts, version";
        let claimed = sqlx::query_as::<Db, (i64, i64, i64)>(update)
            .bind(key(letter.user_id.get()))
            .bind(purpose_word(letter.purpose))
            .bind(key(letter.turn))
            .bind(ms(lease_until))
            .fetch_optional(self.connection())
            .await?;
        Ok(claimed.map(|(turn, attempts, version)| ClaimedLetter {
            user_id: letter.user_id,
            purpose: letter.purpose,
            turn: number(turn),
            attempts: small(attempts),
            version: number(version),
        }))
    }

    async fn finish_letter(&mut self, letter: &ClaimedLetter, again: Timestamp) -> Stored<()> {
        let (user, purpose) = (key(letter.user_id.get()), purpose_word(letter.purpose));
        let delete = "DELETE FROM letter WHERE user_id = $1 AND purpose = $2 AND version = $3 AND turn = $4";
        let done = sqlx::query::<Db>(delete).bind(user).bind(purpose).bind(key(letter.version)).bind(key(letter.turn));
        if done.execute(self.connection()).await?.rows_affected() == 0 {
            self.put_off_letter(letter, again, 0).await?;
        }
        Ok(())
    }

    async fn put_off_letter(&mut self, letter: &ClaimedLetter, due: Timestamp, attempts: u32) -> Stored<()> {
        let update = "UPDATE letter SET due_at = $4, attempts = $5 WHERE user_id = $1 AND purpose = $2 AND turn = $3";
        sqlx::query::<Db>(update)
            .bind(key(letter.user_id.get()))
            .bind(purpose_word(letter.purpose))
            .bind(key(letter.turn))
            .bind(ms(due))
            .bind(i64::from(attempts))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn settle_deliveries(
        &mut self,
        notifications: &[NotificationId],
        channel: Channel,
        status: NotificationStatus,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Stored<()> {
        let ids = notifications.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let update = concat!(
            "UPDATE delivery SET status = $3, reason = $4, at = $5 WHERE channel = $2 AND notification_id ",
            one_of!("$1"),
        );
        sqlx::query::<Db>(update)
            .bind(key_list(&ids)?)
            .bind(word(channel)?)
            .bind(word(status)?)
            .bind(reason)
            .bind(ms(at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn settle_read_deliveries(&mut self, user: UserId, at: Timestamp) -> Stored<()> {
        let update = "UPDATE delivery SET status = 'read', at = $2 WHERE user_id = $1 AND channel = 'email' \
                      AND status = 'queued' AND EXISTS (SELECT 1 FROM notification \
                      WHERE notification.id = delivery.notification_id \
                      AND (notification.read_at IS NOT NULL OR notification.removed_at IS NOT NULL))";
        sqlx::query::<Db>(update).bind(key(user.get())).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }

    async fn wish_for_reset(&mut self, email: &str, at: Timestamp) -> Stored<()> {
        let insert = "INSERT INTO reset_wish (email, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        sqlx::query::<Db>(insert).bind(email).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }

    async fn take_reset_wishes(&mut self, limit: usize) -> Stored<Vec<String>> {
        let delete = "DELETE FROM reset_wish WHERE email IN (SELECT email FROM reset_wish ORDER BY at LIMIT $1) \
                      RETURNING email";
        Ok(sqlx::query_scalar::<Db, String>(delete).bind(rows(limit)).fetch_all(self.connection()).await?)
    }

    async fn insert_link_key(
        &mut self,
        hash: &str,
        user: UserId,
        purpose: LetterPurpose,
        expires_at: Timestamp,
    ) -> Stored<()> {
        let insert = "INSERT INTO link_key (hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, $4)";
        sqlx::query::<Db>(insert)
            .bind(hash)
            .bind(key(user.get()))
            .bind(purpose_word(purpose))
            .bind(ms(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn take_link_key(&mut self, hash: &str, purpose: LetterPurpose, now: Timestamp) -> Stored<Option<UserId>> {
        let delete = "DELETE FROM link_key WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id";
        let taken = sqlx::query_scalar::<Db, i64>(delete).bind(hash).bind(purpose_word(purpose)).bind(ms(now));
        let Some(user) = taken.fetch_optional(self.connection()).await? else { return Ok(None) };
        let others = "DELETE FROM link_key WHERE user_id = $1 AND purpose = $2";
        sqlx::query::<Db>(others).bind(user).bind(purpose_word(purpose)).execute(self.connection()).await?;
        Ok(Some(UserId::new(number(user))))
    }

    async fn confirm_email(&mut self, user: UserId, at: Timestamp) -> Stored<()> {
        let update = "UPDATE person SET email_confirmed_at = coalesce(email_confirmed_at, $2) WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(user.get())).bind(ms(at)).execute(self.connection()).await?;
        Ok(())
    }

    async fn purge_link_keys(&mut self, before: Timestamp) -> Stored<u64> {
        let delete = sqlx::query::<Db>("DELETE FROM link_key WHERE expires_at < $1").bind(ms(before));
        Ok(delete.execute(self.connection()).await?.rows_affected())
    }
}
