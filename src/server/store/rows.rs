//! Rows of any table as values, in and out, on one connection: for moving house.

use std::collections::HashMap;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::{AssertSqlSafe, Connection, Database, QueryBuilder, Row as _};

use super::{AFTER_MOVE, BEGIN_WRITING, Db, DbConnection, IS_THERE, MIGRATIONS, columns, is_up_to_date};
use crate::server::{
    domain::ports::{StoreError, Stored},
    store::{
        moving::{self, House, Reached, Row, Value, Wanted},
        tables::{Column, Kind, SEEDED, Table},
    },
};

/// So many parameters go with a statement: SQLite takes 32,766 and PostgreSQL 65,535, and more is not faster.
const PARAMETERS_MAX: usize = 8_000;

/// The part of `house_move` that says where the move came from.
const FROM: &str = "from";

/// All rows, through one connection.
pub(in crate::server::store) struct Rows {
    pub(super) connection: DbConnection,
}

/// Whether there is a table of this name.
pub(super) async fn is_there(connection: &mut DbConnection, table: &str) -> Stored<bool> {
    Ok(sqlx::query_scalar::<Db, bool>(IS_THERE).bind(table).fetch_one(connection).await?)
}

/// Whether all tables that this program knows are there.
pub(super) async fn is_current(connection: &mut DbConnection) -> Stored<bool> {
    if !is_there(connection, "_sqlx_migrations").await? {
        return Ok(false);
    }
    let applied = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
    let applied = sqlx::query_scalar::<Db, i64>(applied).fetch_all(connection).await?;
    is_up_to_date(&MIGRATIONS, &applied)
}

/// A database that somebody is moving into holds a part of a community, on which no server may start.
pub(super) async fn refuse_half_moved(connection: &mut DbConnection) -> Stored<()> {
    if is_there(connection, "house_move").await? {
        return Err(StoreError::Failed(
            "`hubbub move` or `hubbub restore` into it was not finished: run it again".into(),
        ));
    }
    Ok(())
}

impl Rows {
    async fn run(&mut self, sql: &'static str) -> Stored<()> {
        sqlx::query::<Db>(sql).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn note(&mut self, part: &str, reached: &str) -> Stored<()> {
        let note = "INSERT INTO house_move (part, reached) VALUES ($1, $2) \
                    ON CONFLICT (part) DO UPDATE SET reached = excluded.reached";
        sqlx::query::<Db>(note).bind(part).bind(reached).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn insert(&mut self, table: &'static Table, rows: &[Row]) -> Stored<()> {
        let names = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
        let at_once = (PARAMETERS_MAX / table.columns.len()).max(1);
        for rows in rows.chunks(at_once) {
            let mut insert = QueryBuilder::<Db>::new(format!("INSERT INTO \"{}\" ({names}) ", table.name));
            insert.push_values(rows, |mut line, row| {
                for (column, value) in table.columns.iter().zip(row) {
                    match (column.kind, value.clone()) {
                        (_, Value::Number(number)) => line.push_bind(number),
                        (_, Value::Text(text)) => line.push_bind(text),
                        (_, Value::Flag(flag)) => line.push_bind(flag),
                        (_, Value::Bytes(bytes)) => line.push_bind(bytes),
                        (Kind::Number, Value::Nothing) => line.push_bind(None::<i64>),
                        (Kind::Text, Value::Nothing) => line.push_bind(None::<String>),
                        (Kind::Flag, Value::Nothing) => line.push_bind(None::<bool>),
                        (Kind::Bytes, Value::Nothing) => line.push_bind(None::<Vec<u8>>),
                    };
                }
            });
            insert.build().execute(&mut self.connection).await?;
        }
        Ok(())
    }
}

fn value(row: &<Db as Database>::Row, at: usize, kind: Kind) -> Stored<Value> {
    Ok(match kind {
        Kind::Number => row.try_get::<Option<i64>, _>(at)?.map_or(Value::Nothing, Value::Number),
        Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Value::Nothing, Value::Text),
        Kind::Flag => row.try_get::<Option<bool>, _>(at)?.map_or(Value::Nothing, Value::Flag),
        Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Value::Nothing, Value::Bytes),
    })
}

/// What kinds of values a row of the answer has.
fn kinds(table: &'static Table, wanted: &Wanted) -> Vec<Kind> {
    match wanted {
        Wanted::AsTheyAre | Wanted::After(_) => table.columns.iter().map(|column| column.kind).collect(),
        // Only tables whose key is an id have columns that wait, and those are ids too.
        Wanted::Waiting(column) => vec![Kind::Number, column.kind],
    }
}

#[async_trait]
impl House for Rows {
    async fn count(&mut self, table: &'static Table) -> Stored<u64> {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM \"{}\"", table.name));
        Ok(columns::number(sqlx::query_scalar::<Db, i64>(count).fetch_one(&mut self.connection).await?))
    }

    fn rows(&mut self, table: &'static Table, wanted: Wanted) -> BoxStream<'_, Stored<Row>> {
        let kinds = kinds(table, &wanted);
        let mut select = sqlx::query::<Db>(AssertSqlSafe(moving::select(table, &wanted)));
        if let Wanted::After(Some(key)) = wanted {
            for part in key {
                select = match part {
                    Value::Text(text) => select.bind(text),
                    Value::Number(number) => select.bind(number),
                    // No key has parts of other kinds.
                    Value::Nothing | Value::Flag(_) | Value::Bytes(_) => select.bind(None::<i64>),
                };
            }
        }
        let rows = select.fetch(&mut self.connection).map_err(StoreError::from);
        rows.and_then(move |row| {
            let values: Stored<Row> = kinds.iter().enumerate().map(|(at, kind)| value(&row, at, *kind)).collect();
            std::future::ready(values)
        })
        .boxed()
    }

    async fn keep(&mut self, table: &'static Table, rows: &[Row], reached: &Reached) -> Stored<()> {
        self.run(BEGIN_WRITING).await?;
        self.insert(table, rows).await?;
        self.note(table.name, &columns::json(reached)?).await?;
        self.run("COMMIT").await
    }

    async fn fill(&mut self, table: &'static Table, column: &'static Column, rows: &[Row]) -> Stored<()> {
        let update = format!("UPDATE \"{}\" SET \"{}\" = $2 WHERE id = $1", table.name, column.name);
        self.run(BEGIN_WRITING).await?;
        for row in rows {
            let [Value::Number(id), Value::Number(value)] = row.as_slice() else {
                return Err(StoreError::Failed("a column that waits is not of ids".into()));
            };
            let update = sqlx::query::<Db>(AssertSqlSafe(update.clone())).bind(*id).bind(*value);
            update.execute(&mut self.connection).await?;
        }
        self.run("COMMIT").await
    }

    async fn begun(&mut self) -> Stored<Option<(String, HashMap<String, Reached>)>> {
        if !is_there(&mut self.connection, "house_move").await? {
            return Ok(None);
        }
        let select = "SELECT part, reached FROM house_move";
        let found = sqlx::query_as::<Db, (String, String)>(select).fetch_all(&mut self.connection).await?;
        let mut parts = found.into_iter().collect::<HashMap<_, _>>();
        let from = parts.remove(FROM).unwrap_or_default();
        let mut reached = HashMap::new();
        for (part, text) in parts {
            reached.insert(part, columns::from_json(&text)?);
        }
        Ok(Some((from, reached)))
    }

    async fn begin(&mut self, from: &str) -> Stored<()> {
        self.run(BEGIN_WRITING).await?;
        self.run("CREATE TABLE house_move (part TEXT PRIMARY KEY, reached TEXT NOT NULL)").await?;
        self.note(FROM, from).await?;
        for table in SEEDED {
            let delete = AssertSqlSafe(format!("DELETE FROM \"{table}\""));
            sqlx::query::<Db>(delete).execute(&mut self.connection).await?;
        }
        self.run("COMMIT").await
    }

    async fn end(&mut self) -> Stored<()> {
        self.run("DROP TABLE house_move").await?;
        self.run(AFTER_MOVE).await
    }

    async fn close(self: Box<Self>) -> Stored<()> {
        Ok(self.connection.close().await?)
    }
}
