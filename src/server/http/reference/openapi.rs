//! OpenAPI 3.1: every request, what it takes, and all that may be answered.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    asyncapi,
    doors::{Door, Doors, Route},
    frames::{prune, take_apart},
    handlers::Sheet,
    schemas::{HOME, Schemas},
};
use crate::{
    protocol::{commands::ClientCommand, errors::ApiError, events::ServerEvent},
    server::http::{health, rest},
};

/// What stands above everything.
const ABOUT: &str = "Live social software that a community runs for itself.\n\n\
    Ids are opaque strings (decimal digits); where they are read, numbers are taken too. Moments are RFC 3339 in UTC. Lists \
    come in pages: pass the `next` of a page as `before`. What is refused is an `ApiError` with a stable `code`, a sentence \
    for people and, where one is at fault, a `field`. Fields that are not known are ignored, and new ones may come: ignore \
    what you do not know.\n\n\
    Live events come over sockets: see `/api/asyncapi.json`. The schemas `ServerEvent` and `ClientCommand` are what goes over \
    `/ws`.";

/// Every route of the product that programs use.
pub fn routes() -> impl Iterator<Item = Route> {
    let sockets = Doors::new()
        .at("Live", "/ws", [socket("native_socket", "The native socket: everything live over one connection")])
        .at(
            "Live",
            "/ws/{channel}",
            [socket("channel_socket", "A channel: one small socket for one concern")
                .about("`connections`, `notifications`, `feed` and `online`. Ids are numbers but in `notifications`.")],
        )
        .at(
            "Live",
            "/ws/messages/{conversation_id}",
            [socket("conversation_socket", "The channel of one conversation")],
        );
    rest::doors()
        .below("/api")
        .chain(rest::media_doors().below("/media"))
        .chain(sockets.below(""))
        .chain(health::doors().below(""))
}

fn socket(id: &str, summary: &'static str) -> Door {
    Door::elsewhere(id, summary)
        .query::<String>("token", "A token, for clients that can set no header; cookies work as well.")
        .query::<String>("ticket", "The ticket of `POST /api/ws/ticket`: opens one socket.")
        .answers_other(StatusCode::SWITCHING_PROTOCOLS, "", "The socket is open.")
        .refuses(StatusCode::UPGRADE_REQUIRED)
        .refuses(StatusCode::TOO_MANY_REQUESTS)
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut nouns: Vec<&str> = Vec::new();
    for route in routes() {
        if !nouns.contains(&route.noun) {
            nouns.push(route.noun);
        }
        let told = operation(&route, &mut schemas);
        paths.entry(route.path).or_default().insert(route.door.method.to_owned(), told);
    }
    schemas.written::<ServerEvent>();
    schemas.read::<ClientCommand>();
    let mut responses = responses(&mut schemas);
    let mut named = schemas.finish();
    let mut paths = json!(paths);
    named.settle(&mut paths);
    named.settle(&mut responses);
    take_apart(&mut named, "ServerEvent", "Event");
    asyncapi::commands(&mut named);
    let whole = json!([{ "$ref": format!("{HOME}ServerEvent") }, { "$ref": format!("{HOME}ClientCommand") }]);
    prune(&mut named.schemas, &json!([paths, responses, whole]));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hubbub",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": nouns.iter().map(|noun| json!({ "name": noun })).collect::<Vec<Value>>(),
        "paths": paths,
        "components": {
            "schemas": named.schemas,
            "responses": responses,
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// How requests say who sends them.
#[must_use]
pub fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The `access_token` of `POST /api/auth/login`, or a token of one's own.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "hubbub_access",
            "description": "What a browser got when it signed in; `__Host-hubbub_access` where the site has https. Requests \
                that change something must come from the site itself.",
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let door = &route.door;
    let mut parameters: Vec<Value> = parts_of(&route.path).map(part).collect();
    parameters.extend(door.queries.iter().map(|query| {
        let (name, place, words) = (query.name, query.place, query.words);
        json!({ "name": name, "in": place, "description": words, "schema": (query.shape)(schemas) })
    }));
    let mut sheet = Sheet { schemas, signed_in: false, body: None, answers: BTreeMap::new(), refusals: Vec::new() };
    door.tell(&mut sheet);
    let refusals = refusals(route, &sheet);
    let (body, signed_in) = (sheet.body.take(), sheet.signed_in);
    let counted = signed_in && route.path.starts_with("/api/");
    let mut responses: Map<String, Value> =
        sheet.answers.into_iter().map(|(status, told)| answer(status, told, counted)).collect();
    responses.extend(refusals.into_iter().map(|status| {
        (status.as_str().to_owned(), json!({ "$ref": format!("#/components/responses/{}", name_of(status)) }))
    }));
    let security = if signed_in { json!([{ "bearer": [] }, { "cookie": [] }]) } else { json!([]) };
    let mut told = json!({
        "tags": [route.noun],
        "operationId": door.id,
        "summary": door.summary,
        "security": security,
        "responses": responses,
    });
    if let Value::Object(told) = &mut told {
        told.extend(door.about.map(|about| ("description".to_owned(), about.into())));
        told.extend((!parameters.is_empty()).then(|| ("parameters".to_owned(), parameters.into())));
        told.extend(body.map(|body| ("requestBody".to_owned(), body)));
    }
    told
}

/// The names in a path's braces.
pub fn parts_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn part(name: &str) -> Value {
    let schema = match name {
        "id" | "user_id" | "conversation_id" => json!({ "type": "string", "pattern": "^[0-9]+$" }),
        "channel" => json!({ "type": "string", "enum": ["connections", "notifications", "feed", "online"] }),
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

/// An answer; those of requests that are counted for their caller tell how many are left.
fn answer(status: u16, (words, content): (String, Value), counted: bool) -> (String, Value) {
    let mut told = Map::from_iter([("description".to_owned(), words.into())]);
    told.extend((!content.is_null()).then(|| ("content".to_owned(), content)));
    told.extend(counted.then(|| ("headers".to_owned(), headers_named(&["RateLimit-Policy", "RateLimit"]))));
    (status.to_string(), told.into())
}

fn headers_named(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))).collect()
}

/// The headers of answers, each under its own name.
fn headers() -> Value {
    json!({
        "Retry-After": {
            "description": "Whole seconds after which to try again.",
            "schema": { "type": "integer", "minimum": 1 },
        },
        "RateLimit-Policy": {
            "description": "Each quota that this request counts for, by name: how much it allows (`q`) and the seconds in which \
                that comes back (`w`), as in `\"requests\";q=600;w=60`.",
            "schema": { "type": "string" },
        },
        "RateLimit": {
            "description": "Of each of these quotas what is left (`r`) and the seconds until all of it is back (`t`), as in \
                `\"requests\";r=599;t=1`.",
            "schema": { "type": "string" },
        },
    })
}

/// What the guards in front of every door may answer, with what the door itself may refuse.
fn refusals(route: &Route, sheet: &Sheet<'_>) -> BTreeSet<StatusCode> {
    let mut all: BTreeSet<StatusCode> = sheet.refusals.iter().copied().collect();
    all.extend([StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]);
    if route.door.method != "get" {
        // Changes must come from here, and not too many of them.
        all.extend([StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS]);
    }
    if sheet.signed_in {
        // Tokens may lack a scope, and every caller has a quota.
        all.extend([StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS]);
    }
    if parts_of(&route.path).next().is_some() {
        all.insert(StatusCode::NOT_FOUND);
    }
    all.retain(|status| !sheet.answers.contains_key(&status.as_u16()));
    all
}

/// The refusals, each under its own name.
fn responses(schemas: &mut Schemas) -> Value {
    let error = schemas.written::<ApiError>();
    let all = REFUSALS.iter().map(|(status, name, words)| {
        let mut told = json!({
            "description": words,
            "content": { "application/json": { "schema": error } },
        });
        let names: &[&str] = match *status {
            StatusCode::TOO_MANY_REQUESTS => &["Retry-After", "RateLimit-Policy", "RateLimit"],
            StatusCode::SERVICE_UNAVAILABLE => &["Retry-After"],
            _ => &[],
        };
        if !names.is_empty()
            && let Value::Object(told) = &mut told
        {
            told.insert("headers".to_owned(), headers_named(names));
        }
        ((*name).to_owned(), told)
    });
    Value::Object(all.collect())
}

/// Every status of a refusal: its name, and what it means.
pub const REFUSALS: &[(StatusCode, &str, &str)] = &[
    (
        StatusCode::BAD_REQUEST,
        "Malformed",
        "The request cannot be read: bad JSON, a missing field, an id that is none.",
    ),
    (StatusCode::UNAUTHORIZED, "Unauthorized", "Nobody is signed in, or the session has ended."),
    (StatusCode::FORBIDDEN, "Forbidden", "The asker may not do this, or the request came from another site."),
    (StatusCode::NOT_FOUND, "NotFound", "It does not exist, or the asker may not know that it does."),
    (StatusCode::CONFLICT, "Conflict", "It clashes with what is stored."),
    (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", "Larger than Hubbub accepts."),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMedia", "A content type or file that is not accepted."),
    (StatusCode::RANGE_NOT_SATISFIABLE, "OutsideOfFile", "The file has no such part."),
    (StatusCode::UNPROCESSABLE_ENTITY, "Invalid", "Readable, and still not acceptable: `field` says what."),
    (StatusCode::UPGRADE_REQUIRED, "NoWebSocket", "This address speaks WebSocket only."),
    (StatusCode::TOO_MANY_REQUESTS, "RateLimited", "Too much, too fast; `Retry-After` says when to return."),
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal", "The server failed; the cause is in its log under `x-request-id`."),
    (StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "The server is starting, stopping or busy: try again."),
];

fn name_of(status: StatusCode) -> &'static str {
    REFUSALS.iter().find(|(known, ..)| *known == status).map_or("Internal", |(_, name, _)| name)
}
