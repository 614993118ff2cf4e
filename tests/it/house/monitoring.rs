//! The dashboard, the alerts and the page about them name metrics that there are.

use std::{collections::BTreeSet, fs};

use hubbub::server::metrics::{Levels, Metrics};

const FILES: [&str; 3] = ["docs/monitoring.md", "docs/monitoring/dashboard.json", "docs/monitoring/alerts.yml"];

fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_'));
    words.filter(|word| word.starts_with("hubbub_")).map(stem).collect()
}

/// A histogram and a counter are named with an ending for each of their series.
fn stem(name: &str) -> String {
    let endings = ["_total", "_bucket", "_count", "_sum"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
}

#[test]
fn what_is_monitored_is_measured() {
    let text = Metrics::new().text(&Levels::default());
    let measured: BTreeSet<String> =
        text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next().map(str::to_owned)).collect();
    assert!(measured.len() > 10, "{text}");
    for file in FILES {
        let named = names(&fs::read_to_string(file).unwrap());
        assert!(named.is_subset(&measured), "{file} names {:?}", named.difference(&measured));
    }
    let told = names(&fs::read_to_string(FILES[0]).unwrap());
    assert_eq!(told, measured, "the page tells all of them");
}
