//! How a server function fails: always with an [`ApiError`], also when the network or an encoding did.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::protocol::errors::{ApiError, ErrorCode};

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::new(
                ErrorCode::Unavailable,
                "Hubbub cannot be reached. Check your connection, then try again; what you typed is still here.",
            ),
            ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Args(_) => {
                Self::new(ErrorCode::Malformed, "Something is missing from this form. Reload the page, then try again.")
            }
            _ => Self::new(ErrorCode::Internal, "Something went wrong on our side. Try again in a moment."),
        }
    }
}
