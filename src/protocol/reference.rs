//! The reference of the wire as its pages show it.

use serde::{Deserialize, Serialize};

/// Every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestReference {
    /// What requests are about, each with its requests.
    pub nouns: Vec<Noun>,
    /// What each status of a refusal means.
    pub refusals: Vec<Choice>,
}

/// What some requests are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noun {
    /// In the plural: "Posts".
    pub name: String,
    /// In the order of the table of routes.
    pub requests: Vec<RequestInfo>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestInfo {
    /// Unique among all; part of addresses within the page.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With `{name}` for its parts.
    pub path: String,
    /// What it does, in a few words.
    pub summary: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whether somebody must be signed in.
    pub signed_in: bool,
    /// Parts of the path, what stands behind `?`, and headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<FieldInfo>,
    /// The form of its body; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Shape>,
    /// What it answers when nothing is wrong.
    pub answers: Vec<AnswerInfo>,
    /// Statuses of refusals.
    pub refusals: Vec<String>,
}

/// A form in words, and the type of the reference that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// As TypeScript would say it: `PostView[]`.
    pub words: String,
    /// The type that is named in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerInfo {
    /// Its status.
    pub status: String,
    /// What it means.
    pub words: String,
    /// Its form.
    pub shape: Shape,
}

/// A field or parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldInfo {
    /// Its name.
    pub name: String,
    /// Its form.
    pub shape: Shape,
    /// What it says.
    pub words: String,
    /// Whether it is always there.
    pub required: bool,
}

/// One of several values and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// As it stands on the wire.
    pub value: String,
    /// What it means.
    pub words: String,
}

/// Everything live.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveReference {
    /// Where sockets are.
    pub channels: Vec<ChannelInfo>,
    /// Why a socket is closed, and what a client does next.
    pub close_codes: Vec<Choice>,
    /// What comes over the native socket.
    pub events: Vec<FrameInfo>,
    /// What goes over it.
    pub commands: Vec<FrameInfo>,
}

/// A socket and what goes over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelInfo {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// What it is for.
    pub words: String,
    /// The names of what it tells.
    pub tells: Vec<String>,
    /// The names of what it takes.
    pub takes: Vec<String>,
}

/// An event or command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameInfo {
    /// Its `type`.
    pub kind: String,
    /// What it says.
    pub words: String,
    /// Its fields, without `type`.
    pub fields: Vec<FieldInfo>,
    /// A whole one, as indented JSON.
    pub example: String,
}

/// A type that requests and events are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeInfo {
    /// Its name.
    pub name: String,
    /// What it is.
    pub words: String,
    /// Its fields, if it has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldInfo>,
    /// Its values, where it is one of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}
