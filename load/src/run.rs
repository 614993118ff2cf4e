//! A whole run: the server, the crowd, the steps, and what came of them.

use std::{
    sync::{
        Arc,
        mpsc::{self, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc as tokio_mpsc;

use crate::{
    Outcome, crowd,
    engine::Engine,
    history::Findings,
    mix::Shares,
    options::Options,
    pages::{self, Pages},
    people::{People, Stage},
    process::{cpu_seconds_of, machine, resident_kib_of},
    raw,
    report::{self, Step},
    search::Search,
    target::Target,
};

/// Connections by which the cost of receiving is compared.
const RECEIVERS: usize = 1_000;
/// Orders, and turned pages, that may wait.
const QUEUE: usize = 1_024;
/// How long anything may take that is not measured.
const PATIENCE: Duration = Duration::from_secs(120);
/// Every number on every screen is right this long after the last change; twice what is promised.
const QUIET: Duration = Duration::from_secs(2);

/// What came of a run.
#[derive(Debug)]
pub struct Summary {
    /// One for each number of people that was tried.
    pub steps: Vec<Step>,
    /// The most that were held.
    pub held: usize,
    /// Everything that was wrong.
    pub findings: Findings,
}

/// Runs what is asked for, and prints one line for each figure.
///
/// # Errors
/// It could not be run at all.
pub fn run(options: &Options, print: &mut dyn FnMut(&str)) -> Outcome<Summary> {
    print(&format!("# {}", machine()));
    if options.receivers > 0 {
        print(&report::receiving(&raw::measure(RECEIVERS, options.receivers)?, RECEIVERS));
    }
    let Target { stage, process, kept: _kept } = target(options)?;
    let people = (options.people as usize).min(stage.tokens.len());
    let mut crew = Crew::start(stage, options, process)?;
    let mut search = if options.find {
        Search::new(options.first, people, options.fineness / 100.0)
    } else {
        Search::new(people, people, 1.0)
    };
    let mut summary = Summary { steps: Vec::new(), held: 0, findings: Findings::default() };
    while let Some(people) = search.next() {
        let step = crew.step(people, options)?;
        step.lines(options).iter().for_each(|line| print(line));
        search.tell(people, step.is_held(options));
        let findings = step.findings.clone();
        // More people than are held are refused or cut off: that is what a search is for. Nothing may be wrong even then.
        summary.findings.add(if options.find { Findings { refused: 0, closed: 0, ..findings } } else { findings });
        summary.steps.push(step);
        if !options.find {
            break;
        }
    }
    crew.stop()?;
    summary.held = search.held();
    if options.find {
        let more = if search.is_open() { ", or more" } else { "" };
        print(&format!(
            "held: {}{more} active people (said to acknowledged within {:.0} ms, to other screens {:.0} ms, pages {:.0} ms, for 99 of \
             100)",
            summary.held, options.ack_ms, options.screen_ms, options.page_ms
        ));
    }
    Ok(summary)
}

fn target(options: &Options) -> Outcome<Target> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|cause| format!("The runtime for filling the database: {cause}."))?;
    let process = options.pid.map(|pid| pid.to_string());
    match (&options.start, options.server, &options.tokens) {
        (Some(program), ..) => runtime.block_on(Target::start(program, options.people as usize, options.posts)),
        (None, Some(server), Some(file)) => {
            let text = std::fs::read_to_string(file).map_err(|cause| format!("{}: {cause}.", file.display()))?;
            let tokens = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
            let tokens = tokens.take(options.people as usize).collect();
            runtime.block_on(Target::running(server, tokens, options.posts, process))
        }
        _ => Err("There is neither a program to start nor a server with tokens.".to_owned()),
    }
}

/// The two threads.
struct Crew {
    crowd: SyncSender<crowd::Order>,
    pages: tokio_mpsc::Sender<pages::Order>,
    threads: Vec<thread::JoinHandle<Outcome>>,
    process: Option<String>,
}

impl Crew {
    fn start(stage: Stage, options: &Options, process: Option<String>) -> Outcome<Self> {
        let mix = options.mix();
        let shares = Shares { native: options.native, socketio: options.socketio, channels: options.channels };
        let stage = Arc::new(stage);
        let engine = Engine::new().map_err(|cause| format!("epoll: {cause}."))?;
        let people = People::new(Arc::clone(&stage), mix, shares, options.seed);
        let (turns, turned) = mpsc::sync_channel(QUEUE);
        let (crowd, crowd_orders) = mpsc::sync_channel(QUEUE);
        let (pages, page_orders) = tokio_mpsc::channel(QUEUE);
        let asking = Pages::new(stage, mix, options.seed.wrapping_add(1), turns);
        let threads = vec![
            thread::spawn(move || crowd::run(people, engine, &crowd_orders, &turned)),
            thread::spawn(move || asking.run(page_orders)),
        ];
        Ok(Self { crowd, pages, threads, process })
    }

    /// Lets so many in, lets them do what they do, measures, lets them rest, and checks.
    fn step(&mut self, people: usize, options: &Options) -> Outcome<Step> {
        self.crowd(crowd::Order::Resize(people))?;
        let all_came = self.rests(people)?;
        self.go(people, true)?;
        thread::sleep(Duration::from_secs_f64(options.settle));
        drop(self.figures()?);
        let (begun, cpu, own) = (Instant::now(), self.cpu(), cpu_seconds_of("self"));
        thread::sleep(Duration::from_secs_f64(options.seconds));
        let (sockets, requests) = self.figures()?;
        let (seconds, server, own) = (begun.elapsed().as_secs_f64(), self.cpu(), cpu_seconds_of("self") - own);
        let server = server.zip(cpu).map(|((now, kib), (before, _))| (now - before, kib));
        self.go(people, false)?;
        // What is not answered even now is found to be lost.
        let all_rest = self.rests(people)?;
        thread::sleep(QUIET);
        let mut findings = self.check()?;
        if !(all_came && all_rest) {
            findings.closed += 1;
            findings.note(|| "not everybody was there, or not everything was answered".to_owned());
        }
        Ok(Step { people, seconds, sockets, requests, server, own, findings })
    }

    fn check(&self) -> Outcome<Findings> {
        let (ledger, refused) = self.ask_pages(pages::Order::Ledger)?;
        let mut findings = self.ask_crowd(|reply| crowd::Order::Check(ledger, reply))?;
        findings.add(refused);
        Ok(findings)
    }

    fn go(&self, people: usize, going: bool) -> Outcome {
        self.pages.blocking_send(pages::Order::Go(people, going)).map_err(|_| gone())?;
        self.crowd(crowd::Order::Go(going))
    }

    fn figures(&self) -> Outcome<(crate::people::Figures, pages::Figures)> {
        Ok((self.ask_crowd(crowd::Order::Figures)?, self.ask_pages(pages::Order::Figures)?))
    }

    fn cpu(&self) -> Option<(f64, f64)> {
        self.process.as_ref().map(|process| (cpu_seconds_of(process), resident_kib_of(process)))
    }

    /// Waits until so many are there, and everything that was said or asked is answered. False when that takes too long.
    fn rests(&self, people: usize) -> Outcome<bool> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let (here, awaited) = self.ask_crowd(crowd::Order::State)?;
            if here >= people && awaited + self.ask_pages(pages::Order::State)? == 0 {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(false)
    }

    fn crowd(&self, order: crowd::Order) -> Outcome {
        self.crowd.send(order).map_err(|_| gone())
    }

    fn ask_crowd<T>(&self, order: impl FnOnce(SyncSender<T>) -> crowd::Order) -> Outcome<T> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.crowd(order(reply))?;
        answer.recv_timeout(PATIENCE).map_err(|_| gone())
    }

    fn ask_pages<T>(&self, order: impl FnOnce(SyncSender<T>) -> pages::Order) -> Outcome<T> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.pages.blocking_send(order(reply)).map_err(|_| gone())?;
        answer.recv_timeout(PATIENCE).map_err(|_| gone())
    }

    fn stop(self) -> Outcome {
        let _ = self.crowd.send(crowd::Order::Stop);
        let _ = self.pages.blocking_send(pages::Order::Stop);
        for thread in self.threads {
            thread.join().map_err(|_| gone())??;
        }
        Ok(())
    }
}

fn gone() -> String {
    "A thread of the generator ended.".to_owned()
}
