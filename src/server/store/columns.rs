//! How values stand in columns: ids and moments as 64-bit integers, kinds as words, structures as JSON.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    protocol::{
        announcements::Recipients,
        attachments::AttachmentKind,
        conversations::{ConversationKind, Standing},
        ids::{ConnectionRequestId, ImageId, UserId},
        jobs::{JobKind, Stage},
        time::Timestamp,
        views::{Audience, ConnectionState, ConnectionView, PersonItem, PersonRef, Role},
    },
    server::domain::{
        audience::Relation,
        ports::{ImagePurpose, StoreError, Stored},
    },
};

/// An id or cursor as a column. Ids are below 2^53; a larger number, which only a client can make up, matches none.
pub(super) fn key(raw: u64) -> i64 {
    i64::try_from(raw).unwrap_or(i64::MAX)
}

/// A count, version or id from a column; columns hold none below zero.
pub(super) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

/// A length in pixels, or another small number, from a column.
pub(super) fn small(column: i64) -> u32 {
    u32::try_from(column).unwrap_or_default()
}

/// How many rows at most.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A moment as a column.
pub(super) fn ms(moment: Timestamp) -> i64 {
    key(moment.as_millis())
}

/// A moment from a column.
pub(super) fn moment(column: i64) -> Timestamp {
    Timestamp::from_millis(number(column))
}

/// A structure as a column.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|cause| StoreError::Failed(cause.into()))
}

/// A structure from a column.
pub(super) fn from_json<T: DeserializeOwned>(column: &str) -> Stored<T> {
    serde_json::from_str(column).map_err(|cause| StoreError::Failed(cause.into()))
}

/// The name of a variant on the wire, which is its word in columns too.
pub(super) fn word<T: Serialize>(value: T) -> Stored<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Failed("a variant has no name".into())),
    }
}

/// The variant of a [`word`].
pub(super) fn variant<T: DeserializeOwned>(word: &str) -> Stored<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|cause| StoreError::Failed(cause.into()))
}

pub(super) const fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Followers => "followers",
        Audience::Connections => "connections",
    }
}

pub(super) fn audience(word: &str) -> Stored<Audience> {
    match word {
        "public" => Ok(Audience::Public),
        "followers" => Ok(Audience::Followers),
        "connections" => Ok(Audience::Connections),
        _ => Err(unknown("audience", word)),
    }
}

pub(super) fn role(word: &str) -> Stored<Role> {
    Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| unknown("role", word))
}

pub(super) const fn connection_word(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::None => "none",
        ConnectionState::Requested => "requested",
        ConnectionState::Asked => "asked",
        ConnectionState::Connected => "connected",
    }
}

pub(super) fn connection(word: &str) -> Stored<ConnectionState> {
    match word {
        "none" => Ok(ConnectionState::None),
        "requested" => Ok(ConnectionState::Requested),
        "asked" => Ok(ConnectionState::Asked),
        "connected" => Ok(ConnectionState::Connected),
        _ => Err(unknown("connection", word)),
    }
}

pub(super) const fn purpose_word(purpose: ImagePurpose) -> &'static str {
    match purpose {
        ImagePurpose::Photo => "photo",
        ImagePurpose::Avatar => "avatar",
    }
}

pub(super) fn purpose(word: &str) -> Stored<ImagePurpose> {
    match word {
        "photo" => Ok(ImagePurpose::Photo),
        "avatar" => Ok(ImagePurpose::Avatar),
        _ => Err(unknown("purpose", word)),
    }
}

pub(super) const fn kind_word(kind: ConversationKind) -> &'static str {
    match kind {
        ConversationKind::Direct => "direct",
        ConversationKind::Group => "group",
    }
}

pub(super) fn kind(word: &str) -> Stored<ConversationKind> {
    match word {
        "direct" => Ok(ConversationKind::Direct),
        "group" => Ok(ConversationKind::Group),
        _ => Err(unknown("kind", word)),
    }
}

pub(super) const fn attachment_kind_word(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Image => "image",
        AttachmentKind::Voice => "voice",
        AttachmentKind::File => "file",
    }
}

pub(super) fn attachment_kind(word: &str) -> Stored<AttachmentKind> {
    match word {
        "image" => Ok(AttachmentKind::Image),
        "voice" => Ok(AttachmentKind::Voice),
        "file" => Ok(AttachmentKind::File),
        _ => Err(unknown("kind", word)),
    }
}

pub(super) const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Requested => "requested",
        Standing::Declined => "declined",
        Standing::Left => "left",
    }
}

pub(super) fn standing(word: &str) -> Stored<Standing> {
    match word {
        "active" => Ok(Standing::Active),
        "requested" => Ok(Standing::Requested),
        "declined" => Ok(Standing::Declined),
        "left" => Ok(Standing::Left),
        _ => Err(unknown("standing", word)),
    }
}

pub(super) fn recipients(word: &str) -> Stored<Recipients> {
    Recipients::named(word).ok_or_else(|| unknown("recipients", word))
}

pub(super) fn job_kind(word: &str) -> Stored<JobKind> {
    JobKind::named(word).ok_or_else(|| unknown("kind", word))
}

pub(super) fn stage(word: &str) -> Stored<Stage> {
    Stage::named(word).ok_or_else(|| unknown("stage", word))
}

fn unknown(column: &str, word: &str) -> StoreError {
    StoreError::Failed(format!("unknown {column} in the database: {word}").into())
}

/// The path under which a picture is served.
pub(super) fn image_url(id: ImageId) -> String {
    format!("/media/images/{id}")
}

/// The columns of `person_columns!`.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct PersonRefRow {
    person_id: i64,
    username: String,
    full_name: String,
    avatar_id: Option<i64>,
}

impl PersonRefRow {
    /// Whose they are.
    pub(super) const fn key(&self) -> i64 {
        self.person_id
    }
}

impl From<PersonRefRow> for PersonRef {
    fn from(row: PersonRefRow) -> Self {
        Self {
            id: UserId::new(number(row.person_id)),
            username: row.username,
            full_name: row.full_name,
            avatar_url: row.avatar_id.map(|id| image_url(ImageId::new(number(id)))),
        }
    }
}

/// The columns of `person_item_columns!`.
#[derive(sqlx::FromRow)]
pub(super) struct PersonItemRow {
    #[sqlx(flatten)]
    person: PersonRefRow,
    is_private: bool,
    bio: String,
    followed: bool,
    connection_state: Option<String>,
    connection_request: Option<i64>,
    connection_place: Option<i64>,
}

impl PersonItemRow {
    pub(super) fn into_item(self) -> Stored<PersonItem> {
        let state = self.connection_state.as_deref().map(connection).transpose()?;
        let connection = ConnectionView {
            state: state.unwrap_or_default(),
            request_id: self.connection_request.map(|id| ConnectionRequestId::new(number(id))),
            version: self.connection_place.map_or(0, number),
        };
        let (person, is_private) = (self.person.into(), self.is_private);
        Ok(PersonItem { person, bio: self.bio, followed: self.followed, connection, is_private, in_common: None })
    }
}

/// The columns of `relation_columns!`.
#[derive(sqlx::FromRow)]
pub(super) struct RelationRow {
    is_self: bool,
    follows: bool,
    connected: bool,
    muted: bool,
    blocked: bool,
    suspended: bool,
    is_private: bool,
}

impl From<RelationRow> for Relation {
    fn from(row: RelationRow) -> Self {
        let RelationRow { is_self, follows, connected, muted, blocked, suspended, is_private } = row;
        Self { is_self, follows, connected, muted, blocked, suspended, is_private }
    }
}
