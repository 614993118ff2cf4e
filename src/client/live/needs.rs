//! Fetches what events alone cannot tell, one request at a time for each thing, and never in a tight circle.

use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

use super::{Core, Holder, Live};
use crate::{
    client::{
        connection::Input,
        http,
        state::{Need, feed::FeedScope},
    },
    protocol::{
        errors::ErrorCode,
        events::LogMark,
        ids::PostId,
        views::{CommentView, Page, PostView},
    },
};

/// The pause after an answer before the same thing is asked again, in milliseconds: a thread under a storm of comments
/// is then read twice a second.
const PAUSE_MS: u32 = 500;
/// Pages of a list that are read again at most; what is loaded below them is told by watching its posts.
const HEAD_PAGES_MAX: usize = 5;
/// The pause after a failure, in milliseconds.
const FAILURE_PAUSE_MS: u32 = 3_000;

impl Core {
    /// Needs that an open page has and nobody is fetching.
    fn claim_needs(&mut self) -> Vec<Need> {
        if self.mailbox.is_none() {
            return Vec::new();
        }
        let mut needs = self.state.needs();
        needs.retain(|need| !self.fetching.contains(need) && self.is_needed(need));
        self.fetching.extend(needs.iter().cloned());
        needs
    }

    fn is_needed(&self, need: &Need) -> bool {
        match need {
            Need::Head(scope) => self.is_held(&Holder::Feed(scope.clone())),
            Need::Thread(id) => self.is_held(&Holder::Thread(*id)),
            Need::Post(_) => true,
        }
    }
}

impl Live {
    /// Starts fetching what is needed. Nothing before the connection's task runs, and so nothing on the server.
    pub(in crate::client) fn pursue_needs(self) {
        self.pursue_announcement();
        for need in self.core.try_update_value(Core::claim_needs).unwrap_or_default() {
            spawn_local(self.pursue(need));
        }
    }

    async fn pursue(self, need: Need) {
        let answered = match &need {
            Need::Head(scope) => self.fetch_head(scope).await,
            Need::Post(id) => self.fetch_post(*id).await,
            Need::Thread(id) => self.fetch_thread(*id).await,
        };
        if answered.is_none() {
            self.with_core(|core| core.state.fail(&need));
        }
        TimeoutFuture::new(if answered.is_some() { PAUSE_MS } else { FAILURE_PAUSE_MS }).await;
        self.with_core(|core| core.fetching.retain(|fetching| *fetching != need));
        self.pursue_needs();
    }

    /// Reads a list again down to the oldest post that is loaded.
    async fn fetch_head(self, scope: &FeedScope) -> Option<()> {
        let (loader, bottom) = self.core.try_update_value(|core| {
            let (_, signals) = core.feeds.iter().find(|(at, _)| at == scope)?;
            Some((signals.loader.clone(), core.state.begin_head(scope)))
        })??;
        let mut all = Page::<PostView> { items: Vec::new(), next: None };
        for _ in 0..HEAD_PAGES_MAX {
            let page = loader(all.next.take()).await.ok()?;
            all.items.extend(page.items);
            all.next = page.next;
            if all.next.is_none() || all.items.last().map(|post| post.id) <= bottom {
                break;
            }
        }
        self.change(|state| state.seed_feed(scope, &all));
        Some(())
    }

    async fn fetch_post(self, id: PostId) -> Option<()> {
        let path = ["/api/posts/", &id.get().to_string()].concat();
        let asked = self.core.try_update_value(|core| core.state.begin_post(id))?;
        match http::get::<PostView>(&path).await {
            Ok(post) => self.change(|state| state.answer_post(id, asked, Some(&post))),
            Err(error) if error.code == ErrorCode::NotFound => self.change(|state| state.answer_post(id, asked, None)),
            Err(_) => return None,
        }
        Some(())
    }

    /// Reads the comments down to the oldest one that is loaded.
    async fn fetch_thread(self, id: PostId) -> Option<()> {
        let (loader, asked, bottom) = self.core.try_update_value(|core| {
            let loader = core.threads.get(&id)?.loader.clone();
            let thread = core.state.thread_mut(id);
            Some((loader, thread.begin_refetch(), thread.bottom()))
        })??;
        let mut all = Page::<CommentView> { items: Vec::new(), next: None };
        loop {
            let page = loader(all.next.take()).await.ok()?;
            all.items.extend(page.items);
            all.next = page.next;
            let reached = all.items.last().map(|comment| comment.id) <= bottom;
            if all.next.is_none() || reached || bottom.is_none() {
                break;
            }
        }
        self.change(|state| state.finish_thread(id, asked, &all));
        Some(())
    }

    /// Tells the connection where the event log stood when a list was read.
    pub(super) fn tell_mark(self, mark: &LogMark) {
        self.with_core(|core| {
            if core.mailbox.is_none() {
                core.mark = Some(mark.clone());
            }
        });
        self.tell(Input::Seeded(mark.clone()));
    }
}
