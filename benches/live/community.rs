//! A community in a database of its own, filled through the store before the server starts.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use hubbub::server::{domain::ports::Store, tasks::Tasks};
use hubbub_load::community;
pub use hubbub_load::community::{Member, now};

/// The load generator's, for those who break when it breaks.
pub struct Community(community::Community);

impl Community {
    /// People with one session each, and posts by them in turn, newest last.
    pub async fn of(people: u64, posts: u64) -> Self {
        Self(community::Community::of(people, posts).await.unwrap())
    }

    /// More posts, all by one member.
    pub async fn add_posts(&mut self, by: usize, count: u64) {
        self.0.add_posts(by, count).await.unwrap();
    }

    /// The same data, read again; no server may have it open.
    pub async fn reopened(&self) -> (Arc<dyn Store>, Tasks) {
        self.0.reopened().await.unwrap()
    }
}

impl Deref for Community {
    type Target = community::Community;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Community {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
