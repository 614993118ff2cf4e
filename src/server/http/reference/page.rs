//! The documents as their pages show them.

use serde_json::Value;

use super::{asyncapi, openapi};
use crate::{
    api::reference::Reference,
    protocol::{
        events::CloseCode,
        reference::{
            AnswerInfo, ChannelInfo, Choice, FieldInfo, FrameInfo, LiveReference, Noun, RequestInfo, RequestReference,
            Shape, TypeInfo,
        },
    },
};

fn text(part: &Value, name: &str) -> String {
    part.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(part: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    part.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn members<'a>(part: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    part.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// The requests, in the order of their table.
fn requests(document: &Value) -> RequestReference {
    let mut nouns: Vec<Noun> = Vec::new();
    for route in openapi::routes() {
        let paths = document.get("paths").and_then(|paths| paths.get(&route.path));
        let Some(operation) = paths.and_then(|path| path.get(route.door.method)) else { continue };
        let request = request(route.door.method, &route.path, operation);
        match nouns.iter_mut().find(|noun| noun.name == route.noun) {
            Some(noun) => noun.requests.push(request),
            None => nouns.push(Noun { name: route.noun.to_owned(), requests: vec![request] }),
        }
    }
    let refusals = openapi::REFUSALS
        .iter()
        .map(|(status, _, words)| Choice { value: status.as_str().to_owned(), words: (*words).to_owned() });
    RequestReference { nouns, refusals: refusals.collect() }
}

fn request(method: &str, path: &str, operation: &Value) -> RequestInfo {
    let (good, refused): (Vec<_>, Vec<_>) =
        members(operation, "/responses").partition(|(_, told)| told.get("$ref").is_none());
    let about = operation.get("description").and_then(Value::as_str);
    RequestInfo {
        id: text(operation, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary"),
        about: about.map(str::to_owned),
        signed_in: list(operation, "security").next().is_some(),
        parameters: list(operation, "parameters").map(parameter).collect(),
        body: operation.get("requestBody").map(content),
        answers: good.into_iter().map(|(status, told)| answer(status, told)).collect(),
        refusals: refused.into_iter().map(|(status, _)| status.clone()).collect(),
    }
}

fn parameter(told: &Value) -> FieldInfo {
    let place = text(told, "in");
    let name = if place == "header" { format!("{} (header)", text(told, "name")) } else { text(told, "name") };
    FieldInfo {
        name,
        shape: shape(told.get("schema").unwrap_or(&Value::Null)),
        words: text(told, "description"),
        required: place == "path",
    }
}

fn answer(status: &str, told: &Value) -> AnswerInfo {
    AnswerInfo { status: status.to_owned(), words: text(told, "description"), shape: content(told) }
}

/// The form of a body: of its JSON, else the name of what it is.
fn content(told: &Value) -> Shape {
    let Some((kind, content)) = members(told, "/content").next() else { return Shape::default() };
    match content.get("schema") {
        Some(schema) if kind == "application/json" && *schema != Value::Object(Default::default()) => shape(schema),
        _ => Shape { words: kind.clone(), name: None },
    }
}

/// A schema in words.
fn shape(schema: &Value) -> Shape {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or_default().to_owned();
        return Shape { words: name.clone(), name: Some(name) };
    }
    if let Some(items) = schema.get("items") {
        let Shape { words, name } = shape(items);
        let words = if words.contains(' ') { format!("({words})[]") } else { format!("{words}[]") };
        return Shape { words, name };
    }
    if let Some(value) = schema.get("const") {
        return Shape { words: value.to_string(), name: None };
    }
    let choices = ["anyOf", "oneOf"].into_iter().flat_map(|name| list(schema, name)).map(shape).collect::<Vec<Shape>>();
    if !choices.is_empty() {
        return either(choices);
    }
    if let Some(part) = list(schema, "allOf").next() {
        return shape(part);
    }
    let values: Vec<String> = list(schema, "enum").map(Value::to_string).collect();
    if !values.is_empty() {
        return Shape { words: values.join(" | "), name: None };
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec!["any"],
    };
    Shape { words: kinds.into_iter().map(|kind| word(kind, schema)).collect::<Vec<&str>>().join(" | "), name: None }
}

fn either(choices: Vec<Shape>) -> Shape {
    let name = choices.iter().find_map(|choice| choice.name.clone());
    Shape { words: choices.into_iter().map(|choice| choice.words).collect::<Vec<String>>().join(" | "), name }
}

fn word<'a>(kind: &'a str, schema: &Value) -> &'a str {
    match kind {
        "string" if schema.get("format").is_some_and(|format| format == "date-time") => "moment",
        "string" if schema.get("pattern").is_some() => "id",
        kind => kind,
    }
}

fn fields(schema: &Value) -> Vec<FieldInfo> {
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let field = |(name, told): (&String, &Value)| FieldInfo {
        name: name.clone(),
        shape: shape(told),
        words: text(told, "description"),
        required: required.contains(&name.as_str()),
    };
    let mut fields: Vec<FieldInfo> = members(schema, "/properties").map(field).collect();
    // What is always there goes first.
    fields.sort_by_key(|field| !field.required);
    fields
}

/// What goes over sockets.
fn live(document: &Value) -> LiveReference {
    let code = |code: &CloseCode| Choice { value: code.as_u16().to_string(), words: code.words().to_owned() };
    LiveReference {
        channels: members(document, "/channels").map(|(name, told)| channel(document, name, told)).collect(),
        close_codes: CloseCode::ALL.iter().map(code).collect(),
        events: frames(document, "nativeTells"),
        commands: frames(document, "nativeHears"),
    }
}

/// The messages of an operation.
fn messages<'a>(document: &'a Value, operation: &str) -> impl Iterator<Item = &'a Value> {
    let told = document.get("operations").and_then(|operations| operations.get(operation)).unwrap_or(&Value::Null);
    let ids = list(told, "messages").filter_map(|message| message.get("$ref")?.as_str()?.rsplit('/').next());
    ids.filter_map(|id| document.pointer("/components/messages")?.get(id))
}

fn channel(document: &Value, name: &str, told: &Value) -> ChannelInfo {
    let names = |operation: &str| {
        messages(document, &format!("{name}{operation}")).map(|message| text(message, "name")).collect()
    };
    let (address, words) = (text(told, "address"), text(told, "description"));
    ChannelInfo { name: name.to_owned(), address, words, tells: names("Tells"), takes: names("Hears") }
}

fn frames(document: &Value, operation: &str) -> Vec<FrameInfo> {
    messages(document, operation)
        .map(|message| {
            let target = message.pointer("/payload/$ref").and_then(Value::as_str).unwrap_or("#");
            let schema = document.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
            let mut fields = fields(schema);
            fields.retain(|field| field.name != "type");
            let example = message.pointer("/examples/0/payload").map(|example| format!("{example:#}"));
            let (kind, words) = (text(message, "name"), text(message, "summary"));
            FrameInfo { kind, words, fields, example: example.unwrap_or_default() }
        })
        .collect()
}

/// All types but the events and commands themselves.
fn types(document: &Value) -> Vec<TypeInfo> {
    let is_frame = |schema: &Value| {
        let kind = schema.pointer("/properties/type/const").and_then(Value::as_str);
        kind.is_some()
    };
    let named = members(document, "/components/schemas")
        .filter(|(name, schema)| !is_frame(schema) && !matches!(name.as_str(), "ServerEvent" | "ClientCommand"));
    named
        .map(|(name, schema)| TypeInfo {
            name: name.clone(),
            words: text(schema, "description"),
            fields: fields(schema),
            choices: choices(schema),
        })
        .collect()
}

/// The values of a type that is one of several.
fn choices(schema: &Value) -> Vec<Choice> {
    let plain = list(schema, "enum").filter_map(Value::as_str).map(|value| (value.to_owned(), String::new()));
    let told = list(schema, "oneOf").map(|choice| {
        let kind = choice.pointer("/properties/kind/const").or_else(|| choice.get("const"));
        let others = fields(choice).into_iter().filter(|field| field.name != "kind");
        let others: Vec<String> = others.map(|field| format!("{}: {}", field.name, field.shape.words)).collect();
        let value = kind.and_then(Value::as_str).unwrap_or_default();
        let value = if others.is_empty() { value.to_owned() } else { format!("{value} {{{}}}", others.join(", ")) };
        (value, text(choice, "description"))
    });
    plain.chain(told).map(|(value, words)| Choice { value, words }).collect()
}

/// All of it.
pub fn reference() -> Reference {
    let document = openapi::document();
    Reference { requests: requests(&document), live: live(&asyncapi::document()), types: types(&document) }
}
