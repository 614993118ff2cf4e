//! The server, the network, and what people do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hubbub::{
    protocol::{
        commands::ClientCommand,
        conversations::{ConversationItem, MessageView, NewConversation},
        errors::ApiError,
        events::{Ack, AckResult, Connected, ErrorEvent, MessageEvent, ServerEvent},
        ids::{ConversationId, MessageId, SessionId, UserId},
        time::Timestamp,
        views::Role,
    },
    server::{
        clock::SystemClock,
        domain::{
            Actor, Domain, DomainError, Ports,
            ports::{Clock, PersonRecord, Store},
        },
        ids::IdGenerator,
        media::{blobs::FolderBlobs, pictures::ReencodedPictures},
        realtime::hub::ConnectionHandle,
        tasks::Tasks,
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    buggy::{Bug, BuggyStore},
    client::Client,
    network::Servers,
};
use crate::stage::{PASSWORDS, Pigeonhole};

/// What people and the network do in one run.
const STEPS: usize = 120;
const PEOPLE: usize = 4;
/// How often the network goes round until everything must have arrived.
const ROUNDS: usize = 200;

/// What the runs of one database share.
pub struct Ground {
    pub store: Arc<dyn Store>,
    ids: Arc<IdGenerator>,
    folder: tempfile::TempDir,
    runs: AtomicU64,
}

impl Ground {
    pub fn new(store: Arc<dyn Store>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store, ids: Arc::new(IdGenerator::new(0)), folder, runs: AtomicU64::new(0) }
    }
}

/// What must have come of what was done, whatever the store says.
#[derive(Default)]
pub struct Expected {
    /// Acknowledged messages, by client id.
    pub accepted: BTreeMap<String, MessageId>,
    /// The last text of edited messages; `None` for deleted ones.
    pub texts: BTreeMap<MessageId, Option<String>>,
    /// How far each has read.
    pub read: BTreeMap<(ConversationId, UserId), u64>,
    /// Who is not in the group.
    pub outside: BTreeSet<UserId>,
    /// Where the log stood when somebody was added.
    pub from: BTreeMap<UserId, u64>,
}

pub struct World {
    pub rng: StdRng,
    pub truth: Domain,
    /// That of each server.
    domains: Vec<Domain>,
    pub servers: Servers,
    /// The server that each is connected to.
    at: [usize; PEOPLE],
    pub actors: Vec<Actor>,
    pub clients: Vec<Client>,
    pub group: ConversationId,
    pub talks: Vec<ConversationId>,
    pub expected: Expected,
    /// Frames are dropped, doubled and swapped, as well as connections cut.
    pub lossy: bool,
    words: u64,
    seed: u64,
}

async fn person(ground: &Ground, name: String) -> Actor {
    let user_id = UserId::new(hubbub::server::domain::ports::Ids::next(&*ground.ids, SystemClock.now()));
    let record = PersonRecord {
        id: user_id,
        email: format!("{name}@example.org"),
        username: name.clone(),
        full_name: name,
        bio: String::new(),
        role: Role::Member,
        avatar: None,
        password_hash: String::new(),
        created_at: Timestamp::from_millis(1),
    };
    let mut tx = ground.store.begin().await.unwrap();
    tx.insert_person(&record).await.unwrap();
    tx.commit().await.unwrap();
    Actor { user_id, session_id: SessionId::new(user_id.get()), role: Role::Member }
}

impl World {
    pub async fn new(ground: Arc<Ground>, seed: u64, bug: Option<Bug>, servers: Servers) -> Self {
        let run = ground.runs.fetch_add(1, Ordering::Relaxed);
        let mut rng = StdRng::seed_from_u64(seed);
        let buggy = BuggyStore { bug, begun: Arc::default(), real: Arc::clone(&ground.store) };
        let domain_on = |store: Arc<dyn Store>, at: usize| {
            Domain::new(Ports {
                store,
                broker: servers.wire(at),
                clock: Arc::new(SystemClock),
                ids: ground.ids.clone(),
                passwords: Arc::new(PASSWORDS.clone()),
                pictures: Arc::new(ReencodedPictures::new()),
                blobs: Arc::new(FolderBlobs::open(ground.folder.path()).unwrap()),
                post: Arc::new(Pigeonhole::default()).post(),
                runner: Arc::new(Tasks::new()),
            })
        };
        let buggy: Arc<dyn Store> = Arc::new(buggy);
        let domains = (0..servers.count()).map(|at| domain_on(Arc::clone(&buggy), at)).collect();
        let truth = domain_on(Arc::clone(&ground.store), 0);
        let mut actors = Vec::new();
        for number in 0..PEOPLE {
            actors.push(person(&ground, format!("p{run}x{number}")).await);
        }
        for one in &actors {
            for other in actors.iter().filter(|other| other.user_id != one.user_id) {
                truth.set_follow(one, other.user_id, true).await.unwrap();
            }
        }
        let begin = async |member_ids: Vec<UserId>| {
            let form = NewConversation { member_ids, ..NewConversation::default() };
            truth.begin_conversation(&actors[0], form).await.unwrap().conversation.conversation_id
        };
        let group = begin(actors[1..].iter().map(|actor| actor.user_id).collect()).await;
        let direct = begin(vec![actors[1].user_id]).await;
        let clients = actors.iter().map(|actor| Client::new(*actor, &[group, direct])).collect();
        let lossy = rng.random_bool(0.5);
        Self {
            rng,
            truth,
            domains,
            servers,
            at: [0; PEOPLE],
            actors,
            clients,
            group,
            talks: vec![group, direct],
            expected: Expected::default(),
            lossy,
            words: 0,
            seed,
        }
    }

    /// Days in the life of these people.
    pub async fn live(&mut self) {
        for _ in 0..STEPS {
            let who = self.rng.random_range(0..PEOPLE);
            self.servers.step();
            match self.rng.random_range(0..100) {
                0..=24 => self.write(who),
                25..=29 => self.change(who).await,
                30..=36 => self.read(who),
                37..=39 => self.change_members().await,
                40..=44 => self.cut(who),
                45..=54 => self.connect(who),
                55..=56 => self.crash(),
                57 => self.crash_after_the_commit(who).await,
                58..=60 => self.reopen(who),
                61..=62 => self.clients[who].answers_are_late(),
                _ => self.carry(who).await,
            }
        }
    }

    pub fn connect(&mut self, who: usize) {
        if self.clients[who].handle.is_some() {
            return;
        }
        self.at[who] = self.servers.any();
        let hub = self.servers.hub(self.at[who]);
        let epoch = hub.epoch().to_owned();
        let user_id = self.clients[who].actor.user_id;
        let handle = hub.connect(&self.clients[who].actor, |sid, offset| {
            let timestamp = Timestamp::from_millis(1);
            ServerEvent::Connected(Connected { sid, user_id, timestamp, heartbeat_interval_ms: 1, epoch, offset })
        });
        self.clients[who].handle = Some(handle.unwrap());
    }

    fn cut(&mut self, who: usize) {
        self.clients[who].cut();
    }

    fn reopen(&mut self, who: usize) {
        let talks = self.talks.clone();
        self.clients[who].reopen(&talks);
    }

    /// A server is killed and started again.
    fn crash(&mut self) {
        let at = self.servers.any();
        self.crash_one(at);
    }

    /// All are.
    pub fn crash_all(&mut self) {
        (0..self.servers.count()).for_each(|at| self.crash_one(at));
    }

    fn crash_one(&mut self, at: usize) {
        self.servers.crash(at);
        let cut = self.clients.iter_mut().zip(&self.at).filter(|(_, its)| **its == at);
        cut.for_each(|(client, _)| client.cut());
    }

    /// A server is killed after something was stored and before anybody was told.
    async fn crash_after_the_commit(&mut self, who: usize) {
        let at = self.at[who];
        self.servers.set_crashing(at, true);
        self.carry_up(who).await;
        self.servers.set_crashing(at, false);
        self.crash_one(at);
    }

    /// The verbs as they are done at the server that somebody is connected to.
    fn domain(&self, who: usize) -> Domain {
        self.domains[self.at[who]].clone()
    }

    /// Something is said in every conversation, so that whoever missed what came before it notices.
    pub fn have_the_last_word(&mut self) {
        for at in self.talks.clone() {
            self.words += 1;
            let client_id = format!("{:08x}-0000-4000-8000-{:012x}", self.seed, self.words);
            self.clients[0].write(at, client_id, format!("words {}", self.words));
        }
    }

    fn write(&mut self, who: usize) {
        self.words += 1;
        let at = self.talks[self.rng.random_range(0..self.talks.len())];
        let client_id = format!("{:08x}-0000-4000-8000-{:012x}", self.seed, self.words + (who as u64) * 1_000_000);
        self.clients[who].write(at, client_id, format!("words {}", self.words));
    }

    /// Somebody edits, deletes or reacts to a message they see; the answer may not reach them.
    async fn change(&mut self, who: usize) {
        let at = self.talks[self.rng.random_range(0..self.talks.len())];
        let seen: Vec<MessageView> =
            self.clients[who].state.messages(at).map(|message| MessageView::clone(message)).collect();
        if seen.is_empty() {
            return;
        }
        let message = &seen[self.rng.random_range(0..seen.len())];
        let (actor, id, domain) = (self.clients[who].actor, message.message_id, self.domain(who));
        match self.rng.random_range(0..3) {
            0 => {
                self.words += 1;
                let text = format!("edited {}", self.words);
                if domain.edit_message(&actor, id, &text).await.is_ok() {
                    self.expected.texts.insert(id, Some(text));
                }
            }
            1 => {
                if domain.delete_message(&actor, id).await.is_ok() {
                    self.expected.texts.insert(id, None);
                }
            }
            _ => drop(domain.set_reaction(&actor, id, "👍", self.rng.random_bool(0.7)).await),
        }
    }

    fn read(&mut self, who: usize) {
        let at = self.talks[self.rng.random_range(0..self.talks.len())];
        self.clients[who].read(at);
    }

    /// The group's admin takes somebody out, or adds them again.
    async fn change_members(&mut self) {
        let other = self.actors[self.rng.random_range(1..PEOPLE)].user_id;
        let (admin, domain) = (self.actors[0], self.domain(0));
        if self.expected.outside.remove(&other) {
            let before = self.truth.conversation(&admin, self.group).await.unwrap().conversation;
            domain.add_members(&admin, self.group, &[other]).await.unwrap();
            self.expected.from.insert(other, before.seq);
            self.expected.read.insert((self.group, other), before.last_number);
        } else {
            // A bug may have kept them in or out.
            drop(domain.remove_member(&admin, self.group, other).await);
            self.expected.outside.insert(other);
        }
    }

    /// The network carries a little in both directions.
    async fn carry(&mut self, who: usize) {
        self.carry_up(who).await;
        let lossy = self.lossy;
        self.clients[who].carry_down(&mut self.rng, lossy);
        let fails = self.rng.random_bool(0.2);
        self.fetch(who, fails).await;
    }

    async fn fetch(&mut self, who: usize, fails: bool) {
        let domain = self.domain(who);
        self.clients[who].fetch(&domain, fails).await;
    }

    /// Carries out what one client sent.
    async fn carry_up(&mut self, who: usize) {
        while let Some((reference, command)) = self.clients[who].up.pop_front() {
            let Some(handle) = self.clients[who].handle.take() else { return };
            let answer = self.obey(who, &handle, command).await;
            handle.send(&match answer {
                Ok(result) => ServerEvent::Ack(Ack { reference, result }),
                Err(error) => {
                    ServerEvent::Error(ErrorEvent { error: ApiError::from(error), reference: Some(reference) })
                }
            });
            self.clients[who].handle = Some(handle);
        }
    }

    /// As the gateway does it.
    async fn obey(
        &mut self,
        who: usize,
        handle: &ConnectionHandle,
        command: ClientCommand,
    ) -> Result<AckResult, DomainError> {
        let (own, domain) = (self.clients[who].actor, self.domain(who));
        let actor = &own;
        match command {
            ClientCommand::SendMessage { conversation_id, message } => {
                let client_id = message.client_id.clone().unwrap();
                let sent = domain.send_message(actor, conversation_id, message).await?;
                let (id, number) = (sent.message.message_id, sent.message.number);
                if !sent.is_new
                    && let Ok(message) = domain.message(actor, id).await
                {
                    handle.send(&ServerEvent::NewMessage(MessageEvent { message, offset: 0 }));
                }
                self.expected.accepted.insert(client_id, id);
                self.expect_read(conversation_id, actor.user_id, number);
                Ok(AckResult { message_id: Some(id), ..AckResult::default() })
            }
            ClientCommand::ReadMessage { conversation_id, message_id } => {
                let number = self.truth.message(actor, message_id).await?.number;
                domain.read_message(actor, conversation_id, message_id).await?;
                self.expect_read(conversation_id, actor.user_id, number);
                Ok(AckResult::default())
            }
            ClientCommand::Resume { epoch, offset, conversations } => {
                let resumed = handle.resume(&epoch, offset);
                if !resumed {
                    tell_changes(&domain, actor, handle, &conversations).await?;
                }
                Ok(AckResult { resumed: Some(resumed), ..AckResult::default() })
            }
            ClientCommand::SyncConversations { conversations } => {
                tell_changes(&domain, actor, handle, &conversations).await?;
                Ok(AckResult::default())
            }
            other => panic!("no client sends {other:?}"),
        }
    }

    fn expect_read(&mut self, at: ConversationId, who: UserId, number: u64) {
        let read = self.expected.read.entry((at, who)).or_default();
        *read = (*read).max(number);
    }

    /// Lets the network carry everything, until nothing more comes.
    ///
    /// # Errors
    /// What never ends.
    pub async fn settle(&mut self) -> Result<(), String> {
        for who in 0..PEOPLE {
            self.connect(who);
        }
        let mut at_rest = 0;
        for round in 1..=ROUNDS {
            self.servers.settle();
            for who in 0..PEOPLE {
                // Who was told to come again does.
                self.connect(who);
                self.carry_up(who).await;
                self.clients[who].carry_down(&mut self.rng, false);
                self.clients[who].look_again(&self.talks);
                self.fetch(who, false).await;
            }
            // What is paced comes now.
            for at in 0..self.servers.count() {
                self.servers.hub(at).send_due(tokio::time::Instant::now() + Duration::from_secs(1));
            }
            let unrest = self.clients.iter_mut().find_map(|client| client.unrest(&self.talks));
            match unrest {
                None => at_rest += 1,
                Some(unrest) if round == ROUNDS => return Err(format!("it never ends: {unrest}")),
                Some(_) => at_rest = 0,
            }
            // What is still between servers disturbs nobody yet.
            if at_rest > self.servers.rounds_between() && round >= self.servers.rounds_at_least() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// A person's conversations, as they are stored.
    pub async fn stored(&self, actor: &Actor) -> Vec<ConversationItem> {
        let mut items = Vec::new();
        for id in &self.talks {
            items.extend(self.truth.conversation(actor, *id).await.ok());
        }
        items
    }
}

async fn tell_changes(
    domain: &Domain,
    actor: &Actor,
    handle: &ConnectionHandle,
    held: &[hubbub::protocol::conversations::HeldConversation],
) -> Result<(), DomainError> {
    for changes in domain.conversation_changes(actor, held).await? {
        handle.send(&ServerEvent::ConversationChanges(changes));
    }
    Ok(())
}
