//! Several servers of one community: what they must share, and how one of them joins the others.

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{StartError, parts::Secrets};
use crate::server::{
    auth::{limits::Limits, revoked::RevokedSessions},
    clock::SystemClock,
    config::{DatabaseUrl, ServerUrl, Settings},
    domain::{
        DomainError,
        ports::{Clock, Store, StoreError},
    },
    http::gateways::Live,
    ids::IdGenerator,
    realtime::redis::{Observer, RedisBroker, RedisSettings},
    tasks::Tasks,
};

/// How long a number for ids is held without word of its holder. Without the database nobody makes ids that count.
const HELD_FOR: Duration = Duration::from_secs(120);
/// How often a holder gives word.
const HELD_AGAIN_EVERY: Duration = Duration::from_secs(20);
/// Tries to get a number: several may start at the same moment.
const TRIES: usize = 40;
/// How long a server waits at its start for the others. It starts all the same after that: Redis may be away.
const LINK_PATIENCE: Duration = Duration::from_secs(3);

/// Several servers are one community only if they share all they keep.
pub fn check(settings: &Settings) -> Result<(), StartError> {
    let missing = |setting, why| Err(StartError::NotShared { setting, why });
    if settings.redis_url.is_none() {
        return Ok(());
    }
    if matches!(settings.database_url, DatabaseUrl::Sqlite(_)) {
        return missing("DATABASE_URL", "SQLite is a file of one server; it must be a PostgreSQL, postgres://…");
    }
    if settings.secret_key.is_none() {
        return missing("SECRET_KEY", "one that a server generates signs people in to that server alone");
    }
    if settings.vapid_key.is_none() {
        return missing("HUBBUB_VAPID_KEY", "browsers subscribe to the pushes of one key");
    }
    if settings.s3_url.is_none() && !settings.uploads_shared {
        let why = "files in a data folder are those of one server. Where its folder `uploads` is one that all servers \
                   mount, say so with HUBBUB_UPLOADS_SHARED=yes";
        return missing("S3_URL", why);
    }
    Ok(())
}

/// Makes ids with a number that no other server or worker of the community has meanwhile.
pub struct Numbered {
    /// With the number.
    pub ids: Arc<IdGenerator>,
    store: Arc<dyn Store>,
    holder: String,
}

impl Numbered {
    /// Takes a number.
    pub async fn take(store: Arc<dyn Store>) -> Result<Self, StartError> {
        let holder = format!("{:016x}", rand::random::<u64>());
        for _ in 0..TRIES {
            if let Some(number) = lend(&*store, &holder, HELD_FOR).await.map_err(DomainError::from)? {
                return Ok(Self { ids: Arc::new(IdGenerator::new(number)), store, holder });
            }
        }
        Err(StartError::TooMany)
    }

    /// Holds it until the process stops.
    pub async fn keep(self, stopping: CancellationToken) {
        while stopping.run_until_cancelled(sleep(HELD_AGAIN_EVERY)).await.is_some() {
            match lend(&*self.store, &self.holder, HELD_FOR).await {
                // Another one, if the own was not held for so long that somebody else took it.
                Ok(Some(number)) => self.ids.set_node(number),
                Ok(None) => tracing::error!("others have all numbers for ids; 31 servers and workers are the most"),
                Err(cause) => tracing::debug!(%cause, "the number for ids was not held"),
            }
        }
        // Who does not get to that leaves it to the time.
        let _ = lend(&*self.store, &self.holder, Duration::ZERO).await;
    }
}

async fn lend(store: &dyn Store, holder: &str, span: Duration) -> Result<Option<u8>, StoreError> {
    let now = SystemClock.now();
    let mut tx = store.begin().await?;
    let number = tx.lend_number(holder, now, now.plus(span)).await?;
    tx.commit().await?;
    Ok(number)
}

/// What takes note of what other nodes publish, before the hub does.
pub fn observer(revoked: &RevokedSessions, limits: &Limits) -> Observer {
    let (revoked, limits) = (revoked.clone(), limits.clone());
    Box::new(move |publication| {
        revoked.observe(publication);
        limits.observe(publication);
    })
}

/// Becomes one of several servers.
pub async fn join(
    url: &ServerUrl,
    secrets: &Secrets,
    name: String,
    live: &Live,
    observer: Observer,
    links: &Tasks,
) -> Result<RedisBroker, StartError> {
    // Communities that share a Redis do not hear each other.
    let digest = Sha256::new().chain_update("hubbub nodes").chain_update(secrets.signing.expose()).finalize();
    let channel = format!("hubbub:{}", hex::encode(digest.iter().take(8).copied().collect::<Vec<u8>>()));
    let settings = RedisSettings { url: url.expose(), channel, name };
    let nodes = RedisBroker::new(settings, live.hub.clone(), Arc::new(SystemClock), observer)?;
    links.spawn("nodes", nodes.clone().run(links.stopping()));
    if !nodes.linked(LINK_PATIENCE).await {
        tracing::warn!("Redis does not answer; the server starts by itself and joins the others later");
    }
    Ok(nodes)
}
