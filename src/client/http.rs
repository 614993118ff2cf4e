//! Requests to this server from the browser: JSON in, JSON out, and one session refresh shared by all that met a 401.

use std::{cell::RefCell, rc::Rc};

use futures::{
    FutureExt,
    channel::oneshot,
    future::{LocalBoxFuture, Shared},
};
use gloo_net::http::{Method, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use crate::protocol::{
    errors::{ApiError, ErrorCode},
    views::ImageView,
};

/// What came of asking for new tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The session goes on.
    Renewed,
    /// The session has ended.
    Ended,
    /// The server could not be reached, or could not answer.
    Failed,
}

/// `GET path`.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    decode(&exchange(Method::GET, path, None).await?)
}

/// Sends `body` as JSON and reads the answer as JSON.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn send<B: Serialize, T: DeserializeOwned>(method: Method, path: &str, body: &B) -> Result<T, ApiError> {
    let body = serde_json::to_string(body).map_err(|_| unreadable())?;
    decode(&exchange(method, path, Some(&body)).await?)
}

/// Sends a request without a body and reads the answer as JSON.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn call<T: DeserializeOwned>(method: Method, path: &str) -> Result<T, ApiError> {
    decode(&exchange(method, path, None).await?)
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|_| unreadable())
}

/// One request; after a 401 the session is refreshed and the request sent once more.
async fn exchange(method: Method, path: &str, body: Option<&str>) -> Result<String, ApiError> {
    let first = attempt(method.clone(), path, body).await;
    if !matches!(&first, Err(error) if error.code == ErrorCode::Unauthorized) {
        return first;
    }
    match refresh_session().await {
        Refreshed::Renewed => attempt(method, path, body).await,
        Refreshed::Ended => first,
        Refreshed::Failed => Err(unreachable_server()),
    }
}

async fn attempt(method: Method, path: &str, body: Option<&str>) -> Result<String, ApiError> {
    let builder = RequestBuilder::new(path).method(method).header("accept", "application/json");
    let request = match body {
        Some(body) => builder.header("content-type", "application/json").body(body),
        None => builder.build(),
    };
    let response = request.map_err(|_| unreachable_server())?.send().await.map_err(|_| unreachable_server())?;
    let (ok, status) = (response.ok(), response.status());
    let text = response.text().await.map_err(|_| unreachable_server())?;
    if ok { Ok(text) } else { Err(refusal(status, &text)) }
}

/// The error in an answer's body; what the status alone says where the body is none of ours.
fn refusal(status: u16, body: &str) -> ApiError {
    serde_json::from_str(body).unwrap_or_else(|_| match status {
        401 => ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."),
        403 => ApiError::new(ErrorCode::Forbidden, "That is not allowed."),
        404 => ApiError::new(ErrorCode::NotFound, "That is not there any more."),
        413 => ApiError::new(ErrorCode::TooLarge, "That is too large."),
        429 => ApiError::new(ErrorCode::RateLimited, "That was too much at once. Wait a moment and try again."),
        502..=504 => ApiError::new(ErrorCode::Unavailable, "The server is busy. Try again in a moment."),
        _ => ApiError::new(ErrorCode::Internal, "Something went wrong on the server. Try again."),
    })
}

fn unreachable_server() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "The server cannot be reached. Check the connection and try again.")
}

fn unreadable() -> ApiError {
    ApiError::new(ErrorCode::Internal, "The server's answer could not be read. Reload the page.")
}

thread_local! {
    static REFRESH: RefCell<Option<Shared<LocalBoxFuture<'static, Refreshed>>>> = const { RefCell::new(None) };
}

/// Trades the refresh cookie for new ones. Callers that ask while one request is under way share its answer.
pub async fn refresh_session() -> Refreshed {
    let shared =
        REFRESH.with_borrow_mut(|slot| slot.get_or_insert_with(|| ask_for_tokens().boxed_local().shared()).clone());
    let outcome = shared.await;
    REFRESH.with_borrow_mut(|slot| {
        // A later caller may have put a new request here already: only a finished one is cleared.
        if slot.as_ref().is_some_and(|current| current.peek().is_some()) {
            *slot = None;
        }
    });
    outcome
}

async fn ask_for_tokens() -> Refreshed {
    match attempt(Method::POST, "/api/auth/refresh", Some("{}")).await {
        Ok(_) => Refreshed::Renewed,
        Err(error) => match error.code {
            ErrorCode::Unauthorized | ErrorCode::Forbidden | ErrorCode::Malformed => Refreshed::Ended,
            _ => Refreshed::Failed,
        },
    }
}

/// Uploads a picture; `on_progress` hears the share sent so far, from 0 to 1.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn upload(file: &web_sys::File, on_progress: impl Fn(f64) + 'static) -> Result<ImageView, ApiError> {
    upload_to("/api/uploads", file, on_progress).await
}

/// Uploads a file to `path` as the form field `file`; the answer is JSON.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn upload_to<T: DeserializeOwned>(
    path: &str,
    file: &web_sys::File,
    on_progress: impl Fn(f64) + 'static,
) -> Result<T, ApiError> {
    let form = web_sys::FormData::new().map_err(not_sent)?;
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(not_sent)?;
    upload_form(path, &form, on_progress).await
}

/// Uploads a form to `path`; the answer is JSON. To end it, drop it.
///
/// # Errors
/// What the server said, or `unavailable` when it could not be reached.
pub async fn upload_form<T: DeserializeOwned>(
    path: &str,
    form: &web_sys::FormData,
    on_progress: impl Fn(f64) + 'static,
) -> Result<T, ApiError> {
    let on_progress: Rc<dyn Fn(f64)> = Rc::new(on_progress);
    let first = upload_once(path, form, Rc::clone(&on_progress)).await;
    let answer = match first {
        Err(error) if error.code == ErrorCode::Unauthorized => match refresh_session().await {
            Refreshed::Renewed => upload_once(path, form, on_progress).await,
            Refreshed::Ended => Err(error),
            Refreshed::Failed => Err(unreachable_server()),
        },
        first => first,
    };
    decode(&answer?)
}

/// The browser would not even begin.
fn not_sent(_: JsValue) -> ApiError {
    unreachable_server()
}

/// Ends the request when nobody waits for it any more. One that has ended is not touched by it.
struct EndedWhenDropped(web_sys::XmlHttpRequest);

impl Drop for EndedWhenDropped {
    fn drop(&mut self) {
        self.0.set_onloadend(None);
        // What was not sent yet has nothing to abort.
        let _ = self.0.abort();
    }
}

/// One upload. `fetch` cannot tell how much was sent, so this is an `XMLHttpRequest`.
async fn upload_once(path: &str, form: &web_sys::FormData, on_progress: Rc<dyn Fn(f64)>) -> Result<String, ApiError> {
    let request = web_sys::XmlHttpRequest::new().map_err(not_sent)?;
    request.open("POST", path).map_err(not_sent)?;

    let progress = Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |event: web_sys::ProgressEvent| {
        if event.length_computable() && event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    request.upload().map_err(not_sent)?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let (sender, done) = oneshot::channel::<()>();
    let finish = Closure::once(move || {
        let _nobody = sender.send(());
    });
    // `loadend` follows success, failure, time-out and abortion alike.
    request.set_onloadend(Some(finish.as_ref().unchecked_ref()));
    // Dropped before the listeners that it takes away.
    let request = EndedWhenDropped(request);
    request.0.send_with_opt_form_data(Some(form)).map_err(not_sent)?;
    let _ended = done.await;
    let request = &request.0;

    let status = request.status().unwrap_or(0);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match status {
        200..=299 => Ok(text),
        0 => Err(unreachable_server()),
        status => Err(refusal(status, &text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_body_wins_over_the_status() {
        let error = refusal(422, r#"{"code":"invalid","message":"Too short.","field":"content"}"#);
        assert_eq!(error.code, ErrorCode::Invalid);
        assert_eq!(error.field.as_deref(), Some("content"));
    }

    #[test]
    fn a_body_of_somebody_else_leaves_the_status() {
        assert_eq!(refusal(401, "<html>").code, ErrorCode::Unauthorized);
        assert_eq!(refusal(503, "").code, ErrorCode::Unavailable);
        assert_eq!(refusal(418, "").code, ErrorCode::Internal);
    }
}
