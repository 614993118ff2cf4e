//! A server's parts without its sockets: a store of its own, a clock that stands still until it is told, real hashing.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use bytes::Bytes;
use hubbub::{
    protocol::{
        errors::FieldError,
        ids::UserId,
        requests::{Login, Registration},
        time::Timestamp,
    },
    server::{
        auth::{
            Auth, Credentials,
            cookies::Cookies,
            limits::Limits,
            links::SignedLinks,
            passwords::Argon2Passwords,
            revoked::{ObservedBroker, RevokedSessions},
            tokens::AccessTokens,
            visitor::Visitor,
        },
        domain::{
            Domain, Ports,
            outcome::Publication,
            ports::{
                Attendance, Broker, BrokerError, Clock, Letter, MailError, Mailer, Post, Push, PushAddress, PushError,
                Pusher, Store,
            },
        },
        ids::IdGenerator,
        media::{blobs::FolderBlobs, pictures::ReencodedPictures},
        store,
        tasks::Tasks,
    },
};
use parking_lot::Mutex;

/// One for all tests: its slots bound how much memory hashing takes.
pub static PASSWORDS: LazyLock<Argon2Passwords> = LazyLock::new(|| Argon2Passwords::new().unwrap());

pub const PASSWORD: &str = "vexing-plum-teapot-27";
pub const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const MORNING: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A clock that moves when it is told.
pub struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub fn advance(&self, span: std::time::Duration) {
        let mut now = self.0.lock();
        *now = now.plus(span);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

/// Keeps what is published; refuses when it is told to.
#[derive(Default)]
pub struct Notebook {
    pub heard: Mutex<Vec<Publication>>,
    pub deaf: Mutex<bool>,
}

#[async_trait]
impl Broker for Notebook {
    async fn publish(&self, publication: Publication) -> Result<(), BrokerError> {
        if *self.deaf.lock() {
            return Err(BrokerError("not today".into()));
        }
        self.heard.lock().push(publication);
        Ok(())
    }
}

/// Says of an address why it takes nothing, if so.
pub type Refusal = fn(&str) -> Option<PushError>;

/// Keeps the letters and pushes that are sent; refuses them when it is told to. Says who is there, too.
#[derive(Default)]
pub struct Pigeonhole {
    pub letters: Mutex<Vec<Letter>>,
    pub refusing: Mutex<Option<fn() -> MailError>>,
    pub pushes: Mutex<Vec<Push>>,
    /// Asked with the endpoint.
    pub turning_away: Mutex<Option<Refusal>>,
    pub here: Mutex<Vec<UserId>>,
}

impl Pigeonhole {
    pub fn post(self: Arc<Self>) -> Post {
        Post {
            mailer: self.clone(),
            pusher: self.clone(),
            keys: Arc::new(SignedLinks::new(SECRET)),
            attendance: self,
            origin: "https://hubbub.example".to_owned(),
            away_for: std::time::Duration::from_secs(120),
        }
    }
}

#[async_trait]
impl Mailer for Pigeonhole {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        if let Some(refusal) = *self.refusing.lock() {
            return Err(refusal());
        }
        self.letters.lock().push(letter.clone());
        Ok(())
    }
}

#[async_trait]
impl Pusher for Pigeonhole {
    fn public_key(&self) -> &str {
        "key"
    }

    fn fault(&self, address: &PushAddress) -> Option<FieldError> {
        let message = "An endpoint begins with https.".to_owned();
        (!address.endpoint.starts_with("https:")).then(|| FieldError { field: "endpoint".to_owned(), message })
    }

    async fn send(&self, push: &Push) -> Result<(), PushError> {
        let refusal = self.turning_away.lock().and_then(|refuse| refuse(&push.to.endpoint));
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        self.pushes.lock().push(push.clone());
        Ok(())
    }
}

impl Attendance for Pigeonhole {
    fn is_here(&self, person: UserId) -> bool {
        self.here.lock().contains(&person)
    }

    fn is_active(&self, person: UserId) -> bool {
        self.is_here(person)
    }

    fn everybody(&self) -> Vec<UserId> {
        self.here.lock().iter().copied().collect()
    }
}

pub struct Stage {
    pub clock: Arc<HandClock>,
    pub broker: Arc<Notebook>,
    pub post: Arc<Pigeonhole>,
    pub store: Arc<dyn Store>,
    pub blobs: Arc<FolderBlobs>,
    pub domain: Domain,
    pub auth: Auth,
    pub tasks: Tasks,
    pub folder: tempfile::TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with_limits(Limits::new(1_000.0, b"secret")).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(Mutex::new(MORNING)));
        Self::in_folder(folder, clock, limits).await
    }

    /// The same data and clock under a new process.
    pub async fn restarted(self) -> Self {
        assert!(self.tasks.shutdown(std::time::Duration::from_secs(10)).await);
        let mut this = self;
        // What is left of the old one finds no database, and so nothing undone.
        let folder = std::mem::replace(&mut this.folder, tempfile::tempdir().unwrap());
        let clock = this.clock.clone();
        drop(this);
        Self::in_folder(folder, clock, Limits::new(1_000.0, b"secret")).await
    }

    async fn in_folder(folder: tempfile::TempDir, clock: Arc<HandClock>, limits: Limits) -> Self {
        let tasks = Tasks::new();
        let file = folder.path().join("hubbub.db");
        let store = store::open(file.to_str().unwrap(), store::Settings::default(), &tasks).await.unwrap();
        let blobs = Arc::new(FolderBlobs::open(&folder.path().join("media")).unwrap());
        let broker = Arc::new(Notebook::default());
        let post = Arc::new(Pigeonhole::default());
        let revoked = RevokedSessions::new(clock.clone());
        let domain = Domain::new(Ports {
            store: store.clone(),
            broker: Arc::new(ObservedBroker::new(revoked.clone(), broker.clone())),
            clock: clock.clone(),
            ids: Arc::new(IdGenerator::new(0)),
            passwords: Arc::new(PASSWORDS.clone()),
            pictures: Arc::new(ReencodedPictures::new()),
            blobs: blobs.clone(),
            post: post.clone().post(),
            runner: Arc::new(tasks.clone()),
        });
        let tokens = AccessTokens::new(SECRET).unwrap();
        let auth = Auth::open(domain.clone(), tokens, revoked, limits, Cookies::new(false)).await.unwrap();
        Self { clock, broker, post, store, blobs, domain, auth, tasks, folder }
    }

    /// Opens an account and signs in.
    pub async fn join(&self, username: &str) -> Credentials {
        let form = Registration {
            email: format!("{username}@example.org"),
            username: username.to_owned(),
            full_name: format!("{username} Example"),
            password: PASSWORD.to_owned(),
        };
        self.auth.register(form, &visitor()).await.unwrap()
    }

    /// Opens another session.
    pub async fn sign_in(&self, username: &str) -> Credentials {
        self.auth.sign_in(login(username, PASSWORD), &visitor()).await.unwrap()
    }
}

impl Drop for Stage {
    /// A test that leaves work behind which cannot be done fails. Under a runtime and on a store of its own, as the
    /// runtime of the test stands still while this runs.
    fn drop(&mut self) {
        let file = self.folder.path().join("hubbub.db");
        if std::thread::panicking() || !file.is_file() {
            return;
        }
        self.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
        let (clock, blobs) = (self.clock.clone(), self.blobs.clone());
        let left = std::thread::scope(|scope| scope.spawn(|| left_undone(&file, clock, blobs)).join());
        assert_eq!(left.unwrap(), 0, "entries of the outbox that cannot be worked off");
    }
}

/// Does all that is promised in a database; how many entries are left.
fn left_undone(file: &std::path::Path, clock: Arc<HandClock>, blobs: Arc<FolderBlobs>) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks = Tasks::new();
        let store = store::open(file.to_str().unwrap(), store::Settings::default(), &tasks).await.unwrap();
        let domain = Domain::new(Ports {
            store: store.clone(),
            broker: Arc::new(Notebook::default()),
            clock: clock.clone(),
            ids: Arc::new(IdGenerator::new(1)),
            passwords: Arc::new(PASSWORDS.clone()),
            pictures: Arc::new(ReencodedPictures::new()),
            blobs,
            post: Arc::new(Pigeonhole::default()).post(),
            runner: Arc::new(tasks.clone()),
        });
        // What is told now may be told again in a while only; what cannot be done comes up again and again.
        for _ in 0..20 {
            while domain.keep_promises().await.unwrap() > 0 {}
            let Some(due) = domain.next_promise().await.unwrap() else { break };
            clock.advance(due.since(clock.now()));
        }
        store.read().await.unwrap().outbox_depth().await.unwrap().0
    })
}

pub fn login(name: &str, password: &str) -> Login {
    Login { login: name.to_owned(), password: password.to_owned() }
}

pub fn visitor() -> Visitor {
    Visitor { address: "192.0.2.7".parse().unwrap(), device: "Firefox on Linux".to_owned() }
}

/// A small picture, as a file.
pub fn picture() -> Bytes {
    let mut file = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(20, 10, image::Rgb([200, 40, 40]));
    pixels.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner().into()
}
