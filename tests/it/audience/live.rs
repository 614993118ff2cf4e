//! Live events, crossed with how those who are connected stand to whoever acts.

use hubbub::{
    protocol::{
        commands::ClientCommand,
        conversations::{HeldConversation, NewMessage},
        errors::ErrorCode,
        events::{ServerEvent, Status},
        ids::{ConversationId, MessageId},
        views::{Audience, FeedKind},
    },
    server::domain::audience::{Relation, Surface, may_see},
};
use reqwest::Method;
use serde_json::json;

use super::{
    Place,
    world::{Talk, Viewer, World, comment_on, potter, say},
};
use crate::site::{Person, Tab};

/// What an event tells of, as far as it is crossed here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    /// Something of the subject.
    Of(Surface),
    /// Something in a conversation.
    In(ConversationId),
    /// A job of the subject.
    Job,
}

/// What an event says, and of what. A new event does not compile before it has its row.
fn heard(event: &ServerEvent) -> Option<(&'static str, Heard)> {
    use Heard::{In, Job, Of};
    Some(match event {
        ServerEvent::NewPost(event) => ("new_post", Of(Surface::Feed(event.post.audience))),
        ServerEvent::PostUpdated(event) => ("post_updated", Of(Surface::Feed(event.post.audience))),
        ServerEvent::PostDeleted(_) => ("post_deleted", Of(Surface::Feed(Audience::Public))),
        ServerEvent::LikeUpdate(_) => ("like_update", Of(Surface::Post(Audience::Public))),
        ServerEvent::CommentUpdate(update) if update.comment.is_some() => ("comment_update", Of(Surface::Comment)),
        ServerEvent::UserStatus(status) if status.status == Status::Online => ("user_status", Of(Surface::Presence)),
        ServerEvent::CommentUpdate(_) | ServerEvent::UserStatus(_) => return None,
        ServerEvent::NewMessage(event) => ("new_message", In(event.message.conversation_id)),
        ServerEvent::MessageUpdated(event) => ("message_updated", In(event.message.conversation_id)),
        ServerEvent::MessageDeleted(event) => ("message_deleted", In(event.conversation_id)),
        ServerEvent::ReactionUpdate(event) => ("reaction_update", In(event.conversation_id)),
        ServerEvent::MessageRead(receipt) => ("message_read", In(receipt.conversation_id)),
        ServerEvent::MessageDelivered(receipt) => ("message_delivered", In(receipt.conversation_id)),
        ServerEvent::Typing(typing) => ("typing", In(typing.conversation_id)),
        ServerEvent::ConversationUpdate(update) => ("conversation_update", In(update.conversation.conversation_id)),
        ServerEvent::MembershipUpdate(update) => ("membership_update", In(update.conversation_id)),
        ServerEvent::ConversationChanges(changes) => ("conversation_changes", In(changes.conversation_id)),
        ServerEvent::JobUpdate(_) => ("job_update", Job),
        // To the person concerned alone: nobody of these is, but of their bell.
        ServerEvent::ConnectionRequest(_)
        | ServerEvent::ConnectionAccepted(_)
        | ServerEvent::ConnectionDeclined(_)
        | ServerEvent::ConnectionUpdate(_)
        | ServerEvent::SightUpdate(_)
        | ServerEvent::ApplicationUpdate(_)
        | ServerEvent::CustomResponse(_) => panic!("{event:?} was told to somebody whom it does not concern"),
        ServerEvent::Notification(_) => ("notification", Of(Surface::Notice)),
        // Of nobody.
        ServerEvent::NotificationUpdate(_)
        | ServerEvent::UnreadCount(_)
        | ServerEvent::Connected(_)
        | ServerEvent::Ack(_)
        | ServerEvent::Pong { .. }
        | ServerEvent::Error(_)
        | ServerEvent::GoingAway { .. }
        | ServerEvent::Unknown => return None,
    })
}

fn id(talk: &Talk) -> ConversationId {
    talk.id.parse().unwrap()
}

/// Has the feed, the subject's public post, the host's post, the subject's presence and their conversations on screen.
async fn look(world: &World, viewer: &Viewer) -> Tab {
    let mut tab = viewer.person.connect().await;
    tab.command(ClientCommand::WatchFeed { feed: FeedKind::Everyone }).await;
    let post_ids = vec![world.public(), world.hosted];
    tab.command(ClientCommand::WatchPosts { post_ids, known: vec![] }).await;
    tab.command(ClientCommand::WatchPeople { user_ids: vec![world.subject.tokens.user.person.id] }).await;
    tab.command(ClientCommand::JoinConversation { conversation_id: id(&viewer.direct) }).await;
    if !viewer.removed {
        tab.command(ClientCommand::JoinConversation { conversation_id: id(&world.group) }).await;
    }
    tab.so_far().await;
    tab.bell.clear();
    tab
}

async fn act(world: &World) {
    let sam = &world.subject;
    for audience in Audience::ALL {
        let post = sam.post("News", audience).await;
        let edited = Some(json!({ "content": "Better news" }));
        sam.done(Method::PATCH, &format!("/api/posts/{}", post.id), edited).await;
        if audience == Audience::Public {
            sam.done(Method::DELETE, &format!("/api/posts/{}", post.id), None).await;
        }
    }
    sam.done(Method::PUT, &format!("/api/posts/{}/like", world.public()), None).await;
    comment_on(sam, world.hosted, "And again").await;
}

/// The subject does in a conversation whatever others there are told of; `may_write` unless a block stands between.
async fn talk_in(tab: &mut Tab, sam: &Person, talk: &Talk, unread: &str, may_write: bool) {
    let (conversation_id, message_id) = (id(talk), unread.parse::<MessageId>().unwrap());
    tab.command(ClientCommand::JoinConversation { conversation_id }).await;
    tab.command(ClientCommand::ReceiveMessage { conversation_id, message_id }).await;
    tab.command(ClientCommand::ReadMessage { conversation_id, message_id }).await;
    if !may_write {
        return;
    }
    tab.command(ClientCommand::Typing { conversation_id, is_typing: true }).await;
    let said = say(sam, &talk.id, "Well", None).await;
    let path = format!("/api/messages/{said}");
    sam.done(Method::PATCH, &path, Some(json!({ "content": "Well then" }))).await;
    sam.done(Method::PUT, &format!("{path}/reactions/%F0%9F%91%8D"), None).await;
    sam.done(Method::DELETE, &path, None).await;
}

/// What is told of a conversation in which the subject does everything.
const TALK: [&str; 7] = [
    "message_delivered",
    "message_read",
    "typing",
    "new_message",
    "message_updated",
    "reaction_update",
    "message_deleted",
];

/// Whether somebody hears of it. What is said in a group is for all its members, however two of them stand to each other;
/// that somebody types, and how far they are, is not told across a block.
fn hears(what: &str, place: Place, relation: &Relation) -> bool {
    let is_of_them = ["typing", "message_delivered", "message_read"].contains(&what);
    match place {
        Place::Closed => false,
        Place::Direct => !relation.blocked,
        Place::Group => !is_of_them || may_see(relation, Surface::Typing),
    }
}

fn wanted() -> Vec<(&'static str, Surface)> {
    let of_posts = |audience| [("new_post", Surface::Feed(audience)), ("post_updated", Surface::Feed(audience))];
    let others = [
        ("post_deleted", Surface::Feed(Audience::Public)),
        ("like_update", Surface::Post(Audience::Public)),
        ("comment_update", Surface::Comment),
        ("user_status", Surface::Presence),
    ];
    Audience::ALL.into_iter().flat_map(of_posts).chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_those_whom_the_relation_allows() {
    let world = World::new().await;
    let mut tabs = Vec::new();
    for viewer in &world.viewers {
        tabs.push(look(&world, viewer).await);
    }
    let mut sam = world.subject.connect().await;
    act(&world).await;
    let _job = world.subject.done(Method::POST, "/api/jobs", Some(potter())).await;
    for talk in [&world.group, &world.closed] {
        let unread = say(&world.owner, &talk.id, "Anybody?", None).await;
        talk_in(&mut sam, &world.subject, talk, &unread, true).await;
        let title = Some(json!({ "title": "Another name" }));
        world.owner.done(Method::PATCH, &format!("/api/conversations/{}", talk.id), title).await;
    }
    for viewer in &world.viewers {
        let thread = format!("/api/conversations/{}/messages", viewer.direct.id);
        let thread = world.subject.done(Method::GET, &thread, None).await;
        let unread = thread["items"][0]["message_id"].as_str().unwrap().to_owned();
        talk_in(&mut sam, &world.subject, &viewer.direct, &unread, !viewer.relation.blocked).await;
    }
    for (viewer, tab) in world.viewers.iter().zip(&mut tabs) {
        let events = tab.so_far().await;
        check_surfaces(&world, viewer, &events);
        check_talks(&world, viewer, &events);
    }
}

fn check_surfaces(world: &World, viewer: &Viewer, events: &[ServerEvent]) {
    let (name, relation) = (viewer.name(), &viewer.relation);
    let got: Vec<_> = events.iter().filter_map(heard).collect();
    for (what, surface) in wanted() {
        let expected = usize::from(may_see(relation, surface));
        let times = got.iter().filter(|heard| **heard == (what, Heard::Of(surface))).count();
        assert_eq!(times, expected, "{what} {surface:?} to {name}: {events:#?}");
    }
    let jobs = got.iter().filter(|heard| **heard == ("job_update", Heard::Job)).count();
    assert_eq!(jobs, usize::from(may_see(relation, Surface::Listed)), "the job to {name}");
    let counted = events
        .iter()
        .any(|event| matches!(event, ServerEvent::CommentUpdate(update) if update.post_id == world.hosted));
    assert!(counted, "the number of comments is for everyone: {name}");
}

fn check_talks(world: &World, viewer: &Viewer, events: &[ServerEvent]) {
    let got: Vec<_> = events.iter().filter_map(heard).collect();
    let group = if viewer.removed { Place::Closed } else { Place::Group };
    for (talk, place) in [(&viewer.direct, Place::Direct), (&world.group, group), (&world.closed, Place::Closed)] {
        let is_renamed = place == Place::Group;
        for what in TALK.into_iter().chain(["conversation_update"]) {
            let expected =
                if what == "conversation_update" { is_renamed } else { hears(what, place, &viewer.relation) };
            let is_heard = got.contains(&(what, Heard::In(id(talk))));
            assert_eq!(is_heard, expected, "{what} in {place:?} to {}: {events:#?}", viewer.name());
        }
    }
    let known = [id(&viewer.direct), id(&world.group)];
    let strange = got.iter().find(|(_, heard)| matches!(heard, Heard::In(talk) if !known.contains(talk)));
    assert_eq!(strange, None, "of others' conversations to {}", viewer.name());
    assert!(!got.iter().any(|(what, _)| *what == "membership_update"), "what sam has to themselves");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_subject_does_rings_for_those_who_are_to_hear_of_it() {
    let world = World::new().await;
    let mut tabs = Vec::new();
    for viewer in &world.viewers {
        tabs.push(look(&world, viewer).await);
    }
    world.like_all().await;
    for (viewer, tab) in world.viewers.iter().zip(&mut tabs) {
        let test = json!({ "message": "The last of them" });
        viewer.person.done(Method::POST, "/api/ws/test-notification", Some(test)).await;
        let mut likes = 0;
        loop {
            if let ServerEvent::Notification(event) = tab.next_of_bell().await {
                likes += usize::from(event.notification.target.post_id == Some(viewer.post));
                if event.notification.data.excerpt.as_deref() == Some("The last of them") {
                    break;
                }
            }
        }
        assert_eq!(likes, usize::from(may_see(&viewer.relation, Surface::Notice)), "{}", viewer.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_reaches_into_a_conversation_of_others() {
    let world = World::new().await;
    let mut inside = world.owner.connect().await;
    for talk in [&world.closed, &world.group] {
        inside.command(ClientCommand::JoinConversation { conversation_id: id(talk) }).await;
    }
    for viewer in &world.viewers {
        let mut tab = viewer.person.connect().await;
        let outside = [Some(&world.closed), viewer.removed.then_some(&world.group)];
        for talk in outside.into_iter().flatten() {
            let (conversation_id, message_id) = (id(talk), talk.message.parse::<MessageId>().unwrap());
            let message = NewMessage { content: "Let me in".to_owned(), ..NewMessage::default() };
            for command in [
                ClientCommand::JoinConversation { conversation_id },
                ClientCommand::SendMessage { conversation_id, message },
                ClientCommand::ReadMessage { conversation_id, message_id },
                ClientCommand::ReceiveMessage { conversation_id, message_id },
            ] {
                let told = format!("{command:?} as {}", viewer.name());
                assert_eq!(tab.refusal(command).await, ErrorCode::NotFound, "{told}");
            }
            // Whoever has not joined is told just that, wherever it is.
            let typing = ClientCommand::Typing { conversation_id, is_typing: true };
            assert_eq!(tab.refusal(typing).await, ErrorCode::Forbidden);
            let conversations = vec![HeldConversation { conversation_id, seq: 0 }];
            let (mut told, _) = tab.command(ClientCommand::SyncConversations { conversations }).await;
            told.extend(tab.so_far().await);
            told.retain(|event| matches!(heard(event), Some((_, Heard::In(_)))));
            assert_eq!(told, [], "{}", viewer.name());
        }
    }
    let mut told = inside.so_far().await;
    told.retain(|event| matches!(heard(event), Some((_, Heard::In(_)))));
    assert_eq!(told, [], "nobody was noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_relation_holds_at_once_on_open_connections() {
    let world = World::new().await;
    let (close, stranger) = (world.viewer("close"), world.viewer("stranger"));
    let (mut near, mut far) = (look(&world, close).await, look(&world, stranger).await);
    stranger.person.befriend(&world.subject).await;
    let path = format!("/api/connections/{}", close.person.id());
    world.subject.done(Method::DELETE, &path, None).await;
    near.so_far().await;
    far.so_far().await;
    world.subject.post("For connections", Audience::Connections).await;
    let news =
        |events: Vec<ServerEvent>| events.into_iter().filter(|event| matches!(event, ServerEvent::NewPost(_))).count();
    assert_eq!((news(near.so_far().await), news(far.so_far().await)), (0, 1));
    for tab in [&mut near, &mut far] {
        tab.so_far().await;
    }
    world.subject.done(Method::PUT, &format!("/api/blocks/{}", close.person.id()), None).await;
    world.subject.done(Method::PATCH, "/api/me/privacy", Some(json!({ "is_private": true }))).await;
    near.so_far().await;
    act(&world).await;
    let left: Vec<_> = near.so_far().await.iter().filter_map(heard).collect();
    assert_eq!(left, [], "nothing of somebody who blocked them");
}
