//! A worker: a process beside the server that runs the errands it hands over. It has no door of its own.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::sleep;

use super::{
    DRAIN, StartError,
    nodes::Numbered,
    parts::{self, Secrets},
};
use crate::{
    protocol::ids::UserId,
    server::{
        auth::passwords::Argon2Passwords,
        clock::SystemClock,
        config::{self, Settings},
        domain::{
            Domain, Ports,
            outcome::Publication,
            ports::{Attendance, Broker, BrokerError, Store},
        },
        media::pictures::ReencodedPictures,
        store::{self, Connections},
        tasks::Tasks,
    },
};

/// How soon it is noticed that the server brought the database up to date.
const EVERY: Duration = Duration::from_secs(1);
/// A worker does a few things at once.
const CONNECTIONS: Connections = Connections { sqlite_readers: 3, postgres: 8 };

/// A worker that works.
pub struct Working {
    tasks: Tasks,
}

impl Working {
    /// Stops: nothing new is begun, what runs may end. Whether all of it ended in time.
    pub async fn shutdown(self) -> bool {
        self.tasks.shutdown(DRAIN).await
    }
}

/// Starts a worker beside a server with the same settings, and returns once it works. It waits for the server to bring the
/// database up to date.
///
/// # Errors
/// What it could not start with.
pub async fn work(settings: Settings) -> Result<Working, StartError> {
    let rabbit = parts::rabbit(&settings)?.ok_or(StartError::NothingToDo)?;
    let tasks = Tasks::new();
    match build(&settings, &tasks).await {
        Ok(domain) => {
            parts::run_errands(&tasks, &domain, &rabbit);
            Ok(Working { tasks })
        }
        Err(error) => {
            tasks.shutdown(DRAIN).await;
            Err(error)
        }
    }
}

async fn build(settings: &Settings, tasks: &Tasks) -> Result<Domain, StartError> {
    config::private_folder(&settings.data_dir)?;
    let store = join_store(settings, tasks).await?;
    let secrets = Secrets { signing: config::shared_secret_key(settings)?, vapid: config::shared_vapid_key(settings)? };
    let clock = Arc::new(SystemClock);
    let public_url = settings.public_url(settings.addr);
    let numbered = Numbered::take(store.clone()).await?;
    let ids = numbered.ids.clone();
    tasks.spawn("number", numbered.keep(tasks.stopping()));
    Ok(Domain::new(Ports {
        ids,
        store,
        broker: Arc::new(OutboxOnly),
        clock: clock.clone(),
        passwords: Arc::new(Argon2Passwords::new()?),
        pictures: Arc::new(ReencodedPictures::new()),
        // A store elsewhere that is away keeps no letter back.
        blobs: parts::files(settings)?.blobs,
        post: parts::post(settings, &public_url, &secrets, Arc::new(NobodyKnown), clock)?,
        runner: Arc::new(tasks.clone()),
    }))
}

async fn join_store(settings: &Settings, tasks: &Tasks) -> Result<Arc<dyn Store>, StartError> {
    let address = parts::database_address(settings);
    let how = store::Settings { connections: CONNECTIONS, ..store::Settings::default() };
    let failed = |cause| StartError::Database { database: settings.database_url.masked(), cause };
    let mut said = false;
    loop {
        if let Some(store) = store::join(&address, how, tasks).await.map_err(failed)? {
            return Ok(store);
        }
        if !said {
            tracing::info!("waiting for `hubbub serve` to bring the database up to date");
            said = true;
        }
        sleep(EVERY).await;
    }
}

/// The people are connected to the server: what they are to hear goes into the outbox, which the server empties.
struct OutboxOnly;

#[async_trait]
impl Broker for OutboxOnly {
    async fn publish(&self, _: Publication) -> Result<(), BrokerError> {
        Err(BrokerError("a worker has nobody connected to it".into()))
    }
}

/// The server knows who is here, and asked itself before it handed anything over.
struct NobodyKnown;

impl Attendance for NobodyKnown {
    fn is_here(&self, _: UserId) -> bool {
        false
    }

    fn is_active(&self, _: UserId) -> bool {
        false
    }

    fn everybody(&self) -> Vec<UserId> {
        Vec::new()
    }
}
