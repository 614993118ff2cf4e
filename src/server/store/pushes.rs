//! Web Push: the devices that take it, and what waits for each.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{key, moment, ms, number, rows, small, word},
    key_list,
};
use crate::{
    protocol::{
        ids::{NotificationId, PushDeviceId, SessionId, UserId},
        notifications::NotificationStatus,
        time::Timestamp,
    },
    server::domain::ports::{DuePush, PushAddress, PushDeviceRecord, PushesRead, PushesWrite, Stored},
};

macro_rules! select_device {
    ($narrowed:literal) => {
        concat!(
            "SELECT push_device.id, push_device.user_id, push_device.session_id, session.device, push_device.endpoint, ",
            "push_device.p256dh, push_device.auth, push_device.created_at, push_device.delivered_at FROM push_device ",
            "CROSS JOIN session WHERE session.id = push_device.session_id AND session.ended_at IS NULL AND ",
            $narrowed,
        )
    };
}

/// When a device is looked at next: when the first of what waits for it is due, and it was left alone long enough.
macro_rules! next_of_device {
    () => {
        "due_at = (SELECT CASE WHEN min(push.due_at) < push_device.next_at THEN push_device.next_at \
         ELSE min(push.due_at) END FROM push WHERE push.device_id = push_device.id)"
    };
}

pub(super) const DEVICES_OF: &str = select_device!("push_device.user_id = $1 ORDER BY push_device.id DESC");
pub(super) const OLDEST_OF_DEVICE: &str =
    "SELECT notification_id, created_at FROM push WHERE device_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT 1";

/// Devices of ended sessions, of which nothing is kept.
const SIGNED_OUT: &str = "The device was signed out.";

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: i64,
    user_id: i64,
    session_id: i64,
    device: String,
    endpoint: String,
    p256dh: String,
    auth: String,
    created_at: i64,
    delivered_at: Option<i64>,
}

impl From<DeviceRow> for PushDeviceRecord {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: PushDeviceId::new(number(row.id)),
            user_id: UserId::new(number(row.user_id)),
            session_id: SessionId::new(number(row.session_id)),
            device: row.device,
            address: PushAddress { endpoint: row.endpoint, p256dh: row.p256dh, auth: row.auth },
            created_at: moment(row.created_at),
            delivered_at: row.delivered_at.map(moment),
        }
    }
}

impl Link {
    /// Forgets the devices of sessions that ended.
    pub(super) async fn forget_devices_of(&mut self, sessions: &[i64], at: Timestamp) -> Stored<()> {
        let select = concat!("SELECT id FROM push_device WHERE session_id ", one_of!("$1"));
        let devices = sqlx::query_scalar::<Db, i64>(select).bind(key_list(sessions)?);
        let devices = devices.fetch_all(self.connection()).await?;
        self.forget_devices(&devices, SIGNED_OUT, at).await
    }

    /// Forgets devices; what waits for nobody else has failed.
    async fn forget_devices(&mut self, devices: &[i64], reason: &str, at: Timestamp) -> Stored<()> {
        if devices.is_empty() {
            return Ok(());
        }
        let fail = concat!(
            "UPDATE delivery SET status = 'failed', reason = $2, at = $3 WHERE channel = 'push' AND status = 'queued' ",
            "AND notification_id IN (SELECT notification_id FROM push WHERE device_id ",
            one_of!("$1"),
            ") AND NOT EXISTS (SELECT 1 FROM push WHERE push.notification_id = delivery.notification_id ",
            "AND NOT (push.device_id ",
            one_of!("$1"),
            "))",
        );
        let failed = sqlx::query::<Db>(fail).bind(key_list(devices)?).bind(reason).bind(ms(at));
        failed.execute(self.connection()).await?;
        let delete = concat!("DELETE FROM push_device WHERE id ", one_of!("$1"));
        sqlx::query::<Db>(delete).bind(key_list(devices)?).execute(self.connection()).await?;
        Ok(())
    }

    /// Has a device looked at when the first of what waits for it is due.
    async fn plan_device(&mut self, device: PushDeviceId) -> Stored<()> {
        let update = concat!("UPDATE push_device SET ", next_of_device!(), " WHERE id = $1");
        sqlx::query::<Db>(update).bind(key(device.get())).execute(self.connection()).await?;
        Ok(())
    }
}

#[async_trait]
impl PushesRead for Link {
    async fn push_devices(&mut self, user: UserId) -> Stored<Vec<PushDeviceRecord>> {
        let found = sqlx::query_as::<Db, DeviceRow>(DEVICES_OF).bind(key(user.get()));
        Ok(found.fetch_all(self.connection()).await?.into_iter().map(Into::into).collect())
    }

    async fn push_device(&mut self, id: PushDeviceId) -> Stored<Option<PushDeviceRecord>> {
        let found = sqlx::query_as::<Db, DeviceRow>(select_device!("push_device.id = $1")).bind(key(id.get()));
        Ok(found.fetch_optional(self.connection()).await?.map(Into::into))
    }

    async fn push_due(&mut self) -> Stored<Option<Timestamp>> {
        let select = "SELECT min(due_at) FROM push_device WHERE due_at IS NOT NULL";
        let due = sqlx::query_scalar::<Db, Option<i64>>(select).fetch_one(self.connection()).await?;
        Ok(due.map(moment))
    }
}

#[async_trait]
impl PushesWrite for Link {
    async fn save_push_device(&mut self, device: &PushDeviceRecord) -> Stored<PushDeviceId> {
        let PushAddress { endpoint, p256dh, auth } = &device.address;
        let session = key(device.session_id.get());
        let others = "SELECT id FROM push_device WHERE (endpoint = $1 AND session_id <> $2) \
                      OR (session_id = $2 AND endpoint <> $1)";
        let others = sqlx::query_scalar::<Db, i64>(others).bind(endpoint).bind(session);
        let others = others.fetch_all(self.connection()).await?;
        self.forget_devices(&others, "The device subscribed anew.", device.created_at).await?;
        let insert = "INSERT INTO push_device (id, user_id, session_id, endpoint, p256dh, auth, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) \
                      ON CONFLICT (endpoint) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth RETURNING id";
        let id = sqlx::query_scalar::<Db, i64>(insert)
            .bind(key(device.id.get()))
            .bind(key(device.user_id.get()))
            .bind(session)
            .bind(endpoint)
            .bind(p256dh)
            .bind(auth)
            .bind(ms(device.created_at))
            .fetch_one(self.connection())
            .await?;
        Ok(PushDeviceId::new(number(id)))
    }

    async fn forget_push_device(&mut self, id: PushDeviceId, reason: &str, at: Timestamp) -> Stored<()> {
        self.forget_devices(&[key(id.get())], reason, at).await
    }

    async fn queue_push(&mut self, notification: NotificationId, user: UserId, at: Timestamp) -> Stored<bool> {
        let insert = "INSERT INTO delivery (notification_id, channel, user_id, timing, status, at) \
                      SELECT $1, 'push', $2, 'at_once', 'queued', $3 \
                      WHERE EXISTS (SELECT 1 FROM push_device WHERE user_id = $2) ON CONFLICT DO NOTHING";
        let (notification, user) = (key(notification.get()), key(user.get()));
        let queued = sqlx::query::<Db>(insert).bind(notification).bind(user).bind(ms(at));
        if queued.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let spread = "INSERT INTO push (device_id, notification_id, created_at, due_at) \
                      SELECT id, $1, $3, $3 FROM push_device WHERE user_id = $2 ON CONFLICT DO NOTHING";
        sqlx::query::<Db>(spread).bind(notification).bind(user).bind(ms(at)).execute(self.connection()).await?;
        let wake = "UPDATE push_device SET due_at = CASE WHEN next_at > $2 THEN next_at ELSE $2 END WHERE user_id = $1";
        sqlx::query::<Db>(wake).bind(user).bind(ms(at)).execute(self.connection()).await?;
        Ok(true)
    }

    async fn lease_pushes(&mut self, now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DuePush>> {
        let select = concat!(
            "SELECT id, user_id, attempts, turn FROM push_device WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
            skip_locked!(),
        );
        let due = sqlx::query_as::<Db, (i64, i64, i64, i64)>(select).bind(ms(now)).bind(rows(limit));
        let mut leased = Vec::new();
        for (device, user, attempts, turn) in due.fetch_all(self.connection()).await? {
            let device_id = PushDeviceId::new(number(device));
            let oldest = sqlx::query_as::<Db, (i64, i64)>(OLDEST_OF_DEVICE).bind(device).bind(ms(now));
            let Some((notification, created_at)) = oldest.fetch_optional(self.connection()).await? else {
                // What waited is gone with what it told of.
                self.plan_device(device_id).await?;
                continue;
            };
            let update = "UPDATE push_device SET due_at = $2, next_at = $2, turn = turn + 1 WHERE id = $1";
            sqlx::query::<Db>(update).bind(device).bind(ms(lease_until)).execute(self.connection()).await?;
            leased.push(DuePush {
                device_id,
                user_id: UserId::new(number(user)),
                notification_id: NotificationId::new(number(notification)),
                created_at: moment(created_at),
                attempts: small(attempts),
                turn: number(turn).saturating_add(1),
            });
        }
        Ok(leased)
    }

    async fn lay_push_aside(&mut self, push: &DuePush, until: Timestamp) -> Stored<()> {
        let update = "UPDATE push_device SET due_at = $3, next_at = $3 WHERE id = $1 AND turn = $2";
        let aside = sqlx::query::<Db>(update).bind(key(push.device_id.get())).bind(key(push.turn)).bind(ms(until));
        aside.execute(self.connection()).await?;
        Ok(())
    }

    async fn claim_push(&mut self, push: &DuePush, lease_until: Timestamp) -> Stored<Option<DuePush>> {
        let update = "UPDATE push_device SET due_at = $3, next_at = $3, turn = turn + 1 WHERE id = $1 AND turn = $2 \
                      AND EXISTS (SELECT 1 FROM push WHERE device_id = $1 AND notification_id = $4) \
                      RETURNING attempts, turn";
        let claimed = sqlx::query_as::<Db, (i64, i64)>(update)
            .bind(key(push.device_id.get()))
            .bind(key(push.turn))
            .bind(ms(lease_until))
            .bind(key(push.notification_id.get()))
            .fetch_optional(self.connection())
            .await?;
        Ok(claimed.map(|(attempts, turn)| DuePush { attempts: small(attempts), turn: number(turn), ..*push }))
    }

    async fn finish_push(&mut self, push: &DuePush, delivered_at: Option<Timestamp>) -> Stored<()> {
        let free = "UPDATE push_device SET next_at = 0, attempts = 0, delivered_at = coalesce($3, delivered_at) \
                    WHERE id = $1 AND turn = $2";
        let free = sqlx::query::<Db>(free).bind(key(push.device_id.get())).bind(key(push.turn));
        let freed = free.bind(delivered_at.map(ms)).execute(self.connection()).await?;
        if freed.rows_affected() == 0 {
            return Ok(());
        }
        let delete = "DELETE FROM push WHERE device_id = $1 AND notification_id = $2";
        let gone = sqlx::query::<Db>(delete).bind(key(push.device_id.get())).bind(key(push.notification_id.get()));
        gone.execute(self.connection()).await?;
        self.plan_device(push.device_id).await
    }

    async fn put_off_push(&mut self, push: &DuePush, until: Timestamp) -> Stored<()> {
        let free = "UPDATE push_device SET next_at = 0 WHERE id = $1 AND turn = $2";
        let free = sqlx::query::<Db>(free).bind(key(push.device_id.get())).bind(key(push.turn));
        if free.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(());
        }
        let later = "UPDATE push SET due_at = $3 WHERE device_id = $1 AND notification_id = $2";
        let later = sqlx::query::<Db>(later).bind(key(push.device_id.get())).bind(key(push.notification_id.get()));
        later.bind(ms(until)).execute(self.connection()).await?;
        self.plan_device(push.device_id).await
    }

    async fn rest_push_device(&mut self, push: &DuePush, until: Timestamp) -> Stored<()> {
        let rest = "UPDATE push_device SET next_at = $3, attempts = attempts + 1 WHERE id = $1 AND turn = $2";
        let rest = sqlx::query::<Db>(rest).bind(key(push.device_id.get())).bind(key(push.turn)).bind(ms(until));
        if rest.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(());
        }
        self.plan_device(push.device_id).await
    }

    async fn settle_push(
        &mut self,
        notification: NotificationId,
        status: NotificationStatus,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Stored<bool> {
        let update = match status {
            // One device is enough.
            NotificationStatus::Delivered => {
                "UPDATE delivery SET status = $2, reason = $3, at = $4 WHERE notification_id = $1 \
                 AND channel = 'push' AND status <> 'delivered'"
            }
            NotificationStatus::Read => {
                "UPDATE delivery SET status = $2, reason = $3, at = $4 WHERE notification_id = $1 \
                 AND channel = 'push' AND status = 'queued'"
            }
            _ => {
                "UPDATE delivery SET status = $2, reason = $3, at = $4 WHERE notification_id = $1 \
                 AND channel = 'push' AND status = 'queued' \
                 AND NOT EXISTS (SELECT 1 FROM push WHERE push.notification_id = $1)"
            }
        };
        let update = sqlx::query::<Db>(update)
            .bind(key(notification.get()))
            .bind(word(status)?)
            .bind(reason)
            .bind(ms(at))
            .execute(self.connection())
            .await?;
        Ok(update.rows_affected() > 0)
    }

    async fn drop_push(&mut self, notification: NotificationId) -> Stored<()> {
        let delete = "DELETE FROM delivery WHERE notification_id = $1 AND channel = 'push' AND status = 'queued' \
                      AND NOT EXISTS (SELECT 1 FROM push WHERE push.notification_id = $1)";
        sqlx::query::<Db>(delete).bind(key(notification.get())).execute(self.connection()).await?;
        Ok(())
    }
}
