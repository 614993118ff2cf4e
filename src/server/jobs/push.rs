//! Who carries pushes: seals each for its device, signs it with the server's key, and hands it to the push service.

mod address;
mod request;
mod sealing;
mod vapid;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::{
    HeaderMap,
    header::{self, HeaderName, HeaderValue},
};
use thiserror::Error;
use tokio::time::timeout;

use address::{Address, KEY_BYTES};
use request::{Answer, CallError, Caller};
use vapid::VapidKey;

use crate::{
    protocol::errors::FieldError,
    server::domain::ports::{Clock, Push, PushAddress, PushError, Pusher, Urgency},
};

/// How long one push may take, from looking its host up to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than any endpoint in use (they have 150 to 600 characters).
const ENDPOINT_MAX_BYTES: usize = 2_000;

const URGENCY: HeaderName = HeaderName::from_static("urgency");
const TOPIC: HeaderName = HeaderName::from_static("topic");
const TTL: HeaderName = HeaderName::from_static("ttl");

/// Pushes cannot be sent as the settings have it.
#[derive(Debug, Error)]
pub enum PushSetupError {
    /// The key is no private key of P-256.
    #[error("The key for pushes (HUBBUB_VAPID_KEY) cannot be used")]
    Key,
    /// TLS cannot be set up.
    #[error("Pushes cannot be sent over TLS: {0}")]
    Tls(#[source] tokio_rustls::rustls::Error),
}

/// Speaks Web Push: RFC 8030, 8188, 8291 and 8292.
pub struct WebPusher {
    key: VapidKey,
    caller: Caller,
    clock: Arc<dyn Clock>,
    /// Origins that are accepted besides https on public addresses.
    local: Vec<String>,
}

impl WebPusher {
    /// `key` is the private key (32 bytes), `contact` a `mailto:` or `https:` address of who runs the community, and `local`
    /// the origins that are accepted although they are not public.
    ///
    /// # Errors
    /// When the key or TLS cannot be used.
    pub fn new(key: &[u8], contact: String, local: Vec<String>, clock: Arc<dyn Clock>) -> Result<Self, PushSetupError> {
        let key = VapidKey::new(key, contact).ok_or(PushSetupError::Key)?;
        let caller = Caller::new(clock.clone()).map_err(PushSetupError::Tls)?;
        Ok(Self { key, caller, clock, local })
    }

    fn headers(&self, push: &Push, address: &Address) -> Option<HeaderMap> {
        let now_s = self.clock.now().as_millis() / 1_000;
        let signed = self.key.authorization(&address.origin(), now_s)?;
        let urgency = match push.urgency {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
        };
        let headers = [
            (header::AUTHORIZATION, HeaderValue::try_from(signed).ok()?),
            (header::CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (TTL, HeaderValue::from(push.keep_for.as_secs())),
            (URGENCY, HeaderValue::from_static(urgency)),
            (TOPIC, HeaderValue::try_from(&push.topic).ok()?),
        ];
        Some(headers.into_iter().collect())
    }

    async fn carry(&self, push: &Push) -> Result<Answer, PushError> {
        let refused = |reason: &str| PushError::Refused(reason.to_owned());
        let address = Address::parse(&push.to.endpoint, &self.local).map_err(PushError::Refused)?;
        let keys = keys(&push.to).map_err(|fault| PushError::Refused(fault.message))?;
        let sealed = sealing::seal(push.payload.as_bytes(), &keys.0, &keys.1);
        let sealed = sealed.ok_or_else(|| refused("It could not be sealed for the keys of the device."))?;
        let headers = self.headers(push, &address).ok_or_else(|| refused("It could not be signed."))?;
        self.caller.post(&address, headers, Bytes::from(sealed)).await.map_err(|error| match error {
            CallError::Failed(reason) => PushError::Later { reason, after: None },
            CallError::NotPublic => refused("The endpoint leads to no public address."),
        })
    }
}

/// The public key and the secret of a device, as bytes.
fn keys(address: &PushAddress) -> Result<(Vec<u8>, Vec<u8>), FieldError> {
    let bytes = |field: &str, text: &str, length: usize| {
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        decoded.ok().filter(|bytes| bytes.len() == length).ok_or_else(|| FieldError {
            field: field.to_owned(),
            message: format!("This must be {length} bytes in base64url."),
        })
    };
    let key = bytes("keys.p256dh", &address.p256dh, KEY_BYTES)?;
    if !sealing::is_key(&key) {
        let message = "This is no public key of the curve P-256.".to_owned();
        return Err(FieldError { field: "keys.p256dh".to_owned(), message });
    }
    Ok((key, bytes("keys.auth", &address.auth, sealing::SECRET_BYTES)?))
}

#[async_trait]
impl Pusher for WebPusher {
    fn public_key(&self) -> &str {
        self.key.public()
    }

    fn fault(&self, address: &PushAddress) -> Option<FieldError> {
        let fault = |message: String| FieldError { field: "endpoint".to_owned(), message };
        if address.endpoint.len() > ENDPOINT_MAX_BYTES {
            return Some(fault(format!("An endpoint has at most {ENDPOINT_MAX_BYTES} bytes.")));
        }
        Address::parse(&address.endpoint, &self.local).map_err(fault).and_then(|_| keys(address)).err()
    }

    async fn send(&self, push: &Push) -> Result<(), PushError> {
        let late = || PushError::Later { reason: "It did not answer in time.".to_owned(), after: None };
        let Answer { status, retry_after, said } =
            timeout(PATIENCE, self.carry(push)).await.unwrap_or_else(|_| Err(late()))?;
        let reason =
            if said.is_empty() { format!("It answered {status}.") } else { format!("It answered {status}: {said}") };
        match status {
            200..=299 => Ok(()),
            404 | 410 => Err(PushError::Gone(reason)),
            408 | 425 | 429 | 500..=599 => Err(PushError::Later { reason, after: retry_after }),
            _ => Err(PushError::Refused(reason)),
        }
    }
}
