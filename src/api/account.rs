//! One's own account: joining, signing in and out, profile, picture, password, devices.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, MultipartData, MultipartFormData},
};

use crate::protocol::{
    errors::ApiError,
    ids::SessionId,
    views::{Privacy, Profile, SessionView},
};

/// How many people there are: what whoever stands at the door may know.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "account/community-size", input = GetUrl)]
pub async fn community_size() -> Result<u64, ApiError> {
    use crate::server::auth::asker::asked_at_the_door;
    asked_at_the_door(|domain| async move { domain.community_size().await }).await
}

/// Opens an account and signs in.
///
/// # Errors
/// Fields that are not acceptable or taken, or too many accounts from one address.
#[server(prefix = "/sfn", endpoint = "account/sign-up")]
pub async fn sign_up(
    full_name: String,
    username: String,
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), ApiError> {
    use crate::{protocol::requests::Registration, server::auth::browser::signed_in};
    let form = Registration { email, username, full_name, password };
    signed_in(&next, |auth, visitor| async move { auth.register(form, &visitor).await }).await
}

/// Signs in by e-mail address or username.
///
/// # Errors
/// Unauthorized when name and password do not fit, or too many tries.
#[server(prefix = "/sfn", endpoint = "account/sign-in")]
pub async fn sign_in(login: String, password: String, #[server(default)] next: String) -> Result<(), ApiError> {
    use crate::{protocol::requests::Login, server::auth::browser::signed_in};
    let form = Login { login, password };
    signed_in(&next, |auth, visitor| async move { auth.sign_in(form, &visitor).await }).await
}

/// Ends this session.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "account/sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    use crate::server::auth::browser::signed_out;
    signed_out(false).await
}

/// Ends every session, this one too.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "account/sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), ApiError> {
    use crate::server::auth::browser::signed_out;
    signed_out(true).await
}

/// The asker's sessions, this one first.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "account/sessions", input = GetUrl)]
pub async fn sessions() -> Result<Vec<SessionView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.sessions(&actor).await }).await
}

/// Ends one of the asker's sessions.
///
/// # Errors
/// Not found when it is not one of theirs.
#[server(prefix = "/sfn", endpoint = "account/end-session")]
pub async fn end_session(id: SessionId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.end_session(&actor, id).await }).await
}

/// Ends every session but this one.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "account/sign-out-elsewhere")]
pub async fn sign_out_elsewhere() -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.end_other_sessions(&actor).await }).await
}

/// Changes the asker's name and bio.
///
/// # Errors
/// Fields that are not acceptable.
#[server(prefix = "/sfn", endpoint = "account/profile")]
pub async fn change_profile(full_name: String, #[server(default)] bio: String) -> Result<Profile, ApiError> {
    use crate::{protocol::requests::ProfileChange, server::auth::asker::asked};
    let change = ProfileChange { full_name: Some(full_name), bio: Some(bio) };
    asked(|domain, actor| async move { domain.change_profile(&actor, change).await }).await
}

/// Changes the asker's password and ends every other session.
///
/// # Errors
/// When the current password is not right, or the new one is not acceptable.
#[server(prefix = "/sfn", endpoint = "account/password")]
pub async fn change_password(current_password: String, new_password: String) -> Result<(), ApiError> {
    use crate::{protocol::requests::PasswordChange, server::auth::browser::with_auth};
    let form = PasswordChange { current_password, new_password };
    with_auth(|auth, actor| async move { auth.change_password(&actor, form).await }).await
}

/// Takes a new picture of the asker from the field `file` of a form: the square that the fields `x`, `y` and `zoom` choose
/// (see [`Crop`](crate::protocol::crop::Crop)), or the middle one.
///
/// # Errors
/// When the file is not a picture, or too large.
#[server(prefix = "/sfn", endpoint = "account/picture", input = MultipartFormData)]
pub async fn set_picture(data: MultipartData) -> Result<Profile, ApiError> {
    use crate::{
        protocol::{crop::Crop, errors::ErrorCode},
        server::{auth::asker::asked, domain::DomainError},
    };
    let unreadable = |_| ApiError::new(ErrorCode::Malformed, "The upload broke off. Try again.");
    let mut form = data.into_inner().ok_or_else(|| DomainError::invalid("file", "Choose a picture."))?;
    let (mut file, mut crop) = (None, Crop::default());
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let place = match name.as_str() {
            "file" => {
                file = Some(field.bytes().await.map_err(unreadable)?);
                continue;
            }
            "x" => &mut crop.x,
            "y" => &mut crop.y,
            "zoom" => &mut crop.zoom,
            _ => continue,
        };
        // What is no number leaves the middle.
        *place = field.text().await.map_err(unreadable)?.parse().unwrap_or(*place);
    }
    let file = file.ok_or_else(|| DomainError::invalid("file", "Choose a picture."))?;
    asked(|domain, actor| async move { domain.set_avatar(&actor, file, crop).await }).await
}

/// Goes back to initials.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "account/remove-picture")]
pub async fn remove_picture() -> Result<Profile, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.remove_avatar(&actor).await }).await
}

/// What the asker shows of themselves.
///
/// # Errors
/// When nobody is signed in.
#[server(prefix = "/sfn", endpoint = "account/privacy", input = GetUrl)]
pub async fn own_privacy() -> Result<Privacy, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.privacy(&actor).await }).await
}

/// Changes what the asker shows of themselves. A box of a form that is not ticked is not sent.
///
/// # Errors
/// When nobody is signed in.
#[server(prefix = "/sfn", endpoint = "account/privacy/change")]
pub async fn change_privacy(
    #[server(default)] shows_presence: bool,
    #[server(default)] shows_typing: bool,
    #[server(default)] shows_receipts: bool,
    #[server(default)] is_private: bool,
) -> Result<Privacy, ApiError> {
    use crate::{protocol::requests::PrivacyChange, server::auth::asker::asked};
    let change = PrivacyChange {
        shows_presence: Some(shows_presence),
        shows_typing: Some(shows_typing),
        shows_receipts: Some(shows_receipts),
        is_private: Some(is_private),
    };
    asked(move |domain, actor| async move { domain.change_privacy(&actor, change).await }).await
}
