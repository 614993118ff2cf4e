//! What a client hears of without asking for it by name: the counts of every post, and the coming and going of everybody,
//! that it may see. The hub offers; here the domain is asked, once for each post and person.

use std::collections::{BTreeSet, HashMap, VecDeque};

use futures::FutureExt;

use super::{Client, End, Outlet, READ_AGAIN, Refused};
use crate::{
    protocol::{
        ids::{ConversationId, PostId, UserId},
        limits::WATCHED_POSTS_MAX,
    },
    server::{
        domain::Result as DomainResult,
        realtime::{
            hub::{Curiosity, NotJoined, Settled},
            pacing::CountKey,
        },
    },
};

/// People who are asked about at once.
const PEOPLE_AT_ONCE: usize = 100;
/// Posts that are remembered as hidden, so that each of their likes does not ask again.
const HIDDEN_KEPT: usize = 200;

/// What was offered to a client. Most are offered nothing, and have no room for it.
#[derive(Debug, Default)]
pub struct Unasked(Option<Box<Offers>>);

#[derive(Debug, Default)]
struct Offers {
    /// Came or went, and are to be asked about.
    people: BTreeSet<UserId>,
    /// Posts that are watched without having been asked for, oldest first: these make room for newer ones.
    posts: VecDeque<PostId>,
    /// Posts that may not be seen, and the hub's mark when that was read.
    hidden: HashMap<PostId, u32>,
}

impl Unasked {
    fn offers(&mut self) -> &mut Offers {
        self.0.get_or_insert_default()
    }

    /// Notes what was offered, if that is enough for now: that somebody came or went.
    pub fn note(&mut self, key: CountKey) -> bool {
        let CountKey::Status(person) = key else { return false };
        self.offers().people.insert(person);
        true
    }

    /// Of those who came or went nobody is asked about any more.
    fn forget_people(&mut self) {
        if let Some(offers) = &mut self.0 {
            offers.people.clear();
        }
    }

    /// What was asked for by name now stays watched, however many others come.
    pub fn keep_watching(&mut self, posts: &[PostId]) {
        if let Some(offers) = &mut self.0 {
            offers.posts.retain(|post| !posts.contains(post));
        }
    }

    /// Whether [`Client::look_around`] has something to do.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.0.as_ref().is_some_and(|offers| !offers.people.is_empty())
    }
}

impl Client {
    /// From now on hears of this. Of people, those who are online are told first.
    pub fn hear_of(&mut self, curiosity: Curiosity, those_online: bool) {
        self.handle.hear_of(curiosity);
        if !curiosity.people {
            self.unasked.forget_people();
        }
        if those_online {
            let own = self.actor.user_id;
            self.unasked
                .offers()
                .people
                .extend(self.handle.people_online().into_iter().filter(|person| *person != own));
        }
    }

    /// Tells whether those are there who take part in a conversation that was joined, as far as they may be known. What
    /// fails is told when they come or go.
    pub async fn look_for_companions(&mut self, conversation: ConversationId) {
        let own = self.actor.user_id;
        if let Ok(Ok(Some(joined))) = self.questions.joined.ask((own, conversation)).await {
            let members = joined.conversation.members.into_iter().map(|member| member.person.id);
            self.unasked.offers().people.extend(members.filter(|person| *person != own));
        }
    }

    /// Writes all that waits, and of what was offered what is for this client.
    ///
    /// # Errors
    /// When the connection ended.
    pub async fn write(&mut self, outlet: &mut impl Outlet) -> Result<(), End> {
        while let Some((key, frame)) = outlet.write_until_offer(&self.handle).await? {
            // Boxed, so that an idle connection does not keep room for it.
            if !self.unasked.note(key) && self.hears(key).boxed().await? {
                outlet.pass_on(&frame).await?;
            }
        }
        Ok(())
    }

    async fn hears(&mut self, key: CountKey) -> Result<bool, End> {
        match self.may_hear(key).await {
            Ok(hears) => Ok(hears),
            Err(Refused::End(end)) => Err(end),
            Err(Refused::Error(cause)) => {
                tracing::debug!(%cause, "a count was not told");
                Ok(false)
            }
        }
    }

    /// Asks about some of those who came or went, and writes what the hub tells of them before more are asked about, so that it
    /// never fills the queue.
    ///
    /// # Errors
    /// When the connection ended.
    pub async fn look_around(&mut self, outlet: &mut impl Outlet) -> Result<(), End> {
        if let Err(Refused::Error(cause)) = self.ask_about_people().await {
            tracing::debug!(%cause, "who came or went was not told");
        }
        self.write(outlet).await
    }

    /// The hub tells those who may be known. When the store fails, they are asked about again when they come or go.
    async fn ask_about_people(&mut self) -> Result<(), Refused> {
        let mut people = Vec::new();
        while people.len() < PEOPLE_AT_ONCE
            && let Some(person) = self.unasked.offers().people.pop_first()
        {
            people.push(person);
        }
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let known = self.questions.people.ask((self.actor.user_id, people.clone())).await?;
            match self.handle.hear_of_people(&known, mark) {
                Ok(()) => return Ok(()),
                Err(NotJoined::TooMany) => {
                    self.handle.hear_of_no_more_people();
                    self.unasked.forget_people();
                    return Ok(());
                }
                Err(NotJoined::ReadAgain) => {}
            }
        }
        Ok(())
    }

    /// Whether a count that was offered is for this client: it then watches the post.
    ///
    /// # Errors
    /// When the store fails; the post is asked about again with its next count.
    async fn may_hear(&mut self, key: CountKey) -> Result<bool, Refused> {
        let Some(post) = post_of(key) else { return Ok(false) };
        if self.handle.watches_post(post) {
            return Ok(true);
        }
        let mark = self.handle.mark();
        if self.unasked.offers().hidden.get(&post) == Some(&mark) {
            return Ok(false);
        }
        self.forget_oldest_post();
        if self.handle.begin_posts(&[post]).is_err() {
            return Ok(false);
        }
        let is_visible = match self.settle(post).await {
            Ok(is_visible) => is_visible,
            Err(error) => {
                self.handle.unwatch_posts(&[post]);
                return Err(error.into());
            }
        };
        if is_visible {
            self.unasked.offers().posts.push_back(post);
        } else {
            if self.unasked.offers().hidden.len() >= HIDDEN_KEPT {
                self.unasked.offers().hidden.clear();
            }
            self.unasked.offers().hidden.insert(post, mark);
        }
        Ok(is_visible)
    }

    async fn settle(&mut self, post: PostId) -> DomainResult<bool> {
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let counts = self.domain.watch_posts(&self.actor, &[post]).await?;
            match self.handle.settle_posts(&[post], &counts, mark) {
                Settled::Current => return Ok(!counts.is_empty()),
                Settled::ReadAgain => {
                    // What came meanwhile was not sent: the newest counts stand for it.
                    let counts = self.domain.watch_posts(&self.actor, &[post]).await?;
                    counts.iter().for_each(|post| self.tell_counts(post, None));
                    return Ok(!counts.is_empty());
                }
                Settled::BeginAgain => {}
            }
        }
        Err(super::changed_all_the_time())
    }

    fn forget_oldest_post(&mut self) {
        // Half of what may be watched is left to what is asked for by name.
        if self.unasked.offers().posts.len() >= WATCHED_POSTS_MAX / 2
            && let Some(oldest) = self.unasked.offers().posts.pop_front()
        {
            self.handle.unwatch_posts(&[oldest]);
        }
    }
}

/// The post that a count is of. That of a comment's likes is told with its post.
const fn post_of(key: CountKey) -> Option<PostId> {
    match key {
        CountKey::Likes(post) | CountKey::Comments(post) => Some(post),
        _ => None,
    }
}
