//! The hub by itself: who receives what, how often, and what happens to slow readers.

use std::{sync::Arc, time::Duration};

use hubbub::{
    protocol::{
        events::{CloseCode, DeletedPost, LikeUpdate, PostDeleted, ServerEvent, Status, Typing},
        ids::{ConversationId, PostId, SessionId, UserId},
        time::Timestamp,
        views::{Audience, FeedKind, PersonRef, Role},
    },
    server::{
        clock::SystemClock,
        domain::{
            Actor,
            audience::{Relation, Sight, feed_topics, post_topics},
            outcome::{Publication, Topic},
            ports::{Attendance, PostCounts, PresenceRecord},
        },
        realtime::{
            hub::{ConnectionHandle, Curiosity, Hub, HubSettings, NotJoined, Settled, Standing},
            queue::Next,
        },
    },
};
use proptest::prelude::*;
use tokio::time::{Instant, advance, timeout};
use tokio_util::sync::CancellationToken;

const ANA: UserId = UserId::new(1);
const BEN: UserId = UserId::new(2);
const CLEO: UserId = UserId::new(3);
const POST: PostId = PostId::new(100);

fn hub() -> Hub {
    Hub::new(HubSettings { clock: Arc::new(SystemClock), epoch: "run1".to_owned(), connections_per_person: 100 })
}

fn actor(user_id: UserId) -> Actor {
    Actor { user_id, session_id: SessionId::new(user_id.get() * 1_000), role: Role::Member }
}

fn try_connect(hub: &Hub, user_id: UserId) -> Result<ConnectionHandle, CloseCode> {
    hub.connect(&actor(user_id), |_, _| ServerEvent::Pong { timestamp: Timestamp::from_millis(0) })
}

/// An open connection whose greeting was read.
fn connect(hub: &Hub, user_id: UserId) -> ConnectionHandle {
    let handle = try_connect(hub, user_id).unwrap();
    assert!(matches!(handle.next(), Next::Frame(_)));
    handle
}

/// Everything that waits, and the close code if the connection is to end.
fn drain(handle: &ConnectionHandle) -> (Vec<ServerEvent>, Option<CloseCode>) {
    let mut events = Vec::new();
    loop {
        match handle.next() {
            Next::Frame(frame) => events.push(serde_json::from_slice(&frame).unwrap()),
            Next::Unasked(..) => panic!("offered to somebody who is not curious"),
            Next::Close(code) => return (events, Some(code)),
            Next::Nothing => return (events, None),
        }
    }
}

fn events(handle: &ConnectionHandle) -> Vec<ServerEvent> {
    let (events, closing) = drain(handle);
    assert_eq!(closing, None);
    events
}

fn offsets(handle: &ConnectionHandle) -> Vec<u64> {
    let offset = |event| match event {
        ServerEvent::PostDeleted(gone) => gone.offset,
        ServerEvent::NewPost(post) | ServerEvent::PostUpdated(post) => post.offset,
        other => panic!("{other:?} is not of the log"),
    };
    events(handle).into_iter().map(offset).collect()
}

/// News of a post of `author`: the smallest event of the log.
fn news(post_id: PostId, author: UserId, audience: Audience) -> Publication {
    let post = DeletedPost { id: post_id, user_id: author, timestamp: Timestamp::from_millis(0), version: 1 };
    let event = ServerEvent::PostDeleted(PostDeleted { post, offset: 0 });
    Publication::Watchers { topics: post_topics(post_id, author, audience, false), event, except: Vec::new() }
}

/// What somebody sees of those they follow, or not.
fn sight(follows: bool) -> Sight {
    Sight::of(&Relation { follows, ..Relation::default() })
}

fn followed(people: &[UserId]) -> Vec<(UserId, Sight)> {
    people.iter().map(|person| (*person, sight(true))).collect()
}

fn follow(viewer: UserId, subject: UserId, follows: bool) -> Publication {
    Publication::SightChanged { viewer, subject, sight: sight(follows) }
}

fn likes(post_id: PostId, version: u64) -> Publication {
    Publication::Watchers {
        topics: vec![Topic::Post(post_id)],
        event: like_update(post_id, version, None),
        except: Vec::new(),
    }
}

fn like_update(post_id: PostId, version: u64, liked: Option<bool>) -> ServerEvent {
    ServerEvent::LikeUpdate(LikeUpdate {
        post_id,
        comment_id: None,
        like_count: version,
        version,
        user_id: ANA,
        timestamp: Timestamp::from_millis(0),
        liked,
    })
}

fn watch_feed(handle: &ConnectionHandle, viewer: UserId, feed: FeedKind, following: &[UserId]) {
    assert!(handle.watch_feed(feed, feed_topics(viewer, feed, &followed(following)), handle.mark()));
}

fn counts(post_id: PostId, author: UserId, audience: Audience) -> PostCounts {
    PostCounts {
        post_id,
        author,
        audience,
        version: 1,
        like_count: 0,
        like_version: 0,
        liked: false,
        comment_count: 0,
        comment_version: 0,
    }
}

fn watch_post(handle: &ConnectionHandle, post_id: PostId, author: UserId, audience: Audience) {
    let mark = handle.mark();
    handle.begin_posts(&[post_id]).unwrap();
    let visible = [counts(post_id, author, audience)];
    assert_eq!(handle.settle_posts(&[post_id], &visible, mark), Settled::Current);
}

#[test]
fn an_event_comes_once_however_many_of_its_topics_are_watched() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_feed(&ana, ANA, FeedKind::Everyone, &[BEN]);
    watch_post(&ana, POST, BEN, Audience::Public);
    hub.publish(news(POST, BEN, Audience::Public));
    assert_eq!(offsets(&ana), [1]);
    hub.check_invariants().unwrap();
}

#[test]
fn what_is_for_followers_reaches_them_and_the_author_only() {
    let hub = hub();
    let [ana, ben, cleo] = [ANA, BEN, CLEO].map(|user_id| connect(&hub, user_id));
    watch_feed(&ana, ANA, FeedKind::Everyone, &[BEN]);
    watch_feed(&ben, BEN, FeedKind::Everyone, &[]);
    watch_feed(&cleo, CLEO, FeedKind::Everyone, &[]);
    hub.publish(news(POST, BEN, Audience::Followers));
    assert_eq!((offsets(&ana), offsets(&ben), offsets(&cleo)), (vec![1], vec![1], vec![]));
}

#[test]
fn following_and_unfollowing_take_effect_on_open_connections() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_feed(&ana, ANA, FeedKind::Following, &[]);
    hub.publish(news(POST, BEN, Audience::Followers));
    assert_eq!(offsets(&ana), [0; 0]);
    hub.publish(follow(ANA, BEN, true));
    hub.publish(news(POST, BEN, Audience::Followers));
    assert_eq!(offsets(&ana), [2]);
    watch_post(&ana, POST, BEN, Audience::Followers);
    hub.publish(follow(ANA, BEN, false));
    hub.publish(news(POST, BEN, Audience::Followers));
    hub.publish(likes(POST, 1));
    assert_eq!(events(&ana), []);
    hub.check_invariants().unwrap();
}

#[test]
fn a_public_post_stays_watched_after_unfollowing_its_author() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_post(&ana, POST, BEN, Audience::Public);
    hub.publish(follow(ANA, BEN, false));
    hub.publish(likes(POST, 1));
    assert_eq!(events(&ana).len(), 1);
}

#[test]
fn what_was_read_before_an_unfollow_is_not_subscribed_to_after_it() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    let mark = ana.mark();
    ana.begin_posts(&[POST]).unwrap();
    hub.publish(follow(ANA, BEN, false));
    assert!(!ana.watch_feed(FeedKind::Following, feed_topics(ANA, FeedKind::Following, &followed(&[BEN])), mark));
    let visible = [counts(POST, BEN, Audience::Followers)];
    assert_eq!(ana.settle_posts(&[POST], &visible, mark), Settled::BeginAgain);
    hub.publish(news(POST, BEN, Audience::Followers));
    assert_eq!(events(&ana), []);
}

fn typing(id: ConversationId, who: UserId) -> Publication {
    let event = ServerEvent::Typing(Typing {
        conversation_id: id,
        user_id: who,
        user_name: "Ben".to_owned(),
        is_typing: true,
        expires_in_ms: 6_000,
    });
    Publication::Watchers { topics: vec![Topic::Typing(id)], event, except: Vec::new() }
}

fn presence(person: UserId) -> PresenceRecord {
    let (username, full_name) = ("ben".to_owned(), "Ben".to_owned());
    PresenceRecord { person: PersonRef { id: person, username, full_name, avatar_url: None }, last_seen_at: None }
}

fn watch_person(handle: &ConnectionHandle, person: UserId) {
    handle.watch_people(&[presence(person)], handle.mark()).unwrap();
}

/// Who is offered to somebody who hears of everybody.
fn offered(handle: &ConnectionHandle) -> usize {
    std::iter::from_fn(|| match handle.next() {
        Next::Nothing => None,
        Next::Close(code) => panic!("closed with {code:?}"),
        next => Some(next),
    })
    .filter(|next| matches!(next, Next::Unasked(..)))
    .count()
}

#[test]
fn who_hears_of_everybody_hears_of_a_thousand_and_may_still_ask_for_others() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    ana.hear_of(Curiosity { posts: true, people: true });
    let ben = connect(&hub, BEN);
    assert_eq!(offered(&ana), 1);
    let people: Vec<PresenceRecord> = (100..1_100).map(|id| presence(UserId::new(id))).collect();
    for (people, times) in people.chunks(100).flat_map(|some| [(some, "new"), (some, "known")]) {
        assert_eq!(ana.hear_of_people(people, ana.mark()), Ok(()), "{times}");
        assert_eq!(offered(&ana), 0);
    }
    assert_eq!(ana.hear_of_people(&[presence(CLEO)], ana.mark()), Err(NotJoined::TooMany));
    ana.hear_of_no_more_people();
    let _cleo = connect(&hub, CLEO);
    drop(ben);
    assert_eq!(offered(&ana), 0, "more could not be watched");
    watch_person(&ana, CLEO);
    // Who says what they watch from then on has room for it, beside what stays.
    ana.hear_of(Curiosity::default());
    assert_eq!(hub.stats().subscriptions, 1_001);
    let others: Vec<PresenceRecord> = (2_000..2_199).map(|id| presence(UserId::new(id))).collect();
    for others in others.chunks(100) {
        assert_eq!(ana.watch_people(others, ana.mark()), Ok(()));
        assert_eq!(offered(&ana), 0);
    }
    assert_eq!(ana.watch_people(&[presence(UserId::new(3_000))], ana.mark()), Err(NotJoined::TooMany));
    hub.check_invariants().unwrap();
}

#[test]
fn who_may_see_somebody_no_more_hears_nothing_of_them_from_that_moment() {
    let hub = hub();
    let [ana, ben, cleo] = [ANA, BEN, CLEO].map(|user_id| connect(&hub, user_id));
    let elsewhere = connect(&hub, CLEO);
    let other = PostId::new(101);
    for (handle, person) in [(&ana, ANA), (&ben, BEN), (&cleo, CLEO), (&elsewhere, CLEO)] {
        watch_feed(handle, person, FeedKind::Everyone, &[BEN]);
        watch_post(handle, POST, BEN, Audience::Public);
        watch_post(handle, other, ANA, Audience::Public);
        watch_person(handle, BEN);
        events(handle);
    }
    let reading = cleo.mark();
    cleo.begin_posts(&[PostId::new(102)]).unwrap();
    hub.publish(Publication::AudienceNarrowed { subject: BEN, keep: vec![ANA] });
    hub.publish(news(PostId::new(103), BEN, Audience::Followers));
    hub.publish(news(PostId::new(104), BEN, Audience::Connections));
    hub.publish(likes(POST, 1));
    ben.set_idle(true);
    for gone in [&cleo, &elsewhere] {
        assert_eq!(events(gone), [], "not one event more");
    }
    // What was being read when it happened is read anew, and says what is seen now.
    let visible = [counts(PostId::new(102), BEN, Audience::Public)];
    assert_eq!(cleo.settle_posts(&[PostId::new(102)], &visible, reading), Settled::BeginAgain);
    assert!(!cleo.watch_feed(FeedKind::Following, feed_topics(CLEO, FeedKind::Following, &followed(&[BEN])), reading));
    // What others wrote goes on, and so does everything for those who may, and for the one themselves.
    hub.publish(likes(other, 1));
    assert_eq!((events(&cleo).len(), events(&elsewhere).len()), (1, 1));
    let kept = events(&ana);
    let is_of_feed = |event: &&ServerEvent| matches!(event, ServerEvent::PostDeleted(_));
    assert_eq!(kept.iter().filter(is_of_feed).count(), 1, "of followers: {kept:?}");
    assert_eq!(kept.iter().filter(|event| matches!(event, ServerEvent::LikeUpdate(_))).count(), 2, "{kept:?}");
    assert!(kept.iter().any(|event| matches!(event, ServerEvent::UserStatus(_))), "{kept:?}");
    assert_eq!(events(&ben).iter().filter(is_of_feed).count(), 2);
    hub.check_invariants().unwrap();
}

#[test]
fn who_is_out_of_a_conversation_hears_nothing_of_it_from_that_moment() {
    let hub = hub();
    let [ana, cleo] = [ANA, CLEO].map(|user_id| connect(&hub, user_id));
    let elsewhere = connect(&hub, CLEO);
    let (club, tea) = (ConversationId::new(7), ConversationId::new(8));
    for handle in [&ana, &cleo, &elsewhere] {
        for id in [club, tea] {
            handle.join_conversation(id, &[Topic::Typing(id), Topic::Conversation(id)], handle.mark()).unwrap();
        }
    }
    hub.publish(typing(club, BEN));
    assert_eq!([&ana, &cleo, &elsewhere].map(|handle| events(handle).len()), [1, 1, 1]);
    let reading = cleo.mark();
    hub.publish(Publication::MembersLeft { conversation_id: club, user_ids: vec![CLEO] });
    hub.publish(typing(club, BEN));
    assert_eq!([&ana, &cleo, &elsewhere].map(|handle| events(handle).len()), [1, 0, 0]);
    assert!(!cleo.has_joined(club) && ana.has_joined(club));
    // An answer that was read before lets nobody in again.
    let late = cleo.join_conversation(club, &[Topic::Typing(club)], reading);
    assert!(matches!(late, Err(NotJoined::ReadAgain)));
    hub.publish(typing(tea, BEN));
    assert_eq!([&cleo, &elsewhere].map(|handle| events(handle).len()), [1, 1], "another one goes on");
    hub.check_invariants().unwrap();
}

#[test]
fn one_of_two_feeds_ends_without_the_other() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_feed(&ana, ANA, FeedKind::Everyone, &[BEN]);
    watch_feed(&ana, ANA, FeedKind::Following, &[BEN]);
    ana.unwatch_feed(FeedKind::Everyone);
    hub.publish(news(POST, CLEO, Audience::Public));
    hub.publish(news(POST, BEN, Audience::Public));
    assert_eq!(offsets(&ana), [2]);
    ana.unwatch_feed(FeedKind::Following);
    hub.publish(news(POST, BEN, Audience::Public));
    assert_eq!(events(&ana), []);
    assert_eq!(hub.stats().topics, 0);
    hub.check_invariants().unwrap();
}

#[test]
fn nothing_is_sent_of_a_post_before_it_may_be_seen_and_nothing_is_missed() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    let mark = ana.mark();
    ana.begin_posts(&[POST]).unwrap();
    hub.publish(likes(POST, 1));
    assert_eq!(events(&ana), []);
    let visible = [counts(POST, BEN, Audience::Public)];
    assert_eq!(ana.settle_posts(&[POST], &visible, mark), Settled::ReadAgain);
    ana.begin_posts(&[PostId::new(101)]).unwrap();
    assert_eq!(ana.settle_posts(&[PostId::new(101)], &[], mark), Settled::Current);
    assert_eq!(hub.stats().subscriptions, 1);
    hub.check_invariants().unwrap();
}

#[test]
fn a_connection_watches_so_many_posts_and_no_more() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    let ids: Vec<PostId> = (1..=200).map(PostId::new).collect();
    ana.begin_posts(&ids).unwrap();
    assert!(ana.begin_posts(&[PostId::new(201)]).is_err());
    ana.begin_posts(&ids).unwrap();
    ana.unwatch_posts(&ids[..1]);
    ana.begin_posts(&[PostId::new(201)]).unwrap();
    hub.check_invariants().unwrap();
}

#[test]
fn ended_sessions_are_closed_and_cannot_come_back() {
    let hub = hub();
    let (ana, ben) = (connect(&hub, ANA), connect(&hub, BEN));
    ana.send(&ServerEvent::Pong { timestamp: Timestamp::from_millis(0) });
    hub.publish(Publication::SessionsEnded { session_ids: vec![actor(ANA).session_id] });
    assert_eq!(drain(&ana), (vec![], Some(CloseCode::Unauthorized)));
    assert_eq!(drain(&ben), (vec![], None));
    assert_eq!(try_connect(&hub, ANA).err(), Some(CloseCode::Unauthorized));
}

#[test]
fn one_person_has_so_many_connections_and_no_more() {
    let hub =
        Hub::new(HubSettings { clock: Arc::new(SystemClock), epoch: "run1".to_owned(), connections_per_person: 2 });
    let (first, _second) = (connect(&hub, ANA), connect(&hub, ANA));
    assert_eq!(try_connect(&hub, ANA).err(), Some(CloseCode::Overloaded));
    let _ben = connect(&hub, BEN);
    drop(first);
    let _third = connect(&hub, ANA);
    assert_eq!((hub.stats().connections, hub.stats().people), (3, 2));
}

const fn standing(is_idle: bool, connections: usize) -> Standing {
    Standing { is_idle, connections }
}

#[test]
fn who_is_at_any_node_is_there() {
    let hub = hub();
    hub.share();
    let ana = connect(&hub, ANA);
    watch_person(&ana, BEN);
    events(&ana);
    let statuses = || {
        let status = |event| match event {
            ServerEvent::UserStatus(status) => (status.status, status.idle),
            other => panic!("{other:?}"),
        };
        events(&ana).into_iter().map(status).collect::<Vec<_>>()
    };
    hub.people_elsewhere("b", &[(BEN, Some(standing(false, 1)))]);
    assert_eq!(statuses(), [(Status::Online, false)]);
    hub.everybody_elsewhere("c", &[(BEN, standing(true, 1)), (CLEO, standing(false, 1))]);
    assert_eq!(statuses(), [], "they do something at the other node");
    hub.people_elsewhere("b", &[(BEN, Some(standing(true, 2)))]);
    assert_eq!(statuses(), [(Status::Online, true)]);
    assert_eq!((hub.people_at_all_nodes(), hub.everybody()), (3, vec![ANA, BEN, CLEO]));
    assert!(hub.is_here(BEN) && !hub.is_active(BEN) && hub.is_active(CLEO));
    hub.everybody_elsewhere("b", &[]);
    assert_eq!(statuses(), [], "they are at the third node still");
    hub.node_gone("c", Timestamp::from_millis(9));
    assert_eq!(statuses(), [(Status::Offline, false)]);
    assert!(!hub.is_here(BEN) && !hub.is_here(CLEO));
    hub.check_invariants().unwrap();
}

#[tokio::test(start_paused = true)]
async fn other_nodes_hear_who_came_and_went_and_nobody_twice() {
    let hub = hub();
    hub.share();
    let (ana, ben) = (connect(&hub, ANA), connect(&hub, BEN));
    let mut told = hub.standings_changed().await;
    told.sort_unstable_by_key(|(person, _)| *person);
    assert_eq!(told, [(ANA, Some(standing(false, 1))), (BEN, Some(standing(false, 1)))]);
    ben.set_idle(true);
    assert_eq!(hub.standings_changed().await, [(BEN, Some(standing(true, 1)))]);
    drop(ana);
    assert_eq!(hub.standings_changed().await, [(ANA, Some(standing(false, 0)))]);
    hub.send_due(Instant::now() + Duration::from_secs(10));
    assert_eq!(hub.standings_changed().await, [(ANA, None)]);
    assert_eq!(hub.standings(), [(BEN, standing(true, 1))]);
    assert!(timeout(Duration::from_secs(1), hub.standings_changed()).await.is_err(), "nothing is news");
}

#[test]
fn connections_at_other_nodes_count_for_the_cap() {
    let hub = hub();
    hub.everybody_elsewhere("b", &[(ANA, standing(false, 99))]);
    let _one = connect(&hub, ANA);
    assert_eq!(try_connect(&hub, ANA).err(), Some(CloseCode::Overloaded));
}

#[test]
fn after_a_gap_everybody_comes_again_and_nothing_from_before_is_replayed() {
    let hub = hub();
    let handle = connect(&hub, ANA);
    watch_feed(&handle, ANA, FeedKind::Everyone, &[]);
    hub.publish(news(POST, BEN, Audience::Public));
    events(&handle);
    hub.begin_again();
    let (told, code) = drain(&handle);
    assert!(matches!(told[..], [ServerEvent::GoingAway { .. }]), "{told:?}");
    assert_eq!(code, Some(CloseCode::Restarting));
    drop(handle);
    let again = connect(&hub, ANA);
    watch_feed(&again, ANA, FeedKind::Everyone, &[]);
    assert!(!again.resume("run1", 1));
    hub.publish(news(POST, BEN, Audience::Public));
    assert_eq!(events(&again).len(), 1, "it goes on");
    hub.check_invariants().unwrap();
}

#[test]
fn a_planned_stop_sends_clients_back_one_after_the_other() {
    let hub = hub();
    let clients: Vec<ConnectionHandle> = (0..50).map(|_| connect(&hub, ANA)).collect();
    hub.close_all();
    let mut delays = Vec::new();
    for client in &clients {
        let (events, closing) = drain(client);
        assert_eq!(closing, Some(CloseCode::Restarting));
        let [ServerEvent::GoingAway { retry_after_ms }] = events[..] else { panic!("{events:?}") };
        delays.push(retry_after_ms);
    }
    delays.sort_unstable();
    delays.dedup();
    assert!(delays.len() >= 20, "{delays:?}");
    assert_eq!(try_connect(&hub, BEN).err(), Some(CloseCode::Restarting));
}

#[tokio::test(start_paused = true)]
async fn a_hot_count_comes_at_most_five_times_a_second_and_ends_right() {
    let hub = hub();
    let stopping = CancellationToken::new();
    let pacer = tokio::spawn(hub.clone().pace(stopping.clone()));
    let (ana, ben) = (connect(&hub, ANA), connect(&hub, BEN));
    watch_post(&ana, POST, CLEO, Audience::Public);
    watch_post(&ben, POST, CLEO, Audience::Public);
    let (mut frames, mut last) = (0, None);
    let started = Instant::now();
    for version in 1..=4_000 {
        hub.publish(likes(POST, version));
        advance(Duration::from_millis(1)).await;
        tokio::task::yield_now().await;
        let seen = events(&ana);
        frames += seen.len();
        last = seen.last().cloned().or(last);
        if version == 1 {
            assert_eq!(last, Some(like_update(POST, 1, None)), "the first is sent at once");
        }
    }
    tokio::time::sleep(Duration::from_millis(250)).await;
    last = events(&ana).last().cloned().or(last);
    assert_eq!(last, Some(like_update(POST, 4_000, None)));
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss)]
    let rate = frames as f64 / seconds;
    assert!(rate <= 5.5, "{rate} frames a second");
    assert_eq!(events(&ben).last(), Some(&like_update(POST, 4_000, None)));
    tokio::time::sleep(Duration::from_millis(500)).await;
    hub.publish(likes(POST, 4_001));
    assert_eq!(events(&ana).len(), 1, "after a pause the next is sent at once again");
    hub.check_invariants().unwrap();
    stopping.cancel();
    pacer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_late_count_never_replaces_a_newer_one() {
    let hub = hub();
    let pacer = tokio::spawn(hub.clone().pace(CancellationToken::new()));
    let ana = connect(&hub, ANA);
    watch_post(&ana, POST, CLEO, Audience::Public);
    for version in [1, 5, 3, 2] {
        hub.publish(likes(POST, version));
    }
    assert_eq!(events(&ana), [like_update(POST, 1, None)]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(events(&ana), [like_update(POST, 5, None)]);
    pacer.abort();
}

#[tokio::test(start_paused = true)]
async fn ones_own_like_is_never_folded_into_another() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_post(&ana, POST, CLEO, Audience::Public);
    for version in 1..=20 {
        hub.publish(likes(POST, version));
        let event = like_update(POST, version, Some(version % 2 == 1));
        hub.publish(Publication::Person { user_id: ANA, event });
    }
    let own = events(&ana).into_iter().filter(|event| matches!(event, ServerEvent::LikeUpdate(u) if u.liked.is_some()));
    assert_eq!(own.count(), 20);
}

#[test]
fn a_slow_reader_is_closed_and_costs_nobody_else() {
    let hub = hub();
    let (slow, quick) = (connect(&hub, ANA), connect(&hub, BEN));
    watch_feed(&slow, ANA, FeedKind::Everyone, &[]);
    watch_feed(&quick, BEN, FeedKind::Everyone, &[]);
    let mut received = 0;
    for number in 0..1_000 {
        hub.publish(news(PostId::new(number), CLEO, Audience::Public));
        received += offsets(&quick).len();
        hub.check_invariants().unwrap();
    }
    assert_eq!(received, 1_000);
    assert_eq!(drain(&slow), (vec![], Some(CloseCode::TooSlow)));
}

#[test]
fn resuming_replays_exactly_what_was_missed() {
    let hub = hub();
    let before = connect(&hub, ANA);
    watch_feed(&before, ANA, FeedKind::Following, &[BEN]);
    hub.publish(news(PostId::new(1), BEN, Audience::Public));
    assert_eq!(offsets(&before), [1]);
    drop(before);
    hub.publish(news(PostId::new(2), BEN, Audience::Followers));
    hub.publish(news(PostId::new(3), CLEO, Audience::Public));
    hub.publish(news(PostId::new(4), BEN, Audience::Public));
    let after = connect(&hub, ANA);
    watch_feed(&after, ANA, FeedKind::Following, &[BEN]);
    hub.publish(news(PostId::new(5), BEN, Audience::Public));
    assert!(after.resume("run1", 1));
    assert_eq!(offsets(&after), [5, 2, 4], "what happened since it watched was sent already");
    assert!(after.resume("run1", 5));
    assert_eq!(offsets(&after), [0; 0]);
}

#[test]
fn what_the_log_cannot_make_good_is_reloaded() {
    let hub = hub();
    let ana = connect(&hub, ANA);
    watch_feed(&ana, ANA, FeedKind::Everyone, &[]);
    assert!(ana.resume("run1", 0), "nothing was missed yet");
    assert!(!ana.resume("run0", 0), "another run");
    assert!(!ana.resume("run1", 1), "never was that far");
    for number in 0..2_000 {
        hub.publish(news(PostId::new(number), CLEO, Audience::Public));
        events(&ana);
    }
    let late = connect(&hub, ANA);
    watch_feed(&late, ANA, FeedKind::Everyone, &[]);
    assert!(!late.resume("run1", 2_000 - 1_024 - 1), "forgotten");
    assert!(!late.resume("run1", 2_000 - 1_024), "too much at once");
    assert!(late.resume("run1", 1_900));
    assert_eq!(offsets(&late), (1_901..=2_000).collect::<Vec<u64>>());
}

#[derive(Clone, Debug)]
enum Step {
    Connect(u64),
    Leave(usize),
    WatchFeed(usize, bool),
    UnwatchFeed(usize, bool),
    WatchPost(usize, u64, bool),
    UnwatchPost(usize, u64),
    Follow(u64, u64, bool),
    News(u64, u64, bool),
    Likes(u64, u64),
    EndSession(u64),
    Resume(usize, u64),
    Drain(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (person, who, post) = (1..5_u64, 0..8_usize, 100..104_u64);
    prop_oneof![
        person.clone().prop_map(Step::Connect),
        who.clone().prop_map(Step::Leave),
        (who.clone(), any::<bool>()).prop_map(|(who, every)| Step::WatchFeed(who, every)),
        (who.clone(), any::<bool>()).prop_map(|(who, every)| Step::UnwatchFeed(who, every)),
        (who.clone(), post.clone(), any::<bool>()).prop_map(|(who, post, seen)| Step::WatchPost(who, post, seen)),
        (who.clone(), post.clone()).prop_map(|(who, post)| Step::UnwatchPost(who, post)),
        (person.clone(), person.clone(), any::<bool>()).prop_map(|(a, b, now)| Step::Follow(a, b, now)),
        (post.clone(), person.clone(), any::<bool>()).prop_map(|(post, by, public)| Step::News(post, by, public)),
        (post, 0..50_u64).prop_map(|(post, version)| Step::Likes(post, version)),
        person.prop_map(Step::EndSession),
        (who.clone(), 0..50_u64).prop_map(|(who, offset)| Step::Resume(who, offset)),
        who.prop_map(Step::Drain),
    ]
}

fn kind(every: bool) -> FeedKind {
    if every { FeedKind::Everyone } else { FeedKind::Following }
}

fn audience(public: bool) -> Audience {
    if public { Audience::Public } else { Audience::Followers }
}

fn take(hub: &Hub, open: &mut Vec<ConnectionHandle>, step: Step) {
    let count = open.len().max(1);
    match step {
        Step::Connect(person) => open.extend(try_connect(hub, UserId::new(person))),
        Step::Leave(who) if who % count < open.len() => drop(open.swap_remove(who % count)),
        Step::Follow(follower, followee, following) => {
            hub.publish(follow(UserId::new(follower), UserId::new(followee), following));
        }
        Step::News(post, by, public) => hub.publish(news(PostId::new(post), UserId::new(by), audience(public))),
        Step::Likes(post, version) => hub.publish(likes(PostId::new(post), version)),
        Step::EndSession(person) => hub.end_sessions(&[actor(UserId::new(person)).session_id]),
        Step::WatchFeed(who, every) => {
            if let Some(handle) = open.get(who % count) {
                let topics = feed_topics(ANA, kind(every), &followed(&[BEN, CLEO]));
                assert!(handle.watch_feed(kind(every), topics, handle.mark()));
            }
        }
        Step::UnwatchFeed(who, every) => open.get(who % count).into_iter().for_each(|h| h.unwatch_feed(kind(every))),
        Step::WatchPost(who, post, seen) => {
            if let Some(handle) = open.get(who % count) {
                let (id, mark) = (PostId::new(post), handle.mark());
                handle.begin_posts(&[id]).unwrap();
                let visible: &[PostCounts] = if seen { &[counts(id, BEN, Audience::Followers)] } else { &[] };
                let _ = handle.settle_posts(&[id], visible, mark);
            }
        }
        Step::UnwatchPost(who, post) => {
            open.get(who % count).into_iter().for_each(|handle| handle.unwatch_posts(&[PostId::new(post)]));
        }
        Step::Resume(who, offset) => open.get(who % count).into_iter().for_each(|handle| {
            let _ = handle.resume("run1", offset);
        }),
        Step::Drain(who) => open.get(who % count).into_iter().for_each(|handle| {
            drain(handle);
        }),
        Step::Leave(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_lists_agree_and_nothing_stays_behind(steps in prop::collection::vec(step(), 1..200)) {
        let hub = hub();
        let mut open = Vec::new();
        for step in steps {
            take(&hub, &mut open, step);
            prop_assert_eq!(hub.check_invariants(), Ok(()));
        }
        drop(open);
        let stats = hub.stats();
        prop_assert_eq!((stats.connections, stats.people, stats.topics, stats.subscriptions), (0, 0, 0, 0));
    }
}
