//! What a handler takes and answers, read off its signature.

use std::{collections::BTreeMap, future::Future};

use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, StatusCode},
    response::{AppendHeaders, Redirect, Response},
};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::{
    protocol::errors::ApiError,
    server::{
        auth::visitor::Visitor,
        http::{
            AppState,
            rest::input::{Body, Id, OptionalBody, Params},
            session::{ByCookie, SignedIn},
        },
    },
};

/// What is known of a request so far.
pub struct Sheet<'a> {
    /// Where shapes are named.
    pub schemas: &'a mut Schemas,
    /// Whether somebody must be signed in.
    pub signed_in: bool,
    /// The request's body, as OpenAPI tells it.
    pub body: Option<Value>,
    /// Successful answers by their status: what they mean, and their content as OpenAPI tells it.
    pub answers: BTreeMap<u16, (String, Value)>,
    /// The statuses of refusals.
    pub refusals: Vec<StatusCode>,
}

impl Sheet<'_> {
    /// Takes a JSON body.
    fn takes<T: JsonSchema>(&mut self, required: bool) {
        let schema = self.schemas.read::<T>();
        self.body = Some(json!({ "required": required, "content": { "application/json": { "schema": schema } } }));
        self.refusals.extend([StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE]);
    }

    /// Answers JSON.
    pub fn answers<T: JsonSchema>(&mut self, status: StatusCode, words: &str) {
        let content = json!({ "application/json": { "schema": self.schemas.written::<T>() } });
        self.answers.insert(status.as_u16(), (words.to_owned(), content));
    }
}

/// A handler whose signature tells what it does. `Arguments` are its arguments, as a tuple.
pub trait Described<Arguments> {
    /// Writes it down.
    fn tell(sheet: &mut Sheet<'_>);
}

macro_rules! described {
    ($($argument:ident),*) => {
        impl<F, Answering, Answer, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answering,
            Answering: Future<Output = Answer>,
            Answer: Answered,
            $($argument: Taken,)*
        {
            fn tell(sheet: &mut Sheet<'_>) {
                $($argument::tell(sheet);)*
                Answer::tell(sheet);
            }
        }
    };
}

described!();
described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);

/// What a handler takes out of a request.
pub trait Taken {
    /// Writes down what that asks of the request.
    fn tell(sheet: &mut Sheet<'_>);
}

macro_rules! asks_nothing {
    ($($argument:ty),* $(,)?) => {
        $(impl Taken for $argument {
            fn tell(_: &mut Sheet<'_>) {}
        })*
    };
}

// The parts of the path are named by the route itself.
asks_nothing!(State<AppState>, Visitor, Extension<Visitor>, Extension<ByCookie>, HeaderMap, Request, Path<String>);
asks_nothing!(Path<(String, String)>);

impl<T> Taken for Id<T> {
    fn tell(_: &mut Sheet<'_>) {}
}

impl Taken for SignedIn {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.signed_in = true;
        sheet.refusals.push(StatusCode::UNAUTHORIZED);
    }
}

impl Taken for Params {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.refusals.extend([StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY]);
    }
}

impl<T: JsonSchema> Taken for Body<T> {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.takes::<T>(true);
        sheet.refusals.extend([StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::UNPROCESSABLE_ENTITY]);
    }
}

impl<T: JsonSchema> Taken for OptionalBody<T> {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.takes::<T>(false);
    }
}

/// What a handler answers when nothing is wrong.
pub trait Answered {
    /// Writes it down.
    fn tell(sheet: &mut Sheet<'_>);
}

impl<T: JsonSchema> Answered for Json<T> {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(StatusCode::OK, "Done.");
    }
}

/// The status is that of something new; a door that answers another one says so in its table.
impl<T: JsonSchema> Answered for (StatusCode, Json<T>) {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(StatusCode::CREATED, "Stored.");
    }
}

impl<T: JsonSchema> Answered for (Option<AppendHeaders<[(HeaderName, String); 2]>>, Json<T>) {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(StatusCode::OK, "Done. Browsers get new cookies.");
    }
}

impl<T: Answered> Answered for Result<T, ApiError> {
    fn tell(sheet: &mut Sheet<'_>) {
        T::tell(sheet);
    }
}

impl Answered for Redirect {
    fn tell(sheet: &mut Sheet<'_>) {
        sheet.answers.insert(303, ("Leads to a page.".to_owned(), Value::Null));
    }
}

/// Not JSON: the table says what it is.
impl Answered for Response {
    fn tell(_: &mut Sheet<'_>) {}
}
