//! The two cookies of a browser's session: how they are named, set, read and removed.

use std::time::Duration;

use crate::server::domain::REFRESH_LIFETIME;

/// How cookies are written on this site. Cheap to clone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// `secure` when the public address is https: the cookies are then `Secure` and carry the `__Host-` prefix, which
    /// keeps other hosts of the same domain from planting theirs.
    #[must_use]
    pub const fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The name of the cookie that holds the access token.
    #[must_use]
    pub const fn access_name(self) -> &'static str {
        if self.secure { "__Host-hubbub_access" } else { "hubbub_access" }
    }

    /// The name of the cookie that holds the refresh token.
    #[must_use]
    pub const fn refresh_name(self) -> &'static str {
        if self.secure { "__Host-hubbub_refresh" } else { "hubbub_refresh" }
    }

    /// Both `Set-Cookie` values of a session. The access cookie stays as long as the other: an expired token in it is
    /// what makes the server renew, and costs nothing.
    #[must_use]
    pub fn set(self, access_token: &str, refresh_token: &str) -> [String; 2] {
        [
            self.write(self.access_name(), access_token, REFRESH_LIFETIME),
            self.write(self.refresh_name(), refresh_token, REFRESH_LIFETIME),
        ]
    }

    /// Both `Set-Cookie` values that remove the session from the browser.
    #[must_use]
    pub fn clear(self) -> [String; 2] {
        [self.write(self.access_name(), "", Duration::ZERO), self.write(self.refresh_name(), "", Duration::ZERO)]
    }

    /// Whether a `Set-Cookie` value is one of these.
    #[must_use]
    pub fn is_ours(self, set_cookie: &str) -> bool {
        let name = set_cookie.split('=').next().unwrap_or_default().trim();
        name == self.access_name() || name == self.refresh_name()
    }

    /// The tokens in `Cookie` headers: access, refresh. Our tokens need no decoding: they are letters, digits, `.`, `-`
    /// and `_`.
    #[must_use]
    pub fn read<'a>(self, headers: impl Iterator<Item = &'a str>) -> (Option<&'a str>, Option<&'a str>) {
        let (mut access, mut refresh) = (None, None);
        for pair in headers.flat_map(|header| header.split(';')) {
            let Some((name, value)) = pair.trim().split_once('=') else { continue };
            if value.is_empty() {
                continue;
            }
            if name == self.access_name() {
                access = access.or(Some(value));
            } else if name == self.refresh_name() {
                refresh = refresh.or(Some(value));
            }
        }
        (access, refresh)
    }

    fn write(self, name: &str, value: &str, lifetime: Duration) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", lifetime.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_the_cookies_are_bound_to_the_host() {
        let [access, refresh] = Cookies::new(true).set("a.b.c", "r");
        assert_eq!(access, "__Host-hubbub_access=a.b.c; Path=/; Max-Age=5184000; HttpOnly; SameSite=Lax; Secure");
        assert!(refresh.starts_with("__Host-hubbub_refresh=r; "));
    }

    #[test]
    fn over_http_they_still_hide_from_scripts_and_other_sites() {
        let [access, _] = Cookies::new(false).set("a.b.c", "r");
        assert_eq!(access, "hubbub_access=a.b.c; Path=/; Max-Age=5184000; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn what_is_set_is_read_back() {
        let cookies = Cookies::new(false);
        let headers = ["theme=dark; hubbub_access=a.b.c", "hubbub_refresh=r; hubbub_access=second"];
        assert_eq!(cookies.read(headers.into_iter()), (Some("a.b.c"), Some("r")));
        assert_eq!(cookies.read(["hubbub_access=; x"].into_iter()), (None, None));
        assert_eq!(Cookies::new(true).read(headers.into_iter()), (None, None));
    }

    #[test]
    fn removing_them_ends_them_at_once() {
        let cleared = Cookies::new(false).clear();
        assert!(cleared.iter().all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0")));
        assert!(cleared.iter().all(|cookie| Cookies::new(false).is_ours(cookie)));
        assert!(!Cookies::new(false).is_ours("theme=dark"));
    }
}
