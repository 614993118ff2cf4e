//! Keys for the links in letters: random ones that work once, and signed ones that end letters.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::tokens::{new_refresh_token, refresh_hash};
use crate::{
    protocol::ids::UserId,
    server::domain::ports::{Cause, LinkKeys},
};

/// So that what ends letters is no access token, and the other way round.
const AUDIENCE: &str = "hubbub-letters";

/// Longer than any of ours; what is longer is not decoded at all.
const TOKEN_MAX_BYTES: usize = 512;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    aud: String,
}

/// Makes and reads keys under the server's secret.
#[derive(Clone)]
pub struct SignedLinks {
    signing: EncodingKey,
    reading: DecodingKey,
}

impl SignedLinks {
    /// Under a secret that access tokens were tried out with.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { signing: EncodingKey::from_secret(secret), reading: DecodingKey::from_secret(secret) }
    }
}

impl LinkKeys for SignedLinks {
    fn fresh(&self) -> Result<String, Cause> {
        Ok(new_refresh_token()?)
    }

    fn hash(&self, key: &str) -> String {
        refresh_hash(key)
    }

    fn unsubscribe(&self, person: UserId) -> Result<String, Cause> {
        let claims = Claims { sub: person, aud: AUDIENCE.to_owned() };
        Ok(encode(&Header::new(Algorithm::HS256), &claims, &self.signing)?)
    }

    fn unsubscriber(&self, token: &str) -> Option<UserId> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["sub", "aud"]);
        // A letter may be years old, and still be one too many.
        validation.validate_exp = false;
        let fits = token.len() <= TOKEN_MAX_BYTES;
        let claims = fits.then(|| decode::<Claims>(token, &self.reading, &validation).ok())??;
        Some(claims.claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        protocol::{ids::SessionId, time::Timestamp, views::Role},
        server::{auth::tokens::AccessTokens, domain::Actor},
    };

    const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn what_ends_letters_is_signed_by_us_and_for_that_alone() {
        let links = SignedLinks::new(SECRET);
        let token = links.unsubscribe(UserId::new(7)).unwrap();
        assert_eq!(links.unsubscriber(&token), Some(UserId::new(7)));
        assert_eq!(SignedLinks::new(b"another secret of thirty-two byte").unsubscriber(&token), None);
        assert_eq!(links.unsubscriber(&token[1..]), None);
        let now = Timestamp::from_millis(1_800_000_000_000);
        let tokens = AccessTokens::new(SECRET).unwrap();
        assert_eq!(tokens.read(&token, now), None);
        let actor = Actor { user_id: UserId::new(7), session_id: SessionId::new(8), role: Role::Member };
        assert_eq!(links.unsubscriber(&tokens.sign(&actor, now).unwrap()), None);
    }

    #[test]
    fn keys_differ_and_are_found_by_their_hash() {
        let links = SignedLinks::new(SECRET);
        let (one, other) = (links.fresh().unwrap(), links.fresh().unwrap());
        assert_ne!(one, other);
        assert_eq!(links.hash(&one), links.hash(&one));
        assert_ne!(links.hash(&one), one);
    }
}
