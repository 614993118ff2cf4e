//! The load generator, for a few seconds, with people of every dialect against the real program: they do things, and what
//! it checks is right.

use clap::Parser;
use hubbub_load::{options::Options, run};

#[test]
fn people_of_every_dialect_do_things_and_nothing_is_wrong() {
    let words = [
        // Built for tests the server is slow, and other tests run beside this one.
        "--pages",
        "2",
        "--start",
        env!("CARGO_BIN_EXE_hubbub"),
        "--people",
        "150",
        "--native",
        "34",
        "--socketio",
        "33",
        "--channels",
        "33",
        "--posts",
        "200",
        "--pace",
        "10",
        "--settle",
        "1",
        "--seconds",
        "4",
        "--receivers",
        "0",
    ];
    let options = Options::parse_from(["hubbub-load"].into_iter().chain(words));
    let mut lines = Vec::new();
    let summary = run::run(&options, &mut |line| lines.push(line.to_owned())).unwrap();
    let printed = lines.join("\n");
    // A server on a machine that is busy with other tests may say so: that is no fault.
    assert!(summary.findings.are_none(), "{printed}");
    let [step] = summary.steps.as_slice() else { panic!("{printed}") };
    let (sockets, requests) = (&step.sockets, &step.requests);
    assert!(sockets.said > 0 && sockets.reads > 0 && sockets.cuts > 0 && sockets.resumed > 0, "{printed}");
    assert!(sockets.acks.len() as u64 > sockets.said / 2 && sockets.screens.len() > sockets.acks.len(), "{printed}");
    assert!(requests.likes > 0 && requests.comments + requests.posts > 0 && !requests.pages.is_empty(), "{printed}");
    assert!(printed.contains("people: 150 active") && printed.contains("wrong: 0 lost, 0 doubled, 0 out of order"));
}
