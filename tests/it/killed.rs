//! The real program, killed again and again while people talk, behind a proxy that stalls without closing: afterwards
//! everyone has what is stored, and everything that was acknowledged is.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use hubbub::protocol::{
    commands::{ClientCommand, CommandFrame},
    conversations::{HeldConversation, MessageView, NewMessage},
    events::ServerEvent,
    ids::{ConversationId, MessageId},
    requests::SignedIn,
};
use hubbub_load::ports::free_addr;
use parking_lot::Mutex;
use reqwest::{Client as Http, Method};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{
    program::Program,
    proxy::Proxy,
    site::{PASSWORD, PATIENCE},
};

/// How much is done.
struct Scale {
    people: usize,
    kills: usize,
    messages: usize,
}

/// An open socket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One person with one device, who says their messages one after the other and keeps what comes.
struct Talker {
    number: usize,
    door: SocketAddr,
    tokens: SignedIn,
    id: ConversationId,
    unsent: VecDeque<(String, String)>,
    /// What was acknowledged, by client id.
    accepted: BTreeMap<String, MessageId>,
    /// What is held, by place.
    thread: BTreeMap<u64, MessageView>,
    held: u64,
    /// Too much was missed to be told one by one.
    must_reload: bool,
    http: Http,
    at: SocketAddr,
}

impl Talker {
    /// Until everything was acknowledged.
    async fn talk(mut self) -> Self {
        while !self.unsent.is_empty() {
            // Refused, cut, stalled: come back.
            let _ = self.visit().await;
            sleep(Duration::from_millis(30 + 7 * (self.number as u64 % 10))).await;
        }
        self
    }

    async fn connect(&self) -> Option<Socket> {
        let stream = MaybeTlsStream::Plain(TcpStream::connect(self.door).await.ok()?);
        let mut request = format!("ws://{}/ws", self.door).into_client_request().unwrap();
        let token = format!("Bearer {}", self.tokens.access_token).parse().unwrap();
        request.headers_mut().insert("authorization", token);
        let (socket, _) =
            timeout(Duration::from_secs(3), client_async_with_config(request, stream, None)).await.ok()?.ok()?;
        Some(socket)
    }

    /// One connection, from the greeting to its end.
    async fn visit(&mut self) -> Option<()> {
        let mut socket = self.connect().await?;
        let held = HeldConversation { conversation_id: self.id, seq: self.held };
        send(&mut socket, "sync", ClientCommand::SyncConversations { conversations: vec![held] }).await?;
        while let Some((client_id, content)) = self.unsent.front().cloned() {
            let message = NewMessage { content, client_id: Some(client_id.clone()), ..NewMessage::default() };
            send(&mut socket, &client_id, ClientCommand::SendMessage { conversation_id: self.id, message }).await?;
            loop {
                match next(&mut socket).await? {
                    ServerEvent::Ack(ack) if ack.reference == client_id => {
                        self.accepted.insert(client_id.clone(), ack.result.message_id.unwrap());
                        self.unsent.pop_front();
                        break;
                    }
                    ServerEvent::Error(error) => panic!("refused: {error:?}"),
                    event => self.take(event),
                }
            }
        }
        Some(())
    }

    fn take(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::NewMessage(event) => {
                let seq = event.message.seq;
                self.thread.insert(seq, event.message);
                while self.thread.contains_key(&(self.held + 1)) {
                    self.held += 1;
                }
            }
            ServerEvent::ConversationChanges(changes) => {
                self.must_reload |= changes.reload;
                for message in changes.messages {
                    self.thread.insert(message.seq, message);
                }
                if !changes.reload {
                    self.held = self.held.max(changes.seq);
                }
            }
            _ => {}
        }
    }

    /// Gets what it still misses.
    async fn catch_up(&mut self) {
        let mut socket = self.connect().await.expect("the program runs");
        let held = HeldConversation { conversation_id: self.id, seq: self.held };
        send(&mut socket, "last", ClientCommand::SyncConversations { conversations: vec![held] }).await.unwrap();
        loop {
            match next(&mut socket).await.expect("an answer") {
                ServerEvent::Ack(ack) if ack.reference == "last" => break,
                event => self.take(event),
            }
        }
        if self.must_reload {
            let thread = stored(&self.http, self.at, &self.tokens, self.id).await;
            self.thread = thread.into_iter().map(|message| (message.seq, message)).collect();
        }
    }
}

/// Says something under a reference.
pub async fn send(socket: &mut Socket, reference: &str, command: ClientCommand) -> Option<()> {
    let frame = CommandFrame { command, reference: Some(reference.to_owned()) };
    socket.send(Message::text(serde_json::to_string(&frame).unwrap())).await.ok()
}

async fn next(socket: &mut Socket) -> Option<ServerEvent> {
    loop {
        match timeout(Duration::from_secs(3), socket.next()).await.ok()?? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Somebody new.
pub async fn register(http: &Http, at: SocketAddr, number: usize) -> SignedIn {
    let form = json!({
        "email": format!("p{number}@example.org"),
        "username": format!("person{number}"),
        "full_name": format!("Person {number}"),
        "password": PASSWORD,
    });
    let answer = http.post(format!("http://{at}/api/auth/register")).json(&form).send().await.unwrap();
    answer.json().await.unwrap()
}

/// A request that succeeds.
pub async fn ask(http: &Http, who: &SignedIn, method: Method, url: String, body: Option<Value>) -> Value {
    let request = http.request(method, url).bearer_auth(&who.access_token);
    let request = if let Some(body) = body { request.json(&body) } else { request };
    request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// The whole thread, oldest first.
async fn stored(http: &Http, at: SocketAddr, who: &SignedIn, id: ConversationId) -> Vec<MessageView> {
    let (mut all, mut before): (Vec<MessageView>, String) = (Vec::new(), String::new());
    loop {
        let url = format!("http://{at}/api/conversations/{id}/messages?limit=100&before={before}");
        let page = ask(http, who, Method::GET, url, None).await;
        let items: Vec<MessageView> = serde_json::from_value(page["items"].clone()).unwrap();
        all.extend(items);
        match page["next"].as_str() {
            Some(next) => before = next.to_owned(),
            None => break,
        }
    }
    all.reverse();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kills_and_everyone_has_the_same() {
    talk_through(Scale { people: 12, kills: 3, messages: 25 }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask test --long"]
async fn what_two_hundred_say_survives_ten_kills() {
    talk_through(Scale { people: 200, kills: 10, messages: 40 }).await;
}

async fn talk_through(Scale { people, kills, messages }: Scale) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = free_addr().unwrap();
    let mut program = Program::start(at, &data, &[]).await;
    let http = Http::builder().pool_max_idle_per_host(0).build().unwrap();
    let mut tokens = Vec::new();
    for number in 0..people {
        tokens.push(register(&http, at, number).await);
    }
    let others: Vec<String> = tokens[1..].iter().map(|one| one.user.person.id.to_string()).collect();
    let form = json!({ "member_ids": others, "title": "Everyone" });
    let begun = ask(&http, &tokens[0], Method::POST, format!("http://{at}/api/conversations"), Some(form)).await;
    let id: ConversationId = serde_json::from_value(begun["conversation_id"].clone()).unwrap();

    let (proxy, door) = Proxy::listen(at).await;
    let done = Arc::new(Mutex::new(Vec::new()));
    for (number, tokens) in tokens.iter().enumerate() {
        let words = |at| (format!("{number:08x}-0000-4000-8000-{at:012x}"), format!("{number} says {at}"));
        let talker = Talker {
            number,
            door,
            tokens: tokens.clone(),
            id,
            unsent: (0..messages).map(words).collect(),
            accepted: BTreeMap::new(),
            thread: BTreeMap::new(),
            held: 0,
            must_reload: false,
            http: http.clone(),
            at,
        };
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            let talker = talker.talk().await;
            done.lock().push(talker);
        });
    }
    for round in 0..kills {
        sleep(Duration::from_millis(400)).await;
        if round % 2 == 1 {
            proxy.stall();
            sleep(Duration::from_millis(200)).await;
        }
        program.kill();
        program = Program::start(at, &data, &[]).await;
    }
    let started = Instant::now();
    while done.lock().len() < people {
        assert!(started.elapsed() < PATIENCE * 10, "somebody never gets through");
        sleep(Duration::from_millis(50)).await;
    }

    let thread = stored(&http, at, &tokens[0], id).await;
    let seqs: Vec<u64> = thread.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (1..=thread.len() as u64).collect::<Vec<u64>>(), "no gap, nothing twice");
    assert_eq!(thread.len(), people * messages + 1, "every message once, and the note that the group began");
    let by_id: BTreeMap<MessageId, &MessageView> = thread.iter().map(|message| (message.message_id, message)).collect();
    let mut talkers = std::mem::take(&mut *done.lock());
    for talker in &mut talkers {
        talker.catch_up().await;
        assert_eq!(talker.accepted.len(), messages);
        for (client_id, message_id) in &talker.accepted {
            assert_eq!(by_id[message_id].client_id.as_ref(), Some(client_id));
        }
        let mine: Vec<&MessageView> = talker.thread.values().collect();
        assert_eq!(mine, thread.iter().collect::<Vec<_>>(), "person {} has something else", talker.number);
    }
    program.kill();
}

/// Until the server, killed meanwhile, has taken it.
async fn insist(http: &Http, who: &SignedIn, method: Method, url: String, body: Option<Value>) {
    let started = Instant::now();
    loop {
        let request = http.request(method.clone(), &url).bearer_auth(&who.access_token);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        match request.send().await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) if answer.status().is_client_error() => panic!("{url}: {}", answer.status()),
            _ => assert!(started.elapsed() < PATIENCE * 10, "{url} is never taken"),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_notifications_survive_kills_and_are_numbered_without_a_gap() {
    const POSTS: usize = 500;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = free_addr().unwrap();
    let mut program = Program::start(at, &data, &[]).await;
    let http = Http::builder().pool_max_idle_per_host(0).build().unwrap();
    let (mia, ana, ben) = (register(&http, at, 0).await, register(&http, at, 1).await, register(&http, at, 2).await);
    let mut posts = Vec::new();
    for number in 0..POSTS {
        let form = json!({ "content": format!("Post {number}") });
        let post = ask(&http, &mia, Method::POST, format!("http://{at}/api/posts"), Some(form)).await;
        posts.push(post["id"].as_str().unwrap().to_owned());
    }
    let likes = {
        let (http, posts) = (http.clone(), posts.clone());
        tokio::spawn(async move {
            for post in posts {
                insist(&http, &ana, Method::PUT, format!("http://{at}/api/posts/{post}/like"), None).await;
            }
        })
    };
    let comments = {
        let http = http.clone();
        tokio::spawn(async move {
            for (number, post) in posts.into_iter().enumerate() {
                let client_id = format!("{number:08x}-0000-4000-8000-000000000000");
                let form = json!({ "content": "Which clay?", "client_id": client_id });
                insist(&http, &ben, Method::POST, format!("http://{at}/api/posts/{post}/comments"), Some(form)).await;
            }
        })
    };
    let mut kills = 0;
    while !(likes.is_finished() && comments.is_finished()) {
        sleep(Duration::from_millis(400)).await;
        program.kill();
        kills += 1;
        program = Program::start(at, &data, &[]).await;
        sleep(Duration::from_millis(600 * kills.min(4))).await;
    }
    likes.await.unwrap();
    comments.await.unwrap();
    let tasks = hubbub::server::tasks::Tasks::new();
    let file = data.join("hubbub.db");
    let store = hubbub::server::store::join(file.to_str().unwrap(), crate::store::SETTINGS, &tasks).await;
    let store = store.unwrap().expect("its tables are up to date");
    let started = Instant::now();
    // What a server had taken when it was killed is done when its lease has run out.
    while store.read().await.unwrap().outbox_depth().await.unwrap().0 > 0 {
        assert!(started.elapsed() < PATIENCE * 3, "the outbox is never empty");
        sleep(Duration::from_millis(100)).await;
    }
    let (mut seqs, mut kinds, mut before) = (Vec::new(), BTreeMap::<String, usize>::new(), String::new());
    loop {
        let url = format!("http://{at}/api/notifications?limit=100&before={before}");
        let page = ask(&http, &mia, Method::GET, url, None).await;
        for one in page["items"].as_array().unwrap() {
            assert_eq!((&one["data"]["count"], &one["data"]["actor_count"]), (&json!(1), &json!(1)), "{one}");
            seqs.push(one["seq"].as_u64().unwrap());
            *kinds.entry(one["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next"].as_str() {
            Some(next) => before = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(kinds, BTreeMap::from([("comment".to_owned(), POSTS), ("like".to_owned(), POSTS)]));
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=2 * POSTS as u64).collect::<Vec<u64>>(), "no gap, nothing twice");
    eprintln!("server killed {kills} times while {} notifications were raised", 2 * POSTS);
    program.kill();
}
