//! The demo community: whole, believable, within the product's own rules, and only for an empty database.

use std::sync::Arc;

use futures::TryStreamExt;
use hubbub::{
    protocol::{
        attachments::AttachmentKind,
        conversations::{ConversationBox, ConversationItem},
        ids::SessionId,
        notifications::NotificationFilter,
        requests::Login,
        time::Timestamp,
        views::{Audience, ConnectionState, PersonItem, PostView, Role},
    },
    server::{
        auth::passwords::Argon2Passwords,
        demo::{self, DemoError, DemoSize},
        domain::{Actor, Domain, FeedQuery, Ports},
        ids::IdGenerator,
        media::pictures::ReencodedPictures,
    },
};

use super::stage::Stage;

fn ports_of(stage: &Stage) -> Ports {
    Ports {
        store: stage.store.clone(),
        broker: stage.broker.clone(),
        clock: stage.clock.clone(),
        ids: Arc::new(IdGenerator::new(1)),
        passwords: Arc::new(Argon2Passwords::new().unwrap()),
        pictures: Arc::new(ReencodedPictures::new()),
        blobs: stage.blobs.clone(),
        post: stage.post.clone().post(),
        runner: Arc::new(stage.tasks.clone()),
    }
}

async fn sign_in(domain: &Domain, login: &str) -> Actor {
    let form = Login { login: login.to_owned(), password: demo::PASSWORD.to_owned() };
    let person = domain.verify_login(form).await.unwrap();
    Actor { user_id: person.id, session_id: SessionId::new(1), role: person.role }
}

async fn everybody(domain: &Domain, asker: &Actor) -> Vec<PersonItem> {
    domain.search_people(asker, "", None, Some(100)).await.unwrap().items
}

/// Every post there is, as its own author sees it.
async fn every_post(domain: &Domain, people: &[PersonItem]) -> Vec<PostView> {
    let mut posts = Vec::new();
    for item in people {
        let author = Actor { user_id: item.person.id, session_id: SessionId::new(1), role: Role::Member };
        let query = FeedQuery::By(item.person.username.clone());
        posts.extend(domain.feed(&author, query, None, Some(100)).await.unwrap().items);
    }
    posts.sort_by_key(|post| post.id);
    posts
}

#[tokio::test]
async fn the_demo_is_whole_and_only_for_an_empty_community() {
    let stage = Stage::new().await;
    let ports = ports_of(&stage);
    let size = demo::fill(&ports).await.unwrap();
    let mina = sign_in(&stage.domain, demo::LOGIN).await;
    assert_eq!(mina.role, Role::Owner);
    assert_eq!(stage.domain.waiting_requests(&mina).await.unwrap().waiting_count, 1);
    assert!(!stage.domain.connections(&mina, ConnectionState::Connected, None, None).await.unwrap().items.is_empty());
    assert_eq!(sign_in(&stage.domain, "dev").await.role, Role::Moderator);
    let people = everybody(&stage.domain, &mina).await;
    let posts = every_post(&stage.domain, &people).await;
    counts_agree_with_what_is_listed(&stage.domain, size, &people, &posts).await;
    time_runs_forward(&posts, stage.domain.now());
    talk_stays_among_those_who_may_see_it(&stage, &posts).await;
    pictures_can_be_seen(&stage.domain, &mina, &posts).await;
    who_waits_to_connect_is_in_the_bell(&stage.domain, &mina).await;
    conversations_are_as_if_they_had_been_held(&stage.domain, &mina, size).await;
    assert!(ports.passwords.strength(demo::PASSWORD, &[]).await.unwrap() >= 3);

    assert!(matches!(demo::fill(&ports).await, Err(DemoError::NotEmpty)));
    assert_eq!(everybody(&stage.domain, &mina).await.len(), people.len());
}

async fn counts_agree_with_what_is_listed(domain: &Domain, size: DemoSize, people: &[PersonItem], posts: &[PostView]) {
    assert_eq!(size.people, people.len() as u64);
    assert_eq!(size.posts, posts.len() as u64);
    assert_eq!(size.post_likes, posts.iter().map(|post| post.like_count).sum::<u64>());
    assert_eq!(size.comments, posts.iter().map(|post| post.comment_count).sum::<u64>());
    assert_eq!(size.pictures, posts.iter().map(|post| post.images.len() as u64).sum::<u64>());
    assert!((20..=30).contains(&size.people) && (60..=100).contains(&size.posts) && size.pictures >= 12, "{size:?}");
    for post in posts {
        let author = Actor { user_id: post.user_id, session_id: SessionId::new(1), role: Role::Member };
        let comments = domain.comments(&author, post.id, None, Some(100)).await.unwrap().items;
        let listed: u64 = comments.iter().map(|comment| 1 + comment.reply_count).sum();
        assert_eq!(post.comment_count, listed, "{}", post.content);
        assert!(post.images.iter().all(|image| !image.alt.is_empty()), "{}", post.content);
    }
}

fn time_runs_forward(posts: &[PostView], now: Timestamp) {
    assert!(posts.is_sorted_by_key(|post| post.timestamp), "newer posts have greater ids");
    assert!(posts.iter().all(|post| post.timestamp < now));
}

async fn talk_stays_among_those_who_may_see_it(stage: &Stage, posts: &[PostView]) {
    let mut read = stage.store.read().await.unwrap();
    for post in posts.iter().filter(|post| post.audience == Audience::Followers) {
        let comments = read.comments(post.id, post.user_id, None, 100, 10).await.unwrap();
        for comment in comments {
            let is_friend = read.follows(comment.user_id, post.user_id).await.unwrap();
            assert!(is_friend, "{} comments what they cannot see: {}", comment.author.username, post.content);
        }
    }
}

async fn who_waits_to_connect_is_in_the_bell(domain: &Domain, mina: &Actor) {
    let waiting = domain.waiting_requests(mina).await.unwrap().waiting_count;
    let told = domain.notifications(mina, NotificationFilter::Requests, None, None).await.unwrap().items;
    assert_eq!((waiting, told.len()), (1, 1));
}

async fn conversations_are_as_if_they_had_been_held(domain: &Domain, mina: &Actor, size: DemoSize) {
    let inbox = domain.conversations(mina, ConversationBox::Inbox, "", None, Some(100)).await.unwrap().items;
    let requests = domain.conversations(mina, ConversationBox::Requests, "", None, Some(100)).await.unwrap().items;
    assert!(inbox.iter().any(|item| item.unread_count > 0) && requests.len() == 1);
    assert_eq!(size.conversations, (inbox.len() + requests.len()) as u64);
    let mut messages = 0;
    for item in inbox.iter().chain(&requests) {
        let id = item.conversation.conversation_id;
        let members: Vec<_> = item.conversation.members.iter().map(|member| member.person.id).collect();
        let thread = domain.messages(mina, id, None, Some(100)).await.unwrap().items;
        assert!(thread.iter().rev().is_sorted_by_key(|message| (message.seq, message.timestamp)));
        assert!(thread.iter().all(|message| members.contains(&message.sender_id)));
        assert!(thread.iter().all(|message| message.timestamp <= domain.now()));
        let reactions = thread.iter().flat_map(|message| &message.reactions);
        assert!(reactions.flat_map(|reaction| &reaction.user_ids).all(|person| members.contains(person)));
        messages += thread.iter().filter(|message| message.note.is_none()).count() as u64;
    }
    assert_eq!(size.messages, messages);
    what_is_sent_can_be_had(domain, mina, &inbox).await;
    let said = |item: &ConversationItem| item.last_message.as_ref().unwrap().timestamp;
    assert!(inbox.is_sorted_by(|one, other| said(one) >= said(other)), "last said first");
}

async fn what_is_sent_can_be_had(domain: &Domain, mina: &Actor, inbox: &[ConversationItem]) {
    let mut kinds = Vec::new();
    for item in inbox {
        let thread = domain.messages(mina, item.conversation.conversation_id, None, Some(100)).await.unwrap().items;
        for attachment in thread.into_iter().filter_map(|message| message.attachment) {
            let bytes = domain.attachment_bytes(&attachment, 0..attachment.size_bytes).await.unwrap();
            let bytes = bytes.try_fold(0, async |all, piece| Ok(all + piece.len() as u64)).await.unwrap();
            assert_eq!(attachment.size_bytes, bytes);
            kinds.push(attachment.kind);
        }
    }
    assert!(kinds.contains(&AttachmentKind::Image) && kinds.contains(&AttachmentKind::File), "{kinds:?}");
    assert!(inbox.iter().any(|item| item.conversation.avatar_url.is_some()), "a group has a picture");
}

async fn pictures_can_be_seen(domain: &Domain, viewer: &Actor, posts: &[PostView]) {
    let shown = posts.iter().filter(|post| post.audience == Audience::Public).flat_map(|post| &post.images);
    for image in shown {
        let (record, bytes) = domain.image(viewer, image.id).await.unwrap();
        assert_eq!(record.size_bytes, bytes.len() as u64);
        assert!(bytes.starts_with(&[0xFF, 0xD8]), "a JPEG file");
    }
}
