//! How much one account, address or connection may do: token buckets, all in one table.
//!
//! Every bucket refills steadily and holds a burst. `HUBBUB_LIMIT_FACTOR` scales both. The defaults are set so that a
//! fast typist, and a classroom behind one address, never meets one.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    InsufficientCapacity, NotUntil, Quota, RateLimiter,
    clock::Clock,
    middleware::{NoOpMiddleware, StateInformationMiddleware},
    state::{InMemoryState, NotKeyed, keyed::DashMapStateStore},
};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    protocol::ids::{SessionId, UserId},
    server::domain::{
        Actor, DomainError,
        outcome::{Publication, SignInTry},
    },
};

/// What is limited, and by what it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Trying a password, counted by the login that was typed, whether it exists or not, and the address together.
    SignInByLoginAndAddress,
    /// Trying a password, counted by the login that was typed, wherever it was typed.
    SignInByLogin,
    /// Trying a password, counted by address.
    SignInByAddress,
    /// Trying one's current password to set a new one, counted by person.
    PasswordByPerson,
    /// Opening an account, counted by address.
    RegisterByAddress,
    /// Trading a refresh token, counted by address.
    RefreshByAddress,
    /// Trying a ticket for a socket, counted by address.
    TicketByAddress,
    /// Any request of REST, counted by person or by personal access token.
    RequestByCaller,
    /// Any request that changes something, counted likewise.
    WriteByCaller,
    /// Any request that changes something, counted by address.
    WriteByAddress,
    /// Uploading a picture or another file, counted by person.
    UploadByPerson,
    /// The same by size, in megabytes: so that nobody fills the disk.
    UploadMegabytesByPerson,
    /// Saying something in a conversation, over whichever door, counted by person.
    MessageByPerson,
    /// Trying out one's own notifications, counted by person.
    TestNotificationByPerson,
    /// Asking for a letter with a link, counted by person.
    LetterByPerson,
    /// Asking for a letter with a link, or showing what such a link held, counted by address.
    LinkByAddress,
    /// Opening a socket, counted by address.
    SocketConnectByAddress,
}

const ACTIONS: [Action; 17] = [
    Action::SignInByLoginAndAddress,
    Action::SignInByLogin,
    Action::SignInByAddress,
    Action::PasswordByPerson,
    Action::RegisterByAddress,
    Action::RefreshByAddress,
    Action::TicketByAddress,
    Action::RequestByCaller,
    Action::WriteByCaller,
    Action::WriteByAddress,
    Action::UploadByPerson,
    Action::UploadMegabytesByPerson,
    Action::MessageByPerson,
    Action::TestNotificationByPerson,
    Action::LetterByPerson,
    Action::LinkByAddress,
    Action::SocketConnectByAddress,
];

/// A bucket: `burst` at once, refilled with `refill` in every `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How many at once.
    pub burst: u32,
    /// How many more in every `per`.
    pub refill: u32,
    /// The span in which `refill` come back.
    pub per: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Commands on one socket: scrolling fast through a feed sends a few a second.
pub const SOCKET_COMMANDS: Allowance = Allowance { burst: 60, refill: 600, per: MINUTE };

impl Action {
    /// The default, at a factor of 1.
    #[must_use]
    pub const fn allowance(self) -> Allowance {
        match self {
            // Ten a minute is slow for a machine that guesses and quick for a person who mistypes.
            Self::SignInByLoginAndAddress | Self::PasswordByPerson => Allowance { burst: 10, refill: 10, per: MINUTE },
            // Wider than what one address may do, so that nobody alone can keep a person out of their account.
            Self::SignInByLogin | Self::SignInByAddress => Allowance { burst: 60, refill: 60, per: MINUTE },
            // A classroom that signs up together, with a second try each.
            Self::RegisterByAddress => Allowance { burst: 60, refill: 60, per: HOUR },
            Self::RefreshByAddress | Self::TicketByAddress => Allowance { burst: 300, refill: 300, per: MINUTE },
            // Ten a second for hours: a script that asks more often is better off with a socket.
            Self::RequestByCaller => Allowance { burst: 300, refill: 600, per: MINUTE },
            Self::WriteByCaller => Allowance { burst: 40, refill: 60, per: MINUTE },
            Self::WriteByAddress => Allowance { burst: 300, refill: 600, per: MINUTE },
            // Four pictures a post; a long evening of posting stays below it.
            Self::UploadByPerson => Allowance { burst: 40, refill: 240, per: HOUR },
            // Twenty of the largest files at once, or all pictures of a weekend.
            Self::UploadMegabytesByPerson => Allowance { burst: 500, refill: 1_000, per: HOUR },
            // As documented for the chats that Hubbub speaks with.
            Self::MessageByPerson => Allowance { burst: 20, refill: 30, per: MINUTE },
            // The documented script sends a few in a row.
            Self::TestNotificationByPerson => Allowance { burst: 10, refill: 10, per: MINUTE },
            // A letter may take a while; more than a few an hour are no help.
            Self::LetterByPerson => Allowance { burst: 5, refill: 5, per: HOUR },
            // A classroom that forgot; nobody guesses 256 bits, but each try costs a password's hashing.
            Self::LinkByAddress => Allowance { burst: 30, refill: 30, per: HOUR },
            // After a restart everyone behind one address returns at once.
            Self::SocketConnectByAddress => Allowance { burst: 300, refill: 300, per: MINUTE },
        }
    }
}

/// Who calls: a personal access token has buckets of its own, so that no script uses up those of its person's tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person, on whichever device.
    Person(UserId),
    /// A personal access token.
    Script(SessionId),
}

impl Caller {
    /// Who calls as this actor.
    #[must_use]
    pub const fn of(actor: &Actor, is_personal_token: bool) -> Self {
        if is_personal_token { Self::Script(actor.session_id) } else { Self::Person(actor.user_id) }
    }
}

/// How much is left in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How much it holds.
    pub quota: u32,
    /// In how long it fills from empty.
    pub window: Duration,
    /// What is left now.
    pub left: u32,
}

impl Left {
    /// In how long it is full again, about.
    #[must_use]
    pub fn full_in(&self) -> Duration {
        let taken = self.quota.saturating_sub(self.left);
        self.window.saturating_mul(taken) / self.quota.max(1)
    }
}

/// Who is counted: eight to seventeen bytes, whatever a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Person(UserId),
    Script(SessionId),
    Login(u64),
    Address(IpAddr),
}

/// Tokio's clock, as time since the limits were built: monotonic, and tests can pause it.
#[derive(Clone, Copy, Debug)]
struct Elapsed(Instant);

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Buckets = RateLimiter<Key, DashMapStateStore<Key>, Elapsed, StateInformationMiddleware>;

/// All limits of this node. Clones share the buckets.
#[derive(Clone)]
pub struct Limits(Arc<Shared>);

struct Shared {
    buckets: Vec<(Action, Buckets)>,
    clock: Elapsed,
    commands: Quota,
    secret: Vec<u8>,
}

impl Limits {
    /// Full buckets; `factor` (`HUBBUB_LIMIT_FACTOR`) multiplies every burst and refill. With the same `secret`, nodes
    /// mean the same by a [`SignInTry`].
    #[must_use]
    pub fn new(factor: f64, secret: &[u8]) -> Self {
        let clock = Elapsed(Instant::now());
        let bucket = |action: Action| {
            let quota = quota(action.allowance(), factor);
            (action, RateLimiter::new(quota, DashMapStateStore::default(), clock))
        };
        Self(Arc::new(Shared {
            buckets: ACTIONS.into_iter().map(bucket).collect(),
            clock,
            commands: quota(SOCKET_COMMANDS, factor),
            secret: secret.to_vec(),
        }))
    }

    /// Takes one from the bucket of a person.
    ///
    /// # Errors
    /// [`DomainError::RateLimited`] when it is empty.
    pub fn person(&self, action: Action, person: UserId) -> Result<(), DomainError> {
        self.take(action, Key::Person(person))
    }

    /// Takes one from the bucket of whoever calls; what is left in it then, also when it was empty.
    pub fn caller(&self, action: Action, caller: Caller) -> (Option<Left>, Result<(), DomainError>) {
        let key = match caller {
            Caller::Person(person) => Key::Person(person),
            Caller::Script(session) => Key::Script(session),
        };
        let Some((_, buckets)) = self.0.buckets.iter().find(|(of, _)| *of == action) else { return (None, Ok(())) };
        match buckets.check_key(&key) {
            Ok(state) => (Some(left_of(state.quota(), state.remaining_burst_capacity())), Ok(())),
            Err(early) => (Some(left_of(early.quota(), 0)), Err(self.too_early(&early))),
        }
    }

    /// Takes one upload of so many bytes from the buckets of a person.
    ///
    /// # Errors
    /// [`DomainError::RateLimited`] when one of them is empty.
    pub fn upload(&self, person: UserId, bytes: usize) -> Result<(), DomainError> {
        self.person(Action::UploadByPerson, person)?;
        let megabytes = u32::try_from(bytes.div_ceil(1_024 * 1_024)).unwrap_or(u32::MAX);
        let megabytes = NonZeroU32::new(megabytes).unwrap_or(NonZeroU32::MIN);
        self.take_some(Action::UploadMegabytesByPerson, Key::Person(person), megabytes)
    }

    /// Takes one from the bucket of a network address; the addresses of one IPv6 /64, which is what one household
    /// gets, share theirs.
    ///
    /// # Errors
    /// [`DomainError::RateLimited`] when it is empty.
    pub fn address(&self, action: Action, address: IpAddr) -> Result<(), DomainError> {
        self.take(action, Key::Address(network_of(address)))
    }

    /// Takes one from each bucket that a try of a password is counted by.
    ///
    /// # Errors
    /// [`DomainError::RateLimited`] when one of them is empty.
    pub fn sign_in(&self, login: &str, address: IpAddr) -> Result<SignInTry, DomainError> {
        // As the domain understands it: who types a name in another way does not get another bucket.
        let login = login.trim().trim_start_matches('@').to_lowercase();
        let network = network_of(address);
        let tried =
            SignInTry { login: self.hash(&login, ""), login_there: self.hash(&login, &network.to_string()), network };
        counted_by(&tried).into_iter().try_for_each(|(action, key)| self.take(action, key))?;
        Ok(tried)
    }

    /// Takes note of what another node published.
    pub fn observe(&self, publication: &Publication) {
        if let Publication::SignInTried(tried) = publication {
            for (action, key) in counted_by(tried) {
                // It was decided there; a bucket that is empty here stays empty.
                let _ = self.take(action, key);
            }
        }
    }

    /// Buckets are kept by hashes, so that long logins do not fill the memory.
    fn hash(&self, login: &str, place: &str) -> u64 {
        let parts: [&[u8]; 5] = [&self.0.secret, b"\0", place.as_bytes(), b"\0", login.as_bytes()];
        let digest = parts.into_iter().fold(Sha256::new(), Digest::chain_update).finalize();
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }

    /// A bucket for the commands of one socket, kept with that socket.
    #[must_use]
    pub fn socket_commands(&self) -> CommandBucket {
        CommandBucket(RateLimiter::new(self.0.commands, InMemoryState::default(), self.0.clock))
    }

    /// Forgets everyone whose bucket is full again: without this, the tables would grow for ever.
    pub fn tidy(&self) {
        for (_, buckets) in self.0.buckets.iter() {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }

    /// How many are remembered, over all tables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.buckets.iter().map(|(_, buckets)| buckets.len()).sum()
    }

    /// Whether nobody is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tidies once a minute until the server stops.
    pub async fn keep_tidy(self, stopping: CancellationToken) {
        let mut every = interval(MINUTE);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(every.tick()).await.is_some() {
            self.tidy();
        }
    }

    fn take(&self, action: Action, key: Key) -> Result<(), DomainError> {
        // Every action has its bucket; one without would be a limit forgotten in `ACTIONS`, which a test finds.
        let Some((_, buckets)) = self.0.buckets.iter().find(|(of, _)| *of == action) else { return Ok(()) };
        buckets.check_key(&key).map(drop).map_err(|early| self.too_early(&early))
    }

    /// What is more than the bucket holds takes all that it holds.
    fn take_some(&self, action: Action, key: Key, cells: NonZeroU32) -> Result<(), DomainError> {
        let Some((_, buckets)) = self.0.buckets.iter().find(|(of, _)| *of == action) else { return Ok(()) };
        let taken = buckets.check_key_n(&key, cells).or_else(|InsufficientCapacity(burst)| {
            buckets.check_key_n(&key, NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))
        });
        taken.map_or(Ok(()), |taken| taken.map(drop)).map_err(|early| self.too_early(&early))
    }

    fn too_early(&self, early: &NotUntil<Duration>) -> DomainError {
        DomainError::RateLimited { retry_after: early.wait_time_from(self.0.clock.now()) }
    }
}

/// The bucket of one socket's commands.
pub struct CommandBucket(RateLimiter<NotKeyed, InMemoryState, Elapsed, NoOpMiddleware<Duration>>);

impl CommandBucket {
    /// Takes one.
    ///
    /// # Errors
    /// How long to wait, when it is empty.
    pub fn take(&self) -> Result<(), Duration> {
        self.0.check().map_err(|early| early.wait_time_from(self.0.clock().now()))
    }
}

/// The buckets that a try of a password takes from, in this order.
const fn counted_by(tried: &SignInTry) -> [(Action, Key); 3] {
    [
        (Action::SignInByAddress, Key::Address(tried.network)),
        (Action::SignInByLoginAndAddress, Key::Login(tried.login_there)),
        (Action::SignInByLogin, Key::Login(tried.login)),
    ]
}

fn left_of(quota: Quota, left: u32) -> Left {
    let burst = quota.burst_size().get();
    Left { quota: burst, window: quota.replenish_interval().saturating_mul(burst), left }
}

fn quota(allowance: Allowance, factor: f64) -> Quota {
    let factor = if factor.is_finite() && factor > 0.0 { factor } else { 1.0 };
    // `as` saturates, which is what a huge factor means.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturates")]
    let burst = NonZeroU32::new((f64::from(allowance.burst) * factor).round() as u32).unwrap_or(NonZeroU32::MIN);
    let one = allowance.per.as_secs_f64() / (f64::from(allowance.refill) * factor);
    let one = Duration::try_from_secs_f64(one).unwrap_or(Duration::MAX).max(Duration::from_nanos(1));
    Quota::with_period(one).unwrap_or(Quota::per_second(burst)).allow_burst(burst)
}

/// What one subscriber gets from their provider: an IPv4 address, or an IPv6 /64.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const ANA: UserId = UserId::new(1);
    const BEN: UserId = UserId::new(2);

    fn refused_for(result: Result<(), DomainError>) -> Option<Duration> {
        match result {
            Ok(()) => None,
            Err(DomainError::RateLimited { retry_after }) => Some(retry_after),
            Err(other) => panic!("{other}"),
        }
    }

    fn empty(limits: &Limits, action: Action) -> u32 {
        (0..).find(|_| limits.person(action, ANA).is_err()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_the_wait_is_told() {
        let limits = Limits::new(1.0, b"secret");
        assert_eq!(empty(&limits, Action::WriteByCaller), 40);
        let wait = refused_for(limits.person(Action::WriteByCaller, ANA)).unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        advance(wait).await;
        assert_eq!(refused_for(limits.person(Action::WriteByCaller, ANA)), None);
        assert!(refused_for(limits.person(Action::WriteByCaller, ANA)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_password_tried_at_another_node_counts_here() {
        let (here, there) = (Limits::new(1.0, b"shared"), Limits::new(1.0, b"shared"));
        let address = "192.0.2.1".parse().unwrap();
        for _ in 0..10 {
            here.observe(&Publication::SignInTried(there.sign_in("ana", address).unwrap()));
        }
        assert!(here.sign_in("ana", address).is_err());
        assert!(here.sign_in("ben", address).is_ok());
        let elsewhere = Limits::new(1.0, b"another community");
        assert_ne!(elsewhere.sign_in("eve", address).unwrap(), there.sign_in("eve", address).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn one_person_does_not_use_up_anothers_bucket_nor_another_action() {
        let limits = Limits::new(1.0, b"secret");
        empty(&limits, Action::WriteByCaller);
        assert!(limits.person(Action::WriteByCaller, BEN).is_ok());
        assert!(limits.person(Action::UploadByPerson, ANA).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_script_has_buckets_of_its_own_and_is_told_what_is_left() {
        let limits = Limits::new(1.0, b"secret");
        let (ana, script) = (Caller::Person(ANA), Caller::Script(SessionId::new(1)));
        for left in (0..40).rev() {
            let (told, passed) = limits.caller(Action::WriteByCaller, script);
            assert!(passed.is_ok());
            let expected = Left { quota: 40, window: Duration::from_secs(40), left };
            assert_eq!(told, Some(expected));
            assert_eq!(expected.full_in(), Duration::from_secs(u64::from(40 - left)));
        }
        let (told, passed) = limits.caller(Action::WriteByCaller, script);
        assert_eq!((told.unwrap().left, refused_for(passed).is_some()), (0, true));
        assert_eq!(limits.caller(Action::WriteByCaller, ana).0.unwrap().left, 39);
    }

    #[tokio::test(start_paused = true)]
    async fn uploads_are_counted_and_weighed() {
        const FILE: usize = 25 * 1_024 * 1_024;
        let limits = Limits::new(1.0, b"secret");
        assert_eq!((0..).find(|_| limits.upload(ANA, FILE).is_err()), Some(20));
        assert_eq!((0..).find(|_| limits.upload(BEN, 1).is_err()), Some(40));
        let tight = Limits::new(0.02, b"secret");
        assert!(tight.upload(ANA, FILE).is_ok(), "more than the bucket holds empties it");
        assert!(tight.upload(ANA, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_factor_scales_bursts_and_refills() {
        assert_eq!(empty(&Limits::new(3.0, b"secret"), Action::WriteByCaller), 120);
        let tight = Limits::new(0.001, b"secret");
        assert_eq!(empty(&tight, Action::WriteByCaller), 1);
        let wait = refused_for(tight.person(Action::WriteByCaller, ANA)).unwrap();
        assert!(wait > Duration::from_secs(900), "{wait:?}");
        assert!(Limits::new(1e300, b"secret").person(Action::WriteByCaller, ANA).is_ok());
        assert!(Limits::new(f64::NAN, b"secret").person(Action::WriteByCaller, ANA).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_is_counted_however_it_is_typed() {
        let limits = Limits::new(0.1, b"secret");
        let here = "192.0.2.1".parse().unwrap();
        assert!(limits.sign_in("Ana ", here).is_ok());
        assert!(limits.sign_in("@ana", here).is_err());
        assert!(limits.sign_in("ben", here).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_guesses_does_not_keep_the_owner_out_but_many_are_stopped() {
        let limits = Limits::new(1.0, b"secret");
        let owner = "203.0.113.5".parse().unwrap();
        let guessed = (0..200).filter(|_| limits.sign_in("ana", "192.0.2.1".parse().unwrap()).is_ok()).count();
        assert_eq!(guessed, 10);
        assert!(limits.sign_in("ana", owner).is_ok());
        let from_everywhere = |n: u8| limits.sign_in("ana", IpAddr::from([198, 51, 100, n]));
        assert_eq!((0..=255).filter(|n| from_everywhere(*n).is_ok()).count(), 60 - 11);
        assert!(limits.sign_in("ben", owner).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_household_shares_its_network() {
        let limits = Limits::new(1.0 / 300.0, b"secret");
        let take = |address: &str| limits.address(Action::SocketConnectByAddress, address.parse().unwrap());
        assert!(take("2001:db8:1:2::1").is_ok());
        assert!(take("2001:db8:1:2:ffff::9").is_err());
        assert!(take("2001:db8:1:3::1").is_ok());
        assert!(take("192.0.2.1").is_ok());
        assert!(take("::ffff:192.0.2.1").is_err());
        assert!(take("192.0.2.2").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_quiet_is_forgotten() {
        let limits = Limits::new(1.0, b"secret");
        limits.person(Action::WriteByCaller, ANA).unwrap();
        limits.tidy();
        assert_eq!(limits.len(), 1);
        advance(HOUR * 2).await;
        limits.tidy();
        assert!(limits.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_commands_is_told_to_wait() {
        let limits = Limits::new(1.0, b"secret");
        let (one, other) = (limits.socket_commands(), limits.socket_commands());
        assert_eq!((0..).find(|_| one.take().is_err()), Some(60));
        assert!(one.take().unwrap_err() <= Duration::from_millis(100));
        assert!(other.take().is_ok());
    }

    #[test]
    fn every_action_has_its_bucket() {
        for (position, action) in ACTIONS.into_iter().enumerate() {
            assert_eq!(action as usize, position);
        }
        assert_eq!(ACTIONS.len(), Action::SocketConnectByAddress as usize + 1);
    }
}
