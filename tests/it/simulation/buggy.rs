//! A store with one bug in it, to show that the simulation would find it: everything goes to the real store, but for what
//! the bug touches.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use hubbub::{
    protocol::{
        announcements::{Reach, Recipients},
        conversations::{
            Conversation, ConversationBox, ConversationItem, HeldConversation, Membership, MessageView, Reaction,
            Standing,
        },
        events::UnreadConversation,
        ids::{
            AnnouncementId, ApplicationId, AttachmentId, CommentId, ConversationId, ImageId, JobId, MessageId,
            NotificationId, OutboxId, PostId, PushDeviceId, SessionId, UserId,
        },
        jobs::{Application, JobSearch, JobView, Stage},
        notifications::{
            Channel, Delivery, EmailTiming, KindPreference, NotificationFilter, NotificationKind, NotificationStatus,
        },
        time::Timestamp,
        views::{
            CommentView, ConnectionState, Entity, ManagedPerson, PersonItem, PersonRef, PostView, Privacy, Profile,
            Role, Suspension, WaitingRequests,
        },
    },
    server::domain::{audience::Relation, ports::*},
};

/// A mistake that somebody could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// What was sent before is stored again.
    SkipsTheDedupe,
    /// Two changes share one entry of the log.
    GivesAnEntryTwice,
    /// The log has holes.
    LeavesGaps,
    /// A message is not counted.
    CountsNoMessages,
    /// The answer goes out, and the transaction does not.
    AcknowledgesBeforeTheCommit,
    /// Who was removed is still told everything.
    KeepsThoseWhoWereRemoved,
    /// Somebody in the conversation is told nothing.
    ForgetsTheLastMember,
    /// A client that was away is not told what it missed.
    SaysThatNothingWasMissed,
    /// Edits, deletions and reactions are not part of what was missed.
    ResumesOnlyNewMessages,
    /// An edit is told and not stored.
    LosesEdits,
    /// More counts as read than was.
    ReadsOneTooMany,
    /// A new member sees what was said before they came.
    ShowsWhatWasSaidBefore,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SkipsTheDedupe,
        Self::GivesAnEntryTwice,
        Self::LeavesGaps,
        Self::CountsNoMessages,
        Self::AcknowledgesBeforeTheCommit,
        Self::KeepsThoseWhoWereRemoved,
        Self::ForgetsTheLastMember,
        Self::SaysThatNothingWasMissed,
        Self::ResumesOnlyNewMessages,
        Self::LosesEdits,
        Self::ReadsOneTooMany,
        Self::ShowsWhatWasSaidBefore,
    ];
}

/// The store, or one of its transactions, with a bug or without.
pub struct Buggy<T: ?Sized> {
    pub bug: Option<Bug>,
    /// How many transactions were begun: some bugs show only now and then.
    pub begun: Arc<AtomicU64>,
    pub real: Box<T>,
}

/// The store of a simulated server.
pub struct BuggyStore {
    pub bug: Option<Bug>,
    pub begun: Arc<AtomicU64>,
    pub real: Arc<dyn Store>,
}

#[async_trait]
impl Store for BuggyStore {
    async fn read(&self) -> Stored<Box<dyn Read>> {
        Ok(Box::new(Buggy { bug: self.bug, begun: Arc::clone(&self.begun), real: self.real.read().await? }))
    }

    async fn begin(&self) -> Stored<Box<dyn Tx>> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Buggy { bug: self.bug, begun: Arc::clone(&self.begun), real: self.real.begin().await? }))
    }

    fn writers(&self) -> usize {
        self.real.writers()
    }

    async fn probe(&self) -> Stored<()> {
        self.real.probe().await
    }

    fn activity(&self) -> Activity {
        self.real.activity()
    }
}

#[async_trait]
impl Tx for Buggy<dyn Tx> {
    async fn commit(self: Box<Self>) -> Stored<()> {
        if self.bug == Some(Bug::AcknowledgesBeforeTheCommit) && self.begun.load(Ordering::Relaxed).is_multiple_of(4) {
            return Ok(());
        }
        self.real.commit().await
    }
}

macro_rules! forward {
    ($kind:ident $trait:ident { $($name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)* } $($raw:tt)*) => {
        forward!(@ $kind $trait $($raw)* $(
            async fn $name(&mut self, $($arg: $ty),*) -> $ret {
                self.real.$name($($arg),*).await
            }
        )*);
    };
    (@ read $trait:ident $($body:tt)*) => {
        #[async_trait]
        impl<T: Read + ?Sized> $trait for Buggy<T> {
            $($body)*
        }
    };
    (@ write $trait:ident $($body:tt)*) => {
        #[async_trait]
        impl $trait for Buggy<dyn Tx> {
            $($body)*
        }
    };
}

forward! {
    read PeopleRead {
        person(id: UserId) -> Stored<Option<PersonRecord>>;
        person_by_username(username: &str) -> Stored<Option<PersonRecord>>;
        person_by_email(email: &str) -> Stored<Option<PersonRecord>>;
        profile(id: UserId, viewer: UserId) -> Stored<Option<Profile>>;
        count_people() -> Stored<u64>;
        search_people(viewer: UserId, query: &str, after: Option<&str>, limit: usize) -> Stored<Vec<PersonItem>>;
        people_to_follow(viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>>;
        existing_usernames(by: UserId, usernames: &[String]) -> Stored<Vec<String>>;
        person_ref(id: UserId) -> Stored<Option<PersonRef>>;
        presence(asked: &[(UserId, Vec<UserId>)]) -> Stored<Vec<Vec<PresenceRecord>>>;
        privacy(id: UserId) -> Stored<Option<Privacy>>;
    }
}

forward! {
    write PeopleWrite {
        insert_person(person: &PersonRecord) -> Stored<()>;
        update_profile(id: UserId, full_name: &str, bio: &str) -> Stored<()>;
        set_password_hash(id: UserId, hash: &str) -> Stored<()>;
        set_last_seen(id: UserId, at: Timestamp) -> Stored<()>;
        set_privacy(id: UserId, privacy: Privacy) -> Stored<()>;
        set_avatar(id: UserId, avatar: Option<ImageId>) -> Stored<()>;
    }
}

forward! {
    read SessionsRead {
        session(id: SessionId) -> Stored<Option<SessionRecord>>;
        sessions_of(user: UserId) -> Stored<Vec<SessionRecord>>;
        refresh_token(hash: &str) -> Stored<Option<RefreshRecord>>;
        sessions_ended_since(since: Timestamp) -> Stored<Vec<SessionId>>;
    }
}

forward! {
    write SessionsWrite {
        insert_session(session: &SessionRecord) -> Stored<()>;
        touch_session(id: SessionId, at: Timestamp, address: &str) -> Stored<()>;
        end_session(id: SessionId, at: Timestamp) -> Stored<bool>;
        end_sessions_of(user: UserId, except: Option<SessionId>, at: Timestamp) -> Stored<Vec<SessionId>>;
        insert_refresh_token(token: &RefreshRecord) -> Stored<()>;
        spend_refresh_token(hash: &str, at: Timestamp) -> Stored<bool>;
        purge_sessions(ended_before: Timestamp, unseen_before: Timestamp) -> Stored<u64>;
    }
}

forward! {
    read PostsRead {
        post_facts_of(asked: &[(PostId, UserId)]) -> Stored<Vec<Option<PostFacts>>>;
        post(id: PostId, viewer: UserId) -> Stored<Option<PostView>>;
        posts(viewer: UserId, filter: &PostFilter, before: Option<PostId>, limit: usize) -> Stored<Vec<PostView>>;
        post_counts(viewer: UserId, ids: &[PostId]) -> Stored<Vec<PostCounts>>;
        post_by_client_id(author: UserId, client_id: &str) -> Stored<Option<PostId>>;
    }
}

forward! {
    write PostsWrite {
        insert_post(post: &PostRecord) -> Stored<()>;
        update_post(id: PostId, content: &str, entities: &[Entity], at: Timestamp) -> Stored<u64>;
        set_post_deleted(id: PostId, at: Option<Timestamp>) -> Stored<u64>;
        purge_posts(before: Timestamp, limit: usize) -> Stored<Vec<ImageId>>;
    }
}

forward! {
    write LikesWrite {
        set_likes(likes: &[LikeRecord], at: Timestamp) -> Stored<Vec<LikeChange>>;
        likes_post(post: PostId, by: UserId) -> Stored<bool>;
    }
}

forward! {
    read CommentsRead {
        comment_facts(id: CommentId) -> Stored<Option<CommentFacts>>;
        comment(id: CommentId, viewer: UserId) -> Stored<Option<CommentView>>;
        comments(post: PostId, viewer: UserId, before: Option<CommentId>, limit: usize, replies: usize) -> Stored<Vec<CommentView>>;
        replies(parent: CommentId, viewer: UserId, before: Option<CommentId>, limit: usize) -> Stored<Vec<CommentView>>;
        comment_by_client_id(author: UserId, client_id: &str) -> Stored<Option<CommentId>>;
    }
}

forward! {
    write CommentsWrite {
        insert_comment(comment: &CommentRecord) -> Stored<CommentCount>;
        set_comment_deleted(id: CommentId, at: Option<Timestamp>) -> Stored<CommentCount>;
    }
}

forward! {
    read FollowsRead {
        follows(follower: UserId, followee: UserId) -> Stored<bool>;
        count_following(follower: UserId) -> Stored<u64>;
        followers(of: UserId, viewer: UserId, before: Option<u64>, limit: usize) -> Stored<Vec<(u64, PersonItem)>>;
        following(of: UserId, viewer: UserId, before: Option<u64>, limit: usize) -> Stored<Vec<(u64, PersonItem)>>;
    }
}

forward! {
    write FollowsWrite {
        insert_follow(follower: UserId, followee: UserId, cursor: u64, at: Timestamp) -> Stored<bool>;
        delete_follow(follower: UserId, followee: UserId) -> Stored<bool>;
    }
}

forward! {
    read ImagesRead {
        image(id: ImageId) -> Stored<Option<ImageRecord>>;
    }
}

forward! {
    write ImagesWrite {
        insert_image(image: &ImageRecord) -> Stored<()>;
        attach_image(id: ImageId, owner: UserId, post: PostId, position: usize, alt: &str) -> Stored<bool>;
        purge_images(before: Timestamp, limit: usize) -> Stored<Vec<ImageId>>;
    }
}

forward! {
    read OutboxRead {
        outbox_depth() -> Stored<(u64, Option<Timestamp>)>;
        outbox_due() -> Stored<Option<Timestamp>>;
    }
}

forward! {
    write OutboxWrite {
        insert_outbox(entries: &[OutboxRecord], due: Timestamp) -> Stored<()>;
        lease_outbox(now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<OutboxRecord>>;
        finish_outbox(ids: &[OutboxId]) -> Stored<()>;
        lend_number(holder: &str, now: Timestamp, until: Timestamp) -> Stored<Option<u8>>;
    }
}

forward! {
    read NotificationsRead {
        notifications(user: UserId, filter: NotificationFilter, before: Option<u64>, limit: usize) -> Stored<Vec<NotificationRecord>>;
        notification(user: UserId, id: NotificationId) -> Stored<Option<NotificationRecord>>;
        bell(user: UserId) -> Stored<BellRecord>;
        notify_facts(recipient: UserId, actor: Option<UserId>, kind: NotificationKind) -> Stored<NotifyFacts>;
        notification_settings(user: UserId) -> Stored<Option<NotificationSettings>>;
        notification_choices(user: UserId) -> Stored<Vec<KindPreference>>;
        unread_members(id: ConversationId) -> Stored<Vec<UnreadMember>>;
        unread_messages(id: ConversationId, reader: UserId, read_number: u64) -> Stored<Option<UnreadMessages>>;
        people_named(usernames: &[String]) -> Stored<Vec<UserId>>;
        open_messages(user: UserId, id: ConversationId) -> Stored<Option<NotificationId>>;
    }
}

forward! {
    write NotificationsWrite {
        hold_bell(user: UserId) -> Stored<BellRecord>;
        raise(thing: &ThingRecord) -> Stored<Option<ChangedNotification>>;
        withdraw(user: UserId, thing: &str, at: Timestamp) -> Stored<Option<ChangedNotification>>;
        concerned_by(about: u64, gone_at: Option<Timestamp>) -> Stored<Vec<UserId>>;
        set_gone_about(about: u64, from: Option<Timestamp>, gone_at: Option<Timestamp>) -> Stored<Vec<ChangedNotification>>;
        set_gone_between(user: UserId, actor: UserId, at: Timestamp) -> Stored<Vec<ChangedNotification>>;
        concerned_by_post(post: PostId, removed_at: Option<Timestamp>) -> Stored<Vec<UserId>>;
        set_removed_with_post(post: PostId, from: Option<Timestamp>, removed_at: Option<Timestamp>) -> Stored<Vec<ChangedNotification>>;
        raise_messages(messages: &MessagesRecord) -> Stored<Option<ChangedNotification>>;
        tell(id: NotificationId, at: Timestamp) -> Stored<Option<ToldNotification>>;
        set_read_notification(user: UserId, id: NotificationId, read_at: Option<Timestamp>) -> Stored<Option<BellRecord>>;
        read_all(user: UserId, at: Timestamp) -> Stored<Option<AllChanged>>;
        undo_read_all(user: UserId, at: Timestamp) -> Stored<Option<AllChanged>>;
        set_notification_settings(user: UserId, settings: &NotificationSettings) -> Stored<()>;
        set_notification_choice(user: UserId, choice: &KindPreference) -> Stored<()>;
        purge_notifications(before: Timestamp, limit: usize) -> Stored<u64>;
    }
}

forward! {
    read LettersRead {
        letter_recipient(user: UserId) -> Stored<Option<LetterRecipient>>;
        letter_due() -> Stored<Option<Timestamp>>;
        waiting_for_letter(user: UserId, timing: EmailTiming, limit: usize) -> Stored<Vec<NotificationRecord>>;
        deliveries(channel: Channel, status: Option<NotificationStatus>, before: Option<NotificationId>, limit: usize) -> Stored<Vec<Delivery>>;
    }
}

forward! {
    write LettersWrite {
        queue_delivery(notification: NotificationId, user: UserId, channel: Channel, timing: EmailTiming, at: Timestamp) -> Stored<bool>;
        promise_letter(user: UserId, purpose: LetterPurpose, due: Timestamp) -> Stored<()>;
        lease_letters(now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DueLetter>>;
        lay_letter_aside(letter: &DueLetter, until: Timestamp) -> Stored<()>;
        claim_letter(letter: &DueLetter, lease_until: Timestamp) -> Stored<Option<ClaimedLetter>>;
        finish_letter(letter: &ClaimedLetter, again: Timestamp) -> Stored<()>;
        put_off_letter(letter: &ClaimedLetter, due: Timestamp, attempts: u32) -> Stored<()>;
        settle_deliveries(notifications: &[NotificationId], channel: Channel, status: NotificationStatus, reason: Option<&str>, at: Timestamp) -> Stored<()>;
        settle_read_deliveries(user: UserId, at: Timestamp) -> Stored<()>;
        wish_for_reset(email: &str, at: Timestamp) -> Stored<()>;
        take_reset_wishes(limit: usize) -> Stored<Vec<String>>;
        insert_link_key(hash: &str, user: UserId, purpose: LetterPurpose, expires_at: Timestamp) -> Stored<()>;
        take_link_key(hash: &str, purpose: LetterPurpose, now: Timestamp) -> Stored<Option<UserId>>;
        confirm_email(user: UserId, at: Timestamp) -> Stored<()>;
        purge_link_keys(before: Timestamp) -> Stored<u64>;
    }
}

forward! {
    read PushesRead {
        push_devices(user: UserId) -> Stored<Vec<PushDeviceRecord>>;
        push_device(id: PushDeviceId) -> Stored<Option<PushDeviceRecord>>;
        push_due() -> Stored<Option<Timestamp>>;
    }
}

forward! {
    write PushesWrite {
        save_push_device(device: &PushDeviceRecord) -> Stored<PushDeviceId>;
        forget_push_device(id: PushDeviceId, reason: &str, at: Timestamp) -> Stored<()>;
        queue_push(notification: NotificationId, user: UserId, at: Timestamp) -> Stored<bool>;
        lease_pushes(now: Timestamp, lease_until: Timestamp, limit: usize) -> Stored<Vec<DuePush>>;
        lay_push_aside(push: &DuePush, until: Timestamp) -> Stored<()>;
        claim_push(push: &DuePush, lease_until: Timestamp) -> Stored<Option<DuePush>>;
        finish_push(push: &DuePush, delivered_at: Option<Timestamp>) -> Stored<()>;
        put_off_push(push: &DuePush, until: Timestamp) -> Stored<()>;
        rest_push_device(push: &DuePush, until: Timestamp) -> Stored<()>;
        settle_push(notification: NotificationId, status: NotificationStatus, reason: Option<&str>, at: Timestamp) -> Stored<bool>;
        drop_push(notification: NotificationId) -> Stored<()>;
    }
}

forward! {
    write IdempotencyWrite {
        remembered_answer(user: UserId, key: &str) -> Stored<Option<String>>;
        remember_answer(user: UserId, key: &str, answer: &str, at: Timestamp) -> Stored<()>;
        purge_answers(before: Timestamp) -> Stored<u64>;
    }
}

forward! {
    read ConversationsRead {
        conversation_facts(id: ConversationId, viewer: UserId) -> Stored<Option<ConversationFacts>>;
        conversation(id: ConversationId, viewer: UserId) -> Stored<Option<ConversationItem>>;
        shared_conversation(id: ConversationId) -> Stored<Option<Conversation>>;
        seats(asked: &[(UserId, ConversationId)]) -> Stored<Vec<Option<SeatRecord>>>;
        membership(id: ConversationId, user: UserId) -> Stored<Option<Membership>>;
        conversations(viewer: UserId, of: ConversationBox, query: &str, before: Option<u64>, limit: usize) -> Stored<Vec<(u64, ConversationItem)>>;
        pinned_conversations(viewer: UserId) -> Stored<Vec<ConversationItem>>;
        direct_conversation(one: UserId, other: UserId) -> Stored<Option<ConversationId>>;
        conversation_by_client_id(creator: UserId, client_id: &str) -> Stored<Option<ConversationId>>;
        unread_counts(viewer: UserId) -> Stored<Vec<UnreadConversation>>;
        count_requests(viewer: UserId) -> Stored<u64>;
    }
    async fn members_of(&mut self, ids: &[ConversationId]) -> Stored<HashMap<ConversationId, Vec<MemberRecord>>> {
        let mut members = self.real.members_of(ids).await?;
        if self.bug == Some(Bug::ForgetsTheLastMember) {
            for members in members.values_mut() {
                members.pop();
            }
        }
        Ok(members)
    }

    async fn conversations_ahead(
        &mut self,
        viewer: UserId,
        held: &[HeldConversation],
    ) -> Stored<Vec<(HeldConversation, ConversationFacts)>> {
        let ahead = self.real.conversations_ahead(viewer, held).await?;
        Ok(if self.bug == Some(Bug::SaysThatNothingWasMissed) { Vec::new() } else { ahead })
    }
}

forward! {
    write ConversationsWrite {
        insert_conversation(conversation: &ConversationRecord) -> Stored<()>;
        hold_conversations(ids: &[ConversationId]) -> Stored<()>;
        put_member(id: ConversationId, member: &MemberRecord, at: Timestamp) -> Stored<()>;
        set_admin(id: ConversationId, user: UserId) -> Stored<()>;
        set_title(id: ConversationId, title: &str) -> Stored<()>;
        set_group_picture(id: ConversationId, picture: Option<ImageId>) -> Stored<()>;
        count_change(id: ConversationId) -> Stored<u64>;
        set_delivered(id: ConversationId, user: UserId, number: u64) -> Stored<bool>;
        change_membership(id: ConversationId, user: UserId, muted: Option<bool>, pinned: Option<bool>, draft: Option<&str>) -> Stored<bool>;
    }
    async fn set_standing(&mut self, id: ConversationId, user: UserId, standing: Standing) -> Stored<u64> {
        if self.bug == Some(Bug::KeepsThoseWhoWereRemoved) && standing == Standing::Left {
            return Ok(1);
        }
        self.real.set_standing(id, user, standing).await
    }

    async fn next_entries(&mut self, of: &[(ConversationId, bool)]) -> Stored<Vec<Entry>> {
        let mut entries = self.real.next_entries(of).await?;
        for (entry, (id, is_message)) in entries.iter_mut().zip(of) {
            match self.bug {
                // Edits and reactions then hide behind the entry before.
                Some(Bug::GivesAnEntryTwice) if !is_message => entry.seq -= 1,
                Some(Bug::LeavesGaps) if entry.seq.is_multiple_of(5) => {
                    *entry = self.real.next_entry(*id, *is_message).await?;
                }
                Some(Bug::CountsNoMessages) => entry.number -= u64::from(*is_message),
                _ => {}
            }
        }
        Ok(entries)
    }

    async fn set_all_read(&mut self, read: &[ReadUpTo]) -> Stored<Vec<(ConversationId, UserId)>> {
        let more = u64::from(self.bug == Some(Bug::ReadsOneTooMany));
        let read = read.iter().map(|read| ReadUpTo { number: read.number + more, ..*read });
        self.real.set_all_read(&read.collect::<Vec<_>>()).await
    }
}

forward! {
    read MessagesRead {
        message_facts(id: MessageId) -> Stored<Option<MessageFacts>>;
        messages_by_id(ids: &[MessageId]) -> Stored<Vec<MessageView>>;
        reactions(id: MessageId) -> Stored<Vec<Reaction>>;
    }
    async fn speakers(&mut self, asked: &[Speaker]) -> Stored<Vec<SpeakerFacts>> {
        let mut found = self.real.speakers(asked).await?;
        if self.bug == Some(Bug::SkipsTheDedupe) {
            found.iter_mut().for_each(|facts| facts.sent_before = None);
        }
        Ok(found)
    }

    async fn messages(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<MessageView>> {
        let from_seq = if self.bug == Some(Bug::ShowsWhatWasSaidBefore) { 0 } else { from_seq };
        self.real.messages(id, from_seq, before, limit).await
    }

    async fn messages_changed(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        after: u64,
        limit: usize,
    ) -> Stored<Vec<MessageView>> {
        let mut changed = self.real.messages_changed(id, from_seq, after, limit).await?;
        if self.bug == Some(Bug::ResumesOnlyNewMessages) {
            changed.retain(|message| message.seq > after);
        }
        Ok(changed)
    }
}

forward! {
    write MessagesWrite {
        delete_message(id: MessageId, at: Timestamp, revision: u64) -> Stored<()>;
        set_reaction(id: MessageId, by: UserId, emoji: &str, on: bool, at: Timestamp) -> Stored<bool>;
        set_revision(id: MessageId, revision: u64) -> Stored<()>;
    }
    async fn insert_messages(&mut self, messages: &[MessageRecord]) -> Stored<()> {
        let mut messages = messages.to_vec();
        if self.bug == Some(Bug::SkipsTheDedupe) {
            // Without their keys, nothing in the database keeps the second copy out.
            messages.iter_mut().for_each(|message| message.client_id = None);
        }
        self.real.insert_messages(&messages).await
    }

    async fn update_message(
        &mut self,
        id: MessageId,
        content: &str,
        entities: &[Entity],
        at: Timestamp,
        revision: u64,
    ) -> Stored<()> {
        if self.bug == Some(Bug::LosesEdits) {
            return self.real.set_revision(id, revision).await;
        }
        self.real.update_message(id, content, entities, at, revision).await
    }
}

forward! {
    read AttachmentsRead {
        attachment(id: AttachmentId) -> Stored<Option<AttachmentRecord>>;
        attachment_by_client_id(owner: UserId, client_id: &str) -> Stored<Option<AttachmentRecord>>;
    }
}

forward! {
    write AttachmentsWrite {
        insert_attachment(attachment: &AttachmentRecord) -> Stored<()>;
        claim_attachment(id: AttachmentId, owner: UserId, carrier: Carrier) -> Stored<bool>;
        discard_attachment(id: AttachmentId, owner: UserId) -> Stored<bool>;
        discard_attachment_of(message: MessageId) -> Stored<Option<AttachmentId>>;
        purge_attachments(before: Timestamp, limit: usize) -> Stored<Vec<AttachmentId>>;
    }
}

forward! {
    read AnnouncementsRead {
        announcement(id: AnnouncementId) -> Stored<Option<AnnouncementRecord>>;
        announcements(told_to: Option<UserId>, now: Timestamp, before: Option<AnnouncementId>, limit: usize) -> Stored<Vec<AnnouncementRecord>>;
        unread_announcement(user: UserId, now: Timestamp) -> Stored<Option<(AnnouncementRecord, NotificationId)>>;
        announcement_by_client_id(author: UserId, client_id: &str) -> Stored<Option<AnnouncementId>>;
        recipients(of: Recipients, starts_at: Timestamp, after: UserId, limit: usize) -> Stored<Vec<UserId>>;
        count_recipients(of: Recipients, starts_at: Timestamp) -> Stored<u64>;
        reach(id: AnnouncementId, over_at: Timestamp) -> Stored<Reach>;
        unread_of_announcement_by(user: UserId, id: AnnouncementId) -> Stored<Option<NotificationId>>;
        unread_of_announcement(id: AnnouncementId, limit: usize) -> Stored<Vec<(UserId, NotificationId)>>;
    }
}

forward! {
    write AnnouncementsWrite {
        insert_announcement(announcement: &NewAnnouncementRecord) -> Stored<()>;
        end_announcement(id: AnnouncementId, at: Timestamp) -> Stored<()>;
    }
}

forward! {
    read JobsRead {
        job_facts(id: JobId, viewer: UserId) -> Stored<Option<JobFacts>>;
        job(id: JobId, viewer: UserId, now: Timestamp) -> Stored<Option<JobView>>;
        jobs(viewer: UserId, search: &JobSearch, now: Timestamp, before: Option<JobId>, limit: usize) -> Stored<Vec<JobView>>;
        job_by_client_id(poster: UserId, client_id: &str) -> Stored<Option<JobId>>;
        count_open_jobs(poster: UserId, now: Timestamp) -> Stored<u64>;
        application_facts(id: ApplicationId) -> Stored<Option<ApplicationFacts>>;
        application_of(job: JobId, applicant: UserId) -> Stored<Option<ApplicationFacts>>;
        application(id: ApplicationId) -> Stored<Option<Application>>;
        applications(job: JobId, before: Option<ApplicationId>, limit: usize) -> Stored<Vec<Application>>;
    }
}

forward! {
    write JobsWrite {
        insert_job(job: &JobRecord) -> Stored<()>;
        update_job(id: JobId, text: &JobText, at: Timestamp) -> Stored<()>;
        set_job_closed(id: JobId, at: Option<Timestamp>) -> Stored<()>;
        set_job_deleted(id: JobId, at: Option<Timestamp>) -> Stored<()>;
        insert_application(application: &ApplicationRecord) -> Stored<()>;
        renew_application(id: ApplicationId, note: &str, at: Timestamp) -> Stored<()>;
        set_stage(id: ApplicationId, stage: Stage, at: Timestamp) -> Stored<()>;
        withdraw_application(id: ApplicationId, at: Timestamp) -> Stored<Option<AttachmentId>>;
        purge_jobs(before: Timestamp, limit: usize) -> Stored<u64>;
    }
}

forward! {
    read BlocksRead {
        blocks(by: UserId, limit: usize) -> Stored<Vec<PersonRef>>;
        apart_from(person: UserId) -> Stored<Vec<UserId>>;
    }
}

forward! {
    write BlocksWrite {
        set_block(by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool>;
    }
}

forward! {
    read ConnectionsRead {
        connection(person: UserId, other: UserId) -> Stored<Option<ConnectionRecord>>;
        count_connections(person: UserId, state: ConnectionState) -> Stored<u64>;
        waiting_requests(person: UserId) -> Stored<WaitingRequests>;
        connections(person: UserId, state: ConnectionState, before: Option<u64>, limit: usize)
            -> Stored<Vec<(u64, PersonItem)>>;
        connected_ids(person: UserId, limit: usize) -> Stored<Vec<UserId>>;
        suggestions(viewer: UserId, limit: usize) -> Stored<Vec<PersonItem>>;
    }
}

forward! {
    write ConnectionsWrite {
        hold_connections(one: UserId, other: UserId) -> Stored<()>;
        set_connection(person: UserId, other: UserId, record: &ConnectionRecord) -> Stored<()>;
    }
}

forward! {
    read MutesRead {
        mutes(by: UserId, limit: usize) -> Stored<Vec<PersonRef>>;
        muters_of(person: UserId) -> Stored<Vec<UserId>>;
        post_muted(by: UserId, post: PostId) -> Stored<bool>;
    }
}

forward! {
    write MutesWrite {
        set_mute(by: UserId, of: UserId, on: bool, at: Timestamp) -> Stored<bool>;
        set_post_mute(by: UserId, post: PostId, on: bool, at: Timestamp) -> Stored<bool>;
    }
}

forward! {
    read StandingRead {
        relation(viewer: UserId, subject: UserId) -> Stored<Option<Relation>>;
        feed_sources(viewer: UserId, limit: usize) -> Stored<Vec<(UserId, Relation)>>;
        suspension(id: UserId) -> Stored<Option<Suspension>>;
        suspensions_over(now: Timestamp, limit: usize) -> Stored<Vec<UserId>>;
        managed_people(filter: &ManagedFilter, after: Option<&str>, limit: usize) -> Stored<Vec<ManagedPerson>>;
    }
}

forward! {
    write StandingWrite {
        hold_standings() -> Stored<()>;
        set_suspension(id: UserId, suspension: Option<&SuspensionRecord>) -> Stored<()>;
        set_role(id: UserId, role: Role) -> Stored<()>;
        end_unconnected_follows(of: UserId) -> Stored<Vec<UserId>>;
    }
}

forward! {
    read TokensRead {
        token(hash: &str) -> Stored<Option<TokenRecord>>;
        token_of_session(session: SessionId) -> Stored<Option<TokenRecord>>;
        tokens_of(user: UserId) -> Stored<Vec<TokenRecord>>;
    }
}

forward! {
    write TokensWrite {
        insert_token(token: &TokenRecord) -> Stored<()>;
        touch_token(session: SessionId, at: Timestamp) -> Stored<()>;
        end_tokens_over(now: Timestamp) -> Stored<Vec<SessionId>>;
        insert_ticket(hash: &str, session: SessionId, expires_at: Timestamp) -> Stored<()>;
        take_ticket(hash: &str) -> Stored<Option<(SessionId, Timestamp)>>;
        purge_tickets(before: Timestamp) -> Stored<u64>;
    }
}
