//! What conversations are called and what is said of them in a line: pure words, the same on both sides.

use crate::{
    app::components::icon::IconName,
    protocol::{
        attachments::{Attachment, AttachmentKind},
        conversations::{Conversation, ConversationItem, ConversationKind, MessageView, Note, Standing},
        ids::{ConversationId, MessageId, UserId},
        views::PersonRef,
    },
};

/// Names in a title or a sentence before the rest is counted.
const NAMES: usize = 3;
/// A quoted or announced text is cut after so many characters.
const LINE_MAX_CHARS: usize = 120;

/// The page of a conversation.
#[must_use]
pub fn conversation_href(id: ConversationId) -> String {
    ["/messages/", &id.get().to_string()].concat()
}

/// The id of a message's element.
#[must_use]
pub fn message_element_id(id: MessageId) -> String {
    ["message-", &id.get().to_string()].concat()
}

/// Everyone but the reader, in the order in which they came.
pub fn others(conversation: &Conversation, me: UserId) -> impl Iterator<Item = &PersonRef> {
    conversation.members.iter().map(|member| &member.person).filter(move |person| person.id != me)
}

/// The other person of a conversation of two.
#[must_use]
pub fn partner(conversation: &Conversation, me: UserId) -> Option<&PersonRef> {
    (conversation.kind == ConversationKind::Direct).then(|| others(conversation, me).next()).flatten()
}

/// What the conversation goes by: its title, the other's name, or the first names of those in it.
#[must_use]
pub fn conversation_name(conversation: &Conversation, me: UserId) -> String {
    if let Some(title) = conversation.title.as_ref().filter(|_| conversation.kind == ConversationKind::Group) {
        return title.clone();
    }
    if let Some(partner) = partner(conversation, me) {
        return partner.full_name.clone();
    }
    let names: Vec<String> = others(conversation, me).map(|person| first_name(&person.full_name)).collect();
    if names.is_empty() { "Just you".to_owned() } else { listed(&names) }
}

/// "Ana, Ben, Dev and you".
#[must_use]
pub fn member_names(conversation: &Conversation, me: UserId) -> String {
    let mut names: Vec<String> = others(conversation, me).map(|person| first_name(&person.full_name)).collect();
    let rest = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    names.push(match rest {
        0 => "you".to_owned(),
        1 => "you and 1 other".to_owned(),
        rest => ["you and ", &rest.to_string(), " others"].concat(),
    });
    if rest > 0 { names.join(", ") } else { listed(&names) }
}

/// "Ana", "Ana and Ben", "Ana, Ben and Dev", "Ana, Ben, Dev and 4 others".
#[must_use]
pub fn listed(names: &[String]) -> String {
    let rest = names.len().saturating_sub(NAMES + 1);
    if rest > 0 {
        let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        return [&shown.join(", "), " and ", &(rest + 1).to_string(), " others"].concat();
    }
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => [&first.join(", "), " and ", last].concat(),
    }
}

/// The first word of a name.
#[must_use]
pub fn first_name(full_name: &str) -> String {
    full_name.split_whitespace().next().unwrap_or(full_name).to_owned()
}

/// The last line of a conversation: "You: On my way", "Ana: Table 14", "Ana added Ben".
#[must_use]
pub fn last_line(item: &ConversationItem, me: UserId) -> String {
    let Some(last) = &item.last_message else { return "Nothing said yet".to_owned() };
    if last.note.is_some() {
        return note_words(last, me);
    }
    let said = if last.deleted { "Deleted message".to_owned() } else { said_line(last) };
    if last.sender_id == me {
        ["You: ", &said].concat()
    } else if item.conversation.kind == ConversationKind::Group {
        [&first_name(&last.sender.full_name), ": ", &said].concat()
    } else {
        said
    }
}

/// The text of a message on one line; what it carries where it has none.
#[must_use]
pub fn said_line(message: &MessageView) -> String {
    match &message.attachment {
        Some(attachment) if message.content.is_empty() => attachment_line(attachment),
        _ => one_line(&message.content),
    }
}

/// "Photo", "Voice message · 0:41", "File: plan.pdf".
#[must_use]
pub fn attachment_line(attachment: &Attachment) -> String {
    let kind = kind_words(attachment.kind);
    match (attachment.kind, attachment.duration_ms) {
        (AttachmentKind::Voice, Some(duration_ms)) => [kind, " · ", &length_words(duration_ms)].concat(),
        (AttachmentKind::File, _) => [kind, ": ", &attachment.name].concat(),
        _ => kind.to_owned(),
    }
}

/// Before the line of a message that carries something.
#[must_use]
pub fn attachment_icon(message: &MessageView) -> Option<IconName> {
    Some(match message.attachment.as_ref()?.kind {
        AttachmentKind::Image => IconName::Image,
        AttachmentKind::Voice => IconName::Voice,
        AttachmentKind::File => IconName::File,
    })
}

/// "Photo", "Voice message", "File".
#[must_use]
pub const fn kind_words(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Image => "Photo",
        AttachmentKind::Voice => "Voice message",
        AttachmentKind::File => "File",
    }
}

/// "0:07", "4:59".
#[must_use]
pub fn length_words(duration_ms: u64) -> String {
    let seconds = duration_ms / 1_000;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let zero = if seconds < 10 { "0" } else { "" };
    [&minutes.to_string(), ":", zero, &seconds.to_string()].concat()
}

/// "640 bytes", "12 KB", "1.2 MB": as people say it, in steps of a thousand and twenty-four.
#[must_use]
pub fn size_words(bytes: u64) -> String {
    const KB: u64 = 1_024;
    const MB: u64 = KB * 1_024;
    match bytes {
        ..KB => [&bytes.to_string(), " bytes"].concat(),
        KB..MB => [&bytes.div_ceil(KB).to_string(), " KB"].concat(),
        _ => {
            let tenths = bytes.saturating_mul(10) / MB;
            let (whole, tenth) = (tenths / 10, tenths % 10);
            let rest = if tenth == 0 { String::new() } else { [".", &tenth.to_string()].concat() };
            [&whole.to_string(), &rest, " MB"].concat()
        }
    }
}

/// A file's name in two parts: the first may be cut where there is no room, the last letters and the ending stay.
#[must_use]
pub fn name_parts(name: &str) -> (&str, &str) {
    /// Letters before the ending that stay.
    const KEPT: usize = 4;
    /// Longer endings are no endings.
    const ENDING_MAX: usize = 8;
    let ending = name.rfind('.').map_or(0, |dot| name.len() - dot);
    let ending =
        if ending > ENDING_MAX { 0 } else { name.get(name.len() - ending..).map_or(0, |end| end.chars().count()) };
    let at = name.char_indices().rev().nth((KEPT + ending).saturating_sub(1)).map_or(0, |(at, _)| at);
    name.split_at_checked(at).unwrap_or((name, ""))
}

/// What happened to a group, as a sentence.
#[must_use]
pub fn note_words(message: &MessageView, me: UserId) -> String {
    let who = if message.sender_id == me { "You".to_owned() } else { message.sender.full_name.clone() };
    let whom = |person: &PersonRef| if person.id == me { "you".to_owned() } else { person.full_name.clone() };
    match &message.note {
        None => String::new(),
        Some(Note::Created) => [&who, " began this group"].concat(),
        Some(Note::Added { person }) => [&who, " added ", &whom(person)].concat(),
        Some(Note::Removed { person }) => [&who, " removed ", &whom(person)].concat(),
        Some(Note::Left) => [&who, " left"].concat(),
        Some(Note::Renamed { title }) => [&who, " named the group “", title, "”"].concat(),
    }
}

/// "Ana is typing…", "Ana and Ben are typing…", "Ana, Ben and 2 others are typing…".
#[must_use]
pub fn typing_words(names: &[String]) -> String {
    let firsts: Vec<String> = names.iter().map(|name| first_name(name)).collect();
    match firsts.as_slice() {
        [] => String::new(),
        [one] => [one, " is typing…"].concat(),
        many => [&listed(many), " are typing…"].concat(),
    }
}

/// A text on one line, cut where it is long.
#[must_use]
pub fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LINE_MAX_CHARS) {
        Some((end, _)) => [line.get(..end).unwrap_or(&line), "…"].concat(),
        None => line,
    }
}

/// Whether the reader has not said yet that they take part.
#[must_use]
pub fn is_request(item: &ConversationItem) -> bool {
    item.mine.standing == Standing::Requested
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_and_the_rest_is_counted() {
        let names = |count: usize| {
            ["Ana", "Ben", "Dev", "Eva", "Finn"].into_iter().take(count).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(listed(&names(1)), "Ana");
        assert_eq!(listed(&names(2)), "Ana and Ben");
        assert_eq!(listed(&names(4)), "Ana, Ben, Dev and Eva");
        assert_eq!(listed(&names(5)), "Ana, Ben, Dev and 2 others");
    }

    #[test]
    fn who_types_is_said_by_first_name() {
        assert_eq!(typing_words(&["Ana Ferreira".into()]), "Ana is typing…");
        assert_eq!(typing_words(&["Ana Ferreira".into(), "Ben Okafor".into()]), "Ana and Ben are typing…");
        assert_eq!(typing_words(&[]), "");
    }

    #[test]
    fn lengths_and_sizes_are_said_in_words() {
        assert_eq!([0, 9_999, 61_000, 300_000].map(length_words), ["0:00", "0:09", "1:01", "5:00"]);
        let sizes = [640, 1_024, 1_025, 1_258_291, 25 * 1_024 * 1_024].map(size_words);
        assert_eq!(sizes, ["640 bytes", "1 KB", "2 KB", "1.1 MB", "25 MB"]);
    }

    #[test]
    fn a_name_keeps_its_ending() {
        assert_eq!(name_parts("quarterly plan.pdf"), ("quarterly ", "plan.pdf"));
        assert_eq!(name_parts("a.txt"), ("", "a.txt"));
        assert_eq!(name_parts("no ending here"), ("no ending ", "here"));
        assert_eq!(name_parts("Grüße über alles.jpeg"), ("Grüße über a", "lles.jpeg"));
        assert_eq!(name_parts(""), ("", ""));
    }

    #[test]
    fn a_long_text_is_cut_to_a_line() {
        assert_eq!(one_line("one\n two"), "one two");
        assert!(one_line(&"word ".repeat(60)).ends_with('…'));
    }
}
