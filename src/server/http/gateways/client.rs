//! One client, whatever it speaks: what it may ask, and what each command does.
//!
//! A gateway owns the transport. It reads commands in its dialect, hands them to [`Client::obey`], and writes what waits.

mod conversations;
mod unasked;

use std::{
    future::Future,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Questions,
    dialects::Order,
    patience::{Patience, Verdict},
    visits::Visit,
};
use crate::{
    protocol::{
        commands::{ClientCommand, KnownPost},
        errors::{ApiError, ErrorCode},
        events::{Ack, AckResult, CloseCode, CommentUpdate, ErrorEvent, LikeUpdate, ServerEvent, WatchedPost},
        ids::{ConversationId, PostId, UserId},
        limits::{WATCHED_PEOPLE_MAX, WATCHED_POSTS_MAX},
        views::FeedKind,
    },
    server::{
        auth::limits::{CommandBucket, Limits},
        domain::{Actor, Domain, DomainError, Result as DomainResult, ports::PostCounts},
        http::AppState,
        metrics::Meter,
        realtime::{
            encoding::Frame,
            hub::{ConnectionHandle, NotJoined, Settled},
            pacing::CountKey,
        },
        tasks::Tasks,
    },
};
pub use unasked::Unasked;

/// How often something is read again when it changed while it was read. Each time somebody must follow or unfollow
/// within the same millisecond, so this is not reached in earnest.
const READ_AGAIN: usize = 5;
/// Answers are written before more of them are made than this, so that they never fill the queue, in bytes.
const ANSWERS_MAX_BYTES: usize = 16 * 1024;

/// How much people may do over one connection before they are told to slow down, and what is remembered of them.
struct Standing {
    allowance: CommandBucket,
    patience: Patience,
}

/// What is kept for a client that has conversations on screen.
#[derive(Default)]
struct Talk {
    /// The name they go by.
    user_name: String,
    /// Where the others are told that they type.
    tells_typing: Vec<ConversationId>,
    /// Where they type, as far as they said.
    types_in: Option<ConversationId>,
    /// Grows whenever they say something about it, so that an end that was planned before is not told.
    typed: Arc<AtomicU64>,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closes it with this code.
    Close(u16),
    /// There is nobody to say anything to.
    Gone,
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.as_u16())
    }
}

/// Where what waits for a client goes: a transport, and what is spoken over it.
pub trait Outlet: Send {
    /// Writes all that waits. What was offered and needs a question first is given back, and the rest still waits.
    fn write_until_offer(
        &mut self,
        handle: &ConnectionHandle,
    ) -> impl Future<Output = Result<Option<(CountKey, Frame)>, End>> + Send;

    /// Puts one more frame after those that were written.
    fn pass_on(&mut self, frame: &Frame) -> impl Future<Output = Result<(), End>> + Send;
}

/// A command beyond the allowance.
#[derive(Debug)]
pub struct TooMuch {
    /// What the client is told.
    pub error: ApiError,
    /// For how long nothing more is read of it.
    pub rest: Option<Duration>,
}

/// One client.
pub struct Client {
    /// Its connection to the hub.
    pub handle: ConnectionHandle,
    /// Whom it speaks for.
    pub actor: Actor,
    /// What it hears of without asking.
    pub unasked: Unasked,
    domain: Domain,
    questions: Questions,
    limits: Limits,
    tasks: Tasks,
    standing: Standing,
    visit: Visit,
    /// Set once a conversation is on screen.
    talk: Option<Box<Talk>>,
}

impl Client {
    /// Somebody who just connected in this dialect.
    pub fn new(state: &AppState, dialect: &'static str, actor: Actor, handle: ConnectionHandle) -> Self {
        Self {
            handle,
            actor,
            unasked: Unasked::default(),
            domain: state.domain.clone(),
            questions: state.questions.clone(),
            limits: state.limits.clone(),
            tasks: state.tasks.clone(),
            standing: Standing { allowance: state.limits.socket_commands(), patience: Patience::default() },
            visit: Visit::begin(&state.metrics, dialect, actor.user_id),
            talk: None,
        }
    }

    /// Where what is written to them is counted.
    pub const fn meter(&self) -> &Meter {
        self.visit.meter()
    }

    /// They go, or are made to.
    pub fn leave(mut self, end: End) {
        self.visit.end(end);
    }

    /// Counts a frame against the allowance.
    ///
    /// # Errors
    /// What to tell the client, or, after too many of them, that the connection ends.
    pub fn count(&mut self) -> Result<Result<(), TooMuch>, End> {
        self.visit.meter().received();
        let Err(wait) = self.standing.allowance.take() else { return Ok(Ok(())) };
        let rest = match self.standing.patience.excess(Instant::now()) {
            Verdict::Close => return Err(CloseCode::Abusive.into()),
            Verdict::Slow(rest) => Some(rest),
            Verdict::Tell => None,
        };
        let mut error = ApiError::new(ErrorCode::RateLimited, "That was a lot at once. Send this again in a moment.");
        error.retry_after_ms = u64::try_from(wait.as_millis()).ok().map(|ms| ms.max(1));
        Ok(Err(TooMuch { error, rest }))
    }

    /// Notes a frame that cannot be read as a command.
    ///
    /// # Errors
    /// Too many of them end the connection.
    pub fn fault(&mut self) -> Result<(), End> {
        match self.standing.patience.fault(Instant::now()) {
            Verdict::Close => Err(CloseCode::Abusive.into()),
            _ => Ok(()),
        }
    }

    /// Carries out what was read, or says what is wrong with it.
    ///
    /// # Errors
    /// When the connection ended meanwhile, or it was one fault too many.
    pub async fn obey(&mut self, read: Result<Order, ErrorEvent>, outlet: &mut impl Outlet) -> Result<(), End> {
        let Order { command, reference } = match read {
            Ok(order) => order,
            Err(event) => {
                self.handle.send(&ServerEvent::Error(event));
                return self.fault();
            }
        };
        match self.carry_out(command, outlet).await {
            Ok(result) => {
                if let Some(reference) = reference {
                    self.handle.send(&ServerEvent::Ack(Ack { reference, result }));
                }
            }
            Err(Refused::Error(error)) => self.handle.send(&ServerEvent::Error(ErrorEvent { error, reference })),
            Err(Refused::End(end)) => return Err(end),
        }
        Ok(())
    }

    /// Does what a command says.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn carry_out(&mut self, command: ClientCommand, outlet: &mut impl Outlet) -> Result<AckResult, Refused> {
        match command {
            ClientCommand::Ping => self.handle.send(&ServerEvent::Pong { timestamp: self.domain.now() }),
            ClientCommand::WatchFeed { feed } => self.watch_feed(feed).await?,
            ClientCommand::UnwatchFeed { feed } => self.handle.unwatch_feed(feed),
            ClientCommand::WatchPosts { mut post_ids, known } => {
                post_ids.sort_unstable();
                post_ids.dedup();
                return self.watch_posts(&post_ids, &known, outlet).await;
            }
            ClientCommand::WatchPeople { user_ids } => self.watch_people(user_ids).await?,
            ClientCommand::UnwatchPeople { user_ids } => self.handle.unwatch_people(&user_ids),
            ClientCommand::SetIdle { is_idle } => self.handle.set_idle(is_idle),
            ClientCommand::SyncConversations { conversations } => self.tell_changes(&conversations, outlet).await?,
            ClientCommand::JoinConversation { conversation_id } => self.join_conversation(conversation_id).await?,
            ClientCommand::LeaveConversation { conversation_id } => self.handle.leave_conversation(conversation_id),
            ClientCommand::Typing { conversation_id, is_typing } => {
                self.tell_typing(conversation_id, is_typing).await?;
            }
            ClientCommand::SendMessage { conversation_id, message } => {
                return self.send_message(conversation_id, message).await;
            }
            ClientCommand::ReadMessage { conversation_id, message_id } => {
                self.domain.read_message(&self.actor, conversation_id, message_id).await?;
            }
            ClientCommand::ReceiveMessage { conversation_id, message_id } => {
                self.domain.receive_message(&self.actor, conversation_id, message_id).await?;
            }
            ClientCommand::MarkRead { notification_id } => {
                self.domain.set_notification_read(&self.actor, notification_id, true).await?;
            }
            ClientCommand::MarkAllRead => {
                self.domain.read_all_notifications(&self.actor).await?;
            }
            ClientCommand::GetUnreadCount => {
                let unread = self.domain.unread_count(&self.actor).await?;
                self.handle.send(&ServerEvent::UnreadCount(unread));
            }
            ClientCommand::CustomEvent { name, data } => {
                let response = self.domain.answer_custom(&self.actor, name, data).await?;
                self.handle.send(&ServerEvent::CustomResponse(response));
            }
            ClientCommand::UnwatchPosts { post_ids } => self.handle.unwatch_posts(&post_ids),
            ClientCommand::Resume { epoch, offset, conversations } => {
                let resumed = self.handle.resume(&epoch, offset);
                self.visit.resumed(resumed);
                if !resumed {
                    self.tell_changes(&conversations, outlet).await?;
                }
                return Ok(AckResult { resumed: Some(resumed), ..AckResult::default() });
            }
        }
        Ok(AckResult::default())
    }

    /// Writes answers before more of them are made than the queue holds.
    async fn make_room(&mut self, outlet: &mut impl Outlet) -> Result<(), Refused> {
        if self.handle.waiting_bytes() > ANSWERS_MAX_BYTES {
            // A command is under way: what is offered meanwhile is not asked about. People come up again; who asks for
            // posts by name does not need the others any more.
            while let Some((key, _)) = outlet.write_until_offer(&self.handle).await.map_err(Refused::End)? {
                self.unasked.note(key);
            }
        }
        Ok(())
    }

    async fn watch_feed(&mut self, feed: FeedKind) -> DomainResult<()> {
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let topics = self.domain.feed_subscription(&self.actor, feed).await?;
            if self.handle.watch_feed(feed, topics, mark) {
                return Ok(());
            }
        }
        Err(changed_all_the_time())
    }

    async fn watch_people(&mut self, people: Vec<UserId>) -> Result<(), Refused> {
        Domain::check_people(&people)?;
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let known = self.questions.people.ask((self.actor.user_id, people.clone())).await?;
            match self.handle.watch_people(&known, mark) {
                Ok(()) => return Ok(()),
                Err(NotJoined::ReadAgain) => {}
                Err(NotJoined::TooMany) => {
                    let message = format!(
                        "One connection watches at most {WATCHED_PEOPLE_MAX} people. Stop watching some first."
                    );
                    return Err(Refused::Error(ApiError::on_field(ErrorCode::Invalid, "user_ids", message)));
                }
            }
        }
        Err(changed_all_the_time().into())
    }

    async fn watch_posts(
        &mut self,
        post_ids: &[PostId],
        known: &[KnownPost],
        outlet: &mut impl Outlet,
    ) -> Result<AckResult, Refused> {
        let too_many = || {
            let message =
                format!("One connection watches at most {WATCHED_POSTS_MAX} posts. Stop watching some first.");
            Refused::Error(ApiError::on_field(ErrorCode::Invalid, "post_ids", message))
        };
        self.unasked.keep_watching(post_ids);
        self.handle.begin_posts(post_ids).map_err(|_| too_many())?;
        let counts = match self.read_counts(post_ids).await {
            Ok(counts) => counts,
            Err(error) => {
                self.handle.unwatch_posts(post_ids);
                return Err(error.into());
            }
        };
        for post in &counts {
            self.tell_counts(post, known.iter().find(|known| known.post_id == post.post_id));
            self.make_room(outlet).await?;
        }
        let is_gone = |id: &PostId| !counts.iter().any(|post| post.post_id == *id);
        let gone = post_ids.iter().copied().filter(is_gone).collect();
        let watched = counts.iter().map(|post| WatchedPost { post_id: post.post_id, version: post.version }).collect();
        Ok(AckResult { watched, gone, ..AckResult::default() })
    }

    /// The counts of what is visible, from which the subscriptions go on without a gap.
    async fn read_counts(&mut self, post_ids: &[PostId]) -> DomainResult<Vec<PostCounts>> {
        for _ in 0..READ_AGAIN {
            let mark = self.handle.mark();
            let counts = self.domain.watch_posts(&self.actor, post_ids).await?;
            match self.handle.settle_posts(post_ids, &counts, mark) {
                Settled::Current => return Ok(counts),
                Settled::ReadAgain => return self.domain.watch_posts(&self.actor, post_ids).await,
                Settled::BeginAgain => {}
            }
        }
        Err(changed_all_the_time())
    }

    /// Sends the counts that the client does not have. Nobody caused them, so they name the viewer.
    fn tell_counts(&self, post: &PostCounts, known: Option<&KnownPost>) {
        let (post_id, user_id, timestamp) = (post.post_id, self.actor.user_id, self.domain.now());
        if known.is_none_or(|known| known.like_version != post.like_version) {
            self.handle.send(&ServerEvent::LikeUpdate(LikeUpdate {
                post_id,
                comment_id: None,
                like_count: post.like_count,
                version: post.like_version,
                user_id,
                timestamp,
                liked: Some(post.liked),
            }));
        }
        if known.is_none_or(|known| known.comment_version != post.comment_version) {
            self.handle.send(&ServerEvent::CommentUpdate(CommentUpdate {
                post_id,
                comment_count: post.comment_count,
                version: post.comment_version,
                comment: None,
                deleted_comment_id: None,
                timestamp,
            }));
        }
    }
}

/// Why a command was not carried out.
#[derive(Debug)]
pub enum Refused {
    /// The asker is told, and the connection stays.
    Error(ApiError),
    /// The connection ended meanwhile.
    End(End),
}

impl From<DomainError> for Refused {
    fn from(error: DomainError) -> Self {
        Self::Error(error.into())
    }
}

fn changed_all_the_time() -> DomainError {
    DomainError::Unavailable("what may be watched changed every time it was read".into())
}
