//! What is asked of the generator.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;

use crate::mix::{Mix, PEOPLE};

/// People by the thousand: opens real, signed-in connections to a Hubbub, behaves like people, and checks that nothing is
/// lost, doubled or out of order.
#[derive(Clone, Debug, Parser)]
#[command(name = "hubbub-load", version)]
pub struct Options {
    /// Start this program on a folder that is thrown away afterwards, full of people who are signed in
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["server", "tokens"], required_unless_present = "server")]
    pub start: Option<PathBuf>,
    /// Use the server that listens here; it needs HUBBUB_LIMIT_FACTOR, as all people come from one address
    #[arg(long, value_name = "ADDRESS:PORT", requires = "tokens")]
    pub server: Option<SocketAddr>,
    /// A file with an access token for each person, one a line
    #[arg(long, value_name = "FILE", requires = "server")]
    pub tokens: Option<PathBuf>,
    /// The server's process, for its CPU time; known with --start
    #[arg(long, value_name = "PID")]
    pub pid: Option<u32>,
    /// How many people take part; with --find, at the most
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    pub people: u32,
    /// Find how many people are held within the three latencies
    #[arg(long)]
    pub find: bool,
    /// With --find: how many are tried first
    #[arg(long, default_value_t = 500, value_name = "PEOPLE")]
    pub first: usize,
    /// With --find: how near to each other the last that went well and the first that did not shall be, in percent
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    pub fineness: f64,
    /// How long everybody does what the mix says before it is measured, in seconds
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    pub settle: f64,
    /// How long is measured, in seconds
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    pub seconds: f64,
    /// How many times faster than life people are
    #[arg(long, default_value_t = 1.0, value_name = "TIMES")]
    pub pace: f64,
    /// Messages that somebody says in an hour
    #[arg(long, default_value_t = PEOPLE.messages, value_name = "TIMES")]
    pub messages: f64,
    /// Pages of the feed that somebody opens in an hour
    #[arg(long, default_value_t = PEOPLE.pages, value_name = "TIMES")]
    pub pages: f64,
    /// Likes that somebody gives or takes back in an hour
    #[arg(long, default_value_t = PEOPLE.likes, value_name = "TIMES")]
    pub likes: f64,
    /// Comments that somebody writes in an hour
    #[arg(long, default_value_t = PEOPLE.comments, value_name = "TIMES")]
    pub comments: f64,
    /// Posts that somebody writes in an hour
    #[arg(long, default_value_t = PEOPLE.posts, value_name = "TIMES")]
    pub posts_each: f64,
    /// Times that somebody is cut off in an hour
    #[arg(long, default_value_t = PEOPLE.cuts, value_name = "TIMES")]
    pub cuts: f64,
    /// Of a hundred people, those who speak the native dialect
    #[arg(long, default_value_t = 80)]
    pub native: usize,
    /// Of a hundred people, those who speak Socket.IO
    #[arg(long, default_value_t = 10)]
    pub socketio: usize,
    /// Of a hundred people, those who use a channel
    #[arg(long, default_value_t = 10)]
    pub channels: usize,
    /// Posts of the feed that people look at
    #[arg(long, default_value_t = 4_000)]
    pub posts: u64,
    /// Held is held within this time from saying a message to its acknowledgement, for 99 of 100
    #[arg(long, default_value_t = 15.0, value_name = "MS")]
    pub ack_ms: f64,
    /// The same, to the screens of the others
    #[arg(long, default_value_t = 40.0, value_name = "MS")]
    pub screen_ms: f64,
    /// The same, from opening a page until all of it is there
    #[arg(long, default_value_t = 15.0, value_name = "MS")]
    pub page_ms: f64,
    /// Deliveries to each of a thousand connections by which the cost of receiving is compared; 0 leaves that out
    #[arg(long, default_value_t = 200)]
    pub receivers: u32,
    /// Chance begins here
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Options {
    /// What somebody does in an hour.
    #[must_use]
    pub const fn mix(&self) -> Mix {
        Mix {
            messages: self.messages,
            pages: self.pages,
            likes: self.likes,
            comments: self.comments,
            posts: self.posts_each,
            cuts: self.cuts,
            pace: self.pace,
        }
    }
}
