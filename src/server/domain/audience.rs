//! Who may see what: the only place that decides it, for pages, REST, search and every live event.
//!
//! How two people stand to each other is a [`Relation`], what is asked for a [`Surface`], and [`may_see`] the answer. Lists
//! are filtered by the same rule in SQL (`visible!` and its like in `store.rs`); the store's contract suite checks that the
//! two agree on every combination.

use serde::{Deserialize, Serialize};

use super::{
    outcome::Topic,
    ports::{ApplicationFacts, JobFacts, MemberRecord, NotifyFacts, PostFacts},
};
use crate::protocol::{
    conversations::{ConversationKind, Standing},
    ids::{ConversationId, PostId, UserId},
    jobs::Application,
    notifications::{EmailTiming, KindPreference, Occasion},
    views::{Audience, FeedKind, Privacy},
};

/// How one person, the viewer, stands to another, the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Relation {
    /// They are the same person.
    pub is_self: bool,
    /// The viewer follows the subject.
    pub follows: bool,
    /// The two are connected.
    pub connected: bool,
    /// The viewer muted the subject.
    pub muted: bool,
    /// One of the two blocked the other.
    pub blocked: bool,
    /// The subject is suspended.
    pub suspended: bool,
    /// The subject shows themselves to connections only.
    pub is_private: bool,
}

/// What somebody may be met on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    /// Their page: name, handle and picture, or that they are suspended.
    Profile,
    /// What else stands on it: what they say of themselves, counts, whom they follow and who follows them.
    About,
    /// A post of this audience, on its own page, on their profile, and its counts.
    Post(Audience),
    /// The same in feeds and lists of tags.
    Feed(Audience),
    /// What they wrote below a post that the viewer may see.
    Comment,
    /// Lists of people: search, followers, who could be followed.
    Listed,
    /// Whether they are there.
    Presence,
    /// That they type and how far they have read, in a conversation which both take part in.
    Typing,
    /// Reaching them: asking to connect, mentioning, beginning a conversation.
    Contact,
    /// Following them.
    Follow,
    /// Being told of what they did.
    Notice,
}

/// Whether the viewer may see the subject on a surface, or reach them there. Every page, list, live event and letter
/// follows from this.
#[must_use]
pub const fn may_see(relation: &Relation, on: Surface) -> bool {
    if relation.is_self {
        return !matches!(on, Surface::Contact | Surface::Follow | Surface::Notice);
    }
    if relation.blocked {
        return false;
    }
    // Who is suspended still has a page that says so, and what they said in conversations stays.
    if relation.suspended {
        return matches!(on, Surface::Profile);
    }
    let is_open = !relation.is_private || relation.connected;
    match on {
        Surface::Profile | Surface::Comment | Surface::Listed | Surface::Typing | Surface::Contact => true,
        Surface::About | Surface::Presence | Surface::Follow => is_open,
        Surface::Post(audience) => is_open && is_among(relation, audience),
        Surface::Feed(audience) => is_open && is_among(relation, audience) && !relation.muted,
        Surface::Notice => !relation.muted,
    }
}

const fn is_among(relation: &Relation, audience: Audience) -> bool {
    match audience {
        Audience::Public => true,
        Audience::Followers => relation.follows,
        Audience::Connections => relation.connected,
    }
}

/// Whether the viewer for whom the facts were read may see a post; a deleted one is seen by nobody.
#[must_use]
pub const fn may_see_post(post: &PostFacts) -> bool {
    post.deleted_at.is_none() && may_see(&post.relation, Surface::Post(post.audience))
}

/// What one person may see of another as it happens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// Posts of these audiences, when they have them on screen.
    pub audiences: Vec<Audience>,
    /// Whether these come in feeds.
    pub in_feeds: bool,
    /// Whether they follow them.
    pub follows: bool,
    /// Whether they may know whether they are there.
    pub presence: bool,
}

impl Sight {
    /// What follows from a relation.
    #[must_use]
    pub fn of(relation: &Relation) -> Self {
        let sees = |audience: &Audience| may_see(relation, Surface::Post(*audience));
        let audiences: Vec<Audience> = Audience::ALL.into_iter().filter(sees).collect();
        let in_feeds = audiences.iter().any(|audience| may_see(relation, Surface::Feed(*audience)));
        Self { audiences, in_feeds, follows: relation.follows, presence: may_see(relation, Surface::Presence) }
    }

    /// Whether posts of this audience are seen.
    #[must_use]
    pub fn shows(&self, audience: Audience) -> bool {
        self.audiences.contains(&audience)
    }

    /// What somebody subscribes to of this author by watching a feed.
    #[must_use]
    pub fn feed_topics(&self, author: UserId, feed: FeedKind) -> Vec<Topic> {
        if !self.in_feeds || feed == FeedKind::Following && !self.follows {
            return Vec::new();
        }
        let followed = self.shows(Audience::Followers).then_some(Topic::PostsBy(author));
        let connected = self.shows(Audience::Connections).then_some(Topic::PostsForConnections(author));
        followed.into_iter().chain(connected).collect()
    }
}

/// Where news of a post (new, changed, gone) goes. Those who watch the post itself may see it: they were asked when they
/// began, and stop when that changes. What somebody with a private profile posts for everyone is for their connections.
#[must_use]
pub fn post_topics(post: PostId, author: UserId, audience: Audience, is_private: bool) -> Vec<Topic> {
    let mut topics = match (audience, is_private) {
        (Audience::Public, false) => vec![Topic::PublicFeed, Topic::PostsBy(author)],
        (Audience::Followers, _) => vec![Topic::PostsBy(author)],
        (Audience::Public, true) | (Audience::Connections, _) => vec![Topic::PostsForConnections(author)],
    };
    topics.push(Topic::Post(post));
    topics
}

/// What `viewer` subscribes to by watching a feed: `sources` are the people they follow or are connected with.
#[must_use]
pub fn feed_topics(viewer: UserId, feed: FeedKind, sources: &[(UserId, Sight)]) -> Vec<Topic> {
    let own = [Topic::PostsBy(viewer), Topic::PostsForConnections(viewer)];
    let people = sources.iter().flat_map(|(author, sight)| sight.feed_topics(*author, feed)).chain(own);
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

/// Whether the viewer for whom the facts were read may see a job: whoever may meet its poster in lists; closed ones too,
/// for those who come by an old link.
#[must_use]
pub const fn may_see_job(job: &JobFacts) -> bool {
    job.deleted_at.is_none() && may_see(&job.relation, Surface::Listed)
}

/// Whether somebody may see an application: who applied, and who posted the job.
#[must_use]
pub fn may_see_application(viewer: UserId, application: &ApplicationFacts) -> bool {
    viewer == application.applicant || viewer == application.poster
}

/// Who is told how an application goes: the devices of both.
#[must_use]
pub fn application_topics(application: &Application) -> Vec<Topic> {
    vec![Topic::Person(application.user_id), Topic::Person(application.poster.id)]
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
