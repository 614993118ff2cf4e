//! A community in a database of its own, filled through the store before the server starts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hubbub::{
    protocol::{
        ids::{PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, Role},
    },
    server::{
        auth::tokens::AccessTokens,
        domain::{
            Actor,
            ports::{Ids, PersonRecord, PostRecord, SessionRecord, Store, Tx},
        },
        ids::IdGenerator,
        store::{self, Settings},
        tasks::Tasks,
    },
};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{database, process::SECRET};

/// Rows of one transaction while filling.
const BATCH: u64 = 2_000;
/// Spread of the posts over time.
const POST_EVERY: Duration = Duration::from_secs(60);

pub struct Community {
    pub folder: tempfile::TempDir,
    pub members: Vec<Member>,
    pub posts: Vec<PostId>,
}

#[derive(Clone)]
pub struct Member {
    pub id: UserId,
    pub token: String,
}

impl Community {
    /// People with one session each, and posts by them in turn, newest last.
    pub async fn of(people: u64, posts: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        database::make(folder.path()).await;
        let tasks = Tasks::new();
        let store = open(&folder, &tasks).await;
        let ids = IdGenerator::new(0);
        let now = now();
        let started = now.minus(POST_EVERY * u32::try_from(posts).unwrap() + Duration::from_secs(3_600));
        let members = add_people(&*store, &ids, started, people, now).await;
        let posts = add_posts(&*store, &ids, started, &members, posts).await;
        drop(store);
        assert!(tasks.shutdown(Duration::from_secs(30)).await);
        Self { folder, members, posts }
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
        let (store, tasks) = self.reopened().await;
        let author = self.members[by].clone();
        let started = now().minus(POST_EVERY * u32::try_from(count).unwrap());
        let made = add_posts(&*store, &IdGenerator::new(1), started, &[author], count).await;
        self.posts.extend(made);
        drop(store);
        assert!(tasks.shutdown(Duration::from_secs(30)).await);
    }

    /// The same data, read again; no server may have it open.
    pub async fn reopened(&self) -> (std::sync::Arc<dyn Store>, Tasks) {
        let tasks = Tasks::new();
        (open(&self.folder, &tasks).await, tasks)
    }
}

async fn open(folder: &tempfile::TempDir, tasks: &Tasks) -> std::sync::Arc<dyn Store> {
    store::open(&database::of(folder.path()), Settings::default(), tasks).await.unwrap()
}

async fn add_people(store: &dyn Store, ids: &IdGenerator, at: Timestamp, count: u64, now: Timestamp) -> Vec<Member> {
    let tokens = AccessTokens::new(SECRET.as_bytes()).unwrap();
    let mut members = Vec::new();
    let mut tx = store.begin().await.unwrap();
    for number in 0..count {
        let id = UserId::new(ids.next(at));
        let session_id = SessionId::new(ids.next(at));
        tx.insert_person(&person(id, number, at)).await.unwrap();
        tx.insert_session(&session(session_id, id, now)).await.unwrap();
        let actor = Actor { user_id: id, session_id, role: Role::Member };
        members.push(Member { id, token: tokens.sign(&actor, now).unwrap() });
        tx = next_batch(store, tx, number).await;
    }
    tx.commit().await.unwrap();
    members
}

async fn add_posts(store: &dyn Store, ids: &IdGenerator, start: Timestamp, by: &[Member], count: u64) -> Vec<PostId> {
    let mut posts = Vec::new();
    let mut tx = store.begin().await.unwrap();
    for number in 0..count {
        let at = start.plus(POST_EVERY * u32::try_from(number).unwrap());
        let post = PostRecord {
            id: PostId::new(ids.next(at)),
            author: by[usize::try_from(number).unwrap() % by.len()].id,
            content: format!("Post number {number}. {TEXT}"),
            entities: Vec::new(),
            audience: Audience::Public,
            created_at: at,
            client_id: None,
        };
        tx.insert_post(&post).await.unwrap();
        posts.push(post.id);
        tx = next_batch(store, tx, number).await;
    }
    tx.commit().await.unwrap();
    posts
}

async fn next_batch(store: &dyn Store, tx: Box<dyn Tx>, number: u64) -> Box<dyn Tx> {
    if number % BATCH != BATCH - 1 {
        return tx;
    }
    tx.commit().await.unwrap();
    store.begin().await.unwrap()
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

/// About the length of a post in a real community.
const TEXT: &str = "The celadon went exactly the green we argued about for a month, nothing cracked, and the shelf by \
                    the window is free until Thursday evening for whoever asks first.";

fn person(id: UserId, number: u64, created_at: Timestamp) -> PersonRecord {
    PersonRecord {
        id,
        email: format!("member{number}@example.org"),
        username: format!("member{number}"),
        full_name: format!("Member Number {number}"),
        bio: String::new(),
        role: Role::Member,
        avatar: None,
        password_hash: "nobody signs in with a password here".to_owned(),
        created_at,
    }
}

fn session(id: SessionId, user_id: UserId, now: Timestamp) -> SessionRecord {
    let (device, address) = ("Benchmark".to_owned(), "127.0.0.1".to_owned());
    SessionRecord { id, user_id, device, address, created_at: now, last_seen_at: now, ended_at: None }
}

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap())
}
