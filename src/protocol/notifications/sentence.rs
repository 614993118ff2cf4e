//! The sentence of each notification, made in one place for the bell, toasts, browser notifications, Web Push and letters.

use super::{NotificationData, Occasion};

/// A stretch of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A name or a number that stands out.
    Strong(String),
    /// The words between.
    Plain(String),
    /// What somebody said, without quotation marks.
    Quote(String),
}

impl Part {
    fn plain(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

/// The whole sentence, to be set in type: "**Ana**, **Ben** and **41 others** liked your post “…”".
#[must_use]
pub fn parts(data: &NotificationData) -> Vec<Part> {
    let mut parts = Vec::new();
    if data.occasion == Occasion::Announced {
        parts.extend([Part::Strong("Announcement".to_owned()), Part::plain(" · ")]);
        parts.extend(data.subject.clone().map(Part::Plain));
        return parts;
    }
    if data.occasion == Occasion::ApplicationMoved {
        return moved(data);
    }
    if data.occasion == Occasion::Tested {
        parts.extend([Part::Strong("Test".to_owned()), Part::plain(" · ")]);
        parts.extend(data.excerpt.clone().map(Part::Plain));
        return parts;
    }
    people(data, &mut parts);
    parts.push(Part::Plain(deed(data)));
    if let Some(subject) = named_subject(data) {
        parts.push(Part::Strong(subject));
    }
    if let Some(excerpt) = data.excerpt.clone().filter(|excerpt| !excerpt.is_empty()) {
        let opening = if speaks(data.occasion) { ": " } else { " " };
        parts.extend([Part::plain(opening), Part::Quote(excerpt)]);
    }
    parts
}

/// [`parts`] as plain text, the quote in quotation marks.
#[must_use]
pub fn plain(data: &NotificationData) -> String {
    let text = parts(data).into_iter().map(|part| match part {
        Part::Strong(text) | Part::Plain(text) => text,
        Part::Quote(text) => ["“", &text, "”"].concat(),
    });
    text.collect()
}

/// Who, in as few words as a title has: "Ana", "Ana and Ben", "Ana and 42 others"; or the title of the announcement.
#[must_use]
pub fn title(data: &NotificationData) -> String {
    match data.occasion {
        Occasion::Announced | Occasion::ApplicationMoved => data.subject.clone().unwrap_or_default(),
        Occasion::Tested => "Test".to_owned(),
        _ => {
            let names: Vec<&str> = data.actors.iter().map(|person| person.full_name.as_str()).collect();
            match (names.as_slice(), data.actor_count) {
                ([], _) => "Somebody".to_owned(),
                ([one, ..], 0 | 1) => (*one).to_owned(),
                ([one, two, ..], 2) => [one, " and ", two].concat(),
                ([one, ..], count) => [one, " and ", &others(count - 1)].concat(),
            }
        }
    }
}

fn moved(data: &NotificationData) -> Vec<Part> {
    let mut parts = vec![Part::plain("Your application for ")];
    parts.push(Part::Strong(data.subject.clone().unwrap_or_default()));
    if let Some(stage) = data.excerpt.clone() {
        parts.extend([Part::plain(" is now: "), Part::Strong(stage)]);
    }
    parts
}

/// "Ana", "Ana and Ben", "Ana, Ben and Chloe", "Ana, Ben and 41 others".
fn people(data: &NotificationData, parts: &mut Vec<Part>) {
    let names: Vec<String> = data.actors.iter().map(|person| person.full_name.clone()).collect();
    let shown = if data.actor_count > 3 { 2 } else { 3 };
    let named: Vec<String> = names.into_iter().take(shown).collect();
    let rest = data.actor_count.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
    let mut people: Vec<String> = named;
    if rest > 0 {
        people.push(if people.is_empty() { "Somebody".to_owned() } else { others(rest) });
    }
    let last = people.len().saturating_sub(1);
    for (place, name) in people.into_iter().enumerate() {
        if place > 0 {
            parts.push(Part::plain(if place == last { " and " } else { ", " }));
        }
        parts.push(Part::Strong(name));
    }
}

fn others(count: u64) -> String {
    if count == 1 { "1 other".to_owned() } else { [&grouped(count), " others"].concat() }
}

/// `1234567` as "1,234,567".
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What they did, with the space before it.
fn deed(data: &NotificationData) -> String {
    let several = data.count > data.actor_count && data.count > 1;
    match data.occasion {
        Occasion::PostLiked => " liked your post".to_owned(),
        Occasion::CommentLiked => " liked your comment".to_owned(),
        Occasion::PostCommented if several => [" left ", &grouped(data.count), " comments on your post"].concat(),
        Occasion::PostCommented if data.actor_count > 1 => " commented on your post".to_owned(),
        Occasion::PostCommented => " commented".to_owned(),
        Occasion::CommentReplied if several => [" left ", &grouped(data.count), " replies to your comment"].concat(),
        Occasion::CommentReplied if data.actor_count > 1 => " replied to your comment".to_owned(),
        Occasion::CommentReplied => " replied".to_owned(),
        Occasion::Followed => " followed you".to_owned(),
        Occasion::Wrote if several => [" sent you ", &grouped(data.count), " messages"].concat(),
        Occasion::Wrote => " wrote".to_owned(),
        Occasion::WroteInGroup if several => [" wrote ", &grouped(data.count), " messages in "].concat(),
        Occasion::WroteInGroup => " wrote in ".to_owned(),
        Occasion::MentionedInPost | Occasion::MentionedInComment | Occasion::MentionedInMessage => {
            " mentioned you".to_owned()
        }
        Occasion::ConnectionAsked if data.actor_count > 1 => " want to connect".to_owned(),
        Occasion::ConnectionAsked => " wants to connect".to_owned(),
        Occasion::ConnectionAccepted => " accepted your request to connect".to_owned(),
        Occasion::Applied => " applied to ".to_owned(),
        // These have sentences of their own.
        Occasion::ApplicationMoved | Occasion::Announced | Occasion::Tested => String::new(),
    }
}

/// The subject of those whose deed ends with it.
fn named_subject(data: &NotificationData) -> Option<String> {
    matches!(data.occasion, Occasion::WroteInGroup | Occasion::Applied).then(|| data.subject.clone()).flatten()
}

/// Whether the excerpt is what they said, and not what they said something about.
const fn speaks(occasion: Occasion) -> bool {
    !matches!(occasion, Occasion::PostLiked | Occasion::CommentLiked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ids::UserId, views::PersonRef};

    fn data(occasion: Occasion, names: &[&str], actor_count: u64, count: u64) -> NotificationData {
        let person = |(place, name): (usize, &&str)| PersonRef {
            id: UserId::new(place as u64 + 1),
            username: name.to_lowercase(),
            full_name: (*name).to_owned(),
            avatar_url: None,
        };
        NotificationData {
            occasion,
            actor_count,
            count,
            actors: names.iter().enumerate().map(person).collect(),
            subject: Some("Studio technician".to_owned()),
            excerpt: None,
            href: "/".to_owned(),
        }
    }

    #[test]
    fn likes_name_two_people_and_count_the_rest() {
        let one = data(Occasion::PostLiked, &["Ana"], 1, 1);
        assert_eq!(plain(&one), "Ana liked your post");
        let three = data(Occasion::PostLiked, &["Ana", "Ben", "Chloe"], 3, 3);
        assert_eq!(plain(&three), "Ana, Ben and Chloe liked your post");
        let many = data(Occasion::PostLiked, &["Ana", "Ben", "Chloe"], 43, 43);
        assert_eq!(plain(&many), "Ana, Ben and 41 others liked your post");
        let crowd = data(Occasion::PostLiked, &["Ana", "Ben", "Chloe"], 1_236, 1_236);
        assert_eq!(plain(&crowd), "Ana, Ben and 1,234 others liked your post");
        assert_eq!(title(&crowd), "Ana and 1,235 others");
    }

    #[test]
    fn what_was_said_is_quoted() {
        let mut comment = data(Occasion::PostCommented, &["Leo"], 1, 1);
        comment.excerpt = Some("Which clay?".to_owned());
        assert_eq!(plain(&comment), "Leo commented: “Which clay?”");
        let mut liked = data(Occasion::PostLiked, &["Ana"], 1, 1);
        liked.excerpt = Some("Test tiles".to_owned());
        assert_eq!(plain(&liked), "Ana liked your post “Test tiles”");
    }

    #[test]
    fn several_things_of_few_people_are_counted() {
        assert_eq!(plain(&data(Occasion::Wrote, &["Ana"], 1, 4)), "Ana sent you 4 messages");
        let group = data(Occasion::WroteInGroup, &["Ana", "Ben"], 2, 2);
        assert_eq!(plain(&group), "Ana and Ben wrote in Studio technician");
        assert_eq!(plain(&data(Occasion::PostCommented, &["Ana"], 1, 2)), "Ana left 2 comments on your post");
    }

    #[test]
    fn the_community_and_jobs_speak_for_themselves() {
        assert_eq!(plain(&data(Occasion::Announced, &[], 0, 1)), "Announcement · Studio technician");
        let mut moved = data(Occasion::ApplicationMoved, &["Ana"], 1, 1);
        moved.excerpt = Some("Interview".to_owned());
        assert_eq!(plain(&moved), "Your application for Studio technician is now: Interview");
        assert_eq!(plain(&data(Occasion::Applied, &["Salma"], 1, 1)), "Salma applied to Studio technician");
    }
}
