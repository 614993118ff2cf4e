//! Personal access tokens and tickets, as every store keeps them.

use futures::future::join_all;
use hubbub::{
    protocol::{
        ids::{SessionId, UserId},
        tokens::Scope,
    },
    server::domain::ports::TokenRecord,
};

use crate::store::{SETTINGS, World, at};

contract! {
    a_token_is_found_until_its_session_ends
    a_token_is_no_device_and_need_not_be_used
    tokens_end_when_their_time_is_over
    a_ticket_is_taken_once
    tickets_go_with_their_session_and_their_time
}

async fn token(world: &World, user: UserId, hash: &str, expires: u64) -> TokenRecord {
    let token = TokenRecord {
        session_id: world.session(user, 1).await,
        user_id: user,
        name: "Script".to_owned(),
        hash: hash.to_owned(),
        scopes: vec![Scope::Read, Scope::Socket],
        created_at: at(5),
        expires_at: at(expires),
        last_used_at: None,
    };
    let mut tx = world.begin().await;
    tx.insert_token(&token).await.unwrap();
    tx.commit().await.unwrap();
    token
}

async fn a_token_is_found_until_its_session_ends(world: World) {
    let mia = world.person("mia").await;
    let (old, new) = (token(&world, mia, "a", 100).await, token(&world, mia, "b", 100).await);
    let device = world.session(mia, 1).await;
    let mut tx = world.begin().await;
    tx.touch_token(old.session_id, at(7)).await.unwrap();
    tx.commit().await.unwrap();
    let old = TokenRecord { last_used_at: Some(at(7)), ..old };
    let mut read = world.read().await;
    assert_eq!(read.token("a").await.unwrap().as_ref(), Some(&old));
    assert_eq!(read.token("c").await.unwrap(), None);
    assert_eq!(read.token_of_session(new.session_id).await.unwrap().as_ref(), Some(&new));
    assert_eq!(read.token_of_session(device).await.unwrap(), None);
    assert_eq!(read.tokens_of(mia).await.unwrap(), [new.clone(), old.clone()]);
    drop(read);
    let mut tx = world.begin().await;
    assert!(tx.end_session(old.session_id, at(9)).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.token("a").await.unwrap(), None);
    assert_eq!(read.token_of_session(old.session_id).await.unwrap(), None);
    assert_eq!(read.tokens_of(mia).await.unwrap(), [new]);
}

async fn a_token_is_no_device_and_need_not_be_used(world: World) {
    let mia = world.person("mia").await;
    let kept = token(&world, mia, "a", 100).await;
    let device = world.session(mia, 1).await;
    let open = world.read().await.sessions_of(mia).await.unwrap();
    assert_eq!(open.into_iter().map(|session| session.id).collect::<Vec<_>>(), [device]);
    let mut tx = world.begin().await;
    assert_eq!(tx.purge_sessions(at(0), at(50)).await.unwrap(), 1, "only the device was unseen for too long");
    assert_eq!(tx.end_sessions_of(mia, None, at(60)).await.unwrap(), [kept.session_id]);
    assert_eq!(tx.purge_sessions(at(61), at(50)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.session(kept.session_id).await.unwrap(), None);
}

async fn tokens_end_when_their_time_is_over(world: World) {
    let mia = world.person("mia").await;
    let (short, long) = (token(&world, mia, "a", 100).await, token(&world, mia, "b", 101).await);
    let mut tx = world.begin().await;
    assert_eq!(tx.end_tokens_over(at(99)).await.unwrap(), []);
    assert_eq!(tx.end_tokens_over(at(100)).await.unwrap(), [short.session_id]);
    assert_eq!(tx.end_tokens_over(at(100)).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.sessions_ended_since(at(100)).await.unwrap(), [short.session_id]);
    assert_eq!(world.read().await.tokens_of(mia).await.unwrap(), [long]);
}

async fn a_ticket_is_taken_once(world: World) {
    let mia = world.person("mia").await;
    let session = world.session(mia, 1).await;
    let mut tx = world.begin().await;
    tx.insert_ticket("a", session, at(30)).await.unwrap();
    tx.commit().await.unwrap();
    let take = async || {
        let mut tx = world.begin().await;
        let taken = tx.take_ticket("a").await.unwrap();
        tx.commit().await.unwrap();
        taken
    };
    let taken: Vec<_> = join_all((0..4).map(|_| take())).await.into_iter().flatten().collect();
    assert_eq!(taken, [(session, at(30))]);
}

async fn tickets_go_with_their_session_and_their_time(world: World) {
    let mia = world.person("mia").await;
    let (gone, open) = (world.session(mia, 1).await, world.session(mia, 99).await);
    let mut tx = world.begin().await;
    for (hash, session, expires) in [("a", gone, 30), ("b", open, 30), ("c", open, 31)] {
        tx.insert_ticket(hash, session, at(expires)).await.unwrap();
    }
    assert_eq!(tx.purge_sessions(at(0), at(50)).await.unwrap(), 1);
    assert_eq!(tx.take_ticket("a").await.unwrap(), None);
    assert_eq!(tx.purge_tickets(at(31)).await.unwrap(), 1);
    assert_eq!(tx.take_ticket("b").await.unwrap(), None);
    assert_eq!(tx.take_ticket("c").await.unwrap(), Some((open, at(31))));
    assert_eq!(tx.take_ticket("x").await.unwrap(), None::<(SessionId, _)>);
    tx.commit().await.unwrap();
}
