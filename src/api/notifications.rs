//! Reading one's notifications, and choosing how to be told.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]
#![expect(clippy::too_many_arguments, reason = "the arguments are the fields of a form")]

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::NotificationId,
    notifications::{
        AllRead, EmailTiming, Notification, NotificationFilter, NotificationKind, NotificationPreferences,
    },
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

/// Replaces what the asker chose in the bell, by push and by e-mail, as the form of settings has it: boxes that are not ticked are
/// not sent, and moments of the day are written `22:30`.
///
/// # Errors
/// When a moment is none of a day, the quiet hours are empty, or the zone is not known.
#[server(prefix = "/sfn", endpoint = "notifications/save-preferences")]
pub async fn save_notification_choices(
    #[server(default)] enabled: bool,
    #[server(default)] in_app: Vec<NotificationKind>,
    #[server(default)] push: Vec<NotificationKind>,
    #[server(default)] email: BTreeMap<NotificationKind, EmailTiming>,
    #[server(default)] quiet: bool,
    #[server(default)] quiet_from: String,
    #[server(default)] quiet_until: String,
    time_zone: String,
    #[server(default)] digest: String,
) -> Result<(), ApiError> {
    use crate::{protocol::notifications::QuietHours, server::auth::asker::asked};
    asked(|domain, actor| async move {
        let mut wish = domain.notification_preferences(&actor).await?;
        for choice in &mut wish.kinds {
            choice.in_app = in_app.contains(&choice.kind);
            choice.push = push.contains(&choice.kind);
            choice.email = email.get(&choice.kind).copied().unwrap_or(choice.email);
        }
        // What is no moment is more than a day has, which the domain refuses.
        let minute = |text: &str| minute_of(text).unwrap_or(u16::MAX);
        let hours = QuietHours { from_minute: minute(&quiet_from), until_minute: minute(&quiet_until) };
        (wish.enabled, wish.time_zone, wish.quiet_hours) = (enabled, time_zone, quiet.then_some(hours));
        wish.digest_minute = minute(&digest);
        domain.set_notification_preferences(&actor, &wish).await.map(drop)
    })
    .await
}

/// The zones that [`save_notification_choices`] knows, by name.
///
/// # Errors
/// None of its own.
#[server(prefix = "/sfn", endpoint = "notifications/time-zones", input = GetUrl)]
pub async fn time_zones() -> Result<Vec<String>, ApiError> {
    Ok(crate::server::domain::time_zones())
}

/// Raises a notification for the asker, to try out how they are told.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "notifications/test")]
pub async fn send_test_notification() -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    const TEXT: &str = "This is how you are told.";
    asked(|domain, actor| async move { domain.test_notification(&actor, TEXT).await }).await
}

/// The minute of the day of `22:30`.
#[must_use]
pub fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.get(..2)?.parse::<u16>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// `22:30` of a minute of the day.
#[must_use]
pub fn moment_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_the_day_is_a_minute_and_back() {
        assert_eq!(minute_of("22:30"), Some(1_350));
        assert_eq!(minute_of("07:05:00"), Some(425));
        assert_eq!(moment_of(425), "07:05");
        for wrong in ["", "24:00", "12:60", "noon", "12", "12:5"] {
            assert_eq!(minute_of(wrong), None, "{wrong}");
        }
    }
}
