//! Who sends a push: the server's key signs each for the push service it goes to (VAPID, RFC 8292).

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

/// How long a signature holds, in seconds: at most a day (RFC 8292, section 2), and our clock may be wrong by some of it.
const HOLDS_S: u64 = 12 * 60 * 60;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    sub: &'a str,
}

/// The server's key.
pub(super) struct VapidKey {
    signing: EncodingKey,
    public: String,
    contact: String,
}

impl VapidKey {
    /// From the private key (32 bytes) and the address of who runs the server. `None` when it is no key.
    pub(super) fn new(private: &[u8], contact: String) -> Option<Self> {
        let public = PrivateKey::from_private_key(&ECDH_P256, private).ok()?.compute_public_key().ok()?;
        let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(alg, private, public.as_ref()).ok()?;
        let signing = EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref());
        Some(Self { signing, public: BASE64_URL_SAFE_NO_PAD.encode(public.as_ref()), contact })
    }

    /// The public key, in base64url: what browsers subscribe with.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// The `Authorization` header for an origin. `None` when signing fails.
    pub(super) fn authorization(&self, origin: &str, now_s: u64) -> Option<String> {
        let claims = Claims { aud: origin, exp: now_s + HOLDS_S, sub: &self.contact };
        let token = encode(&Header::new(Algorithm::ES256), &claims, &self.signing).ok()?;
        Some(format!("vapid t={token}, k={}", self.public))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::{Value, json};

    use super::*;

    fn decoded(part: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()
    }

    #[test]
    fn the_signature_is_of_the_key_that_is_told_and_for_one_service_for_less_than_a_day() {
        let key = VapidKey::new(&[7; 32], "mailto:owner@example.org".to_owned()).unwrap();
        let header = key.authorization("https://push.example.com", 1_000).unwrap();
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!((public, decoded(public).len()), (key.public(), 65));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let theirs = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(public));
        theirs.verify(signed.as_bytes(), &decoded(signature)).unwrap();
        assert!(theirs.verify(b"another", &decoded(signature)).is_err());
        let (head, claims) = signed.split_once('.').unwrap();
        let head: Value = serde_json::from_slice(&decoded(head)).unwrap();
        assert_eq!(head, json!({ "typ": "JWT", "alg": "ES256" }));
        let claims: Value = serde_json::from_slice(&decoded(claims)).unwrap();
        let expected =
            json!({ "aud": "https://push.example.com", "exp": 1_000 + 43_200, "sub": "mailto:owner@example.org" });
        assert_eq!(claims, expected);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(VapidKey::new(&[0; 32], String::new()).is_none());
        assert!(VapidKey::new(&[255; 32], String::new()).is_none());
        assert!(VapidKey::new(&[7; 31], String::new()).is_none());
    }
}
