//! A stored notification as its recipient sees it: with its sentence, and where it leads.

use crate::{
    protocol::{
        notifications::{Notification, NotificationData, Occasion, sentence},
        views::PersonRef,
    },
    server::domain::ports::NotificationRecord,
};

/// As it is told.
pub(in crate::server::domain) fn view(record: NotificationRecord) -> Notification {
    let href = href(&record);
    let user_id = record.actors.first().map(|person| person.id);
    let data = NotificationData {
        occasion: record.occasion,
        actor_count: record.actor_count,
        count: record.count,
        actors: record.actors,
        subject: record.subject,
        excerpt: record.excerpt,
        href,
    };
    Notification {
        notification_id: record.id,
        kind: record.occasion.kind(),
        user_id,
        target: record.target,
        title: sentence::title(&data),
        message: sentence::plain(&data),
        timestamp: record.updated_at,
        data,
        read_at: record.read_at,
        seq: record.seq,
    }
}

/// Where a notification leads, as a path on this server.
fn href(record: &NotificationRecord) -> String {
    let target = &record.target;
    let post = target.post_id.map(|post| match target.comment_id {
        Some(comment) => format!("/posts/{post}#comment-{comment}"),
        None => format!("/posts/{post}"),
    });
    let profile = || record.actors.first().map(|PersonRef { username, .. }| format!("/@{username}"));
    let path = match record.occasion {
        Occasion::PostLiked
        | Occasion::CommentLiked
        | Occasion::PostCommented
        | Occasion::CommentReplied
        | Occasion::MentionedInPost
        | Occasion::MentionedInComment => post,
        Occasion::Followed | Occasion::ConnectionAccepted => profile(),
        Occasion::Wrote | Occasion::WroteInGroup | Occasion::MentionedInMessage => {
            target.conversation_id.map(|id| format!("/messages/{id}"))
        }
        Occasion::ConnectionAsked => Some("/connections".to_owned()),
        Occasion::Applied | Occasion::ApplicationMoved => target.job_id.map(|id| format!("/jobs/{id}")),
        Occasion::Announced => target.announcement_id.map(|id| format!("/announcements/{id}")),
        Occasion::Tested => Some("/settings".to_owned()),
    };
    path.unwrap_or_else(|| "/".to_owned())
}
