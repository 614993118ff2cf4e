//! Forms sent without JavaScript: the answer is a redirect back to the page, which then shows what was typed and what
//! came of it.
//!
//! What was typed waits here, in memory, for the one page load that follows: at most [`KEPT_MAX`] forms for at most
//! [`KEPT_FOR`], the oldest given up first. It is found by a random name in a cookie that scripts cannot read. Passwords
//! are never kept.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use leptos::server_fn::ServerFn as _;
use parking_lot::Mutex;

use crate::{
    api::{
        comments::AddComment,
        conversations::{EditMessage, SEND_FORM_HREF},
        posts::EditPost,
        tokens::MakeToken,
    },
    app::refused::{MADE, RefusedForm},
    protocol::{errors::ApiError, time::Timestamp},
    server::{auth::tokens::new_refresh_token, domain::Domain},
};

/// Forms waiting for their page.
const KEPT_MAX: usize = 256;
/// How long one waits.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// A form larger than this is answered, but not shown again; the longest post takes a third of it.
const FORM_MAX_BYTES: usize = 64 * 1024;
/// The cookie with the form's random name.
const COOKIE: &str = "hubbub_form";

/// Forms that were sent and whose page has not been loaded yet. Clones are the same.
#[derive(Clone, Default)]
pub struct SentForms {
    kept: Arc<Mutex<VecDeque<Kept>>>,
    /// Whether the cookie goes over https alone.
    secure: bool,
}

struct Kept {
    name: String,
    at: Timestamp,
    form: RefusedForm,
}

impl SentForms {
    /// None yet. `secure`: people use https.
    #[must_use]
    pub fn new(secure: bool) -> Self {
        Self { kept: Arc::default(), secure }
    }

    /// The cookie that names a form.
    fn cookie_for(&self, name: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{COOKIE}={name}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", KEPT_FOR.as_secs())
    }

    /// Keeps a form under a fresh name; `None` when no randomness is to be had.
    fn keep(&self, form: RefusedForm, now: Timestamp) -> Option<String> {
        let name = new_refresh_token().ok()?;
        let mut kept = self.kept.lock();
        kept.retain(|old| now.since(old.at) < KEPT_FOR);
        while kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Kept { name: name.clone(), at: now, form });
        Some(name)
    }

    /// Hands the form out, once, to whoever has its name in a cookie.
    #[must_use]
    pub fn take(&self, request: &HeaderMap, now: Timestamp) -> Option<RefusedForm> {
        let name = cookie(request, COOKIE)?;
        let mut kept = self.kept.lock();
        let at = kept.iter().position(|old| old.name == name)?;
        kept.remove(at).filter(|old| now.since(old.at) < KEPT_FOR).map(|old| old.form)
    }
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(request: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let headers = request.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|value| value.split(';')).find_map(|pair| {
        let (at, value) = pair.trim().split_once('=')?;
        (at == name).then_some(value)
    })
}

/// A form on its way through the server function it was sent to.
pub struct FormOnItsWay {
    action: String,
    values: Vec<(String, String)>,
    page: String,
}

impl FormOnItsWay {
    /// Looks at a request before it is answered: `None` for the app's own calls, which handle their answer themselves.
    /// The request comes back whole.
    pub async fn notice(request: Request) -> (Option<Self>, Request) {
        if !is_plain_form(&request) {
            return (None, request);
        }
        let action = request.uri().path().to_owned();
        let page = page_of(request.headers());
        let (parts, body) = request.into_parts();
        let is_urlencoded = is_type(&parts.headers, "application/x-www-form-urlencoded");
        let small = content_length(&parts.headers).is_some_and(|bytes| bytes <= FORM_MAX_BYTES);
        if !(is_urlencoded && small) {
            return (Some(Self { action, values: Vec::new(), page }), Request::from_parts(parts, body));
        }
        // The length was announced and is checked by the server below: reading stops there in any case.
        let bytes = to_bytes(body, FORM_MAX_BYTES).await.unwrap_or_else(|_| Bytes::new());
        let values = typed(&bytes);
        (Some(Self { action, values, page }), Request::from_parts(parts, Body::from(bytes)))
    }

    /// A field that was read elsewhere: forms with files are not read here.
    #[must_use]
    pub fn saying(mut self, name: &str, value: String) -> Self {
        self.values.push((name.to_owned(), value));
        self
    }

    /// The page it stands on, without what opened it there (`?edit=1`, `?reply=5`): it has been carried out.
    fn page_afterwards(&self) -> String {
        let is_reply = || self.values.iter().any(|(name, _)| name == "parent_id");
        match self.action.as_str() {
            action if action == EditPost::url() || action == EditMessage::url() => without(&self.page, "edit"),
            // What was sent stands on the newest page.
            SEND_FORM_HREF => without(&without(&self.page, "reply"), "before"),
            action if action == AddComment::url() && is_reply() => without(&self.page, "reply"),
            _ => self.page.clone(),
        }
    }

    /// Turns the answer of the server function into the redirect that a browser without JavaScript follows.
    pub async fn answer(self, forms: &SentForms, domain: &Domain, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let failed = parts.headers.contains_key(leptos::server_fn::error::SERVER_FN_ERROR_HEADER);
        let (error, made) = if failed {
            (Some(read_error(body).await), None)
        } else if self.action == MakeToken::url() {
            // A token is shown once, on the page that comes next.
            (None, read_text(body).await)
        } else {
            (None, None)
        };
        let to = match &error {
            Some(_) => Some(self.page.clone()),
            // A server function that leads elsewhere has said so; otherwise the way is back, without leftovers.
            None if location(&parts.headers).is_some_and(|to| !to.starts_with("http")) => None,
            None => Some(self.page_afterwards()),
        };
        let mut values = if error.is_some() { self.values } else { keys_only(self.values) };
        values.extend(made.map(|made| (MADE.to_owned(), made)));
        let form = RefusedForm { action: self.action, values, error };
        if let Some(name) = forms.keep(form, domain.now())
            && let Ok(value) = HeaderValue::try_from(forms.cookie_for(&name))
        {
            parts.headers.append(header::SET_COOKIE, value);
        }
        if let Some(to) = to.and_then(|to| HeaderValue::try_from(to).ok()) {
            parts.headers.insert(header::LOCATION, to);
        }
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.status = StatusCode::SEE_OTHER;
        Response::from_parts(parts, Body::empty())
    }
}

/// A browser's own form: it posts, and it wants a page back.
fn is_plain_form(request: &Request) -> bool {
    let accepts_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    request.method() == Method::POST && accepts_page
}

fn is_type(headers: &HeaderMap, expected: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(expected))
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::LOCATION)?.to_str().ok()
}

/// The page that the form stands on, as a path on this server: only that part of the `Referer` is believed.
fn page_of(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let uri = referer.parse::<Uri>().ok();
    let path = uri.as_ref().and_then(Uri::path_and_query).map_or("/", |path| path.as_str());
    // Two slashes at the start would lead to another host.
    format!("/{}", path.trim_start_matches('/'))
}

/// The page without one name in its query.
fn without(page: &str, name: &str) -> String {
    let Some((path, query)) = page.split_once('?') else { return page.to_owned() };
    let left: Vec<&str> = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
    if left.is_empty() { path.to_owned() } else { [path, "?", &left.join("&")].concat() }
}

/// Names and values of a form, without passwords.
fn typed(body: &[u8]) -> Vec<(String, String)> {
    pairs(body).filter(|(name, _)| !name.ends_with("password")).collect()
}

/// What tells one of several like forms apart, without the text in them: values as short as an id.
fn keys_only(values: Vec<(String, String)>) -> Vec<(String, String)> {
    const KEY_MAX_BYTES: usize = 20;
    values.into_iter().filter(|(_, value)| value.len() <= KEY_MAX_BYTES).collect()
}

/// Splits `a=1&b=2` and undoes the encoding of forms.
fn pairs(body: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut next = || decode(halves.next().unwrap_or_default());
        (next(), next())
    })
}

/// Undoes `+` and `%XX`; what is not valid UTF-8 becomes U+FFFD.
fn decode(text: &[u8]) -> String {
    let mut bytes = text.iter().copied();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.map_or(0, hex_digit));
                let [high, low] = digits;
                high * 16 + low
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A digit's value; browsers send no other characters here, and for those zero is as good as anything.
fn hex_digit(digit: u8) -> u8 {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or_default()
}

/// What a server function answered.
async fn read_text(body: Body) -> Option<String> {
    let bytes = to_bytes(body, FORM_MAX_BYTES).await.ok()?;
    String::from_utf8(bytes.to_vec()).ok()
}

/// The error in the body of a failed server function.
async fn read_error(body: Body) -> ApiError {
    use leptos::server_fn::error::FromServerFnError as _;
    ApiError::de(to_bytes(body, FORM_MAX_BYTES).await.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(action: &str) -> RefusedForm {
        RefusedForm { action: action.to_owned(), values: Vec::new(), error: None }
    }

    fn with_cookie(name: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::try_from(format!("a=b; {COOKIE}={name}")).unwrap());
        headers
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn where_people_use_https_the_cookie_goes_nowhere_else() {
        assert!(SentForms::new(true).cookie_for("a").ends_with("; Secure"));
        assert!(!SentForms::new(false).cookie_for("a").contains("Secure"));
    }

    #[test]
    fn a_form_is_handed_out_once() {
        let forms = SentForms::default();
        let name = forms.keep(form("/sfn/x"), NOW).unwrap();
        assert_eq!(forms.take(&with_cookie(&name), NOW), Some(form("/sfn/x")));
        assert_eq!(forms.take(&with_cookie(&name), NOW), None);
    }

    #[test]
    fn a_form_does_not_wait_longer_than_said() {
        let forms = SentForms::default();
        let name = forms.keep(form("/sfn/x"), NOW).unwrap();
        assert_eq!(forms.take(&with_cookie(&name), NOW.plus(KEPT_FOR)), None);
    }

    #[test]
    fn the_oldest_form_makes_room() {
        let forms = SentForms::default();
        let first = forms.keep(form("/sfn/first"), NOW).unwrap();
        let second = forms.keep(form("/sfn/second"), NOW).unwrap();
        for _ in 1..KEPT_MAX {
            forms.keep(form("/sfn/more"), NOW);
        }
        assert_eq!(forms.take(&with_cookie(&first), NOW), None);
        assert!(forms.take(&with_cookie(&second), NOW).is_some());
    }

    #[test]
    fn passwords_are_not_kept() {
        let values = typed(b"login=ana%40example.org&password=se+cret&new_password=x&bio=a+%26+b");
        let expected = [("login", "ana@example.org"), ("bio", "a & b")];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_form_that_was_carried_out_does_not_open_again() {
        let after = |action: &str, fields: &[(&str, &str)], page: &str| {
            let values = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            FormOnItsWay { action: action.to_owned(), values, page: page.to_owned() }.page_afterwards()
        };
        assert_eq!(after(EditPost::url(), &[("id", "7")], "/posts/7?edit=1"), "/posts/7");
        let reply = [("parent_id", "5")];
        assert_eq!(after(AddComment::url(), &reply, "/posts/7?before=3&reply=5"), "/posts/7?before=3");
        assert_eq!(after(AddComment::url(), &[], "/posts/7?reply=5"), "/posts/7?reply=5");
        assert_eq!(after("/sfn/posts/like", &[("id", "7")], "/posts/7?edit=1"), "/posts/7?edit=1");
        assert_eq!(after(EditMessage::url(), &[("id", "9")], "/messages/7?edit=9"), "/messages/7");
        assert_eq!(after(SEND_FORM_HREF, &[], "/messages/7?before=3&reply=5"), "/messages/7");
        assert_eq!(after(EditPost::url(), &[], "/search?q=edit"), "/search?q=edit");
    }

    #[test]
    fn the_way_back_never_leaves_the_site() {
        let page = |referer: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::REFERER, HeaderValue::try_from(referer).unwrap());
            page_of(&headers)
        };
        assert_eq!(page("https://hub.example/settings?x=1"), "/settings?x=1");
        assert_eq!(page("https://evil.example//other.example/"), "/other.example/");
        assert_eq!(page("nonsense"), "/");
    }
}
