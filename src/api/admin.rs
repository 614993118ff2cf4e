//! Looking after the community.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::UserId,
    notifications::{Channel, Delivery, NotificationStatus},
    views::{ManagedPerson, Page, Role},
};

/// People with their roles and suspensions, by username. `suspended` is `true`, `false` or empty.
///
/// # Errors
/// When the asker does not look after the community.
#[server(prefix = "/sfn", endpoint = "admin/people", input = GetUrl)]
pub async fn managed_people(
    query: String,
    role: Option<Role>,
    suspended: Option<bool>,
    after: Option<String>,
) -> Result<Page<ManagedPerson>, ApiError> {
    use crate::server::{auth::asker::asked, domain::ports::ManagedFilter};
    let filter = ManagedFilter { query, role, suspended };
    asked(move |domain, actor| async move { domain.managed_people(&actor, filter, after.as_deref(), None).await }).await
}

/// What became of notifications, newest first.
///
/// # Errors
/// When the asker does not run the community.
#[server(prefix = "/sfn", endpoint = "admin/deliveries", input = GetUrl)]
pub async fn deliveries(
    status: Option<NotificationStatus>,
    channel: Option<Channel>,
    before: Option<String>,
) -> Result<Page<Delivery>, ApiError> {
    use crate::server::{auth::asker::asked, domain::DeliveryFilter};
    let filter = DeliveryFilter { status, channel };
    asked(move |domain, actor| async move { domain.deliveries(&actor, &filter, before.as_deref(), None).await }).await
}

/// Says what somebody may do. Handing the community over takes the asker's password.
///
/// # Errors
/// When the asker may not, or the password is not right.
#[server(prefix = "/sfn", endpoint = "admin/role")]
pub async fn change_role(user_id: UserId, role: Role, password: Option<String>) -> Result<(), ApiError> {
    use crate::{protocol::requests::RoleChange, server::auth::browser::with_auth};
    let change = RoleChange { role, password };
    with_auth(move |auth, actor| async move { auth.change_role(&actor, user_id, change).await }).await
}

/// Keeps somebody out for a number of days; 0 is for good.
///
/// # Errors
/// When the asker may not, or a field is not acceptable.
#[server(prefix = "/sfn", endpoint = "admin/suspend")]
pub async fn suspend(user_id: UserId, reason: String, days: u32) -> Result<(), ApiError> {
    use crate::{protocol::requests::NewSuspension, server::auth::asker::asked};
    let form = NewSuspension { reason, days: (days > 0).then_some(days) };
    asked(move |domain, actor| async move { domain.suspend(&actor, user_id, form).await }).await
}

/// Lets somebody in again.
///
/// # Errors
/// When the asker may not.
#[server(prefix = "/sfn", endpoint = "admin/lift")]
pub async fn lift_suspension(user_id: UserId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.lift_suspension(&actor, user_id).await }).await
}
