//! What every store must do with connections, mutes and suspensions, and that its lists show what the audience allows.

use std::{collections::BTreeSet, sync::Arc};

use hubbub::{
    protocol::{
        ids::{ConnectionRequestId, PostId, UserId},
        views::{Audience, ConnectionState, PersonItem, Role, WaitingRequests},
    },
    server::domain::{
        audience::{Relation, Surface, may_see, may_see_post},
        ports::{ConnectionRecord, ManagedFilter, PostFilter, SuspensionRecord},
    },
};

use tokio::task::JoinSet;

use super::ids;
use crate::store::{SETTINGS, World, at};

contract! {
    every_list_shows_exactly_what_the_relation_allows
    connections_page_newest_first_and_are_counted
    requests_wait_for_one_side
    suggestions_come_from_those_in_common
    mutes_are_kept_for_their_owner
    a_suspension_is_kept_until_it_is_lifted
    the_managed_list_is_searched_and_filtered
    of_many_who_hand_the_community_on_one_after_the_other_one_owns_it
    becoming_private_ends_the_follows_of_others
}

fn names(people: &[PersonItem]) -> Vec<&str> {
    people.iter().map(|item| item.person.username.as_str()).collect()
}

fn record(state: ConnectionState, place: u64) -> ConnectionRecord {
    let request_id = ConnectionRequestId::new(place);
    ConnectionRecord { state, request_id, place, declined_at: None, removed_at: None }
}

async fn set(world: &World, one: UserId, other: UserId, state: ConnectionState) {
    let place = world.next();
    let theirs = match state {
        ConnectionState::Requested => ConnectionState::Asked,
        ConnectionState::Asked => ConnectionState::Requested,
        same => same,
    };
    let mut tx = world.begin().await;
    tx.hold_connections(one, other).await.unwrap();
    tx.set_connection(one, other, &record(state, place)).await.unwrap();
    tx.set_connection(other, one, &record(theirs, place)).await.unwrap();
    tx.commit().await.unwrap();
}

/// All relations of a viewer to somebody else that can be stored, whether they make sense or not.
fn relations() -> Vec<Relation> {
    let bit = |number: u32, place: u32| number >> place & 1 == 1;
    let relation = |number: u32| Relation {
        is_self: false,
        follows: bit(number, 0),
        connected: bit(number, 1),
        muted: bit(number, 2),
        blocked: bit(number, 3),
        suspended: bit(number, 4),
        is_private: bit(number, 5),
    };
    (0..64).map(relation).collect()
}

/// Makes `relation` true of `viewer` and `subject`; of a block, the side that `by_viewer` says.
async fn relate(world: &World, viewer: UserId, subject: UserId, relation: Relation, by_viewer: bool) {
    if relation.connected {
        set(world, viewer, subject, ConnectionState::Connected).await;
    }
    let mut tx = world.begin().await;
    if relation.follows {
        tx.insert_follow(viewer, subject, world.next(), at(2)).await.unwrap();
    }
    if relation.muted {
        tx.set_mute(viewer, subject, true, at(2)).await.unwrap();
    }
    if relation.blocked {
        let (by, of) = if by_viewer { (viewer, subject) } else { (subject, viewer) };
        tx.set_block(by, of, true, at(2)).await.unwrap();
    }
    if relation.suspended {
        let suspension = SuspensionRecord { since: at(2), until: None, reason: "spam".to_owned(), by: viewer };
        tx.set_suspension(subject, Some(&suspension)).await.unwrap();
    }
    let mut privacy = tx.privacy(subject).await.unwrap().unwrap();
    privacy.is_private = relation.is_private;
    tx.set_privacy(subject, privacy).await.unwrap();
    tx.commit().await.unwrap();
}

async fn every_list_shows_exactly_what_the_relation_allows(world: World) {
    for (number, relation) in relations().into_iter().enumerate() {
        let (viewer, author) = (world.person(&format!("v{number}")).await, world.person(&format!("a{number}")).await);
        let host = world.person(&format!("h{number}")).await;
        relate(&world, viewer, author, relation, number % 3 == 0).await;
        let mut posts = Vec::new();
        for audience in Audience::ALL {
            posts.push((audience, world.post(author, audience, &format!("#t{number}")).await));
        }
        let hosted = world.post(host, Audience::Public, "hello").await;
        let comment = world.comment(author, hosted, None).await;
        let reply = world.comment(author, hosted, Some(world.comment(host, hosted, None).await)).await;
        // Somebody else likes to be followed by them, so that they stand in a list.
        world.follow(author, host).await;

        let mut read = world.read().await;
        assert_eq!(read.relation(viewer, author).await.unwrap(), Some(relation));
        let sees = |surface| may_see(&relation, surface);
        let allowed = |feed: bool| -> BTreeSet<PostId> {
            let surface = |audience| if feed { Surface::Feed(audience) } else { Surface::Post(audience) };
            posts.iter().filter(|(audience, _)| sees(surface(*audience))).map(|(_, id)| *id).collect()
        };
        for (_, post) in &posts {
            let facts = read.post_facts(*post, viewer).await.unwrap().unwrap();
            assert_eq!(may_see_post(&facts), allowed(false).contains(post), "{relation:?}");
        }
        let theirs: BTreeSet<PostId> = posts.iter().map(|(_, id)| *id).collect();
        for (filter, feed) in [
            (PostFilter::Everyone, true),
            (PostFilter::Following, true),
            (PostFilter::Tagged(format!("t{number}")), true),
            (PostFilter::By(author), false),
        ] {
            let listed: BTreeSet<PostId> =
                ids(&read.posts(viewer, &filter, None, 10).await.unwrap()).into_iter().collect();
            let listed: BTreeSet<PostId> = listed.intersection(&theirs).copied().collect();
            let unfollowed = filter == PostFilter::Following && !relation.follows;
            let expected = if unfollowed { BTreeSet::new() } else { allowed(feed) };
            assert_eq!(listed, expected, "{filter:?} {relation:?}");
        }
        let all: Vec<PostId> = theirs.iter().copied().collect();
        let counted = read.post_counts(viewer, &all).await.unwrap();
        assert_eq!(counted.iter().map(|post| post.post_id).collect::<BTreeSet<_>>(), allowed(false), "{relation:?}");
        let profile = read.profile(author, viewer).await.unwrap().unwrap();
        assert_eq!(profile.post_count, allowed(false).len() as u64, "{relation:?}");
        assert_eq!((profile.closed, profile.suspended), (!sees(Surface::About), relation.suspended));

        let comments = read.comments(hosted, viewer, None, 10, 3).await.unwrap();
        assert_eq!(comments.iter().any(|view| view.id == comment), sees(Surface::Comment), "{relation:?}");
        let parent = comments.iter().find(|view| view.user_id == host).unwrap();
        assert_eq!(parent.replies.iter().any(|view| view.id == reply), sees(Surface::Comment), "{relation:?}");
        assert_eq!(parent.reply_count, u64::from(sees(Surface::Comment)), "{relation:?}");
        let replies = read.replies(parent.id, viewer, None, 10).await.unwrap();
        assert_eq!(!replies.is_empty(), sees(Surface::Comment), "{relation:?}");

        let name = format!("a{number}");
        for query in [name.as_str(), ""] {
            let found = read.search_people(viewer, query, None, 1_000).await.unwrap();
            let found = found.iter().find(|item| item.person.id == author);
            assert_eq!(found.is_some(), sees(Surface::Listed), "{relation:?}");
            assert_eq!(found.is_some_and(|item| item.followed), relation.follows && sees(Surface::Listed));
        }
        let followers = read.followers(host, viewer, None, 10).await.unwrap();
        assert_eq!(!followers.is_empty(), sees(Surface::Listed), "{relation:?}");
        let mentioned = read.existing_usernames(viewer, std::slice::from_ref(&name)).await.unwrap();
        assert_eq!(!mentioned.is_empty(), sees(Surface::Contact), "{relation:?}");
        let known = read.presence(&[(viewer, vec![author])]).await.unwrap();
        assert_eq!(!known[0].is_empty(), sees(Surface::Presence), "{relation:?}");
        let suggested = read.people_to_follow(viewer, 1_000).await.unwrap();
        let expected = !relation.follows && sees(Surface::Follow) && !relation.muted;
        assert_eq!(suggested.iter().any(|item| item.person.id == author), expected, "{relation:?}");
        let suggested = read.suggestions(viewer, 1_000).await.unwrap();
        let expected = !relation.connected && sees(Surface::Contact) && !relation.muted;
        assert_eq!(suggested.iter().any(|item| item.person.id == author), expected, "{relation:?}");
    }
}

async fn connections_page_newest_first_and_are_counted(world: World) {
    let mia = world.person("mia").await;
    let mut others = Vec::new();
    for name in ["a", "b", "c"] {
        let other = world.person(name).await;
        set(&world, mia, other, ConnectionState::Connected).await;
        others.push(other);
    }
    let mut read = world.read().await;
    let whole = read.connections(mia, ConnectionState::Connected, None, 10).await.unwrap();
    let listed: Vec<PersonItem> = whole.iter().map(|(_, item)| item.clone()).collect();
    assert_eq!(names(&listed), ["c", "b", "a"]);
    assert!(listed.iter().all(|item| item.connection.state == ConnectionState::Connected));
    let rest = read.connections(mia, ConnectionState::Connected, Some(whole[0].0), 10).await.unwrap();
    assert_eq!(rest, whole[1..]);
    assert_eq!(read.count_connections(mia, ConnectionState::Connected).await.unwrap(), 3);
    assert_eq!(read.connected_ids(mia, 2).await.unwrap(), [others[2], others[1]]);
    assert_eq!(read.profile(mia, others[0]).await.unwrap().unwrap().connection_count, 3);
    drop(read);

    set(&world, others[1], mia, ConnectionState::None).await;
    let mut read = world.read().await;
    assert_eq!(read.count_connections(mia, ConnectionState::Connected).await.unwrap(), 2);
    let ended = read.connection(mia, others[1]).await.unwrap().unwrap();
    assert_eq!(ended.state, ConnectionState::None);
    assert_eq!(read.connection(mia, mia).await.unwrap(), None);
}

async fn requests_wait_for_one_side(world: World) {
    let (ana, ben) = (world.person("ana").await, world.person("ben").await);
    let nothing = WaitingRequests::default();
    assert_eq!(world.read().await.waiting_requests(ben).await.unwrap(), nothing);
    set(&world, ana, ben, ConnectionState::Requested).await;
    let mut read = world.read().await;
    let asked = read.connection(ben, ana).await.unwrap().unwrap();
    let waiting = WaitingRequests { waiting_count: 1, version: asked.place };
    assert_eq!(read.waiting_requests(ben).await.unwrap(), waiting);
    assert_eq!(read.waiting_requests(ana).await.unwrap().waiting_count, 0);
    let received = read.connections(ben, ConnectionState::Asked, None, 10).await.unwrap();
    assert_eq!((received[0].1.person.id, received[0].1.connection), (ana, asked.into()));
    assert_eq!(read.connections(ana, ConnectionState::Asked, None, 10).await.unwrap(), []);
    drop(read);
    let mut tx = world.begin().await;
    let declined = ConnectionRecord { declined_at: Some(at(7)), ..record(ConnectionState::None, world.next()) };
    tx.set_connection(ana, ben, &declined).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.connection(ana, ben).await.unwrap(), Some(declined));
}

async fn suggestions_come_from_those_in_common(world: World) {
    let viewer = world.person("viewer").await;
    let (close, far, popular) = (world.person("close").await, world.person("far").await, world.person("popular").await);
    let (muted, asked) = (world.person("muted").await, world.person("asked").await);
    let mut friends = Vec::new();
    for name in ["f1", "f2"] {
        let friend = world.person(name).await;
        set(&world, viewer, friend, ConnectionState::Connected).await;
        for person in [close, muted, asked] {
            set(&world, friend, person, ConnectionState::Connected).await;
        }
        friends.push(friend);
    }
    set(&world, friends[0], far, ConnectionState::Connected).await;
    set(&world, viewer, asked, ConnectionState::Requested).await;
    world.follow(close, popular).await;
    let mut tx = world.begin().await;
    tx.set_mute(viewer, muted, true, at(3)).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let suggested = read.suggestions(viewer, 10).await.unwrap();
    let told: Vec<_> = suggested.iter().map(|item| (item.person.id, item.in_common)).collect();
    assert_eq!(told, [(close, Some(2)), (far, Some(1)), (popular, Some(0))]);
    assert_eq!(names(&read.suggestions(viewer, 1).await.unwrap()), ["close"]);
    assert_eq!(read.profile(close, viewer).await.unwrap().unwrap().in_common, 2);
}

async fn mutes_are_kept_for_their_owner(world: World) {
    let (mia, ben, cleo) = (world.person("mia").await, world.person("ben").await, world.person("cleo").await);
    let post = world.post(ben, Audience::Public, "hello").await;
    let mut tx = world.begin().await;
    assert!(tx.set_mute(mia, ben, true, at(1)).await.unwrap());
    assert!(!tx.set_mute(mia, ben, true, at(2)).await.unwrap());
    assert!(tx.set_mute(mia, cleo, true, at(3)).await.unwrap());
    assert!(tx.set_post_mute(mia, post, true, at(3)).await.unwrap());
    assert!(!tx.set_post_mute(mia, post, true, at(3)).await.unwrap());
    let muted = tx.mutes(mia, 10).await.unwrap();
    assert_eq!(muted.iter().map(|person| person.id).collect::<Vec<_>>(), [cleo, ben]);
    assert_eq!(tx.mutes(mia, 1).await.unwrap().len(), 1);
    assert_eq!(tx.muters_of(ben).await.unwrap(), [mia]);
    assert_eq!(tx.muters_of(mia).await.unwrap(), []);
    assert!(tx.post_muted(mia, post).await.unwrap() && !tx.post_muted(ben, post).await.unwrap());
    assert!(tx.set_mute(mia, ben, false, at(4)).await.unwrap());
    assert!(!tx.set_mute(mia, ben, false, at(4)).await.unwrap());
    assert!(tx.set_post_mute(mia, post, false, at(4)).await.unwrap());
    assert!(!tx.post_muted(mia, post).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.begin().await;
    tx.set_block(cleo, mia, true, at(1)).await.unwrap();
    tx.set_block(mia, ben, true, at(1)).await.unwrap();
    let apart: BTreeSet<UserId> = tx.apart_from(mia).await.unwrap().into_iter().collect();
    assert_eq!(apart, BTreeSet::from([ben, cleo]));
}

async fn a_suspension_is_kept_until_it_is_lifted(world: World) {
    let (mia, ben) = (world.named("mia", "Mia Chen").await, world.person("ben").await);
    assert_eq!(world.read().await.suspension(ben).await.unwrap(), None);
    let record = SuspensionRecord { since: at(5), until: Some(at(9)), reason: "Spam.".to_owned(), by: mia };
    let mut tx = world.begin().await;
    tx.set_suspension(ben, Some(&record)).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let told = read.suspension(ben).await.unwrap().unwrap();
    assert_eq!((told.since, told.until, told.reason.as_str()), (at(5), Some(at(9)), "Spam."));
    assert_eq!(told.by.unwrap().full_name, "Mia Chen");
    assert_eq!(read.suspensions_over(at(8), 10).await.unwrap(), []);
    assert_eq!(read.suspensions_over(at(9), 10).await.unwrap(), [ben]);
    drop(read);
    let mut tx = world.begin().await;
    tx.set_suspension(ben, None).await.unwrap();
    tx.set_role(ben, Role::Moderator).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.suspension(ben).await.unwrap(), None);
    assert_eq!(read.suspensions_over(at(9), 10).await.unwrap(), []);
    assert_eq!(read.person(ben).await.unwrap().unwrap().role, Role::Moderator);
}

async fn the_managed_list_is_searched_and_filtered(world: World) {
    let (ana, ben) = (world.named("ana", "Ana Lima").await, world.named("ben", "Ben Okoro").await);
    world.named("cleo", "Cleo Lind").await;
    let mut tx = world.begin().await;
    tx.set_role(ana, Role::Admin).await.unwrap();
    let record = SuspensionRecord { since: at(5), until: None, reason: "Spam.".to_owned(), by: ana };
    tx.set_suspension(ben, Some(&record)).await.unwrap();
    tx.commit().await.unwrap();
    let found = async |query: &str, role: Option<Role>, suspended: Option<bool>, after: Option<&str>| {
        let filter = ManagedFilter { query: query.to_owned(), role, suspended };
        let people = world.read().await.managed_people(&filter, after, 10).await.unwrap();
        people.into_iter().map(|managed| managed.person.username).collect::<Vec<_>>()
    };
    assert_eq!(found("", None, None, None).await, ["ana", "ben", "cleo"]);
    assert_eq!(found("", None, None, Some("ana")).await, ["ben", "cleo"]);
    assert_eq!(found("li", None, None, None).await, ["ana", "cleo"]);
    assert_eq!(found("li", Some(Role::Member), None, None).await, ["cleo"]);
    assert_eq!(found("", Some(Role::Admin), None, None).await, ["ana"]);
    assert_eq!(found("", None, Some(true), None).await, ["ben"]);
    assert_eq!(found("", None, Some(false), None).await, ["ana", "cleo"]);
    assert_eq!(found("ben", None, Some(false), None).await, Vec::<String>::new());
}

async fn becoming_private_ends_the_follows_of_others(world: World) {
    let mia = world.person("mia").await;
    let (friend, fan, other) = (world.person("friend").await, world.person("fan").await, world.person("other").await);
    set(&world, friend, mia, ConnectionState::Connected).await;
    for follower in [friend, fan, other] {
        world.follow(follower, mia).await;
    }
    let mut tx = world.begin().await;
    let ended: BTreeSet<UserId> = tx.end_unconnected_follows(mia).await.unwrap().into_iter().collect();
    assert_eq!(ended, BTreeSet::from([fan, other]));
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.profile(mia, mia).await.unwrap().unwrap().follower_count, 1);
    assert_eq!(read.count_following(fan).await.unwrap(), 0);
    assert!(read.follows(friend, mia).await.unwrap() && !read.follows(fan, mia).await.unwrap());
}

async fn of_many_who_hand_the_community_on_one_after_the_other_one_owns_it(world: World) {
    let world = Arc::new(world);
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(world.person(&format!("person{number}")).await);
    }
    let owner = people.remove(0);
    let mut tx = world.begin().await;
    tx.set_role(owner, Role::Owner).await.unwrap();
    tx.commit().await.unwrap();
    let mut running = JoinSet::new();
    for heir in people.clone() {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            tx.hold_standings().await.unwrap();
            // What was read is so until the end: only the first finds them owning it.
            let owns = tx.person(owner).await.unwrap().unwrap().role == Role::Owner;
            if owns {
                tx.set_role(owner, Role::Admin).await.unwrap();
                tx.set_role(heir, Role::Owner).await.unwrap();
            }
            tx.commit().await.unwrap();
            owns
        });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|gave| *gave).count(), 1);
    let mut read = world.read().await;
    let mut owners = 0;
    for person in people {
        owners += usize::from(read.person(person).await.unwrap().unwrap().role == Role::Owner);
    }
    assert_eq!((owners, read.person(owner).await.unwrap().unwrap().role), (1, Role::Admin));
}
