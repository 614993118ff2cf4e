//! One request to a push service: to an address that was looked at first, over TLS, never redirected, with an answer of
//! which little is read.

use std::{net::IpAddr, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{self, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName},
};
use url::Host;

use super::address::{Address, is_public};
use crate::{protocol::time::Timestamp, server::domain::ports::Clock};

/// How long one of several addresses of a host may take to answer.
const CONNECTING: Duration = Duration::from_secs(3);
/// What is read of an answer's words, in bytes: they are for the log and for who runs the community.
const SAID_MAX_BYTES: usize = 300;
/// The head of an answer, in bytes; the smallest that the library takes.
const HEAD_MAX_BYTES: usize = 8 * 1_024;

/// What a push service answered.
pub(super) struct Answer {
    /// The status.
    pub status: u16,
    /// How long it asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The beginning of its words, without control characters.
    pub said: String,
}

/// Why there is no answer.
pub(super) enum CallError {
    /// It was away, or did not speak HTTP.
    Failed(String),
    /// It leads to a machine that is not public.
    NotPublic,
}

fn failed(cause: impl std::fmt::Display) -> CallError {
    CallError::Failed(format!("{cause}."))
}

/// Calls push services.
pub(super) struct Caller {
    tls: TlsConnector,
    clock: Arc<dyn Clock>,
}

impl Caller {
    /// Trusts the authorities that browsers trust.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Result<Self, rustls::Error> {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), clock })
    }

    /// Posts once.
    pub(super) async fn post(&self, to: &Address, headers: HeaderMap, body: Bytes) -> Result<Answer, CallError> {
        let request = request(to, headers, body).ok_or_else(|| failed("The endpoint cannot be asked"))?;
        let socket = connect(to).await?;
        let response = if to.is_secure() {
            let name = to.host().map(|host| host.to_string()).unwrap_or_default();
            let name = name.trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(name).map_err(failed)?;
            exchange(self.tls.connect(name, socket).await.map_err(failed)?, request).await
        } else {
            exchange(socket, request).await
        };
        let (status, headers, said) = response.map_err(failed)?;
        let retry_after = headers.get(header::RETRY_AFTER).and_then(|value| pause(value, self.clock.now()));
        Ok(Answer { status: status.as_u16(), retry_after, said })
    }
}

fn request(to: &Address, headers: HeaderMap, body: Bytes) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = to.target()?;
    *request.headers_mut() = headers;
    request.headers_mut().insert(header::HOST, HeaderValue::try_from(to.authority()).ok()?);
    Some(request)
}

/// A connection to the first address of the host that answers. All of them must be public: a name that leads to both is
/// not trusted. What is connected to is what was looked at, so a name cannot lead elsewhere in between.
async fn connect(to: &Address) -> Result<TcpStream, CallError> {
    let port = to.port();
    let found: Vec<SocketAddr> = match to.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::new(IpAddr::V4(ip), port)],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::new(IpAddr::V6(ip), port)],
        Some(Host::Domain(name)) => lookup_host((name, port)).await.map_err(failed)?.collect(),
        None => Vec::new(),
    };
    if !to.is_allowed && !found.iter().all(|address| is_public(address.ip())) {
        return Err(CallError::NotPublic);
    }
    let mut last = failed("Its host has no address");
    for address in found {
        match timeout(CONNECTING, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(cause)) => last = failed(cause),
            Err(_) => last = failed("It did not answer in time"),
        }
    }
    Err(last)
}

async fn exchange(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Full<Bytes>>,
) -> hyper::Result<(StatusCode, HeaderMap, String)> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_MAX_BYTES);
    let (mut sender, connection) = builder.handshake(TokioIo::new(socket)).await?;
    let asked = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        Ok((head.status, head.headers, first_words(body).await))
    };
    // Its end is no answer; what ended it is told to who asked.
    let carried = async {
        let _ended = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = asked => answer,
        never = carried => never,
    }
}

/// The beginning of an answer; the rest is left unread, and the connection closed.
async fn first_words(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        if bytes.len() >= SAID_MAX_BYTES {
            bytes.truncate(SAID_MAX_BYTES);
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// `Retry-After`: seconds, or a moment.
fn pause(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    Some(Timestamp::from_millis(u64::try_from(moment).ok()?).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_moment() {
        let now = Timestamp::from_millis(784_111_777_000);
        let told = |text| pause(&HeaderValue::from_static(text), now);
        assert_eq!(told("120"), Some(Duration::from_secs(120)));
        assert_eq!(told("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(told("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(told("soon"), None);
    }
}
