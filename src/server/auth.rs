//! Who is asking: sessions and tokens, turned into an actor.
//!
//! An access token is believed for minutes without a look into the database; a session that ends in the meantime is kept
//! in [`revoked::RevokedSessions`], so it is refused at once all the same. A refresh token is traded for the next pair
//! in the store, where reuse of a spent one ends its session.

pub mod asker;
pub mod browser;
pub mod cookies;
pub mod device;
pub mod limits;
pub mod links;
pub mod passwords;
pub mod personal;
pub mod revoked;
pub mod tokens;
pub mod visitor;

use std::time::Duration;

use self::{
    cookies::Cookies,
    limits::{Action, Limits},
    personal::{is_personal, is_whole, new_personal_token},
    revoked::{REMEMBERED, RevokedSessions},
    tokens::{ACCESS_LIFETIME, AccessTokens, TokenError, is_refresh_token, new_refresh_token, refresh_hash},
    visitor::Visitor,
};
use super::domain::{Actor, Domain, DomainError, Result, Rotation, TICKET_LIFETIME, TokenAsker, ports::PersonRecord};
use crate::protocol::{
    ids::{SessionId, UserId},
    requests::{Login, PasswordChange, PasswordReset, Registration, RoleChange, SignedIn},
    tokens::{MadeToken, NewToken, Scope, Ticket},
    views::Profile,
};

const SESSION_OVER: DomainError = DomainError::Unauthorized("Your session has ended. Sign in again.");

/// A session's newest pair of tokens.
#[derive(Clone)]
pub struct TokenPair {
    /// Whom they speak for.
    pub actor: Actor,
    /// For `Authorization: Bearer` or the access cookie.
    pub access_token: String,
    /// Traded for the next pair; works once.
    pub refresh_token: String,
}

/// Whom a token in a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The person, and through which session.
    pub actor: Actor,
    /// What a personal access token may do; `None` for a whole session, which may do everything.
    pub scopes: Option<Vec<Scope>>,
}

impl From<Actor> for Bearer {
    fn from(actor: Actor) -> Self {
        Self { actor, scopes: None }
    }
}

/// What signing in gives.
#[derive(Clone)]
pub struct Credentials {
    /// Who signed in, as they see themselves.
    pub user: Profile,
    /// For `Authorization: Bearer` or the access cookie.
    pub access_token: String,
    /// Traded for the next pair; works once.
    pub refresh_token: String,
    /// How long the access token holds.
    pub expires_in: Duration,
    /// The session that began or goes on.
    pub session_id: SessionId,
}

impl From<Credentials> for SignedIn {
    fn from(from: Credentials) -> Self {
        let Credentials { user, access_token, refresh_token, expires_in, session_id: _ } = from;
        Self { user, access_token, refresh_token, expires_in: expires_in.as_secs() }
    }
}

/// Opens, renews and ends sessions, within limits. Cheap to clone.
///
/// What changes something must run to its end once begun: callers hand it to a task of the server.
#[derive(Clone)]
pub struct Auth {
    domain: Domain,
    tokens: AccessTokens,
    revoked: RevokedSessions,
    limits: Limits,
    cookies: Cookies,
}

impl Auth {
    /// Over this domain, whose broker must be watched by `revoked` (see [`revoked::ObservedBroker`]). Sessions that
    /// ended shortly before the start are refused from the first request on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        domain: Domain,
        tokens: AccessTokens,
        revoked: RevokedSessions,
        limits: Limits,
        cookies: Cookies,
    ) -> Result<Self> {
        let ended = domain.sessions_ended_since(domain.now().minus(REMEMBERED)).await?;
        revoked.add(&ended);
        Ok(Self { domain, tokens, revoked, limits, cookies })
    }

    /// How this site writes its cookies.
    #[must_use]
    pub const fn cookies(&self) -> Cookies {
        self.cookies
    }

    /// The limits that sessions and writes share.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whom an access token speaks for: signed by us, not expired, and its session has not ended. Reads no database.
    #[must_use]
    pub fn actor(&self, access_token: &str) -> Option<Actor> {
        let actor = self.tokens.read(access_token, self.domain.now())?;
        (!self.revoked.contains(actor.session_id)).then_some(actor)
    }

    /// Whom a token speaks for, whichever kind it is. For a personal one the store is asked, and told that it was used.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn bearer(&self, token: &str) -> Result<Option<Bearer>> {
        if !is_personal(token) {
            return Ok(self.actor(token).map(Bearer::from));
        }
        if !is_whole(token) {
            return Ok(None);
        }
        let asker = self.domain.asker_of_token(&refresh_hash(token)).await?;
        Ok(asker.map(|TokenAsker { actor, scopes }| Bearer { actor, scopes: Some(scopes) }))
    }

    /// Makes a personal access token. This is the only time that it is told.
    ///
    /// # Errors
    /// Fields that are not acceptable, or too many tokens.
    pub async fn make_token(&self, actor: &Actor, form: NewToken) -> Result<MadeToken> {
        let token = new_personal_token()?;
        let details = self.domain.make_token(actor, form, refresh_hash(&token)).await?;
        Ok(MadeToken { token, details })
    }

    /// Issues a ticket that opens one socket for the session that asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn issue_ticket(&self, actor: &Actor) -> Result<Ticket> {
        let ticket = new_refresh_token()?;
        self.domain.issue_ticket(actor, &refresh_hash(&ticket)).await?;
        Ok(Ticket { ticket, expires_in: TICKET_LIFETIME.as_secs() })
    }

    /// Whom a ticket lets in, once.
    ///
    /// # Errors
    /// When the store fails, or too many are tried from one address.
    pub async fn redeem(&self, ticket: &str, visitor: &Visitor) -> Result<Option<Actor>> {
        // As with refresh tokens: each is a transaction.
        if !is_refresh_token(ticket) {
            return Ok(None);
        }
        self.limits.address(Action::TicketByAddress, visitor.address)?;
        let actor = self.domain.redeem_ticket(&refresh_hash(ticket)).await?;
        Ok(actor.filter(|actor| !self.revoked.contains(actor.session_id)))
    }

    /// Opens an account and its first session.
    ///
    /// # Errors
    /// Fields that are not acceptable or taken, or too many accounts from one address.
    pub async fn register(&self, form: Registration, visitor: &Visitor) -> Result<Credentials> {
        self.limits.address(Action::RegisterByAddress, visitor.address)?;
        let person = self.domain.register(form).await?;
        self.begin(&person, visitor).await
    }

    /// Opens a session for a name and password.
    ///
    /// # Errors
    /// Unauthorized when they do not fit, with the same words and after the same time for a name that nobody has; or
    /// too many tries for one name or from one address.
    pub async fn sign_in(&self, form: Login, visitor: &Visitor) -> Result<Credentials> {
        let tried = self.limits.sign_in(&form.login, visitor.address)?;
        self.domain.tell_sign_in_tried(tried).await;
        let person = self.domain.verify_login(form).await?;
        self.begin(&person, visitor).await
    }

    /// Trades a refresh token for the next pair.
    ///
    /// # Errors
    /// Unauthorized when it is unknown, spent or its session has ended.
    pub async fn refresh(&self, refresh_token: &str, visitor: &Visitor) -> Result<Credentials> {
        let pair = self.renew(refresh_token, visitor).await?.ok_or(SESSION_OVER)?;
        let user = self.domain.me(&pair.actor).await?.profile;
        Ok(credentials(user, pair))
    }

    /// [`Auth::refresh`] without a look at the person; `None` when the token is refused.
    ///
    /// # Errors
    /// When the store fails, or too many are traded from one address.
    pub async fn renew(&self, refresh_token: &str, visitor: &Visitor) -> Result<Option<TokenPair>> {
        // Every trade is a transaction; what cannot be one of our tokens does not cost one.
        if !is_refresh_token(refresh_token) {
            return Ok(None);
        }
        self.limits.address(Action::RefreshByAddress, visitor.address)?;
        let next = new_refresh_token()?;
        let address = visitor.address.to_string();
        let rotation = self.domain.rotate_refresh(&refresh_hash(refresh_token), refresh_hash(&next), &address).await?;
        match rotation {
            Rotation::Rotated { session, role } => {
                let actor = Actor { user_id: session.user_id, session_id: session.id, role };
                Ok(Some(self.pair(actor, next)?))
            }
            Rotation::Refused(why) => {
                tracing::debug!(?why, "a refresh token was refused");
                Ok(None)
            }
        }
    }

    /// Ends the session that asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, actor: &Actor) -> Result<()> {
        self.domain.sign_out(actor).await?;
        self.revoked.add(&[actor.session_id]);
        Ok(())
    }

    /// Replaces the asker's password and ends every other session.
    ///
    /// # Errors
    /// When the current password is not right, the new one is not acceptable, or after too many tries.
    pub async fn change_password(&self, actor: &Actor, form: PasswordChange) -> Result<()> {
        self.limits.person(Action::PasswordByPerson, actor.user_id)?;
        self.domain.change_password(actor, form).await
    }

    /// Says what somebody may do; tries of the password, which handing the community over takes, are limited.
    ///
    /// # Errors
    /// When the asker may not, the password is not right, or after too many tries.
    pub async fn change_role(&self, actor: &Actor, id: UserId, change: RoleChange) -> Result<()> {
        if change.password.is_some() {
            self.limits.person(Action::PasswordByPerson, actor.user_id)?;
        }
        self.domain.change_role(actor, id, change).await
    }

    /// Sends the letter that confirms the asker's address, once more.
    ///
    /// # Errors
    /// After too many of them.
    pub async fn ask_to_confirm(&self, actor: &Actor) -> Result<()> {
        self.limits.person(Action::LetterByPerson, actor.user_id)?;
        self.domain.ask_to_confirm(actor.user_id).await
    }

    /// Sends a link that sets a new password, if anybody has this address. Nothing tells whether anybody does.
    ///
    /// # Errors
    /// When it is no address, or after too many of them from one network address.
    pub async fn forgot_password(&self, email: &str, visitor: &Visitor) -> Result<()> {
        self.limits.address(Action::LinkByAddress, visitor.address)?;
        self.domain.forgot_password(email).await
    }

    /// Sets a new password with what a link held, and ends every session of that person.
    ///
    /// # Errors
    /// When the link is too old or was used, the password is not acceptable, or after too many tries.
    pub async fn reset_password(&self, form: PasswordReset, visitor: &Visitor) -> Result<()> {
        self.limits.address(Action::LinkByAddress, visitor.address)?;
        self.domain.reset_password(&form.token, form.new_password).await
    }

    async fn begin(&self, person: &PersonRecord, visitor: &Visitor) -> Result<Credentials> {
        let refresh_token = new_refresh_token()?;
        let session = self.domain.start_session(person.id, visitor.to_device(), refresh_hash(&refresh_token)).await?;
        let actor = Actor { user_id: person.id, session_id: session.id, role: person.role };
        let pair = self.pair(actor, refresh_token)?;
        let user = self.domain.profile(&actor, &person.username).await?;
        Ok(credentials(user, pair))
    }

    fn pair(&self, actor: Actor, refresh_token: String) -> Result<TokenPair> {
        let access_token = self.tokens.sign(&actor, self.domain.now())?;
        Ok(TokenPair { actor, access_token, refresh_token })
    }
}

fn credentials(user: Profile, pair: TokenPair) -> Credentials {
    let TokenPair { actor, access_token, refresh_token } = pair;
    Credentials { user, access_token, refresh_token, expires_in: ACCESS_LIFETIME, session_id: actor.session_id }
}

impl From<TokenError> for DomainError {
    fn from(error: TokenError) -> Self {
        Self::Internal(Box::new(error))
    }
}
