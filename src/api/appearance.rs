//! How Hubbub looks to one browser.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::prelude::*;

use crate::protocol::{appearance::ThemeChoice, errors::ApiError};

/// Keeps the choice of light or dark in a cookie, for a year.
///
/// # Errors
/// None of its own.
#[server(prefix = "/sfn", endpoint = "appearance/theme")]
pub async fn set_theme(theme: ThemeChoice) -> Result<(), ApiError> {
    use crate::protocol::appearance::THEME_COOKIE;
    use axum::http::{HeaderValue, header::SET_COOKIE};

    let cookie = format!("{THEME_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.as_str());
    if let (Ok(value), Some(response)) = (HeaderValue::from_str(&cookie), use_context::<leptos_axum::ResponseOptions>())
    {
        response.append_header(SET_COOKIE, value);
    }
    Ok(())
}
