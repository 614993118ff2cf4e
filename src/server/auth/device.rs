//! A device in words, from what it says about itself: "Firefox on Linux".

/// Longest name that is kept of a program that is no browser.
const PROGRAM_MAX_CHARS: usize = 40;

// Browsers that claim to be another one as well stand before that one.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

// iPhones claim to be like Mac OS X, Android claims to be Linux.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// The words for a `User-Agent`, for the list of sessions. Only a label: nothing is decided by it.
#[must_use]
pub fn device_words(user_agent: Option<&str>) -> String {
    let Some(agent) = user_agent.map(str::trim).filter(|agent| !agent.is_empty()) else {
        return "Unknown device".to_owned();
    };
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) if agent.starts_with("Mozilla/") => format!("Browser on {system}"),
        (None, _) => program(agent),
    }
}

/// The first word of a `User-Agent` without its version, such as `curl`.
fn program(agent: &str) -> String {
    let name = agent.split(['/', ' ']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(PROGRAM_MAX_CHARS).collect();
    if name.is_empty() { "Unknown device".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_own_name() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32", "python-requests"),
        ] {
            assert_eq!(device_words(Some(agent)), words);
        }
    }

    #[test]
    fn silence_and_noise_have_words_too() {
        assert_eq!(device_words(None), "Unknown device");
        assert_eq!(device_words(Some("  ")), "Unknown device");
        assert_eq!(device_words(Some("/")), "Unknown device");
        assert_eq!(device_words(Some(&"x".repeat(500))).len(), PROGRAM_MAX_CHARS);
    }
}
