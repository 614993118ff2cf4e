//! What each dialect calls things: how a person says something, and what a text tells, found by looking for a few names in
//! its bytes and reading the numbers behind them.

use memchr::memmem::{self, Finder};

/// How a person is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// One connection for everything.
    Native,
    /// Socket.IO over WebSocket.
    SocketIo,
    /// The channel of one conversation.
    Messages,
    /// The channel of the bell.
    Notifications,
    /// The channel of everyone's feed.
    Feed,
    /// The channel of requests to connect.
    Connections,
    /// The channel of who is there.
    Online,
}

impl Dialect {
    /// Where it is spoken.
    #[must_use]
    pub fn path(self, conversation: u64) -> String {
        match self {
            Self::Native => "/ws".to_owned(),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            Self::Messages => format!("/ws/messages/{conversation}"),
            Self::Notifications => "/ws/notifications".to_owned(),
            Self::Feed => "/ws/feed".to_owned(),
            Self::Connections => "/ws/connections".to_owned(),
            Self::Online => "/ws/online".to_owned(),
        }
    }

    /// Whether one connection is for everything: it watches what it names, and resumes after a cut.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Native | Self::SocketIo)
    }

    /// Whether messages come and go over it.
    #[must_use]
    pub const fn talks(self) -> bool {
        self.is_whole() || matches!(self, Self::Messages)
    }

    /// A command, with its fields as JSON without braces, and the number that the answer repeats, if there is to be one.
    #[must_use]
    pub fn say(self, kind: &str, fields: &str, reference: Option<u64>) -> String {
        let comma = if fields.is_empty() { "" } else { "," };
        let number = reference.map(|number| number.to_string()).unwrap_or_default();
        match (self, reference) {
            (Self::SocketIo, _) => format!(r#"42{number}["{kind}",{{{fields}}}]"#),
            (Self::Messages, _) if kind == "send_message" => format!(r#"{{"type":"message"{comma}{fields}}}"#),
            (_, None) => format!(r#"{{"type":"{kind}"{comma}{fields}}}"#),
            (_, Some(_)) => format!(r#"{{"type":"{kind}"{comma}{fields},"ref":"{number}"}}"#),
        }
    }
}

/// What a text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// The connection is there: the run of the event log, and its newest entry.
    Connected { epoch: &'a [u8], offset: u64 },
    /// A command was carried out, or not; whether it resumed, if it was to.
    Answer { reference: u64, fine: bool, resumed: Option<bool> },
    /// Somebody said something.
    Message(Message),
    /// How many like a post.
    Likes { post: u64, version: u64, count: u64 },
    /// Somebody posted.
    Post { offset: u64 },
    /// What a conversation holds beyond what was held of it, as JSON.
    Changes(&'a [u8]),
    /// Something else that is numbered.
    Logged { offset: u64 },
    /// An answer of a channel.
    Pong,
    /// Socket.IO asks whether anybody is there.
    Beat,
    /// Socket.IO wants to be greeted, or was.
    Greeting { over: bool },
    /// Something was refused.
    Error,
    /// What nobody here looks at.
    Other,
}

/// A message, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it was said.
    pub conversation: u64,
    /// Its id.
    pub id: u64,
    /// Its entry of the conversation's log.
    pub seq: u64,
    /// Its place in the event log; 0 for an answer, `None` where the dialect does not tell.
    pub offset: Option<u64>,
    /// The number that the generator wrote into it.
    pub number: u32,
}

/// Finds things in texts. Quotes within texts are escaped, so what people write is never taken for a name.
pub struct Scanner {
    kind: Finder<'static>,
    offset: Finder<'static>,
    conversation: Finder<'static>,
    message: Finder<'static>,
    content: Finder<'static>,
    seq: Finder<'static>,
    post: Finder<'static>,
    likes: Finder<'static>,
    version: Finder<'static>,
    comment: Finder<'static>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            kind: Finder::new(br#""type":""#),
            offset: Finder::new(br#""offset":"#),
            conversation: Finder::new(br#""conversation_id":"#),
            message: Finder::new(br#""message_id":"#),
            content: Finder::new(br#""content":""#),
            seq: Finder::new(br#""seq":"#),
            post: Finder::new(br#""post_id":"#),
            likes: Finder::new(br#""like_count":"#),
            version: Finder::new(br#""version":"#),
            comment: Finder::new(br#""comment_id":"#),
        }
    }
}

impl Scanner {
    /// What a text of this dialect tells.
    #[must_use]
    pub fn read<'a>(&self, dialect: Dialect, text: &'a [u8]) -> Told<'a> {
        match dialect {
            Dialect::Native => self.native(text),
            Dialect::SocketIo => self.packet(text),
            _ => self.channel(text),
        }
    }

    fn native<'a>(&self, text: &'a [u8]) -> Told<'a> {
        let kind = text.get(9..).map(until_quote).unwrap_or_default();
        match kind {
            b"ack" => answer(text, number_behind(text, br#""ref":"#), true),
            b"error" => Told::Error,
            _ => self.event(kind, text),
        }
    }

    fn packet<'a>(&self, text: &'a [u8]) -> Told<'a> {
        match text {
            b"2" => Told::Beat,
            [b'0', ..] => Told::Greeting { over: false },
            [b'4', b'0', ..] => Told::Greeting { over: true },
            [b'4', b'4', ..] => Told::Error,
            [b'4', b'3', rest @ ..] => {
                let fine = memmem::find(rest, br#""success":true"#).is_some();
                answer(rest, leading(rest), fine)
            }
            [b'4', b'2', b'[', b'"', rest @ ..] => match until_quote(rest) {
                b"error" => Told::Error,
                kind => self.event(kind, rest),
            },
            _ => Told::Other,
        }
    }

    fn channel<'a>(&self, text: &'a [u8]) -> Told<'a> {
        let kind = self.kind.find(text).and_then(|at| text.get(at + 8..)).map(until_quote).unwrap_or_default();
        match kind {
            b"new_message" => self.message(text),
            b"pong" => Told::Pong,
            b"error" => Told::Error,
            _ => Told::Other,
        }
    }

    fn event<'a>(&self, kind: &[u8], text: &'a [u8]) -> Told<'a> {
        match kind {
            b"like_update" => self.likes(text),
            b"new_message" => self.message(text),
            b"new_post" => self.number(&self.offset, text).map_or(Told::Other, |offset| Told::Post { offset }),
            b"connected" => {
                let epoch = memmem::find(text, br#""epoch":""#).and_then(|at| text.get(at + 9..)).map(until_quote);
                let offset = self.number(&self.offset, text);
                epoch.zip(offset).map_or(Told::Other, |(epoch, offset)| Told::Connected { epoch, offset })
            }
            b"conversation_changes" => json_of(text).map_or(Told::Other, Told::Changes),
            // Far more than all others, and without a number.
            b"comment_update"
            | b"typing"
            | b"user_status"
            | b"user_typing"
            | b"typing_stopped"
            | b"user_online_status"
            | b"message_read"
            | b"message_delivered"
            | b"unread_count" => Told::Other,
            _ => match self.number(&self.offset, text) {
                None | Some(0) => Told::Other,
                Some(offset) => Told::Logged { offset },
            },
        }
    }

    fn likes<'a>(&self, text: &[u8]) -> Told<'a> {
        // Those of a comment are not looked at.
        if self.comment.find(text).is_some() {
            return Told::Other;
        }
        let post = self.number(&self.post, text);
        let count = self.number(&self.likes, text);
        let version = self.number(&self.version, text);
        match (post, count, version) {
            (Some(post), Some(count), Some(version)) => Told::Likes { post, version, count },
            _ => Told::Other,
        }
    }

    fn message<'a>(&self, text: &[u8]) -> Told<'a> {
        let conversation = self.number(&self.conversation, text);
        let id = self.number(&self.message, text);
        let seq = self.number(&self.seq, text);
        let content = self.content.find(text).and_then(|at| text.get(at + 11..));
        let (Some(conversation), Some(id), Some(seq), Some(content)) = (conversation, id, seq, content) else {
            return Told::Other;
        };
        let number = u32::try_from(leading(content)).unwrap_or(u32::MAX);
        Told::Message(Message { conversation, id, seq, offset: self.number(&self.offset, text), number })
    }

    /// The number behind a name, bare or in quotes.
    fn number(&self, name: &Finder<'_>, text: &[u8]) -> Option<u64> {
        let rest = text.get(name.find(text)? + name.needle().len()..)?;
        digits(rest.strip_prefix(b"\"").unwrap_or(rest))
    }
}

fn answer<'a>(text: &[u8], reference: u64, fine: bool) -> Told<'a> {
    let resumed = memmem::find(text, br#""resumed":"#).map(|at| text.get(at + 10) == Some(&b't'));
    Told::Answer { reference, fine, resumed }
}

fn number_behind(text: &[u8], name: &[u8]) -> u64 {
    let rest = memmem::find(text, name).and_then(|at| text.get(at + name.len()..)).unwrap_or_default();
    leading(rest.strip_prefix(b"\"").unwrap_or(rest))
}

/// The payload of a packet, or a native text itself.
fn json_of(text: &[u8]) -> Option<&[u8]> {
    let from = memchr::memchr(b'{', text)?;
    let to = memchr::memrchr(b'}', text)?;
    text.get(from..=to)
}

fn until_quote(text: &[u8]) -> &[u8] {
    memchr::memchr(b'"', text).and_then(|end| text.get(..end)).unwrap_or_default()
}

fn leading(text: &[u8]) -> u64 {
    digits(text).unwrap_or(0)
}

fn digits(text: &[u8]) -> Option<u64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    let first = digit(text.first()?)?;
    let rest = text.get(1..).unwrap_or_default().iter().map_while(digit);
    Some(rest.fold(first, |sum, digit| sum.wrapping_mul(10).wrapping_add(digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, text: &str) -> Told<'_> {
        Scanner::default().read(dialect, text.as_bytes())
    }

    const MESSAGE: &str = r#"{"type":"new_message","conversation_id":"71","message_id":"902","client_id":"3f1c","sender_id":"5","sender":{"id":"5","username":"ana"},"content":"12 see \"seq\":99 and \"offset\":4","timestamp":"2026-11-21T09:30:00.000Z","seq":8,"revision":8,"number":6,"offset":43}"#;

    #[test]
    fn a_message_is_the_same_in_every_dialect_that_has_messages() {
        let expected = Message { conversation: 71, id: 902, seq: 8, offset: Some(43), number: 12 };
        assert_eq!(read(Dialect::Native, MESSAGE), Told::Message(expected));
        let packet = r#"42["new_message",{"client_id":"3f1c","content":"12 see \"seq\":99 and \"offset\":4","conversation_id":"71","match_id":"71","message_id":"902","number":6,"offset":43,"revision":8,"sender":{"id":"5"},"sender_id":"5","seq":8}]"#;
        assert_eq!(read(Dialect::SocketIo, packet), Told::Message(expected));
        let channel = r#"{"client_id":"3f1c","content":"12 see","conversation_id":71,"message_id":902,"number":6,"revision":8,"sender":{"id":5},"sender_id":5,"seq":8,"type":"new_message"}"#;
        assert_eq!(read(Dialect::Messages, channel), Told::Message(Message { offset: None, ..expected }));
    }

    #[test]
    fn likes_of_posts_are_read_and_those_of_comments_left() {
        let text = r#"{"type":"like_update","post_id":"7036","like_count":4,"version":6,"user_id":"8"}"#;
        assert_eq!(read(Dialect::Native, text), Told::Likes { post: 7_036, version: 6, count: 4 });
        let text = r#"42["like_update",{"like_count":4,"post_id":"7036","timestamp":"x","user_id":"8","version":6}]"#;
        assert_eq!(read(Dialect::SocketIo, text), Told::Likes { post: 7_036, version: 6, count: 4 });
        let text = r#"{"type":"like_update","post_id":"7036","comment_id":"3","like_count":4,"version":6}"#;
        assert_eq!(read(Dialect::Native, text), Told::Other);
    }

    #[test]
    fn answers_greetings_and_all_the_rest() {
        let fine = |reference, resumed| Told::Answer { reference, fine: true, resumed };
        assert_eq!(read(Dialect::Native, r#"{"type":"ack","ref":"9","result":{"message_id":"7"}}"#), fine(9, None));
        assert_eq!(
            read(Dialect::Native, r#"{"type":"ack","ref":"5","result":{"resumed":false}}"#),
            fine(5, Some(false))
        );
        assert_eq!(read(Dialect::SocketIo, r#"435[{"resumed":true,"success":true}]"#), fine(5, Some(true)));
        let refused = Told::Answer { reference: 1_000, fine: false, resumed: None };
        assert_eq!(read(Dialect::SocketIo, r#"431000[{"error":{},"success":false}]"#), refused);
        assert_eq!(read(Dialect::SocketIo, "2"), Told::Beat);
        assert_eq!(read(Dialect::SocketIo, r#"0{"sid":"a"}"#), Told::Greeting { over: false });
        assert_eq!(read(Dialect::SocketIo, r#"40{"sid":"a"}"#), Told::Greeting { over: true });
        assert_eq!(read(Dialect::SocketIo, r#"44{"message":"unauthorized"}"#), Told::Error);
        assert_eq!(read(Dialect::Feed, r#"{"timestamp":"x","type":"pong"}"#), Told::Pong);
        assert_eq!(
            read(Dialect::Native, r#"{"type":"new_post","post":{"id":"1"},"offset":42}"#),
            Told::Post { offset: 42 }
        );
        assert_eq!(read(Dialect::Native, r#"{"type":"sight_update","offset":45}"#), Told::Logged { offset: 45 });
        assert_eq!(read(Dialect::Native, r#"{"type":"conversation_update","offset":0}"#), Told::Other);
        assert_eq!(read(Dialect::Native, r#"{"type":"error","code":"invalid"}"#), Told::Error);
        let changes = br#"{"type":"conversation_changes","messages":[]}"#;
        assert_eq!(Scanner::default().read(Dialect::Native, changes), Told::Changes(changes));
        let text = r#"{"type":"connected","sid":"x","epoch":"5c","offset":41}"#;
        assert_eq!(read(Dialect::Native, text), Told::Connected { epoch: b"5c", offset: 41 });
        for text in ["", "x", "{}", "42", "4", r#"{"type":"#, r#"42["new_message"#, r#"{"type":"new_message"}"#] {
            for dialect in [Dialect::Native, Dialect::SocketIo, Dialect::Messages] {
                let _ = read(dialect, text);
            }
        }
    }

    #[test]
    fn commands_are_what_the_dialects_know() {
        let fields = r#""conversation_id":"71","is_typing":true"#;
        assert_eq!(
            Dialect::Native.say("typing", fields, Some(3)),
            r#"{"type":"typing","conversation_id":"71","is_typing":true,"ref":"3"}"#
        );
        assert_eq!(Dialect::Native.say("ping", "", Some(3)), r#"{"type":"ping","ref":"3"}"#);
        assert_eq!(Dialect::SocketIo.say("ping", "", Some(3)), r#"423["ping",{}]"#);
        assert_eq!(Dialect::SocketIo.say("ping", "", None), r#"42["ping",{}]"#);
        assert_eq!(Dialect::Online.say("ping", "", None), r#"{"type":"ping"}"#);
        assert_eq!(
            Dialect::Messages.say("send_message", r#""content":"x""#, None),
            r#"{"type":"message","content":"x"}"#
        );
    }
}
