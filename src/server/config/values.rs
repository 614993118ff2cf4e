//! What a setting's text may mean.

use std::{borrow::Cow, fmt, net::IpAddr, net::SocketAddr, path::PathBuf, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use tracing_subscriber::EnvFilter;
use url::Url;

/// The address people use for the site: scheme, host and port, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    secure: bool,
}

impl PublicUrl {
    /// Understands `http://host[:port]` and `https://host[:port]`, with or without a closing slash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let secure = url.scheme() == "https";
        let fits = bare && url.has_host() && (secure || url.scheme() == "http");
        fits.then(|| Self { origin: url.origin().ascii_serialization(), secure })
    }

    /// The address of a server that listens at `addr` and was told no other. One that listens on every interface is
    /// called by the loopback address.
    #[must_use]
    pub fn of(addr: SocketAddr) -> Self {
        let ip = match addr.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let host = SocketAddr::new(ip, addr.port()).to_string();
        let host = host.strip_suffix(":80").unwrap_or(&host);
        Self { origin: format!("http://{host}"), secure: false }
    }

    /// As a browser sends it in `Origin`: lowercase, without the scheme's own port, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether people reach it over https.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same host for sockets: `ws://…` or `wss://…`.
    #[must_use]
    pub fn socket_origin(&self) -> String {
        self.origin.replacen("http", "ws", 1)
    }
}

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The embedded one, in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as `postgres://…`; may hold a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Understands `postgres://…`, `postgresql://…`, `sqlite://file` and `sqlite:file`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            return (!file.is_empty()).then(|| Self::Sqlite(PathBuf::from(file)));
        }
        let url = Url::parse(text).ok()?;
        let fits = matches!(url.scheme(), "postgres" | "postgresql");
        fits.then(|| Self::Postgres(text.to_owned()))
    }

    /// The address with its password hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
            Self::Postgres(text) => match Url::parse(text) {
                Ok(mut url) => {
                    let hidden = url.password().is_none() || url.set_password(Some("***")).is_ok();
                    // Drivers also take `password=` as a parameter, so the whole query stays hidden.
                    url.set_query(None);
                    if hidden { url.to_string() } else { "postgres://***".to_owned() }
                }
                Err(_) => "postgres://***".to_owned(),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What signs access tokens. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Vec<u8>);

impl SecretKey {
    /// The shortest key, in bytes: what HMAC-SHA-256 asks for (RFC 7518, section 3.2).
    pub const BYTES_MIN: usize = 32;

    /// The key, if it is long enough.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() >= Self::BYTES_MIN).then(|| Self(text.as_bytes().to_vec()))
    }

    /// The bytes, for whoever signs.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(***)")
    }
}

/// What whoever reads the metrics must know. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MetricsToken(String);

impl MetricsToken {
    /// The shortest, in characters: no one guesses 16 that were drawn at random.
    pub const CHARS_MIN: usize = 16;

    /// The token, if it is long enough and a header can hold it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = text.len() >= Self::CHARS_MIN && text.chars().all(|char| char.is_ascii_graphic());
        is_fit.then(|| Self(text.to_owned()))
    }

    /// The token, to compare with.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(***)")
    }
}

/// The private key that signs pushes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct VapidKey([u8; Self::BYTES]);

impl VapidKey {
    /// Its length, in bytes.
    pub const BYTES: usize = 32;

    /// Understands base64url, with or without padding. Whether it lies on the curve is seen when it is used.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?.try_into().ok().map(Self)
    }

    /// A key of these random bytes: without the first bit every number is below the order of the curve.
    #[must_use]
    pub fn of_random(mut bytes: [u8; Self::BYTES]) -> Self {
        let [first, ..] = &mut bytes;
        *first &= 0x7f;
        Self(bytes)
    }

    /// In base64url, as [`Self::parse`] understands it.
    pub(super) fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The bytes, for whoever signs.
    #[must_use]
    pub const fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(***)")
    }
}

/// Another server that this one talks to. Its password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// A mail server: `smtp://…` or `smtps://…` with a host.
    #[must_use]
    pub fn mail(text: &str) -> Option<Self> {
        Self::parse(text, &["smtp", "smtps"])
    }

    /// A message broker: `amqp://…` with a host. There is no TLS: it is for a broker on the same machine or network, or
    /// behind a tunnel.
    #[must_use]
    pub fn amqp(text: &str) -> Option<Self> {
        Self::parse(text, &["amqp"])
    }

    /// What carries events between nodes: `redis://…` with a host. There is no TLS here either.
    #[must_use]
    pub fn redis(text: &str) -> Option<Self> {
        Self::parse(text, &["redis"])
    }

    fn parse(text: &str, schemes: &[&str]) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        (schemes.contains(&url.scheme()) && url.has_host()).then(|| Self(text.to_owned()))
    }

    /// The whole address, for whoever connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerUrl(***)")
    }
}

/// A store of files that speaks S3: where it is, which bucket, and the key to it. The secret is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Url {
    endpoint: String,
    bucket: String,
    prefix: String,
    region: String,
    key: String,
    secret: String,
}

impl S3Url {
    /// The region of stores that have none.
    const REGION: &'static str = "us-east-1";

    /// Understands `https://key:secret@host[:port]/bucket[/prefix][?region=…]`. What has a meaning in addresses, such as a
    /// slash in the secret, is written as `%2F`. With `http://` files travel readably: it is for a store on the same machine
    /// or network, or behind a tunnel; the secret itself is never sent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let mut folders = url.path_segments()?;
        let bucket = folders.next()?.to_owned();
        let prefix: Vec<&str> = folders.filter(|folder| !folder.is_empty()).collect();
        let is_plain = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || "-_.".contains(char));
        let mut region = Self::REGION.to_owned();
        for (name, value) in url.query_pairs() {
            (name == "region" && !value.is_empty() && is_plain(&value)).then_some(())?;
            region = value.into_owned();
        }
        let plainly = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned);
        let (key, secret) = (plainly(url.username())?, plainly(url.password()?)?);
        let fits = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.fragment().is_none()
            && !(bucket.is_empty() || key.is_empty() || secret.is_empty())
            && is_plain(&bucket)
            && prefix.iter().all(|folder| is_plain(folder));
        let endpoint = url.origin().ascii_serialization();
        fits.then(|| Self { endpoint, bucket, prefix: prefix.join("/"), region, key, secret })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether nobody on the way can read.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.endpoint.starts_with("https:")
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What names in the bucket begin with, without slashes around it; may be empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The region that requests are signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The name of the key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What requests are signed with.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The address without the key.
    #[must_use]
    pub fn masked(&self) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("{}/{}{slash}{}", self.endpoint, self.bucket, self.prefix)
    }
}

impl fmt::Debug for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Url({})", self.masked())
    }
}

/// Whom letters come from, as it stands in their head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrom(String);

impl MailFrom {
    /// Understands `name@host` and `Name <name@host>`; whoever writes letters has the last word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let address = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end_matches('>'));
        let (name, host) = address.split_once('@')?;
        let fits = !name.is_empty() && !host.is_empty() && !address.contains([' ', '<', '>']);
        (fits && !text.contains(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The whole of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MailFrom {
    /// The address alone.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.rsplit_once('<').map_or(self.0.as_str(), |(_, rest)| rest.trim_end_matches('>'))
    }
}

impl Default for MailFrom {
    fn default() -> Self {
        Self("Hubbub <hubbub@localhost>".to_owned())
    }
}

/// A whole number of seconds.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}

/// A whole number of percent.
pub(super) fn percent(text: &str) -> Option<u8> {
    text.parse().ok().filter(|percent| *percent <= 100)
}

/// `yes` or `no`.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

pub(super) fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok()
}

pub(super) fn folder(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

pub(super) fn networks(text: &str) -> Option<Vec<IpNet>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))).collect()
}

pub(super) fn origins(text: &str) -> Option<Vec<PublicUrl>> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(PublicUrl::parse).collect()
}

pub(super) fn factor(text: &str) -> Option<f64> {
    text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor > 0.0)
}

pub(super) fn log_filter(text: &str) -> Option<String> {
    EnvFilter::try_new(text).ok().map(|_| text.to_owned())
}

pub(super) fn joined(networks: &[IpNet]) -> String {
    if networks.is_empty() {
        return "none".to_owned();
    }
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
