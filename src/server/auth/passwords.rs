//! Password hashing: argon2id, away from the async threads, a bounded number at once.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{Error, phc::PasswordHash},
};
use async_trait::async_trait;
use tokio::{sync::Semaphore, task, time};

use crate::{
    protocol::limits::PASSWORD_MAX_BYTES,
    server::domain::ports::{PasswordError, Passwords},
};

// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How long a request waits for a free slot before it is told to come back.
const SLOT_WAIT: Duration = Duration::from_secs(2);

/// zxcvbn tries every way to undo letters written as digits and signs: a hundred of those take it seconds, thirty-two a
/// quarter of one. What is longer is judged by its beginning.
const STRENGTH_MAX_CHARS: usize = 32;

/// Argon2id behind the domain's port. As many hashes at once as the machine has cores: each takes 19 MiB, and more
/// would only make all of them slower.
#[derive(Clone, Debug)]
pub struct Argon2Passwords {
    slots: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// A hash that no password has, of the same cost as all others.
    nobody: Arc<str>,
}

impl Argon2Passwords {
    /// One slot for each core.
    ///
    /// # Errors
    /// When the hasher refuses its parameters, which would be a fault of the build.
    pub fn new() -> Result<Self, PasswordError> {
        Self::with_slots(available_parallelism().map_or(1, usize::from))
    }

    fn with_slots(slots: usize) -> Result<Self, PasswordError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|cause| failed(cause.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Sixteen zero bytes of salt and thirty-two of hash: verifying against it costs the same and never succeeds.
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        let nobody = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}");
        Ok(Self { slots: Arc::new(Semaphore::new(slots)), argon2, nobody: nobody.into() })
    }

    /// Runs `work` on a blocking thread once a slot is free. The permit goes along: a request that is dropped in the
    /// middle does not free a slot that is still computing.
    async fn in_a_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let slot = time::timeout(SLOT_WAIT, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| PasswordError::Busy)?.map_err(|_| PasswordError::Busy)?;
        let argon2 = self.argon2.clone();
        let done = task::spawn_blocking(move || {
            let _slot = slot;
            work(&argon2)
        });
        done.await.map_err(|cause| PasswordError::Failed(Box::new(cause)))?
    }
}

fn failed(cause: impl Into<String>) -> PasswordError {
    PasswordError::Failed(cause.into().into())
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, password: String) -> Result<String, PasswordError> {
        if password.len() > PASSWORD_MAX_BYTES {
            return Err(failed("a password longer than its bound reached the hasher"));
        }
        self.in_a_slot(move |argon2| {
            let hash = argon2.hash_password(password.as_bytes()).map_err(|cause| failed(cause.to_string()))?;
            Ok(hash.to_string())
        })
        .await
    }

    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordError> {
        // No account has a password this long, so this answer tells nothing about accounts.
        if password.len() > PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        self.in_a_slot(move |argon2| {
            let hash = PasswordHash::new(&hash).map_err(|cause| failed(cause.to_string()))?;
            match argon2.verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(exists),
                Err(Error::PasswordInvalid) => Ok(false),
                Err(cause) => Err(failed(cause.to_string())),
            }
        })
        .await
    }

    async fn strength(&self, password: &str, about: &[&str]) -> Result<u8, PasswordError> {
        let head: String = password.chars().take(STRENGTH_MAX_CHARS).collect();
        let about: Vec<String> = about.iter().map(|text| (*text).to_owned()).collect();
        self.in_a_slot(move |_| {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            Ok(zxcvbn::zxcvbn(&head, &about).score().into())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        let hash = passwords.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(Some(hash.clone()), "correct horse battery".to_owned()).await.unwrap());
        assert!(!passwords.verify(Some(hash), "correct horse batterz".to_owned()).await.unwrap());
    }

    #[tokio::test]
    async fn one_password_never_hashes_to_the_same_twice() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        let first = passwords.hash("correct horse battery".to_owned()).await.unwrap();
        assert_ne!(first, passwords.hash("correct horse battery".to_owned()).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        assert!(!passwords.verify(None, String::new()).await.unwrap());
        assert!(!passwords.verify(None, "correct horse battery".to_owned()).await.unwrap());
    }

    #[tokio::test]
    async fn an_endless_password_is_not_hashed() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        assert!(!passwords.verify(None, "x".repeat(PASSWORD_MAX_BYTES + 1)).await.unwrap());
        assert!(passwords.hash("x".repeat(PASSWORD_MAX_BYTES + 1)).await.is_err());
    }

    #[tokio::test]
    async fn a_broken_hash_is_a_fault_and_not_a_wrong_password() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        let verified = passwords.verify(Some("plain".to_owned()), "plain".to_owned()).await;
        assert!(matches!(verified, Err(PasswordError::Failed(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_slot_is_told_to_come_back() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        let _taken = passwords.slots.acquire().await.unwrap();
        assert!(matches!(passwords.hash("whatever".to_owned()).await, Err(PasswordError::Busy)));
    }

    #[tokio::test]
    async fn what_is_known_about_a_person_makes_a_password_weak() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        let strength = async |password: &str| passwords.strength(password, &["anastasia.kuznetsova"]).await.unwrap();
        assert!(strength("password123").await < 3);
        assert!(strength("anastasia.kuznetsova").await < 3);
        assert!(strength("vexing-plum-teapot-27").await >= 3);
    }

    #[tokio::test]
    async fn odd_passwords_are_judged_too() {
        let passwords = Argon2Passwords::with_slots(1).unwrap();
        for password in ["", "ñ🦀", "\0", "4@8({[<369&#!1/|0$5+7%2"] {
            assert!(passwords.strength(&password.repeat(10), &[]).await.unwrap() <= 4);
        }
    }
}
