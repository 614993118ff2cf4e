//! The thread of all connections: looks at the network, lets people do what is due, and does what it is told between.

use std::{
    sync::mpsc::{Receiver, SyncSender},
    thread,
    time::Duration,
};

use crate::{
    Outcome,
    engine::Engine,
    history::Findings,
    pages::Ledger,
    people::{Figures, People},
    process::cpu_seconds_of_thread,
};

/// After each look at the network that found something it rests, so that the next look finds much at once. Times that are
/// measured are longer by as much at the most.
pub const REST: Duration = Duration::from_micros(500);

/// What the thread is told.
pub enum Order {
    /// So many take part.
    Resize(usize),
    /// Do what the mix says, or rest.
    Go(bool),
    /// How many are there, and how many messages wait for an answer.
    State(SyncSender<(usize, usize)>),
    /// What was counted since the last time.
    Figures(SyncSender<Figures>),
    /// Everybody rests: find what is wrong, by what was done.
    Check(Ledger, SyncSender<Findings>),
    /// That was all.
    Stop,
}

/// Runs until it is told to stop. `turns` tells who opened another page.
///
/// # Errors
/// The system's epoll failed.
pub fn run(mut people: People, mut engine: Engine, orders: &Receiver<Order>, turns: &Receiver<usize>) -> Outcome {
    let mut cpu = cpu_seconds_of_thread();
    loop {
        while let Ok(order) = orders.try_recv() {
            match order {
                Order::Resize(active) => people.resize(active, &mut engine),
                Order::Go(going) => people.set_going(going),
                // Who asked may have lost patience.
                Order::State(reply) => drop(reply.send(people.state())),
                Order::Figures(reply) => {
                    let now = cpu_seconds_of_thread();
                    let figures = Figures { cpu: now - cpu, ..people.take_figures() };
                    cpu = now;
                    drop(reply.send(figures));
                }
                Order::Check(ledger, reply) => drop(reply.send(people.check(&ledger))),
                Order::Stop => return Ok(()),
            }
        }
        while let Ok(person) = turns.try_recv() {
            people.turn(person, &mut engine);
        }
        let patience = people.act(&mut engine);
        let news = engine.round(patience, &mut people).map_err(|cause| format!("epoll: {cause}."))?;
        if news > 0 {
            thread::sleep(REST);
        }
    }
}
