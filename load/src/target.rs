//! Whom the load is for: a server of our own in a folder that is thrown away, or one that runs already.

use std::{
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU32, AtomicU64},
};

use serde_json::{Value, json};

use crate::{
    Outcome,
    community::Community,
    http::Http,
    mix::FRONT_PAGE,
    people::{Stage, TALKERS},
    process::Server,
};

/// A server, and the community on it.
pub struct Target {
    /// What the generator knows of it.
    pub stage: Stage,
    /// Its process, where that is known.
    pub process: Option<String>,
    /// What ends with the run.
    pub kept: Option<(Server, Community)>,
}

impl Target {
    /// Starts `program` for so many people.
    ///
    /// # Errors
    /// The database cannot be filled, or the server does not start.
    pub async fn start(program: &Path, people: usize, posts: u64) -> Outcome<Self> {
        // Every conversation is whole.
        let people = people.next_multiple_of(TALKERS);
        let community = Community::of(people as u64, posts).await?;
        let groups: Vec<[usize; 3]> = (0..people).step_by(TALKERS).map(|first| [first, first + 1, first + 2]).collect();
        let talks = community.add_groups(&groups).await?;
        let server = Server::start(program, community.folder.path(), &[])?;
        let stage = Stage {
            addr: server.addr,
            tokens: community.members.iter().map(|member| member.token.clone()).collect(),
            ids: community.members.iter().map(|member| member.id.get()).collect(),
            talks: talks.iter().map(|talk| (talk.get(), 0)).collect(),
            posts: community.posts.iter().map(|post| post.get()).collect(),
            pages: open_pages(people, posts),
            posts_made: AtomicU64::new(0),
        };
        Ok(Self { stage, process: Some(server.id()), kept: Some((server, community)) })
    }

    /// Uses a server that runs, with a token for each person, and makes posts and conversations for them.
    ///
    /// # Errors
    /// The server refuses something.
    pub async fn running(
        addr: SocketAddr,
        mut tokens: Vec<String>,
        posts: u64,
        process: Option<String>,
    ) -> Outcome<Self> {
        let mut http = Http::connect(addr).await.map_err(|cause| format!("{addr}: {cause}."))?;
        tokens.truncate(tokens.len() / TALKERS * TALKERS);
        let mut ids = Vec::new();
        for token in &tokens {
            ids.push(id(&ask(&mut http, token, "GET", "/api/me", "").await?)?);
        }
        let mut talks = Vec::new();
        for (three, tokens) in ids.chunks(TALKERS).zip(tokens.chunks(TALKERS)) {
            talks.push(begin(&mut http, three, tokens).await?);
        }
        let mut made = Vec::new();
        for (number, token) in (0..posts).zip(tokens.iter().cycle()) {
            let body = json!({ "content": format!("Post number {number}, to be looked at.") }).to_string();
            made.push(id(&ask(&mut http, token, "POST", "/api/posts", &body).await?)?);
        }
        let pages = open_pages(tokens.len(), posts);
        let stage = Stage { addr, tokens, ids, talks, posts: made, pages, posts_made: AtomicU64::new(0) };
        Ok(Self { stage, process, kept: None })
    }
}

/// Where everybody looks at first: one in a few at the newest page, the others at any.
fn open_pages(people: usize, posts: u64) -> Vec<AtomicU32> {
    let pages = (usize::try_from(posts).unwrap_or(usize::MAX) / crate::mix::PAGE).max(1);
    let page = |person: usize| if person.is_multiple_of(FRONT_PAGE) { 0 } else { person * 7 % pages };
    (0..people).map(|person| AtomicU32::new(u32::try_from(page(person)).unwrap_or(0))).collect()
}

/// A group of these three, accepted by all of them; its id, and how many entries it has.
async fn begin(http: &mut Http, three: &[u64], tokens: &[String]) -> Outcome<(u64, u64)> {
    let (Some((_, others)), Some((first, accepting))) = (three.split_first(), tokens.split_first()) else {
        return Err("There are too few tokens.".to_owned());
    };
    let members: Vec<String> = others.iter().map(u64::to_string).collect();
    let body = json!({ "member_ids": members, "title": "Load" }).to_string();
    let begun = ask(http, first, "POST", "/api/conversations", &body).await?;
    let conversation = id(begun.get("conversation").unwrap_or(&begun))?;
    for token in accepting {
        ask(http, token, "POST", &format!("/api/conversations/{conversation}/accept"), "").await?;
    }
    let now = ask(http, first, "GET", &format!("/api/conversations/{conversation}"), "").await?;
    let seq = now.get("conversation").unwrap_or(&now).get("seq").and_then(Value::as_u64);
    Ok((conversation, seq.unwrap_or(0)))
}

async fn ask(http: &mut Http, token: &str, method: &str, path: &str, body: &str) -> Outcome<Value> {
    let headers = format!("authorization: Bearer {token}\r\n");
    let answer = http.send(method, path, &headers, body).await.map_err(|cause| format!("{method} {path}: {cause}."))?;
    let text = String::from_utf8_lossy(&answer.body);
    if !(200..300).contains(&answer.status) {
        return Err(format!("{method} {path} is answered with {}: {text}", answer.status));
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn id(value: &Value) -> Outcome<u64> {
    let id = value.get("id").or_else(|| value.get("conversation_id"));
    let id = id.and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.ok_or_else(|| format!("There is no id in {value}."))
}
