//! Signing a browser in and out from within a server function: the session lives in cookies, and the answer leads to
//! where one wanted to go.

use std::future::Future;

use axum::http::{HeaderValue, header::SET_COOKIE};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::{Auth, Credentials, asker::Asker, visitor::Visitor};
use crate::{
    protocol::errors::{ApiError, ErrorCode},
    server::domain::{Actor, Result},
};

/// Opens a session with `verb`, puts it into the browser's cookies and leads to `next`.
///
/// # Errors
/// What the verb answers.
pub async fn signed_in<W>(next: &str, verb: impl FnOnce(Auth, Visitor) -> W) -> std::result::Result<(), ApiError>
where
    W: Future<Output = Result<Credentials>> + Send + 'static,
{
    let (Some(auth), Some(visitor), Some(asker)) =
        (use_context::<Auth>(), use_context::<Visitor>(), use_context::<Asker>())
    else {
        return Err(out_of_context());
    };
    let cookies = auth.cookies();
    let credentials = asker.tasks.finish(verb(auth, visitor)).await?;
    set_cookies(cookies.set(&credentials.access_token, &credentials.refresh_token));
    leptos_axum::redirect(path_here(next));
    Ok(())
}

/// Ends the asking session, or all of that person's, removes the cookies and leads to the sign-in page. Whoever is signed
/// out already only loses the cookies.
///
/// # Errors
/// When the store fails.
pub async fn signed_out(everywhere: bool) -> std::result::Result<(), ApiError> {
    let (Some(auth), Some(asker)) = (use_context::<Auth>(), use_context::<Asker>()) else {
        return Err(out_of_context());
    };
    let cookies = auth.cookies();
    if let Some(actor) = asker.actor {
        let domain = asker.domain;
        let verb =
            async move { if everywhere { domain.end_all_sessions(&actor).await } else { auth.sign_out(&actor).await } };
        asker.tasks.finish(verb).await?;
    }
    set_cookies(cookies.clear());
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// Runs a verb that concerns the asker's own session or password, to its end even if they hang up.
///
/// # Errors
/// `unauthorized` when nobody is signed in, else what the verb answers.
pub async fn with_auth<T, W>(verb: impl FnOnce(Auth, Actor) -> W) -> std::result::Result<T, ApiError>
where
    T: Send + 'static,
    W: Future<Output = Result<T>> + Send + 'static,
{
    let (Some(auth), Some(asker)) = (use_context::<Auth>(), use_context::<Asker>()) else {
        return Err(out_of_context());
    };
    let actor = asker.actor.ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))?;
    Ok(asker.tasks.finish(verb(auth, actor)).await?)
}

/// Runs a verb for anybody, signed in or not, within the limits of where they come from.
///
/// # Errors
/// What the verb answers.
pub async fn at_the_door<T, W>(verb: impl FnOnce(Auth, Visitor) -> W) -> std::result::Result<T, ApiError>
where
    T: Send + 'static,
    W: Future<Output = Result<T>> + Send + 'static,
{
    let (Some(auth), Some(visitor), Some(asker)) =
        (use_context::<Auth>(), use_context::<Visitor>(), use_context::<Asker>())
    else {
        return Err(out_of_context());
    };
    Ok(asker.tasks.finish(verb(auth, visitor)).await?)
}

fn out_of_context() -> ApiError {
    tracing::error!("a server function was called without its context");
    ApiError::new(ErrorCode::Internal, "Something went wrong on our side.")
}

fn set_cookies(cookies: [String; 2]) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    for cookie in cookies {
        // Tokens are letters, digits and a few signs: always valid in a header.
        if let Ok(value) = HeaderValue::try_from(cookie) {
            response.append_header(SET_COOKIE, value);
        }
    }
}

/// `next` if it is a path on this server, else the feed: a link to sign in must not lead to another site.
fn path_here(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if is_path && next.is_ascii() { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::path_here;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert_eq!(path_here("/posts/12?x=1"), "/posts/12?x=1");
        for elsewhere in ["", "posts", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
        {
            assert_eq!(path_here(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
