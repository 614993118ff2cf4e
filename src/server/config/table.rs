//! The one table of settings, from which help, README and parsing come.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its key in `hubbub.toml`.
    pub key: &'static str,
    /// Its flag on the command line, without the dashes.
    pub flag: &'static str,
    /// Its environment variable, which is also the name that messages use.
    pub env: &'static str,
    /// A variable of a development tool that stands in for the default.
    pub tool_env: Option<&'static str>,
    /// What its value is, in one or two words.
    pub unit: &'static str,
    /// What it is when nobody says.
    pub default: &'static str,
    /// What is accepted, to complete "must be …".
    pub accepted: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

/// Every setting, in the order they are shown.
pub const SETTINGS: [&Setting; 21] = [
    &ADDR,
    &DATA_DIR,
    &PUBLIC_URL,
    &TRUSTED_PROXIES,
    &LIMIT_FACTOR,
    &DATABASE_URL,
    &REDIS_URL,
    &SECRET_KEY,
    &LOG,
    &SMTP_URL,
    &MAIL_FROM,
    &EMAIL_AFTER,
    &AMQP_URL,
    &SERVE_DELIVERS,
    &S3_URL,
    &UPLOADS_SHARED,
    &VAPID_KEY,
    &PUSH_ALLOW_LOCAL,
    &CORS_ORIGINS,
    &METRICS_TOKEN,
    &LIVE_PERCENT,
];

pub(super) const ADDR: Setting = Setting {
    key: "addr",
    flag: "addr",
    env: "HUBBUB_ADDR",
    // cargo-leptos watches this address to reload the page.
    tool_env: Some("LEPTOS_SITE_ADDR"),
    unit: "address:port",
    default: "127.0.0.1:10000",
    accepted: "an IP address and a port, such as 127.0.0.1:10000",
    about: "Where the server listens. Port 0 takes a free one.",
    secret: false,
};

pub(super) const DATA_DIR: Setting = Setting {
    key: "data_dir",
    flag: "data-dir",
    env: "HUBBUB_DATA_DIR",
    tool_env: None,
    unit: "folder",
    default: "./data",
    accepted: "a folder",
    about: "Holds the database, uploads and secrets. Created when missing, readable by its owner only.",
    secret: false,
};

pub(super) const PUBLIC_URL: Setting = Setting {
    key: "public_url",
    flag: "public-url",
    env: "HUBBUB_PUBLIC_URL",
    tool_env: None,
    unit: "URL",
    default: "http:// and the address it listens on",
    accepted: "a http or https address without a path, such as https://hubbub.example",
    about: "The address people use: links, the allowed Origin and, with https, Secure cookies come from it.",
    secret: false,
};

pub(super) const TRUSTED_PROXIES: Setting = Setting {
    key: "trusted_proxies",
    flag: "trusted-proxies",
    env: "HUBBUB_TRUSTED_PROXIES",
    tool_env: None,
    unit: "networks",
    default: "none",
    accepted: "IP addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8",
    about: "Reverse proxies whose X-Forwarded-For is believed when limits are counted by address.",
    secret: false,
};

pub(super) const LIMIT_FACTOR: Setting = Setting {
    key: "limit_factor",
    flag: "limit-factor",
    env: "HUBBUB_LIMIT_FACTOR",
    tool_env: None,
    unit: "factor",
    default: "1",
    accepted: "a number above zero, such as 1 or 2.5",
    about: "Multiplies every rate limit and cap.",
    secret: false,
};

pub(super) const DATABASE_URL: Setting = Setting {
    key: "database_url",
    flag: "database-url",
    env: "DATABASE_URL",
    tool_env: None,
    unit: "URL",
    default: "SQLite, `hubbub.db` in the data folder",
    accepted: "postgres://user@host/database or sqlite:path/to/file",
    about: "Which database to use.",
    secret: true,
};

pub(super) const REDIS_URL: Setting = Setting {
    key: "redis_url",
    flag: "redis-url",
    env: "REDIS_URL",
    tool_env: None,
    unit: "URL",
    default: "none: the server is the only one of its community",
    accepted: "redis://user:password@host:6379",
    about: "The Redis through which several `hubbub serve` of one community tell each other what happens.",
    secret: true,
};

pub(super) const SECRET_KEY: Setting = Setting {
    key: "secret_key",
    flag: "secret-key",
    env: "SECRET_KEY",
    tool_env: None,
    unit: "text",
    default: "generated, kept in the data folder",
    accepted: "at least 32 bytes of text",
    about: "Signs access tokens. Prefer the environment or the file: other users can read flags.",
    secret: true,
};

pub(super) const LOG: Setting = Setting {
    key: "log",
    flag: "log",
    env: "HUBBUB_LOG",
    tool_env: None,
    unit: "filter",
    default: "info",
    accepted: "a level or a tracing filter, such as info or hubbub=debug,warn",
    about: "What is logged to stderr; as JSON when stderr is no terminal.",
    secret: false,
};

pub(super) const SMTP_URL: Setting = Setting {
    key: "smtp_url",
    flag: "smtp-url",
    env: "SMTP_URL",
    tool_env: None,
    unit: "URL",
    default: "none: letters are files in the data folder, in `mail`",
    accepted: "smtp://host:25, smtp://user:password@host:587?tls=required or smtps://user:password@host",
    about: "The mail server that letters go to.",
    secret: true,
};

pub(super) const MAIL_FROM: Setting = Setting {
    key: "mail_from",
    flag: "mail-from",
    env: "HUBBUB_MAIL_FROM",
    tool_env: None,
    unit: "address",
    default: "Hubbub <hubbub@localhost>",
    accepted: "an e-mail address, with or without a name, such as Hubbub <hubbub@example.org>",
    about: "Whom letters come from.",
    secret: false,
};

pub(super) const EMAIL_AFTER: Setting = Setting {
    key: "email_after_s",
    flag: "email-after-s",
    env: "HUBBUB_EMAIL_AFTER_S",
    tool_env: None,
    unit: "seconds",
    default: "120",
    accepted: "a whole number of seconds, such as 120",
    about: "How long somebody must have been away, without reading it, before they are written to.",
    secret: false,
};

pub(super) const AMQP_URL: Setting = Setting {
    key: "amqp_url",
    flag: "amqp-url",
    env: "AMQP_URL",
    tool_env: None,
    unit: "URL",
    default: "none: the server delivers everything itself",
    accepted: "amqp://user:password@host:5672/vhost",
    about: "The RabbitMQ through which letters and pushes travel to `hubbub worker`.",
    secret: true,
};

pub(super) const SERVE_DELIVERS: Setting = Setting {
    key: "serve_delivers",
    flag: "serve-delivers",
    env: "HUBBUB_SERVE_DELIVERS",
    tool_env: None,
    unit: "yes or no",
    default: "yes",
    accepted: "yes or no",
    about: "With AMQP_URL: whether `hubbub serve` is a worker too. No leaves that to `hubbub worker`.",
    secret: false,
};

pub(super) const S3_URL: Setting = Setting {
    key: "s3_url",
    flag: "s3-url",
    env: "S3_URL",
    tool_env: None,
    unit: "URL",
    default: "none: files are in the data folder, in `uploads`",
    accepted: "https://key:secret@host/bucket or https://key:secret@host:9000/bucket/prefix?region=eu-central-1, with / in the secret as %2F",
    about: "The store, of Amazon or any other that speaks S3, in which pictures and attachments are kept.",
    secret: true,
};

pub(super) const UPLOADS_SHARED: Setting = Setting {
    key: "uploads_shared",
    flag: "uploads-shared",
    env: "HUBBUB_UPLOADS_SHARED",
    tool_env: None,
    unit: "yes or no",
    default: "no",
    accepted: "yes or no",
    about: "With REDIS_URL and without S3_URL: whether `uploads` in the data folder is one folder that all servers mount.",
    secret: false,
};

pub(super) const VAPID_KEY: Setting = Setting {
    key: "vapid_key",
    flag: "vapid-key",
    env: "HUBBUB_VAPID_KEY",
    tool_env: None,
    unit: "text",
    default: "generated, kept in the data folder",
    accepted: "the 32 bytes of a private key of P-256 in base64url, as other tools for Web Push print it",
    about: "Signs pushes. With another key every device must subscribe anew.",
    secret: true,
};

pub(super) const PUSH_ALLOW_LOCAL: Setting = Setting {
    key: "push_allow_local",
    flag: "push-allow-local",
    env: "HUBBUB_PUSH_ALLOW_LOCAL",
    tool_env: None,
    unit: "URLs",
    default: "none",
    accepted: "http or https addresses without a path, separated by commas, such as http://127.0.0.1:9000",
    about: "Push services that are called although they are not public or not on https: for tests and networks of one's own.",
    secret: false,
};

pub(super) const CORS_ORIGINS: Setting = Setting {
    key: "cors_origins",
    flag: "cors-origins",
    env: "HUBBUB_CORS_ORIGINS",
    tool_env: None,
    unit: "URLs",
    default: "none",
    accepted: "http or https addresses without a path, separated by commas, such as https://app.example,http://localhost:3000",
    about: "Sites whose pages may use REST, sockets and Socket.IO here, with tokens and tickets; never with cookies.",
    secret: false,
};

pub(super) const METRICS_TOKEN: Setting = Setting {
    key: "metrics_token",
    flag: "metrics-token",
    env: "HUBBUB_METRICS_TOKEN",
    tool_env: None,
    unit: "text",
    default: "none: there is no `/metrics`",
    accepted: "at least 16 visible characters without spaces",
    about: "What Prometheus says as its bearer token to read `/metrics`.",
    secret: true,
};

pub(super) const LIVE_PERCENT: Setting = Setting {
    key: "live_percent",
    flag: "live-percent",
    env: "HUBBUB_LIVE_PERCENT",
    tool_env: None,
    unit: "percent",
    default: "100",
    accepted: "a whole number from 0 to 100",
    about: "For how many of the people the site is live. For the others it works by reload. Who is among them stays among them as it grows.",
    secret: false,
};

/// The keys of all settings, for messages.
pub(super) fn keys() -> String {
    SETTINGS.map(|setting| setting.key).join(", ")
}

/// The settings as a Markdown table. The README holds the same text; a test compares them.
#[must_use]
pub fn readme_table() -> String {
    let mut table = String::from("| Environment | Flag | In `hubbub.toml` | Unit | Default | What it does |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for Setting { key, flag, env, unit, default, about, .. } in SETTINGS {
        table.push_str(&format!("| `{env}` | `--{flag}` | `{key}` | {unit} | {default} | {about} |\n"));
    }
    table
}
