//! A community in a database of its own, filled through the store before the server starts: nobody hashes passwords for
//! people who do not exist.

use std::{
    fmt::Debug,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hubbub::{
    protocol::{
        conversations::{ConversationKind, Standing},
        ids::{ConversationId, PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, Role},
    },
    server::{
        auth::tokens::AccessTokens,
        domain::{
            Actor,
            ports::{ConversationRecord, Ids, MemberRecord, PersonRecord, PostRecord, SessionRecord, Store, Tx},
        },
        ids::IdGenerator,
        store::{self, Settings},
        tasks::Tasks,
    },
};

use crate::{Outcome, database, process::SECRET};

/// Rows of one transaction while filling.
const BATCH: u64 = 2_000;
/// Spread of the posts over time.
const POST_EVERY: Duration = Duration::from_secs(60);
/// A run may take longer than an access token holds. Tabs get new ones; people here begin with one that holds long enough.
const SIGNED_IN_FOR: Duration = Duration::from_secs(24 * 3_600);
/// What is written is on disk after this long.
const CLOSING: Duration = Duration::from_secs(30);

/// People and posts, in a folder that goes with this value.
pub struct Community {
    /// Where the database is.
    pub folder: tempfile::TempDir,
    /// Everybody.
    pub members: Vec<Member>,
    /// Oldest first.
    pub posts: Vec<PostId>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// An access token of their only session.
    pub token: String,
}

impl Community {
    /// People with one session each, and posts by them in turn, newest last.
    ///
    /// # Errors
    /// The store failed.
    pub async fn of(people: u64, posts: u64) -> Outcome<Self> {
        Self::within(tempfile::tempdir().map_err(told("the folder"))?, people, posts).await
    }

    /// The same in this folder, or where it says that its database is.
    ///
    /// # Errors
    /// The store failed.
    pub async fn within(folder: tempfile::TempDir, people: u64, posts: u64) -> Outcome<Self> {
        let tasks = Tasks::new();
        let store = open(folder.path(), &tasks).await?;
        let ids = IdGenerator::new(0);
        let now = now();
        let started = now.minus(spread(posts) + Duration::from_secs(3_600));
        let members = add_people(&*store, &ids, started, people, now).await?;
        let posts = add_posts(&*store, &ids, started, &members, posts).await?;
        close(store, &tasks).await?;
        Ok(Self { folder, members, posts })
    }

    /// More posts, all by one member.
    ///
    /// # Errors
    /// The store failed, or there is no such member.
    pub async fn add_posts(&mut self, by: usize, count: u64) -> Outcome {
        let author = self.members.get(by).cloned().ok_or("There is no such member.")?;
        let (store, tasks) = self.reopened().await?;
        let started = now().minus(spread(count));
        let made = add_posts(&*store, &IdGenerator::new(1), started, &[author], count).await?;
        self.posts.extend(made);
        close(store, &tasks).await
    }

    /// A group for each of these sets of members, who are named by their places.
    ///
    /// # Errors
    /// The store failed.
    pub async fn add_groups(&self, groups: &[[usize; 3]]) -> Outcome<Vec<ConversationId>> {
        let (store, tasks) = self.reopened().await?;
        let (ids, at) = (IdGenerator::new(1), Timestamp::from_millis(1_800_000_000_000));
        let mut tx = store.begin().await.map_err(told("groups"))?;
        let mut begun = Vec::new();
        for (number, places) in (0_u64..).zip(groups) {
            let people: Vec<UserId> =
                places.iter().filter_map(|place| self.members.get(*place)).map(|one| one.id).collect();
            begun.push(add_group(&mut *tx, &ids, at, &people).await?);
            tx = next_batch(&*store, tx, number).await?;
        }
        tx.commit().await.map_err(told("groups"))?;
        close(store, &tasks).await?;
        Ok(begun)
    }

    /// The same data, read again; no server may have it open.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn reopened(&self) -> Outcome<(Arc<dyn Store>, Tasks)> {
        let tasks = Tasks::new();
        Ok((open(self.folder.path(), &tasks).await?, tasks))
    }
}

fn told<E: Debug>(what: &'static str) -> impl Fn(E) -> String {
    move |cause| format!("Filling the database, {what}: {cause:?}.")
}

fn spread(posts: u64) -> Duration {
    POST_EVERY * u32::try_from(posts).unwrap_or(u32::MAX)
}

async fn open(folder: &Path, tasks: &Tasks) -> Outcome<Arc<dyn Store>> {
    store::open(&database::of(folder), Settings::default(), tasks).await.map_err(told("opening it"))
}

async fn close(store: Arc<dyn Store>, tasks: &Tasks) -> Outcome {
    drop(store);
    if tasks.shutdown(CLOSING).await { Ok(()) } else { Err("The database does not close.".to_owned()) }
}

async fn add_people(
    store: &dyn Store,
    ids: &IdGenerator,
    at: Timestamp,
    count: u64,
    now: Timestamp,
) -> Outcome<Vec<Member>> {
    let tokens = AccessTokens::new(SECRET.as_bytes()).map_err(told("the key"))?;
    let (mut members, signed) = (Vec::new(), now.plus(SIGNED_IN_FOR));
    let mut tx = store.begin().await.map_err(told("people"))?;
    for number in 0..count {
        let id = UserId::new(ids.next(at));
        let session_id = SessionId::new(ids.next(at));
        tx.insert_person(&person(id, number, at)).await.map_err(told("people"))?;
        tx.insert_session(&session(session_id, id, now)).await.map_err(told("sessions"))?;
        let actor = Actor { user_id: id, session_id, role: Role::Member };
        members.push(Member { id, token: tokens.sign(&actor, signed).map_err(told("tokens"))? });
        tx = next_batch(store, tx, number).await?;
    }
    tx.commit().await.map_err(told("people"))?;
    Ok(members)
}

async fn add_posts(
    store: &dyn Store,
    ids: &IdGenerator,
    start: Timestamp,
    by: &[Member],
    count: u64,
) -> Outcome<Vec<PostId>> {
    let mut posts = Vec::new();
    let mut tx = store.begin().await.map_err(told("posts"))?;
    for (number, author) in (0..count).zip(by.iter().cycle()) {
        let at = start.plus(spread(number));
        let post = PostRecord {
            id: PostId::new(ids.next(at)),
            author: author.id,
            content: format!("Post number {number}. {TEXT}"),
            entities: Vec::new(),
            audience: Audience::Public,
            created_at: at,
            client_id: None,
        };
        tx.insert_post(&post).await.map_err(told("posts"))?;
        posts.push(post.id);
        tx = next_batch(store, tx, number).await?;
    }
    tx.commit().await.map_err(told("posts"))?;
    Ok(posts)
}

async fn add_group(tx: &mut dyn Tx, ids: &IdGenerator, at: Timestamp, people: &[UserId]) -> Outcome<ConversationId> {
    let id = ConversationId::new(ids.next(at));
    let conversation = ConversationRecord {
        id,
        kind: ConversationKind::Group,
        title: None,
        pair: None,
        created_by: *people.first().ok_or("A group has members.")?,
        client_id: None,
        created_at: at,
    };
    tx.insert_conversation(&conversation).await.map_err(told("groups"))?;
    for person in people {
        let member = MemberRecord {
            user_id: *person,
            standing: Standing::Active,
            admin: false,
            from_seq: 0,
            read_number: 0,
            delivered_number: 0,
            shows_receipts: true,
        };
        tx.put_member(id, &member, at).await.map_err(told("members"))?;
    }
    Ok(id)
}

async fn next_batch(store: &dyn Store, tx: Box<dyn Tx>, number: u64) -> Outcome<Box<dyn Tx>> {
    if number % BATCH != BATCH - 1 {
        return Ok(tx);
    }
    tx.commit().await.map_err(told("a batch"))?;
    store.begin().await.map_err(told("a batch"))
}

/// About the length of a post in a real community.
pub const TEXT: &str = "The celadon went exactly the green we argued about for a month, nothing cracked, and the shelf by \
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

/// The machine's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
