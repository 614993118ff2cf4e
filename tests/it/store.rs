//! What the tests of the store share: databases of their own, and people and posts in them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hubbub::{
    protocol::{
        ids::{CommentId, ImageId, PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, Entity, EntityKind, Role},
    },
    server::{
        domain::ports::{
            CommentRecord, ImagePurpose, ImageRecord, PersonRecord, PostRecord, Read, SessionRecord, Store, Tx,
        },
        store::{self, Connections, Settings},
        tasks::Tasks,
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::skipped::skipped;

/// Where a PostgreSQL for tests listens; read nowhere else. `cargo xtask test` starts one and sets it.
const POSTGRES_URL: &str = "HUBBUB_TEST_POSTGRES";

/// The PostgreSQL for tests. `None` leaves a line on the terminal that says what was left out.
pub fn postgres_url() -> Option<String> {
    let url = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        skipped(&format!("every case on PostgreSQL, as {POSTGRES_URL} is not set"));
    }
    url
}

/// An empty schema called after the test, as a `database_url`.
pub async fn fresh_schema(url: &str, name: &str) -> String {
    let schema = format!("case_{}", name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"));
    let schema = &schema[..schema.len().min(60)];
    let mut admin = PgConnection::connect(url).await.unwrap();
    let fresh = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(AssertSqlSafe(fresh)).execute(&mut admin).await.unwrap();
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options[search_path]={schema}")
}

/// An empty database called after the test, for who must be alone in it, as a `database_url`.
pub async fn fresh_database(url: &str, name: &str) -> String {
    let mut admin = PgConnection::connect(url).await.unwrap();
    for statement in
        [format!("DROP DATABASE IF EXISTS alone_{name} WITH (FORCE)"), format!("CREATE DATABASE alone_{name}")]
    {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.unwrap();
    }
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/alone_{name}")
}

/// Settings that let a test fail soon.
pub const SETTINGS: Settings =
    Settings { patience: Duration::from_secs(20), connections: Connections { sqlite_readers: 3, postgres: 8 } };

/// A store of one test's own.
pub struct World {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// The owner of its tasks.
    pub tasks: Tasks,
    /// Its `database_url`.
    pub url: String,
    /// The number that the last id was made of.
    last: AtomicU64,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    /// On a file in a folder that goes away with the test.
    pub async fn sqlite(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("hubbub.db").to_str().unwrap().to_owned();
        Self::open(url, settings, Some(folder)).await
    }

    /// In a schema called after the test; `None` when there is no PostgreSQL to test with.
    pub async fn postgres(name: &str, settings: Settings) -> Option<Self> {
        let url = fresh_schema(&postgres_url()?, name).await;
        Some(Self::open(url, settings, None).await)
    }

    async fn open(url: String, settings: Settings, folder: Option<tempfile::TempDir>) -> Self {
        let tasks = Tasks::new();
        let store = store::open(&url, settings, &tasks).await.unwrap();
        Self { store, tasks, url, last: AtomicU64::new(1_000), _folder: folder }
    }

    /// A number greater than all before it.
    pub fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub async fn read(&self) -> Box<dyn Read> {
        self.store.read().await.unwrap()
    }

    pub async fn begin(&self) -> Box<dyn Tx> {
        self.store.begin().await.unwrap()
    }

    /// A person as they would register, not stored yet.
    pub fn someone(&self, username: &str, full_name: &str) -> PersonRecord {
        PersonRecord {
            id: UserId::new(self.next()),
            email: format!("{username}@example.org"),
            username: username.to_owned(),
            full_name: full_name.to_owned(),
            bio: String::new(),
            role: Role::Member,
            avatar: None,
            password_hash: "$argon2id$".to_owned(),
            created_at: at(1),
        }
    }

    /// A stored person.
    pub async fn person(&self, username: &str) -> UserId {
        self.named(username, &format!("{username} Example")).await
    }

    /// A stored person with a name.
    pub async fn named(&self, username: &str, full_name: &str) -> UserId {
        let person = self.someone(username, full_name);
        let mut tx = self.begin().await;
        tx.insert_person(&person).await.unwrap();
        tx.commit().await.unwrap();
        person.id
    }

    pub async fn follow(&self, follower: UserId, followee: UserId) {
        let mut tx = self.begin().await;
        assert!(tx.insert_follow(follower, followee, self.next(), at(2)).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A post as it would be written, not stored yet. Its tags are the words that start with `#`.
    pub fn draft(&self, author: UserId, audience: Audience, content: &str) -> PostRecord {
        PostRecord {
            id: PostId::new(self.next()),
            author,
            content: content.to_owned(),
            entities: tags(content),
            audience,
            created_at: at(3),
            client_id: None,
        }
    }

    /// A stored post.
    pub async fn post(&self, author: UserId, audience: Audience, content: &str) -> PostId {
        let post = self.draft(author, audience, content);
        let mut tx = self.begin().await;
        tx.insert_post(&post).await.unwrap();
        tx.commit().await.unwrap();
        post.id
    }

    pub async fn delete_post(&self, post: PostId, when: Option<Timestamp>) {
        let mut tx = self.begin().await;
        tx.set_post_deleted(post, when).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A comment as it would be written, not stored yet.
    pub fn remark(&self, author: UserId, post: PostId, parent: Option<CommentId>, content: &str) -> CommentRecord {
        CommentRecord {
            id: CommentId::new(self.next()),
            post_id: post,
            parent_id: parent,
            author,
            content: content.to_owned(),
            entities: tags(content),
            created_at: at(4),
            client_id: None,
        }
    }

    /// A stored comment.
    pub async fn comment(&self, author: UserId, post: PostId, parent: Option<CommentId>) -> CommentId {
        let comment = self.remark(author, post, parent, "hm");
        let mut tx = self.begin().await;
        tx.insert_comment(&comment).await.unwrap();
        tx.commit().await.unwrap();
        comment.id
    }

    pub async fn delete_comment(&self, comment: CommentId, when: Option<Timestamp>) {
        let mut tx = self.begin().await;
        tx.set_comment_deleted(comment, when).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A stored session.
    pub async fn session(&self, user: UserId, seen: u64) -> SessionId {
        let session = SessionRecord {
            id: SessionId::new(self.next()),
            user_id: user,
            device: "Firefox on Linux".to_owned(),
            address: "192.0.2.1".to_owned(),
            created_at: at(5),
            last_seen_at: at(seen),
            ended_at: None,
        };
        let mut tx = self.begin().await;
        tx.insert_session(&session).await.unwrap();
        tx.commit().await.unwrap();
        session.id
    }

    /// A stored picture that nothing shows.
    pub async fn image(&self, owner: UserId, purpose: ImagePurpose, created_at: Timestamp) -> ImageId {
        let image = ImageRecord {
            id: ImageId::new(self.next()),
            owner,
            purpose,
            post_id: None,
            conversation_id: None,
            content_type: "image/jpeg".to_owned(),
            width: 640,
            height: 480,
            size_bytes: 12_345,
            created_at,
        };
        let mut tx = self.begin().await;
        tx.insert_image(&image).await.unwrap();
        tx.commit().await.unwrap();
        image.id
    }
}

/// A moment.
pub fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + ms)
}

/// The words of `content` that start with `#`, as entities.
pub fn tags(content: &str) -> Vec<Entity> {
    let mut start = 0;
    let mut found = Vec::new();
    for word in content.split(' ') {
        if let Some(tag) = word.strip_prefix('#') {
            found.push(Entity { start, end: start + word.len(), kind: EntityKind::Tag { tag: tag.to_lowercase() } });
        }
        start += word.len() + 1;
    }
    found
}
