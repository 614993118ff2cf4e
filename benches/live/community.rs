//! A community in a database of its own, filled through the store before the server starts.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use hubbub::server::{domain::ports::Store, tasks::Tasks};
use hubbub_load::community::{self, TEXT};
pub use hubbub_load::community::{Member, now};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::database;

/// The load generator's, for those who break when it breaks.
pub struct Community(community::Community);

impl Community {
    /// People with one session each, and posts by them in turn, newest last.
    pub async fn of(people: u64, posts: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        database::make(folder.path()).await;
        Self(community::Community::within(folder, people, posts).await.unwrap())
    }

    /// The same in an SQLite file, wherever the runs are.
    pub async fn on_sqlite(people: u64, posts: u64) -> Self {
        Self(community::Community::within(tempfile::tempdir().unwrap(), people, posts).await.unwrap())
    }

    /// People and posts before all others, so many that they are written by the database itself. No server may have it open.
    pub async fn add_history(&self, people: u64, posts: u64) {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("hubbub.db"));
        let mut connection = options.connect().await.unwrap();
        for statement in HISTORY {
            let query = sqlx::query(statement).bind(i64::try_from(people).unwrap()).bind(i64::try_from(posts).unwrap());
            query.bind(TEXT).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    /// More posts, all by one member.
    pub async fn add_posts(&mut self, by: usize, count: u64) {
        self.0.add_posts(by, count).await.unwrap();
    }

    /// The same data, read again; no server may have it open.
    pub async fn reopened(&self) -> (Arc<dyn Store>, Tasks) {
        self.0.reopened().await.unwrap()
    }
}

/// Of so many people ($1) and so many posts ($2) with this text ($3). Ids count down from the oldest there is, and times with
/// them, a minute for each post.
const HISTORY: [&str; 3] = [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1), \
     first (id, at) AS (SELECT min(id), min(created_at) FROM person) \
     INSERT INTO person (id, email, username, full_name, bio, role, password_hash, created_at) \
     SELECT id - i, 'earlier' || i || '@example.org', 'earlier' || i, 'Earlier Member ' || i, '', 'member', '', at FROM n, first",
    "INSERT INTO person_word (word, person_id) SELECT username, id FROM person WHERE username LIKE 'earlier%'",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2), \
     first (id, at, author) AS (SELECT min(id), min(created_at), (SELECT min(id) FROM person) FROM post) \
     INSERT INTO post (id, author_id, content, entities, audience, created_at) \
     SELECT id - i, author + i % $1, 'Post number ' || i || '. ' || $3, '[]', 'public', at - i * 60000 FROM n, first",
];

impl Deref for Community {
    type Target = community::Community;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Community {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
