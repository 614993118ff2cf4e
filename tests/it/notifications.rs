//! The bell: what is raised for whom, counted exactly, told in order, read everywhere at once.

use std::time::Duration;

use hubbub::{
    protocol::{
        commands::ClientCommand,
        conversations::{MembershipChange, NewConversation, NewMessage},
        events::{NotificationEvent, ServerEvent, UnreadCount},
        ids::{ConversationId, MessageId, NotificationId, PostId, UserId},
        limits::NOTIFICATION_INTERVAL_MS,
        notifications::{
            EmailTiming, KindPreference, Notification, NotificationFilter, NotificationKind, NotificationPreferences,
            NotificationStatus, Occasion, QuietHours,
        },
        requests::{ConnectionWish, NewComment, NewPost, PostChange},
        time::Timestamp,
        views::Audience,
    },
    server::domain::{
        Actor, LikeTarget,
        outcome::{Publication, Topic},
        ports::Clock,
    },
};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    site::{Site, Tab},
    stage::Stage,
};

const INTERVAL: Duration = Duration::from_millis(NOTIFICATION_INTERVAL_MS);

async fn actor(stage: &Stage, username: &str) -> Actor {
    let who = stage.join(username).await;
    stage.auth.actor(&who.access_token).unwrap()
}

async fn post(stage: &Stage, by: &Actor, content: &str) -> PostId {
    let form = NewPost { content: content.to_owned(), ..NewPost::default() };
    stage.domain.create_post(by, form).await.unwrap().id
}

fn saying(content: &str) -> NewComment {
    NewComment { content: content.to_owned(), ..NewComment::default() }
}

async fn like(stage: &Stage, by: &Actor, post: PostId, liked: bool) {
    stage.domain.set_like(by, LikeTarget::Post(post), liked).await.unwrap();
}

async fn work(stage: &Stage) {
    while stage.domain.keep_promises().await.unwrap() > 0 {}
}

async fn bell(stage: &Stage, of: &Actor) -> Vec<Notification> {
    stage.domain.notifications(of, NotificationFilter::All, None, None).await.unwrap().items
}

async fn unread(stage: &Stage, of: &Actor) -> (u64, u64) {
    let UnreadCount { count, seq, .. } = stage.domain.unread_count(of).await.unwrap();
    (count, seq)
}

/// What was published for one person's devices, and is forgotten by asking.
fn told(stage: &Stage, to: UserId) -> Vec<ServerEvent> {
    let heard = std::mem::take(&mut *stage.broker.heard.lock());
    heard
        .into_iter()
        .filter_map(|publication| match publication {
            Publication::Watchers { topics, event, .. } if topics == [Topic::Person(to)] => Some(event),
            Publication::Person { user_id, event } if user_id == to => Some(event),
            _ => None,
        })
        .collect()
}

fn notifications(events: &[ServerEvent]) -> Vec<&NotificationEvent> {
    events
        .iter()
        .filter_map(|event| if let ServerEvent::Notification(event) = event { Some(event) } else { None })
        .collect()
}

#[tokio::test]
async fn likes_of_a_post_are_one_notification_told_at_once_and_then_at_intervals() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let post = post(&stage, &mia, "Test tiles").await;
    like(&stage, &mia, post, true).await;
    work(&stage).await;
    assert_eq!(bell(&stage, &mia).await, [], "nobody is told of what they do");

    told(&stage, mia.user_id);
    like(&stage, &ana, post, true).await;
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    let [first] = notifications(&events)[..] else { panic!("{events:?}") };
    assert_eq!((first.notification.message.as_str(), first.alert), ("ana Example liked your post “Test tiles”", true));
    assert_eq!((first.notification.seq, first.notification.data.href.as_str()), (1, &*format!("/posts/{post}")));
    assert!(matches!(
        &events[..],
        [.., ServerEvent::UnreadCount(UnreadCount { count: 1, seq: 1, conversations: None })]
    ));

    like(&stage, &ben, post, true).await;
    work(&stage).await;
    assert_eq!(notifications(&told(&stage, mia.user_id)).len(), 0, "the next telling waits");
    assert_eq!(bell(&stage, &mia).await[0].data.actor_count, 2, "who asks is told at once");
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    let [second] = notifications(&events)[..] else { panic!("{events:?}") };
    assert_eq!(second.notification.message, "ben Example and ana Example liked your post “Test tiles”");
    assert_eq!((second.notification.notification_id, second.notification.seq), (first_id(&stage, &mia).await, 2));
    assert_eq!(unread(&stage, &mia).await, (1, 2));
}

async fn first_id(stage: &Stage, of: &Actor) -> NotificationId {
    bell(stage, of).await[0].notification_id
}

#[tokio::test]
async fn a_like_taken_back_is_no_longer_counted_and_given_again_is_no_news() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let post = post(&stage, &mia, "Test tiles").await;
    like(&stage, &ana, post, true).await;
    work(&stage).await;
    told(&stage, mia.user_id);
    like(&stage, &ana, post, false).await;
    assert_eq!((bell(&stage, &mia).await, unread(&stage, &mia).await.0), (vec![], 0));
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    assert!(
        matches!(&events[..], [ServerEvent::NotificationUpdate(update), ServerEvent::UnreadCount(count)]
            if update.status == NotificationStatus::Removed && update.seq == Some(2) && count.count == 0),
        "{events:?}"
    );
    like(&stage, &ana, post, true).await;
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    let [again] = notifications(&events)[..] else { panic!("{events:?}") };
    assert_eq!((again.alert, again.notification.data.count, again.notification.seq), (false, 1, 3));
    assert_eq!(unread(&stage, &mia).await, (1, 3));
}

#[tokio::test]
async fn reading_closes_the_group_and_tells_every_device() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let post = post(&stage, &mia, "Test tiles").await;
    like(&stage, &ana, post, true).await;
    work(&stage).await;
    told(&stage, mia.user_id);
    let id = first_id(&stage, &mia).await;
    let read = stage.domain.set_notification_read(&mia, id, true).await.unwrap();
    assert!(read.read_at.is_some());
    let events = told(&stage, mia.user_id);
    assert!(
        matches!(&events[..], [ServerEvent::NotificationUpdate(update), ServerEvent::UnreadCount(count)]
            if update.status == NotificationStatus::Read && update.seq == Some(2) && (count.count, count.seq) == (0, 2)),
        "{events:?}"
    );
    stage.domain.set_notification_read(&mia, id, true).await.unwrap();
    assert_eq!(told(&stage, mia.user_id), [], "reading again changes nothing");
    like(&stage, &ben, post, true).await;
    work(&stage).await;
    let all = bell(&stage, &mia).await;
    assert_eq!(all.iter().map(|one| one.data.count).collect::<Vec<_>>(), [1, 1], "what comes later begins anew");
    assert_eq!(unread(&stage, &mia).await, (1, 3));
    stage.domain.set_notification_read(&mia, id, false).await.unwrap();
    assert_eq!(unread(&stage, &mia).await, (2, 4));
    let stranger = stage.domain.set_notification_read(&ana, id, true).await;
    assert!(stranger.is_err());
}

#[tokio::test]
async fn marking_all_is_undone_exactly() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let mut posts = Vec::new();
    for number in 0..4 {
        posts.push(post(&stage, &mia, &number.to_string()).await);
    }
    for post in &posts {
        like(&stage, &ana, *post, true).await;
    }
    work(&stage).await;
    let before = first_id(&stage, &mia).await;
    stage.domain.set_notification_read(&mia, before, true).await.unwrap();
    told(&stage, mia.user_id);
    let all = stage.domain.read_all_notifications(&mia).await.unwrap();
    assert_eq!((all.count, unread(&stage, &mia).await), (3, (0, all.seq)));
    let events = told(&stage, mia.user_id);
    assert!(matches!(&events[0], ServerEvent::NotificationUpdate(update) if update.and_older), "{events:?}");
    assert_eq!(stage.domain.read_all_notifications(&mia).await.unwrap().count, 0);
    let undone = stage.domain.undo_read_all(&mia, all.at).await.unwrap();
    assert_eq!((undone.count, unread(&stage, &mia).await), (3, (3, all.seq + 1)));
    assert!(bell(&stage, &mia).await.iter().find(|one| one.notification_id == before).unwrap().read_at.is_some());
    assert_eq!(stage.domain.undo_read_all(&mia, all.at).await.unwrap().count, 0, "once");
    like(&stage, &mia, posts[0], true).await;
}

#[tokio::test]
async fn a_comment_tells_each_person_once_as_what_concerns_them_most() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let post = post(&stage, &mia, "Test tiles").await;
    let first = stage.domain.add_comment(&ana, post, saying("Which clay?")).await.unwrap();
    let form = NewComment { parent_id: Some(first.id), ..saying("@mia should know, @nobody too") };
    stage.domain.add_comment(&ben, post, form).await.unwrap();
    work(&stage).await;
    let occasions = |all: Vec<Notification>| all.iter().map(|one| one.data.occasion).collect::<Vec<_>>();
    assert_eq!(occasions(bell(&stage, &mia).await), [Occasion::MentionedInComment, Occasion::PostCommented]);
    assert_eq!(occasions(bell(&stage, &ana).await), [Occasion::CommentReplied]);
    let only = stage.domain.notifications(&mia, NotificationFilter::Mentions, None, None).await.unwrap().items;
    assert_eq!(occasions(only), [Occasion::MentionedInComment]);
}

#[tokio::test]
async fn a_deleted_comment_takes_its_notification_along_and_brings_it_back_without_an_alert() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let post = post(&stage, &mia, "Test tiles").await;
    let first = stage.domain.add_comment(&ana, post, saying("Which clay?")).await.unwrap();
    let second = stage.domain.add_comment(&ana, post, saying("And which glaze?")).await.unwrap();
    work(&stage).await;
    let message = async || bell(&stage, &mia).await[0].message.clone();
    assert_eq!(message().await, "ana Example left 2 comments on your post: “And which glaze?”");
    stage.domain.delete_comment(&ana, second.id).await.unwrap();
    assert_eq!(message().await, "ana Example commented: “Which clay?”");
    stage.domain.delete_comment(&ana, first.id).await.unwrap();
    assert_eq!((bell(&stage, &mia).await, unread(&stage, &mia).await.0), (vec![], 0));
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    told(&stage, mia.user_id);
    stage.domain.restore_comment(&ana, first.id).await.unwrap();
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    let [back] = notifications(&events)[..] else { panic!("{events:?}") };
    assert_eq!((back.alert, back.notification.message.as_str()), (false, "ana Example commented: “Which clay?”"));
}

#[tokio::test]
async fn a_deleted_post_takes_all_of_its_notifications_along_and_back() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let post = post(&stage, &mia, "Look, @ben").await;
    like(&stage, &ana, post, true).await;
    stage.domain.add_comment(&ana, post, saying("Which clay?")).await.unwrap();
    work(&stage).await;
    assert_eq!((unread(&stage, &mia).await.0, unread(&stage, &ben).await.0), (2, 1));
    stage.domain.delete_post(&mia, post).await.unwrap();
    assert_eq!((unread(&stage, &mia).await.0, unread(&stage, &ben).await.0), (0, 0));
    assert_eq!((bell(&stage, &mia).await, bell(&stage, &ben).await), (vec![], vec![]));
    stage.domain.restore_post(&mia, post).await.unwrap();
    assert_eq!((unread(&stage, &mia).await.0, unread(&stage, &ben).await.0), (2, 1));
}

#[tokio::test]
async fn an_edit_tells_only_those_who_are_named_newly() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let id = post(&stage, &mia, "With @ana").await;
    stage.domain.edit_post(&mia, id, PostChange { content: "With @ana and @ben".to_owned() }).await.unwrap();
    work(&stage).await;
    assert_eq!((unread(&stage, &ana).await, unread(&stage, &ben).await), ((1, 1), (1, 1)));
}

#[tokio::test]
async fn nobody_is_told_of_what_they_may_not_see_or_by_whom_they_blocked() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let form = NewPost { content: "For @ana".to_owned(), audience: Audience::Followers, ..NewPost::default() };
    stage.domain.create_post(&mia, form).await.unwrap();
    assert_eq!(unread(&stage, &ana).await.0, 0, "she does not follow");
    let open = post(&stage, &mia, "Test tiles").await;
    like(&stage, &ana, open, true).await;
    like(&stage, &ben, open, true).await;
    stage.domain.set_block(&mia, ana.user_id, true).await.unwrap();
    assert_eq!(bell(&stage, &mia).await[0].message, "ben Example liked your post “Test tiles”");
    assert_eq!(unread(&stage, &mia).await.0, 1);
}

fn wish(kind: NotificationKind, in_app: bool, email: EmailTiming) -> KindPreference {
    KindPreference { kind, in_app, push: false, email }
}

#[tokio::test]
async fn preferences_decide_what_is_raised_and_what_the_bell_shows() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let mut wishes = stage.domain.notification_preferences(&mia).await.unwrap();
    assert_eq!(wishes.kinds.iter().map(|choice| choice.kind).collect::<Vec<_>>(), NotificationKind::ALL);
    wishes.kinds = vec![
        wish(NotificationKind::Like, false, EmailTiming::Never),
        wish(NotificationKind::Comment, false, EmailTiming::Daily),
    ];
    let kept = stage.domain.set_notification_preferences(&mia, &wishes).await.unwrap();
    assert_eq!(kept.kinds.len(), NotificationKind::ALL.len());
    assert!(kept.kinds.contains(&wishes.kinds[1]));
    let post = post(&stage, &mia, "Test tiles").await;
    like(&stage, &ana, post, true).await;
    stage.domain.add_comment(&ana, post, saying("Which clay?")).await.unwrap();
    work(&stage).await;
    assert_eq!((bell(&stage, &mia).await, unread(&stage, &mia).await), (vec![], (0, 0)));
    wishes.enabled = false;
    stage.domain.set_notification_preferences(&mia, &wishes).await.unwrap();
    stage.domain.set_follow(&ana, mia.user_id, true).await.unwrap();
    assert_eq!(unread(&stage, &mia).await, (0, 0));
    stage.domain.test_notification(&mia, "Ding").await.unwrap();
    work(&stage).await;
    assert_eq!(bell(&stage, &mia).await[0].message, "Test · Ding");
    for (field, broken) in [
        ("time_zone", NotificationPreferences { time_zone: "Mars".to_owned(), ..wishes.clone() }),
        ("digest_minute", NotificationPreferences { digest_minute: 1_440, ..wishes.clone() }),
        (
            "quiet_hours",
            NotificationPreferences {
                quiet_hours: Some(QuietHours { from_minute: 5, until_minute: 5 }),
                ..wishes.clone()
            },
        ),
    ] {
        let refused = stage.domain.set_notification_preferences(&mia, &broken).await.unwrap_err();
        assert_eq!(hubbub::protocol::errors::ApiError::from(refused).field.as_deref(), Some(field));
    }
}

#[tokio::test]
async fn in_quiet_hours_the_bell_fills_without_an_alert() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let mut wishes = stage.domain.notification_preferences(&mia).await.unwrap();
    // The clock of the stage stands at 08:00 UTC.
    wishes.quiet_hours = Some(QuietHours { from_minute: 16 * 60, until_minute: 18 * 60 });
    wishes.time_zone = "Asia/Tokyo".to_owned();
    stage.domain.set_notification_preferences(&mia, &wishes).await.unwrap();
    assert_eq!(stage.clock.now(), Timestamp::from_millis(1_800_000_000_000));
    let post = post(&stage, &mia, "Test tiles").await;
    told(&stage, mia.user_id);
    like(&stage, &ana, post, true).await;
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    assert!(!notifications(&events)[0].alert, "{events:?}");
}

async fn talk(stage: &Stage, one: &Actor, other: &Actor) -> ConversationId {
    for (a, b) in [(one, other), (other, one)] {
        stage.domain.set_follow(a, b.user_id, true).await.unwrap();
    }
    let form = NewConversation { member_ids: vec![other.user_id], ..NewConversation::default() };
    stage.domain.begin_conversation(one, form).await.unwrap().conversation.conversation_id
}

async fn say(stage: &Stage, by: &Actor, id: ConversationId, content: &str) -> MessageId {
    let form = NewMessage { content: content.to_owned(), ..NewMessage::default() };
    stage.domain.send_message(by, id, form).await.unwrap().message.message_id
}

#[tokio::test]
async fn unread_messages_are_one_notification_that_reading_the_conversation_reads() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let id = talk(&stage, &ana, &mia).await;
    stage.domain.read_all_notifications(&mia).await.unwrap();
    for words in ["Hi", "Are you there?"] {
        say(&stage, &ana, id, words).await;
    }
    work(&stage).await;
    assert_eq!(unread(&stage, &mia).await.0, 0, "they may be reading it");
    stage.clock.advance(Duration::from_secs(2));
    work(&stage).await;
    let newest = bell(&stage, &mia).await.remove(0);
    assert_eq!(newest.message, "ana Example sent you 2 messages: “Are you there?”");
    assert_eq!((newest.data.count, newest.data.href), (2, format!("/messages/{id}")));
    let last = say(&stage, &ana, id, "Hello?").await;
    stage.clock.advance(INTERVAL);
    work(&stage).await;
    assert_eq!((bell(&stage, &mia).await[0].data.count, unread(&stage, &mia).await.0), (3, 1));
    told(&stage, mia.user_id);
    stage.domain.read_message(&mia, id, last).await.unwrap();
    assert_eq!(unread(&stage, &mia).await.0, 0);
    let events = told(&stage, mia.user_id);
    assert!(matches!(&events[0], ServerEvent::NotificationUpdate(update) if update.status == NotificationStatus::Read));
}

#[tokio::test]
async fn a_muted_conversation_tells_only_who_is_named_in_it() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let id = talk(&stage, &ana, &mia).await;
    let mute = MembershipChange { muted: Some(true), ..MembershipChange::default() };
    stage.domain.change_membership(&mia, id, mute).await.unwrap();
    stage.domain.read_all_notifications(&mia).await.unwrap();
    say(&stage, &ana, id, "Psst").await;
    say(&stage, &ana, id, "@mia, psst").await;
    stage.clock.advance(Duration::from_secs(2));
    work(&stage).await;
    let all = stage.domain.notifications(&mia, NotificationFilter::Unread, None, None).await.unwrap().items;
    assert_eq!(all.iter().map(|one| one.data.occasion).collect::<Vec<_>>(), [Occasion::MentionedInMessage]);
}

#[tokio::test]
async fn what_is_told_outlives_a_broker_that_is_away() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let post = post(&stage, &mia, "Test tiles").await;
    *stage.broker.deaf.lock() = true;
    like(&stage, &ana, post, true).await;
    let _ = stage.domain.keep_promises().await.unwrap();
    *stage.broker.deaf.lock() = false;
    let stage = stage.restarted().await;
    stage.clock.advance(Duration::from_secs(31));
    work(&stage).await;
    let events = told(&stage, mia.user_id);
    assert_eq!(notifications(&events).len(), 1, "{events:?}");
    assert!(events.iter().any(|event| matches!(event, ServerEvent::UnreadCount(count) if count.count == 1)));
}

#[tokio::test]
async fn lists_go_on_for_ever_without_gap_or_repeat() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    for number in 0..25 {
        let id = post(&stage, &mia, &number.to_string()).await;
        like(&stage, &ana, id, true).await;
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = stage.domain.notifications(&mia, NotificationFilter::Unread, before, Some(10)).await.unwrap();
        seen.extend(page.items.into_iter().map(|one| one.notification_id));
        let Some(next) = page.next else { break };
        before = Some(next.parse().unwrap());
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]));
}

async fn step(stage: &Stage, by: &Actor, of: &Actor, wish: ConnectionWish) {
    stage.domain.change_connection(by, of.user_id, wish).await.unwrap();
}

#[tokio::test]
async fn a_request_to_connect_waits_in_the_bell_until_it_is_answered_or_withdrawn() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let requests = async |of: &Actor| {
        stage.domain.notifications(of, NotificationFilter::Requests, None, None).await.unwrap().items
    };
    step(&stage, &ana, &mia, ConnectionWish::Ask).await;
    work(&stage).await;
    let [asked] = &requests(&mia).await[..] else { panic!("not told") };
    assert_eq!((asked.data.occasion, asked.user_id), (Occasion::ConnectionAsked, Some(ana.user_id)));
    assert!(asked.target.request_id.is_some());
    step(&stage, &ana, &mia, ConnectionWish::Withdraw).await;
    assert_eq!((requests(&mia).await, unread(&stage, &mia).await.0), (vec![], 0));
    step(&stage, &ana, &mia, ConnectionWish::Ask).await;
    step(&stage, &mia, &ana, ConnectionWish::Accept).await;
    work(&stage).await;
    assert_eq!((requests(&mia).await, unread(&stage, &mia).await.0), (vec![], 0));
    assert_eq!(bell(&stage, &ana).await[0].message, "mia Example accepted your request to connect");
}

#[tokio::test]
async fn muted_people_and_posts_raise_nothing() {
    let stage = Stage::new().await;
    let (mia, ana, ben) = (actor(&stage, "mia").await, actor(&stage, "ana").await, actor(&stage, "ben").await);
    let (quiet, open) = (post(&stage, &mia, "Quiet").await, post(&stage, &mia, "Open").await);
    stage.domain.set_mute(&mia, ana.user_id, true).await.unwrap();
    stage.domain.set_post_mute(&mia, quiet, true).await.unwrap();
    like(&stage, &ana, open, true).await;
    like(&stage, &ben, quiet, true).await;
    work(&stage).await;
    assert_eq!((bell(&stage, &mia).await, unread(&stage, &mia).await), (vec![], (0, 0)));
}

// --------------------------------------------------------------------------------------------------- over the doors

/// The next notification that a tab is told, and what is unread with it.
async fn rings(tab: &mut Tab) -> (NotificationEvent, UnreadCount) {
    match (tab.next_of_bell().await, tab.next_of_bell().await) {
        (ServerEvent::Notification(event), ServerEvent::UnreadCount(count)) => (event, count),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_on_one_device_is_read_on_the_others_and_replayed_to_one_that_was_away() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let post = mia.post("Test tiles", Audience::Public).await;
    let (mut desk, mut phone) = (mia.connect().await, mia.connect().await);
    let away = mia.connect().await.connected.unwrap();
    ana.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
    let (told, count) = rings(&mut desk).await;
    assert_eq!((told.notification.seq, told.alert, count.count), (1, true, 1));
    assert_eq!(rings(&mut phone).await, (told.clone(), count));
    let id = told.notification.notification_id;
    phone.command(ClientCommand::MarkRead { notification_id: id }).await;
    let ServerEvent::NotificationUpdate(update) = desk.next_of_bell().await else { panic!("not told") };
    assert_eq!((update.notification_id, update.status, update.seq), (id, NotificationStatus::Read, Some(2)));
    assert!(matches!(desk.next_of_bell().await, ServerEvent::UnreadCount(UnreadCount { count: 0, seq: 2, .. })));

    let mut back = mia.connect().await;
    let resume = ClientCommand::Resume { epoch: away.epoch, offset: away.offset, conversations: Vec::new() };
    assert_eq!(back.command(resume).await.1.resumed, Some(true));
    assert_eq!(back.next_of_bell().await, ServerEvent::Notification(told));
    assert_eq!(back.next_of_bell().await, ServerEvent::NotificationUpdate(update));
    back.command(ClientCommand::MarkAllRead).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_lists_marks_and_undoes() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let post = mia.post("Test tiles", Audience::Public).await;
    ana.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
    let list = mia.done(Method::GET, "/api/notifications?filter=unread", None).await;
    let id = list["items"][0]["notification_id"].as_str().unwrap().to_owned();
    assert_eq!((&list["items"][0]["kind"], &list["next"]), (&json!("like"), &json!(null)));
    let path = format!("/api/notifications/{id}/read");
    assert!(mia.done(Method::PUT, &path, None).await["read_at"].is_string());
    assert!(mia.done(Method::DELETE, &path, None).await["read_at"].is_null());
    let (status, _) = ana.ask(Method::PUT, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let all = mia.done(Method::POST, "/api/notifications/read-all", None).await;
    assert_eq!(all["count"], 1);
    let undo = format!("/api/notifications/read-all?at={}", all["at"].as_str().unwrap());
    assert_eq!(mia.done(Method::DELETE, &undo, None).await["count"], 1);
    let unread = mia.done(Method::GET, "/api/conversations/unread", None).await;
    assert_eq!(unread["count"], 1);
    for (method, path, field) in [
        (Method::GET, "/api/notifications?filter=loud", "filter"),
        (Method::GET, "/api/notifications?before=x", "before"),
        (Method::DELETE, "/api/notifications/read-all?at=now", "at"),
    ] {
        let (status, refused) = mia.ask(method, path, None).await;
        assert_eq!((status, &refused["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_test_notification_comes_to_whoever_asked_for_it() {
    let site = Site::start().await;
    let mia = site.person("mia").await;
    let mut tab = mia.connect().await;
    let body = json!({ "message": "Test notification message" });
    let answer = mia.done(Method::POST, "/api/ws/test-notification", Some(body)).await;
    assert_eq!(answer, json!({ "success": true, "message": "Test notification sent", "user_id": mia.id() }));
    let (told, _) = rings(&mut tab).await;
    assert_eq!(told.notification.kind, NotificationKind::System);
    assert_eq!(told.notification.data.excerpt.as_deref(), Some("Test notification message"));
    let (status, _) = mia.ask(Method::POST, "/api/ws/test-notification", Some(json!({ "message": " " }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_and_links_of_letters_have_doors_too() {
    let site = Site::start().await;
    let (mia, ana) = (site.person("mia").await, site.person("ana").await);
    let path = "/api/me/notification-preferences";
    let mut wishes = mia.done(Method::GET, path, None).await;
    wishes["quiet_hours"] = json!({ "from_minute": 1380, "until_minute": 420 });
    wishes["kinds"] = json!([{ "kind": "like", "in_app": false, "push": false, "email": "daily" }]);
    let kept = mia.done(Method::PUT, path, Some(wishes.clone())).await;
    assert_eq!((&kept["quiet_hours"], &kept["kinds"][0]), (&wishes["quiet_hours"], &wishes["kinds"][0]));
    wishes["time_zone"] = json!("Mars");
    let (status, refused) = mia.ask(Method::PUT, path, Some(wishes)).await;
    assert_eq!((status, &refused["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("time_zone")));
    for email in ["mia@example.org", "nobody@example.org"] {
        let answer = ana.done(Method::POST, "/api/auth/forgot", Some(json!({ "email": email }))).await;
        assert_eq!(answer, json!({ "success": true }));
    }
    for path in ["/api/auth/confirm", "/api/unsubscribe?token=x.y.z"] {
        let (status, refused) = ana.ask(Method::POST, path, Some(json!({ "token": "made up" }))).await;
        assert_eq!((status, &refused["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("token")), "{path}");
    }
    assert_eq!(ana.ask(Method::GET, "/api/admin/deliveries", None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(mia.done(Method::GET, "/api/admin/deliveries?status=failed", None).await["items"], json!([]));
    for wrong in ["status=unread", "channel=pigeon", "before=7"] {
        let (status, refused) = mia.ask(Method::GET, &format!("/api/admin/deliveries?{wrong}"), None).await;
        let field = wrong.split('=').next().unwrap();
        assert_eq!((status, refused["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)));
    }
    for page in ["/confirm?token=x", "/forgot", "/reset?token=x", "/unsubscribe?token=x", "/forgot?done=yes"] {
        let answer = reqwest::get(site.url(page)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{page}");
        assert!(answer.text().await.unwrap().contains("<h1"), "{page}");
    }
}
