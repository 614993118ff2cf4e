//! What goes over sockets, each event and command as one flat schema with a name of its own.

use serde_json::{Map, Value, json};

use super::schemas::{HOME, Named};

/// One event or command.
pub struct Frame {
    /// Its `type`: `like_update`.
    pub kind: String,
    /// Its name among the schemas: `EventLikeUpdate`.
    pub name: String,
    /// What it says.
    pub words: String,
    /// All its fields.
    pub fields: Fields,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// Each by its name.
    pub properties: Map<String, Value>,
    /// Those that are always there.
    pub required: Vec<Value>,
}

impl Fields {
    /// Those of an object's schema.
    #[must_use]
    pub fn of(schema: &Value) -> Self {
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        Self { properties, required }
    }

    /// As an object's schema.
    #[must_use]
    pub fn schema(self, words: &str) -> Value {
        let mut schema = json!({ "type": "object", "properties": self.properties, "required": self.required });
        if let (Value::Object(schema), false) = (&mut schema, words.is_empty()) {
            schema.insert("description".to_owned(), words.into());
        }
        schema
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, schema: Value, required: bool) -> Self {
        self = self.without(name);
        self.properties.insert(name.to_owned(), schema);
        if required {
            self.required.insert(0, name.into());
        }
        self
    }

    /// Leaves a field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.properties.remove(name);
        self.required.retain(|required| required != name);
        self
    }

    /// The same field under another name.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        let required = self.required.iter().any(|name| name == from);
        let Some(schema) = self.properties.get(from).cloned() else { return self };
        self.without(from).with(to, schema, required)
    }

    /// Makes a field one that may be missing.
    #[must_use]
    pub fn maybe(mut self, name: &str) -> Self {
        self.required.retain(|required| required != name);
        self
    }

    /// Keeps these only.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.properties.retain(|name, _| names.contains(&name.as_str()));
        self.required.retain(|name| name.as_str().is_some_and(|name| names.contains(&name)));
        self
    }
}

/// Takes an enum apart that is tagged by `type`: each variant becomes a schema of its own, with the fields of what it holds,
/// and the enum the choice between them.
pub fn take_apart(named: &mut Named, whole: &str, prefix: &str) -> Vec<Frame> {
    let variants = named.schemas.get(whole).and_then(|schema| schema.get("oneOf")).and_then(Value::as_array).cloned();
    let frames: Vec<Frame> = variants
        .unwrap_or_default()
        .iter()
        .filter_map(|variant| {
            let fields = flat(variant, &named.schemas);
            let kind = fields.properties.get("type")?.get("const")?.as_str()?.to_owned();
            let words = variant.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            Some(Frame { name: format!("{prefix}{}", pascal_case(&kind)), kind, words, fields })
        })
        .collect();
    let choice: Vec<Value> = frames.iter().map(|frame| json!({ "$ref": format!("{HOME}{}", frame.name) })).collect();
    if let Some(Value::Object(schema)) = named.schemas.get_mut(whole) {
        schema.insert("oneOf".to_owned(), choice.into());
    }
    for frame in &frames {
        named.schemas.insert(frame.name.clone(), frame.fields.clone().schema(&frame.words));
    }
    frames
}

/// The fields of a schema and of all that it is made of.
fn flat(schema: &Value, named: &Map<String, Value>) -> Fields {
    let mut fields = Fields::of(schema);
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| named.get(target.strip_prefix(HOME)?));
    for part in parts.chain(target) {
        let inner = flat(part, named);
        fields.properties.extend(inner.properties);
        fields.required.extend(inner.required);
    }
    fields
}

/// `like_update` is `LikeUpdate`.
fn pascal_case(name: &str) -> String {
    let mut pascal = String::new();
    for word in name.split('_') {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}

/// Leaves out what nothing refers to, from these roots on.
pub fn prune(schemas: &mut Map<String, Value>, roots: &Value) {
    let mut reached: Vec<String> = Vec::new();
    let mut waiting = references(roots);
    while let Some(name) = waiting.pop() {
        if !reached.contains(&name) {
            waiting.extend(schemas.get(&name).map(references).unwrap_or_default());
            reached.push(name);
        }
    }
    schemas.retain(|name, _| reached.contains(name));
}

/// The names that a part of a document refers to.
fn references(part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(HOME));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
