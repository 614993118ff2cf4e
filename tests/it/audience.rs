//! Who gets what: every request and every live event, crossed with every way in which two people can stand to each other.
//! A new route or event without a row here fails.

mod live;
mod world;

use std::collections::BTreeSet;

use hubbub::server::{
    domain::audience::{Relation, Surface, may_see},
    http::rest,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::world::{Talk, Viewer, World};
use crate::site::Person;

/// How the answer of a route depends on who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    /// For anybody at all, signed in or not.
    Open,
    /// About the asker alone.
    Own,
    /// For those who look after the community.
    Staff,
    /// An announcement that is not for the asker.
    ForStaff,
    /// Something that the subject has to themselves: others do not find it.
    Theirs(Thing),
    /// Changed by its author alone.
    Author,
    /// Everybody, whoever it is about: one can always turn away from somebody.
    Anyone,
    /// About one post of the subject.
    Post,
    /// A picture on a post of the subject.
    Picture,
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
    /// May list the subject, if they may be listed at all.
    SomePeople,
    /// Lists those who are there, as the subject is.
    Online,
    /// The asker's bell.
    Bell,
    /// Begins a conversation with the subject.
    Begin,
    /// Lists conversations.
    Talks,
    /// About a conversation: what members may do there.
    Talk(Act, About),
    /// Lists jobs of the subject.
    Jobs,
    /// A job of the subject.
    Job,
    /// Applying for it.
    Apply,
    /// What only its poster may do.
    JobOfPoster,
    /// Somebody else's application for it.
    Application,
}

/// What somebody does in a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Reads, and keeps what is their own of it.
    Read,
    /// Says something that others see.
    Write,
    /// What its admin, or the sender of a message, does.
    Manage,
    /// Throws the subject's file away.
    Discard,
}

/// Which part of a conversation a route is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum About {
    Whole,
    Message,
    File,
}

/// See [`world::Theirs`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing {
    Notification,
    Session,
    Token,
    Device,
}

/// How a conversation stands to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Of the asker and the subject.
    Direct,
    /// Both are in it, among others.
    Group,
    /// They are not, or no longer.
    Closed,
}

fn row(route: &str) -> Option<Row> {
    of_people(route).or_else(|| of_talks(route)).or_else(|| of_jobs(route)).or_else(|| of_oneself(route))
}

fn of_people(route: &str) -> Option<Row> {
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
        "GET /media/images/{id}" => Row::Picture,
        "GET /feed" | "GET /posts" | "GET /tags/{tag}/posts" => Row::Feed,
        "GET /people/{username}/posts" => Row::Posts,
        "PUT /comments/{id}/like" | "DELETE /comments/{id}/like" | "GET /comments/{id}/replies" => Row::Comment,
        "PATCH /posts/{id}"
        | "DELETE /posts/{id}"
        | "POST /posts/{id}/restore"
        | "DELETE /comments/{id}"
        | "POST /comments/{id}/restore" => Row::Author,
        "GET /people" => Row::People,
        "GET /connections" | "GET /connections/requests" | "GET /connections/suggestions" | "GET /users/to-follow" => {
            Row::SomePeople
        }
        "GET /users/online" => Row::Online,
        "GET /people/{username}" => Row::Person(Surface::Profile),
        "GET /people/{username}/followers" | "GET /people/{username}/following" => Row::Person(Surface::About),
        "PUT /users/{id}/follow" | "POST /users/follow/{id}" => Row::Person(Surface::Follow),
        "PUT /connections/{user_id}" | "PATCH /connections/{user_id}" => Row::Person(Surface::Contact),
        "DELETE /users/{id}/follow"
        | "DELETE /connections/{user_id}"
        | "PUT /blocks/{id}"
        | "DELETE /blocks/{id}"
        | "PUT /mutes/{user_id}"
        | "DELETE /mutes/{user_id}" => Row::Anyone,
        _ => return None,
    })
}

fn of_talks(route: &str) -> Option<Row> {
    Some(match route {
        "GET /conversations" => Row::Talks,
        "POST /conversations" => Row::Begin,
        "GET /conversations/{id}"
        | "GET /conversations/{id}/changes"
        | "GET /conversations/{id}/messages"
        | "PATCH /conversations/{id}/mine"
        | "POST /conversations/{id}/accept"
        | "POST /conversations/{id}/read" => Row::Talk(Act::Read, About::Whole),
        "POST /conversations/{id}/messages" => Row::Talk(Act::Write, About::Whole),
        "PATCH /conversations/{id}"
        | "PUT /conversations/{id}/avatar"
        | "DELETE /conversations/{id}/avatar"
        | "POST /conversations/{id}/members"
        | "DELETE /conversations/{id}/members/{user_id}"
        // One who takes part has nothing to decline.
        | "POST /conversations/{id}/decline" => Row::Talk(Act::Manage, About::Whole),
        "GET /messages/{id}" => Row::Talk(Act::Read, About::Message),
        "PUT /messages/{id}/reactions/{emoji}" | "DELETE /messages/{id}/reactions/{emoji}" => {
            Row::Talk(Act::Write, About::Message)
        }
        "PATCH /messages/{id}" | "DELETE /messages/{id}" => Row::Talk(Act::Manage, About::Message),
        "GET /media/attachments/{id}" => Row::Talk(Act::Read, About::File),
        "DELETE /attachments/{id}" => Row::Talk(Act::Discard, About::File),
        "POST /attachments" | "GET /conversations/unread" | "GET /conversations/requests" => Row::Own,
        _ => return None,
    })
}

fn of_jobs(route: &str) -> Option<Row> {
    Some(match route {
        "GET /jobs" => Row::Jobs,
        "POST /jobs" => Row::Own,
        "GET /jobs/{id}" => Row::Job,
        "POST /jobs/{id}/applications" => Row::Apply,
        "PUT /jobs/{id}"
        | "DELETE /jobs/{id}"
        | "POST /jobs/{id}/restore"
        | "POST /jobs/{id}/close"
        | "POST /jobs/{id}/reopen"
        | "GET /jobs/{id}/applications" => Row::JobOfPoster,
        "GET /applications/{id}" | "PATCH /applications/{id}" | "DELETE /applications/{id}" => Row::Application,
        _ => return None,
    })
}

fn of_oneself(route: &str) -> Option<Row> {
    Some(match route {
        "GET /notifications" => Row::Bell,
        "PUT /notifications/{id}/read" | "DELETE /notifications/{id}/read" => Row::Theirs(Thing::Notification),
        "DELETE /me/sessions/{id}" => Row::Theirs(Thing::Session),
        "DELETE /me/tokens/{id}" => Row::Theirs(Thing::Token),
        "DELETE /push/subscriptions/{id}" | "POST /push/subscriptions/{id}/test" => Row::Theirs(Thing::Device),
        "GET /announcements/{id}" => Row::ForStaff,
        "POST /auth/register"
        | "POST /auth/login"
        | "POST /auth/refresh"
        | "POST /auth/logout"
        | "POST /auth/confirm"
        | "POST /auth/forgot"
        | "POST /auth/reset"
        | "GET /unsubscribe"
        | "POST /unsubscribe"
        | "GET /community"
        | "GET /time-zones"
        | "GET /ws/status"
        | "GET /openapi.json"
        | "GET /asyncapi.json"
        | "GET /hubbub.d.ts" => Row::Open,
        other if other.contains("{id}") && !other.contains("/admin/") => return None,
        other => match other.split_once(' ')?.1.split('/').nth(1)? {
            "auth" | "me" | "ws" | "uploads" | "notifications" | "announcements" | "push" | "connections"
            | "blocks" | "mutes" => Row::Own,
            "posts" if other == "POST /posts" => Row::Own,
            "users" if other == "GET /users/followed" => Row::Own,
            "admin" => Row::Staff,
            _ => return None,
        },
    })
}

/// Every method and path of the tables that make the routers of `/api` and `/media`.
fn routes() -> BTreeSet<String> {
    let all = rest::doors().below("").chain(rest::media_doors().below("/media"));
    let found: BTreeSet<String> =
        all.map(|route| format!("{} {}", route.door.method.to_uppercase(), route.path)).collect();
    assert!(found.len() > 100, "the tables were not found: {found:?}");
    found
}

/// What members may do in a conversation, and what a block between the two of one leaves of that.
fn expected(act: Act, place: Place, relation: &Relation) -> StatusCode {
    match (place, act) {
        (Place::Closed, _) | (_, Act::Discard) => StatusCode::NOT_FOUND,
        (_, Act::Manage) => StatusCode::FORBIDDEN,
        (Place::Direct, Act::Write) if relation.blocked => StatusCode::FORBIDDEN,
        (_, Act::Read | Act::Write) => StatusCode::OK,
    }
}

impl World {
    /// Asks every route as everyone, and compares with what the relation allows.
    async fn cross(&self) {
        // Who is suspended cannot be there.
        let suspended = self.viewers.iter().any(|viewer| viewer.relation.suspended);
        let _here = if suspended { None } else { Some(self.subject.connect().await) };
        for route in routes() {
            let row = row(&route).unwrap_or_else(|| panic!("{route} has no row: say who may ask it"));
            for viewer in &self.viewers {
                self.check(&route, row, viewer).await;
            }
        }
    }

    async fn check(&self, route: &str, row: Row, viewer: &Viewer) {
        let relation = &viewer.relation;
        let sees = |surface| may_see(relation, surface);
        let told = &format!("{route} as {}: {relation:?}", viewer.name());
        match row {
            Row::Open | Row::Own | Row::Anyone => {}
            Row::Staff => self.answers(route, viewer, &self.subject.id(), &[StatusCode::FORBIDDEN], told).await,
            Row::ForStaff => self.finds_nothing(route, viewer, &self.staff_announcement, told).await,
            Row::Theirs(thing) => self.finds_nothing(route, viewer, self.thing(thing), told).await,
            Row::Application => self.finds_nothing(route, viewer, &self.application, told).await,
            Row::Author => {
                let id = if route.contains("comments") { self.comment.to_string() } else { self.public().to_string() };
                let refusals = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
                self.answers(route, viewer, &id, &refusals, told).await;
            }
            Row::Post | Row::Picture => self.check_posts(route, row, viewer, told).await,
            Row::Feed | Row::Posts => self.check_lists_of_posts(route, row, viewer, told).await,
            Row::Comment => {
                let (status, _) = self.ask(&viewer.person, route, &self.comment.to_string()).await;
                assert_eq!(status.is_success(), sees(Surface::Comment), "{told}: {status}");
            }
            Row::Person(surface) => {
                let (status, _) = self.ask(&viewer.person, route, &self.subject.id()).await;
                // Asking for what is so already changes nothing.
                let is_so = route.ends_with("/connections/{user_id}") && relation.connected;
                assert_eq!(status.is_success(), sees(surface) || is_so, "{told}: {status}");
                self.undo(route, &viewer.person, relation).await;
            }
            Row::People | Row::SomePeople => {
                let (_, answer) = self.ask(&viewer.person, route, "").await;
                let listed = answer.to_string().contains("\"username\":\"sam\"");
                assert!(!listed || sees(Surface::Listed), "{told}");
                assert!(listed || row == Row::SomePeople || !sees(Surface::Listed), "{told}");
            }
            Row::Online => {
                let (_, answer) = self.ask(&viewer.person, route, "").await;
                let listed = answer.to_string().contains("\"username\":\"sam\"");
                assert_eq!(listed, sees(Surface::Presence), "{told}: {answer}");
            }
            Row::Bell => self.check_bell(viewer, told).await,
            Row::Begin => {
                let (status, answer) = self.ask(&viewer.person, route, "").await;
                assert_eq!(status.is_success(), sees(Surface::Contact), "{told}: {status} {answer}");
            }
            Row::Talks => {
                let (_, answer) = self.ask(&viewer.person, route, "").await;
                let lists = |talk: &Talk| answer.to_string().contains(&format!("\"conversation_id\":\"{}\"", talk.id));
                assert!(!lists(&self.closed) && lists(&viewer.direct), "{told}: {answer}");
                assert_eq!(lists(&self.group), !viewer.removed, "{told}");
            }
            Row::Talk(act, about) => self.check_talks(route, act, about, viewer, told).await,
            Row::Jobs | Row::Job | Row::Apply | Row::JobOfPoster => self.check_job(route, row, viewer, told).await,
        }
    }

    fn thing(&self, thing: Thing) -> &str {
        match thing {
            Thing::Notification => &self.theirs.notification,
            Thing::Session => &self.theirs.session,
            Thing::Token => &self.theirs.token,
            Thing::Device => &self.theirs.device,
        }
    }

    async fn answers(&self, route: &str, viewer: &Viewer, id: &str, with: &[StatusCode], told: &str) {
        let (status, answer) = self.ask(&viewer.person, route, id).await;
        assert!(with.contains(&status), "{told}: {status} {answer}");
    }

    async fn finds_nothing(&self, route: &str, viewer: &Viewer, id: &str, told: &str) {
        self.answers(route, viewer, id, &[StatusCode::NOT_FOUND], told).await;
    }

    async fn check_posts(&self, route: &str, row: Row, viewer: &Viewer, told: &str) {
        for post in self.posts.values() {
            let id = if row == Row::Picture { post.picture.clone() } else { post.id.to_string() };
            let (status, _) = self.ask(&viewer.person, route, &id).await;
            let expected = may_see(&viewer.relation, Surface::Post(post.audience));
            assert_eq!(status.is_success(), expected, "{:?} {told}: {status}", post.audience);
            assert!(expected || status == StatusCode::NOT_FOUND, "{told}: a refusal tells that it is there");
        }
    }

    async fn check_lists_of_posts(&self, route: &str, row: Row, viewer: &Viewer, told: &str) {
        let (status, answer) = self.ask(&viewer.person, route, "").await;
        let may_ask = row == Row::Feed || may_see(&viewer.relation, Surface::Profile);
        assert_eq!(status.is_success(), may_ask, "{told}");
        let listed = answer.to_string();
        for post in self.posts.values() {
            let audience = post.audience;
            let surface = if row == Row::Feed { Surface::Feed(audience) } else { Surface::Post(audience) };
            let expected = may_see(&viewer.relation, surface);
            assert_eq!(listed.contains(&format!("\"id\":\"{}\"", post.id)), expected, "{audience:?} {told}");
        }
    }

    /// What the subject did stands in the bells of those who are to hear of them. Being suspended later takes nothing back.
    async fn check_bell(&self, viewer: &Viewer, told: &str) {
        let then = Relation { suspended: false, ..viewer.relation };
        let hears = may_see(&then, Surface::Notice);
        let liked = |bell: &Value| {
            bell["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|item| item["kind"] == "like" && item["user_id"] == self.subject.id())
        };
        loop {
            let bell = viewer.person.done(Method::GET, "/api/notifications?limit=100", None).await;
            if liked(&bell) == hears {
                return;
            }
            assert!(hears, "{told}: {bell}");
            tokio::task::yield_now().await;
        }
    }

    async fn check_talks(&self, route: &str, act: Act, about: About, viewer: &Viewer, told: &str) {
        let group = if viewer.removed { Place::Closed } else { Place::Group };
        for (talk, place) in [(&viewer.direct, Place::Direct), (&self.group, group), (&self.closed, Place::Closed)] {
            let id = match about {
                About::Whole => &talk.id,
                About::Message => &talk.message,
                About::File => &talk.file,
            };
            let (status, answer) = self.ask(&viewer.person, route, id).await;
            let wanted = expected(act, place, &viewer.relation);
            let is_wanted = status == wanted || wanted.is_success() && status.is_success();
            assert!(is_wanted, "{place:?} {told}: {status} {answer}");
        }
        if about == About::File {
            self.finds_nothing(route, viewer, &self.application_file, told).await;
        }
    }

    async fn check_job(&self, route: &str, row: Row, viewer: &Viewer, told: &str) {
        let sees = may_see(&viewer.relation, Surface::Listed);
        let (status, answer) = self.ask(&viewer.person, route, &self.job).await;
        let is_as_wanted = match row {
            Row::Jobs => answer.to_string().contains(&format!("\"job_id\":\"{}\"", self.job)) == sees,
            _ if !sees => status == StatusCode::NOT_FOUND,
            Row::Job => status.is_success(),
            // Whoever asks again has applied.
            Row::Apply => status.is_success() || status == StatusCode::CONFLICT,
            _ => [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status),
        };
        assert!(is_as_wanted, "{told}: {status} {answer}");
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

    /// Lists that are asked with more than their address, and what is told of members.
    async fn check_lists(&self) {
        for Viewer { person, relation, direct, .. } in &self.viewers {
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
            for talk in [direct, &self.group] {
                let (_, answer) = person.ask(Method::GET, &format!("/api/conversations/{}", talk.id), None).await;
                let is_sam = |member: &&Value| member["username"] == "sam";
                let sam = answer["members"].as_array().and_then(|members| members.iter().find(is_sam));
                let told_of = sam.is_some_and(|sam| sam["read_number"].as_u64() > Some(0));
                assert_eq!(told_of, sam.is_some() && !relation.blocked, "how far sam is, to {told}: {answer}");
            }
        }
    }

    /// The subject likes something of everyone who lets them.
    async fn like_all(&self) {
        for viewer in &self.viewers {
            let path = format!("/api/posts/{}/like", viewer.post);
            let (status, _) = self.subject.ask(Method::PUT, &path, None).await;
            assert_eq!(status.is_success(), !viewer.relation.blocked, "{}", viewer.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_answers_as_the_relation_allows() {
    let mut world = World::new().await;
    world.like_all().await;
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
    who_is_suspended_gets_nothing(&world).await;
    world.owner.done(Method::DELETE, &path, None).await;
    world.change(|relation| relation.suspended = false);
    world.check_lists().await;
}

/// Their sessions have ended: whatever they ask for, even of their own, is refused.
async fn who_is_suspended_gets_nothing(world: &World) {
    for route in routes() {
        if row(&route) != Some(Row::Open) {
            let (status, answer) = world.ask(&world.subject, &route, "1").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{route}: {answer}");
        }
    }
}
