//! What a store answers when its database is locked, busy or gone, and that it recovers.

use std::{str::FromStr, time::Duration};

use hubbub::{
    protocol::views::Audience,
    server::{
        domain::ports::StoreError,
        store::{self, Connections, Settings},
        tasks::Tasks,
    },
};
use sqlx::{ConnectOptions, Connection, PgConnection, Row, sqlite::SqliteConnectOptions};
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::store::{SETTINGS, World, at, postgres_url};

/// Waits for nothing, as a test should.
const IMPATIENT: Settings =
    Settings { patience: Duration::from_millis(100), connections: Connections { sqlite_readers: 1, postgres: 2 } };

fn assert_unavailable<T>(answer: Result<T, StoreError>) {
    match answer {
        Err(StoreError::Unavailable(_)) => {}
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it worked"),
    }
}

#[tokio::test]
async fn a_locked_file_is_unavailable_for_writes_until_it_is_free() {
    let world = World::sqlite(IMPATIENT).await;
    let mia = world.person("mia").await;
    let mut other = SqliteConnectOptions::from_str(&world.url).unwrap().connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    assert_unavailable(world.store.begin().await);
    assert_unavailable(world.store.probe().await);
    assert!(world.read().await.person(mia).await.unwrap().is_some());
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    world.post(mia, Audience::Public, "free again").await;
    world.store.probe().await.unwrap();
}

#[tokio::test]
async fn whoever_waits_too_long_for_the_writer_is_told_to_come_back() {
    let world = World::sqlite(IMPATIENT).await;
    let held = world.begin().await;
    assert_unavailable(world.store.begin().await);
    held.commit().await.unwrap();
    world.person("mia").await;
}

#[tokio::test]
async fn an_exhausted_pool_is_unavailable_until_a_connection_is_free() {
    let Some(world) = World::postgres("an_exhausted_pool", IMPATIENT).await else { return };
    let held = [world.begin().await, world.begin().await];
    assert_unavailable(world.store.begin().await);
    assert_unavailable(world.store.read().await);
    drop(held);
    world.person("mia").await;
}

#[tokio::test]
async fn a_row_that_stays_locked_is_unavailable_until_it_is_free() {
    let Some(world) = World::postgres("a_row_that_stays_locked", IMPATIENT).await else { return };
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    let post = world.post(mia, Audience::Public, "hm").await;
    let mut first = world.begin().await;
    first.set_post_like(post, mia, true, at(5)).await.unwrap();
    let mut second = world.begin().await;
    assert_unavailable(second.set_post_like(post, fan, true, at(5)).await);
    drop(second);
    first.commit().await.unwrap();
    let mut second = world.begin().await;
    assert_eq!(second.set_post_like(post, fan, true, at(5)).await.unwrap().like_count, 2);
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let Some(world) = World::postgres("connections_that_were_closed", SETTINGS).await else { return };
    let mia = world.person("mia").await;
    let mut tx = world.begin().await;
    tx.person(mia).await.unwrap();
    // Only those of this test: their search path is part of how they connected, so they are told by what they run.
    let mut admin = PgConnection::connect(&postgres_url().unwrap()).await.unwrap();
    let mine = tx_backend(&world, &mut admin).await;
    assert!(mine > 0);
    assert_unavailable(tx.person(mia).await.map(|_| ()));
    drop(tx);
    world.post(mia, Audience::Public, "back again").await;
}

/// Ends the backends that hold locks on this world's table of people; how many those were.
async fn tx_backend(world: &World, admin: &mut PgConnection) -> i64 {
    let schema = world.url.rsplit_once("search_path]=").unwrap().1;
    sqlx::query(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_class ON pg_class.oid = relation \
         WHERE pg_class.relname = 'person' AND relnamespace = $1::text::regnamespace",
    )
    .bind(schema)
    .fetch_one(admin)
    .await
    .unwrap()
    .get(0)
}

#[tokio::test]
async fn a_database_that_hangs_up_before_it_says_a_word_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            // As a proxy does whose database is away: it listens first.
            let _ = connection.read(&mut [0; 64]).await;
        }
    });
    assert_unavailable(store::open(&format!("postgres://hubbub@{addr}/hubbub"), IMPATIENT, &Tasks::new()).await);
}

#[tokio::test]
async fn one_who_left_the_line_keeps_nobody_waiting() {
    let world = World::sqlite(SETTINGS).await;
    let person = world.someone("mia", "Mia Chen");
    let mut tx = world.begin().await;
    tx.insert_person(&person).await.unwrap();
    let mut behind = world.store.begin();
    assert!(futures::poll!(&mut behind).is_pending());
    tokio::task::yield_now().await;
    drop(behind);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.count_people().await.unwrap(), 1);
}

#[tokio::test]
async fn those_who_share_a_commit_succeed_and_fail_on_their_own() {
    let world = World::sqlite(SETTINGS).await;
    let [first, second, mut twin, third] = ["a", "b", "a", "c"].map(|name| world.someone(name, "Someone"));
    twin.email = "twin@example.org".to_owned();
    // All four stand in line before the first is done, so that they share one commit.
    let (one, two, three, four) = tokio::join!(
        async {
            let mut tx = world.begin().await;
            tx.insert_person(&first).await.unwrap();
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            tx.commit().await
        },
        async {
            let mut tx = world.begin().await;
            tx.insert_person(&second).await.unwrap();
            drop(tx);
        },
        async { world.begin().await.insert_person(&twin).await },
        async {
            let mut tx = world.begin().await;
            tx.insert_person(&third).await.unwrap();
            tx.commit().await
        },
    );
    one.unwrap();
    let () = two;
    assert!(matches!(three, Err(StoreError::Taken("username"))), "{three:?}");
    four.unwrap();
    let mut read = world.read().await;
    for (username, kept) in [("a", true), ("b", false), ("c", true)] {
        assert_eq!(read.person_by_username(username).await.unwrap().is_some(), kept, "{username}");
    }
}
