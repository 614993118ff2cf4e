//! Fields of forms: each checked with a sentence that offers the fix, all faults collected before any is told.

use super::errors::{DomainError, Result};
use crate::protocol::{
    errors::FieldError,
    limits::{
        EMAIL_MAX_BYTES, FULL_NAME_MAX_CHARS, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS, USERNAME_MAX_CHARS,
        USERNAME_MIN_CHARS,
    },
};

/// Faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes that `field` is at fault, unless an earlier sentence about it stands.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        if !self.0.iter().any(|fault| fault.field == field) {
            self.0.push(FieldError { field: field.to_owned(), message: message.into() });
        }
    }

    /// Refuses when anything was noted.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with every fault.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(DomainError::Invalid(self.0)) }
    }

    /// A text of at least one and at most `max` characters once trimmed.
    pub fn text(&mut self, field: &str, name: &str, text: &str, max: usize) -> String {
        let text = clean(text);
        if text.is_empty() {
            self.add(field, format!("{name} is empty. Write something."));
        }
        self.at_most(field, name, &text, max);
        text
    }

    /// A text of at most `max` characters.
    pub fn at_most(&mut self, field: &str, name: &str, text: &str, max: usize) {
        let chars = text.chars().count();
        if chars > max {
            self.add(field, format!("{name} is {} characters too long. The limit is {max}.", chars - max));
        }
    }

    /// An address that a letter could reach, in lowercase.
    pub fn email(&mut self, email: &str) -> String {
        let email = email.trim().to_lowercase();
        if email.is_empty() {
            self.add("email", "Enter your e-mail address.");
        } else if email.len() > EMAIL_MAX_BYTES || !looks_like_an_address(&email) {
            self.add("email", "This is no e-mail address. It should look like name@example.org.");
        }
        email
    }

    /// A username, in lowercase.
    pub fn username(&mut self, username: &str) -> String {
        let username = username.trim().trim_start_matches('@').to_lowercase();
        let chars = username.chars().count();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        if username.is_empty() {
            self.add("username", "Choose a username.");
        } else if !(USERNAME_MIN_CHARS..=USERNAME_MAX_CHARS).contains(&chars) {
            self.add("username", format!("Use {USERNAME_MIN_CHARS} to {USERNAME_MAX_CHARS} characters."));
        } else if !username.starts_with(|c: char| c.is_ascii_lowercase())
            || !username.chars().all(allowed)
            || username.ends_with('.')
        {
            self.add(
                "username",
                "Use letters a to z, digits, _ and ., starting with a letter and not ending with a dot.",
            );
        }
        username
    }

    /// A full name, with its spaces put in order.
    pub fn full_name(&mut self, name: &str) -> String {
        let name = clean(name).split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            self.add("full_name", "Enter the name people know you by.");
        }
        self.at_most("full_name", "The name", &name, FULL_NAME_MAX_CHARS);
        name
    }

    /// The length of a password; its strength is the hasher's business.
    pub fn password_length(&mut self, field: &str, password: &str) {
        if password.chars().count() < PASSWORD_MIN_CHARS {
            self.add(field, format!("Use at least {PASSWORD_MIN_CHARS} characters. A few words in a row work well."));
        } else if password.len() > PASSWORD_MAX_BYTES {
            self.add(field, format!("Use at most {PASSWORD_MAX_BYTES} bytes."));
        }
    }
}

/// Cuts what was read one beyond `limit`, so that it was seen whether there is more, to a page; where the next one begins,
/// if there is more.
pub fn cut<T>(rows: &mut Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> String) -> Option<String> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(cursor)
}

/// Unix line ends, no control characters but line breaks, no blank edges.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = text.chars().filter(|c| *c == '\n' || !(c.is_control() || is_direction_override(*c))).collect();
    kept.trim().to_owned()
}

/// Characters that turn the reading direction of what follows: they can make a name or link read as another one.
const fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn looks_like_an_address(email: &str) -> bool {
    let Some((local, host)) = email.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    let labelled = host.split('.').all(|label| !label.is_empty());
    !local.is_empty() && local.len() <= 64 && plain(local) && plain(host) && host.contains('.') && labelled
}

/// Lets a UUID through, in lowercase.
///
/// # Errors
/// When `client_id` is none.
pub fn client_id(client_id: Option<String>) -> Result<Option<String>> {
    let Some(id) = client_id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let dashes = [8, 13, 18, 23];
    let is_uuid = id.len() == 36
        && id.chars().enumerate().all(|(at, c)| if dashes.contains(&at) { c == '-' } else { c.is_ascii_hexdigit() });
    if is_uuid {
        Ok(Some(id.to_lowercase()))
    } else {
        Err(DomainError::invalid(
            "client_id",
            "client_id must be a UUID, such as 3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f.",
        ))
    }
}

/// How many entries a page has: `limit`, or the usual number.
///
/// # Errors
/// When `limit` is zero or above [`crate::protocol::limits::PAGE_MAX`].
pub fn page_size(limit: Option<usize>) -> Result<usize> {
    use crate::protocol::limits::{PAGE_DEFAULT, PAGE_MAX};
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(DomainError::invalid("limit", format!("limit must be from 1 to {PAGE_MAX}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(check: impl FnOnce(&mut Faults)) -> Option<String> {
        let mut faults = Faults::default();
        check(&mut faults);
        faults.0.into_iter().next().map(|fault| fault.field)
    }

    #[test]
    fn a_username_is_put_into_its_plain_form() {
        let mut faults = Faults::default();
        assert_eq!(faults.username(" @Ana.Ferreira "), "ana.ferreira");
        assert!(faults.check().is_ok());
    }

    #[test]
    fn usernames_that_could_mislead_are_refused() {
        for bad in ["", "a", "1ana", "ana-b", "аnа", "ana.", "ana b", &"a".repeat(31)] {
            assert_eq!(fault(|f| drop(f.username(bad))).as_deref(), Some("username"), "{bad}");
        }
    }

    #[test]
    fn addresses_that_no_letter_could_reach_are_refused() {
        for bad in ["", "ana", "ana@", "@b.org", "a b@c.org", "a@b", "a@b..org", "a@@b.org"] {
            assert_eq!(fault(|f| drop(f.email(bad))).as_deref(), Some("email"), "{bad}");
        }
        assert_eq!(fault(|f| drop(f.email("Ana+list@Example.org"))), None);
    }

    #[test]
    fn text_keeps_its_lines_and_loses_what_cannot_be_seen() {
        assert_eq!(clean("  a\r\nb\u{0}\u{202E}c \n"), "a\nbc");
    }

    #[test]
    fn a_client_id_must_be_a_uuid() {
        assert!(client_id(Some("not-one".into())).is_err());
        let id = client_id(Some("3F1C9D2E-5B7A-4C1D-9E8F-0A1B2C3D4E5F".into())).expect("a UUID");
        assert_eq!(id.as_deref(), Some("3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f"));
    }

    #[test]
    fn a_page_has_a_bounded_size() {
        assert_eq!(page_size(None).expect("the usual"), 20);
        assert!(page_size(Some(0)).is_err());
        assert!(page_size(Some(101)).is_err());
    }

    #[test]
    fn a_page_says_where_the_next_begins_only_if_there_is_one() {
        let mut rows = vec![9, 8, 7];
        assert_eq!(cut(&mut rows, 2, ToString::to_string).as_deref(), Some("8"));
        assert_eq!(rows, [9, 8]);
        assert_eq!(cut(&mut rows, 2, ToString::to_string), None);
        assert_eq!(cut(&mut Vec::<u8>::new(), 2, ToString::to_string), None);
    }
}
