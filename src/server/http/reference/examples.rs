//! Examples of everything that goes over sockets: the very files that tests read and write.

use serde_json::Value;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../tests/it/golden/", $name, ".json")))),*]
    };
}

/// Each file's name without its ending, and what it holds. The part before the first dot is `event` or `command`, the next
/// one its type; what follows tells several examples of one type apart.
pub const FILES: &[(&str, &str)] = files![
    "command.custom_event",
    "command.get_unread_count",
    "command.join_conversation",
    "command.leave_conversation",
    "command.mark_all_read",
    "command.mark_read",
    "command.ping",
    "command.ping.with_ref",
    "command.read_message",
    "command.receive_message",
    "command.resume",
    "command.resume.conversations",
    "command.send_message",
    "command.send_message.attachment",
    "command.send_message.plain",
    "command.set_idle",
    "command.sync_conversations",
    "command.typing",
    "command.unwatch_feed",
    "command.unwatch_people",
    "command.unwatch_posts",
    "command.watch_feed",
    "command.watch_people",
    "command.watch_posts",
    "event.ack",
    "event.ack.message",
    "event.ack.plain",
    "event.ack.resumed",
    "event.application_update",
    "event.comment_update",
    "event.comment_update.deleted",
    "event.comment_update.reply",
    "event.connected",
    "event.connection_accepted",
    "event.connection_declined",
    "event.connection_request",
    "event.connection_update",
    "event.conversation_changes",
    "event.conversation_changes.reload",
    "event.conversation_update",
    "event.conversation_update.direct",
    "event.custom_response",
    "event.error",
    "event.error.malformed",
    "event.error.rate_limited",
    "event.going_away",
    "event.job_update",
    "event.job_update.deleted",
    "event.like_update",
    "event.like_update.comment",
    "event.like_update.own",
    "event.membership_update",
    "event.message_deleted",
    "event.message_delivered",
    "event.message_read",
    "event.message_updated",
    "event.new_message",
    "event.new_message.image",
    "event.new_message.note",
    "event.new_message.reply",
    "event.new_message.voice",
    "event.new_post",
    "event.notification",
    "event.notification.quiet",
    "event.notification_update",
    "event.notification_update.all",
    "event.notification_update.failed",
    "event.pong",
    "event.post_deleted",
    "event.post_updated",
    "event.reaction_update",
    "event.sight_update",
    "event.sight_update.muted",
    "event.typing",
    "event.unread_count",
    "event.unread_count.bell",
    "event.user_status",
    "event.user_status.idle",
    "event.user_status.offline",
];

/// The examples of an event or command: what tells them apart, and the JSON.
pub fn of(sort: &'static str, kind: &str) -> impl Iterator<Item = (&'static str, Value)> {
    FILES.iter().filter_map(move |(name, text)| {
        let mut parts = name.splitn(3, '.');
        let fits = parts.next() == Some(sort) && parts.next() == Some(kind);
        let json = serde_json::from_str(text).ok()?;
        fits.then(|| (parts.next().unwrap_or("plain"), json))
    })
}
