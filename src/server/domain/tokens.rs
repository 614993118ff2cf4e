//! Personal access tokens, for scripts, and tickets, each of which opens one socket.
//!
//! A token is a session of its own: whatever ends sessions (a new password, a suspension, revoking it) ends it, refuses it
//! from that moment and closes its sockets.

use std::time::Duration;

use super::{
    Actor, Domain,
    errors::{DomainError, Result},
    outcome::Publication,
    ports::{SessionRecord, TokenRecord},
    validation::Faults,
};
use crate::protocol::{
    ids::SessionId,
    limits::{TOKEN_DEFAULT_DAYS, TOKEN_MAX_DAYS, TOKEN_NAME_MAX_CHARS, TOKENS_MAX},
    time::Timestamp,
    tokens::{NewToken, Scope, TokenView},
    views::Role,
};

/// How long a ticket is worth something: a script asks for it and connects at once.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// It is noted at most this often that a token was used.
const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whom a token speaks for, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAsker {
    /// The person, through the token's own session. Without [`Scope::Admin`] they are a plain member.
    pub actor: Actor,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

impl Domain {
    /// Makes a token, given as its hash.
    ///
    /// # Errors
    /// Fields that are not acceptable, or too many tokens.
    pub async fn make_token(&self, actor: &Actor, form: NewToken, hash: String) -> Result<TokenView> {
        let mut faults = Faults::default();
        let name = faults.text("name", "The name", &form.name, TOKEN_NAME_MAX_CHARS);
        let mut scopes = form.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            faults.add("scopes", "Choose at least one thing that it may do.");
        } else if scopes.contains(&Scope::Admin) && !actor.role.is_staff() {
            faults.add("scopes", "Only who looks after the community can let a token do so.");
        }
        let days = form.expires_in_days.unwrap_or(TOKEN_DEFAULT_DAYS);
        if !(1..=TOKEN_MAX_DAYS).contains(&days) {
            faults.add("expires_in_days", format!("Choose from 1 to {TOKEN_MAX_DAYS} days."));
        }
        faults.check()?;
        let (now, user_id) = (self.now(), actor.user_id);
        let token = TokenRecord {
            session_id: SessionId::new(self.next_id()),
            user_id,
            name,
            hash,
            scopes,
            created_at: now,
            expires_at: now.plus(DAY.saturating_mul(days)),
            last_used_at: None,
        };
        let mut tx = self.ports.store.begin().await?;
        if tx.tokens_of(user_id).await?.len() >= TOKENS_MAX {
            return Err(DomainError::conflict("name", format!("You have {TOKENS_MAX} tokens. Revoke one first.")));
        }
        tx.insert_session(&session_of(&token)).await?;
        tx.insert_token(&token).await?;
        tx.commit().await?;
        Ok(view(token))
    }

    /// The asker's tokens that hold, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<TokenView>> {
        let now = self.now();
        let tokens = self.ports.store.read().await?.tokens_of(actor.user_id).await?;
        Ok(tokens.into_iter().filter(|token| holds(token, now)).map(view).collect())
    }

    /// Ends one of the asker's tokens, and closes its sockets.
    ///
    /// # Errors
    /// When the asker has no such token.
    pub async fn revoke_token(&self, actor: &Actor, id: SessionId) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        let own = tx.token_of_session(id).await?.is_some_and(|token| token.user_id == actor.user_id);
        if !own {
            return Err(DomainError::NotFound("This token"));
        }
        tx.end_session(id, self.now()).await?;
        tx.commit().await?;
        self.publish(vec![Publication::SessionsEnded { session_ids: vec![id] }]).await;
        Ok(())
    }

    /// Whom a token speaks for, given as its hash; notes that it was used.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn asker_of_token(&self, hash: &str) -> Result<Option<TokenAsker>> {
        let now = self.now();
        let mut read = self.ports.store.read().await?;
        let Some(token) = read.token(hash).await?.filter(|token| holds(token, now)) else { return Ok(None) };
        let Some(person) = read.person(token.user_id).await? else { return Ok(None) };
        drop(read);
        if token.last_used_at.is_none_or(|used| now.since(used) >= USE_NOTED_EVERY) {
            let mut tx = self.ports.store.begin().await?;
            tx.touch_token(token.session_id, now).await?;
            tx.commit().await?;
        }
        Ok(Some(asker(token, person.role)))
    }

    /// Ends the tokens that have expired, and closes their sockets; how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_tokens_over(&self) -> Result<usize> {
        let mut tx = self.ports.store.begin().await?;
        let session_ids = tx.end_tokens_over(self.now()).await?;
        tx.commit().await?;
        let ended = session_ids.len();
        if ended > 0 {
            self.publish(vec![Publication::SessionsEnded { session_ids }]).await;
        }
        Ok(ended)
    }

    /// Issues a ticket for the asker's session, given as its hash.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn issue_ticket(&self, actor: &Actor, hash: &str) -> Result<()> {
        let mut tx = self.ports.store.begin().await?;
        tx.insert_ticket(hash, actor.session_id, self.now().plus(TICKET_LIFETIME)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whom a ticket lets in, given as its hash. It is used up by that, also when it is too old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn redeem_ticket(&self, hash: &str) -> Result<Option<Actor>> {
        let mut tx = self.ports.store.begin().await?;
        let taken = tx.take_ticket(hash).await?;
        tx.commit().await?;
        let now = self.now();
        match taken.filter(|(_, expires_at)| now < *expires_at) {
            Some((session, _)) => self.actor_of(session).await,
            None => Ok(None),
        }
    }

    /// The asker behind an open session: a device's or a token's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn actor_of(&self, session_id: SessionId) -> Result<Option<Actor>> {
        let mut read = self.ports.store.read().await?;
        let Some(session) = read.session(session_id).await?.filter(|session| session.ended_at.is_none()) else {
            return Ok(None);
        };
        let Some(person) = read.person(session.user_id).await? else { return Ok(None) };
        let actor = Actor { user_id: person.id, session_id, role: person.role };
        let now = self.now();
        Ok(match read.token_of_session(session_id).await? {
            Some(token) => holds(&token, now).then(|| asker(token, person.role).actor),
            None => Some(actor),
        })
    }
}

fn holds(token: &TokenRecord, now: Timestamp) -> bool {
    now < token.expires_at
}

fn asker(token: TokenRecord, role: Role) -> TokenAsker {
    let role = if token.scopes.contains(&Scope::Admin) { role } else { Role::Member };
    let actor = Actor { user_id: token.user_id, session_id: token.session_id, role };
    TokenAsker { actor, scopes: token.scopes }
}

/// It is in no list of devices, so it comes from nowhere.
fn session_of(token: &TokenRecord) -> SessionRecord {
    SessionRecord {
        id: token.session_id,
        user_id: token.user_id,
        device: token.name.clone(),
        address: String::new(),
        created_at: token.created_at,
        last_seen_at: token.created_at,
        ended_at: None,
    }
}

fn view(token: TokenRecord) -> TokenView {
    let TokenRecord { session_id, name, scopes, created_at, expires_at, last_used_at, .. } = token;
    TokenView { id: session_id, name, scopes, created_at, expires_at, last_used_at }
}
