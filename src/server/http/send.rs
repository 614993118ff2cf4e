//! A message with a file as one plain form: what the composer of a thread sends where there is no JavaScript.

use axum::{
    extract::{FromRequest, Multipart, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    AppState,
    forms::FormOnItsWay,
    limits,
    pages::refused_call,
    rest::input::unreadable,
    uploads::{FileField, keep_if_chosen, text_of},
};
use crate::{
    api::conversations::SEND_FORM_HREF,
    protocol::{
        conversations::NewMessage,
        errors::{ApiError, ErrorCode},
    },
    server::domain::Actor,
};

/// The fields of the form that are no file, as they were typed.
#[derive(Default)]
struct Typed(Vec<(&'static str, String)>);

impl Typed {
    const FIELDS: [&str; 4] = ["id", "content", "client_id", "reply_to"];

    fn of(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }
}

/// `POST /sfn/conversations/send-form`: the fields `id`, `content`, `client_id`, `reply_to` and `file`, of which the last
/// three may be missing or empty. Leads back to the page it was sent from, which shows what was wrong and the text again.
pub async fn send(State(state): State<AppState>, request: Request) -> Response {
    let (form, request) = FormOnItsWay::notice(request).await;
    let mut typed = Typed::default();
    let allowed = limits::check(&state.limits, &request).map_err(ApiError::from);
    let sent = take(&state, request, allowed, &mut typed).await;
    let response = match sent {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused_call(error, SEND_FORM_HREF),
    };
    match form {
        Some(form) => {
            let form = typed.0.into_iter().fold(form, |form, (name, text)| form.saying(name, text));
            form.answer(&state.forms, &state.domain, response).await
        }
        None => response,
    }
}

/// Reads the form to its end whatever is refused on the way, so that what was typed is there to be shown again, and says
/// the message. An attachment whose message was refused is forgotten in a day.
async fn take(
    state: &AppState,
    request: Request,
    allowed: Result<(), ApiError>,
    typed: &mut Typed,
) -> Result<(), ApiError> {
    let actor = request.extensions().get::<Actor>().copied();
    let bytes = limits::announced(request.headers());
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|cause| ApiError::new(ErrorCode::Malformed, cause.body_text()))?;
    let actor = actor.ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in to go on."))?;
    let mut attachment = allowed.map(|()| None);
    while let Some(field) = form.next_field().await.map_err(|cause| unreadable(cause.status().as_u16()))? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(name) = Typed::FIELDS.into_iter().find(|known| *known == name) {
            typed.0.push((name, text_of(field).await?));
        } else if name == "file" {
            let file = FileField(field);
            match &attachment {
                Ok(None) => attachment = keep_if_chosen(state, &actor, file, bytes).await,
                _ => file.let_pass().await,
            }
        }
    }
    let attachment = attachment?;
    let nowhere = || ApiError::new(ErrorCode::NotFound, "This conversation was not found.");
    let id = typed.of("id").and_then(|id| id.parse().ok()).ok_or_else(nowhere)?;
    let gone = |_| ApiError::on_field(ErrorCode::Invalid, "reply_to", "The message you reply to is gone.");
    let message = NewMessage {
        content: typed.of("content").unwrap_or_default().to_owned(),
        attachment,
        client_id: typed.of("client_id").map(str::to_owned),
        reply_to: typed.of("reply_to").map(str::parse).transpose().map_err(gone)?,
    };
    state.domain.send_message(&actor, id, message).await?;
    Ok(())
}
