//! The thread of all requests: pages that are opened, likes, comments and posts, at their times whether or not those before
//! were answered.

use std::{
    collections::{HashSet, VecDeque},
    io,
    sync::{Arc, atomic::Ordering, mpsc::SyncSender},
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{sync::mpsc::Receiver, task::JoinSet, time::sleep_until};

use crate::{
    Outcome,
    history::Findings,
    http::Http,
    mix::{FRONT_PAGE, Mix, waiting},
    people::Stage,
    process::cpu_seconds_of_thread,
};

/// Connections for requests; more requests than these wait, and that counts into their times.
const CONNECTIONS_MAX: usize = 256;
/// How the answer of a busy server stands in what is told of it.
const BUSY: &str = ": 503 ";
/// A server may end a connection that waits longer.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// What was counted in one measurement.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// From when a page was to be opened until all of it was there, in microseconds.
    pub pages: Vec<u32>,
    /// How many were to be opened.
    pub asked: u64,
    /// The same, of likes, comments and posts, until they were acknowledged.
    pub changes: Vec<u32>,
    /// Bytes of pages.
    pub bytes: u64,
    /// Likes given or taken back.
    pub likes: u64,
    /// Comments.
    pub comments: u64,
    /// Posts.
    pub posts: u64,
    /// CPU time of the thread, in seconds.
    pub cpu: f64,
}

/// What the thread is told.
pub enum Order {
    /// So many take part; do what the mix says, or rest.
    Go(usize, bool),
    /// How many requests wait for an answer.
    State(SyncSender<usize>),
    /// What was counted since the last time.
    Figures(SyncSender<Figures>),
    /// What was done, and what was refused.
    Ledger(SyncSender<(Ledger, Findings)>),
    /// That was all.
    Stop,
}

/// What was done, as far as that is known: of what was not answered well it is not.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// How many likes each post has, by its place.
    pub likes: Vec<Option<u64>>,
    /// How many posts were made.
    pub made: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// One thing that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Page { first: bool, before: u64 },
    Like { post: usize, on: bool },
    Comment { post: usize },
    Post,
}

struct Job {
    wish: Wish,
    person: usize,
    due: Instant,
}

struct Done {
    job: Job,
    http: Option<Http>,
    /// Bytes of the answer, and when it was there.
    outcome: Result<(usize, Instant), String>,
}

/// Everything that is known of what was asked for.
pub struct Pages {
    stage: Arc<Stage>,
    mix: Mix,
    chance: StdRng,
    active: usize,
    /// When the next page, like, comment and post is due.
    next: Option<[Instant; 4]>,
    /// Connections that wait for the next request, since when.
    idle: Vec<(Http, Instant)>,
    working: JoinSet<Done>,
    waiting: VecDeque<Job>,
    liked: HashSet<(usize, usize)>,
    /// Likes that are being given or taken back.
    undecided: HashSet<(usize, usize)>,
    likes: Vec<Option<u64>>,
    /// A post was asked for since the last check, and the answer was no.
    has_refused_posts: bool,
    /// Who opened another page is told to their connection.
    turns: SyncSender<usize>,
    figures: Figures,
    findings: Findings,
}

impl Pages {
    /// Nothing is asked for yet.
    #[must_use]
    pub fn new(stage: Arc<Stage>, mix: Mix, seed: u64, turns: SyncSender<usize>) -> Self {
        Self {
            likes: vec![Some(0); stage.posts.len()],
            has_refused_posts: false,
            stage,
            mix,
            chance: StdRng::seed_from_u64(seed),
            active: 0,
            next: None,
            idle: Vec::new(),
            working: JoinSet::new(),
            waiting: VecDeque::new(),
            liked: HashSet::new(),
            undecided: HashSet::new(),
            turns,
            figures: Figures::default(),
            findings: Findings::default(),
        }
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// The system has no runtime to give.
    pub fn run(mut self, mut orders: Receiver<Order>) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| format!("The runtime for requests: {cause}."))?;
        runtime.block_on(async {
            let mut cpu = cpu_seconds_of_thread();
            loop {
                let due = self.next.and_then(|next| next.into_iter().min());
                tokio::select! {
                    order = orders.recv() => match order {
                        None | Some(Order::Stop) => return,
                        Some(order) => self.obey(order, &mut cpu),
                    },
                    Some(done) = self.working.join_next() => match done {
                        Ok(done) => self.done(done),
                        Err(cause) => self.fail(&cause.to_string()),
                    },
                    () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => self.act(),
                }
            }
        });
        Ok(())
    }

    fn obey(&mut self, order: Order, cpu: &mut f64) {
        // Who asked may have lost patience: then nobody listens to the answer.
        match order {
            Order::Go(active, going) => {
                self.active = active;
                self.next = going.then(|| [Instant::now(); 4]);
                if !going {
                    self.forget_waiting();
                }
            }
            Order::State(reply) => drop(reply.send(self.working.len() + self.waiting.len())),
            Order::Figures(reply) => {
                let now = cpu_seconds_of_thread();
                let figures = Figures { cpu: now - *cpu, ..std::mem::take(&mut self.figures) };
                *cpu = now;
                drop(reply.send(figures));
            }
            Order::Ledger(reply) => {
                let more = std::mem::take(&mut self.has_refused_posts);
                let made = self.stage.posts_made.load(Ordering::Relaxed);
                let ledger = Ledger { likes: self.likes.clone(), made, more };
                drop(reply.send((ledger, std::mem::take(&mut self.findings))));
            }
            Order::Stop => {}
        }
    }

    /// Who waits for a connection when everybody rests does not ask any more.
    fn forget_waiting(&mut self) {
        for job in self.waiting.drain(..) {
            if let Wish::Like { post, .. } = job.wish {
                self.undecided.remove(&(job.person, post));
            }
        }
    }

    fn act(&mut self) {
        let now = Instant::now();
        let rates = [self.mix.pages, self.mix.likes, self.mix.comments, self.mix.posts];
        let Some(mut next) = self.next else { return };
        for (kind, (due, an_hour)) in next.iter_mut().zip(rates).enumerate() {
            while *due <= now {
                let rate = self.mix.per_second(an_hour, self.active);
                let pause = if rate > 0.0 { waiting(self.chance.random()) / rate } else { 3_600.0 };
                if rate > 0.0 {
                    self.ask(kind, *due);
                }
                *due += Duration::from_secs_f64(pause.min(3_600.0));
            }
        }
        self.next = Some(next);
    }

    fn ask(&mut self, kind: usize, due: Instant) {
        let person = self.chance.random_range(0..self.active.max(1));
        let wish = match kind {
            0 => {
                self.figures.asked += 1;
                Some(self.turn(person))
            }
            1 => self.like(person),
            2 => self.somewhere(person).map(|post| Wish::Comment { post }),
            _ => Some(Wish::Post),
        };
        if let Some(wish) = wish {
            self.waiting.push_back(Job { wish, person, due });
            self.start();
        }
    }

    /// Another page: the newest, or any.
    fn turn(&mut self, person: usize) -> Wish {
        let front = self.chance.random_range(0..FRONT_PAGE) == 0;
        let page = if front { 0 } else { self.chance.random_range(0..self.stage.page_count()) };
        if let Some(open) = self.stage.pages.get(person) {
            open.store(u32::try_from(page).unwrap_or(0), Ordering::Relaxed);
        }
        // When that queue is full, the connection watches the page before a little longer.
        let _ = self.turns.try_send(person);
        let before = self.stage.posts.get(self.stage.posts_before(person).end).copied().unwrap_or(0);
        Wish::Page { first: page == 0, before }
    }

    /// A post on the page that somebody looks at.
    fn somewhere(&mut self, person: usize) -> Option<usize> {
        let posts = self.stage.posts_before(person);
        (!posts.is_empty()).then(|| self.chance.random_range(posts))
    }

    fn like(&mut self, person: usize) -> Option<Wish> {
        let post = self.somewhere(person)?;
        // Who has not been answered yet does not click again.
        self.undecided.insert((person, post)).then(|| Wish::Like { post, on: !self.liked.contains(&(person, post)) })
    }

    fn start(&mut self) {
        while self.working.len() < CONNECTIONS_MAX
            && let Some(job) = self.waiting.pop_front()
        {
            let kept = self.idle.pop().filter(|(_, since)| since.elapsed() < IDLE_MAX).map(|(http, _)| http);
            self.working.spawn(work(kept, Arc::clone(&self.stage), job));
        }
    }

    fn done(&mut self, done: Done) {
        self.idle.extend(done.http.map(|http| (http, Instant::now())));
        let Job { wish, person, due } = done.job;
        if let Wish::Like { post, .. } = wish {
            self.undecided.remove(&(person, post));
        }
        match done.outcome {
            Err(why) => {
                match wish {
                    // Whether it was done is not known.
                    Wish::Like { post, .. } => drop(self.likes.get_mut(post).map(Option::take)),
                    Wish::Post => self.has_refused_posts = true,
                    Wish::Page { .. } | Wish::Comment { .. } => {}
                }
                self.fail(&why);
            }
            Ok((bytes, at)) => self.note(wish, person, bytes, at.saturating_duration_since(due)),
        }
        self.start();
    }

    fn note(&mut self, wish: Wish, person: usize, bytes: usize, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        match wish {
            Wish::Page { .. } => {
                self.figures.pages.push(took);
                self.figures.bytes += bytes as u64;
                return;
            }
            Wish::Like { post, on } => {
                self.figures.likes += 1;
                if on {
                    self.liked.insert((person, post))
                } else {
                    self.liked.remove(&(person, post))
                };
                if let Some(Some(likes)) = self.likes.get_mut(post) {
                    *likes = if on { *likes + 1 } else { likes.saturating_sub(1) };
                }
            }
            Wish::Comment { .. } => self.figures.comments += 1,
            Wish::Post => {
                self.figures.posts += 1;
                self.stage.posts_made.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.figures.changes.push(took);
    }

    fn fail(&mut self, why: &str) {
        *(if why.contains(BUSY) { &mut self.findings.busy } else { &mut self.findings.refused }) += 1;
        self.findings.note(|| why.to_owned());
    }
}

async fn work(mut kept: Option<Http>, stage: Arc<Stage>, job: Job) -> Done {
    let outcome = answer(&mut kept, &stage, &job).await;
    let outcome = outcome.unwrap_or_else(|cause| Err(format!("{:?} of person {}: {cause}", job.wish, job.person)));
    Done { job, http: kept, outcome }
}

type Answered = Result<(usize, Instant), String>;

/// A connection that broke is not kept.
async fn answer(kept: &mut Option<Http>, stage: &Stage, job: &Job) -> io::Result<Answered> {
    let mut http = match kept.take() {
        Some(http) => http,
        None => Http::connect(stage.addr).await?,
    };
    let token = stage.tokens.get(job.person).map(String::as_str).unwrap_or_default();
    let bearer = format!("authorization: Bearer {token}\r\n");
    let post = |place: usize| stage.posts.get(place).copied().unwrap_or(0);
    let answer = match job.wish {
        Wish::Page { first, before } => {
            let path = if first { "/".to_owned() } else { format!("/?before={before}") };
            http.send("GET", &path, &format!("cookie: hubbub_access={token}\r\naccept: text/html\r\n"), "").await?
        }
        Wish::Like { post: place, on } => {
            let path = format!("/api/posts/{}/like", post(place));
            http.send(if on { "PUT" } else { "DELETE" }, &path, &bearer, "").await?
        }
        Wish::Comment { post: place } => {
            let path = format!("/api/posts/{}/comments", post(place));
            http.send("POST", &path, &bearer, r#"{"content":"The blue one dried well."}"#).await?
        }
        Wish::Post => {
            let body = r#"{"content":"The kiln is warm, and there is room on the upper shelf until the evening."}"#;
            http.send("POST", "/api/posts", &bearer, body).await?
        }
    };
    let at = Instant::now();
    *kept = Some(http);
    if (200..300).contains(&answer.status) {
        return Ok(Ok((answer.body.len(), at)));
    }
    let body = String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
    Ok(Err(format!("{:?} of person {}: {} {body}", job.wish, job.person, answer.status)))
}
