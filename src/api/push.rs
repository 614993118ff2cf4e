//! Devices that take pushes, as the pages turn them on and off.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::protocol::{
    errors::ApiError,
    ids::PushDeviceId,
    push::{PushDevice, PushKey},
};

/// What browsers subscribe with, and the asker's devices, newest first.
///
/// # Errors
/// When nobody is signed in, or the store fails.
#[server(prefix = "/sfn", endpoint = "push/devices", input = GetUrl)]
pub async fn push_devices() -> Result<(PushKey, Vec<PushDevice>), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { Ok((domain.push_key(), domain.push_devices(&actor).await?)) }).await
}

/// Takes the subscription of the browser that asks.
///
/// # Errors
/// When it cannot be used, or there are too many.
#[server(prefix = "/sfn", endpoint = "push/add")]
pub async fn add_push_device(endpoint: String, p256dh: String, auth: String) -> Result<PushDevice, ApiError> {
    use crate::{
        protocol::push::{NewSubscription, SubscriptionKeys},
        server::auth::asker::asked,
    };
    let form = NewSubscription { endpoint, keys: SubscriptionKeys { p256dh, auth } };
    asked(|domain, actor| async move { domain.add_push_device(&actor, form).await }).await
}

/// Forgets one of the asker's devices.
///
/// # Errors
/// When the asker has no such device.
#[server(prefix = "/sfn", endpoint = "push/remove")]
pub async fn remove_push_device(id: PushDeviceId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.remove_push_device(&actor, id).await }).await
}

/// Sends something to one of the asker's devices, to try it out.
///
/// # Errors
/// When the asker has no such device, or its push service did not take it.
#[server(prefix = "/sfn", endpoint = "push/test")]
pub async fn test_push_device(id: PushDeviceId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.test_push_device(&actor, id).await }).await
}
