//! Announcements: reading them, and announcing.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]
#![expect(clippy::too_many_arguments, reason = "the arguments are the fields of a form")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    announcements::{Announcement, CurrentAnnouncement, Recipients},
    errors::ApiError,
    ids::AnnouncementId,
    views::Page,
};

/// A page of announcements, newest first.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "announcements/page", input = GetUrl)]
pub async fn announcement_page(before: Option<AnnouncementId>) -> Result<Page<Announcement>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.announcements(&actor, before, None).await }).await
}

/// The newest announcement that runs and that the asker has not read.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "announcements/unread", input = GetUrl)]
pub async fn announcement_to_read() -> Result<Option<CurrentAnnouncement>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.unread_announcement(&actor).await }).await
}

/// One announcement, for its page: what told the asker of it is read from then on.
///
/// # Errors
/// Not found when there is none that is told to the asker.
#[server(prefix = "/sfn", endpoint = "announcements/one", input = GetUrl)]
pub async fn one_announcement(id: AnnouncementId) -> Result<Announcement, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.open_announcement(&actor, id).await }).await
}

/// How many people an announcement would be for.
///
/// # Errors
/// When the asker is neither admin nor owner.
#[server(prefix = "/sfn", endpoint = "announcements/recipients", input = GetUrl)]
pub async fn recipient_count(of: Recipients) -> Result<u64, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.count_recipients(&actor, of).await }).await
}

/// Announces something. `starts_at` and `ends_at` are moments as a browser's field has them, `2026-12-31T18:00`; `starts_at_utc` and
/// `ends_at_utc` are the same in UTC, from a browser with a script, and count more. Empty: at once, and the usual length. A
/// form without a script is led to what it announced.
///
/// # Errors
/// When the asker is neither admin nor owner, or a field is not acceptable.
#[server(prefix = "/sfn", endpoint = "announcements/announce")]
pub async fn announce(
    title: String,
    #[server(default)] content: String,
    recipients: Recipients,
    #[server(default)] starts_at: String,
    #[server(default)] starts_at_utc: String,
    #[server(default)] ends_at: String,
    #[server(default)] ends_at_utc: String,
    client_id: Option<String>,
) -> Result<Announcement, ApiError> {
    use crate::{
        protocol::announcements::NewAnnouncement,
        server::{
            auth::asker::{asked, lead_to},
            domain::moment_in_form,
        },
    };
    let starts_at = moment_in_form("starts_at", &starts_at, &starts_at_utc)?;
    let ends_at = moment_in_form("ends_at", &ends_at, &ends_at_utc)?;
    let client_id = client_id.filter(|id| !id.is_empty());
    let form = NewAnnouncement { title, content, recipients, starts_at, ends_at, client_id };
    let made = asked(move |domain, actor| async move { domain.announce(&actor, form).await }).await?;
    lead_to(&format!("/announcements/{}", made.announcement_id));
    Ok(made)
}

/// Ends an announcement, or keeps it from beginning.
///
/// # Errors
/// When the asker is neither admin nor owner.
#[server(prefix = "/sfn", endpoint = "announcements/end")]
pub async fn end_announcement(id: AnnouncementId) -> Result<Announcement, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.end_announcement(&actor, id).await }).await
}
