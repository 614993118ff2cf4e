//! Each part, built once and handed to the next: the one place that knows which implementation stands behind a port.

use std::{net::SocketAddr, sync::Arc};

use super::StartError;
use crate::server::{
    auth::{
        Auth, cookies::Cookies, limits::Limits, links::SignedLinks, passwords::Argon2Passwords,
        revoked::ObservedBroker, revoked::RevokedSessions, tokens::AccessTokens,
    },
    clock::SystemClock,
    config::{self, DatabaseUrl, PublicUrl, SecretKey, Settings, VapidKey},
    domain::{
        Domain, Ports,
        ports::{Attendance, Clock, ErrandKind, Ids, Mailer, Post, Road, Store},
    },
    http::{
        AppState,
        forms::SentForms,
        gateways::{Live, Questions},
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
    media::{blobs::FolderBlobs, pictures::ReencodedPictures},
    metrics::{
        Metrics,
        observed::{ObservedMailer, ObservedPusher, ObservedStore},
    },
    realtime::memory::MemoryBroker,
    store,
    tasks::Tasks,
};

/// This server is the only one of its community.
const NODE: u8 = 0;

/// What a server is made of.
pub struct Parts {
    /// What its doors share.
    pub state: AppState,
    /// What the domain stands on.
    pub ports: Ports,
    /// The road to workers, if there is one.
    pub road: Option<Arc<dyn Road>>,
}

/// Builds every part and starts the tasks that run beside the requests.
pub async fn build(settings: Settings, addr: SocketAddr, tasks: &Tasks) -> Result<Parts, StartError> {
    let public_url = settings.public_url(addr);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = IdGenerator::new(NODE);
    // Whoever joins the database finds them made.
    let secrets = Secrets { signing: config::secret_key(&settings)?, vapid: config::vapid_key(&settings)? };
    let tokens = AccessTokens::new(secrets.signing.expose())?;
    let metrics = Metrics::new();
    let store = Arc::new(ObservedStore::new(open_store(&settings, tasks).await?, metrics.clone()));
    let live = Live::new(clock.clone(), format!("{:x}", ids.next(clock.now())), settings.limit_factor);
    let revoked = RevokedSessions::new(clock.clone());
    let broker = ObservedBroker::new(revoked.clone(), Arc::new(MemoryBroker::new(live.hub.clone())));
    let ports = Ports {
        store,
        broker: Arc::new(broker),
        clock: clock.clone(),
        ids: Arc::new(ids),
        passwords: Arc::new(Argon2Passwords::new()?),
        pictures: Arc::new(ReencodedPictures::new()),
        blobs: Arc::new(FolderBlobs::open(&settings.data_dir.join("uploads"))?),
        post: observed(post(&settings, &public_url, &secrets, Arc::new(live.hub.clone()), clock)?, &metrics),
        runner: Arc::new(tasks.clone()),
    };
    let rabbit = rabbit(&settings)?;
    let domain = Domain::new(ports.clone());
    let limits = Limits::new(settings.limit_factor);
    let cookies = Cookies::new(public_url.is_secure());
    let auth = Auth::open(domain.clone(), tokens, revoked.clone(), limits.clone(), cookies).await?;
    run_beside(tasks, &ports, &live, &domain, &revoked, &limits);
    match &rabbit {
        None => {
            tasks.spawn("letters", LetterCarrier::new(domain.clone()).run(tasks.stopping()));
            tasks.spawn("pushes", PushCarrier::new(domain.clone()).run(tasks.stopping()));
        }
        Some(rabbit) => {
            tasks.spawn("dispatcher", ErrandDispatcher::new(domain.clone(), rabbit.clone()).run(tasks.stopping()));
            if settings.serve_delivers {
                run_errands(tasks, &domain, rabbit);
            }
        }
    }
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
        metrics,
    };
    let road = rabbit.map(|rabbit| Arc::new(rabbit) as Arc<dyn Road>);
    Ok(Parts { state, ports, road })
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
