//! The demo community: two dozen people of a makers' studio and what they wrote to all and to each other in the last three
//! weeks.
//!
//! It goes into an empty database in one transaction, so that it is there whole or not at all. It therefore writes
//! through the ports and not through the verbs, of which each commits by itself; a test holds it to their rules.

mod bell;
mod board;
mod canvas;
mod cast;
mod faces;
mod pictures;
mod script;
mod talks;
mod writing;

use std::{collections::HashMap, time::Duration};

use thiserror::Error;

use crate::{
    protocol::time::Timestamp,
    server::domain::{
        DomainError, Ports,
        ports::{BlobError, PasswordError, StoreError},
    },
};
use pictures::Scene;
use writing::Writer;

/// Whom to sign in as: the first account, who owns the community.
pub const LOGIN: &str = "mina";
/// Everybody's password. It is no secret: the demo is for looking around on one's own machine.
pub const PASSWORD: &str = "the kettle is on again";

/// The demo could not be set up; nothing of it was kept.
#[derive(Debug, Error)]
pub enum DemoError {
    /// Somebody lives here already.
    #[error("the community is not empty: the demo only goes into an empty one")]
    NotEmpty,
    /// A picture could not be drawn.
    #[error("a picture of the demo could not be drawn")]
    Drawing,
    /// The script names somebody or something that is not in it.
    #[error("the demo's script names {0}, who is not in it")]
    Script(&'static str),
    /// The store refused.
    #[error("the demo could not be stored")]
    Store(#[from] StoreError),
    /// The files could not be kept.
    #[error("the demo's pictures could not be kept")]
    Blobs(#[from] BlobError),
    /// Hashing was not possible.
    #[error("the demo's password could not be hashed")]
    Password(#[from] PasswordError),
    /// A text could not be read for links and mentions.
    #[error("a text of the demo could not be prepared")]
    Text(#[from] DomainError),
}

/// How much there is of everything, for the log and for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoSize {
    /// People.
    pub people: u64,
    /// Follows.
    pub follows: u64,
    /// Connections.
    pub connections: u64,
    /// Posts.
    pub posts: u64,
    /// Comments and replies.
    pub comments: u64,
    /// Likes of posts.
    pub post_likes: u64,
    /// Likes of comments and replies.
    pub comment_likes: u64,
    /// Pictures on posts.
    pub pictures: u64,
    /// Conversations.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
    /// Jobs.
    pub jobs: u64,
    /// Applications for them.
    pub applications: u64,
}

/// Fills an empty community.
///
/// # Errors
/// [`DemoError::NotEmpty`] when anybody has an account; otherwise when a port fails. Nothing is kept then, except
/// perhaps files that no row names.
pub async fn fill(ports: &Ports) -> Result<DemoSize, DemoError> {
    let empty = ports.store.read().await?.count_people().await? == 0;
    if !empty {
        return Err(DemoError::NotEmpty);
    }
    let password_hash = ports.passwords.hash(PASSWORD.to_owned()).await?;
    let drawings = Drawings::all().await?;
    let tx = ports.store.begin().await?;
    let mut writer = Writer::new(ports, tx, &drawings);
    writer.people(&password_hash).await?;
    writer.follows().await?;
    writer.connections().await?;
    writer.posts().await?;
    writer.talks().await?;
    writer.bell().await?;
    writer.board().await?;
    writer.commit().await
}

/// A finished picture.
struct Drawing {
    file: bytes::Bytes,
    width: u32,
    height: u32,
}

/// Every picture of the demo, drawn once.
struct Drawings {
    scenes: HashMap<Scene, Drawing>,
    faces: HashMap<&'static str, Drawing>,
}

impl Drawings {
    /// Draws faces and scenes side by side, away from the async threads: together about a second of work.
    async fn all() -> Result<Self, DemoError> {
        let faces = tokio::task::spawn_blocking(draw_faces);
        let scenes = tokio::task::spawn_blocking(draw_scenes);
        let faces = faces.await.map_err(|_| DemoError::Drawing)??;
        let scenes = scenes.await.map_err(|_| DemoError::Drawing)??;
        Ok(Self { scenes, faces })
    }
}

fn draw_faces() -> Result<HashMap<&'static str, Drawing>, DemoError> {
    let with_face = cast::MEMBERS.iter().filter_map(|member| Some((member.username, member.face.as_ref()?)));
    with_face
        .map(|(username, face)| {
            let file = faces::draw(face)?.into();
            Ok((username, Drawing { file, width: faces::SIDE_PX, height: faces::SIDE_PX }))
        })
        .collect()
}

fn draw_scenes() -> Result<HashMap<Scene, Drawing>, DemoError> {
    let mut scenes = HashMap::new();
    let posted = script::POSTS.iter().flat_map(|post| post.pictures).map(|(scene, _)| scene);
    let sent = talks::TALKS.iter().flat_map(talks::Talk::scenes);
    for scene in posted.chain(sent) {
        if !scenes.contains_key(scene) {
            let (file, width, height) = pictures::draw(*scene)?;
            scenes.insert(*scene, Drawing { file: file.into(), width, height });
        }
    }
    Ok(scenes)
}

/// `minutes` before `now`.
fn ago(now: Timestamp, minutes: u64) -> Timestamp {
    now.minus(Duration::from_secs(minutes * 60))
}

/// A number that looks drawn at random and is the same every time (splitmix64).
fn scatter(of: u64) -> u64 {
    let mut mixed = of.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
