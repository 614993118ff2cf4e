//! The documents of the wire: committed as the code makes them, true of everything that other tests send and get, and
//! whole.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    sync::{Arc, LazyLock},
};

use hubbub::{
    protocol::ids::ConversationId,
    server::http::{
        gateways::dialects::{channels::Channel, socketio},
        reference::{asyncapi, examples, openapi, text},
    },
};
use jsonschema::Validator;
use parking_lot::Mutex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::Site;

static OPENAPI: LazyLock<Value> = LazyLock::new(openapi::document);
static ASYNCAPI: LazyLock<Value> = LazyLock::new(asyncapi::document);

/// The validator of a schema that stands in a document, kept under a name.
fn validator(name: String, document: &Value, schema: &Value) -> Arc<Validator> {
    static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let made = MADE.lock().get(&name).cloned();
    made.unwrap_or_else(|| {
        let whole = json!({ "allOf": [schema], "components": { "schemas": document["components"]["schemas"] } });
        let made = jsonschema::draft202012::options().should_validate_formats(true).build(&whole);
        let made = Arc::new(made.unwrap_or_else(|fault| panic!("{name}: {fault}")));
        MADE.lock().insert(name, made.clone());
        made
    })
}

#[track_caller]
fn fits(name: String, document: &Value, schema: &Value, value: &Value) {
    let validator = validator(name.clone(), document, schema);
    let faults: Vec<String> =
        validator.iter_errors(value).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    assert!(faults.is_empty(), "{name} is told otherwise: {faults:?}\n{value:#}");
}

/// The operation that a request asks for, with its path as it stands in the document.
fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next()?;
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |told: &str| {
        let told: Vec<&str> = told.split('/').collect();
        told.len() == asked.len() && told.iter().zip(&asked).all(|(told, asked)| told.starts_with('{') || told == asked)
    };
    let paths = OPENAPI["paths"].as_object().unwrap().iter();
    // What is spelled out goes before what has parts.
    let found = paths.filter(|(told, _)| fits(told)).min_by_key(|(told, _)| told.matches('{').count())?;
    let operation = found.1.get(method.as_str().to_lowercase())?;
    Some((found.0, operation))
}

/// Panics when an answer that a test got is not among those that the document tells of, or when the document would not
/// have let a body pass that was taken.
#[track_caller]
pub fn check_answer(method: &Method, path: &str, body: Option<&Value>, status: StatusCode, answer: &Value) {
    if !path.starts_with("/api/") || status == StatusCode::METHOD_NOT_ALLOWED {
        return;
    }
    let Some((told, operation)) = operation(method, path) else {
        assert!(status.is_client_error(), "{method} {path} is in no document");
        return;
    };
    let name = format!("{method} {told} {}", status.as_u16());
    let mut response = &operation["responses"][status.as_str()];
    assert!(!response.is_null(), "{name} is in no document: {answer}");
    if let Some(target) = response["$ref"].as_str() {
        response = OPENAPI.pointer(&target[1..]).unwrap();
    }
    let schema = &response["content"]["application/json"]["schema"];
    if !schema.is_null() {
        fits(name, &OPENAPI, schema, answer);
    }
    let taken = &operation["requestBody"]["content"]["application/json"]["schema"];
    if let (Some(body), true, false) = (body, status.is_success(), taken.is_null()) {
        fits(format!("the body of {method} {told}"), &OPENAPI, taken, body);
    }
}

/// Panics when an event that a test got over the native socket is not as the document tells it.
#[track_caller]
pub fn check_event(event: &str) {
    let event: Value = serde_json::from_str(event).unwrap();
    let kind = event["type"].as_str().unwrap_or_default();
    fits(format!("event {kind}"), &ASYNCAPI, message("native", "Event", kind), &event);
}

/// The payload of a message of the native socket.
fn message(channel: &str, sort: &str, kind: &str) -> &'static Value {
    let ids = ASYNCAPI["channels"][channel]["messages"].as_object().unwrap().keys().filter(|id| id.starts_with(sort));
    let mut messages = ids.map(|id| &ASYNCAPI["components"]["messages"][id]);
    let message = messages.find(|message| message["name"] == kind);
    &message.unwrap_or_else(|| panic!("{channel} tells of no {kind}"))["payload"]
}

/// Every schema, and every field of it, with the path to it.
fn fields<'a>(part: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match part {
        Value::Object(members) => {
            found.push((path.to_owned(), part));
            members.iter().for_each(|(name, member)| fields(member, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, path, found)),
        _ => {}
    }
}

/// What the code says is left in `target/reference` when it is something else.
fn is_committed(name: &str, document: &Value) {
    let (committed, said) = (fs::read_to_string(format!("docs/api/{name}.json")).unwrap_or_default(), text(document));
    if committed != said {
        fs::create_dir_all("target/reference").unwrap();
        fs::write(format!("target/reference/{name}.json"), said).unwrap();
        panic!("docs/api/{name}.json is not what the code says. Run `cargo xtask reference` and look at the change.");
    }
}

#[test]
fn the_committed_documents_are_what_the_code_says() {
    is_committed("openapi", &OPENAPI);
    is_committed("asyncapi", &ASYNCAPI);
}

#[test]
fn every_request_has_a_name_of_its_own_and_says_what_it_does() {
    let mut ids = BTreeSet::new();
    for (path, operations) in OPENAPI["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} is told twice, the second time at {method} {path}");
            assert!(operation["summary"].as_str().unwrap().len() > 5, "{id}");
            let answers = operation["responses"].as_object().unwrap().keys();
            let good = answers.filter(|status| status.as_str() < "400").count();
            assert!(good > 0, "{method} {path} never succeeds");
        }
    }
    assert!(ids.len() > 100, "{}", ids.len());
}

#[test]
fn every_reference_leads_somewhere_and_no_word_is_meant_for_the_compiler() {
    for document in [&*OPENAPI, &*ASYNCAPI] {
        let mut found = Vec::new();
        fields(document, "", &mut found);
        for (path, part) in found {
            if let Some(target) = part.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(&target[1..]).is_some(), "{path}: {target}");
            }
            if let Some(words) = part.get("description").and_then(Value::as_str) {
                assert!(!words.contains("::") && !words.contains("[`"), "{path}: {words}");
            }
        }
    }
}

#[test]
fn every_example_fits_and_every_event_and_command_has_one() {
    let mut left: BTreeSet<String> = BTreeSet::new();
    for id in ASYNCAPI["channels"]["native"]["messages"].as_object().unwrap().keys() {
        let message = &ASYNCAPI["components"]["messages"][id];
        assert!(!message["summary"].as_str().unwrap().is_empty(), "{id}");
        left.insert(id.clone());
        for example in message["examples"].as_array().into_iter().flatten() {
            left.remove(id);
            fits(id.clone(), &ASYNCAPI, &message["payload"], &example["payload"]);
        }
    }
    assert!(left.is_empty(), "without an example: {left:?}");
    let files: BTreeSet<String> = fs::read_dir("tests/it/golden")
        .unwrap()
        .map(|file| file.unwrap().file_name().to_str().unwrap().trim_end_matches(".json").to_owned())
        .collect();
    let told: BTreeSet<String> = examples::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(told, files, "src/server/http/reference/examples.rs lists the files of tests/it/golden");
}

#[test]
fn a_command_may_hold_numbers_for_ids_and_nothing_is_missing() {
    let schema = message("native", "Command", "watch_posts");
    let is_valid = |value: Value| validator("watch_posts".to_owned(), &ASYNCAPI, schema).is_valid(&value);
    assert!(is_valid(json!({ "type": "watch_posts", "post_ids": ["1", 2], "ref": "a" })));
    assert!(!is_valid(json!({ "type": "watch_posts" })));
    assert!(!is_valid(json!({ "type": "watch_posts", "post_ids": ["x"] })));
}

/// Whether a channel tells of a message of this name with this payload, and of every field of it.
fn check_told(channel: &str, name: &str, payload: &Value) {
    let ids = ASYNCAPI["channels"][channel]["messages"].as_object().unwrap().keys();
    let told = ids.map(|id| (id, &ASYNCAPI["components"]["messages"][id]["payload"]));
    let fitting: Vec<_> =
        told.filter(|(id, _)| ASYNCAPI["components"]["messages"][id.as_str()]["name"] == name).collect();
    assert!(!fitting.is_empty(), "{channel} tells of no {name}");
    let fits = |(id, schema): &(&String, &Value)| {
        let known = schema["properties"].as_object().unwrap();
        let unknown: Vec<&String> =
            payload.as_object().unwrap().keys().filter(|name| !known.contains_key(*name)).collect();
        let validator = validator((*id).clone(), &ASYNCAPI, schema);
        let wrong: Vec<String> = validator.iter_errors(payload).map(|fault| fault.to_string()).collect();
        if unknown.is_empty() && wrong.is_empty() { Ok(()) } else { Err(format!("{id}: {unknown:?} {wrong:?}")) }
    };
    let faults: Vec<String> = fitting.iter().map(fits).filter_map(Result::err).collect();
    assert!(faults.len() < fitting.len(), "{channel} {name}: {faults:?}\n{payload:#}");
}

fn example_events() -> impl Iterator<Item = &'static str> {
    examples::FILES.iter().filter(|(name, _)| name.starts_with("event.")).map(|(_, text)| *text)
}

#[test]
fn channels_say_what_is_told_of_them() {
    let places = [
        Channel::Messages(ConversationId::new(1)),
        Channel::Connections,
        Channel::Notifications,
        Channel::Feed,
        Channel::Online,
    ];
    for event in example_events() {
        for place in places {
            for said in place.say(event.as_bytes()) {
                let payload: Value = serde_json::from_slice(&said.json).unwrap();
                check_told(place.name(), payload["type"].as_str().unwrap(), &payload);
            }
        }
    }
}

#[test]
fn socket_io_says_what_is_told_of_it() {
    for event in example_events() {
        for said in socketio::say(event.as_bytes(), true) {
            let payload: Value = serde_json::from_slice(&said.json).unwrap();
            // Its other fields are those of the event that it repeats.
            let payload = match &*said.name {
                "post_update" => json!({ "update": payload["update"], "post_id": payload["post_id"] }),
                _ => payload,
            };
            check_told("socketio", &said.name, &payload);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_tell_of_every_request_event_and_type() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let page = async |path: &str| {
        let cookie = format!("hubbub_access={}", ana.tokens.access_token);
        let request = site.http.get(site.url(path)).header("cookie", cookie).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    };
    let requests = page("/api/docs").await;
    for path in OPENAPI["paths"].as_object().unwrap().keys() {
        assert!(requests.contains(path), "{path}");
    }
    let (live, types) = (page("/api/docs/live").await, page("/api/docs/types").await);
    for event in example_events() {
        let event: Value = serde_json::from_str(event).unwrap();
        assert!(live.contains(event["type"].as_str().unwrap()), "{event}");
    }
    assert!(live.contains("4401") && types.contains("like_version") && types.contains("id=\"PostView\""));
    assert!(page("/api/docs/console").await.contains("Begin from"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_served_to_everybody() {
    let site = Site::start().await;
    for (name, document) in [("openapi", &*OPENAPI), ("asyncapi", &*ASYNCAPI)] {
        let answer = site.http.get(site.url(&format!("/api/{name}.json"))).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.json::<Value>().await.unwrap(), *document);
    }
}
