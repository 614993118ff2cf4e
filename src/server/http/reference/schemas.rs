//! JSON Schemas of everything on the wire, from the types that read and write it.
//!
//! A type is described twice where it must be: as the server writes it (a field that is always there is required), and as
//! it reads it (what has a default may be left out, an id may be a number). Where both are the same there is one name;
//! else what is read has `Input` after its name.

use std::{borrow::Cow, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

use crate::protocol::{ids, limits, time::Timestamp};

/// Where names point to in a finished document.
pub const HOME: &str = "#/components/schemas/";
/// Where what is read points to until it is known whether it needs a name of its own.
const READ: &str = "#/components/read/";

macro_rules! ids {
    ($($name:ident),* $(,)?) => {$(
        impl JsonSchema for ids::$name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                if generator.contract().is_serialize() {
                    json_schema!({ "type": "string", "pattern": "^[0-9]+$" })
                } else {
                    json_schema!({ "type": ["string", "integer"], "pattern": "^[0-9]+$", "minimum": 0 })
                }
            }
        }
    )*};
}

ids! {
    UserId, SessionId, PostId, CommentId, ImageId, ConversationId, MessageId, AttachmentId, NotificationId,
    ConnectionRequestId, JobId, ApplicationId, AnnouncementId, PushDeviceId,
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Gathers the schemas of one document.
pub struct Schemas {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let at = |place: &'static str| move |settings: &mut SchemaSettings| settings.definitions_path = place.into();
        let settings = SchemaSettings::draft2020_12;
        Self {
            written: settings().for_serialize().with(at("/components/schemas")).into_generator(),
            read: settings().for_deserialize().with(at("/components/read")).into_generator(),
        }
    }
}

impl Schemas {
    /// What the server writes.
    pub fn written<T: JsonSchema>(&mut self) -> Value {
        self.written.subschema_for::<T>().to_value()
    }

    /// What the server reads.
    pub fn read<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    /// All that were named, and what to do with every reference to them in the document.
    pub fn finish(mut self) -> Named {
        let mut written = self.written.take_definitions(true);
        let mut read = self.read.take_definitions(true);
        written.values_mut().for_each(|schema| tidy(schema, true));
        read.values_mut().for_each(|schema| tidy(schema, false));
        let own = with_own_names(&written, &read);
        let named = |name: String| if own.contains(&name) { format!("{name}Input") } else { name };
        let mut all = written;
        for (name, mut schema) in read {
            point(&mut schema, &own);
            all.insert(named(name), schema);
        }
        Named { schemas: all, own }
    }
}

/// The schemas of a document by their names.
pub struct Named {
    /// Each by its name.
    pub schemas: Map<String, Value>,
    own: BTreeSet<String>,
}

impl Named {
    /// Brings a part of the document into its final form.
    pub fn settle(&self, part: &mut Value) {
        point(part, &self.own);
        tidy(part, false);
    }
}

/// What is read in another form than it is written, itself or through what it is made of.
fn with_own_names(written: &Map<String, Value>, read: &Map<String, Value>) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    loop {
        let before = own.len();
        for (name, schema) in read {
            let mut same = schema.clone();
            point(&mut same, &own);
            if written.get(name).is_some_and(|written| *written != same) {
                own.insert(name.clone());
            }
        }
        if own.len() == before {
            return own;
        }
    }
}

/// Leads references of what is read to their names.
fn point(part: &mut Value, own: &BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(name) = target.strip_prefix(READ)
            {
                let ending = if own.contains(name) { "Input" } else { "" };
                *target = format!("{HOME}{name}{ending}");
            }
            fields.values_mut().for_each(|value| point(value, own));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point(item, own)),
        _ => {}
    }
}

/// Makes a schema say no more and no less than is true, in words for readers of the document.
fn tidy(part: &mut Value, written: bool) {
    match part {
        Value::Object(schema) => {
            if let Some(Value::String(text)) = schema.get_mut("description") {
                *text = plain(text);
            }
            if written {
                without_absent(schema);
            }
            if schema.get("format").is_some_and(|format| format == "uint") {
                schema.insert("format".to_owned(), "uint64".into());
            }
            beside_no_reference(schema);
            schema.values_mut().for_each(|value| tidy(value, written));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, written)),
        _ => {}
    }
}

/// A field that may be missing is left out and never `null`: every such field is skipped when it is `None`.
fn without_absent(schema: &mut Map<String, Value>) {
    let required: Vec<String> = match schema.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, property) in properties {
        let Value::Object(property) = property else { continue };
        // What is always written needs no default.
        property.remove("default");
        if !required.contains(name) {
            never_null(property);
        }
    }
}

fn never_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = property.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({ "type": "null" }));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

/// JSON Schema lets other words stand beside a reference; many generators of code do not read them.
fn beside_no_reference(schema: &mut Map<String, Value>) {
    let is_beside = |name: &str| !matches!(name, "$ref" | "description" | "title");
    let is_reference = schema.get("$ref").is_some_and(Value::is_string);
    if !is_reference || !schema.keys().any(|name| is_beside(name)) {
        return;
    }
    let mut rest = std::mem::take(schema);
    for name in ["description", "title"] {
        schema.extend(rest.remove(name).map(|words| (name.to_owned(), words)));
    }
    let reference = json!({ "$ref": rest.remove("$ref") });
    schema.insert("allOf".to_owned(), json!([reference, rest]));
}

macro_rules! numbers {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), limits::$name.to_string())),*]
    };
}

/// A doc comment without line breaks and links; a limit becomes its number.
fn plain(text: &str) -> String {
    let mut rest: &str = &text.split_whitespace().collect::<Vec<&str>>().join(" ");
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((path, after)) = after.split_once("`]") else { break };
        plain.push_str(before);
        plain.push_str(&named(path));
        rest = match after.strip_prefix('(').and_then(|link| link.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain + rest
}

fn named(path: &str) -> String {
    let name = path.rsplit("::").next().unwrap_or(path);
    let numbers = numbers![
        ACTORS_SHOWN,
        ANNOUNCEMENT_DAYS,
        FILE_NAME_MAX_CHARS,
        HELD_CONVERSATIONS_MAX,
        IDLE_AFTER_MS,
        NEWCOMER_DAYS,
        QUOTE_MAX_CHARS,
        TEST_NOTIFICATION_MAX_CHARS,
        TOKEN_DEFAULT_DAYS,
        TOKEN_MAX_DAYS,
        TOKEN_NAME_MAX_CHARS,
        WATCHED_PEOPLE_MAX,
        WATCHED_POSTS_MAX,
        WAVEFORM_MAX_BARS,
    ];
    match numbers.iter().find(|(known, _)| *known == name) {
        Some((name, number)) if name.ends_with("_MS") => format!("{number} ms"),
        Some((name, number)) if name.ends_with("_DAYS") => format!("{number} days"),
        Some((_, number)) => number.clone(),
        None => format!("`{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::notifications::NotificationPreferences;

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct Both {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sometimes: Option<String>,
        #[serde(default)]
        always: u32,
        inner: Same,
    }

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct Same {
        /// See [`Both::always`](super::Both), at most [`super::limits::WATCHED_POSTS_MAX`].
        text: String,
    }

    #[test]
    fn what_is_read_otherwise_than_written_has_a_name_of_its_own() {
        let mut schemas = Schemas::default();
        let (written, mut read) = (schemas.written::<Both>(), schemas.read::<Both>());
        let named = schemas.finish();
        named.settle(&mut read);
        assert_eq!(written, json!({ "$ref": "#/components/schemas/Both" }));
        assert_eq!(read, json!({ "$ref": "#/components/schemas/BothInput" }));
        assert_eq!(named.schemas.keys().collect::<Vec<_>>(), ["Both", "BothInput", "Same"]);
        assert_eq!(named.schemas["Both"]["required"], json!(["always", "inner"]));
        assert_eq!(named.schemas["Both"]["properties"]["sometimes"]["type"], "string");
        assert_eq!(named.schemas["BothInput"]["required"], json!(["inner"]));
        assert_eq!(named.schemas["Same"]["properties"]["text"]["description"], "See `always`, at most 200.");
    }

    #[test]
    fn what_is_read_as_it_is_written_has_one_name() {
        let mut schemas = Schemas::default();
        schemas.written::<Same>();
        schemas.read::<Same>();
        schemas.written::<NotificationPreferences>();
        schemas.read::<NotificationPreferences>();
        let names: Vec<String> = schemas.finish().schemas.keys().cloned().collect();
        assert!(!names.contains(&"SameInput".to_owned()), "{names:?}");
    }
}
