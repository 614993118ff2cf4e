//! Every row of the state machine: where it stands, what happens, what is done about it.

use proptest::prelude::*;

use super::*;
use crate::protocol::{
    conversations::NewMessage,
    errors::ApiError,
    events::{AckResult, DeletedPost, PostDeleted},
    time::Timestamp,
};

const ME: UserId = UserId::new(7);
const LATER: u64 = 60_000;

fn at(now_ms: u64) -> Moment {
    Moment { now_ms, chance: 1.0 }
}

fn mark(epoch: &str, offset: u64) -> LogMark {
    LogMark { epoch: epoch.into(), offset }
}

fn frame(event: ServerEvent) -> Input {
    Input::Frame(Box::new(event))
}

fn connected_to(epoch: &str, offset: u64) -> Input {
    frame(ServerEvent::Connected(Connected {
        sid: "s".into(),
        user_id: ME,
        timestamp: Timestamp::from_millis(0),
        heartbeat_interval_ms: 25_000,
        epoch: epoch.into(),
        offset,
    }))
}

fn connected() -> Input {
    connected_to("e", 10)
}

fn ack(reference: u64, result: AckResult) -> Input {
    frame(ServerEvent::Ack(Ack { reference: reference.to_string(), result }))
}

fn resumed(reference: u64, resumed: bool) -> Input {
    ack(reference, AckResult { resumed: Some(resumed), ..AckResult::default() })
}

fn refused(reference: u64, code: ErrorCode, retry_after_ms: Option<u64>) -> Input {
    let error = ApiError { retry_after_ms, ..ApiError::new(code, "no") };
    frame(ServerEvent::Error(ErrorEvent { error, reference: Some(reference.to_string()) }))
}

fn offset(offset: u64) -> Input {
    let post = DeletedPost { id: PostId::new(1), user_id: ME, timestamp: Timestamp::from_millis(0), version: 2 };
    frame(ServerEvent::PostDeleted(PostDeleted { post, offset }))
}

fn wish(feeds: &[FeedKind], posts: &[u64]) -> Input {
    Input::Wishes(Wishes {
        feeds: feeds.iter().copied().collect(),
        posts: posts.iter().map(|id| PostId::new(*id)).collect(),
        ..Wishes::default()
    })
}

fn pong() -> Input {
    frame(ServerEvent::Pong { timestamp: Timestamp::from_millis(0) })
}

fn going_away(retry_after_ms: u64) -> Input {
    frame(ServerEvent::GoingAway { retry_after_ms })
}

/// A machine after these inputs, each with its time.
fn after(inputs: &[(u64, Input)]) -> Connection {
    let mut machine = Connection::default();
    for (now_ms, input) in inputs {
        machine.step(input.clone(), at(*now_ms));
    }
    machine
}

fn start() -> (u64, Input) {
    (0, Input::Start { user: ME, mark: None })
}

fn opening() -> Connection {
    after(&[start()])
}

fn live() -> Connection {
    after(&[start(), (0, connected())])
}

fn watching() -> Connection {
    after(&[start(), (0, wish(&[FeedKind::Everyone], &[1])), (0, connected())])
}

/// Waiting from `LATER` for one second.
fn waiting() -> Connection {
    after(&[start(), (0, connected()), (LATER, Input::Closed(1006))])
}

fn commands(effects: &[Effect]) -> Vec<ClientCommand> {
    effects
        .iter()
        .filter_map(|e| if let Effect::Send(frame) = e { Some(frame.command.clone()) } else { None })
        .collect()
}

fn retry_after(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|e| if let Effect::Set(Timer::Retry, ms) = e { Some(*ms) } else { None })
}

/// What a row expects.
enum Then {
    /// A socket is opened at once.
    Opens,
    /// The socket is dropped and another opened at once.
    Reopens,
    /// The next attempt comes after so many milliseconds.
    Waits(u64),
    /// The socket is dropped, and the next attempt comes after so many milliseconds.
    DropsAndWaits(u64),
    /// A ping with a short deadline.
    Probes,
    /// The session is refreshed.
    Refreshes,
    /// It ends with this status.
    Ends(Status),
    /// The socket is dropped and it ends with this status.
    DropsAndEnds(Status),
    /// Nothing opens, closes, waits or is sent.
    Stays,
}

fn check(name: &str, mut machine: Connection, now_ms: u64, input: Input, then: &Then) {
    let effects = machine.step(input, at(now_ms));
    let has = |effect: &Effect| effects.contains(effect);
    let opens = has(&Effect::Open);
    let closes = has(&Effect::Close);
    let waits = retry_after(&effects);
    let refreshes = has(&Effect::Refresh);
    let status = machine.status(at(now_ms));
    let ok = match then {
        Then::Opens => opens && !closes && !refreshes,
        Then::Reopens => opens && closes,
        Then::Waits(ms) => waits == Some(*ms) && !opens && !closes,
        Then::DropsAndWaits(ms) => waits == Some(*ms) && !opens && closes,
        Then::Probes => {
            commands(&effects) == [ClientCommand::Ping] && has(&Effect::Set(Timer::Pong, PROBE_MS)) && !opens && !closes
        }
        Then::Refreshes => refreshes && !opens && !closes,
        Then::Ends(end) => status == *end && !opens && !closes && waits.is_none() && !refreshes,
        Then::DropsAndEnds(end) => status == *end && !opens && closes && waits.is_none(),
        Then::Stays => !opens && !closes && waits.is_none() && !refreshes && commands(&effects).is_empty(),
    };
    assert!(ok, "{name}: {effects:?}, {status:?}");
}

#[test]
fn every_row_does_what_the_table_says() {
    use Input::{Closed, Offline, Online, PageHidden, PageShown, RetryNow, SignOut, Visible};
    let refreshing = || after(&[start(), (0, Closed(4401))]);
    let renewed = || after(&[start(), (0, Closed(4401)), (0, Input::Refreshed(Refreshed::Renewed))]);
    let hidden = || after(&[start(), (0, connected()), (0, PageHidden)]);
    let leaving = || after(&[start(), (0, connected()), (LATER, going_away(1_234))]);
    let abusive = || after(&[start(), (0, connected()), (LATER, Closed(4429))]);
    let ended = || after(&[start(), (0, connected()), (0, Closed(4401)), (0, Input::Refreshed(Refreshed::Ended))]);
    let forbidden = || after(&[start(), (0, Closed(4403))]);
    let mut rows: Vec<(&str, Connection, u64, Input, Then)> = vec![
        ("starting opens", Connection::default(), 0, start().1, Then::Opens),
        ("starting twice opens once", opening(), 0, start().1, Then::Stays),
        (
            "starting as somebody else opens anew",
            live(),
            0,
            Input::Start { user: UserId::new(8), mark: None },
            Then::Reopens,
        ),
        (
            "an opening that hangs is dropped",
            opening(),
            OPENING_MS,
            Input::Timer(Timer::Opening),
            Then::DropsAndWaits(1_000),
        ),
        ("an opening that fails backs off", opening(), 0, Closed(1006), Then::Waits(1_000)),
        ("a frame before connected is not taken", opening(), 0, pong(), Then::Stays),
        ("a cut backs off", live(), LATER, Closed(1006), Then::Waits(1_000)),
        ("done at the server's wish backs off", live(), LATER, Closed(1000), Then::Waits(1_000)),
        ("too large backs off", live(), LATER, Closed(1009), Then::Waits(1_000)),
        ("restarting without a word backs off", live(), LATER, Closed(1012), Then::Waits(1_000)),
        ("restarting waits as told", leaving(), LATER, Closed(1012), Then::Waits(1_234)),
        ("a cut after going away waits as told", leaving(), LATER, Closed(1006), Then::Waits(1_234)),
        ("overloaded backs off", live(), LATER, Closed(1013), Then::Waits(1_000)),
        ("an unknown code backs off", live(), LATER, Closed(4999), Then::Waits(1_000)),
        ("no session refreshes", live(), LATER, Closed(4401), Then::Refreshes),
        ("no session while opening refreshes", opening(), 0, Closed(4401), Then::Refreshes),
        ("a refreshed session opens", refreshing(), 0, Input::Refreshed(Refreshed::Renewed), Then::Opens),
        (
            "an ended session signs out",
            refreshing(),
            0,
            Input::Refreshed(Refreshed::Ended),
            Then::Ends(Status::SignedOut),
        ),
        ("a failed refresh backs off", refreshing(), 0, Input::Refreshed(Refreshed::Failed), Then::Waits(1_000)),
        ("a second refusal signs out", renewed(), 0, Closed(4401), Then::Ends(Status::SignedOut)),
        ("a refresh nobody asked for is dropped", live(), 0, Input::Refreshed(Refreshed::Ended), Then::Stays),
        ("forbidden stops", live(), LATER, Closed(4403), Then::Ends(Status::Forbidden)),
        ("a missed heartbeat reconnects at once", live(), LATER, Closed(4408), Then::Opens),
        ("too slow reconnects at once", live(), LATER, Closed(4409), Then::Opens),
        ("a short connection does not spin", live(), 100, Closed(4409), Then::Waits(1_000)),
        ("abusive waits half a minute", live(), LATER, Closed(4429), Then::Waits(30_000)),
        ("online does not shorten it", abusive(), LATER + 1, Online, Then::Stays),
        ("becoming visible does not shorten it", abusive(), LATER + 1, Visible, Then::Stays),
        ("the reader may", abusive(), LATER + 1, RetryNow, Then::Opens),
        ("the next attempt opens", waiting(), LATER + 1_000, Input::Timer(Timer::Retry), Then::Opens),
        ("online opens at once", waiting(), LATER, Online, Then::Opens),
        ("becoming visible opens at once", waiting(), LATER, Visible, Then::Opens),
        ("retry now opens at once", waiting(), LATER, RetryNow, Then::Opens),
        ("offline does not open", waiting(), LATER, Offline, Then::Stays),
        ("a close that comes late is dropped", waiting(), LATER, Closed(4403), Then::Stays),
        ("a live connection is probed when visible", live(), LATER, Visible, Then::Probes),
        ("a live connection is probed when online", live(), LATER, Online, Then::Probes),
        ("a live connection is probed when offline", live(), LATER, Offline, Then::Probes),
        ("an opening begun without a network starts again", opening(), 100, Online, Then::Reopens),
        ("an opening is left alone when visible", opening(), 100, Visible, Then::Stays),
        ("retry now restarts an opening", opening(), 100, RetryNow, Then::Reopens),
        ("retry now leaves a live one alone", live(), 100, RetryNow, Then::Stays),
        ("a dead socket is replaced at once", live(), LATER, Input::Timer(Timer::Pong), Then::Reopens),
        ("a dead young socket backs off", live(), 100, Input::Timer(Timer::Pong), Then::DropsAndWaits(1_000)),
        ("a missing answer drops the socket", live(), LATER, Input::Timer(Timer::Answer), Then::DropsAndWaits(1_000)),
        ("leaving the page closes", live(), 0, PageHidden, Then::DropsAndEnds(Status::Idle)),
        ("coming back opens", hidden(), 0, PageShown, Then::Opens),
        ("a first show changes nothing", opening(), 0, PageShown, Then::Stays),
        ("signing out closes", live(), 0, SignOut, Then::DropsAndEnds(Status::Idle)),
        ("signing out while waiting ends", waiting(), LATER, SignOut, Then::Ends(Status::Idle)),
        ("an ended session stays ended", ended(), LATER, Online, Then::Stays),
        ("an ended session ignores retry", ended(), LATER, RetryNow, Then::Stays),
        ("signing in again opens", ended(), LATER, start().1, Then::Opens),
        ("forbidden stays", forbidden(), LATER, RetryNow, Then::Stays),
        ("forbidden stays when signed in", forbidden(), LATER, start().1, Then::Stays),
    ];
    for (name, machine, now_ms, input, then) in rows.drain(..) {
        check(name, machine, now_ms, input, &then);
    }
}

#[test]
fn failures_in_a_row_wait_longer_and_a_stable_connection_starts_over() {
    let mut machine = opening();
    let mut waits = Vec::new();
    for _ in 0..7 {
        waits.extend(retry_after(&machine.step(Input::Closed(1006), at(0))));
        machine.step(Input::Timer(Timer::Retry), at(0));
    }
    assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);

    machine.step(connected(), at(0));
    assert_eq!(retry_after(&machine.clone().step(Input::Closed(1006), at(0))), Some(30_000));
    machine.step(Input::Timer(Timer::Stable), at(STABLE_MS));
    assert_eq!(retry_after(&machine.step(Input::Closed(1006), at(STABLE_MS))), Some(1_000));
}

#[test]
fn a_heartbeat_pings_and_any_frame_answers_it() {
    let mut machine = live();
    let effects = machine.step(Input::Timer(Timer::Heartbeat), at(25_000));
    assert_eq!(commands(&effects), [ClientCommand::Ping]);
    assert!(effects.contains(&Effect::Set(Timer::Pong, PONG_MS)));
    assert!(effects.contains(&Effect::Set(Timer::Heartbeat, 25_000)));
    assert!(machine.step(offset(11), at(25_010)).contains(&Effect::Clear(Timer::Pong)));
}

#[test]
fn the_heartbeat_follows_the_server() {
    let mut machine = opening();
    assert!(machine.step(connected(), at(0)).contains(&Effect::Set(Timer::Heartbeat, 25_000)));
}

#[test]
fn trouble_is_shown_after_two_seconds_with_a_countdown() {
    let mut machine =
        after(&[start(), (0, connected()), (LATER, Input::Closed(1006)), (LATER + 1_000, Input::Timer(Timer::Retry))]);
    assert_eq!(machine.status(at(LATER + 1_000)), Status::Connecting);
    machine.step(Input::Closed(1006), at(LATER + 1_500));
    let effects = machine.step(Input::Timer(Timer::Announce), at(LATER + 2_000));
    assert!(effects.contains(&Effect::Report(Status::Trouble { retry_in_s: Some(2) })));
    assert!(effects.contains(&Effect::Set(Timer::Tick, 500)));
    let effects = machine.step(Input::Timer(Timer::Tick), at(LATER + 2_500));
    assert!(effects.contains(&Effect::Report(Status::Trouble { retry_in_s: Some(1) })));
    let effects = machine.step(Input::Timer(Timer::Retry), at(LATER + 3_500));
    assert!(effects.contains(&Effect::Report(Status::Trouble { retry_in_s: None })));
    let effects = machine.step(connected(), at(LATER + 3_600));
    assert!(effects.contains(&Effect::Report(Status::Live)));
}

#[test]
fn trouble_under_two_seconds_is_not_shown() {
    let mut machine = waiting();
    assert_eq!(machine.status(at(LATER)), Status::Connecting);
    machine.step(Input::Timer(Timer::Retry), at(LATER + 900));
    let effects = machine.step(connected(), at(LATER + 1_000));
    assert!(effects.contains(&Effect::Clear(Timer::Announce)));
    assert!(machine.step(Input::Timer(Timer::Announce), at(LATER + 2_000)).is_empty());
}

#[test]
fn what_is_wished_is_watched_and_only_differences_are_sent() {
    let mut machine = opening();
    assert!(commands(&machine.step(wish(&[FeedKind::Everyone], &[1, 2]), at(0))).is_empty());
    let everyone = FeedKind::Everyone;
    let posts = |ids: &[u64]| ids.iter().map(|id| PostId::new(*id)).collect::<Vec<_>>();
    assert_eq!(
        commands(&machine.step(connected(), at(0))),
        [
            ClientCommand::WatchFeed { feed: everyone },
            ClientCommand::WatchPosts { post_ids: posts(&[1, 2]), known: vec![] },
        ]
    );
    assert_eq!(
        commands(&machine.step(wish(&[everyone], &[2, 3]), at(1))),
        [
            ClientCommand::UnwatchPosts { post_ids: posts(&[1]) },
            ClientCommand::WatchPosts { post_ids: posts(&[3]), known: vec![] },
        ]
    );
    assert!(commands(&machine.step(wish(&[everyone], &[2, 3]), at(2))).is_empty());
    assert_eq!(commands(&machine.step(wish(&[], &[2, 3]), at(3))), [ClientCommand::UnwatchFeed { feed: everyone }]);
}

#[test]
fn everything_is_watched_again_after_a_reconnect_and_then_resumed() {
    let mut machine = watching();
    machine.step(offset(17), at(1));
    machine.step(Input::Closed(4409), at(LATER));
    let effects = machine.step(connected_to("e", 30), at(LATER));
    assert_eq!(
        commands(&effects),
        [
            ClientCommand::WatchFeed { feed: FeedKind::Everyone },
            ClientCommand::WatchPosts { post_ids: vec![PostId::new(1)], known: vec![] },
            ClientCommand::Resume { epoch: "e".into(), offset: 17, conversations: vec![] },
        ]
    );
}

#[test]
fn many_posts_are_watched_in_frames_the_server_takes() {
    let mut machine = opening();
    let ids: Vec<u64> = (1..=200).collect();
    machine.step(wish(&[], &ids), at(0));
    let sizes: Vec<usize> = commands(&machine.step(connected(), at(0)))
        .iter()
        .map(|command| if let ClientCommand::WatchPosts { post_ids, .. } = command { post_ids.len() } else { 0 })
        .collect();
    assert_eq!(sizes, [100, 100]);
}

#[test]
fn a_first_connection_resumes_from_where_the_page_was_rendered() {
    let mut machine =
        after(&[(0, Input::Start { user: ME, mark: Some(mark("e", 4)) }), (0, wish(&[FeedKind::Everyone], &[]))]);
    let effects = machine.step(connected(), at(0));
    assert_eq!(
        commands(&effects).last(),
        Some(&ClientCommand::Resume { epoch: "e".into(), offset: 4, conversations: vec![] })
    );
}

#[test]
fn a_list_read_while_live_is_resumed_from_its_own_mark() {
    let mut machine = watching();
    let effects = machine.step(Input::Seeded(mark("e", 12)), at(0));
    assert_eq!(commands(&effects), [ClientCommand::Resume { epoch: "e".into(), offset: 12, conversations: vec![] }]);
}

#[test]
fn a_list_read_while_away_moves_the_mark_back_only() {
    for (seeded, resumed_from) in [(5, 5), (50, 10)] {
        let mut machine = watching();
        machine.step(Input::Closed(4408), at(LATER));
        machine.step(Input::Seeded(mark("e", seeded)), at(LATER));
        let effects = machine.step(connected_to("e", 60), at(LATER));
        let from = ClientCommand::Resume { epoch: "e".into(), offset: resumed_from, conversations: vec![] };
        assert_eq!(commands(&effects).last(), Some(&from));
    }
}

#[test]
fn the_mark_waits_for_a_resume_to_end() {
    // 1 and 2 watch, 3 and 4 watch again, 5 resumes.
    let mut machine = watching();
    machine.step(offset(12), at(1));
    machine.step(Input::Closed(4408), at(LATER));
    machine.step(connected_to("e", 40), at(LATER));
    machine.step(offset(45), at(LATER));
    assert_eq!(machine.mark, Some(mark("e", 12)), "an event of the resume may still be missing");
    machine.step(resumed(5, true), at(LATER));
    assert_eq!(machine.mark, Some(mark("e", 45)));
}

#[test]
fn a_gap_too_long_to_resume_reloads_and_goes_on_from_now() {
    let mut machine = watching();
    machine.step(Input::Closed(4408), at(LATER));
    machine.step(connected_to("f", 3), at(LATER));
    assert!(machine.step(resumed(5, false), at(LATER)).contains(&Effect::Reload));
    assert_eq!(machine.mark, Some(mark("f", 3)));
}

#[test]
fn a_refused_resume_reloads() {
    let mut machine = watching();
    machine.step(Input::Closed(4408), at(LATER));
    machine.step(connected(), at(LATER));
    assert!(machine.step(refused(5, ErrorCode::Malformed, None), at(LATER)).contains(&Effect::Reload));
}

#[test]
fn a_watch_refused_for_now_is_asked_again() {
    let mut machine = watching();
    let effects = machine.step(refused(2, ErrorCode::RateLimited, Some(700)), at(1));
    assert!(effects.contains(&Effect::Set(Timer::Sync, 700)));
    assert_eq!(
        commands(&machine.step(Input::Timer(Timer::Sync), at(701))),
        [ClientCommand::WatchPosts { post_ids: vec![PostId::new(1)], known: vec![] }]
    );
}

#[test]
fn a_watch_refused_for_good_is_not_asked_again() {
    let mut machine = watching();
    machine.step(refused(2, ErrorCode::Invalid, None), at(1));
    assert!(commands(&machine.step(Input::Timer(Timer::Sync), at(2))).is_empty());
}

#[test]
fn a_feed_counts_as_possible_until_its_end_is_acknowledged() {
    let (everyone, following) = (FeedKind::Everyone, FeedKind::Following);
    let mut machine = watching();
    let feeds = |possible: &[FeedKind], confirmed: &[FeedKind]| Effect::Feeds {
        possible: possible.to_vec(),
        confirmed: confirmed.to_vec(),
    };
    assert!(machine.step(ack(1, AckResult::default()), at(0)).contains(&feeds(&[everyone], &[everyone])));
    // 3 ends the one, 4 begins the other.
    let effects = machine.step(wish(&[following], &[1]), at(1));
    assert!(effects.contains(&feeds(&[everyone, following], &[])));
    assert!(machine.step(ack(3, AckResult::default()), at(2)).contains(&feeds(&[following], &[])));
    assert!(machine.step(ack(4, AckResult::default()), at(2)).contains(&feeds(&[following], &[following])));
}

#[test]
fn the_last_acknowledgement_stops_the_wait_for_answers() {
    let mut machine = watching();
    assert!(machine.step(ack(1, AckResult::default()), at(0)).contains(&Effect::Set(Timer::Answer, ANSWER_MS)));
    assert!(machine.step(ack(2, AckResult::default()), at(0)).contains(&Effect::Clear(Timer::Answer)));
}

#[test]
fn a_page_of_somebody_else_is_loaded_again() {
    let mut machine = after(&[(0, Input::Start { user: UserId::new(8), mark: None })]);
    let effects = machine.step(connected(), at(0));
    assert!(effects.contains(&Effect::ReloadPage) && effects.contains(&Effect::Close));
}

fn joined(ids: &[u64]) -> Input {
    let conversations = ids.iter().map(|id| ConversationId::new(*id)).collect();
    Input::Wishes(Wishes { conversations, ..Wishes::default() })
}

fn message(id: &str) -> (ClientCommand, Errand) {
    let message = NewMessage { content: "hi".into(), client_id: Some(id.into()), ..NewMessage::default() };
    (ClientCommand::SendMessage { conversation_id: ConversationId::new(1), message }, Errand::Message(id.into()))
}

fn send(machine: &mut Connection, id: &str) -> Vec<Effect> {
    let (command, errand) = message(id);
    machine.step(Input::Command(command, Some(errand)), at(1))
}

#[test]
fn conversations_on_screen_are_joined_and_joined_again_after_a_reconnect() {
    let id = ConversationId::new;
    let mut machine = live();
    assert_eq!(
        commands(&machine.step(joined(&[1, 2]), at(1))),
        [1, 2].map(|at| ClientCommand::JoinConversation { conversation_id: id(at) })
    );
    assert_eq!(
        commands(&machine.step(joined(&[2, 3]), at(2))),
        [
            ClientCommand::LeaveConversation { conversation_id: id(1) },
            ClientCommand::JoinConversation { conversation_id: id(3) },
        ]
    );
    machine.step(Input::Closed(4409), at(LATER));
    let again = commands(&machine.step(connected(), at(LATER)));
    assert_eq!(again[..2], [2, 3].map(|at| ClientCommand::JoinConversation { conversation_id: id(at) }));
}

#[test]
fn what_was_missed_is_asked_for_without_any_feed() {
    let mut machine = live();
    machine.step(offset(17), at(1));
    machine.step(Input::Closed(4409), at(LATER));
    let effects = machine.step(connected_to("e", 30), at(LATER));
    assert_eq!(commands(&effects), [ClientCommand::Resume { epoch: "e".into(), offset: 17, conversations: vec![] }]);
    assert!(!effects.contains(&Effect::Current));
    assert!(machine.step(resumed(1, true), at(LATER)).contains(&Effect::Current));
}

#[test]
fn a_first_connection_without_a_mark_is_current_at_once() {
    assert!(opening().step(connected(), at(0)).contains(&Effect::Current));
}

#[test]
fn an_errand_is_answered_whatever_becomes_of_it() {
    let answered = |answer: Answer| Effect::Answered(message("a").1, answer);
    let mut machine = live();
    assert_eq!(commands(&send(&mut machine, "a")), [message("a").0]);
    assert!(machine.step(ack(1, AckResult::default()), at(2)).contains(&answered(Answer::Done)));

    send(&mut machine, "a");
    let effects = machine.step(refused(2, ErrorCode::RateLimited, Some(700)), at(2));
    let error = ApiError { retry_after_ms: Some(700), ..ApiError::new(ErrorCode::RateLimited, "no") };
    assert!(effects.contains(&answered(Answer::Refused(error))));

    send(&mut machine, "a");
    assert!(machine.step(Input::Closed(1006), at(LATER)).contains(&answered(Answer::Lost)));
    assert_eq!(send(&mut machine, "a"), [answered(Answer::Lost)], "nothing waits here for a connection");
}

#[test]
fn a_command_that_nobody_waits_for_carries_no_reference() {
    let typing = ClientCommand::Typing { conversation_id: ConversationId::new(1), is_typing: true };
    let effects = live().step(Input::Command(typing.clone(), None), at(1));
    assert_eq!(effects, [Effect::Send(CommandFrame { command: typing.clone(), reference: None })]);
    assert!(waiting().step(Input::Command(typing, None), at(LATER)).is_empty());
}

fn any_input() -> impl Strategy<Value = Input> {
    let code = prop::sample::select(vec![1000, 1006, 1009, 1012, 1013, 4401, 4403, 4408, 4409, 4429]);
    let timer = prop::sample::select(vec![
        Timer::Opening,
        Timer::Retry,
        Timer::Announce,
        Timer::Tick,
        Timer::Heartbeat,
        Timer::Pong,
        Timer::Stable,
        Timer::Answer,
        Timer::Sync,
    ]);
    prop_oneof![
        Just(start().1),
        Just(Input::Online),
        Just(Input::Offline),
        Just(Input::Visible),
        Just(Input::PageHidden),
        Just(Input::PageShown),
        Just(Input::RetryNow),
        Just(Input::Command(message("a").0, Some(message("a").1))),
        (0u64..4).prop_map(|id| joined(&[id, 9])),
        Just(connected()),
        Just(pong()),
        Just(going_away(500)),
        (0u64..40).prop_map(offset),
        (1u64..30).prop_map(|reference| ack(reference, AckResult::default())),
        (1u64..30, any::<bool>()).prop_map(|(reference, ok)| resumed(reference, ok)),
        (1u64..30).prop_map(|reference| refused(reference, ErrorCode::RateLimited, None)),
        (0u64..4, any::<bool>()).prop_map(|(posts, feed)| wish(
            if feed { &[FeedKind::Everyone] } else { &[] },
            &(0..posts).collect::<Vec<_>>()
        )),
        code.prop_map(Input::Closed),
        timer.prop_map(Input::Timer),
        Just(Input::Refreshed(Refreshed::Renewed)),
        Just(Input::Refreshed(Refreshed::Failed)),
    ]
}

proptest! {
    /// Whatever happens, there is one socket at most, and somebody who is signed in and allowed is never left without a
    /// socket, a refresh or a running timer.
    #[test]
    fn it_never_gives_up_and_never_holds_two_sockets(inputs in prop::collection::vec((0u64..20_000, any_input()), 0..80)) {
        let mut machine = opening();
        let (mut socket, mut retry) = (true, false);
        let mut now_ms = 0;
        for (passed, input) in inputs {
            now_ms += passed;
            // The driver's side: a closed socket is gone, a timer that ran out does not run, and only sockets close.
            match &input {
                Input::Closed(_) if !socket => continue,
                Input::Closed(_) => socket = false,
                Input::Timer(Timer::Retry) if !retry => continue,
                Input::Timer(Timer::Retry) => retry = false,
                Input::Frame(_) if !socket => continue,
                _ => {}
            }
            for effect in machine.step(input, at(now_ms)) {
                match effect {
                    Effect::Open => {
                        prop_assert!(!socket, "two sockets");
                        socket = true;
                    }
                    Effect::Close => socket = false,
                    Effect::Set(Timer::Retry, _) => retry = true,
                    Effect::Clear(Timer::Retry) => retry = false,
                    Effect::Send(_) => prop_assert!(socket, "a command without a socket"),
                    _ => {}
                }
            }
            match machine.phase {
                Phase::Opening | Phase::Live => prop_assert!(socket && !retry),
                Phase::Waiting { .. } => prop_assert!(retry && !socket),
                Phase::Idle | Phase::Refreshing | Phase::SignedOut | Phase::Forbidden | Phase::Hidden => {
                    prop_assert!(!socket && !retry);
                }
            }
        }
    }
}
