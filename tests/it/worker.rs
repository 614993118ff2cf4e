//! The worker with real servers: RabbitMQ away, workers killed, a mail server that is down, slow and silent. Every letter
//! arrives once, every status ends right, and nothing is left to do.

pub mod rabbit;

use std::{collections::BTreeMap, net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

use hubbub::{
    protocol::{
        events::ServerEvent,
        ids::{PostId, UserId},
        notifications::{Channel, Delivery, NotificationStatus},
        requests::SignedIn,
        time::Timestamp,
        views::{Audience, Page, Role},
    },
    server::{
        boot,
        config::{DatabaseUrl, ServerUrl, Settings},
        domain::ports::{Errand, ErrandKind, Passwords, PersonRecord, PostRecord, Store},
        jobs::rabbitmq::{dead_line, line},
        store,
        tasks::Tasks,
    },
};
use hubbub_load::ports::free_addr;
use rabbit::{Turn, rabbit};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    mail::{Mail, Manner, Sink},
    program::Program,
    push_service::{Browser, Service},
    site::{PASSWORD, Person},
    stage::PASSWORDS,
    store::postgres_url,
};

/// A letter that a worker died over waits for its claim to end, and one that the mail server did not take for its retry.
const PATIENCE: Duration = Duration::from_secs(180);
/// What a worker has at the same time.
pub const SIDE_BY_SIDE: usize = 8;
const LETTERS: &str = line(ErrandKind::Letter);
const DEAD_LETTERS: &str = dead_line(ErrandKind::Letter);
const PUSHES: &str = line(ErrandKind::Push);

/// A community of many who are away, a server, its mail server and its broker.
struct World<'broker> {
    broker: Turn<'broker>,
    mail: Sink,
    store: Arc<dyn Store>,
    http: Client,
    at: SocketAddr,
    database: String,
    folder: tempfile::TempDir,
    /// Each by somebody else.
    posts: Vec<PostId>,
    _tasks: Tasks,
}

impl<'broker> World<'broker> {
    /// On SQLite, or in a schema of its own on PostgreSQL where `schema` names one and there is one.
    async fn new(broker: Turn<'broker>, people: usize, schema: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hubbub.db").to_str().unwrap().to_owned();
        let database = match (schema, postgres_url()) {
            (Some(schema), Some(url)) => crate::store::fresh_schema(&url, schema).await,
            _ => format!("sqlite:{file}"),
        };
        let tasks = Tasks::new();
        let store = store::open(&database, crate::store::SETTINGS, &tasks).await.unwrap();
        let posts = move_in(&*store, people).await;
        Self {
            broker,
            mail: Sink::start(Manner::Takes).await,
            store,
            http: Client::new(),
            at: free_addr().unwrap(),
            database,
            folder,
            posts,
            _tasks: tasks,
        }
    }

    fn start(&self, what: &str, more: &[&str]) -> Program {
        let mut command = Program::command(what, self.at, &self.folder.path().join("data"));
        command
            .args(["--database-url", &self.database, "--amqp-url", self.broker.url, "--smtp-url", &self.mail.url])
            .args(["--email-after-s", "1"])
            .args(more);
        Program::spawn(command)
    }

    fn worker(&self) -> Program {
        self.start("worker", &[])
    }

    /// A server that leaves the letters to workers.
    async fn serve(&self) -> Program {
        let program = self.start("serve", &["--serve-delivers", "no"]);
        let started = Instant::now();
        while self.health().await.is_none() {
            assert!(started.elapsed() < PATIENCE, "the program does not start");
            sleep(Duration::from_millis(20)).await;
        }
        program
    }

    /// What `GET /health/ready` answers once the server is ready.
    async fn health(&self) -> Option<Value> {
        let answer = self.http.get(format!("http://{}/health/ready", self.at)).send().await.ok()?;
        if answer.status() == 200 { answer.json().await.ok() } else { None }
    }

    async fn sign_in(&self, name: &str) -> SignedIn {
        let form = json!({ "login": name, "password": PASSWORD });
        let answer = self.http.post(format!("http://{}/api/auth/login", self.at)).json(&form).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    async fn ask(&self, who: &SignedIn, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.http.request(method, format!("http://{}{path}", self.at)).bearer_auth(&who.access_token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Ana comments on these posts, each of somebody else: one notification and one letter for each.
    async fn comment(&self, ana: &SignedIn, posts: &[PostId]) {
        for post in posts {
            let path = format!("/api/posts/{post}/comments");
            self.ask(ana, Method::POST, &path, Some(json!({ "content": "Which clay?" }))).await;
        }
    }

    async fn until(&self, what: &str, mut done: impl AsyncFnMut() -> bool) {
        let started = Instant::now();
        while !done().await {
            assert!(started.elapsed() < PATIENCE, "{what}: never; {} mails were taken", self.mail.count());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Until nothing waits: no entry of the outbox, and no letter.
    async fn until_all_is_done(&self) {
        self.until("all is done", async || {
            let mut read = self.store.read().await.unwrap();
            read.outbox_depth().await.unwrap().0 == 0 && read.letter_due().await.unwrap().is_none()
        })
        .await;
    }

    /// What became of every notification on a channel, as the admins see it.
    async fn statuses(&self, channel: Channel) -> BTreeMap<String, usize> {
        let mia = self.sign_in("mia").await;
        let (mut counts, mut before) = (BTreeMap::new(), String::new());
        loop {
            let path = format!("/api/admin/deliveries?channel={}&limit=100&before={before}", channel.as_str());
            let page: Page<Delivery> = serde_json::from_value(self.ask(&mia, Method::GET, &path, None).await).unwrap();
            for delivery in page.items.iter().filter(|one| one.channel == channel) {
                *counts.entry(format!("{:?}", delivery.status)).or_default() += 1;
            }
            match page.next {
                Some(next) => before = next,
                None => return counts,
            }
        }
    }

    /// Every letter arrived once; one whose sender did not hear so may have arrived again, as the same letter. How many did.
    async fn every_letter_arrived_once(&self, repeated_at_most: usize) -> usize {
        self.until_all_is_done().await;
        let mut by_recipient: BTreeMap<String, Vec<Mail>> = BTreeMap::new();
        for mail in self.mail.taken() {
            by_recipient.entry(mail.to.clone()).or_default().push(mail);
        }
        assert_eq!(by_recipient.len(), self.posts.len(), "somebody got nothing");
        let mut repeated = 0;
        for (recipient, mails) in &by_recipient {
            assert!(mails.iter().all(|mail| mail.id == mails[0].id), "{recipient} got different letters");
            repeated += mails.len() - 1;
        }
        assert!(repeated <= repeated_at_most, "{repeated} letters arrived twice");
        let expected = BTreeMap::from([("Delivered".to_owned(), self.posts.len())]);
        assert_eq!(self.statuses(Channel::Email).await, expected);
        assert_eq!(self.broker.depth(LETTERS).await, 0);
        assert_eq!(self.broker.depth(DEAD_LETTERS).await, 0);
        repeated
    }
}

/// Mia, who runs the community, Ana, who comments, and many whose addresses are confirmed, with a post each.
async fn move_in(store: &dyn Store, people: usize) -> Vec<PostId> {
    let password_hash = PASSWORDS.hash(PASSWORD.to_owned()).await.unwrap();
    let early = Timestamp::from_millis(1_790_000_000_000);
    let mut tx = store.begin().await.unwrap();
    let names = ["mia".to_owned(), "ana".to_owned()].into_iter().chain((0..people).map(|n| format!("person{n}")));
    let mut posts = Vec::new();
    for (number, username) in (1..).zip(names) {
        let id = UserId::new(number);
        let person = PersonRecord {
            id,
            email: format!("{username}@example.org"),
            full_name: format!("{username} Example"),
            bio: String::new(),
            role: if number == 1 { Role::Owner } else { Role::Member },
            avatar: None,
            password_hash: password_hash.clone(),
            created_at: early,
            username,
        };
        tx.insert_person(&person).await.unwrap();
        tx.confirm_email(id, early).await.unwrap();
        if number > 2 {
            let post = PostRecord {
                id: PostId::new(number),
                author: id,
                content: "A new glaze".to_owned(),
                entities: Vec::new(),
                audience: Audience::Public,
                created_at: early,
                client_id: None,
            };
            tx.insert_post(&post).await.unwrap();
            posts.push(post.id);
        }
    }
    tx.commit().await.unwrap();
    posts
}

// ------------------------------------------------------------------------------------------------- the broker is away

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_stopped_and_started_only_delays() {
    through_a_stopped_broker(150).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask test --long"]
async fn a_thousand_notifications_flow_through_a_stopped_broker() {
    through_a_stopped_broker(1_000).await;
}

async fn through_a_stopped_broker(people: usize) {
    let Some(rabbit) = rabbit() else { return };
    let mut world = World::new(rabbit.turn().await, people, None).await;
    let serve = world.serve().await;
    let workers = [world.worker(), world.worker()];
    let ana = world.sign_in("ana").await;
    let posts = world.posts.clone();
    let (first, rest) = posts.split_at(people / 3);
    world.comment(&ana, first).await;
    world.until("letters flow", async || world.mail.count() > 0).await;
    world.broker.stop().await;
    world.comment(&ana, rest).await;
    world.until("it is noticed", async || world.health().await.unwrap()["broker"] == "away").await;
    world.broker.start().await;
    world.until("it is back", async || world.health().await.unwrap()["broker"] == "connected").await;
    let repeated = world.every_letter_arrived_once(0).await;
    eprintln!("broker stopped and started: {people} notifications, {repeated} letters twice");
    for program in workers.into_iter().chain([serve]) {
        assert_eq!(program.stop().await, Some(0));
    }
}

// ------------------------------------------------------------------------------------------------- workers die

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_followed_by_another() {
    through_a_killed_worker(60).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask test --long"]
async fn a_thousand_notifications_survive_killed_workers() {
    through_a_killed_worker(1_000).await;
}

async fn through_a_killed_worker(people: usize) {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, people, Some("killed_worker")).await;
    let serve = world.serve().await;
    // Slow enough that one is killed with its hands full.
    world.mail.behave(Manner::IsSlow(Duration::from_millis(100)));
    let mut worker = world.worker();
    let ana = world.sign_in("ana").await;
    world.comment(&ana, &world.posts).await;
    let mut kills = 0;
    for share in if people > 100 { vec![8, 4, 2] } else { vec![4] } {
        world.until("letters flow", async || world.mail.count() > people / share).await;
        worker.kill();
        kills += 1;
        worker = world.worker();
    }
    // What the dead ones had in hand is claimed anew when their claims have ended.
    let repeated = world.every_letter_arrived_once(kills * SIDE_BY_SIDE).await;
    eprintln!("{kills} workers killed: {people} notifications, {repeated} letters twice");
    assert_eq!(worker.stop().await, Some(0));
    drop(serve);
}

// ------------------------------------------------------------------------------------------------- the mail server is bad

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_slow_and_silent_loses_nothing() {
    through_a_bad_mail_server(50).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask test --long"]
async fn a_thousand_notifications_reach_a_mail_server_that_is_down_slow_and_silent() {
    through_a_bad_mail_server(1_000).await;
}

async fn through_a_bad_mail_server(people: usize) {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, people, Some("bad_mail")).await;
    let serve = world.serve().await;
    let worker = world.worker();
    let ana = world.sign_in("ana").await;
    let parts: Vec<&[PostId]> = world.posts.chunks(people.div_ceil(5)).collect();
    let [well, down, slow, silent, cut] = parts[..] else { panic!("five parts") };
    world.comment(&ana, well).await;
    world.until("letters flow", async || world.mail.count() > 0).await;
    world.mail.stop().await;
    world.comment(&ana, down).await;
    sleep(Duration::from_secs(2)).await;
    world.mail.behave(Manner::IsSlow(Duration::from_millis(300)));
    world.mail.resume().await;
    world.comment(&ana, slow).await;
    sleep(Duration::from_secs(2)).await;
    world.mail.behave(Manner::SaysNothing);
    world.comment(&ana, silent).await;
    sleep(Duration::from_secs(2)).await;
    world.mail.behave(Manner::HangsUpAfterTaking);
    world.comment(&ana, cut).await;
    let is_cut = |mail: &Mail| !mail.told;
    world.until("letters are cut", async || world.mail.taken().iter().any(is_cut)).await;
    world.mail.behave(Manner::Takes);
    world.until_all_is_done().await;
    // Those that were cut after they were taken arrive once more for each time.
    let cut = world.mail.taken().iter().filter(|mail| is_cut(mail)).count();
    let repeated = world.every_letter_arrived_once(cut).await;
    assert_eq!(repeated, cut, "only what was cut is repeated");
    eprintln!("bad mail server: {people} notifications, {cut} letters cut after DATA, {repeated} letters twice");
    drop((serve, worker));
}

// ------------------------------------------------------------------------------------------------- messages

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_arrives_again_changes_nothing_and_a_poisoned_one_is_laid_aside() {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, 5, None).await;
    let serve = world.serve().await;
    let ana = world.sign_in("ana").await;
    world.comment(&ana, &world.posts).await;
    let all = u32::try_from(world.posts.len()).unwrap();
    // The broker takes a moment to count.
    world.until("all stand in line", async || world.broker.depth(LETTERS).await == all).await;
    let errands = world.broker.take_all(LETTERS).await;
    assert!(errands.iter().all(|errand| errand.starts_with(b"{\"errand\":\"letter\"")), "{errands:?}");
    let poison: &[u8] = b"{\"errand\": \"a poem\"}";
    world.broker.publish(LETTERS, poison).await;
    for errand in errands.iter().chain(&errands).chain(&errands) {
        world.broker.publish(LETTERS, errand).await;
    }
    let worker = world.worker();
    world.until("poison is found", async || world.broker.depth(DEAD_LETTERS).await == 1).await;
    world.until("all are run", async || world.broker.depth(LETTERS).await == 0).await;
    assert_eq!(world.broker.take_all(DEAD_LETTERS).await, [poison]);
    world.every_letter_arrived_once(0).await;
    // Long after everything is done, the same once more.
    for errand in &errands {
        world.broker.publish(LETTERS, errand).await;
    }
    world.until("all are run", async || world.broker.depth(LETTERS).await == 0).await;
    // It ends what it has begun, so nothing comes after this.
    assert_eq!(worker.stop().await, Some(0));
    world.every_letter_arrived_once(0).await;
    drop(serve);
}

/// Renames the table of letters: who has them in hand fails over each, until it is back.
async fn move_letters(database: &str, from: &str, to: &str) {
    let mut database = sqlx::SqliteConnection::connect(database).await.unwrap();
    let moving = AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
    sqlx::query(moving).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_too_often_is_a_dead_letter_that_the_store_still_delivers() {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, 1, None).await;
    let serve = world.serve().await;
    let ana = world.sign_in("ana").await;
    world.comment(&ana, &world.posts).await;
    world.until("it stands in line", async || world.broker.depth(LETTERS).await == 1).await;
    move_letters(&world.database, "letter", "letter_elsewhere").await;
    // It gives back what it cannot run, a second after it took it.
    let worker = world.worker();
    let began = Instant::now();
    world.until("it is a dead letter", async || world.broker.depth(DEAD_LETTERS).await == 1).await;
    assert!(began.elapsed() >= Duration::from_secs(20), "it was given back as often as told");
    assert_eq!(world.broker.depth(LETTERS).await, 0);
    move_letters(&world.database, "letter_elsewhere", "letter").await;
    let dead = world.broker.take_dead(DEAD_LETTERS).await;
    let [(errand, reason)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!(reason, "delivery_limit");
    assert_eq!(world.mail.count(), 0);
    assert_eq!(world.statuses(Channel::Email).await, BTreeMap::from([("Queued".to_owned(), 1)]));
    // The store knows that it is still to be done, and when it hands it over again. Nobody waits for that here.
    let due = world.store.read().await.unwrap().letter_due().await.unwrap().unwrap();
    assert!(due > Timestamp::from_millis(now_ms()), "it is under way for a while");
    let Errand::Letter(letter) = serde_json::from_slice(errand).unwrap() else { panic!("no letter") };
    let mut tx = world.store.begin().await.unwrap();
    tx.lay_letter_aside(&letter, Timestamp::from_millis(now_ms())).await.unwrap();
    tx.commit().await.unwrap();
    world.every_letter_arrived_once(0).await;
    // And whoever puts the dead one back into the line does no harm.
    world.broker.publish(LETTERS, errand).await;
    world.until("it is run", async || world.broker.depth(LETTERS).await == 0).await;
    assert_eq!(worker.stop().await, Some(0));
    world.every_letter_arrived_once(0).await;
    drop(serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_delivers_too_unless_it_is_told_not_to() {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, 3, None).await;
    let serve = world.start("serve", &[]);
    world.until("it serves", async || world.health().await.is_some()).await;
    let ana = world.sign_in("ana").await;
    world.comment(&ana, &world.posts).await;
    world.every_letter_arrived_once(0).await;
    assert_eq!(serve.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_did_is_told_to_those_who_are_connected_to_the_server() {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, 1, None).await;
    let serve = world.serve().await;
    world.mail.behave(Manner::IsSlow(Duration::from_secs(4)));
    let (ana, recipient) = (world.sign_in("ana").await, world.sign_in("person0").await);
    world.comment(&ana, &world.posts).await;
    let worker = world.worker();
    world
        .until("it is handed over", async || {
            let due = world.store.read().await.unwrap().letter_due().await.unwrap();
            due.is_some_and(|due| due > Timestamp::from_millis(now_ms() + 5_000))
        })
        .await;
    // They come while the mail server thinks.
    let mut tab = Person::at(world.at, recipient).connect().await;
    let update = loop {
        if let ServerEvent::NotificationUpdate(update) = tab.next_of_bell().await {
            break update;
        }
    };
    assert_eq!((update.status, update.channel), (NotificationStatus::Delivered, Some(Channel::Email)));
    world.every_letter_arrived_once(0).await;
    drop((serve, worker));
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_travel_to_workers_as_letters_do() {
    let Some(rabbit) = rabbit() else { return };
    let world = World::new(rabbit.turn().await, 4, None).await;
    let (service, browser) = (Service::start().await, Browser::new());
    let local = ["--push-allow-local", &service.origin];
    let serve = world.start("serve", &["--serve-delivers", "no", local[0], local[1]]);
    world.until("it serves", async || world.health().await.is_some()).await;
    for at in 0..world.posts.len() {
        let recipient = world.sign_in(&format!("person{at}")).await;
        let device = browser.subscription(&format!("{}/push/{at}", service.origin));
        world.ask(&recipient, Method::POST, "/api/push/subscriptions", Some(device)).await;
    }
    let ana = world.sign_in("ana").await;
    world.comment(&ana, &world.posts).await;
    let all = u32::try_from(world.posts.len()).unwrap();
    world.until("all stand in line", async || world.broker.depth(PUSHES).await == all).await;
    assert!(service.taken.lock().is_empty(), "the server leaves them to workers");
    let errands = world.broker.take_all(PUSHES).await;
    // Each twice: whoever comes second finds nothing to do.
    for errand in errands.iter().chain(&errands) {
        world.broker.publish(PUSHES, errand).await;
    }
    let worker = world.start("worker", &local);
    let expected = BTreeMap::from([("Delivered".to_owned(), world.posts.len())]);
    world.until("all are delivered", async || world.statuses(Channel::Push).await == expected).await;
    world.until("all are run", async || world.broker.depth(PUSHES).await == 0).await;
    assert_eq!(worker.stop().await, Some(0));
    let taken = service.taken.lock();
    assert_eq!(taken.len(), world.posts.len(), "each device hears once");
    assert!(taken.iter().all(|(_, body)| browser.open(body).contains("Which clay?")));
    drop(serve);
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

// ------------------------------------------------------------------------------------------------- starting

/// A broker that is not there.
fn without_a_broker(folder: &Path) -> Settings {
    let amqp_url = ServerUrl::amqp(&format!("amqp://{}", free_addr().unwrap()));
    Settings { amqp_url, ..Settings::in_folder(folder.to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_waits_for_the_server_and_a_broker_that_is_away_is_told_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = without_a_broker(folder.path());
    let mut working = Box::pin(boot::work(settings.clone()));
    assert!(timeout(Duration::from_millis(100), &mut working).await.is_err(), "there is no database yet");
    let serving = boot::start(settings).await.unwrap();
    let working = working.await.unwrap();
    let health = reqwest::get(format!("http://{}/health/ready", serving.addr)).await.unwrap();
    assert_eq!(health.status(), 200);
    let health: Value = health.json().await.unwrap();
    assert_eq!((health["status"].as_str(), health["broker"].as_str()), (Some("ready"), Some("away")));
    assert!(working.shutdown().await && serving.shutdown().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_leaves_a_database_alone_that_is_newer_or_not_of_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let settings = without_a_broker(folder.path());
    let DatabaseUrl::Sqlite(file) = settings.database_url.clone() else { panic!() };
    let tasks = Tasks::new();
    drop(store::open(file.to_str().unwrap(), crate::store::SETTINGS, &tasks).await.unwrap());
    let missing = boot::work(settings.clone()).await.err().unwrap().to_string();
    assert!(missing.contains("secrets.toml") && missing.contains("SECRET_KEY"), "{missing}");
    let mut database = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut database).await.unwrap();
    let refused = boot::work(settings).await.err().unwrap().to_string();
    assert!(refused.contains("a newer Hubbub"), "{refused}");
}

#[test]
fn a_worker_without_a_broker_has_nothing_to_do_and_says_so() {
    let told = Command::new(env!("CARGO_BIN_EXE_hubbub")).arg("worker").env_remove("AMQP_URL").output().unwrap();
    let text = String::from_utf8(told.stderr).unwrap();
    assert_eq!(told.status.code(), Some(2), "{text}");
    assert!(text.starts_with("`hubbub worker` needs AMQP_URL"), "{text}");
}
