//! What to measure, and how much of it.

pub struct Options {
    wanted: Vec<String>,
    pub connections: Vec<usize>,
    pub watchers: Vec<usize>,
    pub seconds: u64,
    pub posts: u64,
    pub likes: usize,
    pub notifications: usize,
    /// Of the one post that everybody watches.
    pub viewers: usize,
    pub viral_seconds: u64,
    pub churn: usize,
    /// Clients that are cut, and come back.
    pub returning: usize,
    /// Of uploads in a backup.
    pub megabytes: u64,
    /// A PostgreSQL on this machine; without one the data is in SQLite files.
    pub database: Option<String>,
    /// A Redis on this machine, for several servers.
    pub redis: Option<String>,
}

impl Options {
    pub fn parse(words: &[String]) -> Self {
        let mut options = Self {
            wanted: Vec::new(),
            connections: vec![5_000, 10_000],
            watchers: vec![1_000, 5_000],
            seconds: 10,
            posts: 1_000_000,
            likes: 16_000,
            notifications: 100_000,
            viewers: 10_000,
            viral_seconds: 60,
            churn: 200_000,
            returning: 10_000,
            megabytes: 1_024,
            database: None,
            redis: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value")).clone();
            match word.as_str() {
                "--connections" => options.connections = numbers(&value()),
                "--watchers" => options.watchers = numbers(&value()),
                "--seconds" => options.seconds = value().parse().expect("a number of seconds"),
                "--posts" => options.posts = value().parse().expect("a number of posts"),
                "--likes" => options.likes = value().parse().expect("a number of likes"),
                "--notifications" => options.notifications = value().parse().expect("a number of notifications"),
                "--viewers" => options.viewers = value().parse().expect("a number of viewers"),
                "--viral-seconds" => options.viral_seconds = value().parse().expect("a number of seconds"),
                "--returning" => options.returning = value().parse().expect("a number of clients"),
                "--megabytes" => options.megabytes = value().parse().expect("a number of megabytes"),
                "--churn" => options.churn = value().parse().expect("a number of connections"),
                "--database" => options.database = Some(value()),
                "--redis" => options.redis = Some(value()),
                // Enough to see that everything works; the figures mean nothing.
                "--quick" => {
                    options.connections = vec![200];
                    options.watchers = vec![100];
                    options.seconds = 2;
                    options.posts = 2_000;
                    options.likes = 320;
                    options.notifications = 2_000;
                    options.viewers = 200;
                    options.viral_seconds = 3;
                    options.churn = 3_000;
                    options.returning = 200;
                    options.megabytes = 16;
                }
                name => options.wanted.push(name.to_owned()),
            }
        }
        options
    }

    pub fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == name || wanted == "all")
    }
}

fn numbers(text: &str) -> Vec<usize> {
    text.split(',').map(|number| number.parse().expect("numbers with commas between")).collect()
}
