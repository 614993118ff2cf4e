//! Who gets what: every request and every live event, crossed with every way in which two people can stand to each other.
//! A new route or event without a row here fails.

use std::collections::{BTreeMap, BTreeSet};

use hubbub::{
    protocol::{
        commands::ClientCommand,
        events::{ServerEvent, Status},
        ids::{CommentId, PostId},
        views::{Audience, FeedKind},
    },
    server::domain::audience::{Relation, Surface, may_see},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{Person, Site, Tab};

/// How the answer of a route depends on who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    /// About the asker alone.
    Own,
    /// For those who look after the community.
    Staff,
    /// Changed by its author alone.
    Author,
    /// Of a conversation's members, and of whoever may begin one: `tests/it/conversations.rs`.
    Members,
    /// Everybody, whoever it is about: one can always turn away from somebody.
    Anyone,
    /// The board, which leaves out who is blocked: `tests/it/job_board.rs`.
    Board,
    /// About one post of the subject.
    Post,
    /// Lists posts of the subject, in a feed.
    Feed,
    /// Lists posts of the subject, on their page.
    Posts,
    /// About a comment of the subject.
    Comment,
    /// About the subject.
    Person(Surface),
    /// Lists people.
    People,
}

/// All routes of `/api` but for those of the board and the bell, which are about the asker, or have tests of their own.
fn row(route: &str) -> Option<Row> {
    Some(match route {
        "GET /posts/{id}"
        | "POST /posts/{id}/like"
        | "PUT /posts/{id}/like"
        | "DELETE /posts/{id}/like"
        | "GET /posts/{id}/mute"
        | "PUT /posts/{id}/mute"
        | "DELETE /posts/{id}/mute"
        | "GET /posts/{id}/comments"
        | "POST /posts/{id}/comments"
        | "POST /posts/{id}/comment" => Row::Post,
        "GET /feed" | "GET /posts" | "GET /tags/{tag}/posts" => Row::Feed,
        "GET /people/{username}/posts" => Row::Posts,
        "PUT /comments/{id}/like" | "DELETE /comments/{id}/like" | "GET /comments/{id}/replies" => Row::Comment,
        "PATCH /posts/{id}"
        | "DELETE /posts/{id}"
        | "POST /posts/{id}/restore"
        | "DELETE /comments/{id}"
        | "POST /comments/{id}/restore" => Row::Author,
        "GET /people" => Row::People,
        "GET /people/{username}" => Row::Person(Surface::Profile),
        "GET /people/{username}/followers" | "GET /people/{username}/following" => Row::Person(Surface::About),
        "PUT /users/{id}/follow" | "POST /users/follow/{id}" => Row::Person(Surface::Follow),
        "PUT /connections/{user_id}" => Row::Person(Surface::Contact),
        "DELETE /users/{id}/follow"
        | "DELETE /connections/{user_id}"
        | "PUT /blocks/{id}"
        | "DELETE /blocks/{id}"
        | "PUT /mutes/{user_id}"
        | "DELETE /mutes/{user_id}" => Row::Anyone,
        other => {
            let path = other.split_once(' ')?.1;
            match path.split('/').nth(1)? {
                "auth" | "me" | "ws" | "community" | "time-zones" | "uploads" | "notifications" | "announcements"
                | "push" | "unsubscribe" => Row::Own,
                "connections" | "blocks" | "mutes" => Row::Own,
                "posts" if other == "POST /posts" => Row::Own,
                "users" if ["GET /users/followed", "GET /users/to-follow"].contains(&other) => Row::Own,
                "admin" => Row::Staff,
                "conversations" | "messages" | "attachments" => Row::Members,
                "jobs" | "applications" => Row::Board,
                _ => return None,
            }
        }
    })
}

/// Every method and path that the router of `/api` names.
fn routes() -> BTreeSet<String> {
    let source = std::fs::read_to_string("src/server/http/rest.rs").unwrap();
    let (before, media) = source.split_once("/// Pictures and attachments, at").unwrap();
    let source = [before, media.split_once("\n}\n").unwrap().1].concat();
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).unwrap();
        let handlers = part.split("\n}").next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            let named = handlers.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '('));
            if named.into_iter().any(|word| word.starts_with(&format!("{method}("))) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found
}

/// One who looks, and how they stand to the subject.
struct Viewer {
    person: Person,
    relation: Relation,
}

/// The subject, whom everyone else stands to in their own way, and what they wrote.
struct World {
    site: Site,
    owner: Person,
    subject: Person,
    viewers: Vec<Viewer>,
    posts: BTreeMap<&'static str, (Audience, PostId)>,
    hosted: PostId,
    comment: CommentId,
}

/// A comment below a post; which.
async fn comment_on(person: &Person, post: PostId, words: &str) -> CommentId {
    let path = format!("/api/posts/{post}/comments");
    let made = person.done(Method::POST, &path, Some(json!({ "content": words }))).await;
    serde_json::from_value(made["id"].clone()).unwrap()
}

impl World {
    async fn new() -> Self {
        let site = Site::start().await;
        let (owner, subject) = (site.person("owner").await, site.person("sam").await);
        let plain = Relation::default();
        let mut viewers = Vec::new();
        for (name, relation) in [
            ("stranger", plain),
            ("follower", Relation { follows: true, ..plain }),
            ("connection", Relation { connected: true, ..plain }),
            ("close", Relation { connected: true, follows: true, ..plain }),
            ("muter", Relation { follows: true, connected: true, muted: true, ..plain }),
            ("blocker", Relation { blocked: true, ..plain }),
            ("blocked", Relation { blocked: true, ..plain }),
            ("former", plain),
        ] {
            let person = site.person(name).await;
            let (them, me) = (subject.id(), person.id());
            if relation.connected || name == "former" {
                person.befriend(&subject).await;
            }
            if relation.follows || name == "former" {
                person.done(Method::PUT, &format!("/api/users/{them}/follow"), None).await;
            }
            if relation.muted {
                person.done(Method::PUT, &format!("/api/mutes/{them}"), None).await;
            }
            match name {
                "blocker" => drop(person.done(Method::PUT, &format!("/api/blocks/{them}"), None).await),
                "blocked" => drop(subject.done(Method::PUT, &format!("/api/blocks/{me}"), None).await),
                "former" => {
                    subject.done(Method::DELETE, &format!("/api/connections/{me}"), None).await;
                    person.done(Method::DELETE, &format!("/api/users/{them}/follow"), None).await;
                }
                _ => {}
            }
            viewers.push(Viewer { person, relation });
        }
        let mut posts = BTreeMap::new();
        for (name, audience) in
            [("public", Audience::Public), ("followers", Audience::Followers), ("connections", Audience::Connections)]
        {
            posts.insert(name, (audience, subject.post(&format!("{name} #tea"), audience).await.id));
        }
        let hosted = owner.post("Who is here?", Audience::Public).await.id;
        let comment = comment_on(&subject, hosted, "I am").await;
        Self { site, owner, subject, viewers, posts, hosted, comment }
    }

    /// What a route answers to a viewer: whether it lets them, and for lists whether the subject is in it.
    async fn ask(&self, viewer: &Person, route: &str, id: &str) -> (StatusCode, Value) {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path.replace("{username}", "sam").replace("{tag}", "tea").replace("{user_id}", &self.subject.id());
        let path = format!("/api{}", path.replace("{id}", id));
        let body = path.ends_with("/comment") || path.ends_with("/comments");
        let body = (body && method == "POST").then(|| json!({ "content": "Indeed." }));
        viewer.ask(method.parse().unwrap(), &path, body).await
    }

    /// Asks every route as everyone, and compares with what the relation allows.
    async fn cross(&self) {
        for route in routes() {
            let row = row(&route).unwrap_or_else(|| panic!("{route} has no row: say who may ask it"));
            for Viewer { person, relation } in &self.viewers {
                self.check(&route, row, person, relation).await;
            }
        }
    }

    async fn check(&self, route: &str, row: Row, viewer: &Person, relation: &Relation) {
        let name = &viewer.tokens.user.person.username;
        let sees = |surface| may_see(relation, surface);
        let told = format!("{route} as {name}: {relation:?}");
        match row {
            Row::Own | Row::Members | Row::Anyone | Row::Board => {}
            Row::Staff => {
                let (status, _) = self.ask(viewer, route, &self.subject.id()).await;
                assert!(status.is_client_error(), "{told}");
            }
            Row::Author => {
                let id = if route.contains("comments") { self.comment.to_string() } else { self.public().to_string() };
                assert!(self.ask(viewer, route, &id).await.0.is_client_error(), "{told}");
            }
            Row::Post => {
                for (audience, id) in self.posts.values() {
                    let (status, _) = self.ask(viewer, route, &id.to_string()).await;
                    let expected = sees(Surface::Post(*audience));
                    assert_eq!(status.is_success(), expected, "{audience:?} {told}: {status}");
                    assert!(expected || status == StatusCode::NOT_FOUND, "{told}: a refusal tells that it is there");
                }
            }
            Row::Feed | Row::Posts => {
                let (status, answer) = self.ask(viewer, route, "").await;
                let may_ask = row == Row::Feed || sees(Surface::Profile);
                assert_eq!(status.is_success(), may_ask, "{told}");
                let listed = answer.to_string();
                for (audience, id) in self.posts.values() {
                    let surface = if row == Row::Feed { Surface::Feed(*audience) } else { Surface::Post(*audience) };
                    assert_eq!(listed.contains(&format!("\"id\":\"{id}\"")), sees(surface), "{audience:?} {told}");
                }
            }
            Row::Comment => {
                let (status, _) = self.ask(viewer, route, &self.comment.to_string()).await;
                assert_eq!(status.is_success(), sees(Surface::Comment), "{told}: {status}");
            }
            Row::Person(surface) => {
                let (status, _) = self.ask(viewer, route, &self.subject.id()).await;
                // Asking for what is so already changes nothing.
                let is_so = route == "PUT /connections/{user_id}" && relation.connected;
                assert_eq!(status.is_success(), sees(surface) || is_so, "{told}: {status}");
                self.undo(route, viewer, relation).await;
            }
            Row::People => {
                let (_, answer) = self.ask(viewer, route, "").await;
                let listed = answer.to_string().contains("\"username\":\"sam\"");
                assert_eq!(listed, sees(Surface::Listed), "{told}");
            }
        }
    }

    /// What asking changed is as before.
    async fn undo(&self, route: &str, viewer: &Person, relation: &Relation) {
        let them = self.subject.id();
        if route.contains("follow") && !route.starts_with("GET") && !relation.follows {
            viewer.done(Method::DELETE, &format!("/api/users/{them}/follow"), None).await;
        }
        if route.contains("connections") && !relation.connected {
            viewer.done(Method::DELETE, &format!("/api/connections/{them}"), None).await;
        }
    }

    /// Lists that are asked with more than their address.
    async fn check_lists(&self) {
        for Viewer { person, relation } in &self.viewers {
            let told = format!("{}: {relation:?}", person.tokens.user.person.username);
            let path = format!("/api/posts/{}/comments", self.hosted);
            let comments = person.done(Method::GET, &path, None).await.to_string();
            let seen = comments.contains(&format!("\"id\":\"{}\"", self.comment));
            assert_eq!(seen, may_see(relation, Surface::Comment), "{told}");
            let found = person.done(Method::GET, "/api/people?q=sam", None).await.to_string();
            assert_eq!(found.contains("\"sam\""), may_see(relation, Surface::Listed), "{told}");
            let about = person.ask(Method::GET, "/api/people/sam", None).await.1;
            if may_see(relation, Surface::Profile) {
                assert_eq!(about["closed"], json!(!may_see(relation, Surface::About)), "{told}");
                assert_eq!(about["suspended"], json!(relation.suspended), "{told}");
            }
        }
    }

    fn public(&self) -> PostId {
        self.posts["public"].1
    }

    fn change(&mut self, change: impl Fn(&mut Relation)) {
        self.viewers.iter_mut().for_each(|viewer| change(&mut viewer.relation));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_answers_as_the_relation_allows() {
    let mut world = World::new().await;
    world.cross().await;
    world.check_lists().await;

    // The same with a private profile: who is not connected does not follow any more.
    let private = json!({ "is_private": true });
    world.subject.done(Method::PATCH, "/api/me/privacy", Some(private)).await;
    world.change(|relation| {
        relation.is_private = true;
        relation.follows &= relation.connected;
    });
    world.cross().await;
    world.check_lists().await;

    let reason = json!({ "reason": "A break.", "days": 1 });
    let path = format!("/api/admin/people/{}/suspension", world.subject.id());
    world.owner.done(Method::PUT, &path, Some(reason)).await;
    world.change(|relation| relation.suspended = true);
    world.cross().await;
    world.check_lists().await;
    let login = json!({ "login": "sam", "password": crate::site::PASSWORD });
    let refused = world.site.http.post(world.site.url("/api/auth/login")).json(&login).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let said: Value = refused.json().await.unwrap();
    assert!(said["message"].as_str().unwrap().contains("A break."), "{said}");
    assert_eq!(world.subject.ask(Method::GET, "/api/me", None).await.0, StatusCode::UNAUTHORIZED);
    world.owner.done(Method::DELETE, &path, None).await;
    world.change(|relation| relation.suspended = false);
    world.check_lists().await;
}

/// What an event says of the subject, as far as the test looks at it. A new event does not compile before it has its row.
fn heard(event: &ServerEvent) -> Option<(&'static str, Surface)> {
    match event {
        ServerEvent::NewPost(event) => Some(("new_post", Surface::Feed(event.post.audience))),
        ServerEvent::PostUpdated(event) => Some(("post_updated", Surface::Feed(event.post.audience))),
        ServerEvent::PostDeleted(_) => Some(("post_deleted", Surface::Feed(Audience::Public))),
        ServerEvent::LikeUpdate(_) => Some(("like_update", Surface::Post(Audience::Public))),
        ServerEvent::CommentUpdate(update) => update.comment.as_ref().map(|_| ("comment_update", Surface::Comment)),
        ServerEvent::UserStatus(status) => {
            (status.status == Status::Online).then_some(("user_status", Surface::Presence))
        }
        // Between the members of a conversation, who are not crossed here.
        ServerEvent::NewMessage(_)
        | ServerEvent::MessageUpdated(_)
        | ServerEvent::MessageDeleted(_)
        | ServerEvent::ReactionUpdate(_)
        | ServerEvent::MessageRead(_)
        | ServerEvent::MessageDelivered(_)
        | ServerEvent::Typing(_)
        | ServerEvent::ConversationUpdate(_)
        | ServerEvent::MembershipUpdate(_)
        | ServerEvent::ConversationChanges(_)
        // Of the board, which leaves out who is blocked: `tests/it/job_board.rs`.
        | ServerEvent::JobUpdate(_)
        // To the person concerned alone.
        | ServerEvent::ConnectionRequest(_)
        | ServerEvent::ConnectionAccepted(_)
        | ServerEvent::ConnectionDeclined(_)
        | ServerEvent::ConnectionUpdate(_)
        | ServerEvent::SightUpdate(_)
        | ServerEvent::ApplicationUpdate(_)
        | ServerEvent::Notification(_)
        | ServerEvent::NotificationUpdate(_)
        | ServerEvent::UnreadCount(_)
        | ServerEvent::CustomResponse(_)
        // Of nobody.
        | ServerEvent::Connected(_)
        | ServerEvent::Ack(_)
        | ServerEvent::Pong { .. }
        | ServerEvent::Error(_)
        | ServerEvent::GoingAway { .. }
        | ServerEvent::Unknown => None,
    }
}

/// Has the feed, the subject's public post, the host's post and the subject's presence on screen.
async fn look(world: &World, viewer: &Person) -> Tab {
    let mut tab = viewer.connect().await;
    tab.command(ClientCommand::WatchFeed { feed: FeedKind::Everyone }).await;
    let post_ids = vec![world.public(), world.hosted];
    tab.command(ClientCommand::WatchPosts { post_ids, known: vec![] }).await;
    tab.command(ClientCommand::WatchPeople { user_ids: vec![world.subject.tokens.user.person.id] }).await;
    tab.so_far().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_those_whom_the_relation_allows() {
    let world = World::new().await;
    let mut tabs = Vec::new();
    for viewer in &world.viewers {
        tabs.push(look(&world, &viewer.person).await);
    }
    let _there = world.subject.connect().await;
    act(&world).await;
    let wanted: Vec<(&str, Surface)> = Audience::ALL
        .into_iter()
        .flat_map(|audience| [("new_post", Surface::Feed(audience)), ("post_updated", Surface::Feed(audience))])
        .chain([
            ("post_deleted", Surface::Feed(Audience::Public)),
            ("like_update", Surface::Post(Audience::Public)),
            ("comment_update", Surface::Comment),
            ("user_status", Surface::Presence),
        ])
        .collect();
    for (viewer, tab) in world.viewers.iter().zip(&mut tabs) {
        let events = tab.so_far().await;
        let name = &viewer.person.tokens.user.person.username;
        let got: Vec<_> = events.iter().filter_map(heard).collect();
        for (what, surface) in &wanted {
            let expected = usize::from(may_see(&viewer.relation, *surface));
            let times = got.iter().filter(|heard| **heard == (*what, *surface)).count();
            assert_eq!(times, expected, "{what} {surface:?} to {name}: {events:#?}");
        }
        let counted = events
            .iter()
            .any(|event| matches!(event, ServerEvent::CommentUpdate(update) if update.post_id == world.hosted));
        assert!(counted, "the number of comments is for everyone: {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_relation_holds_at_once_on_open_connections() {
    let world = World::new().await;
    let viewer =
        |name: &str| world.viewers.iter().find(|viewer| viewer.person.tokens.user.person.username == name).unwrap();
    let (close, stranger) = (&viewer("close").person, &viewer("stranger").person);
    let (mut near, mut far) = (look(&world, close).await, look(&world, stranger).await);
    stranger.befriend(&world.subject).await;
    world.subject.done(Method::DELETE, &format!("/api/connections/{}", close.id()), None).await;
    near.so_far().await;
    far.so_far().await;
    world.subject.post("For connections", Audience::Connections).await;
    let news =
        |events: Vec<ServerEvent>| events.into_iter().filter(|event| matches!(event, ServerEvent::NewPost(_))).count();
    assert_eq!((news(near.so_far().await), news(far.so_far().await)), (0, 1));
    for tab in [&mut near, &mut far] {
        tab.so_far().await;
    }
    world.subject.done(Method::PUT, &format!("/api/blocks/{}", close.id()), None).await;
    world.subject.done(Method::PATCH, "/api/me/privacy", Some(json!({ "is_private": true }))).await;
    near.so_far().await;
    act(&world).await;
    let left: Vec<_> = near.so_far().await.iter().filter_map(heard).collect();
    assert_eq!(left, [], "nothing of somebody who blocked them");
}
