//! Every setting: where it comes from, what it may be, and what it is when nobody says.
//!
//! Flags win over the environment, the environment over `hubbub.toml`, and that over the defaults. An empty value counts
//! as unset. Names, units, defaults and descriptions stand once, in [`table::SETTINGS`]: the command line's help, the
//! README's table and the parsing all come from there.

mod secrets;
mod sources;
mod table;
mod values;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use thiserror::Error;

pub use secrets::{
    SecretsError, hold_folder, private_folder, secret_key, shared_secret_key, shared_vapid_key, vapid_key,
};
pub use sources::{Source, Sources, flags};
pub use table::{SETTINGS, Setting, readme_table};
pub use values::{DatabaseUrl, MailFrom, MetricsToken, PublicUrl, S3Url, SecretKey, ServerUrl, VapidKey};

/// Every setting, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen. Port 0 takes a free one.
    pub addr: SocketAddr,
    /// The folder for the database, uploads and secrets.
    pub data_dir: PathBuf,
    /// The address people use; `None` follows the address it listens on (see [`Settings::public_url`]).
    pub public_url: Option<PublicUrl>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Multiplies every rate limit and cap; above zero.
    pub limit_factor: f64,
    /// Which database.
    pub database_url: DatabaseUrl,
    /// What carries events between nodes, as `redis://…`; may hold a password. `None` for a server that is the only one.
    pub redis_url: Option<ServerUrl>,
    /// What signs access tokens; `None` keeps a generated one in the data folder.
    pub secret_key: Option<SecretKey>,
    /// What is logged, as a tracing filter.
    pub log: String,
    /// The mail server, as `smtp://…`; may hold a password. `None` writes letters into the data folder.
    pub smtp_url: Option<ServerUrl>,
    /// Whom letters come from.
    pub mail_from: MailFrom,
    /// How long somebody must have been away before they are written to.
    pub email_after: Duration,
    /// The message broker, as `amqp://…`; may hold a password. `None` has the server deliver everything itself.
    pub amqp_url: Option<ServerUrl>,
    /// Whether the server is a worker too when there is a message broker.
    pub serve_delivers: bool,
    /// The store of files, with the key to it. `None` keeps files in the data folder.
    pub s3_url: Option<S3Url>,
    /// Whether the files in the data folder are those of all servers.
    pub uploads_shared: bool,
    /// What signs pushes; `None` keeps a generated one in the data folder.
    pub vapid_key: Option<VapidKey>,
    /// Push services that need be neither public nor on https.
    pub push_allow_local: Vec<PublicUrl>,
    /// Sites whose pages may use this one's interfaces, with tokens and tickets.
    pub cors_origins: Vec<PublicUrl>,
    /// What opens `/metrics`; `None` leaves it closed.
    pub metrics_token: Option<MetricsToken>,
    /// For how many of the people the site is live, in percent.
    pub live_percent: u8,
}

/// A setting as it took effect, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The setting's environment variable.
    pub name: &'static str,
    /// Its value; secrets are masked.
    pub value: String,
    /// Where the value came from.
    pub source: Source,
}

/// A setting that cannot be used. Its text is one sentence that names the setting, its source and what is accepted.
#[derive(Debug, Error)]
pub enum SettingError {
    /// A value that is not accepted.
    #[error("{name} (from {given_by}) must be {accepted}{}.", shown(.value.as_deref()))]
    Wrong {
        /// The setting's environment variable.
        name: &'static str,
        /// Where the value came from.
        given_by: Source,
        /// What would be accepted.
        accepted: &'static str,
        /// The value, unless it is secret.
        value: Option<String>,
    },
    /// A key in the settings file that no setting has.
    #[error("`{key}` in {file} is not a setting; the settings are {}.", table::keys())]
    Unknown {
        /// The key.
        key: String,
        /// The settings file.
        file: String,
    },
    /// A settings file that cannot be read or understood.
    #[error("The settings file {file} cannot be used: {why}.")]
    File {
        /// The settings file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

fn shown(value: Option<&str>) -> String {
    value.map(|value| format!(", not \"{value}\"")).unwrap_or_default()
}

impl Settings {
    /// The settings that these sources give.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn resolve(sources: &Sources) -> Result<Self, SettingError> {
        let data_dir = sources.read(&table::DATA_DIR, values::folder)?.unwrap_or_else(|| PathBuf::from("data"));
        Ok(Self {
            addr: sources.read(&table::ADDR, values::address)?.unwrap_or(DEFAULT_ADDR),
            public_url: sources.read(&table::PUBLIC_URL, PublicUrl::parse)?,
            trusted_proxies: sources.read(&table::TRUSTED_PROXIES, values::networks)?.unwrap_or_default(),
            limit_factor: sources.read(&table::LIMIT_FACTOR, values::factor)?.unwrap_or(1.0),
            database_url: sources
                .read(&table::DATABASE_URL, DatabaseUrl::parse)?
                .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("hubbub.db"))),
            redis_url: sources.read(&table::REDIS_URL, ServerUrl::redis)?,
            secret_key: sources.read(&table::SECRET_KEY, SecretKey::parse)?,
            log: sources.read(&table::LOG, values::log_filter)?.unwrap_or_else(|| "info".to_owned()),
            smtp_url: sources.read(&table::SMTP_URL, ServerUrl::mail)?,
            mail_from: sources.read(&table::MAIL_FROM, MailFrom::parse)?.unwrap_or_default(),
            email_after: sources.read(&table::EMAIL_AFTER, values::seconds)?.unwrap_or(DEFAULT_EMAIL_AFTER),
            amqp_url: sources.read(&table::AMQP_URL, ServerUrl::amqp)?,
            serve_delivers: sources.read(&table::SERVE_DELIVERS, values::yes_or_no)?.unwrap_or(true),
            s3_url: sources.read(&table::S3_URL, S3Url::parse)?,
            uploads_shared: sources.read(&table::UPLOADS_SHARED, values::yes_or_no)?.unwrap_or(false),
            vapid_key: sources.read(&table::VAPID_KEY, VapidKey::parse)?,
            push_allow_local: sources.read(&table::PUSH_ALLOW_LOCAL, values::origins)?.unwrap_or_default(),
            cors_origins: sources.read(&table::CORS_ORIGINS, values::origins)?.unwrap_or_default(),
            metrics_token: sources.read(&table::METRICS_TOKEN, MetricsToken::parse)?,
            live_percent: sources.read(&table::LIVE_PERCENT, values::percent)?.unwrap_or(100),
            data_dir,
        })
    }

    /// The defaults, but with everything in `data_dir` and on a free port of the loopback address: for tests and
    /// benchmarks, which run many servers at once.
    #[must_use]
    pub fn in_folder(data_dir: PathBuf) -> Self {
        Self {
            addr: SocketAddr::new(DEFAULT_ADDR.ip(), 0),
            public_url: None,
            trusted_proxies: Vec::new(),
            limit_factor: 1.0,
            database_url: DatabaseUrl::Sqlite(data_dir.join("hubbub.db")),
            redis_url: None,
            secret_key: None,
            log: "info".to_owned(),
            smtp_url: None,
            mail_from: MailFrom::default(),
            email_after: DEFAULT_EMAIL_AFTER,
            amqp_url: None,
            serve_delivers: true,
            s3_url: None,
            uploads_shared: false,
            vapid_key: None,
            push_allow_local: Vec::new(),
            cors_origins: Vec::new(),
            metrics_token: None,
            live_percent: 100,
            data_dir,
        }
    }

    /// The address people use, once it is known where the server listens.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::of(listening))
    }

    /// Every setting as it took effect and where it came from, in the order of the table.
    #[must_use]
    pub fn effective(&self, sources: &Sources) -> Vec<Effective> {
        let kept = |is_set: bool| if is_set { "(set)" } else { "(generated, kept in the data folder)" }.to_owned();
        let yes_or_no = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
        let listed = |urls: &[PublicUrl]| {
            let origins = urls.iter().map(PublicUrl::origin).collect::<Vec<_>>();
            if origins.is_empty() { "none".to_owned() } else { origins.join(",") }
        };
        let values = [
            self.addr.to_string(),
            self.data_dir.display().to_string(),
            self.public_url(self.addr).origin().to_owned(),
            values::joined(&self.trusted_proxies),
            self.limit_factor.to_string(),
            self.database_url.masked(),
            if self.redis_url.is_some() { "(set)" } else { "(none: the server is the only one)" }.to_owned(),
            kept(self.secret_key.is_some()),
            self.log.clone(),
            if self.smtp_url.is_some() { "(set)" } else { "(none: letters are files in the data folder)" }.to_owned(),
            self.mail_from.as_str().to_owned(),
            self.email_after.as_secs().to_string(),
            if self.amqp_url.is_some() { "(set)" } else { "(none: the server delivers everything itself)" }.to_owned(),
            yes_or_no(self.serve_delivers),
            self.s3_url.as_ref().map_or_else(|| "(none: files are in the data folder)".to_owned(), S3Url::masked),
            yes_or_no(self.uploads_shared),
            kept(self.vapid_key.is_some()),
            listed(&self.push_allow_local),
            listed(&self.cors_origins),
            if self.metrics_token.is_some() { "(set)" } else { "(none: there is no /metrics)" }.to_owned(),
            self.live_percent.to_string(),
        ];
        let rows = SETTINGS.iter().zip(values);
        rows.map(|(setting, value)| Effective { name: setting.env, value, source: sources.source_of(setting) })
            .collect()
    }
}

/// Long enough to look at another tab, short enough to be of use.
const DEFAULT_EMAIL_AFTER: Duration = Duration::from_secs(120);

/// Where the server listens when nobody says.
const DEFAULT_ADDR: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 10000));
