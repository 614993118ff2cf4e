//! Links, mentions and tags in a text, found once when it is written.

use linkify::{LinkFinder, LinkKind};

use super::{errors::Result, ports::Read};
use crate::protocol::{
    ids::UserId,
    limits::USERNAME_MAX_CHARS,
    views::{Entity, EntityKind},
};

/// A tag longer than this is text, not a tag.
const TAG_MAX_CHARS: usize = 60;

/// Everything in `text` that looks like a link, a mention or a tag, in order.
fn candidates(text: &str) -> Vec<Entity> {
    let mut found: Vec<Entity> = links(text);
    let free = |at: usize, found: &[Entity]| !found.iter().any(|link| (link.start..link.end).contains(&at));
    let mut marked = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        let begins = !before.is_some_and(|b: char| b.is_alphanumeric() || b == '_' || b == '/' || b == '&');
        if begins && free(at, &found) {
            let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
            match c {
                '@' => marked.extend(mention(rest, at)),
                '#' => marked.extend(tag(rest, at)),
                _ => {}
            }
        }
        before = Some(c);
    }
    found.extend(marked);
    found.sort_by_key(|entity| entity.start);
    found
}

fn links(text: &str) -> Vec<Entity> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    finder
        .links(text)
        .filter_map(|link| {
            let written = link.as_str();
            let lower = written.to_lowercase();
            let url = if lower.starts_with("https://") || lower.starts_with("http://") {
                written.to_owned()
            } else if lower.contains("://") || !lower.starts_with("www.") {
                // Only the web: no other scheme is ever linked, and "e.g.this" is no address.
                return None;
            } else {
                format!("https://{written}")
            };
            Some(Entity { start: link.start(), end: link.end(), kind: EntityKind::Link { url } })
        })
        .collect()
}

fn mention(rest: &str, at: usize) -> Option<Entity> {
    let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '.').collect();
    let name = name.trim_end_matches('.');
    let fits = !name.is_empty() && name.len() <= USERNAME_MAX_CHARS;
    fits.then(|| Entity {
        start: at,
        end: at + 1 + name.len(),
        kind: EntityKind::Mention { username: name.to_lowercase() },
    })
}

fn tag(rest: &str, at: usize) -> Option<Entity> {
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let has_letter = name.chars().any(char::is_alphabetic);
    let fits = has_letter && name.chars().count() <= TAG_MAX_CHARS;
    fits.then(|| Entity { start: at, end: at + 1 + name.len(), kind: EntityKind::Tag { tag: name.to_lowercase() } })
}

/// The entities of a text written by `by`: links, tags, and mentions of people whom they may mention.
///
/// # Errors
/// When the store fails.
pub async fn entities(text: &str, by: UserId, store: &mut (dyn Read + '_)) -> Result<Vec<Entity>> {
    let mut found = candidates(text);
    let named: Vec<String> = found
        .iter()
        .filter_map(|entity| match &entity.kind {
            EntityKind::Mention { username } => Some(username.clone()),
            _ => None,
        })
        .collect();
    if named.is_empty() {
        return Ok(found);
    }
    let existing = store.existing_usernames(by, &named).await?;
    found.retain(|entity| match &entity.kind {
        EntityKind::Mention { username } => existing.contains(username),
        _ => true,
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, EntityKind)> {
        let cut = |e: Entity| (text.get(e.start..e.end).expect("on a character").to_owned(), e.kind);
        candidates(text).into_iter().map(cut).collect()
    }

    #[test]
    fn a_text_is_linked_where_it_should_be() {
        let text = "Thanks @Dev. See https://example.org/a?b=c#d, www.example.com and #OpenStudio!";
        let kinds = found(text);
        assert_eq!(
            kinds,
            vec![
                ("@Dev".into(), EntityKind::Mention { username: "dev".into() }),
                ("https://example.org/a?b=c#d".into(), EntityKind::Link { url: "https://example.org/a?b=c#d".into() }),
                ("www.example.com".into(), EntityKind::Link { url: "https://www.example.com".into() }),
                ("#OpenStudio".into(), EntityKind::Tag { tag: "openstudio".into() }),
            ]
        );
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for text in ["ana@example.org", "C# and a#b", "#1", "javascript:alert(1)", "ftp://x.org", "file:///etc", "@"] {
            assert_eq!(found(text), vec![], "{text}");
        }
    }

    #[test]
    fn places_are_bytes_even_after_other_scripts() {
        let text = "日本 #陶芸 @ana";
        let cut: Vec<_> = found(text).into_iter().map(|(cut, _)| cut).collect();
        assert_eq!(cut, ["#陶芸", "@ana"]);
    }
}
