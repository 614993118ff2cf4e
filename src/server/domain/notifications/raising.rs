//! Raising: what a change means for the people it concerns, written with the change itself; and taking it back.

use crate::{
    protocol::{
        ids::{CommentId, ConnectionRequestId, ConversationId, MessageId, NotificationId, OutboxId, PostId, UserId},
        jobs::Application,
        limits::{NOTIFICATION_INTERVAL_MS, QUOTE_MAX_CHARS},
        notifications::{KindPreference, NotificationTarget, Occasion},
        time::Timestamp,
        views::{Entity, EntityKind},
    },
    server::domain::{
        Domain,
        audience::{Surface, may_notify, may_see, may_see_post},
        errors::Result,
        notifications::preferences::default_choice,
        outcome::{LaterWork, Work},
        ports::{AnnouncementRecord, ChangedNotification, NotifyFacts, OutboxRecord, ThingRecord, Tx},
    },
};

/// One thing that concerns one person.
#[derive(Clone, Debug)]
pub struct Raise {
    /// Whom.
    pub recipient: UserId,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Which variety of its kind.
    pub occasion: Occasion,
    /// Things with the same key are one notification until it is read.
    pub group_key: String,
    /// Names the thing: it is counted once.
    pub thing: String,
    /// What takes it along when it is deleted or answered: see [`Domain::withdraw_about`].
    pub about: Option<u64>,
    /// What it leads to.
    pub target: NotificationTarget,
    /// The title of what it is about.
    pub subject: Option<String>,
    /// What was said or liked.
    pub excerpt: Option<String>,
}

impl Raise {
    /// As it is stored: with a fresh id, whether the bell is to show it, and when it happened.
    #[must_use]
    pub fn record(&self, id: NotificationId, shown: bool, at: Timestamp) -> ThingRecord {
        ThingRecord {
            id,
            recipient: self.recipient,
            actor: self.actor,
            occasion: self.occasion,
            group_key: self.group_key.clone(),
            thing: self.thing.clone(),
            about: self.about,
            target: self.target.clone(),
            subject: self.subject.clone(),
            excerpt: self.excerpt.clone(),
            shown,
            at,
        }
    }

    fn new(recipient: UserId, actor: UserId, occasion: Occasion, target: NotificationTarget, excerpt: &str) -> Self {
        Self {
            recipient,
            actor: Some(actor),
            occasion,
            group_key: String::new(),
            thing: String::new(),
            about: None,
            target,
            subject: None,
            excerpt: quote(excerpt),
        }
    }

    /// Somebody likes a post.
    #[must_use]
    pub fn post_liked(author: UserId, actor: UserId, post: PostId, content: &str) -> Self {
        Self {
            group_key: format!("likes:post:{post}"),
            thing: liked_post(post, actor),
            ..Self::new(author, actor, Occasion::PostLiked, of_post(post), content)
        }
    }

    /// Somebody likes a comment.
    #[must_use]
    pub fn comment_liked(author: UserId, actor: UserId, post: PostId, comment: CommentId, content: &str) -> Self {
        Self {
            group_key: format!("likes:comment:{comment}"),
            thing: liked_comment(comment, actor),
            about: Some(comment.get()),
            ..Self::new(author, actor, Occasion::CommentLiked, of_comment(post, comment), content)
        }
    }

    /// Somebody comments on a post.
    #[must_use]
    pub fn commented(author: UserId, actor: UserId, post: PostId, comment: CommentId, content: &str) -> Self {
        Self {
            group_key: format!("comments:post:{post}"),
            thing: format!("comment:{comment}"),
            about: Some(comment.get()),
            ..Self::new(author, actor, Occasion::PostCommented, of_comment(post, comment), content)
        }
    }

    /// Somebody replies to a comment.
    #[must_use]
    pub fn replied(
        author: UserId,
        actor: UserId,
        post: PostId,
        parent: CommentId,
        comment: CommentId,
        content: &str,
    ) -> Self {
        Self {
            group_key: format!("replies:comment:{parent}"),
            thing: format!("comment:{comment}"),
            about: Some(comment.get()),
            ..Self::new(author, actor, Occasion::CommentReplied, of_comment(post, comment), content)
        }
    }

    /// Somebody names people in a post.
    #[must_use]
    pub fn mentioned_in_post(named: UserId, actor: UserId, post: PostId, content: &str) -> Self {
        Self {
            group_key: format!("mention:post:{post}"),
            thing: format!("mention:post:{post}"),
            ..Self::new(named, actor, Occasion::MentionedInPost, of_post(post), content)
        }
    }

    /// Somebody names people in a comment.
    #[must_use]
    pub fn mentioned_in_comment(named: UserId, actor: UserId, post: PostId, comment: CommentId, content: &str) -> Self {
        Self {
            group_key: format!("mention:comment:{comment}"),
            // As the comment itself: who is named in one on their own post is told once.
            thing: format!("comment:{comment}"),
            about: Some(comment.get()),
            ..Self::new(named, actor, Occasion::MentionedInComment, of_comment(post, comment), content)
        }
    }

    /// Somebody names people in a message.
    pub(in crate::server::domain) fn mentioned_in_message(
        named: UserId,
        actor: UserId,
        conversation_id: ConversationId,
        message_id: MessageId,
        content: &str,
    ) -> Self {
        let target = NotificationTarget {
            conversation_id: Some(conversation_id),
            message_id: Some(message_id),
            ..NotificationTarget::default()
        };
        Self {
            group_key: format!("mention:message:{message_id}"),
            thing: format!("mention:message:{message_id}"),
            about: Some(message_id.get()),
            ..Self::new(named, actor, Occasion::MentionedInMessage, target, content)
        }
    }

    /// Somebody follows.
    #[must_use]
    pub fn followed(followee: UserId, follower: UserId) -> Self {
        Self {
            group_key: "follows".to_owned(),
            thing: followed_by(follower),
            ..Self::new(followee, follower, Occasion::Followed, NotificationTarget::default(), "")
        }
    }

    /// The community announces something. It has no actor: the author has it in their bell like everybody else.
    pub(in crate::server::domain) fn announced(person: UserId, announcement: &AnnouncementRecord) -> Self {
        let id = announcement.id;
        let target = NotificationTarget { announcement_id: Some(id), ..NotificationTarget::default() };
        Self {
            actor: None,
            group_key: format!("announcement:{id}"),
            thing: format!("announcement:{id}"),
            about: Some(id.get()),
            subject: Some(announcement.title.clone()),
            ..Self::new(person, person, Occasion::Announced, target, &announcement.content)
        }
    }

    /// Somebody applies for a job.
    pub(in crate::server::domain) fn applied(application: &Application) -> Self {
        Self {
            group_key: format!("applications:{}", application.job_id),
            thing: format!("application:{}", application.application_id),
            about: Some(application.application_id.get()),
            subject: Some(application.job_title.clone()),
            ..Self::new(application.poster.id, application.user_id, Occasion::Applied, of_application(application), "")
        }
    }

    /// Whoever posted a job moves an application for it.
    pub(in crate::server::domain) fn application_moved(application: &Application) -> Self {
        let Application { application_id, version, .. } = application;
        Self {
            group_key: format!("application:{application_id}"),
            thing: format!("application:{application_id}:{version}"),
            about: Some(application_id.get()),
            subject: Some(application.job_title.clone()),
            ..Self::new(
                application.user_id,
                application.poster.id,
                Occasion::ApplicationMoved,
                of_application(application),
                application.stage.words(),
            )
        }
    }

    /// Somebody asks to connect ([`Occasion::ConnectionAsked`]), or accepted what the recipient asked. Answering or
    /// withdrawing the request withdraws it: [`Domain::withdraw_about`] with the id of the request.
    #[must_use]
    pub fn connection(recipient: UserId, actor: UserId, occasion: Occasion, request_id: ConnectionRequestId) -> Self {
        let target = NotificationTarget { request_id: Some(request_id), ..NotificationTarget::default() };
        let asked = occasion == Occasion::ConnectionAsked;
        Self {
            group_key: format!("connection:{request_id}:{}", if asked { "asked" } else { "accepted" }),
            thing: format!("connection:{request_id}:{}", if asked { "asked" } else { "accepted" }),
            about: asked.then(|| request_id.get()),
            ..Self::new(recipient, actor, occasion, target, "")
        }
    }

    /// Somebody tries out their own notifications.
    pub(super) fn tested(person: UserId, id: u64, text: &str) -> Self {
        Self {
            actor: None,
            group_key: format!("test:{id}"),
            thing: format!("test:{id}"),
            // The whole text, as it was given.
            excerpt: Some(text.to_owned()),
            ..Self::new(person, person, Occasion::Tested, NotificationTarget::default(), "")
        }
    }
}

/// Names a like of a post among the things of its author.
pub(in crate::server::domain) fn liked_post(post: PostId, by: UserId) -> String {
    format!("like:post:{post}:{by}")
}

/// Names a like of a comment among the things of its author.
pub(in crate::server::domain) fn liked_comment(comment: CommentId, by: UserId) -> String {
    format!("like:comment:{comment}:{by}")
}

/// Names a follow among the things of who is followed.
pub(in crate::server::domain) fn followed_by(follower: UserId) -> String {
    format!("follow:{follower}")
}

fn of_post(post_id: PostId) -> NotificationTarget {
    NotificationTarget { post_id: Some(post_id), ..NotificationTarget::default() }
}

fn of_comment(post_id: PostId, comment_id: CommentId) -> NotificationTarget {
    NotificationTarget { post_id: Some(post_id), comment_id: Some(comment_id), ..NotificationTarget::default() }
}

fn of_application(application: &Application) -> NotificationTarget {
    NotificationTarget {
        job_id: Some(application.job_id),
        application_id: Some(application.application_id),
        ..NotificationTarget::default()
    }
}

/// The beginning of a text, on one line.
fn quote(text: &str) -> Option<String> {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let quoted: String = line.chars().take(QUOTE_MAX_CHARS).collect();
    (!quoted.is_empty()).then_some(quoted)
}

impl Domain {
    /// Raises what a change means for people, in the change's own transaction, after all else that it changes. The caller
    /// commits, publishes and then calls [`Domain::kick`].
    ///
    /// Of several for one recipient the first that they want is raised: so the order says what concerns them most. Nothing
    /// is raised for one's own act, for who must not know, and for who does not want it.
    pub(in crate::server::domain) async fn raise(&self, tx: &mut (dyn Tx + '_), mut all: Vec<Raise>) -> Result<()> {
        // Bells are held in the order of their owners; the sort keeps what stands first for one of them first.
        all.sort_by_key(|raise| raise.recipient);
        let mut settled = None;
        for raise in all {
            if settled != Some(raise.recipient) && self.raise_one(tx, &raise).await? {
                settled = Some(raise.recipient);
            }
        }
        Ok(())
    }

    /// Whether it is raised, now or earlier.
    async fn raise_one(&self, tx: &mut (dyn Tx + '_), raise: &Raise) -> Result<bool> {
        if raise.actor == Some(raise.recipient) {
            return Ok(false);
        }
        let kind = raise.occasion.kind();
        let facts = tx.notify_facts(raise.recipient, raise.actor, kind).await?;
        let Some(choice) = wanted(&facts, raise.occasion) else { return Ok(false) };
        if let Some(by) = raise.actor
            && !may_see(&tx.relation(raise.recipient, by).await?.unwrap_or_default(), Surface::Notice)
        {
            return Ok(false);
        }
        if !self.may_know(tx, raise).await? {
            return Ok(false);
        }
        tx.hold_bell(raise.recipient).await?;
        let thing = raise.record(NotificationId::new(self.next_id()), choice.in_app, self.now());
        let changed = tx.raise(&thing).await?;
        self.promise_to_tell(tx, changed).await?;
        Ok(true)
    }

    /// Whether the recipient may see the post that it leads to, and has not muted it.
    async fn may_know(&self, tx: &mut (dyn Tx + '_), raise: &Raise) -> Result<bool> {
        let Some(post) = raise.target.post_id else { return Ok(true) };
        let facts = tx.post_facts(post, raise.recipient).await?;
        Ok(facts.is_some_and(|facts| may_see_post(&facts)) && !tx.post_muted(raise.recipient, post).await?)
    }

    /// Promises that changed notifications are told: at once, or when the last telling is long enough ago.
    pub(in crate::server::domain) async fn promise_to_tell(
        &self,
        tx: &mut (dyn Tx + '_),
        changed: impl IntoIterator<Item = ChangedNotification>,
    ) -> Result<()> {
        let now = self.now();
        for ChangedNotification { id, user_id, told_at } in changed {
            let interval = std::time::Duration::from_millis(NOTIFICATION_INTERVAL_MS);
            let due = told_at.map_or(now, |told_at| told_at.plus(interval).max(now));
            let work = Work::Later(LaterWork::Tell { notification_id: id, user_id });
            self.promise(tx, work, due).await?;
        }
        Ok(())
    }

    /// Promises work in the transaction that makes it necessary.
    pub(in crate::server::domain) async fn promise(
        &self,
        tx: &mut (dyn Tx + '_),
        work: Work,
        due: Timestamp,
    ) -> Result<()> {
        self.promise_all(tx, [work], due).await
    }

    /// Promises all of this.
    pub(in crate::server::domain) async fn promise_all(
        &self,
        tx: &mut (dyn Tx + '_),
        works: impl IntoIterator<Item = Work>,
        due: Timestamp,
    ) -> Result<()> {
        let created_at = self.now();
        let entry = |work| OutboxRecord { id: OutboxId::new(self.next_id()), work, created_at, attempts: 0 };
        let entries: Vec<OutboxRecord> = works.into_iter().map(entry).collect();
        Ok(tx.insert_outbox(&entries, due).await?)
    }

    /// One thing is taken back: a like, a follow.
    pub(in crate::server::domain) async fn withdraw(
        &self,
        tx: &mut (dyn Tx + '_),
        recipient: UserId,
        thing: &str,
    ) -> Result<()> {
        tx.hold_bell(recipient).await?;
        let changed = tx.withdraw(recipient, thing, self.now()).await?;
        self.promise_to_tell(tx, changed).await
    }

    /// Everything about a comment, a message or a request is gone.
    pub(in crate::server::domain) async fn withdraw_about(
        &self,
        tx: &mut (dyn Tx + '_),
        about: u64,
        at: Timestamp,
    ) -> Result<()> {
        self.set_gone(tx, about, None, Some(at)).await
    }

    /// What was gone with a comment at this moment is back, where it was, without being news.
    pub(in crate::server::domain) async fn restore_about(
        &self,
        tx: &mut (dyn Tx + '_),
        about: u64,
        gone_at: Timestamp,
    ) -> Result<()> {
        self.set_gone(tx, about, Some(gone_at), None).await
    }

    async fn set_gone(
        &self,
        tx: &mut (dyn Tx + '_),
        about: u64,
        from: Option<Timestamp>,
        gone_at: Option<Timestamp>,
    ) -> Result<()> {
        for person in tx.concerned_by(about, from).await? {
            tx.hold_bell(person).await?;
        }
        let changed = tx.set_gone_about(about, from, gone_at).await?;
        self.promise_to_tell(tx, changed).await
    }

    /// All that leads to a post is removed, or what was removed with it at the moment `from` is back.
    pub(in crate::server::domain) async fn set_removed_with_post(
        &self,
        tx: &mut (dyn Tx + '_),
        post: PostId,
        from: Option<Timestamp>,
        removed_at: Option<Timestamp>,
    ) -> Result<()> {
        for person in tx.concerned_by_post(post, from).await? {
            tx.hold_bell(person).await?;
        }
        let changed = tx.set_removed_with_post(post, from, removed_at).await?;
        self.promise_to_tell(tx, changed).await
    }

    /// What either of two did to the other is gone: one blocked the other.
    pub(in crate::server::domain) async fn withdraw_between(
        &self,
        tx: &mut (dyn Tx + '_),
        one: UserId,
        other: UserId,
    ) -> Result<()> {
        let (low, high) = (one.min(other), one.max(other));
        tx.hold_bell(low).await?;
        tx.hold_bell(high).await?;
        for (person, actor) in [(low, high), (high, low)] {
            let changed = tx.set_gone_between(person, actor, self.now()).await?;
            self.promise_to_tell(tx, changed).await?;
        }
        Ok(())
    }
}

/// How the recipient wants to be told, if they may and want to at all.
pub(super) fn wanted(facts: &NotifyFacts, occasion: Occasion) -> Option<KindPreference> {
    let choice = facts.choice.unwrap_or_else(|| default_choice(occasion.kind()));
    may_notify(facts, occasion, &choice).then_some(choice)
}

/// The people named in a text, by username.
pub(in crate::server::domain) fn named(entities: &[Entity]) -> Vec<String> {
    let mut names: Vec<String> = entities
        .iter()
        .filter_map(|entity| match &entity.kind {
            EntityKind::Mention { username } => Some(username.clone()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
