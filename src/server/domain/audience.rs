//! Who may see what: the only place that decides it, for pages, REST, search and every live event.
//!
//! Lists are filtered by the same rule in SQL (`store::posts::VISIBLE`); the store's contract suite checks that the two
//! agree on every combination.

use super::{
    outcome::Topic,
    ports::{ApplicationFacts, JobFacts, MemberRecord, NotifyFacts, PostFacts},
};
use crate::protocol::{
    conversations::{ConversationKind, Standing},
    ids::{ConversationId, PostId, UserId},
    notifications::{EmailTiming, KindPreference, Occasion},
    views::{Audience, FeedKind, Privacy},
};

/// Whether `viewer` may see a post: their own, public ones, and those for followers of an author they follow.
#[must_use]
pub fn may_see(viewer: UserId, author: UserId, audience: Audience, viewer_follows_author: bool) -> bool {
    match audience {
        Audience::Public => true,
        Audience::Followers => viewer == author || viewer_follows_author,
    }
}

/// [`may_see`] for a stored post; a deleted one is seen by nobody.
#[must_use]
pub fn may_see_post(viewer: UserId, post: &PostFacts) -> bool {
    post.deleted_at.is_none() && may_see(viewer, post.author, post.audience, post.viewer_follows_author)
}

/// Where news of a post (new, changed, gone) goes. Those who watch the post itself may see it: they were asked when they
/// began, and stop when that changes.
#[must_use]
pub fn post_topics(post: PostId, author: UserId, audience: Audience) -> Vec<Topic> {
    match audience {
        Audience::Public => vec![Topic::PublicFeed, Topic::PostsBy(author), Topic::Post(post)],
        Audience::Followers => vec![Topic::PostsBy(author), Topic::Post(post)],
    }
}

/// What `viewer` subscribes to by watching a feed: `following` are the people they follow.
#[must_use]
pub fn feed_topics(viewer: UserId, feed: FeedKind, following: &[UserId]) -> Vec<Topic> {
    let people = following.iter().copied().chain([viewer]).map(Topic::PostsBy);
    match feed {
        FeedKind::Everyone => people.chain([Topic::PublicFeed]).collect(),
        FeedKind::Following => people.collect(),
    }
}

/// Whether somebody may read a conversation: everyone who has not left it. Who declined may open it again and write.
#[must_use]
pub const fn may_read(member: &MemberRecord) -> bool {
    !matches!(member.standing, Standing::Left)
}

/// Whether somebody may see who types and how far the others are, and shows it of themselves: only who takes part.
#[must_use]
pub const fn may_watch_conversation(member: &MemberRecord) -> bool {
    matches!(member.standing, Standing::Active)
}

/// Who is sent what is said in a conversation, and what becomes of it: all devices of everyone who takes part or was asked
/// to, and was there when it was said at the place `seq`. Others see a gap in the log, and learn nothing by asking for it.
#[must_use]
pub fn message_topics(members: &[MemberRecord], seq: u64) -> Vec<Topic> {
    let told = members
        .iter()
        .filter(|member| matches!(member.standing, Standing::Active | Standing::Requested) && member.from_seq < seq);
    told.map(|member| Topic::Person(member.user_id)).collect()
}

/// What somebody who takes part in a conversation subscribes to by having it on screen: who does not show how far they
/// are, or that they type, does not see it of others.
#[must_use]
pub fn joined_topics(id: ConversationId, privacy: Privacy) -> Vec<Topic> {
    let typing = privacy.shows_typing.then_some(Topic::Typing(id));
    let receipts = privacy.shows_receipts.then_some(Topic::Conversation(id));
    typing.into_iter().chain(receipts).collect()
}

/// Who is told how far `reader` is: their own devices; beyond these, once they take part and unless they hide it, the
/// other of two, and in a group those who have it on screen.
#[must_use]
pub fn receipt_topics(
    id: ConversationId,
    reader: &MemberRecord,
    hides: bool,
    kind: ConversationKind,
    members: &[MemberRecord],
) -> Vec<Topic> {
    let own = Topic::Person(reader.user_id);
    if hides || !reader.shows_receipts || !may_watch_conversation(reader) {
        return vec![own];
    }
    let may_know = |member: &&MemberRecord| {
        member.user_id != reader.user_id && member.shows_receipts && may_watch_conversation(member)
    };
    match kind {
        ConversationKind::Group => vec![own, Topic::Conversation(id)],
        ConversationKind::Direct => {
            members.iter().filter(may_know).map(|member| Topic::Person(member.user_id)).chain([own]).collect()
        }
    }
}

/// Whether somebody may see a job: everyone who is not parted from its poster by a block; closed ones too, for those who
/// come by an old link.
#[must_use]
pub const fn may_see_job(job: &JobFacts) -> bool {
    job.deleted_at.is_none() && !job.apart
}

/// Whether somebody may see an application: who applied, and who posted the job.
#[must_use]
pub fn may_see_application(viewer: UserId, application: &ApplicationFacts) -> bool {
    viewer == application.applicant || viewer == application.poster
}

/// Who is told how an application goes: the devices of both.
#[must_use]
pub fn application_topics(application: &ApplicationFacts) -> Vec<Topic> {
    vec![Topic::Person(application.applicant), Topic::Person(application.poster)]
}

/// Whether somebody is told of what another person did, in any way: not when either blocked the other, and not when they
/// want to hear of such things in no way at all. What the community itself announces, and what they try out themselves, is
/// told to everyone who did not switch it off.
#[must_use]
pub fn may_notify(facts: &NotifyFacts, occasion: Occasion, choice: &KindPreference) -> bool {
    let of_the_community = matches!(occasion, Occasion::Announced | Occasion::Tested);
    let by_any_channel = choice.in_app || choice.push || choice.email != EmailTiming::Never;
    !facts.blocked && (facts.enabled.unwrap_or(true) || of_the_community) && by_any_channel
}
