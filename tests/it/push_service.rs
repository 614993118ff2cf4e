//! A push service of our own: what reaches it can be opened with the browser's keys only, and is signed by the server.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey as PeerKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hubbub::server::{
    boot,
    clock::SystemClock,
    config::{PublicUrl, Settings, vapid_key},
    domain::ports::{Push, PushAddress, PushError, Pusher, Urgency},
    jobs::push::WebPusher,
};
use parking_lot::Mutex;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::site::{PATIENCE, Site};

pub type Taken = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// Takes what is pushed to it; answers as the end of the address says.
pub struct Service {
    pub origin: String,
    pub taken: Taken,
}

impl Service {
    pub async fn start() -> Self {
        let taken = Taken::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/push/{manner}", post(take)).with_state(taken.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { origin, taken }
    }

    fn pusher(&self) -> WebPusher {
        let contact = "mailto:owner@example.org".to_owned();
        WebPusher::new(&[7; 32], contact, vec![self.origin.clone()], Arc::new(SystemClock)).unwrap()
    }
}

async fn take(State(taken): State<Taken>, Path(manner): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    taken.lock().push((headers, body));
    match manner.as_str() {
        "gone" => StatusCode::GONE.into_response(),
        "busy" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "77")], "slow\ndown").into_response(),
        "large" => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        "moved" => (StatusCode::TEMPORARY_REDIRECT, [("location", "/push/well")]).into_response(),
        "chatty" => (StatusCode::BAD_REQUEST, "x".repeat(1 << 20)).into_response(),
        _ => StatusCode::CREATED.into_response(),
    }
}

/// What a browser keeps of its subscription.
pub struct Browser {
    key: PrivateKey,
    secret: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Browser {
    pub fn new() -> Self {
        Self { key: PrivateKey::generate(&ECDH_P256).unwrap(), secret: [9; 16] }
    }

    fn public(&self) -> Vec<u8> {
        self.key.compute_public_key().unwrap().as_ref().to_vec()
    }

    fn address(&self, endpoint: String) -> PushAddress {
        PushAddress { endpoint, p256dh: BASE64.encode(self.public()), auth: BASE64.encode(self.secret) }
    }

    pub fn subscription(&self, endpoint: &str) -> Value {
        let keys = json!({ "p256dh": BASE64.encode(self.public()), "auth": BASE64.encode(self.secret) });
        json!({ "endpoint": endpoint, "expirationTime": null, "keys": keys })
    }

    /// What was sealed, by the letter of RFC 8291 and from the other side.
    pub fn open(&self, body: &[u8]) -> String {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        assert!(body.len() <= u32::from_be_bytes(record.try_into().unwrap()) as usize);
        let (theirs, sealed) = rest[1..].split_at(usize::from(rest[0]));
        let info = [b"WebPush: info\0".as_slice(), &self.public(), theirs];
        let expand = |salt: &[u8], key: &[u8], info: &[&[u8]], length: usize| {
            let mut out = vec![0; length];
            Salt::new(HKDF_SHA256, salt).extract(key).expand(info, Length(length)).unwrap().fill(&mut out).unwrap();
            out
        };
        let mixed = agree(&self.key, PeerKey::new(&ECDH_P256, theirs), (), |shared| {
            Ok::<_, ()>(expand(&self.secret, shared, &info, 32))
        })
        .unwrap();
        let key = expand(salt, &mixed, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = expand(salt, &mixed, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
        let (mark, plain) = plain.split_last().unwrap();
        assert_eq!(*mark, 2, "the last record");
        String::from_utf8(plain.to_vec()).unwrap()
    }
}

fn push(to: PushAddress) -> Push {
    Push {
        to,
        payload: "{\"title\":\"Ana\"}".to_owned(),
        keep_for: Duration::from_secs(90),
        urgency: Urgency::Low,
        topic: "1234".to_owned(),
    }
}

/// The claims of a signature, once it is checked with the key beside it, which is the one that was told.
fn claims(headers: &HeaderMap, key: &str) -> Value {
    let signed = headers["authorization"].to_str().unwrap().strip_prefix("vapid ").unwrap();
    let parts: BTreeMap<_, _> = signed.split(", ").map(|part| part.split_once('=').unwrap()).collect();
    assert_eq!(parts["k"], key);
    let (signed, signature) = parts["t"].rsplit_once('.').unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, BASE64.decode(key).unwrap());
    key.verify(signed.as_bytes(), &BASE64.decode(signature).unwrap()).unwrap();
    serde_json::from_slice(&BASE64.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_pushed_is_sealed_for_the_browser_and_signed_for_its_push_service() {
    let (service, browser) = (Service::start().await, Browser::new());
    let pusher = service.pusher();
    let address = browser.address(format!("{}/push/well", service.origin));
    assert_eq!(pusher.fault(&address), None);
    pusher.send(&push(address)).await.unwrap();
    let (headers, body) = service.taken.lock().remove(0);
    assert_eq!(browser.open(&body), "{\"title\":\"Ana\"}");
    for (name, value) in [("content-encoding", "aes128gcm"), ("ttl", "90"), ("urgency", "low"), ("topic", "1234")] {
        assert_eq!(headers[name], value);
    }
    let claims = claims(&headers, pusher.public_key());
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!(service.origin), &json!("mailto:owner@example.org")));
    let now_s = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let left_s = claims["exp"].as_u64().unwrap() - now_s;
    assert!((60 * 60..=24 * 60 * 60).contains(&left_s), "{left_s}");
}

#[tokio::test]
async fn what_a_push_service_answers_decides_what_comes_next() {
    let (service, browser) = (Service::start().await, Browser::new());
    let pusher = service.pusher();
    let answer = async |manner: &str| {
        let address = browser.address(format!("{}/push/{manner}", service.origin));
        pusher.send(&push(address)).await.unwrap_err()
    };
    assert_eq!(answer("gone").await, PushError::Gone("It answered 410.".to_owned()));
    let reason = "It answered 429: slowdown".to_owned();
    assert_eq!(answer("busy").await, PushError::Later { reason, after: Some(Duration::from_secs(77)) });
    assert_eq!(answer("large").await, PushError::Refused("It answered 413.".to_owned()));
    let before = service.taken.lock().len();
    assert_eq!(answer("moved").await, PushError::Refused("It answered 307.".to_owned()));
    assert_eq!(service.taken.lock().len(), before + 1, "nobody is led elsewhere");
    let PushError::Refused(reason) = answer("chatty").await else { panic!("a bad request is refused") };
    assert!(reason.len() < 400, "little of it is read");
}

#[tokio::test]
async fn what_is_not_public_is_not_called() {
    let (service, browser) = (Service::start().await, Browser::new());
    let contact = "mailto:owner@example.org".to_owned();
    let pusher = WebPusher::new(&[7; 32], contact, Vec::new(), Arc::new(SystemClock)).unwrap();
    for endpoint in [format!("{}/push/well", service.origin), service.origin.replace("http", "https")] {
        let address = browser.address(endpoint);
        assert_eq!(pusher.fault(&address).unwrap().field, "endpoint");
        assert!(matches!(pusher.send(&push(address)).await, Err(PushError::Refused(_))));
    }
    assert_eq!(service.taken.lock().len(), 0);
    let endpoint = "https://push.example.com/1".to_owned();
    let short = PushAddress { auth: "AAAA".to_owned(), ..browser.address(endpoint.clone()) };
    assert_eq!(pusher.fault(&short).unwrap().field, "keys.auth");
    let off_curve = PushAddress { p256dh: BASE64.encode([4; 65]), ..browser.address(endpoint) };
    assert_eq!(pusher.fault(&off_curve).unwrap().field, "keys.p256dh");
}

/// Real time: that a try ends by itself within seconds is what it tests.
#[tokio::test]
async fn a_push_service_that_says_nothing_is_left_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = [0; 1_024];
                while socket.read(&mut heard).await.is_ok_and(|count| count > 0) {}
            });
        }
    });
    let contact = "mailto:owner@example.org".to_owned();
    let pusher = WebPusher::new(&[7; 32], contact, vec![origin.clone()], Arc::new(SystemClock)).unwrap();
    let sent = pusher.send(&push(Browser::new().address(format!("{origin}/1")))).await;
    let reason = "It did not answer in time.".to_owned();
    assert_eq!(sent, Err(PushError::Later { reason, after: None }));
}

#[tokio::test]
async fn a_comment_reaches_the_device_of_who_is_away_through_every_door() {
    let (service, browser) = (Service::start().await, Browser::new());
    let folder = tempfile::tempdir().unwrap();
    let push_allow_local = vec![PublicUrl::parse(&service.origin).unwrap()];
    let settings =
        Settings { limit_factor: 1_000.0, push_allow_local, ..Settings::in_folder(folder.path().to_owned()) };
    let mode = std::os::unix::fs::PermissionsExt::mode;
    let kept = vapid_key(&settings).unwrap();
    assert_eq!(mode(&std::fs::metadata(folder.path().join("push.toml")).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(vapid_key(&settings).unwrap(), kept, "it is made once");
    let site = Site::around(boot::start(settings).await.unwrap(), Client::new());
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let key = mia.done(Method::GET, "/api/push/key", None).await["public_key"].as_str().unwrap().to_owned();

    let silent = json!({ "endpoint": "https://10.0.0.1/x", "keys": browser.subscription("")["keys"] });
    let (status, refused) = mia.ask(Method::POST, "/api/push/subscriptions", Some(silent)).await;
    assert_eq!((status.as_u16(), &refused["field"]), (422, &json!("endpoint")));
    let form = browser.subscription(&format!("{}/push/well", service.origin));
    let device = mia.done(Method::POST, "/api/push/subscriptions", Some(form)).await;
    assert_eq!((&device["current"], device.get("endpoint")), (&json!(true), None));
    let path = format!("/api/push/subscriptions/{}", device["id"].as_str().unwrap());
    for (method, path) in [(Method::DELETE, path.clone()), (Method::POST, format!("{path}/test"))] {
        assert_eq!(ana.ask(method, &path, None).await.0.as_u16(), 404);
    }
    assert_eq!(ana.done(Method::GET, "/api/push/subscriptions", None).await, json!([]));
    mia.done(Method::POST, &format!("{path}/test"), None).await;
    assert!(browser.open(&service.taken.lock().remove(0).1).contains("/settings/notifications"));

    let post = mia.post("Test tiles", Default::default()).await.id;
    ana.done(Method::POST, &format!("/api/posts/{post}/comments"), Some(json!({ "content": "Which clay?" }))).await;
    let pushed = async {
        loop {
            let first = service.taken.lock().pop();
            match first {
                Some(taken) => return taken,
                None => tokio::task::yield_now().await,
            }
        }
    };
    let (headers, body) = tokio::time::timeout(PATIENCE, pushed).await.expect("nothing was pushed");
    let note: Value = serde_json::from_str(&browser.open(&body)).unwrap();
    assert_eq!(note["body"], "ana Example commented: “Which clay?”");
    assert!(note["href"].as_str().unwrap().starts_with(&format!("/posts/{post}")));
    assert_eq!(claims(&headers, &key)["aud"], json!(service.origin));
    mia.done(Method::DELETE, &path, None).await;
    assert_eq!(mia.done(Method::GET, "/api/push/subscriptions", None).await, json!([]));
    assert_eq!(mia.ask(Method::DELETE, &path, None).await.0.as_u16(), 404);
}
