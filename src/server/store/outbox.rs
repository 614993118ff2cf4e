//! The outbox: what transactions promised to publish.

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{key, moment, ms, number, rows, small},
    key_list,
};
use crate::{
    protocol::{ids::OutboxId, time::Timestamp},
    server::domain::ports::{OutboxRead, OutboxRecord, OutboxWrite, Stored},
};

#[derive(sqlx::FromRow)]
struct OutboxRow {
    id: i64,
    publication: String,
    created_at: i64,
    attempts: i64,
}

impl OutboxRow {
    /// The entry, unless it is in a form that this version cannot read: that one must not hold up the others.
    fn into_record(self) -> Option<OutboxRecord> {
        let work = columns::from_json(&self.publication)
            .inspect_err(|cause| tracing::error!(id = self.id, %cause, "an outbox entry cannot be read"))
            .ok()?;
        Some(OutboxRecord {
            id: OutboxId::new(number(self.id)),
            work,
            created_at: moment(self.created_at),
            attempts: small(self.attempts),
        })
    }
}

#[async_trait]
impl OutboxRead for Link {
    async fn outbox_depth(&mut self) -> Stored<(u64, Option<Timestamp>)> {
        let select = "SELECT count(*), min(created_at) FROM outbox";
        let (depth, oldest) = sqlx::query_as::<Db, (i64, Option<i64>)>(select).fetch_one(self.connection()).await?;
        Ok((number(depth), oldest.map(moment)))
    }

    async fn outbox_due(&mut self) -> Stored<Option<Timestamp>> {
        let select = "SELECT min(lease_until) FROM outbox";
        let due = sqlx::query_scalar::<Db, Option<i64>>(select).fetch_one(self.connection()).await?;
        Ok(due.map(moment))
    }
}

#[async_trait]
impl OutboxWrite for Link {
    async fn insert_outbox(&mut self, entries: &[OutboxRecord], due: Timestamp) -> Stored<()> {
        let row = |entry: &OutboxRecord| {
            let work = columns::json(&entry.work)?;
            Ok((key(entry.id.get()), work, ms(entry.created_at), entry.attempts, entry.work.key()))
        };
        let rows = entries.iter().map(row).collect::<Stored<Vec<_>>>()?;
        let insert = concat!(
            "INSERT INTO outbox (id, publication, created_at, lease_until, attempts, work_key) SELECT ",
            cell!(0),
            ", ",
            cell!(1 text),
            ", ",
            cell!(2),
            ", $2, ",
            cell!(3),
            ", ",
            cell!(4 text),
            " FROM ",
            records!("$1"),
            // Without a condition, SQLite would take the conflict for one of a join.
            " WHERE TRUE ON CONFLICT (work_key) WHERE work_key IS NOT NULL DO NOTHING",
        );
        sqlx::query::<Db>(insert).bind(columns::json(&rows)?).bind(ms(due)).execute(self.connection()).await?;
        Ok(())
    }

    async fn lease_outbox(
        &mut self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Stored<Vec<OutboxRecord>> {
        let update = concat!(
            "UPDATE outbox SET lease_until = $2, attempts = attempts + 1, work_key = NULL WHERE id IN ",
            "(SELECT id FROM outbox WHERE lease_until <= $1 ORDER BY id LIMIT $3",
            skip_locked!(),
            ") RETURNING id, publication, created_at, attempts",
        );
        let mut leased = sqlx::query_as::<Db, OutboxRow>(update)
            .bind(ms(now))
            .bind(ms(lease_until))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        leased.sort_unstable_by_key(|row| row.id);
        Ok(leased.into_iter().filter_map(OutboxRow::into_record).collect())
    }

    async fn finish_outbox(&mut self, ids: &[OutboxId]) -> Stored<()> {
        let ids = ids.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let delete = concat!("DELETE FROM outbox WHERE id ", one_of!("$1"));
        sqlx::query::<Db>(delete).bind(key_list(&ids)?).execute(self.connection()).await?;
        Ok(())
    }

    async fn lend_number(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Stored<Option<u8>> {
        // Asked again of the row itself: two may find the same one at the same moment.
        let update = "UPDATE node_number SET holder = $1, held_until = $3 \
                      WHERE number = (SELECT number FROM node_number WHERE holder = $1 OR held_until <= $2 \
                                      ORDER BY holder = $1 DESC, held_until, number LIMIT 1) \
                      AND (holder = $1 OR held_until <= $2) RETURNING number";
        let lent = sqlx::query_scalar::<Db, i64>(update).bind(holder.to_owned()).bind(ms(now)).bind(ms(until));
        Ok(lent.fetch_optional(self.connection()).await?.and_then(|number| u8::try_from(number).ok()))
    }
}
