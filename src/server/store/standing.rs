//! How people stand to each other and to the community: relations, roles, suspensions.

use async_trait::async_trait;

use super::{
    Db, Link,
    columns::{self, PersonRefRow, RelationRow, key, moment, ms, number, rows},
    people::folded,
};
use crate::{
    protocol::{
        ids::UserId,
        time::Timestamp,
        views::{ManagedPerson, Role, Suspension},
    },
    server::domain::{
        audience::Relation,
        ports::{ManagedFilter, PeopleRead, StandingRead, StandingWrite, Stored, SuspensionRecord},
    },
};

const RELATION: &str = concat!("SELECT ", relation_columns!(), " FROM person WHERE person.id = $2");

/// The newest `$2` of whom `$1` follows, and of whom they are connected with.
pub(super) const SOURCES: &str = concat!(
    "WITH readable (id) AS (SELECT follow.followee_id FROM follow WHERE follow.follower_id = $1 ",
    "ORDER BY follow.place DESC LIMIT $2), known (id) AS (SELECT connection.other_id FROM connection ",
    "WHERE connection.person_id = $1 AND connection.state = 'connected' ORDER BY connection.place DESC LIMIT $2), ",
    "source (id) AS MATERIALIZED (SELECT id FROM readable UNION SELECT id FROM known) SELECT source.id AS source_id, ",
    relation_columns!(),
    " FROM source CROSS JOIN person WHERE person.id = source.id",
);

macro_rules! managed_columns {
    () => {
        concat!(
            "SELECT person.role, person.created_at, person.suspended_at, person.suspended_until, ",
            "person.suspended_reason, person.suspended_by, ",
            person_columns!()
        )
    };
}

/// With the role `$3` if there is one, and suspended or not as `$4` says, if it says.
macro_rules! wanted {
    () => {
        "($3 = '' OR person.role = $3) AND ($4 < 0 OR ($4 = 1) = (person.suspended_at IS NOT NULL))"
    };
}

pub(super) const PAGE_OF_MANAGED: &str = concat!(
    managed_columns!(),
    " FROM person WHERE person.username > $1 AND ",
    wanted!(),
    " ORDER BY person.username LIMIT $2",
);

pub(super) const MATCHING_MANAGED: &str = concat!(
    managed_columns!(),
    " FROM person WHERE person.username > $1 AND ",
    wanted!(),
    " AND person.id IN (SELECT person_word.person_id FROM person_word WHERE person_word.word >= $5 ",
    "AND person_word.word < $6) ORDER BY person.username LIMIT $2",
);

const ONE_MANAGED: &str = concat!(managed_columns!(), " FROM person WHERE person.id = $1");

#[derive(sqlx::FromRow)]
struct SourceRow {
    source_id: i64,
    #[sqlx(flatten)]
    relation: RelationRow,
}

#[derive(sqlx::FromRow)]
struct ManagedRow {
    role: String,
    created_at: i64,
    suspended_at: Option<i64>,
    suspended_until: Option<i64>,
    suspended_reason: Option<String>,
    suspended_by: Option<i64>,
    #[sqlx(flatten)]
    person: PersonRefRow,
}

impl Link {
    async fn managed(&mut self, row: ManagedRow) -> Stored<ManagedPerson> {
        let suspension = match row.suspended_at {
            None => None,
            Some(since) => {
                let by = match row.suspended_by {
                    Some(id) => self.person_ref(UserId::new(number(id))).await?,
                    None => None,
                };
                let (since, until) = (moment(since), row.suspended_until.map(moment));
                Some(Suspension { since, until, reason: row.suspended_reason.unwrap_or_default(), by })
            }
        };
        let (role, joined_at) = (columns::role(&row.role)?, moment(row.created_at));
        Ok(ManagedPerson { person: row.person.into(), role, joined_at, suspension })
    }
}

#[async_trait]
impl StandingRead for Link {
    async fn relation(&mut self, viewer: UserId, subject: UserId) -> Stored<Option<Relation>> {
        let row = sqlx::query_as::<Db, RelationRow>(RELATION).bind(key(viewer.get())).bind(key(subject.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(Relation::from))
    }

    async fn feed_sources(&mut self, viewer: UserId, limit: usize) -> Stored<Vec<(UserId, Relation)>> {
        let found = sqlx::query_as::<Db, SourceRow>(SOURCES).bind(key(viewer.get())).bind(rows(limit));
        let found = found.fetch_all(self.connection()).await?;
        Ok(found.into_iter().map(|row| (UserId::new(number(row.source_id)), row.relation.into())).collect())
    }

    async fn suspension(&mut self, id: UserId) -> Stored<Option<Suspension>> {
        let row = sqlx::query_as::<Db, ManagedRow>(ONE_MANAGED).bind(key(id.get()));
        let Some(row) = row.fetch_optional(self.connection()).await? else { return Ok(None) };
        Ok(self.managed(row).await?.suspension)
    }

    async fn suspensions_over(&mut self, now: Timestamp, limit: usize) -> Stored<Vec<UserId>> {
        let select = "SELECT id FROM person WHERE suspended_until <= $1 ORDER BY suspended_until LIMIT $2";
        let ids = sqlx::query_scalar::<Db, i64>(select).bind(ms(now)).bind(rows(limit));
        Ok(ids.fetch_all(self.connection()).await?.into_iter().map(|id| UserId::new(number(id))).collect())
    }

    async fn managed_people(
        &mut self,
        filter: &ManagedFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<ManagedPerson>> {
        let query = folded(&filter.query);
        let sql = if query.is_empty() { PAGE_OF_MANAGED } else { MATCHING_MANAGED };
        let mut select = sqlx::query_as::<Db, ManagedRow>(sql)
            .bind(after.unwrap_or_default())
            .bind(rows(limit))
            .bind(filter.role.map_or("", Role::as_str))
            .bind(filter.suspended.map_or(-1, i64::from));
        if !query.is_empty() {
            let end = format!("{query}\u{10FFFF}");
            select = select.bind(query).bind(end);
        }
        let mut people = Vec::new();
        for row in select.fetch_all(self.connection()).await? {
            people.push(self.managed(row).await?);
        }
        Ok(people)
    }
}

#[async_trait]
impl StandingWrite for Link {
    async fn hold_standings(&mut self) -> Stored<()> {
        self.alone("standings").await
    }

    async fn set_suspension(&mut self, id: UserId, suspension: Option<&SuspensionRecord>) -> Stored<()> {
        let update = "UPDATE person SET suspended_at = $2, suspended_until = $3, suspended_reason = $4, \
                      suspended_by = $5 WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(key(id.get()))
            .bind(suspension.map(|record| ms(record.since)))
            .bind(suspension.and_then(|record| record.until).map(ms))
            .bind(suspension.map(|record| record.reason.as_str()))
            .bind(suspension.map(|record| key(record.by.get())))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn set_role(&mut self, id: UserId, role: Role) -> Stored<()> {
        let update = "UPDATE person SET role = $2 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(role.as_str()).execute(self.connection()).await?;
        Ok(())
    }

    async fn end_unconnected_follows(&mut self, of: UserId) -> Stored<Vec<UserId>> {
        let delete = "DELETE FROM follow WHERE followee_id = $1 AND NOT EXISTS (SELECT 1 FROM connection \
                      WHERE connection.person_id = $1 AND connection.other_id = follow.follower_id \
                      AND connection.state = 'connected') RETURNING follower_id";
        let ended = sqlx::query_scalar::<Db, i64>(delete).bind(key(of.get()));
        let mut ended = ended.fetch_all(self.connection()).await?;
        ended.sort_unstable();
        let update = "UPDATE person SET following_count = following_count - 1 WHERE id = $1";
        for follower in &ended {
            sqlx::query::<Db>(update).bind(*follower).execute(self.connection()).await?;
        }
        let update = "UPDATE person SET follower_count = follower_count - $2 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(of.get())).bind(rows(ended.len())).execute(self.connection()).await?;
        Ok(ended.into_iter().map(|id| UserId::new(number(id))).collect())
    }
}
