//! Old state plus events equals a fresh read, for every event: a model of the server, a bad network, and the fold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::protocol::{
    errors::ErrorCode,
    events::{Ack, Connected, DeletedPost, ErrorEvent, PostEvent, WatchedPost},
    ids::UserId,
    time::Timestamp,
    views::{Audience, Entity, EntityKind, PersonRef},
};

const ME: u64 = 1;
const FOLLOWED: [u64; 2] = [ME, 2];
/// The post whose comments are open; nobody deletes it.
const OPEN: u64 = 100;
const FEED_PAGE: usize = 4;
const THREAD_PAGE: usize = 3;
/// Rounds a settled network needs at most.
const ROUNDS: usize = 200;

#[derive(Clone, Debug)]
struct ModelComment {
    id: u64,
    parent: Option<u64>,
    text: u64,
    deleted: bool,
    likes: BTreeSet<u64>,
    like_version: u64,
}

#[derive(Clone, Debug)]
struct ModelPost {
    id: u64,
    author: u64,
    text: u64,
    version: u64,
    deleted: bool,
    likes: BTreeSet<u64>,
    like_version: u64,
    comments: Vec<ModelComment>,
    comment_version: u64,
}

/// What people do. Numbers choose among what exists.
#[derive(Clone, Debug)]
enum Change {
    Post { author: u64, text: u64 },
    Edit { post: usize, text: u64 },
    Delete { post: usize },
    Restore { post: usize },
    Like { post: usize, by: u64 },
    LikeComment { comment: usize, by: u64 },
    Comment { parent: Option<usize>, elsewhere: Option<usize> },
    DeleteComment { comment: usize },
    RestoreComment { comment: usize },
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody does something; its event comes after so many steps, and perhaps once more later.
    Change {
        change: Change,
        delay: usize,
        again: Option<usize>,
    },
    /// The same, and the answer to the reader's own request comes at once.
    OwnAnswer,
    /// Something that changes no state comes.
    Noise(usize),
    ShowPending,
    LoadOlder,
    Cut,
    Return {
        resumed: bool,
    },
}

/// What the server would answer.
struct Server {
    posts: BTreeMap<u64, ModelPost>,
    next_id: u64,
    offset: u64,
    log: Vec<ServerEvent>,
}

fn person(id: u64) -> PersonRef {
    PersonRef { id: UserId::new(id), username: format!("u{id}"), full_name: format!("U {id}"), avatar_url: None }
}

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

impl Server {
    fn new() -> Self {
        let mut server = Self { posts: BTreeMap::new(), next_id: OPEN, offset: 0, log: Vec::new() };
        for author in [2, 1, 2, 3, 2, 1, 3] {
            server.apply(&Change::Post { author, text: author });
        }
        for parent in [None, None, Some(0), None, None, Some(1), None] {
            server.apply(&Change::Comment { parent, elsewhere: None });
        }
        server
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    fn pick(&self, post: usize) -> u64 {
        *self.posts.keys().nth(post % self.posts.len()).unwrap()
    }

    fn open(&self) -> &ModelPost {
        &self.posts[&OPEN]
    }

    fn view(&self, id: u64, as_event: bool) -> PostView {
        let post = &self.posts[&id];
        // Odd texts carry the tag.
        let tag = EntityKind::Tag { tag: "odd".into() };
        let entities = if post.text % 2 == 1 { vec![Entity { start: 0, end: 4, kind: tag }] } else { vec![] };
        PostView {
            id: PostId::new(id),
            user_id: UserId::new(post.author),
            author: person(post.author),
            content: post.text.to_string(),
            entities,
            images: vec![],
            audience: Audience::Public,
            timestamp: now(),
            edited_at: None,
            version: post.version,
            like_count: post.likes.len() as u64,
            like_version: post.like_version,
            comment_count: post.comments.iter().filter(|comment| !comment.deleted).count() as u64,
            comment_version: post.comment_version,
            liked: (!as_event).then(|| post.likes.contains(&ME)),
        }
    }

    fn replies(post: &ModelPost, parent: u64) -> Vec<&ModelComment> {
        post.comments.iter().filter(|comment| comment.parent == Some(parent) && !comment.deleted).collect()
    }

    fn comment_view(post: &ModelPost, comment: &ModelComment, as_event: bool) -> CommentView {
        let replies = Self::replies(post, comment.id);
        CommentView {
            id: CommentId::new(comment.id),
            post_id: PostId::new(post.id),
            parent_id: comment.parent.map(CommentId::new),
            user_id: UserId::new(2),
            author: person(2),
            content: if comment.deleted { String::new() } else { comment.text.to_string() },
            entities: vec![],
            timestamp: now(),
            like_count: comment.likes.len() as u64,
            like_version: comment.like_version,
            liked: (!as_event).then(|| comment.likes.contains(&ME)),
            deleted: comment.deleted,
            reply_count: replies.len() as u64,
            replies: if as_event {
                vec![]
            } else {
                replies.iter().map(|reply| Self::comment_view(post, reply, false)).collect()
            },
        }
    }

    /// Roots of the open post that a reader sees, newest first.
    fn roots(&self) -> Vec<CommentView> {
        let post = self.open();
        let is_root = |comment: &&ModelComment| {
            comment.parent.is_none() && (!comment.deleted || !Self::replies(post, comment.id).is_empty())
        };
        let mut roots: Vec<_> =
            post.comments.iter().filter(is_root).map(|comment| Self::comment_view(post, comment, false)).collect();
        roots.sort_by_key(|root| std::cmp::Reverse(root.id));
        roots
    }

    fn belongs(&self, id: u64, scope: &FeedScope) -> bool {
        let post = &self.posts[&id];
        !post.deleted
            && match scope {
                FeedScope::Feed(FeedKind::Everyone) => true,
                FeedScope::Feed(FeedKind::Following) => FOLLOWED.contains(&post.author),
                FeedScope::Author(author) => post.author == author.get(),
                FeedScope::Tag(_) => post.text % 2 == 1,
                FeedScope::Search(_) => false,
            }
    }

    /// The list, newest first.
    fn list(&self, scope: &FeedScope) -> Vec<PostView> {
        self.posts.keys().rev().filter(|id| self.belongs(**id, scope)).map(|id| self.view(*id, false)).collect()
    }

    /// Pages before `before`, as many as reach down to `bottom`; one at least.
    fn feed_page(&self, scope: &FeedScope, before: Option<&str>, bottom: Option<PostId>) -> Page<PostView> {
        let before = before.map_or(u64::MAX, |before| before.parse().unwrap());
        let rest: Vec<_> = self.list(scope).into_iter().filter(|post| post.id.get() < before).collect();
        let needed = bottom.map_or(0, |bottom| rest.iter().take_while(|post| post.id > bottom).count() + 1);
        paged(rest, FEED_PAGE.max(needed.next_multiple_of(FEED_PAGE)), |post| post.id.get())
    }

    fn thread_page(&self, before: Option<&str>, bottom: Option<CommentId>) -> Page<CommentView> {
        let before = before.map_or(u64::MAX, |before| before.parse().unwrap());
        let rest: Vec<_> = self.roots().into_iter().filter(|root| root.id.get() < before).collect();
        let needed = bottom.map_or(0, |bottom| rest.iter().take_while(|root| root.id > bottom).count() + 1);
        paged(rest, THREAD_PAGE.max(needed.next_multiple_of(THREAD_PAGE)), |root| root.id.get())
    }

    /// Carries out a change; its event, if anything changed.
    fn apply(&mut self, change: &Change) -> Option<ServerEvent> {
        match *change {
            Change::Post { author, text } => self.post(author, text),
            Change::Edit { post, text } => {
                let id = self.pick(post);
                let post = self.posts.get_mut(&id)?;
                if post.deleted {
                    return None;
                }
                post.text = text;
                post.version += 1;
                Some(self.feed_event(id, ServerEvent::PostUpdated))
            }
            Change::Delete { post } => self.delete(self.pick(post)),
            Change::Restore { post } => {
                let id = self.pick(post);
                let post = self.posts.get_mut(&id)?;
                if !std::mem::take(&mut post.deleted) {
                    return None;
                }
                post.version += 1;
                Some(self.feed_event(id, ServerEvent::PostUpdated))
            }
            Change::Like { post, by } => {
                let id = self.pick(post);
                let post = self.posts.get_mut(&id)?;
                if !post.likes.remove(&by) {
                    post.likes.insert(by);
                }
                post.like_version += 1;
                Some(ServerEvent::LikeUpdate(LikeUpdate {
                    post_id: PostId::new(id),
                    comment_id: None,
                    like_count: post.likes.len() as u64,
                    version: post.like_version,
                    user_id: UserId::new(by),
                    timestamp: now(),
                    liked: (by == ME).then(|| post.likes.contains(&ME)),
                }))
            }
            Change::LikeComment { comment, by } => self.like_comment(comment, by),
            Change::Comment { parent, elsewhere } => self.comment(parent, elsewhere),
            Change::DeleteComment { comment } => self.set_comment_deleted(comment, true),
            Change::RestoreComment { comment } => self.set_comment_deleted(comment, false),
        }
    }

    fn post(&mut self, author: u64, text: u64) -> Option<ServerEvent> {
        let id = self.id();
        self.posts.insert(
            id,
            ModelPost {
                id,
                author,
                text,
                version: 1,
                deleted: false,
                likes: BTreeSet::new(),
                like_version: 0,
                comments: vec![],
                comment_version: 0,
            },
        );
        Some(self.feed_event(id, ServerEvent::NewPost))
    }

    fn delete(&mut self, id: u64) -> Option<ServerEvent> {
        let post = self.posts.get_mut(&id)?;
        if post.deleted || id == OPEN {
            return None;
        }
        post.deleted = true;
        post.version += 1;
        self.offset += 1;
        let gone = DeletedPost {
            id: PostId::new(id),
            user_id: UserId::new(post.author),
            timestamp: now(),
            version: post.version,
        };
        let event = ServerEvent::PostDeleted(PostDeleted { post: gone, offset: self.offset });
        self.log.push(event.clone());
        Some(event)
    }

    fn feed_event(&mut self, id: u64, make: fn(PostEvent) -> ServerEvent) -> ServerEvent {
        self.offset += 1;
        let event = make(PostEvent { post: self.view(id, true), offset: self.offset });
        self.log.push(event.clone());
        event
    }

    fn like_comment(&mut self, comment: usize, by: u64) -> Option<ServerEvent> {
        let post = self.posts.get_mut(&OPEN)?;
        let place = comment % post.comments.len();
        let comment = post.comments.get_mut(place)?;
        if comment.deleted {
            return None;
        }
        if !comment.likes.remove(&by) {
            comment.likes.insert(by);
        }
        comment.like_version += 1;
        Some(ServerEvent::LikeUpdate(LikeUpdate {
            post_id: PostId::new(OPEN),
            comment_id: Some(CommentId::new(comment.id)),
            like_count: comment.likes.len() as u64,
            version: comment.like_version,
            user_id: UserId::new(by),
            timestamp: now(),
            liked: (by == ME).then(|| comment.likes.contains(&ME)),
        }))
    }

    fn comment(&mut self, parent: Option<usize>, elsewhere: Option<usize>) -> Option<ServerEvent> {
        let id = self.id();
        let post_id = elsewhere.map_or(OPEN, |post| self.pick(post));
        let post = self.posts.get_mut(&post_id)?;
        if post.deleted {
            return None;
        }
        let roots: Vec<u64> =
            post.comments.iter().filter(|at| at.parent.is_none() && !at.deleted).map(|at| at.id).collect();
        let parent = parent.and_then(|parent| roots.get(parent % roots.len().max(1)).copied());
        post.comments.push(ModelComment {
            id,
            parent,
            text: id,
            deleted: false,
            likes: BTreeSet::new(),
            like_version: 0,
        });
        post.comment_version += 1;
        let post = &self.posts[&post_id];
        let view = Self::comment_view(post, post.comments.last()?, true);
        Some(self.comment_event(post_id, Some(view), None))
    }

    fn set_comment_deleted(&mut self, comment: usize, deleted: bool) -> Option<ServerEvent> {
        let post = self.posts.get_mut(&OPEN)?;
        let place = comment % post.comments.len();
        let comment = post.comments.get_mut(place)?;
        if comment.deleted == deleted {
            return None;
        }
        comment.deleted = deleted;
        post.comment_version += 1;
        let post = self.open();
        let comment = &post.comments[place];
        let view = (!deleted).then(|| Self::comment_view(post, comment, true));
        let gone = deleted.then(|| CommentId::new(comment.id));
        Some(self.comment_event(OPEN, view, gone))
    }

    fn comment_event(
        &self,
        post: u64,
        comment: Option<CommentView>,
        deleted_comment_id: Option<CommentId>,
    ) -> ServerEvent {
        let view = self.view(post, true);
        ServerEvent::CommentUpdate(CommentUpdate {
            post_id: view.id,
            comment_count: view.comment_count,
            version: view.comment_version,
            comment,
            deleted_comment_id,
            timestamp: now(),
        })
    }
}

fn paged<T>(rest: Vec<T>, size: usize, id: impl Fn(&T) -> u64) -> Page<T> {
    let more = rest.len() > size;
    let items: Vec<T> = rest.into_iter().take(size).collect();
    let next = items.last().filter(|_| more).map(|last| id(last).to_string());
    Page { items, next }
}

/// How an event takes part here. A new event does not compile before it is given its part.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Sent to those who watch the feed it belongs to.
    Feed(PostId),
    /// Sent to those who watch the post.
    Post(PostId),
    /// Changes nothing in the state: sent as noise.
    Noise,
}

fn part(event: &ServerEvent) -> Part {
    match event {
        ServerEvent::NewPost(event) | ServerEvent::PostUpdated(event) => Part::Feed(event.post.id),
        ServerEvent::PostDeleted(event) => Part::Feed(event.post.id),
        ServerEvent::LikeUpdate(update) => Part::Post(update.post_id),
        ServerEvent::CommentUpdate(update) => Part::Post(update.post_id),
        // Conversations have a fold, a model and tests of their own.
        ServerEvent::NewMessage(_)
        | ServerEvent::MessageUpdated(_)
        | ServerEvent::MessageDeleted(_)
        | ServerEvent::ReactionUpdate(_)
        | ServerEvent::MessageRead(_)
        | ServerEvent::MessageDelivered(_)
        | ServerEvent::Typing(_)
        | ServerEvent::ConversationUpdate(_)
        | ServerEvent::MembershipUpdate(_)
        | ServerEvent::ConversationChanges(_)
        | ServerEvent::JobUpdate(_)
        | ServerEvent::ApplicationUpdate(_)
        | ServerEvent::Notification(_)
        | ServerEvent::NotificationUpdate(_)
        | ServerEvent::ConnectionRequest(_)
        | ServerEvent::ConnectionAccepted(_)
        | ServerEvent::ConnectionDeclined(_)
        | ServerEvent::ConnectionUpdate(_)
        | ServerEvent::SightUpdate(_)
        | ServerEvent::UnreadCount(_)
        | ServerEvent::CustomResponse(_)
        | ServerEvent::UserStatus(_)
        // Acknowledgements of a watch are made where the watch is; here they are empty.
        | ServerEvent::Ack(_)
        | ServerEvent::Connected(_)
        | ServerEvent::Pong { .. }
        | ServerEvent::Error(_)
        | ServerEvent::GoingAway { .. }
        | ServerEvent::Unknown => Part::Noise,
    }
}

fn noise(kind: usize) -> ServerEvent {
    let all = [
        ServerEvent::Ack(Ack { reference: "1".into(), result: AckResult::default() }),
        ServerEvent::Connected(Connected {
            sid: "s".into(),
            user_id: UserId::new(ME),
            timestamp: now(),
            heartbeat_interval_ms: 1,
            epoch: "e".into(),
            offset: 0,
        }),
        ServerEvent::Pong { timestamp: now() },
        ServerEvent::Error(ErrorEvent::new(ErrorCode::Internal, "no")),
        ServerEvent::GoingAway { retry_after_ms: 1 },
        ServerEvent::Unknown,
    ];
    assert!(all.iter().all(|event| part(event) == Part::Noise));
    all[kind % all.len()].clone()
}

/// What is on its way to the tab.
#[derive(Clone, Debug)]
enum Mail {
    Event(ServerEvent),
    Head(Page<PostView>),
    Post(PostId, u64, Option<PostView>),
    Thread(Refetch, Page<CommentView>),
}

struct Tab {
    state: LiveState,
    scope: FeedScope,
    connected: bool,
    mark: u64,
    watched: BTreeSet<PostId>,
    mail: Vec<(usize, Mail)>,
    asking: Vec<Need>,
    step: usize,
}

impl Tab {
    fn open(server: &Server, scope: FeedScope) -> Self {
        let mut state = LiveState::default();
        state.seed_feed(&scope, &server.feed_page(&scope, None, None));
        state.take_post(&server.view(OPEN, false));
        state.seed_thread(PostId::new(OPEN), server.open().comment_version, &server.thread_page(None, None));
        let mut tab = Self {
            state,
            scope,
            connected: false,
            mark: server.offset,
            watched: BTreeSet::new(),
            mail: vec![],
            asking: vec![],
            step: 0,
        };
        tab.connect(server, true);
        tab
    }

    fn connect(&mut self, server: &Server, resumed: bool) {
        self.connected = true;
        let feed = self.scope.watched_feed();
        self.state.set_feeds(&[feed], &[feed]);
        if resumed {
            for (place, event) in server.log.iter().enumerate().skip(usize::try_from(self.mark).unwrap()) {
                self.send(server, event, place % 3);
            }
        } else {
            self.state.reload();
        }
        self.watch(server);
    }

    fn cut(&mut self, server: &Server) {
        if !self.connected {
            return;
        }
        // What was on its way is lost; the mark is below the first feed event of it.
        let lost = self.mail.iter().filter_map(|(_, mail)| match mail {
            Mail::Event(ServerEvent::NewPost(event) | ServerEvent::PostUpdated(event)) => Some(event.offset),
            Mail::Event(ServerEvent::PostDeleted(event)) => Some(event.offset),
            _ => None,
        });
        self.mark = lost.min().map_or(server.offset, |first| first - 1);
        self.mail.retain(|(_, mail)| !matches!(mail, Mail::Event(_)));
        self.connected = false;
        self.watched.clear();
        self.state.set_feeds(&[], &[]);
    }

    /// Sends an event to this tab, if it watches for it.
    fn send(&mut self, server: &Server, event: &ServerEvent, delay: usize) {
        let everyone = self.scope.watched_feed() == FeedKind::Everyone;
        let is_sent = match part(event) {
            Part::Feed(id) => everyone || FOLLOWED.contains(&server.posts[&id.get()].author),
            Part::Post(id) => self.watched.contains(&id),
            Part::Noise => true,
        };
        if self.connected && is_sent {
            self.mail.push((self.step + delay, Mail::Event(event.clone())));
        }
    }

    /// Watches what is on show; the server answers with what differs.
    fn watch(&mut self, server: &Server) {
        if !self.connected {
            return;
        }
        let mut wished: BTreeSet<PostId> = self.state.visible(&self.scope).into_iter().collect();
        wished.insert(PostId::new(OPEN));
        let mut result = AckResult::default();
        for id in wished.difference(&self.watched.clone()) {
            self.watched.insert(*id);
            let known = self.state.known(&[*id]).first().copied();
            let view = server.view(id.get(), false);
            if server.posts[&id.get()].deleted {
                result.gone.push(*id);
                self.watched.remove(id);
                continue;
            }
            result.watched.push(WatchedPost { post_id: *id, version: view.version });
            if known.map(|known| known.like_version) != Some(view.like_version) {
                let likes = ServerEvent::LikeUpdate(LikeUpdate {
                    post_id: *id,
                    comment_id: None,
                    like_count: view.like_count,
                    version: view.like_version,
                    user_id: view.user_id,
                    timestamp: now(),
                    liked: view.liked,
                });
                self.mail.push((self.step + 1, Mail::Event(likes)));
            }
            if known.map(|known| known.comment_version) != Some(view.comment_version) {
                self.mail.push((self.step + 2, Mail::Event(server.comment_event(id.get(), None, None))));
            }
        }
        self.watched.retain(|id| wished.contains(id));
        if result != AckResult::default() {
            let ack = ServerEvent::Ack(Ack { reference: "1".into(), result });
            self.mail.push((self.step + 1, Mail::Event(ack)));
        }
    }

    /// Asks what is needed; the answer is of now and comes later.
    fn ask(&mut self, server: &Server) {
        for need in self.state.needs() {
            if self.asking.contains(&need) {
                continue;
            }
            let mail = match &need {
                Need::Head(scope) => {
                    let bottom = self.state.begin_head(scope);
                    Mail::Head(server.feed_page(scope, None, bottom))
                }
                Need::Post(id) => {
                    let post = &server.posts[&id.get()];
                    Mail::Post(*id, self.state.begin_post(*id), (!post.deleted).then(|| server.view(id.get(), false)))
                }
                Need::Thread(id) => {
                    let thread = self.state.thread_mut(*id);
                    Mail::Thread(thread.begin_refetch(), server.thread_page(None, thread.bottom()))
                }
            };
            self.mail.push((self.step + 3, mail));
            self.asking.push(need);
        }
    }

    fn take(&mut self, mail: Mail) {
        match mail {
            Mail::Event(event) => {
                let changes = self.state.fold(&event);
                if part(&event) == Part::Noise && !matches!(&event, ServerEvent::Ack(_)) {
                    assert_eq!(changes, Changes::default());
                }
            }
            Mail::Head(page) => {
                let scope = self.scope.clone();
                self.asking.retain(|need| *need != Need::Head(scope.clone()));
                self.state.seed_feed(&scope, &page);
            }
            Mail::Post(id, asked, answer) => {
                self.asking.retain(|need| *need != Need::Post(id));
                self.state.answer_post(id, asked, answer.as_ref());
            }
            Mail::Thread(asked, page) => {
                self.asking.retain(|need| !matches!(need, Need::Thread(_)));
                self.state.finish_thread(PostId::new(OPEN), asked, &page);
            }
        }
    }

    /// One step of time: what is due comes, then what is needed is asked for.
    fn pass(&mut self, server: &Server) {
        self.step += 1;
        let (due, rest) = std::mem::take(&mut self.mail).into_iter().partition(|(due, _)| *due <= self.step);
        self.mail = rest;
        let mut due: Vec<(usize, Mail)> = due;
        due.sort_by_key(|(at, _)| *at);
        for (_, mail) in due {
            self.take(mail);
        }
        self.watch(server);
        self.ask(server);
    }

    fn settle(&mut self, server: &Server) {
        for _ in 0..ROUNDS {
            self.pass(server);
            if self.mail.is_empty() && self.state.needs().is_empty() {
                return;
            }
        }
        panic!("the state never has enough: {:?}, {:?}", self.state.needs(), self.mail);
    }

    fn run(&mut self, server: &mut Server, step: &Step) {
        match step {
            Step::Change { change, delay, again } => {
                if let Some(event) = server.apply(change) {
                    self.send(server, &event, *delay);
                    if let Some(again) = again {
                        self.send(server, &event, *again);
                    }
                }
            }
            Step::OwnAnswer => self.act(server),
            Step::Noise(kind) => self.send(server, &noise(*kind), 0),
            Step::ShowPending => self.state.feed_mut(&self.scope.clone()).show_pending(),
            Step::LoadOlder => self.load_older(server),
            Step::Cut => self.cut(server),
            Step::Return { resumed } => {
                if !self.connected {
                    self.connect(server, *resumed);
                }
            }
        }
        self.pass(server);
    }

    /// The reader posts, comments and likes; the answers come before the events.
    fn act(&mut self, server: &mut Server) {
        let posted = server.apply(&Change::Post { author: ME, text: 1 });
        let id = server.posts.keys().last().copied().unwrap();
        self.state.take_post(&server.view(id, false));
        if matches!(self.scope, FeedScope::Feed(_)) {
            let scope = self.scope.clone();
            self.state.feed_mut(&scope).accept(PostId::new(id));
        }
        let commented = server.apply(&Change::Comment { parent: Some(1), elsewhere: None });
        let comment = server.open().comments.last().unwrap();
        self.state.accept_comment(&Server::comment_view(server.open(), comment, false));
        let liked = server.apply(&Change::Like { post: 0, by: ME });
        let view = server.view(OPEN, false);
        let answer = LikeState { liked: view.liked.unwrap(), like_count: view.like_count, version: view.like_version };
        self.state.take_likes(view.id, answer);
        for event in [posted, commented, liked].into_iter().flatten() {
            self.send(server, &event, 2);
        }
    }

    fn load_older(&mut self, server: &Server) {
        let scope = self.scope.clone();
        if let Some(next) = self.state.feed(&scope).and_then(FeedState::next).map(str::to_owned) {
            self.state.append_feed(&scope, &server.feed_page(&scope, Some(&next), None));
        }
        let open = PostId::new(OPEN);
        if let Some(next) = self.state.thread(open).and_then(ThreadState::next).map(str::to_owned) {
            self.state.append_thread(open, &server.thread_page(Some(&next), None));
        }
    }

    /// Everything on show equals what the server says now.
    fn assert_fresh(&self, server: &Server) {
        let feed = self.state.feed(&self.scope).unwrap();
        let is_loaded = |id: PostId| feed.next().is_none() || Some(id) >= feed.bottom();
        let fresh: Vec<PostView> = server.list(&self.scope).into_iter().filter(|post| is_loaded(post.id)).collect();
        let fresh_ids: Vec<PostId> = fresh.iter().map(|post| post.id).collect();
        assert_eq!(self.state.visible(&self.scope), fresh_ids, "the list");
        assert!(self.state.waiting(&self.scope).is_empty());
        for view in fresh.iter().chain([&server.view(OPEN, false)]) {
            let post = self.state.post(view.id).unwrap();
            let body = post.body().unwrap();
            assert_eq!((body.version, &body.content), (view.version, &view.content), "text of {}", view.id);
            assert_eq!(
                (post.likes.count, Some(post.likes.liked)),
                (view.like_count, view.liked),
                "likes of {}",
                view.id
            );
            assert_eq!(post.comments.count, view.comment_count, "comments of {}", view.id);
        }
        self.assert_fresh_thread(server);
    }

    fn assert_fresh_thread(&self, server: &Server) {
        let thread = self.state.thread(PostId::new(OPEN)).unwrap();
        let is_loaded = |id: CommentId| thread.next().is_none() || Some(id) >= thread.bottom();
        let fresh: Vec<CommentView> = server.roots().into_iter().filter(|root| is_loaded(root.id)).collect();
        let fresh_ids: Vec<CommentId> = fresh.iter().map(|root| root.id).collect();
        assert_eq!(thread.roots().collect::<Vec<_>>(), fresh_ids, "the comments");
        for view in fresh.iter().flat_map(|root| std::iter::once(root).chain(&root.replies)) {
            let state = thread.comment(view.id).unwrap();
            assert_eq!((&state.view.content, state.view.deleted), (&view.content, view.deleted), "text of {}", view.id);
            let replies: Vec<CommentId> = view.replies.iter().map(|reply| reply.id).collect();
            assert_eq!(state.replies.iter().copied().collect::<Vec<_>>(), replies, "replies of {}", view.id);
            assert_eq!(state.reply_count, view.reply_count, "reply count of {}", view.id);
            let likes = self.state.comment_likes(view.id);
            assert_eq!((likes.count, Some(likes.liked)), (view.like_count, view.liked), "likes of {}", view.id);
        }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    let place = 0usize..40;
    let by = 1u64..4;
    prop_oneof![
        3 => (by.clone(), 0u64..4).prop_map(|(author, text)| Change::Post { author, text }),
        2 => (place.clone(), 0u64..4).prop_map(|(post, text)| Change::Edit { post, text }),
        2 => place.clone().prop_map(|post| Change::Delete { post }),
        2 => place.clone().prop_map(|post| Change::Restore { post }),
        4 => (place.clone(), by.clone()).prop_map(|(post, by)| Change::Like { post, by }),
        2 => (place.clone(), by).prop_map(|(comment, by)| Change::LikeComment { comment, by }),
        3 => (prop::option::of(place.clone()), prop::option::weighted(0.3, place.clone()))
            .prop_map(|(parent, elsewhere)| Change::Comment { parent, elsewhere }),
        2 => place.clone().prop_map(|comment| Change::DeleteComment { comment }),
        1 => place.prop_map(|comment| Change::RestoreComment { comment }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (any_change(), 0usize..7, prop::option::of(0usize..9))
            .prop_map(|(change, delay, again)| Step::Change { change, delay, again }),
        1 => Just(Step::OwnAnswer),
        1 => (0usize..6).prop_map(Step::Noise),
        1 => Just(Step::ShowPending),
        1 => Just(Step::LoadOlder),
        1 => Just(Step::Cut),
        2 => any::<bool>().prop_map(|resumed| Step::Return { resumed }),
    ]
}

fn any_scope() -> impl Strategy<Value = FeedScope> {
    prop::sample::select(vec![
        FeedScope::Feed(FeedKind::Everyone),
        FeedScope::Feed(FeedKind::Following),
        FeedScope::Author(UserId::new(2)),
        FeedScope::Tag("odd".into()),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn old_state_and_events_equal_a_fresh_read(
        scope in any_scope(),
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut server = Server::new();
        let mut tab = Tab::open(&server, scope);
        for step in &steps {
            tab.run(&mut server, step);
        }
        tab.run(&mut server, &Step::Return { resumed: steps.len() % 2 == 0 });
        tab.settle(&server);
        tab.run(&mut server, &Step::ShowPending);
        tab.settle(&server);
        tab.assert_fresh(&server);
    }

    /// Conflation: of events about one post's counts only the newest comes, the reader's own like always.
    #[test]
    fn the_newest_of_conflated_counts_is_enough(changes in prop::collection::vec((any_change(), any::<bool>()), 0..60)) {
        let mut server = Server::new();
        let mut tab = Tab::open(&server, FeedScope::Feed(FeedKind::Everyone));
        let mut held: BTreeMap<(PostId, Option<CommentId>, bool), ServerEvent> = BTreeMap::new();
        for (change, flush) in &changes {
            match server.apply(change) {
                Some(ServerEvent::LikeUpdate(update)) if update.liked.is_none() => {
                    held.insert((update.post_id, update.comment_id, true), ServerEvent::LikeUpdate(update));
                }
                Some(ServerEvent::CommentUpdate(update)) => {
                    held.insert((update.post_id, None, false), ServerEvent::CommentUpdate(update));
                }
                Some(event) => tab.send(&server, &event, 0),
                None => {}
            }
            if *flush {
                for event in std::mem::take(&mut held).into_values() {
                    tab.send(&server, &event, 0);
                }
            }
            tab.pass(&server);
        }
        for event in held.into_values() {
            tab.send(&server, &event, 0);
        }
        tab.settle(&server);
        tab.run(&mut server, &Step::ShowPending);
        tab.settle(&server);
        tab.assert_fresh(&server);
    }

    #[test]
    fn a_repeated_event_changes_nothing(changes in prop::collection::vec(any_change(), 1..40)) {
        let mut server = Server::new();
        let mut tab = Tab::open(&server, FeedScope::Feed(FeedKind::Everyone));
        let events: Vec<ServerEvent> = changes.iter().filter_map(|change| server.apply(change)).collect();
        for event in &events {
            tab.state.fold(event);
        }
        let once = format!("{:?}", tab.state);
        for event in &events {
            tab.state.fold(event);
        }
        prop_assert_eq!(once, format!("{:?}", tab.state));
    }
}

#[test]
fn new_posts_wait_above_and_a_restored_one_takes_its_place() {
    let mut server = Server::new();
    let scope = FeedScope::Feed(FeedKind::Everyone);
    let mut tab = Tab::open(&server, scope.clone());
    let before = tab.state.visible(&scope);
    let new = server.apply(&Change::Post { author: 2, text: 0 }).unwrap();
    let deleted = server.delete(before[1].get()).unwrap();
    for event in [&new, &deleted] {
        tab.state.fold(event);
    }
    assert_eq!(tab.state.visible(&scope), [before[0], before[2], before[3]]);
    assert_eq!(tab.state.waiting(&scope).len(), 1);
    server.posts.get_mut(&before[1].get()).unwrap().deleted = false;
    server.posts.get_mut(&before[1].get()).unwrap().version += 1;
    let restored = server.feed_event(before[1].get(), ServerEvent::PostUpdated);
    tab.state.fold(&restored);
    assert_eq!(tab.state.visible(&scope), before);
}

#[test]
fn too_many_missed_posts_leave_a_gap_that_showing_them_closes() {
    let mut server = Server::new();
    let scope = FeedScope::Feed(FeedKind::Everyone);
    let mut tab = Tab::open(&server, scope.clone());
    for _ in 0..9 {
        server.apply(&Change::Post { author: 2, text: 0 });
    }
    // The newest page alone, as when the list is longer than what is read again.
    tab.state.seed_feed(&scope, &server.feed_page(&scope, None, None));
    assert!(tab.state.feed(&scope).unwrap().has_gap());
    assert_eq!(tab.state.waiting(&scope).len(), FEED_PAGE);
    tab.state.feed_mut(&scope).show_pending();
    assert_eq!(tab.state.visible(&scope).len(), FEED_PAGE);
    tab.load_older(&server);
    tab.settle(&server);
    tab.assert_fresh(&server);
}

#[test]
fn a_post_for_everyone_is_not_taken_for_one_of_the_followed_while_both_may_speak() {
    let mut server = Server::new();
    let scope = FeedScope::Feed(FeedKind::Following);
    let mut tab = Tab::open(&server, scope.clone());
    tab.state.set_feeds(&[FeedKind::Everyone, FeedKind::Following], &[FeedKind::Following]);
    let new = server.apply(&Change::Post { author: 3, text: 0 }).unwrap();
    tab.state.fold(&new);
    assert!(tab.state.waiting(&scope).is_empty());
    assert_eq!(tab.state.needs(), [Need::Head(scope)]);
}

#[test]
fn a_comment_under_an_unknown_one_asks_for_the_comments() {
    let server = Server::new();
    let mut tab = Tab::open(&server, FeedScope::Feed(FeedKind::Everyone));
    let mut view = Server::comment_view(server.open(), &server.open().comments[0], true);
    (view.id, view.parent_id) = (CommentId::new(900), Some(CommentId::new(899)));
    let ServerEvent::CommentUpdate(mut update) = server.comment_event(OPEN, Some(view), None) else { unreachable!() };
    update.version += 1;
    tab.state.fold(&ServerEvent::CommentUpdate(update));
    assert_eq!(tab.state.needs(), [Need::Thread(PostId::new(OPEN))]);
}
