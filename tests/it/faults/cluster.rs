//! Three servers of one community with everything they stand on, and how each part of that fails.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use hubbub_load::ports::free_addr;
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};

use crate::{postgres::Postgres, program::Program, proxy::Proxy, redis::Redis, site::PATIENCE, worker::rabbit::Turn};

/// The server that fails.
pub const VICTIM: usize = 1;
pub const SECRET: &str = "one key for all nodes, long enough";
const VAPID: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Redis,
    Postgres,
    RabbitMq,
    /// One of the servers.
    Node,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is told to stop, and started again later.
    Stopped,
    /// SIGKILL, and started again later.
    Killed,
    /// It is told to stop, and started again at once.
    Restarted,
    /// SIGSTOP, then SIGCONT.
    Frozen,
    /// The network to it holds every byte, and passes them on later.
    CutOff,
}

impl Way {
    pub const ALL: [Self; 5] = [Self::Stopped, Self::Killed, Self::Restarted, Self::Frozen, Self::CutOff];
}

/// How servers reach what they stand on, and people them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roads {
    /// Over proxies of this process, which hold every byte when they are told to.
    CanBeCut,
    /// As in life: what passes does not wait for this process.
    Direct,
}

impl Roads {
    /// A road to there, and where it begins.
    async fn to(self, addr: SocketAddr) -> (Option<Arc<Proxy>>, SocketAddr) {
        match self {
            Self::Direct => (None, addr),
            Self::CanBeCut => {
                let (proxy, begin) = Proxy::listen(addr).await;
                (Some(proxy), begin)
            }
        }
    }
}

/// One server: a process, the door that people come through, and its own network to what it stands on.
pub struct Node {
    /// Where it listens itself.
    pub addr: SocketAddr,
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
    program: Option<Program>,
    pub door: SocketAddr,
    before: Option<Arc<Proxy>>,
    to_redis: Option<Arc<Proxy>>,
    to_postgres: Option<Arc<Proxy>>,
    to_rabbit: Option<Arc<Proxy>>,
}

impl Node {
    async fn start(
        roads: Roads,
        redis: &Redis,
        postgres: &Postgres,
        rabbit: Option<&Turn<'_>>,
        more: &[(&'static str, String)],
    ) -> Self {
        let addr = free_addr().unwrap();
        let (before, door) = roads.to(addr).await;
        let (to_redis, redis) = roads.to(redis.addr()).await;
        let (to_postgres, postgres) = roads.to(postgres.addr()).await;
        let mut environment = vec![
            ("DATABASE_URL", Postgres::url_at(postgres)),
            ("REDIS_URL", format!("redis://{redis}")),
            ("SECRET_KEY", SECRET.to_owned()),
            ("HUBBUB_VAPID_KEY", VAPID.to_owned()),
            // Nothing is uploaded here.
            ("HUBBUB_UPLOADS_SHARED", "yes".to_owned()),
        ];
        let mut to_rabbit = None;
        if let Some(rabbit) = rabbit {
            let (proxy, rabbit) = roads.to(rabbit.addr()).await;
            to_rabbit = proxy;
            environment.push(("AMQP_URL", format!("amqp://{rabbit}")));
        }
        environment.extend_from_slice(more);
        let folder = tempfile::tempdir().unwrap();
        let mut node =
            Self { addr, folder, environment, program: None, door, before, to_redis, to_postgres, to_rabbit };
        node.again().await;
        node
    }

    async fn again(&mut self) {
        self.program = Some(Program::start(self.addr, self.folder.path(), &self.environment).await);
    }

    async fn stop(&mut self) {
        assert_eq!(self.program.take().unwrap().stop().await, Some(0), "a server that is told to stop ends well");
    }

    fn program(&self) -> &Program {
        self.program.as_ref().unwrap()
    }
}

/// The community.
pub struct Cluster<'broker> {
    redis: Redis,
    postgres: Postgres,
    rabbit: Option<Turn<'broker>>,
    pub nodes: Vec<Node>,
}

impl<'broker> Cluster<'broker> {
    /// With so many servers; `None` where something of it is not there to test with. `more` are variables of the
    /// environment of every server.
    pub async fn start(
        servers: usize,
        roads: Roads,
        rabbit: Option<Turn<'broker>>,
        more: &[(&'static str, String)],
    ) -> Option<Self> {
        let (redis, postgres) = (Redis::start().await?, Postgres::start().await?);
        let mut nodes = Vec::new();
        for _ in 0..servers {
            nodes.push(Node::start(roads, &redis, &postgres, rabbit.as_ref(), more).await);
        }
        Some(Self { redis, postgres, rabbit, nodes })
    }

    /// Where people come in.
    pub fn doors(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.door).collect()
    }

    /// A server is told to stop, and started again when it has.
    pub async fn renew(&mut self, at: usize) {
        self.nodes[at].stop().await;
        self.nodes[at].again().await;
    }

    /// A worker beside the first server, in a folder of its own.
    pub fn worker(&self, folder: &Path) -> Program {
        let mut command = Program::command("worker", self.nodes[0].addr, folder);
        command.envs(self.nodes[0].environment.iter().map(|(name, value)| (name, value)));
        Program::spawn(command)
    }

    /// How many errands stand in a line.
    pub async fn depth(&self, line: &str) -> u32 {
        self.rabbit.as_ref().unwrap().depth(line).await
    }

    /// The database itself, past everything that fails.
    pub fn database_url(&self) -> String {
        Postgres::url_at(self.postgres.addr())
    }

    /// Makes the letters about the day due for all servers at once, when so many wait.
    pub async fn end_the_day(&self, letters: usize) {
        let (mut database, started) = (PgConnection::connect(&self.database_url()).await.unwrap(), Instant::now());
        let count = "SELECT COUNT(*) FROM letter WHERE purpose = 'daily'";
        while sqlx::query_scalar::<_, i64>(count).fetch_one(&mut database).await.unwrap() < letters as i64 {
            assert!(started.elapsed() < PATIENCE, "somebody's day has no letter");
            sleep(Duration::from_millis(50)).await;
        }
        sqlx::query("UPDATE letter SET due_at = 0 WHERE purpose = 'daily'").execute(&mut database).await.unwrap();
    }

    /// Something fails.
    pub async fn strike(&mut self, part: Part, way: Way) {
        match way {
            Way::Stopped => self.stop(part).await,
            Way::Killed => self.kill(part),
            Way::Restarted => {
                self.stop(part).await;
                self.again(part).await;
            }
            Way::Frozen => self.freeze(part),
            Way::CutOff => self.network(part).into_iter().for_each(|proxy| proxy.hold()),
        }
    }

    /// It is well again.
    pub async fn mend(&mut self, part: Part, way: Way) {
        match way {
            Way::Stopped | Way::Killed => self.again(part).await,
            Way::Restarted => {}
            Way::Frozen => self.thaw(part),
            Way::CutOff => self.network(part).into_iter().for_each(|proxy| proxy.let_go()),
        }
    }

    async fn stop(&mut self, part: Part) {
        match part {
            Part::Redis => self.redis.stop().await,
            Part::Postgres => self.postgres.stop().await,
            Part::RabbitMq => self.rabbit.as_mut().unwrap().stop().await,
            Part::Node => self.nodes[VICTIM].stop().await,
        }
    }

    async fn again(&mut self, part: Part) {
        match part {
            Part::Redis => self.redis.again().await,
            Part::Postgres => self.postgres.again().await,
            Part::RabbitMq => self.rabbit.as_mut().unwrap().start().await,
            Part::Node => self.nodes[VICTIM].again().await,
        }
    }

    fn kill(&mut self, part: Part) {
        match part {
            Part::Redis => self.redis.kill(),
            Part::Postgres => self.postgres.kill(),
            Part::RabbitMq => self.rabbit.as_mut().unwrap().kill(),
            Part::Node => self.nodes[VICTIM].program.take().unwrap().kill(),
        }
    }

    fn freeze(&self, part: Part) {
        match part {
            Part::Redis => self.redis.freeze(),
            Part::Postgres => self.postgres.freeze(),
            Part::RabbitMq => self.rabbit.as_ref().unwrap().freeze(),
            Part::Node => self.nodes[VICTIM].program().signal("STOP"),
        }
    }

    fn thaw(&self, part: Part) {
        match part {
            Part::Redis => self.redis.thaw(),
            Part::Postgres => self.postgres.thaw(),
            Part::RabbitMq => self.rabbit.as_ref().unwrap().thaw(),
            Part::Node => self.nodes[VICTIM].program().signal("CONT"),
        }
    }

    /// All ways over which a part is reached. A server that is cut off does not reach the others either.
    fn network(&self, part: Part) -> Vec<Arc<Proxy>> {
        let each = |way: fn(&Node) -> Option<&Arc<Proxy>>| self.nodes.iter().filter_map(way).cloned().collect();
        let roads: Vec<Arc<Proxy>> = match part {
            Part::Redis => each(|node| node.to_redis.as_ref()),
            Part::Postgres => each(|node| node.to_postgres.as_ref()),
            Part::RabbitMq => each(|node| node.to_rabbit.as_ref()),
            Part::Node => {
                let node = &self.nodes[VICTIM];
                let ways = [&node.before, &node.to_redis, &node.to_postgres, &node.to_rabbit];
                ways.into_iter().flatten().cloned().collect()
            }
        };
        assert!(!roads.is_empty(), "roads that can be cut");
        roads
    }
}
