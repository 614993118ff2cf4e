//! What letters say: each as plain text, and the same as HTML without scripts, pictures or anything of a third party.

use super::super::{
    Domain,
    errors::{DomainError, Result},
    ports::{ClaimedLetter, Letter, LetterPurpose, LetterRecipient},
};
use crate::protocol::notifications::{EmailTiming, Notification};

/// A paragraph of a letter.
enum Paragraph {
    Words(String),
    /// Words that lead somewhere.
    Link(String, String),
}

impl Domain {
    /// All that waits for one person, newest first.
    pub(super) fn write_notifications(
        &self,
        letter: &ClaimedLetter,
        recipient: &LetterRecipient,
        told: &[Notification],
        timing: EmailTiming,
    ) -> Result<Letter> {
        let post = &self.ports.post;
        let subject = match (told, timing) {
            (_, EmailTiming::Daily) => format!("Your day: {} notifications", told.len()),
            ([one], _) => one.message.clone(),
            _ => format!("{} new notifications", told.len()),
        };
        let mut body = vec![Paragraph::Words(format!("Hello {},", recipient.full_name))];
        body.extend(
            told.iter().map(|one| {
                Paragraph::Link(one.message.clone(), [post.origin.as_str(), one.data.href.as_str()].concat())
            }),
        );
        let token = post.keys.unsubscribe(letter.user_id).map_err(DomainError::Internal)?;
        let stop = format!("{}/api/unsubscribe?token={token}", post.origin);
        body.push(Paragraph::Words("You get this letter because you were away.".to_owned()));
        body.push(Paragraph::Link("Choose what you are written about".to_owned(), self.address("/settings")));
        body.push(Paragraph::Link("Stop all of these letters".to_owned(), stop.clone()));
        let newest = told.first().map_or(0, |one| one.notification_id.get());
        let id = format!("{}.{newest}", letter.user_id);
        Ok(written(id, recipient, subject, &body, Some(stop)))
    }

    /// A link that proves that who opens it reads what is sent to an address.
    pub(super) fn write_link(&self, letter: &ClaimedLetter, recipient: &LetterRecipient, key: &str) -> Letter {
        let (subject, path, words, unasked) = match letter.purpose {
            LetterPurpose::Reset => (
                "Set a new password",
                "/reset",
                "Set a new password",
                "The link works once, for an hour. If you did not ask for it, you need not do anything.",
            ),
            _ => (
                "Confirm your address",
                "/confirm",
                "Confirm this address",
                "The link works once, for three days. If you did not join, you need not do anything.",
            ),
        };
        let body = [
            Paragraph::Words(format!("Hello {},", recipient.full_name)),
            Paragraph::Link(words.to_owned(), self.address(&format!("{path}?token={key}"))),
            Paragraph::Words(unasked.to_owned()),
        ];
        let id = format!("{}.{}", letter.user_id, self.next_id());
        written(id, recipient, subject.to_owned(), &body, None)
    }

    fn address(&self, path: &str) -> String {
        [self.ports.post.origin.as_str(), path].concat()
    }
}

fn written(
    id: String,
    recipient: &LetterRecipient,
    subject: String,
    body: &[Paragraph],
    unsubscribe: Option<String>,
) -> Letter {
    let text: Vec<String> = body
        .iter()
        .map(|paragraph| match paragraph {
            Paragraph::Words(words) => words.clone(),
            Paragraph::Link(words, address) => format!("{words}\n{address}"),
        })
        .collect();
    let html: Vec<String> = body
        .iter()
        .map(|paragraph| match paragraph {
            Paragraph::Words(words) => format!("<p>{}</p>", escaped(words)),
            Paragraph::Link(words, address) => {
                format!("<p><a href=\"{}\">{}</a></p>", escaped(address), escaped(words))
            }
        })
        .collect();
    let head = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                <meta name=\"viewport\" content=\"width=device-width\"></head>\
                <body style=\"font-family:system-ui,sans-serif;line-height:1.5;max-width:36rem;margin:1.5rem auto\">";
    Letter {
        id,
        to: recipient.email.clone(),
        to_name: recipient.full_name.clone(),
        // A line break would begin another header.
        subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        text: text.join("\n\n") + "\n",
        html: [head, html.join("\n").as_str(), "</body></html>\n"].concat(),
        unsubscribe,
    }
}

/// Text that HTML shows as it is.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text_and_headers_stay_one_line() {
        let recipient = LetterRecipient {
            email: "mia@example.org".to_owned(),
            full_name: "Mia <b>".to_owned(),
            confirmed: true,
            last_seen_at: None,
        };
        let body = [Paragraph::Link("Ana & \"Ben\" <script>".to_owned(), "https://a.example/?a=1&b=2".to_owned())];
        let letter = written("1".to_owned(), &recipient, "One\r\nBcc: all".to_owned(), &body, None);
        assert_eq!(letter.subject, "One Bcc: all");
        assert!(
            letter
                .html
                .contains("<a href=\"https://a.example/?a=1&amp;b=2\">Ana &amp; &quot;Ben&quot; &lt;script&gt;</a>")
        );
        assert_eq!(letter.text, "Ana & \"Ben\" <script>\nhttps://a.example/?a=1&b=2\n");
    }
}
