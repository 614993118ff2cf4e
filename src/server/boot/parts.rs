//! Each part, built once and handed to the next: the one place that knows which implementation stands behind a port.

use std::{net::SocketAddr, sync::Arc};

use super::{
    StartError,
    nodes::{self, Numbered},
};
use crate::server::{
    auth::{
        Auth, cookies::Cookies, limits::Limits, links::SignedLinks, passwords::Argon2Passwords,
        revoked::ObservedBroker, revoked::RevokedSessions, tokens::AccessTokens,
    },
    clock::SystemClock,
    config::{self, DatabaseUrl, PublicUrl, SecretKey, Settings, VapidKey},
    domain::{
        Domain, Ports,
        ports::{Attendance, Blobs, Broker, Clock, ErrandKind, Ids, Mailer, Post, Road, Store},
    },
    http::{
        AppState,
        forms::SentForms,
        gateways::{Live, Questions},
        health::Roads,
        uploads::UploadPlaces,
    },
    ids::IdGenerator,
    jobs::{
        letters::LetterCarrier,
        mail::{FolderMailer, SmtpMailer},
        outbox::OutboxRelay,
        push::WebPusher,
        pushes::PushCarrier,
        rabbitmq::{ErrandConsumer, ErrandDispatcher, RabbitMq},
        retention::Retention,
        suspensions::Suspensions,
    },
    media::{
        blobs::{FolderBlobs, S3Blobs},
        pictures::ReencodedPictures,
    },
    metrics::{
        Metrics,
        observed::{ObservedMailer, ObservedPusher, ObservedStore},
    },
    realtime::{memory::MemoryBroker, redis::RedisBroker},
    store,
    tasks::Tasks,
};

/// The number of a server that is the only one of its community.
const ALONE: u8 = 0;

/// What a server is made of.
pub struct Parts {
    /// What its doors share.
    pub state: AppState,
    /// What the domain stands on.
    pub ports: Ports,
    /// The roads to workers and to other nodes, where there are any.
    pub roads: Roads,
}

/// Builds every part and starts the tasks that run beside the requests.
pub async fn build(settings: Settings, addr: SocketAddr, tasks: &Tasks, links: &Tasks) -> Result<Parts, StartError> {
    nodes::check(&settings)?;
    let public_url = settings.public_url(addr);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Whoever joins the database finds them made.
    let secrets = Secrets { signing: config::secret_key(&settings)?, vapid: config::vapid_key(&settings)? };
    let files = files(&settings)?;
    files.open(tasks).await?;
    let tokens = AccessTokens::new(secrets.signing.expose())?;
    let metrics = Metrics::new();
    let store = Arc::new(ObservedStore::new(open_store(&settings, tasks).await?, metrics.clone()));
    let ids = ids(&settings, store.clone(), tasks).await?;
    let name = format!("{:x}", ids.next(clock.now()));
    let live = Live::new(clock.clone(), name.clone(), settings.limit_factor);
    let revoked = RevokedSessions::new(clock.clone());
    let limits = Limits::new(settings.limit_factor, secrets.signing.expose());
    let nodes = match &settings.redis_url {
        Some(url) => Some(nodes::join(url, &secrets, name, &live, nodes::observer(&revoked, &limits), links).await?),
        None => None,
    };
    let broker: Arc<dyn Broker> = match &nodes {
        Some(nodes) => Arc::new(nodes.clone()),
        None => Arc::new(MemoryBroker::new(live.hub.clone())),
    };
    let ports = Ports {
        store,
        broker: Arc::new(ObservedBroker::new(revoked.clone(), broker)),
        clock: clock.clone(),
        ids,
        passwords: Arc::new(Argon2Passwords::new()?),
        pictures: Arc::new(ReencodedPictures::new()),
        blobs: files.blobs.clone(),
        post: observed(post(&settings, &public_url, &secrets, Arc::new(live.hub.clone()), clock)?, &metrics),
        runner: Arc::new(tasks.clone()),
    };
    let rabbit = rabbit(&settings)?;
    let domain = Domain::new(ports.clone());
    let cookies = Cookies::new(public_url.is_secure());
    let auth = Auth::open(domain.clone(), tokens, revoked.clone(), limits.clone(), cookies).await?;
    run_beside(tasks, &ports, &live, &domain, &revoked, &limits);
    deliver(tasks, &domain, rabbit.as_ref(), settings.serve_delivers);
    let forms = SentForms::new(public_url.is_secure());
    let state = AppState {
        questions: Questions::new(tasks, &domain),
        domain,
        settings: Arc::new(settings),
        public_url,
        tasks: tasks.clone(),
        auth,
        limits,
        revoked,
        forms,
        uploads: UploadPlaces::default(),
        live,
        nodes: nodes.clone(),
        metrics,
    };
    Ok(Parts { state, ports, roads: roads(rabbit, nodes, files.s3) })
}

/// Makes ids: alone with a number of its own, as one of several servers with one of theirs.
async fn ids(settings: &Settings, store: Arc<dyn Store>, tasks: &Tasks) -> Result<Arc<dyn Ids>, StartError> {
    if settings.redis_url.is_none() {
        return Ok(Arc::new(IdGenerator::new(ALONE)));
    }
    let numbered = Numbered::take(store).await?;
    let ids = numbered.ids.clone();
    tasks.spawn("number", numbered.keep(tasks.stopping()));
    Ok(ids)
}

fn roads(rabbit: Option<RabbitMq>, nodes: Option<RedisBroker>, s3: Option<S3Blobs>) -> Roads {
    Roads {
        workers: rabbit.map(|rabbit| Arc::new(rabbit) as Arc<dyn Road>),
        nodes: nodes.map(|nodes| Arc::new(nodes) as Arc<dyn Road>),
        files: s3.map(|s3| Arc::new(s3) as Arc<dyn Road>),
    }
}

/// Where files are kept.
pub struct Files {
    /// The same as the port.
    pub blobs: Arc<dyn Blobs>,
    /// The store elsewhere, if it is one.
    s3: Option<S3Blobs>,
}

/// The place for files; one elsewhere is not asked yet.
pub fn files(settings: &Settings) -> Result<Files, StartError> {
    let Some(url) = &settings.s3_url else {
        return Ok(Files { blobs: Arc::new(FolderBlobs::open(&settings.data_dir.join("uploads"))?), s3: None });
    };
    let s3 = S3Blobs::new(url).map_err(|cause| StartError::Files { store: url.masked(), cause })?;
    Ok(Files { blobs: Arc::new(s3.clone()), s3: Some(s3) })
}

impl Files {
    /// Sees that a store elsewhere takes files, and has it watched from then on.
    async fn open(&self, tasks: &Tasks) -> Result<(), StartError> {
        let Some(s3) = &self.s3 else { return Ok(()) };
        s3.check().await.map_err(|cause| StartError::Files { store: s3.address().to_owned(), cause })?;
        tasks.spawn("files", s3.clone().watch(tasks.stopping()));
        Ok(())
    }
}

/// Has letters and pushes go out: by this process, or over the road.
fn deliver(tasks: &Tasks, domain: &Domain, rabbit: Option<&RabbitMq>, runs_errands: bool) {
    match rabbit {
        None => {
            tasks.spawn("letters", LetterCarrier::new(domain.clone()).run(tasks.stopping()));
            tasks.spawn("pushes", PushCarrier::new(domain.clone()).run(tasks.stopping()));
        }
        Some(rabbit) => {
            tasks.spawn("dispatcher", ErrandDispatcher::new(domain.clone(), rabbit.clone()).run(tasks.stopping()));
            if runs_errands {
                run_errands(tasks, domain, rabbit);
            }
        }
    }
}

/// What is signed with.
pub struct Secrets {
    /// The links in letters.
    pub signing: SecretKey,
    /// Pushes.
    pub vapid: VapidKey,
}

/// Letters go to the mail server, or into the data folder where there is none; pushes to the services of browsers' makers.
pub fn post(
    settings: &Settings,
    public_url: &PublicUrl,
    secrets: &Secrets,
    attendance: Arc<dyn Attendance>,
    clock: Arc<dyn Clock>,
) -> Result<Post, StartError> {
    let from = settings.mail_from.as_str();
    let mailer: Arc<dyn Mailer> = match &settings.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url.expose(), from)?),
        None => Arc::new(FolderMailer::open(&settings.data_dir.join("mail"), from)?),
    };
    // Whom push services write to when something is wrong.
    let contact = if public_url.is_secure() {
        public_url.origin().to_owned()
    } else {
        ["mailto:", settings.mail_from.address()].concat()
    };
    let local = settings.push_allow_local.iter().map(|url| url.origin().to_owned()).collect();
    let pusher = WebPusher::new(secrets.vapid.expose(), contact, local, clock)?;
    Ok(Post {
        mailer,
        pusher: Arc::new(pusher),
        keys: Arc::new(SignedLinks::new(secrets.signing.expose())),
        attendance,
        origin: public_url.origin().to_owned(),
        away_for: settings.email_after,
    })
}

/// Counts what came of letters and pushes.
fn observed(post: Post, metrics: &Metrics) -> Post {
    Post {
        mailer: Arc::new(ObservedMailer::new(post.mailer, metrics.clone())),
        pusher: Arc::new(ObservedPusher::new(post.pusher, metrics.clone())),
        ..post
    }
}

/// The message broker, if there is to be one.
pub fn rabbit(settings: &Settings) -> Result<Option<RabbitMq>, StartError> {
    Ok(settings.amqp_url.as_ref().map(|url| RabbitMq::new(url.expose())).transpose()?)
}

/// Runs errands of every kind that arrive.
pub fn run_errands(tasks: &Tasks, domain: &Domain, rabbit: &RabbitMq) {
    for kind in ErrandKind::ALL {
        tasks.spawn("worker", ErrandConsumer::new(domain.clone(), rabbit.clone(), kind).run(tasks.stopping()));
    }
}

/// The database as the store takes it.
pub fn database_address(settings: &Settings) -> String {
    match &settings.database_url {
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", file.display()),
        DatabaseUrl::Postgres(address) => address.clone(),
    }
}

async fn open_store(settings: &Settings, tasks: &Tasks) -> Result<Arc<dyn Store>, StartError> {
    store::open(&database_address(settings), store::Settings::default(), tasks)
        .await
        .map_err(|cause| StartError::Database { database: settings.database_url.masked(), cause })
}

/// One line per task that runs as long as the server does.
fn run_beside(tasks: &Tasks, ports: &Ports, live: &Live, domain: &Domain, revoked: &RevokedSessions, limits: &Limits) {
    let Ports { store, clock, blobs, .. } = ports.clone();
    live.start(tasks, domain.clone(), revoked.clone());
    tasks.spawn("outbox relay", OutboxRelay::new(domain.clone()).run(tasks.stopping()));
    tasks.spawn("retention", Retention::new(store, blobs, clock).run(tasks.stopping()));
    tasks.spawn("suspensions", Suspensions::new(domain.clone()).run(tasks.stopping()));
    tasks.spawn("tidy limits", limits.clone().keep_tidy(tasks.stopping()));
}
