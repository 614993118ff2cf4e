//! Several servers of one community: what they must share, and how one of them joins the others.

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};

use super::{StartError, parts::Secrets};
use crate::server::{
    auth::{limits::Limits, revoked::RevokedSessions},
    clock::SystemClock,
    config::{DatabaseUrl, RedisUrl, Settings},
    domain::{
        DomainError,
        ports::{Store, StoreError},
    },
    http::gateways::Live,
    realtime::redis::{Observer, RedisBroker, RedisSettings},
    tasks::Tasks,
};

/// Numbers with which servers and workers make ids, besides that of a server that is alone.
const NUMBERS: u64 = 31;
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

/// The number with which a server among several makes ids: no other has it, as long as not 31 more, workers included, were
/// started beside it.
pub async fn number(store: &dyn Store) -> Result<u8, StartError> {
    let count = async {
        let mut tx = store.begin().await?;
        let started = tx.count_worker().await?;
        tx.commit().await?;
        Ok(started)
    };
    let counted: Result<u64, StoreError> = count.await;
    let started = counted.map_err(DomainError::from)?;
    Ok(u8::try_from(started % NUMBERS).unwrap_or_default().saturating_add(1))
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
    url: &RedisUrl,
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
