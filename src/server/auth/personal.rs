//! Personal access tokens as text: `hub_`, 32 random bytes, and a check that tells a token from a typing error.
//!
//! The prefix lets scanners find one that was published by mistake. Only the SHA-256 is stored.

use sha2::{Digest, Sha256};

use super::tokens::{TokenError, is_refresh_token, new_refresh_token};

const PREFIX: &str = "hub_";

/// Digits of the check: one wrong token in four billion passes it, and is then not found.
const CHECK_DIGITS: usize = 8;

/// A new token.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn new_personal_token() -> Result<String, TokenError> {
    let key = new_refresh_token()?;
    let check = check_of(&key);
    Ok([PREFIX, &key, &check].concat())
}

/// Whether this is meant to be a personal access token.
#[must_use]
pub fn is_personal(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether this could be one of ours: what is not need not be looked for.
#[must_use]
pub fn is_whole(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    let halves = rest.len().checked_sub(CHECK_DIGITS).and_then(|at| rest.split_at_checked(at));
    halves.is_some_and(|(key, check)| is_refresh_token(key) && check == check_of(key))
}

fn check_of(key: &str) -> String {
    let mut digits = hex::encode(Sha256::digest([PREFIX, key].concat()));
    digits.truncate(CHECK_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_random_and_known_by_its_form() {
        let token = new_personal_token().unwrap();
        assert!(is_personal(&token) && is_whole(&token), "{token}");
        assert_ne!(token, new_personal_token().unwrap());
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{token}");
    }

    #[test]
    fn one_wrong_digit_is_noticed() {
        let token = new_personal_token().unwrap();
        for at in 4..token.len() {
            let mut wrong = token.clone().into_bytes();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            assert!(!is_whole(&String::from_utf8(wrong).unwrap()), "digit {at}");
        }
        for wrong in ["", "hub_", "hub_12345678", "hub_é", &token[1..], &token[..token.len() - 1]] {
            assert!(!is_whole(wrong), "{wrong}");
        }
    }
}
