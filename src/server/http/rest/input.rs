//! What requests carry, read so that a refusal names the field at fault.

use std::{collections::HashMap, str::FromStr};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::protocol::{
    errors::{ApiError, ErrorCode},
    ids::ID_LIMIT,
};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let message = "Send JSON, with `Content-Type: application/json`.";
            return Err(ApiError::new(ErrorCode::UnsupportedMedia, message));
        }
        parse(&whole(request, state).await?).map(Self)
    }
}

/// A JSON body, or none at all.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = whole(request, state).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { parse(&body).map(Self) }
    }
}

/// The whole body, however it is typed. The guards in front bound it.
pub async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|cause| unreadable(cause.status().as_u16()))
}

/// Why a body could not be read: too long, or the client went away in the middle.
pub fn unreadable(status: u16) -> ApiError {
    match status {
        413 => ApiError::new(ErrorCode::TooLarge, "That is larger than Hubbub accepts."),
        _ => ApiError::new(ErrorCode::Malformed, "The body did not arrive whole."),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, cause) = (error.path().to_string(), error.inner().to_string());
        if !error.inner().is_data() {
            return ApiError::new(ErrorCode::Malformed, format!("The body is not JSON: {cause}."));
        }
        // A field that is missing is no part of the path; serde names it in backquotes.
        let missing = cause.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let field = missing.map_or(path, str::to_owned);
        ApiError::on_field(ErrorCode::Malformed, field, format!("The body does not have the right form: {cause}."))
    })?;
    json.end().map_err(|cause| ApiError::new(ErrorCode::Malformed, format!("The body is not JSON: {cause}.")))?;
    Ok(parsed)
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = header_text(headers, &header::CONTENT_TYPE).and_then(|kind| kind.split(';').next());
    essence.is_some_and(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}

/// A header's text.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The id in the path. What is no id leads nowhere, like the id of nothing.
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text).unwrap_or_default();
        let missing = || ApiError::new(ErrorCode::NotFound, "There is nothing at this address.");
        id(&text).map(Self).ok_or_else(missing)
    }
}

/// An id in decimal digits, below 2^53.
pub fn id<T: FromStr>(text: &str) -> Option<T> {
    let number: u64 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    (number < ID_LIMIT).then(|| text.parse().ok())?
}

/// What stands behind the `?`. Unknown names are ignored.
pub struct Params(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Query(params) = read
            .map_err(|_| ApiError::new(ErrorCode::Malformed, "The part of the address behind `?` cannot be read."))?;
        Ok(Self(params))
    }
}

impl Params {
    /// A parameter's text; `None` when it is missing or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The cursor of a page, as the page before named it in `next`.
    ///
    /// # Errors
    /// When it is none.
    pub fn before<T: FromStr>(&self) -> Result<Option<T>, ApiError> {
        let refuse = || {
            let message = "`before` is the `next` of the page before; this is none.";
            ApiError::on_field(ErrorCode::Invalid, "before", message)
        };
        self.text("before").map(|text| id(text).ok_or_else(refuse)).transpose()
    }

    /// How long a page may be. The domain knows what is too long.
    ///
    /// # Errors
    /// When it is no number.
    pub fn limit(&self) -> Result<Option<usize>, ApiError> {
        let refuse = |_| ApiError::on_field(ErrorCode::Invalid, "limit", "`limit` is a number.");
        self.text("limit").map(|text| text.parse().map_err(refuse)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        ids::PostId,
        requests::{NewComment, NewPost},
    };

    fn fault<T: DeserializeOwned>(body: &str) -> (ErrorCode, Option<String>) {
        let error = parse::<T>(body.as_bytes()).err().unwrap();
        (error.code, error.field)
    }

    #[test]
    fn a_body_of_the_wrong_form_names_its_field() {
        assert_eq!(fault::<NewComment>("{}"), (ErrorCode::Malformed, Some("content".to_owned())));
        assert_eq!(fault::<NewComment>(r#"{"content": 7}"#), (ErrorCode::Malformed, Some("content".to_owned())));
        let nested = r#"{"content": "", "images": [{"id": "1"}, {"id": "x"}]}"#;
        assert_eq!(fault::<NewPost>(nested), (ErrorCode::Malformed, Some("images[1].id".to_owned())));
        assert_eq!(fault::<NewComment>("{"), (ErrorCode::Malformed, None));
        assert_eq!(fault::<NewComment>(r#"{"content": "a"} b"#), (ErrorCode::Malformed, None));
    }

    #[test]
    fn only_digits_below_the_limit_are_ids() {
        assert_eq!(id::<PostId>("17"), Some(PostId::new(17)));
        for text in ["", "+1", "-1", "1.0", "abc", "9007199254740992", "99999999999999999999"] {
            assert_eq!(id::<PostId>(text), None, "{text}");
        }
    }
}
