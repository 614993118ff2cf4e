//! Each part, built once and handed to the next: the one place that knows which implementation stands behind a port.

use std::{net::SocketAddr, sync::Arc};

use super::StartError;
use crate::server::{
    auth::{
        Auth, cookies::Cookies, limits::Limits, links::SignedLinks, passwords::Argon2Passwords,
        revoked::ObservedBroker, revoked::RevokedSessions, tokens::AccessTokens,
    },
    clock::SystemClock,
    config::{self, DatabaseUrl, PublicUrl, Settings},
    domain::{
        Domain, Ports,
        ports::{Clock, Ids, Mailer, Post, Store},
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
        retention::Retention,
        suspensions::Suspensions,
    },
    media::{blobs::FolderBlobs, pictures::ReencodedPictures},
    realtime::memory::MemoryBroker,
    store,
    tasks::Tasks,
};

/// This server is the only one of its community.
const NODE: u8 = 0;

/// Builds every part and starts the tasks that run beside the requests.
pub async fn build(settings: Settings, addr: SocketAddr, tasks: &Tasks) -> Result<(AppState, Ports), StartError> {
    let public_url = settings.public_url(addr);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = IdGenerator::new(NODE);
    let tokens = AccessTokens::new(config::secret_key(&settings)?.expose())?;
    let store = open_store(&settings, tasks).await?;
    let live = Live::new(clock.clone(), format!("{:x}", ids.next(clock.now())), settings.limit_factor);
    let revoked = RevokedSessions::new(clock.clone());
    let broker = ObservedBroker::new(revoked.clone(), Arc::new(MemoryBroker::new(live.hub.clone())));
    let ports = Ports {
        store,
        broker: Arc::new(broker),
        clock,
        ids: Arc::new(ids),
        passwords: Arc::new(Argon2Passwords::new()?),
        pictures: Arc::new(ReencodedPictures::new()),
        blobs: Arc::new(FolderBlobs::open(&settings.data_dir.join("uploads"))?),
        post: post(&settings, &public_url, &live)?,
    };
    let domain = Domain::new(ports.clone());
    let limits = Limits::new(settings.limit_factor);
    let cookies = Cookies::new(public_url.is_secure());
    let auth = Auth::open(domain.clone(), tokens, revoked.clone(), limits.clone(), cookies).await?;
    run_beside(tasks, &ports, &live, &domain, &revoked, &limits);
    let state = AppState {
        questions: Questions::new(tasks, &domain),
        domain,
        settings: Arc::new(settings),
        public_url,
        tasks: tasks.clone(),
        auth,
        limits,
        revoked,
        forms: SentForms::default(),
        uploads: UploadPlaces::default(),
        live,
    };
    Ok((state, ports))
}

/// Letters go to the mail server, or into the data folder where there is none.
fn post(settings: &Settings, public_url: &PublicUrl, live: &Live) -> Result<Post, StartError> {
    let from = settings.mail_from.as_str();
    let mailer: Arc<dyn Mailer> = match &settings.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url.expose(), from)?),
        None => Arc::new(FolderMailer::open(&settings.data_dir.join("mail"), from)?),
    };
    Ok(Post {
        mailer,
        keys: Arc::new(SignedLinks::new(config::secret_key(settings)?.expose())),
        attendance: Arc::new(live.hub.clone()),
        origin: public_url.origin().to_owned(),
        away_for: settings.email_after,
    })
}

async fn open_store(settings: &Settings, tasks: &Tasks) -> Result<Arc<dyn Store>, StartError> {
    let address = match &settings.database_url {
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", file.display()),
        DatabaseUrl::Postgres(address) => address.clone(),
    };
    store::open(&address, store::Settings::default(), tasks)
        .await
        .map_err(|cause| StartError::Database { database: settings.database_url.masked(), cause })
}

/// One line per task that runs as long as the server does.
fn run_beside(tasks: &Tasks, ports: &Ports, live: &Live, domain: &Domain, revoked: &RevokedSessions, limits: &Limits) {
    let Ports { store, clock, blobs, .. } = ports.clone();
    live.start(tasks, domain.clone(), revoked.clone());
    tasks.spawn("outbox relay", OutboxRelay::new(domain.clone()).run(tasks.stopping()));
    tasks.spawn("letters", LetterCarrier::new(domain.clone()).run(tasks.stopping()));
    tasks.spawn("retention", Retention::new(store, blobs, clock).run(tasks.stopping()));
    tasks.spawn("suspensions", Suspensions::new(domain.clone()).run(tasks.stopping()));
    tasks.spawn("tidy limits", limits.clone().keep_tidy(tasks.stopping()));
}
