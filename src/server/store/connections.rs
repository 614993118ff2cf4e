//! Who is connected with whom, who asked whom, and whom one may know.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{self, PersonItemRow, key, moment, ms, number, rows},
};
use crate::{
    protocol::{
        ids::{ConnectionRequestId, UserId},
        views::{ConnectionState, PersonItem, WaitingRequests},
    },
    server::domain::ports::{ConnectionRecord, ConnectionsRead, ConnectionsWrite, Stored},
};

/// Of so many of a person's newest connections it is looked with whom else they are connected.
const CONNECTIONS_ASKED: usize = 200;

pub(super) const PAGE_OF_CONNECTIONS: &str = concat!(
    "SELECT page.place, ",
    person_item_columns!(),
    " FROM connection AS page CROSS JOIN person WHERE page.person_id = $1 AND page.state = $2 AND page.place < $3 ",
    "AND person.id = page.other_id AND person.suspended_at IS NULL ORDER BY page.place DESC LIMIT $4",
);

/// Whom a list of people to connect with may name.
macro_rules! connectable {
    () => {
        concat!(
            "person.id <> $1 AND person.suspended_at IS NULL AND NOT ",
            blocked!("person.id"),
            " AND NOT ",
            muted!("person.id"),
            " AND (SELECT 1 FROM connection WHERE connection.person_id = $1 AND connection.other_id = person.id ",
            "AND (connection.state <> 'none' OR connection.declined_at IS NOT NULL)) IS NULL ",
            "AND (SELECT 1 FROM connection WHERE connection.person_id = person.id AND connection.other_id = $1 ",
            "AND connection.declined_at IS NOT NULL) IS NULL"
        )
    };
}

/// Those with most connections in common with `$1`, whose newest `$3` connections are looked at.
pub(super) const SUGGESTED_IN_COMMON: &str = concat!(
    "WITH known AS MATERIALIZED (SELECT connection.other_id FROM connection WHERE connection.person_id = $1 ",
    "AND connection.state = 'connected' ORDER BY connection.place DESC LIMIT $3), ",
    "common (id, number) AS (SELECT theirs.other_id, count(*) FROM known CROSS JOIN connection AS theirs ",
    "WHERE theirs.person_id = known.other_id AND theirs.state = 'connected' GROUP BY theirs.other_id) ",
    "SELECT common.number AS in_common, ",
    person_item_columns!(),
    " FROM common CROSS JOIN person WHERE person.id = common.id AND ",
    connectable!(),
    " ORDER BY common.number DESC, person.id DESC LIMIT $2",
);

/// Those whom most follow.
const SUGGESTED_FOLLOWED: &str = concat!(
    "SELECT CAST(0 AS BIGINT) AS in_common, ",
    person_item_columns!(),
    " FROM person WHERE ",
    connectable!(),
    " ORDER BY person.follower_count DESC, person.id DESC LIMIT $2",
);

#[derive(sqlx::FromRow)]
struct ConnectionRow {
    state: String,
    request_id: i64,
    place: i64,
    declined_at: Option<i64>,
    removed_at: Option<i64>,
}

impl ConnectionRow {
    fn into_record(self) -> Stored<ConnectionRecord> {
        Ok(ConnectionRecord {
            state: columns::connection(&self.state)?,
            request_id: ConnectionRequestId::new(number(self.request_id)),
            place: number(self.place),
            declined_at: self.declined_at.map(moment),
            removed_at: self.removed_at.map(moment),
        })
    }
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    place: i64,
    #[sqlx(flatten)]
    person: PersonItemRow,
}

#[derive(sqlx::FromRow)]
struct SuggestedRow {
    in_common: i64,
    #[sqlx(flatten)]
    person: PersonItemRow,
}

impl Link {
    async fn suggested(&mut self, viewer: UserId, limit: usize, in_common: bool) -> Stored<Vec<PersonItem>> {
        let sql = if in_common { SUGGESTED_IN_COMMON } else { SUGGESTED_FOLLOWED };
        let select = sqlx::query_as::<Db, SuggestedRow>(sql).bind(key(viewer.get())).bind(rows(limit));
        let select = if in_common { select.bind(rows(CONNECTIONS_ASKED)) } else { select };
        let found = select.fetch_all(self.connection()).await?;
        let item = |row: SuggestedRow| {
            let item = row.person.into_item()?;
            Ok(PersonItem { in_common: Some(number(row.in_common)), ..item })
        };
        found.into_iter().map(item).collect()
    }
}

#[async_trait]
impl ConnectionsRead for Link {
    async fn connection(&mut self, person: UserId, other: UserId) -> Stored<Option<ConnectionRecord>> {
        let select = "SELECT state, request_id, place, declined_at, removed_at FROM connection \
                      WHERE person_id = $1 AND other_id = $2";
        let row = sqlx::query_as::<Db, ConnectionRow>(select).bind(key(person.get())).bind(key(other.get()));
        row.fetch_optional(Self::connection(self)).await?.map(ConnectionRow::into_record).transpose()
    }

    async fn count_connections(&mut self, person: UserId, state: ConnectionState) -> Stored<u64> {
        let select = "SELECT count(*) FROM connection WHERE person_id = $1 AND state = $2";
        let count = sqlx::query_scalar::<Db, i64>(select).bind(key(person.get()));
        let count = count.bind(columns::connection_word(state)).fetch_one(Self::connection(self)).await?;
        Ok(number(count))
    }

    async fn waiting_requests(&mut self, person: UserId) -> Stored<WaitingRequests> {
        let select = "SELECT (SELECT count(*) FROM connection WHERE person_id = $1 AND state = 'asked'), \
                      (SELECT coalesce(max(place), 0) FROM connection WHERE person_id = $1)";
        let row = sqlx::query_as::<Db, (i64, i64)>(select).bind(key(person.get()));
        let (waiting, version) = row.fetch_one(Self::connection(self)).await?;
        Ok(WaitingRequests { waiting_count: number(waiting), version: number(version) })
    }

    async fn connections(
        &mut self,
        person: UserId,
        state: ConnectionState,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<(u64, PersonItem)>> {
        let found = sqlx::query_as::<Db, ListedRow>(PAGE_OF_CONNECTIONS)
            .bind(key(person.get()))
            .bind(columns::connection_word(state))
            .bind(before.map_or(i64::MAX, key))
            .bind(rows(limit))
            .fetch_all(Self::connection(self))
            .await?;
        found.into_iter().map(|row| Ok((number(row.place), row.person.into_item()?))).collect()
    }

    async fn connected_ids(&mut self, person: UserId, limit: usize) -> Stored<Vec<UserId>> {
        let select = "SELECT other_id FROM connection WHERE person_id = $1 AND state = 'connected' \
                      ORDER BY place DESC LIMIT $2";
        let ids = sqlx::query_scalar::<Db, i64>(select).bind(key(person.get())).bind(rows(limit));
        Ok(ids.fetch_all(Self::connection(self)).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn suggestions(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>> {
        let mut found = self.suggested(viewer, limit, true).await?;
        if found.len() < limit {
            let known = found.iter().map(|item| item.person.id).collect::<Vec<_>>();
            let mut others = self.suggested(viewer, limit, false).await?;
            others.retain(|item| !known.contains(&item.person.id));
            found.extend(others);
            found.truncate(limit);
        }
        Ok(found)
    }
}

#[async_trait]
impl ConnectionsWrite for Link {
    async fn hold_connections(&mut self, one: UserId, other: UserId) -> Stored<()> {
        // Always in the order of the ids, so that two who do this at the same moment do not wait for one another.
        for person in [one.min(other), one.max(other)] {
            self.alone(&format!("connections of {person}")).await?;
        }
        Ok(())
    }

    async fn set_connection(&mut self, person: UserId, other: UserId, record: &ConnectionRecord) -> Stored<()> {
        let upsert = "INSERT INTO connection (person_id, other_id, state, request_id, place, declined_at, removed_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person_id, other_id) DO UPDATE SET \
                      state = excluded.state, request_id = excluded.request_id, place = excluded.place, \
                      declined_at = excluded.declined_at, removed_at = excluded.removed_at";
        sqlx::query::<Db>(upsert)
            .bind(key(person.get()))
            .bind(key(other.get()))
            .bind(columns::connection_word(record.state))
            .bind(key(record.request_id.get()))
            .bind(key(record.place))
            .bind(record.declined_at.map(ms))
            .bind(record.removed_at.map(ms))
            .execute(Self::connection(self))
            .await?;
        Ok(())
    }
}
