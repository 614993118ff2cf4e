//! What each command of the native dialect does.

mod conversations;

use super::{Connection, End};
use crate::{
    protocol::{
        commands::{COMMAND_NAMES, ClientCommand, CommandHead, KnownPost},
        errors::{ApiError, ErrorCode},
        events::{Ack, AckResult, CommentUpdate, ErrorEvent, LikeUpdate, ServerEvent, WatchedPost},
        ids::{PostId, UserId},
        limits::{WATCHED_PEOPLE_MAX, WATCHED_POSTS_MAX},
        views::FeedKind,
    },
    server::{
        domain::{Domain, DomainError, Result as DomainResult, ports::PostCounts},
        realtime::hub::{NotJoined, Settled},
    },
};

/// How often something is read again when it changed while it was read. Each time somebody must follow or unfollow
/// within the same millisecond, so this is not reached in earnest.
const READ_AGAIN: usize = 5;
/// Answers are written before more of them are made than this, so that they never fill the queue, in bytes.
const ANSWERS_MAX_BYTES: usize = 16 * 1024;

/// The `ref` of a frame, if that much can be read.
pub fn reference(frame: &str) -> Option<String> {
    serde_json::from_str::<CommandHead>(frame).ok()?.reference
}

/// Reads a frame in two steps, so that the answer carries the `ref` even when the rest is wrong.
fn parse(frame: &str) -> Result<(ClientCommand, Option<String>), ErrorEvent> {
    let no_command = |cause: &str| {
        ErrorEvent::new(ErrorCode::Malformed, format!("A command is a JSON object with a \"type\": {cause}."))
    };
    // Arrays would be read as well, their items as the fields in order.
    if !frame.trim_start().starts_with('{') {
        return Err(no_command("this is no object"));
    }
    let head: CommandHead = serde_json::from_str(frame).map_err(|cause| no_command(&cause.to_string()))?;
    let refuse = |code, message: String, field: Option<&str>| {
        let error = match field {
            Some(field) => ApiError::on_field(code, field, message),
            None => ApiError::new(code, message),
        };
        ErrorEvent { error, reference: head.reference.clone() }
    };
    if !COMMAND_NAMES.contains(&head.kind.as_str()) {
        let known = COMMAND_NAMES.join(", ");
        let message = format!("There is no command of this type. Hubbub knows: {known}.");
        return Err(refuse(ErrorCode::UnknownType, message, Some("type")));
    }
    match serde_json::from_str(frame) {
        Ok(command) => Ok((command, head.reference)),
        Err(cause) => {
            let message = format!("This {} cannot be read: {cause}.", head.kind);
            Err(refuse(ErrorCode::Malformed, message, None))
        }
    }
}

impl Connection {
    /// Carries out the command in a frame, or says what is wrong with it.
    pub(super) async fn obey(&mut self, frame: &str) -> Result<(), End> {
        let (command, reference) = match parse(frame) {
            Ok(parsed) => parsed,
            Err(event) => return self.fault(event),
        };
        match self.carry_out(command).await {
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

    async fn carry_out(&mut self, command: ClientCommand) -> Result<AckResult, Refused> {
        match command {
            ClientCommand::Ping => self.handle.send(&ServerEvent::Pong { timestamp: self.domain.now() }),
            ClientCommand::WatchFeed { feed } => self.watch_feed(feed).await?,
            ClientCommand::UnwatchFeed { feed } => self.handle.unwatch_feed(feed),
            ClientCommand::WatchPosts { mut post_ids, known } => {
                post_ids.sort_unstable();
                post_ids.dedup();
                return self.watch_posts(&post_ids, &known).await;
            }
            ClientCommand::WatchPeople { user_ids } => self.watch_people(user_ids).await?,
            ClientCommand::UnwatchPeople { user_ids } => self.handle.unwatch_people(&user_ids),
            ClientCommand::SetIdle { is_idle } => self.handle.set_idle(is_idle),
            ClientCommand::SyncConversations { conversations } => self.tell_changes(&conversations).await?,
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
            ClientCommand::UnwatchPosts { post_ids } => self.handle.unwatch_posts(&post_ids),
            ClientCommand::Resume { epoch, offset, conversations } => {
                let resumed = self.handle.resume(&epoch, offset);
                if !resumed {
                    self.tell_changes(&conversations).await?;
                }
                return Ok(AckResult { resumed: Some(resumed), ..AckResult::default() });
            }
        }
        Ok(AckResult::default())
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

    async fn watch_posts(&mut self, post_ids: &[PostId], known: &[KnownPost]) -> Result<AckResult, Refused> {
        let too_many = || {
            let message =
                format!("One connection watches at most {WATCHED_POSTS_MAX} posts. Stop watching some first.");
            Refused::Error(ApiError::on_field(ErrorCode::Invalid, "post_ids", message))
        };
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
            if self.handle.waiting_bytes() > ANSWERS_MAX_BYTES {
                self.write().await.map_err(Refused::End)?;
            }
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
pub(super) enum Refused {
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
