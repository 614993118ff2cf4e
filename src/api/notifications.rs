//! Reading one's notifications, and choosing how to be told.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::NotificationId,
    notifications::{AllRead, Notification, NotificationFilter, NotificationPreferences},
    time::Timestamp,
    views::Page,
};

/// A page of the asker's notifications, newest first.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "notifications/page", input = GetUrl)]
pub async fn notification_page(
    filter: NotificationFilter,
    before: Option<u64>,
    limit: Option<usize>,
) -> Result<Page<Notification>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.notifications(&actor, filter, before, limit).await }).await
}

/// Marks one as read, or as unread again. Doing either twice changes nothing.
///
/// # Errors
/// When the asker has no such notification.
#[server(prefix = "/sfn", endpoint = "notifications/read")]
pub async fn set_notification_read(id: NotificationId, is_read: bool) -> Result<Notification, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.set_notification_read(&actor, id, is_read).await }).await
}

/// Marks all as read.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "notifications/read-all")]
pub async fn read_all_notifications() -> Result<AllRead, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.read_all_notifications(&actor).await }).await
}

/// Takes back the [`read_all_notifications`] that answered with the moment `at`.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "notifications/undo-read-all")]
pub async fn undo_read_all(at: Timestamp) -> Result<AllRead, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.undo_read_all(&actor, at).await }).await
}

/// What the asker chose about being told.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "notifications/preferences", input = GetUrl)]
pub async fn notification_choices() -> Result<NotificationPreferences, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.notification_preferences(&actor).await }).await
}

/// Replaces what the asker chose about being told; all of it, now.
///
/// # Errors
/// When a minute is none of a day, the quiet hours are empty, or the zone is not known.
#[server(prefix = "/sfn", endpoint = "notifications/set-preferences")]
pub async fn set_notification_preferences(
    preferences: NotificationPreferences,
) -> Result<NotificationPreferences, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.set_notification_preferences(&actor, &preferences).await }).await
}
