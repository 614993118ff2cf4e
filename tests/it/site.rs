//! A whole server for one test, and people who use it through its doors.

use std::{net::SocketAddr, path::Path, time::Duration};

use futures::{SinkExt, StreamExt};
use hubbub::{
    protocol::{
        commands::{ClientCommand, CommandFrame},
        errors::ErrorCode,
        events::{AckResult, Connected, PostEvent, ServerEvent, UnreadCount},
        requests::SignedIn,
        views::{Audience, PostView},
    },
    server::{
        boot::{self, Running},
        config::Settings,
        domain::outcome::{Publication, Topic},
    },
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::Request},
};

use crate::reference::{check_answer, check_event};

/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const PASSWORD: &str = "vexing-plum-teapot-27";

/// A server on a free port with a database of its own.
pub struct Site {
    pub running: Running,
    pub http: Client,
    _folder: Option<tempfile::TempDir>,
}

impl Site {
    /// With limits far away.
    pub async fn start() -> Self {
        Self::with_limits(1_000.0).await
    }

    /// With limits as they are by default.
    pub async fn strict() -> Self {
        Self::with_limits(1.0).await
    }

    async fn with_limits(limit_factor: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { limit_factor, ..Settings::in_folder(folder.path().to_owned()) };
        let running = boot::start(settings).await.unwrap();
        Self { running, http: Client::new(), _folder: Some(folder) }
    }

    /// With its data in a folder that outlives it.
    pub async fn in_folder(folder: &Path) -> Self {
        let settings = Settings { limit_factor: 1_000.0, ..Settings::in_folder(folder.to_owned()) };
        Self { running: boot::start(settings).await.unwrap(), http: Client::new(), _folder: None }
    }

    /// Around a server that was started with settings of its own; whoever started it keeps its folder.
    pub fn around(running: Running, http: Client) -> Self {
        Self { running, http, _folder: None }
    }

    /// Around a server that keeps what is its own in this folder.
    pub fn with_folder(running: Running, folder: tempfile::TempDir) -> Self {
        Self { running, http: Client::new(), _folder: Some(folder) }
    }

    /// Stops it, and waits until it has.
    pub async fn stop(self) {
        assert!(self.running.shutdown().await);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addr)
    }

    pub fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.running.addr)
    }

    /// Tells everyone's feed of a long post, past the store and as often as it takes to fill what the system holds for a
    /// connection that reads nothing.
    pub async fn drown_in(&self, mut post: PostView) {
        post.content = "x".repeat(5_000);
        for _ in 0..20_000 {
            self.running.state.live.hub.publish(Publication::Watchers {
                topics: vec![Topic::PublicFeed],
                event: ServerEvent::NewPost(PostEvent { post: post.clone(), offset: 0 }),
                except: Vec::new(),
            });
            tokio::task::yield_now().await;
        }
    }

    /// Somebody who registered just now.
    pub async fn person(&self, username: &str) -> Person {
        let form = json!({
            "email": format!("{username}@example.org"),
            "username": username,
            "full_name": format!("{username} Example"),
            "password": PASSWORD,
        });
        let answer = self.http.post(self.url("/api/auth/register")).json(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        self.again(answer.json().await.unwrap())
    }

    /// Somebody who signed in before.
    pub fn again(&self, tokens: SignedIn) -> Person {
        Person { site: self.url(""), socket: self.socket_url(), http: self.http.clone(), tokens }
    }
}

/// A person and their session.
#[derive(Clone)]
pub struct Person {
    site: String,
    socket: String,
    http: Client,
    pub tokens: SignedIn,
}

impl Person {
    /// Somebody who signed in to a server that is another process.
    pub fn at(addr: SocketAddr, tokens: SignedIn) -> Self {
        Self { site: format!("http://{addr}"), socket: format!("ws://{addr}/ws"), http: Client::new(), tokens }
    }

    pub fn id(&self) -> String {
        self.tokens.user.person.id.to_string()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.site)).bearer_auth(&self.tokens.access_token)
    }

    /// Sends a request; the status and the JSON that came back. Both must be as the documents say.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.request(method.clone(), path);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        let (status, answer) = (answer.status(), answer.json().await.unwrap_or(Value::Null));
        check_answer(&method, path, body.as_ref(), status, &answer);
        (status, answer)
    }

    /// Sends a request that succeeds.
    pub async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The two are connected.
    pub async fn befriend(&self, other: &Self) {
        self.done(Method::PUT, &format!("/api/connections/{}", other.id()), None).await;
        other.done(Method::PUT, &format!("/api/connections/{}", self.id()), None).await;
    }

    pub async fn post(&self, content: &str, audience: Audience) -> PostView {
        let body = json!({ "content": content, "audience": audience });
        serde_json::from_value(self.done(Method::POST, "/api/posts", Some(body)).await).unwrap()
    }

    /// A request that opens a socket.
    pub fn socket_request(&self) -> Request<()> {
        let mut request = self.socket.as_str().into_client_request().unwrap();
        let token = format!("Bearer {}", self.tokens.access_token).parse().unwrap();
        request.headers_mut().insert("authorization", token);
        request
    }

    /// An open socket that was greeted.
    pub async fn connect(&self) -> Tab {
        let mut tab = Tab::open(self.socket_request()).await;
        let ServerEvent::Connected(connected) = tab.next().await.unwrap() else { panic!("not greeted") };
        tab.connected = Some(connected);
        tab
    }
}

/// One open socket.
pub struct Tab {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub connected: Option<Connected>,
    /// Events of the bell that came and nobody asked for yet.
    pub bell: Vec<ServerEvent>,
    sent: u32,
}

impl Tab {
    pub async fn open(request: Request<()>) -> Self {
        let (socket, _) = connect_async(request).await.unwrap();
        Self { socket, connected: None, bell: Vec::new(), sent: 0 }
    }

    /// The next event that is not of the bell, or the code the socket was closed with. What is told in the bell comes a
    /// moment after what it tells of, whenever the worker gets to it: it is kept in [`Tab::bell`].
    pub async fn next(&mut self) -> Result<ServerEvent, u16> {
        loop {
            match self.next_of_all().await? {
                event if is_of_bell(&event) => self.bell.push(event),
                event => return Ok(event),
            }
        }
    }

    /// The next event of the bell.
    pub async fn next_of_bell(&mut self) -> ServerEvent {
        while self.bell.is_empty() {
            let event = self.next_of_all().await.unwrap();
            if is_of_bell(&event) {
                self.bell.push(event);
            }
        }
        self.bell.remove(0)
    }

    /// The next event, or the code the socket was closed with.
    async fn next_of_all(&mut self) -> Result<ServerEvent, u16> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("nothing came");
            match message {
                Some(Ok(Message::Text(text))) => {
                    check_event(&text);
                    return Ok(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                other => panic!("the socket broke: {other:?}"),
            }
        }
    }

    /// Events until the socket is closed, and the code.
    pub async fn until_closed(&mut self) -> (Vec<ServerEvent>, u16) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Ok(event) => events.push(event),
                Err(code) => return (events, code),
            }
        }
    }

    pub async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends a command that is refused; why it is.
    pub async fn refusal(&mut self, command: ClientCommand) -> ErrorCode {
        self.send_text(&serde_json::to_string(&command).unwrap()).await;
        loop {
            if let ServerEvent::Error(error) = self.next().await.unwrap() {
                return error.error.code;
            }
        }
    }

    /// Sends a command and waits for its answer; what came before it, and the result.
    pub async fn command(&mut self, command: ClientCommand) -> (Vec<ServerEvent>, AckResult) {
        self.sent += 1;
        let reference = self.sent.to_string();
        let frame = CommandFrame { command, reference: Some(reference.clone()) };
        self.send_text(&serde_json::to_string(&frame).unwrap()).await;
        let mut before = Vec::new();
        loop {
            match self.next().await.unwrap() {
                ServerEvent::Ack(ack) => {
                    assert_eq!(ack.reference, reference);
                    return (before, ack.result);
                }
                ServerEvent::Error(error) => panic!("refused: {error:?}"),
                event => before.push(event),
            }
        }
    }

    /// What came until now: everything before the answer to a ping.
    pub async fn so_far(&mut self) -> Vec<ServerEvent> {
        let (mut events, _) = self.command(ClientCommand::Ping).await;
        events.retain(|event| !matches!(event, ServerEvent::Pong { .. }));
        events
    }
}

/// Whether an event tells of notifications.
const fn is_of_bell(event: &ServerEvent) -> bool {
    matches!(
        event,
        ServerEvent::Notification(_)
            | ServerEvent::NotificationUpdate(_)
            | ServerEvent::UnreadCount(UnreadCount { conversations: None, .. })
    )
}
