//! Access tokens that say who asks, and refresh tokens that are traded for the next pair.
//!
//! An access token is a JWT signed with HS256 and believed without a look into the database, so it lives for minutes. A
//! refresh token is 32 random bytes of which only the SHA-256 is stored: it needs no key, so changing the server's
//! secret costs every client one refresh and nobody their session.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use rand::{TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    protocol::{
        ids::{SessionId, UserId},
        time::Timestamp,
        views::Role,
    },
    server::domain::Actor,
};

/// How long an access token is believed. A leaked one is worth little after that; a shorter time would cost a refresh
/// more often.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How far the clocks of two nodes may differ.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// HS256 is as strong as its key; RFC 7518 asks for at least the length of the hash.
pub const SECRET_MIN_BYTES: usize = 32;

const ISSUER: &str = "hubbub";
const AUDIENCE: &str = "hubbub-access";

/// Longer than any token of ours; what is longer is not decoded at all.
const TOKEN_MAX_BYTES: usize = 1_024;

/// Tokens cannot be made.
#[derive(Debug, Error)]
pub enum TokenError {
    /// The secret has fewer than [`SECRET_MIN_BYTES`] bytes.
    #[error("the secret key needs at least {SECRET_MIN_BYTES} bytes")]
    WeakSecret,
    /// The cryptography does not work as built.
    #[error("a token signed at start could not be read back")]
    SelfTest,
    /// Signing failed.
    #[error("the access token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes")]
    Randomness(#[source] rand::rand_core::OsError),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    role: Role,
    /// Seconds since 1970.
    iat: u64,
    /// Seconds since 1970.
    exp: u64,
    iss: String,
    aud: String,
}

/// Signs and reads access tokens.
#[derive(Clone)]
pub struct AccessTokens {
    signing: EncodingKey,
    reading: DecodingKey,
    validation: Validation,
}

impl AccessTokens {
    /// Tokens under a secret, tried out once: with the wrong build of the cryptography, the start fails instead of the
    /// first sign-in.
    ///
    /// # Errors
    /// When the secret is too short or signing does not work.
    pub fn new(secret: &[u8]) -> Result<Self, TokenError> {
        if secret.len() < SECRET_MIN_BYTES {
            return Err(TokenError::WeakSecret);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "sub", "iss", "aud"]);
        // Held against the injected clock below; the crate would ask the machine's.
        validation.validate_exp = false;
        let tokens =
            Self { signing: EncodingKey::from_secret(secret), reading: DecodingKey::from_secret(secret), validation };
        let (actor, now) = (
            Actor { user_id: UserId::new(1), session_id: SessionId::new(2), role: Role::Member },
            Timestamp::from_millis(0),
        );
        let read_back = tokens.read(&tokens.sign(&actor, now)?, now);
        if read_back == Some(actor) { Ok(tokens) } else { Err(TokenError::SelfTest) }
    }

    /// A token for `actor` that holds from `now` for [`ACCESS_LIFETIME`].
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign(&self, actor: &Actor, now: Timestamp) -> Result<String, TokenError> {
        let claims = Claims {
            sub: actor.user_id,
            sid: actor.session_id,
            role: actor.role,
            iat: now.as_millis() / 1_000,
            exp: now.plus(ACCESS_LIFETIME).as_millis() / 1_000,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(TokenError::Signing)
    }

    /// Who a token speaks for, if we signed it for this use and it has not expired. Says nothing about whether the
    /// session still stands.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Actor> {
        if token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let claims = decode::<Claims>(token, &self.reading, &self.validation).ok()?.claims;
        let holds_until = Timestamp::from_millis(claims.exp.saturating_mul(1_000)).plus(LEEWAY);
        let holds = now < holds_until;
        holds.then_some(Actor { user_id: claims.sub, session_id: claims.sid, role: claims.role })
    }
}

/// A new refresh token: 32 bytes from the operating system, in hex.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn new_refresh_token() -> Result<String, TokenError> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(TokenError::Randomness)?;
    Ok(hex::encode(bytes))
}

/// Whether this could be a token of ours: 64 hex digits.
#[must_use]
pub fn is_refresh_token(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is stored of a refresh token, and by what it is found again. A plain hash is enough for 256 random bits.
#[must_use]
pub fn refresh_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const ANA: Actor = Actor { user_id: UserId::new(7), session_id: SessionId::new(8), role: Role::Owner };

    fn tokens() -> AccessTokens {
        AccessTokens::new(SECRET).unwrap()
    }

    fn claims() -> Value {
        let now_s = NOW.as_millis() / 1_000;
        json!({
            "sub": "7", "sid": "8", "role": "owner", "iat": now_s, "exp": now_s + 900, "iss": ISSUER, "aud": AUDIENCE,
        })
    }

    fn signed(algorithm: Algorithm, secret: &[u8], claims: &Value) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    fn without(claim: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        claims
    }

    fn with(claim: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[claim] = value;
        claims
    }

    #[test]
    fn a_token_speaks_for_whom_it_was_signed_for() {
        let token = tokens().sign(&ANA, NOW).unwrap();
        assert_eq!(tokens().read(&token, NOW), Some(ANA));
        assert_eq!(tokens().read(&signed(Algorithm::HS256, SECRET, &claims()), NOW), Some(ANA));
    }

    #[test]
    fn a_token_ends_with_its_time() {
        let token = tokens().sign(&ANA, NOW).unwrap();
        let end = NOW.plus(ACCESS_LIFETIME).plus(LEEWAY);
        assert_eq!(tokens().read(&token, end.minus(Duration::from_millis(1))), Some(ANA));
        assert_eq!(tokens().read(&token, end), None);
    }

    #[test]
    fn a_token_of_a_foreign_key_is_refused() {
        let foreign = signed(Algorithm::HS256, b"another secret of thirty-two byte", &claims());
        assert_eq!(tokens().read(&foreign, NOW), None);
    }

    #[test]
    fn another_algorithm_is_refused_even_with_the_right_key() {
        assert_eq!(tokens().read(&signed(Algorithm::HS384, SECRET, &claims()), NOW), None);
        assert_eq!(tokens().read(&signed(Algorithm::HS512, SECRET, &claims()), NOW), None);
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        // {"alg":"none","typ":"JWT"}
        let header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let token = tokens().sign(&ANA, NOW).unwrap();
        let body = token.split('.').nth(1).unwrap();
        assert_eq!(tokens().read(&format!("{header}.{body}."), NOW), None);
        let signature = token.split('.').nth(2).unwrap();
        assert_eq!(tokens().read(&format!("{header}.{body}.{signature}"), NOW), None);
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = tokens().sign(&ANA, NOW).unwrap();
        let mine = tokens().sign(&Actor { user_id: UserId::new(9), ..ANA }, NOW).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let body_of_mine = mine.split('.').nth(1).unwrap();
        assert_eq!(tokens().read(&format!("{}.{body_of_mine}.{}", parts[0], parts[2]), NOW), None);
    }

    #[test]
    fn every_claim_is_required_and_checked() {
        for claim in ["sub", "sid", "role", "iat", "exp", "iss", "aud"] {
            let token = signed(Algorithm::HS256, SECRET, &without(claim));
            assert_eq!(tokens().read(&token, NOW), None, "without {claim}");
        }
        for (claim, value) in [("iss", json!("other")), ("aud", json!("other")), ("sub", json!("x"))] {
            let token = signed(Algorithm::HS256, SECRET, &with(claim, value));
            assert_eq!(tokens().read(&token, NOW), None, "with another {claim}");
        }
    }

    #[test]
    fn junk_is_refused() {
        for junk in ["", ".", "..", "a.b.c", &"x".repeat(1 << 20)] {
            assert_eq!(tokens().read(junk, NOW), None);
        }
    }

    #[test]
    fn a_short_secret_stops_the_start() {
        assert!(matches!(AccessTokens::new(&SECRET[..31]), Err(TokenError::WeakSecret)));
    }

    #[test]
    fn refresh_tokens_are_random_and_stored_as_a_hash() {
        let token = new_refresh_token().unwrap();
        assert!(is_refresh_token(&token));
        assert_ne!(token, new_refresh_token().unwrap());
        assert_ne!(token, refresh_hash(&token));
        assert_eq!(refresh_hash(&token).len(), 64);
    }
}
