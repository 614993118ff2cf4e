//! Routes that cannot be without a description: one table makes both the router and the document.

use std::any::type_name;

use axum::{
    Router,
    handler::Handler,
    http::StatusCode,
    routing::{self, MethodRouter},
};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{
    handlers::{Described, Sheet},
    schemas::Schemas,
};
use crate::{protocol::limits, server::http::AppState};

/// A table of routes.
#[derive(Default)]
pub struct Doors(Vec<Route>);

/// One line of a table.
pub struct Route {
    /// What it is about, in the plural: the heading under which it stands.
    pub noun: &'static str,
    /// With `{name}` for its parts.
    pub path: String,
    /// The request and its handler.
    pub door: Door,
}

impl Doors {
    /// Without routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The doors of a noun at a path.
    #[must_use]
    pub fn at(mut self, noun: &'static str, path: &str, doors: impl IntoIterator<Item = Door>) -> Self {
        self.0.extend(doors.into_iter().map(|door| Route { noun, path: path.to_owned(), door }));
        self
    }

    /// And those of another table.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The routes themselves.
    pub fn router(self) -> Router<AppState> {
        self.0.into_iter().fold(Router::new(), |router, route| router.route(&route.path, route.door.handler))
    }

    /// The lines of the table as they stand below a place.
    pub fn below(self, place: &str) -> impl Iterator<Item = Route> {
        self.0.into_iter().map(move |route| Route { path: format!("{place}{}", route.path), ..route })
    }
}

/// Makes a schema where shapes are named.
pub type Shape = fn(&mut Schemas) -> Value;

/// A request and its handler.
pub struct Door {
    /// The method in lowercase.
    pub method: &'static str,
    /// Unique among all, for programs: `posts_feed`.
    pub id: String,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// More about it.
    pub about: Option<&'static str>,
    /// What stands behind `?`.
    pub queries: Vec<Query>,
    handler: MethodRouter<AppState>,
    tell: fn(&mut Sheet<'_>),
    additions: Vec<Addition>,
}

/// A parameter behind `?` or in a header.
pub struct Query {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub words: &'static str,
    /// `query` or `header`.
    pub place: &'static str,
    /// Its form.
    pub shape: Shape,
}

/// What a handler's signature does not tell.
enum Addition {
    Refuses(StatusCode),
    Takes(&'static [&'static str], Shape),
    Answers(StatusCode, &'static str, &'static str, Shape),
    AsksWhoItIs,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident),*) => {$(
        $(#[$doc])*
        pub fn $method<H, A, D>(handler: H, summary: &'static str) -> Door
        where
            H: Handler<A, AppState> + Described<D>,
            A: 'static,
        {
            Door::new(stringify!($method), id_of(type_name::<H>()), summary, routing::$method(handler), H::tell)
        }
    )*};
}

methods! {
    /// `GET`.
    get,
    /// `POST`.
    post,
    /// `PUT`.
    put,
    /// `PATCH`.
    patch,
    /// `DELETE`.
    delete
}

/// `…::rest::posts::feed` is `posts_feed`.
fn id_of(path: &str) -> String {
    let mut segments = path.rsplit("::");
    let (verb, noun) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    [noun, "_", verb].concat()
}

impl Door {
    fn new(
        method: &'static str,
        id: String,
        summary: &'static str,
        handler: MethodRouter<AppState>,
        tell: fn(&mut Sheet<'_>),
    ) -> Self {
        Self { method, id, summary, about: None, queries: Vec::new(), handler, tell, additions: Vec::new() }
    }

    /// A door that is opened elsewhere, described by hand: sockets, and what answers before the site is there.
    #[must_use]
    pub fn elsewhere(id: &str, summary: &'static str) -> Self {
        Self::new("get", id.to_owned(), summary, MethodRouter::new(), |_| {})
    }

    /// More about it.
    #[must_use]
    pub fn about(self, words: &'static str) -> Self {
        Self { about: Some(words), ..self }
    }

    /// Takes a parameter.
    #[must_use]
    pub fn query<T: JsonSchema>(self, name: &'static str, words: &'static str) -> Self {
        self.takes_parameter("query", name, words, |schemas| schemas.read::<T>())
    }

    /// Takes a header.
    #[must_use]
    pub fn header(self, name: &'static str, words: &'static str) -> Self {
        self.takes_parameter("header", name, words, |_| json!({ "type": "string" }))
    }

    fn takes_parameter(mut self, place: &'static str, name: &'static str, words: &'static str, shape: Shape) -> Self {
        self.queries.push(Query { name, words, place, shape });
        self
    }

    /// Answers a page of a list.
    #[must_use]
    pub fn paged(self) -> Self {
        self.query::<String>("before", "The `next` of the page before; the first page without it.").takes_parameter(
            "query",
            "limit",
            "The entries of a page.",
            |_| json!({ "type": "integer", "minimum": 1, "maximum": limits::PAGE_MAX, "default": limits::PAGE_DEFAULT }),
        )
    }

    /// May be refused with a status that its signature does not tell.
    #[must_use]
    pub fn refuses(mut self, status: StatusCode) -> Self {
        self.additions.push(Addition::Refuses(status));
        self
    }

    /// Refused to who may not do it, though signed in.
    #[must_use]
    pub fn not_for_all(self) -> Self {
        self.refuses(StatusCode::FORBIDDEN)
    }

    /// Refused when what its address or headers say is not acceptable.
    #[must_use]
    pub fn may_be_invalid(self) -> Self {
        self.refuses(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Refused when it clashes with what is stored.
    #[must_use]
    pub fn may_clash(self) -> Self {
        self.refuses(StatusCode::CONFLICT)
    }

    /// Takes a body that is no JSON, of any of these types.
    #[must_use]
    pub fn takes(mut self, types: &'static [&'static str], shape: Shape) -> Self {
        self.additions.push(Addition::Takes(types, shape));
        self
    }

    /// Answers JSON with a status that its signature does not tell.
    #[must_use]
    pub fn answers<T: JsonSchema>(mut self, status: StatusCode, words: &'static str) -> Self {
        self.additions.push(Addition::Answers(status, words, "application/json", |schemas| schemas.written::<T>()));
        self
    }

    /// Answers something of another type; nothing when there is no type.
    #[must_use]
    pub fn answers_other(mut self, status: StatusCode, kind: &'static str, words: &'static str) -> Self {
        self.additions.push(Addition::Answers(status, words, kind, |_| json!({})));
        self
    }

    /// Only for who is signed in, though its signature does not say so.
    #[must_use]
    pub fn asks_who_it_is(mut self) -> Self {
        self.additions.push(Addition::AsksWhoItIs);
        self
    }

    /// Writes down all that is known of it.
    pub fn tell(&self, sheet: &mut Sheet<'_>) {
        (self.tell)(sheet);
        for addition in &self.additions {
            match addition {
                Addition::Refuses(status) => sheet.refusals.push(*status),
                Addition::AsksWhoItIs => sheet.signed_in = true,
                Addition::Takes(types, shape) => {
                    let schema = shape(sheet.schemas);
                    let content: serde_json::Map<String, Value> =
                        types.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": schema }))).collect();
                    sheet.body = Some(json!({ "required": true, "content": content }));
                    sheet.refusals.extend([
                        StatusCode::BAD_REQUEST,
                        StatusCode::PAYLOAD_TOO_LARGE,
                        StatusCode::UNSUPPORTED_MEDIA_TYPE,
                        StatusCode::UNPROCESSABLE_ENTITY,
                    ]);
                }
                Addition::Answers(status, words, kind, shape) => {
                    let content = match *kind {
                        "" => Value::Null,
                        kind => json!({ kind: { "schema": shape(sheet.schemas) } }),
                    };
                    sheet.answers.insert(status.as_u16(), ((*words).to_owned(), content));
                }
            }
        }
    }
}
