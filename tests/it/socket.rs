//! The live side, as two people in two tabs see it.

use futures::SinkExt;
use hubbub::protocol::{
    commands::{ClientCommand, KnownPost},
    errors::ErrorCode,
    events::{ErrorEvent, ServerEvent},
    ids::PostId,
    views::{Audience, FeedKind},
};
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::site::{Site, Tab};

fn watch_posts(post_ids: &[PostId]) -> ClientCommand {
    ClientCommand::WatchPosts { post_ids: post_ids.to_vec(), known: Vec::new() }
}

const EVERYONE: ClientCommand = ClientCommand::WatchFeed { feed: FeedKind::Everyone };

fn error(event: ServerEvent) -> ErrorEvent {
    let ServerEvent::Error(error) = event else { panic!("{event:?} is no error") };
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_like_is_seen_by_the_other() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Hello", Audience::Public).await;
    let mut screen = ana.connect().await;
    let (told, result) = screen.command(watch_posts(&[post.id])).await;
    assert_eq!((told.len(), result.watched.len(), result.gone.len()), (2, 1, 0));
    let ServerEvent::LikeUpdate(before) = &told[0] else { panic!("{told:?}") };
    assert_eq!((before.like_count, before.liked), (0, Some(false)));
    ben.done(Method::PUT, &format!("/api/posts/{}/like", post.id), None).await;
    let ServerEvent::LikeUpdate(after) = screen.next().await.unwrap() else { panic!("no like_update") };
    assert_eq!((after.like_count, after.liked, after.user_id.to_string()), (1, None, ben.id()));
    assert!(after.version > before.version);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_likers_own_tabs_are_told_that_they_like_it() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let post = ana.post("Hello", Audience::Public).await;
    let mut other_tab = ana.connect().await;
    ana.done(Method::POST, &format!("/api/posts/{}/like", post.id), None).await;
    let ServerEvent::LikeUpdate(own) = other_tab.next().await.unwrap() else { panic!("no like_update") };
    assert_eq!((own.like_count, own.liked), (1, Some(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_seen_by_the_other() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Hello", Audience::Public).await;
    let mut screen = ana.connect().await;
    screen.command(watch_posts(&[post.id])).await;
    let path = format!("/api/posts/{}/comment", post.id);
    let answer = ben.done(Method::POST, &path, Some(json!({ "content": "Welcome" }))).await;
    let ServerEvent::CommentUpdate(update) = screen.next().await.unwrap() else { panic!("no comment_update") };
    let comment = update.comment.unwrap();
    assert_eq!((update.comment_count, comment.content.as_str()), (1, "Welcome"));
    assert_eq!(json!(comment.id), answer["comment"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_reaches_those_who_may_see_it() {
    let site = Site::start().await;
    let (ana, ben, cleo) = (site.person("ana").await, site.person("ben").await, site.person("cleo").await);
    ben.done(Method::POST, &format!("/api/users/follow/{}", ana.id()), None).await;
    let (mut friend, mut stranger) = (ben.connect().await, cleo.connect().await);
    friend.command(EVERYONE).await;
    stranger.command(EVERYONE).await;
    let close = ana.post("Between us", Audience::Followers).await;
    let open = ana.post("For all", Audience::Public).await;
    let ids = |events: Vec<ServerEvent>| -> Vec<PostId> {
        let id = |event| match event {
            ServerEvent::NewPost(news) => news.post.id,
            other => panic!("{other:?}"),
        };
        events.into_iter().map(id).collect()
    };
    assert_eq!(ids(friend.so_far().await), [close.id, open.id]);
    assert_eq!(ids(stranger.so_far().await), [open.id]);
    let (told, result) = stranger.command(watch_posts(&[close.id])).await;
    assert_eq!((told, result.gone), (vec![], vec![close.id]));
    ben.done(Method::DELETE, &format!("/api/users/{}/follow", ana.id()), None).await;
    ana.post("Between fewer", Audience::Followers).await;
    assert_eq!(friend.so_far().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn editing_deleting_and_restoring_are_seen() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let post = ana.post("Helo", Audience::Public).await;
    let mut screen = ben.connect().await;
    screen.command(EVERYONE).await;
    let path = format!("/api/posts/{}", post.id);
    ana.done(Method::PATCH, &path, Some(json!({ "content": "Hello" }))).await;
    ana.done(Method::DELETE, &path, None).await;
    ana.done(Method::POST, &format!("{path}/restore"), None).await;
    let seen = screen.so_far().await;
    let [ServerEvent::PostUpdated(edited), ServerEvent::PostDeleted(gone), ServerEvent::PostUpdated(back)] = &seen[..]
    else {
        panic!("{seen:?}")
    };
    assert_eq!((edited.post.content.as_str(), edited.post.liked), ("Hello", None));
    assert!(edited.post.version < gone.post.version && gone.post.version < back.post.version);
    assert_eq!((edited.offset + 1, gone.offset + 1), (gone.offset, back.offset));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_counts_that_differ_are_sent() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let post = ana.post("Hello", Audience::Public).await;
    let mut screen = ana.connect().await;
    let known = |like_version| {
        let known = KnownPost { post_id: post.id, like_version, comment_version: post.comment_version };
        ClientCommand::WatchPosts { post_ids: vec![post.id], known: vec![known] }
    };
    assert_eq!(screen.command(known(post.like_version)).await.0, []);
    assert_eq!(screen.command(known(post.like_version + 1)).await.0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_gets_exactly_what_it_missed() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut before = ben.connect().await;
    before.command(EVERYONE).await;
    let connected = before.connected.take().unwrap();
    before.socket.close(None).await.unwrap();
    let missed = [ana.post("One", Audience::Public).await, ana.post("Two", Audience::Public).await];
    ana.post("Not for Ben", Audience::Followers).await;
    let mut after = ben.connect().await;
    after.command(EVERYONE).await;
    let resume = ClientCommand::Resume { epoch: connected.epoch, offset: connected.offset, conversations: Vec::new() };
    let (replayed, result) = after.command(resume).await;
    let ids: Vec<PostId> = replayed
        .into_iter()
        .map(|event| match event {
            ServerEvent::NewPost(news) => news.post.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((ids, result.resumed), (missed.map(|post| post.id).to_vec(), Some(true)));
    let other_run = ClientCommand::Resume { epoch: "another".to_owned(), offset: 0, conversations: Vec::new() };
    assert_eq!(after.command(other_run).await.1.resumed, Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_closes_the_sockets_of_that_session_only() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let login = json!({ "login": "ana", "password": crate::site::PASSWORD });
    let other = site.http.post(site.url("/api/auth/login")).json(&login).send().await.unwrap();
    let other: hubbub::protocol::requests::SignedIn = other.json().await.unwrap();
    let mut screen = ana.connect().await;
    let mut request = site.socket_url().into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", other.access_token).parse().unwrap());
    let mut phone = Tab::open(request).await;
    phone.next().await.unwrap();
    ana.done(Method::POST, "/api/auth/logout", None).await;
    assert_eq!(screen.until_closed().await, (vec![], 4401));
    assert_eq!(phone.so_far().await, []);
    let mut again = Tab::open(ana.socket_request()).await;
    assert_eq!(again.until_closed().await, (vec![], 4401), "its access token is worth nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_is_told_by_the_close_code() {
    let site = Site::start().await;
    let plain = site.socket_url().into_client_request().unwrap();
    assert_eq!(Tab::open(plain).await.until_closed().await, (vec![], 4401));
    let forged = format!("{}?token=a.b.c", site.socket_url()).into_client_request().unwrap();
    assert_eq!(Tab::open(forged).await.until_closed().await, (vec![], 4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_counts_only_on_pages_of_this_site() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let token = &ana.tokens.access_token;
    let with = |origin: Option<&str>| {
        let mut request = site.socket_url().into_client_request().unwrap();
        request.headers_mut().insert("cookie", format!("hubbub_access={token}").parse().unwrap());
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        request
    };
    let own = site.url("");
    assert!(matches!(Tab::open(with(Some(&own))).await.next().await, Ok(ServerEvent::Connected(_))));
    assert_eq!(Tab::open(with(None)).await.until_closed().await, (vec![], 4403));
    assert_eq!(Tab::open(with(Some("http://evil.example"))).await.until_closed().await, (vec![], 4403));
    let by_query = format!("{}?token={token}", site.socket_url()).into_client_request().unwrap();
    assert!(matches!(Tab::open(by_query).await.next().await, Ok(ServerEvent::Connected(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_answered_and_the_connection_stays() {
    let site = Site::start().await;
    let mut tab = site.person("ana").await.connect().await;
    let cases = [
        ("{", ErrorCode::Malformed, None),
        (r#"["ping"]"#, ErrorCode::Malformed, None),
        (r#"{"type": "dance", "ref": "a"}"#, ErrorCode::UnknownType, Some("a")),
        (r#"{"type": "watch_posts", "ref": "b"}"#, ErrorCode::Malformed, Some("b")),
        (r#"{"type": "watch_posts", "post_ids": ["x"], "ref": "c"}"#, ErrorCode::Malformed, Some("c")),
    ];
    for (frame, code, reference) in cases {
        tab.send_text(frame).await;
        let told = error(tab.next().await.unwrap());
        assert_eq!((told.error.code, told.reference.as_deref()), (code, reference), "{frame}");
    }
    tab.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(error(tab.next().await.unwrap()).error.code, ErrorCode::Malformed);
    let ids = (1..=201).map(PostId::new).collect::<Vec<_>>();
    tab.send_text(&json!({ "type": "watch_posts", "post_ids": ids, "ref": "d" }).to_string()).await;
    let told = error(tab.next().await.unwrap());
    assert_eq!((told.error.code, told.error.field.as_deref()), (ErrorCode::Invalid, Some("post_ids")));
    assert_eq!(tab.so_far().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_closes_the_connection() {
    let site = Site::start().await;
    let mut tab = site.person("ana").await.connect().await;
    for _ in 0..10 {
        tab.send_text("noise").await;
    }
    let (told, code) = tab.until_closed().await;
    assert_eq!(code, 4429);
    assert!(told.into_iter().all(|event| error(event).error.code == ErrorCode::Malformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_then_slowed_then_closed() {
    let site = Site::strict().await;
    let mut tab = site.person("ana").await.connect().await;
    for _ in 0..400 {
        tab.socket.feed(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    }
    tab.socket.flush().await.unwrap();
    let (told, code) = tab.until_closed().await;
    assert_eq!(code, 4429);
    let pongs = told.iter().filter(|event| matches!(event, ServerEvent::Pong { .. })).count();
    let refused: Vec<ErrorEvent> =
        told.into_iter().filter(|event| !matches!(event, ServerEvent::Pong { .. })).map(error).collect();
    assert!(pongs >= 60, "{pongs} were answered");
    assert!(refused.len() >= 10);
    assert!(
        refused.iter().all(|told| told.error.code == ErrorCode::RateLimited && told.error.retry_after_ms > Some(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_of_ten_megabytes_closes_with_1009() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    for size in [70_000, 10_000_000] {
        let mut tab = ana.connect().await;
        // The whole frame can be sent: the server reads and drops it, so that the code arrives.
        tab.socket.send(Message::text("x".repeat(size))).await.unwrap();
        assert_eq!(tab.until_closed().await, (vec![], 1009), "{size} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_faster_than_they_are_answered_gets_every_answer() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut tab = ana.connect().await;
    let many = 4_000;
    for number in 0..many {
        let leave = json!({ "type": "leave_conversation", "conversation_id": "1", "ref": number.to_string() });
        tab.socket.feed(Message::text(leave.to_string())).await.unwrap();
    }
    tab.socket.flush().await.unwrap();
    for number in 0..many {
        let ServerEvent::Ack(ack) = tab.next().await.unwrap() else { panic!("no ack") };
        assert_eq!(ack.reference, number.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stands_still_is_closed_and_resumes() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut slow = ben.connect().await;
    slow.command(EVERYONE).await;
    site.drown_in(ana.post("x", Audience::Public).await).await;
    let (seen, code) = slow.until_closed().await;
    assert_eq!(code, 4409);
    let offsets: Vec<u64> = seen
        .iter()
        .map(|event| match event {
            ServerEvent::NewPost(news) => news.offset,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(offsets.windows(2).all(|pair| pair[0] + 1 == pair[1]), "no gap before the close");
    let connected = slow.connected.unwrap();
    let mut again = ben.connect().await;
    again.command(EVERYONE).await;
    let newest = again.connected.as_ref().unwrap().offset;
    let resume =
        ClientCommand::Resume { epoch: connected.epoch.clone(), offset: newest - 5, conversations: Vec::new() };
    let (replayed, result) = again.command(resume).await;
    assert_eq!((replayed.len(), result.resumed), (5, Some(true)));
    let resume =
        ClientCommand::Resume { epoch: connected.epoch, offset: *offsets.last().unwrap(), conversations: Vec::new() };
    assert_eq!(
        again.command(resume).await,
        (vec![], hubbub::protocol::events::AckResult { resumed: Some(false), ..Default::default() })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_stop_tells_clients_when_to_return() {
    let site = Site::start().await;
    let mut tab = site.person("ana").await.connect().await;
    let Site { running, .. } = site;
    assert!(running.shutdown().await);
    let (told, code) = tab.until_closed().await;
    assert_eq!(code, 1012);
    assert!(matches!(told[..], [ServerEvent::GoingAway { .. }]), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_watched_posts_fit_and_nothing_stays_behind() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(ana.post(&format!("Post {number}"), Audience::Public).await.id);
    }
    let mut tab = ana.connect().await;
    let (told, result) = tab.command(watch_posts(&ids)).await;
    assert_eq!((told.len(), result.watched.len()), (400, 200));
    let hub = site.running.state.live.hub.clone();
    hub.check_invariants().unwrap();
    tab.socket.close(None).await.unwrap();
    while hub.stats().connections > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((hub.stats().topics, hub.stats().subscriptions), (0, 0));
}
