//! Several servers of one community, on one PostgreSQL and one Redis: whoever is connected to any of them sees the same.

use std::{future::Future, net::SocketAddr, os::unix::fs::symlink, time::Duration};

use hubbub::{
    protocol::{
        commands::ClientCommand,
        events::{CloseCode, ServerEvent, Status},
        ids::ConversationId,
        views::{Audience, FeedKind},
    },
    server::{
        boot::{self, StartError},
        config::{DatabaseUrl, S3Url, SecretKey, ServerUrl, Settings, VapidKey},
    },
};
use hubbub_load::ports::free_addr;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    files::{attached, pictured},
    program::Program,
    redis::Redis,
    s3::S3,
    site::{PATIENCE, Person, Site, Tab},
    store::{fresh_schema, postgres_url},
};

const SECRET: &str = "one key for all nodes, long enough";
const VAPID: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

/// What all nodes of a community have in common.
pub struct Community {
    redis: Redis,
    database: String,
    uploads: tempfile::TempDir,
    /// Instead of that folder.
    s3: Option<S3Url>,
}

impl Community {
    /// `None` where there is no PostgreSQL or no Redis to test with.
    pub async fn new(name: &str) -> Option<Self> {
        let url = postgres_url()?;
        let database = fresh_schema(&url, &format!("nodes_{name}")).await;
        Some(Self { redis: Redis::start().await?, database, uploads: tempfile::tempdir().unwrap(), s3: None })
    }

    /// A data folder for one more node, in which the folder of uploads is mounted.
    fn folder(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        symlink(self.uploads.path(), folder.path().join("uploads")).unwrap();
        folder
    }

    /// One more node, with a folder of its own.
    pub async fn node(&self) -> Site {
        self.node_with(1_000.0).await
    }

    async fn node_with(&self, limit_factor: f64) -> Site {
        let folder = self.folder();
        let settings = Settings { limit_factor, ..self.settings(&folder) };
        Site::with_folder(boot::start(settings).await.unwrap(), folder)
    }

    /// One more node that is a process of its own.
    async fn process(&self) -> (Program, SocketAddr, tempfile::TempDir) {
        let (addr, folder) = (free_addr().unwrap(), self.folder());
        let environment = [
            ("DATABASE_URL", self.database.clone()),
            ("REDIS_URL", self.redis.url()),
            ("SECRET_KEY", SECRET.to_owned()),
            ("HUBBUB_VAPID_KEY", VAPID.to_owned()),
            ("HUBBUB_UPLOADS_SHARED", "yes".to_owned()),
        ];
        (Program::start(addr, folder.path(), &environment).await, addr, folder)
    }

    fn settings(&self, folder: &tempfile::TempDir) -> Settings {
        Settings {
            database_url: DatabaseUrl::Postgres(self.database.clone()),
            redis_url: ServerUrl::redis(&self.redis.url()),
            secret_key: SecretKey::parse(SECRET),
            vapid_key: VapidKey::parse(VAPID),
            uploads_shared: self.s3.is_none(),
            s3_url: self.s3.clone(),
            ..Settings::in_folder(folder.path().to_owned())
        }
    }
}

/// The same person, at another node.
fn at(site: &Site, person: &Person) -> Person {
    site.again(person.tokens.clone())
}

/// Waits for an event that `wanted` finds something in; those before it are let pass.
async fn seen<T>(tab: &mut Tab, wanted: impl Fn(&ServerEvent) -> Option<T>) -> T {
    let waiting = async {
        loop {
            let event = tab.next().await.expect("the socket was closed");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect("it never came")
}

fn message(event: &ServerEvent) -> Option<(u64, String)> {
    match event {
        ServerEvent::NewMessage(event) => Some((event.message.revision, event.message.content.clone())),
        _ => None,
    }
}

async fn talk(person: &Person, others: &[&Person]) -> String {
    for other in others {
        person.befriend(other).await;
    }
    let ids: Vec<String> = others.iter().map(|other| other.id()).collect();
    let body =
        if others.len() > 1 { json!({ "title": "All", "member_ids": ids }) } else { json!({ "member_ids": ids }) };
    let begun = person.done(Method::POST, "/api/conversations", Some(body)).await;
    begun["conversation_id"].as_str().unwrap().to_owned()
}

async fn say(person: &Person, conversation: &str, content: &str) {
    let path = format!("/api/conversations/{conversation}/messages");
    person.done(Method::POST, &path, Some(json!({ "content": content }))).await;
}

async fn status(site: &Site) -> Value {
    site.http.get(site.url("/api/ws/status")).send().await.unwrap().json().await.unwrap()
}

pub async fn health(site: &Site) -> Value {
    site.http.get(site.url("/health")).send().await.unwrap().json().await.unwrap()
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < PATIENCE, "{what} never came true");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_node_is_seen_at_all() {
    let Some(community) = Community::new("seen").await else { return };
    let sites = [community.node().await, community.node().await, community.node().await];
    let ana = sites[0].person("ana").await;
    let ben = at(&sites[1], &sites[0].person("ben").await);
    let cleo = at(&sites[2], &sites[0].person("cleo").await);
    let (mut ana_tab, mut ben_tab, mut cleo_tab) = (ana.connect().await, ben.connect().await, cleo.connect().await);

    let conversation = talk(&ana, &[&ben, &cleo]).await;
    say(&ben, &conversation, "from the second").await;
    for tab in [&mut ana_tab, &mut ben_tab, &mut cleo_tab] {
        let said = seen(tab, |event| message(event).filter(|(_, content)| content == "from the second")).await;
        assert_eq!(said.1, "from the second");
    }

    let post = ana.post("seen by all", Audience::Public).await;
    ben_tab.command(ClientCommand::WatchPosts { post_ids: vec![post.id], known: Vec::new() }).await;
    cleo.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
    let likes = seen(&mut ben_tab, |event| match event {
        ServerEvent::LikeUpdate(update) if update.like_count == 1 => Some(update.post_id),
        _ => None,
    });
    assert_eq!(likes.await, post.id);
    // The author hears of it in the bell, whoever's node did the work.
    assert!(matches!(ana_tab.next_of_bell().await, ServerEvent::Notification(_) | ServerEvent::UnreadCount(_)));

    ben_tab.command(ClientCommand::WatchFeed { feed: FeedKind::Everyone }).await;
    let later = cleo.post("a later one", Audience::Public).await;
    let heard = seen(&mut ben_tab, |event| match event {
        ServerEvent::NewPost(event) => Some(event.post.id),
        _ => None,
    });
    assert_eq!(heard.await, later.id);

    let conversation_id: ConversationId = conversation.parse().unwrap();
    cleo_tab.command(ClientCommand::JoinConversation { conversation_id }).await;
    ana_tab.command(ClientCommand::JoinConversation { conversation_id }).await;
    ana_tab.command(ClientCommand::Typing { conversation_id, is_typing: true }).await;
    let types = seen(&mut cleo_tab, |event| match event {
        ServerEvent::Typing(typing) if typing.is_typing => Some(typing.user_id),
        _ => None,
    });
    assert_eq!(types.await, ana.tokens.user.person.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conversation_reads_alike_at_all_nodes() {
    const EACH: usize = 60;
    let Some(community) = Community::new("alike").await else { return };
    let sites = [community.node().await, community.node().await, community.node().await];
    let ana = sites[0].person("ana").await;
    let ben = at(&sites[1], &sites[0].person("ben").await);
    let cleo = at(&sites[2], &sites[0].person("cleo").await);
    let mut tabs = [ana.connect().await, ben.connect().await, cleo.connect().await];
    let conversation = talk(&ana, &[&ben, &cleo]).await;
    let talks = async |who: &Person| {
        for number in 0..EACH {
            say(who, &conversation, &format!("{} {number}", who.id())).await;
        }
    };
    let talking = async { tokio::join!(talks(&ana), talks(&ben), talks(&cleo)) };
    let read = async {
        let mut all = Vec::new();
        for tab in &mut tabs {
            let mut read = Vec::new();
            while read.len() < EACH * 3 {
                // The first entry says that the conversation began.
                read.extend(Some(seen(tab, message).await).filter(|(_, content)| !content.is_empty()));
            }
            all.push(read);
        }
        all
    };
    let (_, all) = tokio::join!(talking, read);
    let entries = all[0].iter().map(|(entry, _)| *entry);
    assert!(entries.clone().eq(all[0][0].0..=all[0][0].0 + entries.count() as u64 - 1), "not in order: {:?}", all[0]);
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_to_two_nodes_at_once_is_stored_once_and_no_fault_of_the_server() {
    let Some(community) = Community::new("at_once").await else { return };
    let (first, second) = (community.node().await, community.node().await);
    let ana = first.person("ana").await;
    let ana_there = at(&second, &ana);
    let post = ana.post("Which clay?", Audience::Public).await;
    let path = format!("/api/posts/{}/comments", post.id);
    for number in 0..20 {
        let client_id = format!("{number:08x}-0000-4000-8000-000000000000");
        let form = json!({ "content": "The red one.", "client_id": client_id });
        let sent = async |who: &Person| {
            let (status, comment) = who.ask(Method::POST, &path, Some(form.clone())).await;
            // Whoever comes second while the first is not done is told to try again.
            assert!(status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE, "{status} {comment}");
            if status.is_success() { comment } else { who.done(Method::POST, &path, Some(form.clone())).await }
        };
        let (one, other) = tokio::join!(sent(&ana), sent(&ana_there));
        assert_eq!(one["id"], other["id"]);
    }
    let stored = ana.done(Method::GET, &format!("/api/posts/{}", post.id), None).await;
    assert_eq!(stored["comment_count"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_there_wherever_they_are_connected() {
    let Some(community) = Community::new("presence").await else { return };
    let (first, second) = (community.node().await, community.node().await);
    let (ana, ben) = (first.person("ana").await, first.person("ben").await);
    let ben_there = at(&second, &ben);
    let mut looks = ana.connect().await;
    let watched = vec![ben.tokens.user.person.id];
    looks.command(ClientCommand::WatchPeople { user_ids: watched }).await;
    let status_of = |event: &ServerEvent| match event {
        ServerEvent::UserStatus(status) => Some((status.status, status.idle)),
        _ => None,
    };
    let mut there = ben_there.connect().await;
    assert_eq!(seen(&mut looks, status_of).await, (Status::Online, false));
    there.command(ClientCommand::SetIdle { is_idle: true }).await;
    assert_eq!(seen(&mut looks, status_of).await, (Status::Online, true));
    let mut here = ben.connect().await;
    assert_eq!(seen(&mut looks, status_of).await, (Status::Online, false));
    until("all are counted", || async { status(&second).await["active_connections"] == 3 }).await;
    assert_eq!(status(&first).await["online_users"], 2);
    assert_eq!(status(&first).await["redis_enabled"], true);
    here.socket.close(None).await.unwrap();
    assert_eq!(seen(&mut looks, status_of).await, (Status::Online, true), "still there, doing nothing");
    there.socket.close(None).await.unwrap();
    assert_eq!(seen(&mut looks, status_of).await.0, Status::Offline);

    // A node that stops takes its people with it, a moment later.
    let _there = ben_there.connect().await;
    assert_eq!(seen(&mut looks, status_of).await.0, Status::Online);
    second.stop().await;
    assert_eq!(seen(&mut looks, status_of).await.0, Status::Offline);
    first.running.state.live.hub.check_invariants().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_leaves_no_ghosts_and_a_frozen_one_comes_back() {
    let Some(community) = Community::new("ghosts").await else { return };
    let site = community.node().await;
    let (program, addr, _folder) = community.process().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut looks = ana.connect().await;
    let watched = vec![ben.tokens.user.person.id];
    looks.command(ClientCommand::WatchPeople { user_ids: watched }).await;
    let status_of = |event: &ServerEvent| match event {
        ServerEvent::UserStatus(status) => Some(status.clone()),
        _ => None,
    };
    let _there = Person::at(addr, ben.tokens.clone()).connect().await;
    assert_eq!(seen(&mut looks, status_of).await.status, Status::Online);
    program.signal("STOP");
    assert_eq!(seen(&mut looks, status_of).await.status, Status::Offline);
    program.signal("CONT");
    assert_eq!(seen(&mut looks, status_of).await.status, Status::Online);
    program.kill();
    let gone = seen(&mut looks, status_of).await;
    assert_eq!(gone.status, Status::Offline);
    assert!(gone.last_seen_at.is_some_and(|at| at < gone.timestamp), "they were last seen before it was noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_one_node_ends_at_all() {
    let Some(community) = Community::new("ended").await else { return };
    let (first, second) = (community.node().await, community.node().await);
    let ana = first.person("ana").await;
    let mut tab = at(&second, &ana).connect().await;
    ana.done(Method::POST, "/api/auth/logout", None).await;
    let (_, code) = tab.until_closed().await;
    assert_eq!(code, CloseCode::Unauthorized.as_u16());
    let refused = at(&second, &ana).request(Method::GET, "/api/me").send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_gets_no_new_allowance_at_the_next_node() {
    let Some(community) = Community::new("guesser").await else { return };
    let (first, second) = (community.node_with(1.0).await, community.node_with(1.0).await);
    first.person("ana").await;
    let guess = async |site: &Site| {
        let form = json!({ "login": "ana", "password": "not this one" });
        site.http.post(site.url("/api/auth/login")).json(&form).send().await.unwrap().status()
    };
    for _ in 0..10 {
        assert_eq!(guess(&first).await, StatusCode::UNAUTHORIZED);
    }
    // What was tried is told in the order it was: when this message is there, so are the tries.
    let (ana, mut there) = (first.person("mel").await, second.person("ben").await.connect().await);
    there.command(ClientCommand::WatchFeed { feed: FeedKind::Everyone }).await;
    ana.post("now", Audience::Public).await;
    seen(&mut there, |event| matches!(event, ServerEvent::NewPost(_)).then_some(())).await;
    assert_eq!(guess(&second).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_goes_on_without_redis_and_all_is_right_when_it_is_back() {
    let Some(mut community) = Community::new("outage").await else { return };
    let (first, second) = (community.node().await, community.node().await);
    let (ana, ben) = (first.person("ana").await, first.person("ben").await);
    let ben_there = at(&second, &ben);
    let conversation = talk(&ana, &[&ben]).await;
    let (mut ana_tab, mut ben_tab, mut there) = (ana.connect().await, ben.connect().await, ben_there.connect().await);
    assert_eq!(health(&first).await["nodes"], "connected");

    community.redis.kill();
    until("the node says so", || async { health(&first).await["nodes"] == "degraded" }).await;
    let ready = first.http.get(first.url("/health/ready")).send().await.unwrap();
    assert!(ready.status().is_success(), "the site works");
    say(&ana, &conversation, "nobody at the other node hears this").await;
    for tab in [&mut ana_tab, &mut ben_tab] {
        seen(tab, message).await;
    }

    community.redis.again().await;
    let (mark, before) = (there.connected.clone().unwrap(), Instant::now());
    let (events, code) = there.until_closed().await;
    assert!(events.iter().all(|event| message(event).is_none()));
    assert!(events.iter().any(|event| matches!(event, ServerEvent::GoingAway { .. })));
    assert_eq!(code, CloseCode::Restarting.as_u16());
    assert!(before.elapsed() < PATIENCE);
    // Who comes again is told to read anew, and what is there then is whole.
    let mut again = ben_there.connect().await;
    let resume = ClientCommand::Resume { epoch: mark.epoch, offset: mark.offset, conversations: Vec::new() };
    let (_, result) = again.command(resume).await;
    assert_eq!(result.resumed, Some(false));
    say(&ana, &conversation, "and this they do").await;
    assert_eq!(seen(&mut again, message).await.1, "and this they do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_does_not_answer_is_noticed() {
    let Some(community) = Community::new("frozen").await else { return };
    let site = community.node().await;
    community.redis.freeze();
    until("the node says so", || async { health(&site).await["nodes"] == "degraded" }).await;
    site.person("ana").await.post("the site works", Audience::Public).await;
    community.redis.thaw();
    until("the node is back", || async { health(&site).await["nodes"] == "connected" }).await;
}

/// What one person uploads at one node comes from another, to those who may have it.
async fn files_come_from_every_node(community: &Community) {
    let (first, second) = (community.node().await, community.node().await);
    let (ana, ben) = (first.person("ana").await, first.person("ben").await);
    let (ana_there, ben_there) = (at(&second, &ana), at(&second, &ben));
    let nobody_there = at(&second, &first.person("nobody").await);
    let get = async |who: &Person, url: &str, range: Option<&str>| {
        let request = who.request(Method::GET, url);
        let request = if let Some(range) = range { request.header("range", range) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    };

    let picture = pictured(&ana).await;
    let (status, bytes) = get(&ana_there, &picture, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(get(&ana, &picture, None).await.1, bytes);
    assert_eq!(get(&nobody_there, &picture, None).await.0, StatusCode::NOT_FOUND, "it is in no post yet");

    let whole: Vec<u8> = (0..12_000_000).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let (id, url) = attached(&ana, &whole).await.unwrap();
    let conversation = talk(&ana, &[&ben]).await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(get(&ben_there, &url, None).await.0, StatusCode::NOT_FOUND, "it was not sent yet");
    ana.done(Method::POST, &path, Some(json!({ "attachment": id }))).await;
    let (status, bytes) = get(&ben_there, &url, None).await;
    assert!(status == StatusCode::OK && bytes == whole, "{status}");
    let (status, bytes) = get(&ben_there, &url, Some("bytes=5242870-5242889")).await;
    assert_eq!((status, &bytes[..]), (StatusCode::PARTIAL_CONTENT, &whole[5_242_870..5_242_890]));
    assert_eq!(get(&nobody_there, &url, None).await.0, StatusCode::NOT_FOUND);
    let stranger = second.http.get(second.url(&url)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_folder_that_all_mount_come_from_every_node() {
    let Some(community) = Community::new("folder").await else { return };
    files_come_from_every_node(&community).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_s3_come_from_every_node() {
    let Some(mut community) = Community::new("s3").await else { return };
    let Some(s3) = S3::start().await else { return };
    community.s3 = Some(s3.url("files/of/ours"));
    files_come_from_every_node(&community).await;
    assert!(s3.names().await.iter().any(|name| name.starts_with("of/ours/attachments/")));
    assert_eq!(community.uploads.path().read_dir().unwrap().count(), 0, "the folder stays empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_would_not_be_one_of_several_is_refused() {
    let redis_url = ServerUrl::redis("redis://127.0.0.1:1");
    let folder = tempfile::tempdir().unwrap();
    let alone = Settings { redis_url, ..Settings::in_folder(folder.path().to_owned()) };
    let refused = async |settings: Settings| match boot::start(settings).await {
        Err(StartError::NotShared { setting, .. }) => setting,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    };
    assert_eq!(refused(alone.clone()).await, "DATABASE_URL");
    let with_database = Settings { database_url: DatabaseUrl::Postgres("postgres://nowhere/x".to_owned()), ..alone };
    assert_eq!(refused(with_database.clone()).await, "SECRET_KEY");
    let secret_key = SecretKey::parse(SECRET);
    let with_secret = Settings { secret_key, ..with_database };
    assert_eq!(refused(with_secret.clone()).await, "HUBBUB_VAPID_KEY");
    let with_keys = Settings { vapid_key: VapidKey::parse(VAPID), ..with_secret };
    assert_eq!(refused(with_keys.clone()).await, "S3_URL");
    let refused = boot::start(with_keys).await.err().unwrap().to_string();
    assert!(refused.contains("HUBBUB_UPLOADS_SHARED=yes"), "{refused}");
}
