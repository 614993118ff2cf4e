//! People who talk, like and comment while something fails: each has a screen that is live over a socket, comes back when it
//! is cut, and says again what was not acknowledged, as clients do.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use futures::StreamExt;
use hubbub::protocol::{
    commands::ClientCommand,
    conversations::{HeldConversation, MessageView, NewMessage},
    errors::ErrorCode,
    events::{CloseCode, ServerEvent, Status, UnreadCount},
    ids::{ConversationId, PostId, UserId},
    requests::SignedIn,
    views::{PeopleOnline, PostView},
};
use hubbub_load::history::{Heard, Place};
use parking_lot::Mutex;
use reqwest::{Client as Http, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, client_async_with_config,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use super::history::{Came, Count, Device, Entry, History, Said, Sight};
use crate::killed::{Socket, ask, send};

/// After so long without a word a client asks.
const QUIET: Duration = Duration::from_secs(1);
/// How often a client looks at what is due, at the least.
const TICK_MAX: Duration = Duration::from_millis(500);
/// Before somebody who was refused or cut comes again.
const PAUSE: Duration = Duration::from_millis(150);

/// What people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Talk, like and comment.
    Busy,
    /// Finish, do each once more, and then stay and watch.
    LastWords,
    /// Go.
    Gone,
}

/// How people are.
#[derive(Clone, Copy)]
pub struct Habits {
    /// Between two things that somebody does.
    pub pace: Duration,
    /// A client that heard nothing for so long, although it asked, goes.
    pub silence: Duration,
}

/// Who is there, and around what.
pub struct Stage {
    /// Where people come in.
    pub doors: Vec<SocketAddr>,
    /// Who is asked in the end what there is.
    pub servers: Vec<SocketAddr>,
    /// The first wrote the post; the last only looks in, and goes while something fails.
    pub people: Vec<SignedIn>,
    pub conversation: ConversationId,
    pub post: PostId,
    pub habits: Habits,
    /// Tells what is done here from what is done elsewhere.
    pub number: usize,
    pub http: Http,
    pub phase: watch::Sender<Phase>,
}

/// What somebody's screen shows.
#[derive(Default)]
struct Screen {
    likes: Shown,
    comments: Shown,
    bell: Shown,
    online: BTreeMap<UserId, bool>,
}

/// A number and its version.
type Shown = Option<(u64, u64)>;

fn show(shown: &mut Shown, version: u64, number: u64) {
    if shown.is_none_or(|(newest, _)| newest <= version) {
        *shown = Some((version, number));
    }
}

/// What is known of somebody.
#[derive(Default)]
struct Record {
    device: Device,
    screen: Screen,
    likes: bool,
    comments: u64,
    has_talked: bool,
    has_done: bool,
}

/// Everybody at work.
pub struct Crowd {
    pub stage: Arc<Stage>,
    records: Vec<Arc<Mutex<Record>>>,
    tasks: JoinSet<()>,
}

impl Crowd {
    /// Everybody comes, but for the last.
    pub fn come(stage: Arc<Stage>) -> Self {
        let (mut records, mut tasks) = (Vec::new(), JoinSet::new());
        for who in 0..stage.people.len() - 1 {
            let record = Arc::<Mutex<Record>>::default();
            tasks.spawn(Talker::new(who, Arc::clone(&stage), Arc::clone(&record)).run());
            tasks.spawn(Doer { who, at: who, stage: Arc::clone(&stage), record: Arc::clone(&record), done: 0 }.run());
            records.push(record);
        }
        Self { stage, records, tasks }
    }

    /// Until everybody said and did all they wanted.
    pub fn are_done(&self) -> bool {
        self.records.iter().all(|record| {
            let record = record.lock();
            record.has_talked && record.has_done
        })
    }

    /// Everybody goes.
    pub async fn go(mut self) {
        self.stage.phase.send_replace(Phase::Gone);
        while let Some(gone) = self.tasks.join_next().await {
            gone.unwrap();
        }
    }

    /// What happened until now, and what every server says of it; `None` while one does not answer.
    pub async fn history(&self) -> Option<History> {
        let stage = &self.stage;
        let (mut stored, mut posts, mut bells, mut sights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (node, door) in stage.servers.iter().enumerate() {
            stored.push(stage.thread(*door, 0).await?);
            posts.push(stage.read::<PostView>(*door, 1, &format!("/api/posts/{}", stage.post)).await?);
            let mut of_all = Vec::new();
            for who in 0..self.records.len() {
                of_all.push(stage.read::<UnreadCount>(*door, who, "/api/conversations/unread").await?);
            }
            bells.push(of_all);
            let online = stage.read::<PeopleOnline>(*door, 0, "/api/users/online").await?;
            let sees = stage.numbers(online.people.iter().map(|person| person.id));
            sights.push(self.sight(format!("server {node}"), 0, sees));
        }
        let records: Vec<_> = self.records.iter().map(|record| record.lock()).collect();
        for (who, record) in records.iter().enumerate() {
            let online = record.screen.online.iter().filter(|(_, is_online)| **is_online).map(|(id, _)| *id);
            sights.push(self.sight(format!("screen {who}"), who, stage.numbers(online)));
        }
        let read = |number: fn(&PostView) -> u64| at_servers(posts.iter().map(number));
        let seen = |shown: fn(&Screen) -> Shown| {
            let seen = records.iter().enumerate();
            seen.map(move |(who, record)| (format!("screen {who}"), shown(&record.screen).map(|(_, number)| number)))
        };
        let likes = read(|post| post.like_count).chain(seen(|screen| screen.likes)).collect();
        let comments = read(|post| post.comment_count).chain(seen(|screen| screen.comments)).collect();
        let liked = records.iter().filter(|record| record.likes).count() as u64;
        let mut counts = vec![
            Count { of: "likes".to_owned(), is: liked, shown: likes },
            Count {
                of: "comments".to_owned(),
                is: records.iter().map(|record| record.comments).sum(),
                shown: comments,
            },
        ];
        for (who, record) in records.iter().enumerate() {
            let screen = (format!("screen {who}"), record.screen.bell.map(|(_, number)| number));
            let shown = at_servers(bells.iter().map(|of_all| of_all[who].count)).chain([screen]).collect();
            counts.push(Count { of: format!("bell of {who}"), is: bells[0][who].count, shown });
            let shown = at_servers(bells.iter().map(|of_all| unread_of(&of_all[who], stage.conversation))).collect();
            let is = unread(&record.device, stored.first()?);
            counts.push(Count { of: format!("unread messages of {who}"), is, shown });
        }
        let devices = records.iter().map(|record| record.device.clone()).collect();
        Some(History { devices, stored, counts, sights })
    }

    /// Everybody is to be seen but the last, who is gone, and who looks.
    fn sight(&self, by: String, who: usize, sees: BTreeSet<usize>) -> Sight {
        Sight { by, sees, there: (0..self.records.len()).filter(|other| *other != who).collect() }
    }
}

fn at_servers(numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = (String, Option<u64>)> {
    numbers.enumerate().map(|(node, number)| (format!("server {node}"), Some(number)))
}

fn unread_of(unread: &UnreadCount, id: ConversationId) -> u64 {
    let of_this = unread.conversations.iter().flatten().find(|one| one.conversation_id == id);
    of_this.map_or(0, |one| one.unread_count)
}

/// Who says something has read what stands before it.
fn unread(device: &Device, stored: &[Entry]) -> u64 {
    let is_own = |entry: &Entry| device.said.iter().any(|said| Some(&said.client_id) == entry.client_id.as_ref());
    stored.iter().rev().take_while(|entry| !is_own(entry)).filter(|entry| entry.client_id.is_some()).count() as u64
}

fn entry(message: &MessageView) -> Entry {
    // Notes have no number of their own, and nobody's device made them.
    let client_id = message.note.is_none().then(|| message.client_id.clone()).flatten();
    Entry { seq: message.seq, id: message.message_id.get(), client_id }
}

impl Stage {
    fn numbers(&self, ids: impl Iterator<Item = UserId>) -> BTreeSet<usize> {
        ids.filter_map(|id| self.people.iter().position(|one| one.user.person.id == id)).collect()
    }

    /// When somebody begins: not all at once.
    fn turn(&self, who: usize) -> Duration {
        let (place, group) = (who as f64 / self.people.len() as f64, self.number as f64);
        // Groups are spread by the golden ratio, which brings no two of them together.
        self.habits.pace.mul_f64((place + group * 0.618_034).fract())
    }

    /// The same with fresh access tokens.
    pub async fn signed_in_anew(mut self) -> Self {
        let url = format!("http://{}/api/auth/refresh", self.servers[0]);
        for one in &mut self.people {
            let form = json!({ "refresh_token": one.refresh_token });
            let renewed = ask(&self.http, one, Method::POST, url.clone(), Some(form)).await;
            *one = serde_json::from_value(renewed).unwrap();
        }
        self
    }

    fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// The door that somebody tries at the `at`th time.
    fn door(&self, at: usize) -> SocketAddr {
        self.doors[at % self.doors.len()]
    }

    /// Asks once; the status of a refusal, or nothing where nothing answers.
    async fn ask(
        &self,
        door: SocketAddr,
        who: usize,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Option<StatusCode>> {
        let request = self.http.request(method, format!("http://{door}{path}")).timeout(self.habits.silence);
        let request = request.bearer_auth(&self.people[who].access_token);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.map_err(|_| None)?;
        if answer.status().is_success() { answer.json().await.map_err(|_| None) } else { Err(Some(answer.status())) }
    }

    async fn read<T: DeserializeOwned>(&self, door: SocketAddr, who: usize, path: &str) -> Option<T> {
        let answer = self.ask(door, who, Method::GET, path, None).await.ok()?;
        Some(serde_json::from_value(answer).unwrap())
    }

    /// The whole conversation, oldest first.
    async fn thread(&self, door: SocketAddr, who: usize) -> Option<Vec<Entry>> {
        let (mut all, mut before): (Vec<Entry>, String) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/conversations/{}/messages?limit=100&before={before}", self.conversation);
            let page = self.read::<Value>(door, who, &path).await?;
            let items: Vec<MessageView> = serde_json::from_value(page["items"].clone()).unwrap();
            all.extend(items.iter().map(entry));
            match page["next"].as_str() {
                Some(next) => before = next.to_owned(),
                None => break,
            }
        }
        all.reverse();
        Some(all)
    }

    /// Opens a socket.
    pub async fn connect(&self, door: SocketAddr, who: usize) -> Result<Socket, Option<StatusCode>> {
        let connecting = async {
            let stream = MaybeTlsStream::Plain(TcpStream::connect(door).await.map_err(|_| None)?);
            let mut request = format!("ws://{door}/ws").into_client_request().unwrap();
            let token = format!("Bearer {}", self.people[who].access_token).parse().unwrap();
            request.headers_mut().insert("authorization", token);
            match client_async_with_config(request, stream, None).await {
                Ok((socket, _)) => Ok(socket),
                Err(Error::Http(answer)) => Err(Some(answer.status())),
                Err(_) => Err(None),
            }
        };
        timeout(self.habits.silence, connecting).await.unwrap_or(Err(None))
    }
}

/// Whether a client that is refused so comes again by itself.
fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
}

/// Somebody's requests: likes that come and go, and comments.
struct Doer {
    who: usize,
    at: usize,
    stage: Arc<Stage>,
    record: Arc<Mutex<Record>>,
    done: u64,
}

impl Doer {
    async fn run(mut self) {
        // In the end half of them like it.
        let likes = self.who.is_multiple_of(2);
        sleep(self.stage.turn(self.who)).await;
        while self.stage.phase() == Phase::Busy {
            self.like(self.done.is_multiple_of(2)).await;
            self.comment().await;
            sleep(self.stage.habits.pace * 3).await;
        }
        // What a server held that was frozen or cut off is done by now: it must not be what was wanted last.
        sleep(QUIET).await;
        self.like(!likes).await;
        self.like(likes).await;
        self.comment().await;
        self.record.lock().has_done = true;
    }

    async fn like(&mut self, likes: bool) {
        let method = if likes { Method::PUT } else { Method::DELETE };
        self.insist(method, &format!("/api/posts/{}/like", self.stage.post), None).await;
        self.record.lock().likes = likes;
    }

    async fn comment(&mut self) {
        self.done += 1;
        let client_id = format!("{:08x}-{:04x}-4000-9000-{:012x}", self.stage.number, self.who, self.done);
        let form = json!({ "content": "Which clay?", "client_id": client_id });
        self.insist(Method::POST, &format!("/api/posts/{}/comments", self.stage.post), Some(&form)).await;
        self.record.lock().comments += 1;
    }

    /// Until some server has taken it, or nobody waits any more.
    async fn insist(&mut self, method: Method, path: &str, body: Option<&Value>) {
        while self.stage.phase() != Phase::Gone {
            match self.stage.ask(self.stage.door(self.at), self.who, method.clone(), path, body).await {
                Ok(_) => return,
                Err(Some(status)) if !is_passing(status) => {
                    let refusal = format!("{method} {path}: {status}");
                    self.record.lock().device.refusals.push(refusal);
                }
                Err(status) => self.record.lock().device.failures.push(format!("{method} {path}: {status:?}")),
            }
            self.at += 1;
            sleep(PAUSE).await;
        }
    }
}

/// Somebody's screen, and what they say.
struct Talker {
    who: usize,
    /// How many doors were tried.
    at: usize,
    stage: Arc<Stage>,
    record: Arc<Mutex<Record>>,
    heard: Heard,
    /// When what is not acknowledged was first said.
    first_said: Instant,
    said_at: Instant,
    had_last_word: bool,
}

/// One connection.
struct Visit {
    socket: Socket,
    /// What is not acknowledged, and when it was sent over this connection.
    in_flight: Option<(String, Instant)>,
    /// What was missed is asked for.
    asks: bool,
    heard_at: Instant,
    pinged: bool,
    back_in: Duration,
}

impl Talker {
    fn new(who: usize, stage: Arc<Stage>, record: Arc<Mutex<Record>>) -> Self {
        let now = Instant::now();
        let heard = Heard::up_to(0);
        Self { who, at: who, stage, record, heard, first_said: now, said_at: now, had_last_word: false }
    }

    async fn run(mut self) {
        sleep(self.stage.turn(self.who)).await;
        let mut left: Option<Instant> = None;
        while self.stage.phase() != Phase::Gone {
            let back_in = match self.stage.connect(self.stage.door(self.at), self.who).await {
                Ok(socket) => {
                    self.record.lock().device.away.extend(left.map(|left| left.elapsed()));
                    let back_in = self.visit(socket).await;
                    left = Some(Instant::now());
                    back_in
                }
                Err(refusal) => {
                    self.refused(
                        refusal.filter(|status| !is_passing(*status)).map(|status| format!("upgrade: {status}")),
                    );
                    PAUSE
                }
            };
            self.at += 1;
            sleep(back_in).await;
        }
    }

    fn refused(&self, refusal: Option<String>) {
        self.record.lock().device.refusals.extend(refusal);
    }

    fn came(&self, came: Came) {
        self.record.lock().device.came.push(came);
    }

    /// One connection, from the greeting to its end; when to come again.
    async fn visit(&mut self, socket: Socket) -> Duration {
        self.came(Came::Connected);
        let now = Instant::now();
        let mut visit = Visit { socket, in_flight: None, asks: false, heard_at: now, pinged: false, back_in: PAUSE };
        let tick = (self.stage.habits.pace / 5).min(TICK_MAX);
        let going = async {
            self.arrive(&mut visit).await?;
            while self.stage.phase() != Phase::Gone {
                self.tick(&mut visit).await?;
                let Ok(news) = timeout(tick, visit.socket.next()).await else { continue };
                visit.heard_at = Instant::now();
                visit.pinged = false;
                match news?.ok()? {
                    Message::Text(text) => self.take(&mut visit, serde_json::from_str(&text).unwrap()).await?,
                    Message::Close(frame) => {
                        let code = frame.map_or(1005, |frame| u16::from(frame.code));
                        self.refused((!tells_to_return(code)).then(|| format!("closed with {code}")));
                        return None;
                    }
                    _ => {}
                }
            }
            Some(())
        };
        // However it ends: whoever still wants something comes again.
        let _: Option<()> = going.await;
        visit.back_in
    }

    /// Subscribes first, then asks for everything that is on screen.
    async fn arrive(&mut self, visit: &mut Visit) -> Option<()> {
        let stage = Arc::clone(&self.stage);
        let others = stage.people.iter().map(|one| one.user.person.id);
        let me = stage.people[self.who].user.person.id;
        let user_ids = others.filter(|id| *id != me).collect();
        let posts = ClientCommand::WatchPosts { post_ids: vec![stage.post], known: Vec::new() };
        send(&mut visit.socket, "posts", posts).await?;
        send(&mut visit.socket, "people", ClientCommand::WatchPeople { user_ids }).await?;
        send(&mut visit.socket, "bell", ClientCommand::GetUnreadCount).await?;
        self.ask_what_was_missed(visit).await
    }

    async fn ask_what_was_missed(&self, visit: &mut Visit) -> Option<()> {
        visit.asks = true;
        let seq = self.heard.last().unwrap_or_default();
        let held = HeldConversation { conversation_id: self.stage.conversation, seq };
        send(&mut visit.socket, "missed", ClientCommand::SyncConversations { conversations: vec![held] }).await
    }

    /// Says what is due; `None` to give the connection up.
    async fn tick(&mut self, visit: &mut Visit) -> Option<()> {
        let silence = self.stage.habits.silence;
        let is_late = visit.in_flight.as_ref().is_some_and(|(_, at)| at.elapsed() > silence);
        if visit.heard_at.elapsed() > silence || is_late {
            return None;
        }
        if visit.heard_at.elapsed() > QUIET && !visit.pinged {
            visit.pinged = true;
            send(&mut visit.socket, "ping", ClientCommand::Ping).await?;
        }
        if visit.in_flight.is_some() {
            return Some(());
        }
        let Some(client_id) = self.next_words() else { return Some(()) };
        let message =
            NewMessage { content: client_id.clone(), client_id: Some(client_id.clone()), ..NewMessage::default() };
        let conversation_id = self.stage.conversation;
        visit.in_flight = Some((client_id.clone(), Instant::now()));
        send(&mut visit.socket, &client_id, ClientCommand::SendMessage { conversation_id, message }).await
    }

    /// What was said and not acknowledged, or something new.
    fn next_words(&mut self) -> Option<String> {
        let mut record = self.record.lock();
        if let Some(last) = record.device.said.last().filter(|said| said.acknowledged.is_none()) {
            return (self.said_at.elapsed() >= PAUSE).then(|| {
                self.said_at = Instant::now();
                last.client_id.clone()
            });
        }
        match self.stage.phase() {
            Phase::Busy if self.said_at.elapsed() >= self.stage.habits.pace => {}
            Phase::LastWords if !self.had_last_word => self.had_last_word = true,
            Phase::LastWords => {
                record.has_talked = true;
                return None;
            }
            _ => return None,
        }
        let number = record.device.said.len();
        let client_id = format!("{:08x}-{:04x}-4000-8000-{number:012x}", self.stage.number, self.who);
        record.device.said.push(Said { client_id: client_id.clone(), acknowledged: None });
        (self.first_said, self.said_at) = (Instant::now(), Instant::now());
        Some(client_id)
    }

    async fn take(&mut self, visit: &mut Visit, event: ServerEvent) -> Option<()> {
        match event {
            ServerEvent::Ack(ack) if ack.reference == "missed" => visit.asks = false,
            ServerEvent::Ack(ack) if visit.is_about(&ack.reference) => {
                visit.in_flight = None;
                let stored = ack.result.message_id.unwrap().get();
                let mut record = self.record.lock();
                record.device.said.last_mut().unwrap().acknowledged = Some((stored, self.first_said.elapsed()));
            }
            ServerEvent::Error(error) => {
                let passes = matches!(error.error.code, ErrorCode::Unavailable | ErrorCode::RateLimited);
                self.refused((!passes).then(|| format!("{error:?}")));
                // What is not said yet is said again; without what is on screen there is nothing to stay for.
                let is_said = error.reference.as_ref().is_some_and(|reference| visit.is_about(reference));
                visit.in_flight = None;
                return is_said.then_some(());
            }
            ServerEvent::GoingAway { retry_after_ms } => visit.back_in = Duration::from_millis(retry_after_ms),
            ServerEvent::NewMessage(event) if event.message.conversation_id == self.stage.conversation => {
                let entry = entry(&event.message);
                let place = self.heard.hear(entry.seq);
                self.came(Came::Live(entry));
                if place == Place::Early && !visit.asks {
                    self.ask_what_was_missed(visit).await?;
                }
            }
            ServerEvent::ConversationChanges(changes) if changes.reload => {
                let entries = self.stage.thread(self.stage.door(self.at), self.who).await?;
                let to = entries.last().map_or(0, |entry| entry.seq);
                self.heard.advance(to);
                self.came(Came::Reloaded { entries, to });
            }
            ServerEvent::ConversationChanges(changes) => {
                self.heard.advance(changes.seq);
                self.came(Came::Changes { entries: changes.messages.iter().map(entry).collect(), to: changes.seq });
            }
            event => self.look(event),
        }
        Some(())
    }

    /// What is only shown.
    fn look(&self, event: ServerEvent) {
        let screen = &mut self.record.lock().screen;
        match event {
            ServerEvent::LikeUpdate(update) if update.post_id == self.stage.post && update.comment_id.is_none() => {
                show(&mut screen.likes, update.version, update.like_count);
            }
            ServerEvent::CommentUpdate(update) if update.post_id == self.stage.post => {
                show(&mut screen.comments, update.version, update.comment_count);
            }
            ServerEvent::UnreadCount(unread) => show(&mut screen.bell, unread.seq, unread.count),
            ServerEvent::UserStatus(status) => {
                screen.online.insert(status.user_id, status.status == Status::Online);
            }
            _ => {}
        }
    }
}

impl Visit {
    fn is_about(&self, reference: &str) -> bool {
        self.in_flight.as_ref().is_some_and(|(client_id, _)| client_id == reference)
    }
}

/// Whether a closing code tells a client to come again by itself.
fn tells_to_return(code: u16) -> bool {
    let passing = [CloseCode::Restarting, CloseCode::Overloaded, CloseCode::HeartbeatMissed, CloseCode::TooSlow];
    passing.iter().any(|one| one.as_u16() == code)
}
