//! Counting: what is behind a notification, exactly, as it comes and goes.

use super::{
    super::{
        Db, Link,
        columns::{json, key, ms, number, word},
    },
    NotificationRow, THINGS_LOOKED_AT, messages_group,
};
use crate::{
    protocol::{
        ids::CommentId,
        limits::ACTORS_SHOWN,
        notifications::{NotificationTarget, Occasion},
        time::Timestamp,
    },
    server::domain::ports::{ChangedNotification, MessagesRecord, Stored, ThingRecord},
};

/// What a notification becomes with one thing more.
struct Grown {
    count: i64,
    actor_count: i64,
    actors: Vec<i64>,
}

/// The newest thing of a notification.
#[derive(Clone, sqlx::FromRow)]
struct NewestThing {
    actor_id: Option<i64>,
    about: Option<i64>,
    excerpt: Option<String>,
}

impl Link {
    pub(super) async fn raise_thing(&mut self, thing: &ThingRecord) -> Stored<Option<ChangedNotification>> {
        let select = "SELECT notification_id, gone_at FROM notification_thing WHERE user_id = $1 AND thing = $2";
        let known =
            sqlx::query_as::<Db, (i64, Option<i64>)>(select).bind(key(thing.recipient.get())).bind(&thing.thing);
        match known.fetch_optional(self.connection()).await? {
            Some((_, None)) => Ok(None),
            Some((notification, Some(_))) => {
                let update = "UPDATE notification_thing SET gone_at = NULL, excerpt = $3 \
                              WHERE user_id = $1 AND thing = $2";
                let back = sqlx::query::<Db>(update).bind(key(thing.recipient.get())).bind(&thing.thing);
                back.bind(own_excerpt(thing)).execute(self.connection()).await?;
                self.recount(notification, thing.at).await
            }
            None => self.raise_new(thing).await.map(Some),
        }
    }

    async fn raise_new(&mut self, thing: &ThingRecord) -> Stored<ChangedNotification> {
        let open = self.open_of_group(thing.recipient, &thing.group_key).await?;
        let changed = match open {
            Some(row) => self.grow(&row, thing).await?,
            None => self.begin_with(thing).await?,
        };
        let insert = "INSERT INTO notification_thing (user_id, thing, notification_id, actor_id, about, excerpt, place) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sqlx::query::<Db>(insert)
            .bind(key(thing.recipient.get()))
            .bind(&thing.thing)
            .bind(key(changed.id.get()))
            .bind(thing.actor.map(|actor| key(actor.get())))
            .bind(thing.about.map(key))
            .bind(own_excerpt(thing))
            .bind(key(thing.id.get()))
            .execute(self.connection())
            .await?;
        Ok(changed)
    }

    async fn begin_with(&mut self, thing: &ThingRecord) -> Stored<ChangedNotification> {
        let actors: Vec<i64> = thing.actor.iter().map(|actor| key(actor.get())).collect();
        let insert = "INSERT INTO notification (id, user_id, kind, occasion, group_key, is_open, post_id, target, \
             subject, excerpt, count, actor_count, actors, place, created_at, updated_at, shown, changed, alert) \
             VALUES ($1, $2, $3, $4, $5, TRUE, $6, $7, $8, $9, 1, $10, $11, $1, $12, $12, $13, TRUE, TRUE)";
        sqlx::query::<Db>(insert)
            .bind(key(thing.id.get()))
            .bind(key(thing.recipient.get()))
            .bind(thing.occasion.kind().as_str())
            .bind(word(thing.occasion)?)
            .bind(&thing.group_key)
            .bind(thing.target.post_id.map(|post| key(post.get())))
            .bind(json(&thing.target)?)
            .bind(&thing.subject)
            .bind(&thing.excerpt)
            .bind(i64::try_from(actors.len()).unwrap_or_default())
            .bind(json(&actors)?)
            .bind(ms(thing.at))
            .bind(thing.shown)
            .execute(self.connection())
            .await?;
        self.count_unread(key(thing.recipient.get()), i64::from(thing.shown)).await?;
        Ok(ChangedNotification { id: thing.id, user_id: thing.recipient, told_at: None })
    }

    async fn grow(&mut self, row: &NotificationRow, thing: &ThingRecord) -> Stored<ChangedNotification> {
        let grown = self.grown(row, thing).await?;
        let update = "UPDATE notification SET count = $2, actor_count = $3, actors = $4, target = $5, subject = $6, \
             excerpt = $7, place = $8, updated_at = $9, shown = $10, removed_at = NULL, changed = TRUE, alert = TRUE, \
             occasion = $11 WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(row.id)
            .bind(grown.count)
            .bind(grown.actor_count)
            .bind(json(&grown.actors)?)
            .bind(json(&thing.target)?)
            .bind(&thing.subject)
            .bind(&thing.excerpt)
            .bind(key(thing.id.get()))
            .bind(ms(thing.at))
            .bind(thing.shown)
            .bind(word(thing.occasion)?)
            .execute(self.connection())
            .await?;
        self.count_unread(row.user_id, i64::from(thing.shown) - i64::from(row.counts())).await?;
        Ok(row.changed())
    }

    async fn grown(&mut self, row: &NotificationRow, thing: &ThingRecord) -> Stored<Grown> {
        let mut actors = row.actor_ids()?;
        let mut actor_count = row.actor_count;
        if let Some(actor) = thing.actor.map(|actor| key(actor.get())) {
            let known = "SELECT EXISTS (SELECT 1 FROM notification_thing WHERE user_id = $1 AND actor_id = $2 \
                         AND notification_id = $3 AND gone_at IS NULL)";
            let known = sqlx::query_scalar::<Db, bool>(known).bind(row.user_id).bind(actor).bind(row.id);
            actor_count += i64::from(!known.fetch_one(self.connection()).await?);
            actors.retain(|other| *other != actor);
            actors.insert(0, actor);
            actors.truncate(ACTORS_SHOWN);
        }
        Ok(Grown { count: row.count + 1, actor_count, actors })
    }

    /// Counts anew what is behind notifications that lost or got back some of it.
    pub(super) async fn recount_all(
        &mut self,
        mut touched: Vec<i64>,
        at: Option<Timestamp>,
    ) -> Stored<Vec<ChangedNotification>> {
        touched.sort_unstable();
        touched.dedup();
        let mut changed = Vec::with_capacity(touched.len());
        for id in touched {
            changed.extend(self.recount(id, at.unwrap_or(Timestamp::from_millis(0))).await?);
        }
        Ok(changed)
    }

    /// Counts anew what is behind a notification. With nothing left it is removed; with something again it is back.
    pub(super) async fn recount(&mut self, id: i64, at: Timestamp) -> Stored<Option<ChangedNotification>> {
        let Some(row) = self.notification_row(id).await? else { return Ok(None) };
        let select = "SELECT count(*), count(DISTINCT actor_id) FROM notification_thing \
                      WHERE notification_id = $1 AND gone_at IS NULL";
        let counts = sqlx::query_as::<Db, (i64, i64)>(select).bind(id).fetch_one(self.connection()).await?;
        let newest = self.newest_things(id, THINGS_LOOKED_AT).await?;
        let actors = self.newest_actors(id, &newest, counts.1).await?;
        let removed_at = match (counts.0, row.count) {
            (0, _) => row.removed_at.or(Some(ms(at))),
            (_, 0) => None,
            _ => row.removed_at,
        };
        let (target, excerpt) = spoken(&row, newest.first())?;
        let update = "UPDATE notification SET count = $2, actor_count = $3, actors = $4, target = $5, excerpt = $6, \
                      removed_at = $7, changed = TRUE WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(id)
            .bind(counts.0)
            .bind(counts.1)
            .bind(json(&actors)?)
            .bind(target)
            .bind(excerpt)
            .bind(removed_at)
            .execute(self.connection())
            .await?;
        let counts_now = row.shown && row.read_at.is_none() && removed_at.is_none();
        self.count_unread(row.user_id, i64::from(counts_now) - i64::from(row.counts())).await?;
        Ok(Some(row.changed()))
    }

    async fn newest_things(&mut self, id: i64, limit: i64) -> Stored<Vec<NewestThing>> {
        let select = "SELECT actor_id, about, excerpt FROM notification_thing \
                      WHERE notification_id = $1 AND gone_at IS NULL ORDER BY place DESC LIMIT $2";
        let newest = sqlx::query_as::<Db, NewestThing>(select).bind(id).bind(limit);
        Ok(newest.fetch_all(self.connection()).await?)
    }

    /// The newest people behind a notification: usually among its newest things.
    async fn newest_actors(&mut self, id: i64, newest: &[NewestThing], of: i64) -> Stored<Vec<i64>> {
        let wanted = ACTORS_SHOWN.min(usize::try_from(of).unwrap_or(ACTORS_SHOWN));
        let actors = different(newest);
        if actors.len() >= wanted || newest.len() < usize::try_from(THINGS_LOOKED_AT).unwrap_or(usize::MAX) {
            return Ok(actors);
        }
        Ok(different(&self.newest_things(id, i64::MAX).await?))
    }

    pub(super) async fn raise_unread_messages(
        &mut self,
        messages: &MessagesRecord,
    ) -> Stored<Option<ChangedNotification>> {
        let group_key = messages_group(messages.conversation_id);
        let open = self.open_of_group(messages.recipient, &group_key).await?;
        let thing = ThingRecord {
            id: messages.id,
            recipient: messages.recipient,
            actor: messages.actors.first().copied(),
            occasion: messages.occasion,
            group_key,
            thing: String::new(),
            about: None,
            target: NotificationTarget {
                conversation_id: Some(messages.conversation_id),
                message_id: Some(messages.message_id),
                ..NotificationTarget::default()
            },
            subject: messages.subject.clone(),
            excerpt: messages.excerpt.clone(),
            shown: messages.shown,
            at: messages.at,
        };
        let target = json(&thing.target)?;
        let changed = match open {
            Some(row) if row.count == key(messages.count) && row.target == target && row.removed_at.is_none() => {
                return Ok(None);
            }
            Some(row) => {
                let is_news = row.alert || key(messages.count) > row.count;
                let changed = self.grow(&row, &thing).await?;
                let update = "UPDATE notification SET alert = $2 WHERE id = $1";
                sqlx::query::<Db>(update).bind(row.id).bind(is_news).execute(self.connection()).await?;
                changed
            }
            None => self.begin_with(&thing).await?,
        };
        let actors: Vec<i64> = messages.actors.iter().map(|actor| key(actor.get())).collect();
        let update = "UPDATE notification SET count = $2, actor_count = $3, actors = $4 WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(key(changed.id.get()))
            .bind(key(messages.count))
            .bind(key(messages.actor_count))
            .bind(json(&actors)?)
            .execute(self.connection())
            .await?;
        Ok(Some(changed))
    }
}

/// Whether the excerpt is of the thing itself, not of what it is about.
const fn speaks(occasion: Occasion) -> bool {
    matches!(occasion, Occasion::PostCommented | Occasion::CommentReplied | Occasion::Applied)
}

/// What a thing itself says, kept with it, so that what came before it is quoted once it is gone.
fn own_excerpt(thing: &ThingRecord) -> Option<&str> {
    thing.excerpt.as_deref().filter(|_| speaks(thing.occasion))
}

/// Where a notification leads and what it quotes, with this as its newest thing.
fn spoken(row: &NotificationRow, newest: Option<&NewestThing>) -> Stored<(String, Option<String>)> {
    let occasion: Occasion = super::super::columns::variant(&row.occasion)?;
    let Some(newest) = newest.filter(|_| speaks(occasion)) else {
        return Ok((row.target.clone(), row.excerpt.clone()));
    };
    let mut target: NotificationTarget = super::super::columns::from_json(&row.target)?;
    if let (Some(about), Occasion::PostCommented | Occasion::CommentReplied) = (newest.about, occasion) {
        target.comment_id = Some(CommentId::new(number(about)));
    }
    Ok((json(&target)?, newest.excerpt.clone()))
}

/// The people behind things, each once, in the same order.
fn different(things: &[NewestThing]) -> Vec<i64> {
    let mut actors = Vec::new();
    for actor in things.iter().filter_map(|thing| thing.actor_id) {
        if actors.len() == ACTORS_SHOWN {
            break;
        }
        if !actors.contains(&actor) {
            actors.push(actor);
        }
    }
    actors
}
