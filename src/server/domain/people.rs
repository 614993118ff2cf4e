//! People: registering, profiles, search.

use super::{
    Actor, Domain,
    audience::{Surface, may_see},
    errors::{DomainError, Result},
    ports::{LetterPurpose, PersonRecord, Read, StoreError},
    validation::{Faults, clean, cut, page_size},
};
use crate::protocol::{
    ids::UserId,
    limits::{BIO_MAX_CHARS, PASSWORD_MIN_STRENGTH},
    requests::{ProfileChange, Registration},
    views::{Me, Page, PersonItem, Profile, Role},
};

/// Usernames that are part of addresses or would speak in the community's name.
const RESERVED: &[&str] = &["admin", "administrator", "everyone", "hubbub", "moderator", "root", "support", "system"];

impl Domain {
    /// Adds an account. The first one becomes the owner.
    ///
    /// # Errors
    /// Invalid fields, or an e-mail address or username that is taken.
    pub async fn register(&self, form: Registration) -> Result<PersonRecord> {
        let mut faults = Faults::default();
        let email = faults.email(&form.email);
        let username = faults.username(&form.username);
        let full_name = faults.full_name(&form.full_name);
        if RESERVED.contains(&username.as_str()) {
            faults.add("username", "This username is reserved. Choose another one.");
        }
        self.check_password(&mut faults, "password", &form.password, &[&email, &username, &full_name]).await?;
        faults.check()?;
        self.refuse_taken(&email, &username).await?;
        let password_hash = self.ports.passwords.hash(form.password).await?;
        let mut tx = self.ports.store.begin().await?;
        let role = if tx.count_people().await? == 0 { Role::Owner } else { Role::Member };
        let id = UserId::new(self.next_id());
        let created_at = self.now();
        let bio = String::new();
        let person =
            PersonRecord { id, email, username, full_name, bio, role, avatar: None, password_hash, created_at };
        tx.insert_person(&person).await.map_err(taken)?;
        tx.promise_letter(id, LetterPurpose::Confirm, created_at).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Tells what is taken before a password is hashed for nothing; the store has the last word.
    async fn refuse_taken(&self, email: &str, username: &str) -> Result<()> {
        let mut read = self.ports.store.read().await?;
        if read.person_by_email(email).await?.is_some() {
            return Err(taken(StoreError::Taken("email")));
        }
        if read.person_by_username(username).await?.is_some() {
            return Err(taken(StoreError::Taken("username")));
        }
        Ok(())
    }

    /// Length, then strength for someone who knows `about` the person.
    pub(super) async fn check_password(
        &self,
        faults: &mut Faults,
        field: &str,
        password: &str,
        about: &[&str],
    ) -> Result<()> {
        faults.password_length(field, password);
        if self.ports.passwords.strength(password, about).await? < PASSWORD_MIN_STRENGTH {
            faults.add(field, "This password is easy to guess. Add another word or two.");
        }
        Ok(())
    }

    /// How many people have an account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn community_size(&self) -> Result<u64> {
        Ok(self.ports.store.read().await?.count_people().await?)
    }

    /// The asker's own account.
    ///
    /// # Errors
    /// When the account is gone, or the store fails.
    pub async fn me(&self, actor: &Actor) -> Result<Me> {
        let mut read = self.ports.store.read().await?;
        let gone = DomainError::Unauthorized("This account no longer exists.");
        let Some(person) = read.person(actor.user_id).await? else { return Err(gone) };
        let profile = profile_of(&mut *read, actor.user_id, actor).await?;
        Ok(Me { profile, email: person.email, session_id: actor.session_id })
    }

    /// A person's profile.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn profile(&self, actor: &Actor, username: &str) -> Result<Profile> {
        let mut read = self.ports.store.read().await?;
        let id = visible_profile(&mut *read, actor, username).await?;
        profile_of(&mut *read, id, actor).await
    }

    /// Changes the asker's name and bio; what is left out stays.
    ///
    /// # Errors
    /// When a field is not acceptable.
    pub async fn change_profile(&self, actor: &Actor, change: ProfileChange) -> Result<Profile> {
        let mut tx = self.ports.store.begin().await?;
        let person = tx.person(actor.user_id).await?.ok_or(DomainError::NotFound("The account"))?;
        let mut faults = Faults::default();
        let full_name = change.full_name.map_or(person.full_name, |name| faults.full_name(&name));
        let bio = change.bio.map_or(person.bio, |bio| clean(&bio));
        faults.at_most("bio", "The bio", &bio, BIO_MAX_CHARS);
        faults.check()?;
        tx.update_profile(actor.user_id, &full_name, &bio).await?;
        tx.commit().await?;
        let mut read = self.ports.store.read().await?;
        profile_of(&mut *read, actor.user_id, actor).await
    }

    /// People whose username or name starts with `query`, by username.
    ///
    /// # Errors
    /// When `limit` is not acceptable.
    pub async fn search_people(
        &self,
        actor: &Actor,
        query: &str,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<Page<PersonItem>> {
        let limit = page_size(limit)?;
        let query = clean(query).trim_start_matches('@').to_lowercase();
        let mut read = self.ports.store.read().await?;
        let mut items = read.search_people(actor.user_id, &query, after, limit + 1).await?;
        let next = cut(&mut items, limit, |last| last.person.username.clone());
        Ok(Page { items, next })
    }

    /// People whom the asker could follow.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn people_to_follow(&self, actor: &Actor, limit: usize) -> Result<Vec<PersonItem>> {
        Ok(self.ports.store.read().await?.people_to_follow(actor.user_id, limit).await?)
    }
}

/// The person with a username, however it was written.
pub(super) async fn person_named(read: &mut (dyn Read + '_), username: &str) -> Result<PersonRecord> {
    let username = username.trim_start_matches('@').to_lowercase();
    read.person_by_username(&username).await?.ok_or(DomainError::NotFound("This person"))
}

/// The person with a username, whose page the asker may see.
pub(super) async fn visible_profile(read: &mut (dyn Read + '_), actor: &Actor, username: &str) -> Result<UserId> {
    let person = person_named(read, username).await?;
    let relation = read.relation(actor.user_id, person.id).await?.unwrap_or_default();
    if may_see(&relation, Surface::Profile) { Ok(person.id) } else { Err(DomainError::NotFound("This person")) }
}

/// The person with a username, of whose page the asker may see everything.
pub(super) async fn open_profile(read: &mut (dyn Read + '_), actor: &Actor, username: &str) -> Result<UserId> {
    let id = visible_profile(read, actor, username).await?;
    let relation = read.relation(actor.user_id, id).await?.unwrap_or_default();
    if may_see(&relation, Surface::About) {
        return Ok(id);
    }
    Err(DomainError::Forbidden(match relation.suspended {
        true => "This account is suspended.",
        false => "This profile is private: only connections see this.",
    }))
}

/// A profile as the asker sees it.
pub(super) async fn profile_of(read: &mut (dyn Read + '_), id: UserId, actor: &Actor) -> Result<Profile> {
    let profile = read.profile(id, actor.user_id).await?.ok_or(DomainError::NotFound("This person"))?;
    if !profile.closed {
        return Ok(profile);
    }
    Ok(Profile {
        bio: String::new(),
        follower_count: 0,
        following_count: 0,
        post_count: 0,
        connection_count: 0,
        ..profile
    })
}

fn taken(error: StoreError) -> DomainError {
    match error {
        StoreError::Taken("email") => {
            DomainError::conflict("email", "This address has an account already. Sign in instead.")
        }
        StoreError::Taken("username") => DomainError::conflict("username", "This username is taken. Try another one."),
        other => other.into(),
    }
}
