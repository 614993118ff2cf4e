//! The people that requests and events are crossed with, and what there is for them to ask for.

use std::collections::BTreeMap;

use hubbub::{
    protocol::{
        ids::{CommentId, PostId},
        views::Audience,
    },
    server::domain::audience::Relation,
};
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::{
    push_service::Browser,
    site::{Person, Site},
    stage::picture,
};

/// A conversation, a message of the subject in it, and the file that this carries.
pub struct Talk {
    pub id: String,
    pub message: String,
    pub file: String,
}

/// One who looks, and how they stand to the subject.
pub struct Viewer {
    pub person: Person,
    pub relation: Relation,
    /// The conversation of the two; begun before anything came between them.
    pub direct: Talk,
    /// Something that the subject may be told to have liked.
    pub post: PostId,
    /// Whether they were taken out of the group that everybody is in.
    pub removed: bool,
}

impl Viewer {
    pub fn name(&self) -> &str {
        &self.person.tokens.user.person.username
    }
}

/// A post of the subject, with a picture.
pub struct Posted {
    pub audience: Audience,
    pub id: PostId,
    pub picture: String,
}

/// What is the subject's alone.
pub struct Theirs {
    pub notification: String,
    pub session: String,
    pub token: String,
    pub device: String,
}

/// The subject, whom everyone else stands to in their own way, and what they wrote.
pub struct World {
    pub site: Site,
    pub owner: Person,
    pub subject: Person,
    pub viewers: Vec<Viewer>,
    pub posts: BTreeMap<&'static str, Posted>,
    pub hosted: PostId,
    pub comment: CommentId,
    /// Everybody is in it.
    pub group: Talk,
    /// Only the owner and the subject are.
    pub closed: Talk,
    pub job: String,
    /// The owner's, for the subject's job.
    pub application: String,
    pub application_file: String,
    pub staff_announcement: String,
    pub theirs: Theirs,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A comment below a post; which.
pub async fn comment_on(person: &Person, post: PostId, words: &str) -> CommentId {
    let path = format!("/api/posts/{post}/comments");
    let made = person.done(Method::POST, &path, Some(json!({ "content": words }))).await;
    serde_json::from_value(made["id"].clone()).unwrap()
}

/// Something said; which.
pub async fn say(person: &Person, conversation: &str, words: &str, file: Option<&str>) -> String {
    let path = format!("/api/conversations/{conversation}/messages");
    let mut form = json!({ "content": words });
    if let Some(file) = file {
        form["attachment"] = json!(file);
    }
    text(&person.done(Method::POST, &path, Some(form)).await["message_id"])
}

/// Sends a picture, and says under which id it is kept.
async fn upload(person: &Person, path: &str, id: &str) -> String {
    let part = Part::bytes(picture().to_vec()).file_name("it.png").mime_str("image/png").unwrap();
    let answer = person.request(Method::POST, path).multipart(Form::new().part("file", part)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    text(&answer.json::<Value>().await.unwrap()[id])
}

async fn attach(person: &Person) -> String {
    upload(person, "/api/attachments", "attachment_id").await
}

/// A conversation in which the subject has said something that carries a file.
async fn talk(beginner: &Person, subject: &Person, form: Value) -> Talk {
    let begun = beginner.done(Method::POST, "/api/conversations", Some(form)).await;
    let id = text(&begun["conversation_id"]);
    let file = attach(subject).await;
    let message = say(subject, &id, "Look", Some(&file)).await;
    Talk { id, message, file }
}

/// How everybody stands to the subject, by name.
fn relations() -> [(&'static str, Relation); 9] {
    let plain = Relation::default();
    [
        ("stranger", plain),
        ("follower", Relation { follows: true, ..plain }),
        ("connection", Relation { connected: true, ..plain }),
        ("close", Relation { connected: true, follows: true, ..plain }),
        ("muter", Relation { follows: true, connected: true, muted: true, ..plain }),
        ("blocker", Relation { blocked: true, ..plain }),
        ("blocked", Relation { blocked: true, ..plain }),
        ("former", plain),
        ("removed", plain),
    ]
}

impl World {
    pub async fn new() -> Self {
        let site = Site::start().await;
        let (owner, subject) = (site.person("owner").await, site.person("sam").await);
        let mut viewers = Vec::new();
        for (name, relation) in relations() {
            viewers.push(met(site.person(name).await, relation, &subject).await);
        }
        let group = everybody(&owner, &subject, &viewers).await;
        for viewer in &viewers {
            part(viewer, &subject).await;
        }
        let closed = talk(&owner, &subject, json!({ "member_ids": [subject.id()], "title": "Two of us" })).await;
        let mut posts = BTreeMap::new();
        for (name, audience) in
            [("public", Audience::Public), ("followers", Audience::Followers), ("connections", Audience::Connections)]
        {
            posts.insert(name, posted(&subject, name, audience).await);
        }
        let hosted = owner.post("Who is here?", Audience::Public).await.id;
        let comment = comment_on(&subject, hosted, "I am").await;
        let (job, application, application_file) = applied(&owner, &subject).await;
        let announcement = json!({ "title": "For us", "content": "Only.", "recipients": "staff" });
        let announcement = owner.done(Method::POST, "/api/admin/announcements", Some(announcement)).await;
        let staff_announcement = text(&announcement["announcement_id"]);
        let theirs = theirs(&subject).await;
        Self {
            site,
            owner,
            subject,
            viewers,
            posts,
            hosted,
            comment,
            group,
            closed,
            job,
            application,
            application_file,
            staff_announcement,
            theirs,
        }
    }

    pub fn public(&self) -> PostId {
        self.posts["public"].id
    }

    pub fn change(&mut self, change: impl Fn(&mut Relation)) {
        self.viewers.iter_mut().for_each(|viewer| change(&mut viewer.relation));
    }

    pub fn viewer(&self, name: &str) -> &Viewer {
        self.viewers.iter().find(|viewer| viewer.name() == name).unwrap()
    }

    /// What a route answers to somebody, for the thing with this id.
    pub async fn ask(&self, asker: &Person, route: &str, id: &str) -> (StatusCode, Value) {
        let (method, path) = route.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let path = path.replace("{username}", "sam").replace("{tag}", "tea").replace("{user_id}", &self.subject.id());
        let path = path.replace("{emoji}", "%F0%9F%91%8D").replace("{id}", id);
        let path = if path.starts_with("/media/") { path } else { format!("/api{path}") };
        if route == "PUT /conversations/{id}/avatar" {
            let request = asker.request(method, &path).header("content-type", "image/png").body(picture());
            return (request.send().await.unwrap().status(), Value::Null);
        }
        asker.ask(method, &path, self.body(route, id)).await
    }

    /// What a route takes, so that nothing is refused but for who asks.
    fn body(&self, route: &str, id: &str) -> Option<Value> {
        let words = || json!({ "content": "Indeed." });
        Some(match route {
            "POST /posts/{id}/comments"
            | "POST /posts/{id}/comment"
            | "PATCH /posts/{id}"
            | "PATCH /messages/{id}"
            | "POST /conversations/{id}/messages" => words(),
            "POST /conversations" => json!({ "member_ids": [self.owner.id(), self.subject.id()], "title": "Kiln" }),
            "PATCH /conversations/{id}" => json!({ "title": "Mine" }),
            "PATCH /conversations/{id}/mine" => json!({ "muted": false }),
            "POST /conversations/{id}/members" => json!({ "member_ids": [self.owner.id()] }),
            "POST /conversations/{id}/read" => json!({ "message_id": self.message_in(id) }),
            "PATCH /connections/{user_id}" => json!({ "wish": "ask" }),
            "PUT /jobs/{id}" => potter(),
            "POST /jobs/{id}/applications" => json!({ "note": "I know the kiln." }),
            "PATCH /applications/{id}" => json!({ "stage": "viewed" }),
            "PUT /admin/people/{id}/role" => json!({ "role": "moderator" }),
            "PUT /admin/people/{id}/suspension" => json!({ "reason": "A break.", "days": 1 }),
            "POST /admin/announcements" => json!({ "title": "Hear", "content": "All." }),
            _ => return None,
        })
    }

    fn message_in(&self, conversation: &str) -> &str {
        let directs = self.viewers.iter().map(|viewer| &viewer.direct);
        let mut talks = directs.chain([&self.group, &self.closed]);
        talks.find(|talk| talk.id == conversation).map_or("1", |talk| &talk.message)
    }
}

/// Somebody who stands so to the subject, as far as that does not part them, and has talked with them.
async fn met(person: Person, relation: Relation, subject: &Person) -> Viewer {
    let (name, them) = (person.tokens.user.person.username.clone(), subject.id());
    if relation.connected || name == "former" {
        person.befriend(subject).await;
    }
    if relation.follows || name == "former" {
        person.done(Method::PUT, &format!("/api/users/{them}/follow"), None).await;
    }
    if relation.muted {
        person.done(Method::PUT, &format!("/api/mutes/{them}"), None).await;
    }
    let direct = talk(&person, subject, json!({ "member_ids": [them] })).await;
    say(&person, &direct.id, "The subject has not read this", None).await;
    let post = person.post("Something to like", Audience::Public).await.id;
    Viewer { removed: name == "removed", person, relation, direct, post }
}

/// What parts some of them.
async fn part(viewer: &Viewer, subject: &Person) {
    let (person, them, me) = (&viewer.person, subject.id(), viewer.person.id());
    match viewer.name() {
        "blocker" => drop(person.done(Method::PUT, &format!("/api/blocks/{them}"), None).await),
        "blocked" => drop(subject.done(Method::PUT, &format!("/api/blocks/{me}"), None).await),
        "former" => {
            subject.done(Method::DELETE, &format!("/api/connections/{me}"), None).await;
            person.done(Method::DELETE, &format!("/api/users/{them}/follow"), None).await;
        }
        _ => {}
    }
}

/// A group that all take part in, but for those who were removed.
async fn everybody(owner: &Person, subject: &Person, viewers: &[Viewer]) -> Talk {
    let ids = viewers.iter().map(|viewer| viewer.person.id()).chain([subject.id()]).collect::<Vec<_>>();
    let group = talk(owner, subject, json!({ "member_ids": ids, "title": "All of us" })).await;
    for viewer in viewers {
        viewer.person.done(Method::POST, &format!("/api/conversations/{}/accept", group.id), None).await;
        if viewer.removed {
            let path = format!("/api/conversations/{}/members/{}", group.id, viewer.person.id());
            owner.done(Method::DELETE, &path, None).await;
        }
    }
    group
}

async fn posted(subject: &Person, name: &str, audience: Audience) -> Posted {
    let picture = upload(subject, "/api/uploads", "id").await;
    let images = json!([{ "id": picture, "alt": "Tea" }]);
    let form = json!({ "content": format!("{name} #tea"), "audience": audience, "images": images });
    let made = subject.done(Method::POST, "/api/posts", Some(form)).await;
    Posted { audience, id: serde_json::from_value(made["id"].clone()).unwrap(), picture }
}

pub fn potter() -> Value {
    json!({ "title": "Potter", "place": "Lisbon", "kind": "contract", "content": "Ask about the kiln." })
}

/// A job of the subject, and the owner's application for it with its file.
async fn applied(owner: &Person, subject: &Person) -> (String, String, String) {
    let job = text(&subject.done(Method::POST, "/api/jobs", Some(potter())).await["job_id"]);
    let file = attach(owner).await;
    let form = json!({ "note": "Here I am.", "attachment": file });
    let made = owner.done(Method::POST, &format!("/api/jobs/{job}/applications"), Some(form)).await;
    (job, text(&made["application_id"]), file)
}

/// One of each thing that a person has to themselves.
async fn theirs(subject: &Person) -> Theirs {
    let test = json!({ "message": "Is it on?" });
    subject.done(Method::POST, "/api/ws/test-notification", Some(test)).await;
    let bell = loop {
        let bell = subject.done(Method::GET, "/api/notifications", None).await;
        if bell["items"].as_array().is_some_and(|items| !items.is_empty()) {
            break bell;
        }
        tokio::task::yield_now().await;
    };
    let session = subject.done(Method::GET, "/api/me/sessions", None).await;
    let token = json!({ "name": "Script", "scopes": ["read"] });
    let token = subject.done(Method::POST, "/api/me/tokens", Some(token)).await;
    let device = Browser::new().subscription("https://push.invalid/sam");
    let device = subject.done(Method::POST, "/api/push/subscriptions", Some(device)).await;
    Theirs {
        notification: text(&bell["items"][0]["notification_id"]),
        session: text(&session[0]["id"]),
        token: text(&token["details"]["id"]),
        device: text(&device["id"]),
    }
}
