//! REST under `/api`: one file for each noun, one short handler for each request.
//!
//! Every answer is JSON and is not to be kept by caches. What is refused is an
//! [`ApiError`](crate::protocol::errors::ApiError) with the status of its code.

mod accounts;
mod admin;
mod announcements;
mod attachments;
mod blocks;
mod comments;
mod connections;
mod conversations;
pub(super) mod files;
pub(super) mod input;
mod jobs;
mod letters;
mod live;
mod messages;
mod mutes;
mod notifications;
mod people;
mod posts;
mod push;
mod tokens;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};
use tower_http::set_header::SetResponseHeaderLayer;

use super::{
    AppState,
    errors::refuse,
    reference::{
        self,
        doors::{Doors, delete, get, patch, post, put},
        schemas::Schemas,
    },
};
use crate::protocol::{
    announcements::Recipients,
    attachments::{Attachment, AttachmentForm},
    conversations::{ConversationBox, MessageView},
    errors::{ApiError, ErrorCode},
    jobs::{JobKind, JobsOf},
    notifications::{Channel, NotificationFilter, NotificationStatus},
    time::Timestamp,
    views::{FeedKind, Role},
};

/// All of `/api`.
pub fn routes() -> Router<AppState> {
    doors()
        .router()
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Pictures and attachments, at `/media`.
pub fn media_routes() -> Router<AppState> {
    media_doors().router().fallback(unknown)
}

/// The table of `/api`: each line is a route and its description.
pub fn doors() -> Doors {
    Doors::new()
        .and(account_doors())
        .and(post_doors())
        .and(comment_doors())
        .and(people_doors())
        .and(graph_doors())
        .and(conversation_doors())
        .and(message_doors())
        .and(job_doors())
        .and(announcement_doors())
        .and(notification_doors())
        .and(push_doors())
        .and(admin_doors())
        .and(live_doors())
}

/// The table of `/media`.
pub fn media_doors() -> Doors {
    const ANY: &str = "*/*";
    let unchanged = "What the asker holds is current (`If-None-Match`).";
    Doors::new()
        .at(
            "Files",
            "/images/{id}",
            [get(files::image, "A picture").answers_other(StatusCode::OK, "image/*", "The picture.").answers_other(
                StatusCode::NOT_MODIFIED,
                "",
                unchanged,
            )],
        )
        .at(
            "Files",
            "/attachments/{id}",
            [get(attachments::attachment, "An attachment, whole or one range of it")
                .header("Range", "One range, such as `bytes=0-1023`.")
                .answers_other(StatusCode::OK, ANY, "All of it; `Content-Type` says what it is.")
                .answers_other(StatusCode::PARTIAL_CONTENT, ANY, "The part that `Content-Range` names.")
                .answers_other(StatusCode::NOT_MODIFIED, "", unchanged)
                .answers_other(StatusCode::RANGE_NOT_SATISFIABLE, "", "The file has no such part.")],
        )
}

fn account_doors() -> Doors {
    const NOUN: &str = "Account";
    Doors::new()
        .at(NOUN, "/auth/register", [post(accounts::register, "Opens an account and signs in").may_clash()])
        .at(NOUN, "/auth/login", [post(accounts::login, "Signs in").refuses(StatusCode::UNAUTHORIZED)])
        .at(NOUN, "/auth/refresh", [post(accounts::refresh, "Trades a refresh token for the next pair")
            .about(
                "With the token in the body, the next pair comes in the body. With the cookie, it comes in cookies and the \
                 body has none, so that no script on a page ever sees a token.",
            )
            .refuses(StatusCode::UNAUTHORIZED)])
        .at(NOUN, "/auth/logout", [post(accounts::logout, "Ends the session and its sockets")])
        .at(NOUN, "/auth/logout-everywhere", [post(accounts::logout_everywhere, "Ends every session and token, and their sockets")])
        .at(NOUN, "/auth/confirm", [post(letters::confirm, "Confirms the address that a letter was sent to")])
        .at(NOUN, "/auth/forgot", [post(letters::forgot, "Sends a letter with a link to set a new password")
            .about("The answer is the same whether anybody has this address or not.")])
        .at(NOUN, "/auth/reset", [post(letters::reset, "Sets a new password, with the key of a letter")
            .about("Ends all sessions of that person.")])
        .at(NOUN, "/me", [
            get(accounts::me, "The asker's own account"),
            patch(accounts::change_profile, "Changes name and bio"),
        ])
        .at(NOUN, "/me/avatar", [
            put(files::set_avatar, "Makes the middle square of a picture the asker's face").takes(PICTURES, picture_form),
            delete(files::remove_avatar, "Goes back to initials"),
        ])
        .at(NOUN, "/me/password", [post(accounts::change_password, "Changes the password and ends every other session")])
        .at(NOUN, "/me/privacy", [
            get(accounts::privacy, "What the asker shows of themselves"),
            patch(accounts::change_privacy, "Changes it"),
        ])
        .at(NOUN, "/me/confirmation", [
            get(letters::is_confirmed, "Whether the asker's address is known to be theirs"),
            post(letters::ask_to_confirm, "Sends the letter that confirms it, once more"),
        ])
        .at(NOUN, "/me/sessions", [
            get(accounts::sessions, "The asker's signed-in devices"),
            delete(accounts::end_other_sessions, "Ends all sessions but the one that asks"),
        ])
        .at(NOUN, "/me/sessions/{id}", [delete(accounts::end_session, "Ends one of the asker's sessions")])
        .at(NOUN, "/me/tokens", [
            get(tokens::list, "The asker's tokens for programs"),
            post(tokens::create, "Makes one; only this answer has the token itself").may_clash(),
        ])
        .at(NOUN, "/me/tokens/{id}", [delete(tokens::revoke, "Ends a token and its sockets")])
        .at(NOUN, "/unsubscribe", [
            get(letters::unsubscribe_page, "Leads to the page on which a person ends letters")
                .query::<String>("token", "What the link in the letter held."),
            post(letters::unsubscribe, "Ends letters, as a mail program does with one click")
                .query::<String>("token", "What the link in the letter held."),
        ])
}

fn post_doors() -> Doors {
    const NOUN: &str = "Posts";
    Doors::new()
        .at(
            NOUN,
            "/feed",
            [get(posts::feed, "A page of a feed")
                .query::<FeedKind>("feed", "Which feed; `everyone` unless it says otherwise.")
                .paged()],
        )
        .at(
            NOUN,
            "/posts",
            [get(posts::list, "All posts that the asker may see").paged(), post(posts::create, "Posts something")],
        )
        .at(
            NOUN,
            "/posts/{id}",
            [
                get(posts::one, "One post"),
                patch(posts::edit, "Changes its text"),
                delete(posts::delete, "Deletes it; it can be restored for a minute"),
            ],
        )
        .at(NOUN, "/posts/{id}/restore", [post(posts::restore, "Brings a deleted post back")])
        .at(
            NOUN,
            "/posts/{id}/like",
            [
                post(posts::toggle_like, "Turns the like over")
                    .may_be_invalid()
                    .header("Idempotency-Key", "A repeated request with the same key gets the first answer."),
                put(posts::like, "Likes it; doing so again changes nothing"),
                delete(posts::unlike, "Takes the like back"),
            ],
        )
        .at(NOUN, "/tags/{tag}/posts", [get(posts::tagged, "The posts with a tag").paged()])
        .at(
            NOUN,
            "/uploads",
            [post(files::upload, "Uploads a picture for a post").takes(&["multipart/form-data"], picture_form)],
        )
}

fn comment_doors() -> Doors {
    const NOUN: &str = "Comments";
    Doors::new()
        .at(
            NOUN,
            "/posts/{id}/comments",
            [
                get(comments::list, "The comments of a post, newest first, each with its newest replies").paged(),
                post(comments::add, "Comments, or replies"),
            ],
        )
        .at(NOUN, "/posts/{id}/comment", [post(comments::add_documented, "The same, answered with `success`")])
        .at(NOUN, "/comments/{id}", [delete(comments::delete, "Deletes a comment; it can be restored for a minute")])
        .at(NOUN, "/comments/{id}/restore", [post(comments::restore, "Brings it back")])
        .at(NOUN, "/comments/{id}/replies", [get(comments::replies, "All its replies").paged()])
        .at(
            NOUN,
            "/comments/{id}/like",
            [
                put(comments::like, "Likes it; doing so again changes nothing"),
                delete(comments::unlike, "Takes the like back"),
            ],
        )
}

fn people_doors() -> Doors {
    const NOUN: &str = "People";
    Doors::new()
        .at(
            NOUN,
            "/people",
            [get(people::search, "Finds people by name or handle")
                .query::<String>("q", "The beginning of a name or handle; everyone without it.")
                .paged()],
        )
        .at(NOUN, "/people/{username}", [get(people::profile, "A person's profile")])
        .at(NOUN, "/people/{username}/followers", [get(people::followers, "Who follows them").paged()])
        .at(NOUN, "/people/{username}/following", [get(people::following, "Whom they follow").paged()])
        .at(NOUN, "/people/{username}/posts", [get(people::posts, "Their posts that the asker may see").paged()])
        .at(
            NOUN,
            "/users/followed",
            [get(people::followed, "Which of these people the asker follows")
                .query::<String>("ids", "Ids, separated by commas.")],
        )
        .at(NOUN, "/users/online", [get(people::online, "Who is there now, as far as the asker may know")])
        .at(NOUN, "/users/to-follow", [get(people::to_follow, "Whom the asker could follow, most followed first")])
        .at(
            NOUN,
            "/users/follow/{id}",
            [post(people::follow_documented, "Follows; doing so again changes nothing").may_be_invalid()],
        )
        .at(
            NOUN,
            "/users/{id}/follow",
            [
                put(people::follow, "Follows; doing so again changes nothing").may_be_invalid(),
                delete(people::unfollow, "Follows no longer").may_be_invalid(),
            ],
        )
}

fn graph_doors() -> Doors {
    const NOUN: &str = "Connections";
    Doors::new()
        .at(NOUN, "/connections", [get(connections::list, "Whom the asker is connected with").paged()])
        .at(
            NOUN,
            "/connections/requests",
            [get(connections::requests, "Requests that wait for an answer")
                .query::<String>("box", "`received`, or `sent`; the former unless it says otherwise.")
                .paged()],
        )
        .at(NOUN, "/connections/waiting", [get(connections::waiting, "How many requests wait for the asker's answer")])
        .at(NOUN, "/connections/suggestions", [get(connections::suggestions, "Whom the asker may know")])
        .at(
            NOUN,
            "/connections/{user_id}",
            [
                put(connections::connect, "Asks to connect, or accepts where the other one asked")
                    .may_be_invalid()
                    .may_clash(),
                patch(connections::change, "Exactly what is wished, such as taking a removal back").may_clash(),
                delete(connections::disconnect, "Withdraws, declines or ends, whichever there is")
                    .may_be_invalid()
                    .may_clash(),
            ],
        )
        .at(NOUN, "/blocks", [get(blocks::list, "Whom the asker blocked")])
        .at(
            NOUN,
            "/blocks/{id}",
            [
                put(blocks::block, "Blocks somebody: neither sees anything of the other").may_be_invalid(),
                delete(blocks::unblock, "Blocks them no longer").may_be_invalid(),
            ],
        )
        .at(NOUN, "/mutes", [get(mutes::list, "Whom the asker muted")])
        .at(
            NOUN,
            "/mutes/{user_id}",
            [
                put(mutes::mute, "Mutes somebody: the asker sees nothing of them, and they do not notice")
                    .may_be_invalid(),
                delete(mutes::unmute, "Mutes them no longer").may_be_invalid(),
            ],
        )
        .at(
            NOUN,
            "/posts/{id}/mute",
            [
                get(mutes::is_post_muted, "Whether the asker muted a post"),
                put(mutes::mute_post, "Is told nothing more of what happens to a post"),
                delete(mutes::unmute_post, "Is told again"),
            ],
        )
}

fn conversation_doors() -> Doors {
    const NOUN: &str = "Conversations";
    Doors::new()
        .at(
            NOUN,
            "/conversations",
            [
                get(conversations::list, "The asker's conversations, last said first")
                    .query::<ConversationBox>("box", "Which list; `inbox` unless it says otherwise.")
                    .query::<String>("q", "Only those whose title or people match.")
                    .paged(),
                post(conversations::begin, "Begins a group, or finds or begins the conversation with somebody")
                    .may_clash(),
            ],
        )
        .at(NOUN, "/conversations/unread", [get(conversations::unread, "How much is unread")])
        .at(NOUN, "/conversations/requests", [get(conversations::requests, "In how many strangers wait for an answer")])
        .at(
            NOUN,
            "/conversations/{id}",
            [get(conversations::one, "One conversation"), patch(conversations::rename, "Names a group")],
        )
        .at(
            NOUN,
            "/conversations/{id}/avatar",
            [
                put(files::set_group_picture, "Makes the middle square of a picture the group's")
                    .takes(PICTURES, picture_form),
                delete(files::remove_group_picture, "Takes the group's picture away"),
            ],
        )
        .at(NOUN, "/conversations/{id}/mine", [patch(conversations::change_mine, "Mutes, pins, keeps a draft")])
        .at(NOUN, "/conversations/{id}/members", [post(conversations::add_members, "Adds people to a group")])
        .at(
            NOUN,
            "/conversations/{id}/members/{user_id}",
            [delete(conversations::remove_member, "Removes somebody; oneself leaves")],
        )
        .at(NOUN, "/conversations/{id}/accept", [post(conversations::accept, "Takes part after all")])
        .at(NOUN, "/conversations/{id}/decline", [post(conversations::decline, "Takes no part; nobody is told")])
        .at(
            NOUN,
            "/conversations/{id}/changes",
            [get(conversations::changes, "What came after an entry of its log; `null` when nothing did")
                .query::<u64>("after", "The newest entry (`seq`) that the asker holds; all without it.")],
        )
}

fn message_doors() -> Doors {
    const NOUN: &str = "Messages";
    Doors::new()
        .at(
            NOUN,
            "/conversations/{id}/messages",
            [
                get(messages::list, "The messages of a conversation, newest first; `before` is a place (`seq`)")
                    .paged(),
                post(messages::send, "Says something")
                    .answers::<MessageView>(StatusCode::OK, "A message with this `client_id` was stored before."),
            ],
        )
        .at(NOUN, "/conversations/{id}/read", [post(messages::read, "The asker has seen everything up to a message")])
        .at(
            NOUN,
            "/messages/{id}",
            [
                get(messages::one, "One message"),
                patch(messages::edit, "Changes its text"),
                delete(messages::delete, "Deletes it for everybody"),
            ],
        )
        .at(
            NOUN,
            "/messages/{id}/reactions/{emoji}",
            [
                put(messages::react, "Reacts with an emoji; all reactions, now").may_be_invalid(),
                delete(messages::take_back, "Takes a reaction back; all reactions, now").may_be_invalid(),
            ],
        )
        .at(
            NOUN,
            "/attachments",
            [post(attachments::upload, "Uploads what a message or an application carries")
                .about("The field `file` comes last.")
                .takes(&["multipart/form-data"], attachment_form)
                .answers::<Attachment>(StatusCode::OK, "An attachment with this `client_id` was stored before.")],
        )
        .at(NOUN, "/attachments/{id}", [delete(attachments::discard, "Throws one's own away that nothing carries")])
}

fn job_doors() -> Doors {
    const NOUN: &str = "Jobs";
    Doors::new()
        .at(
            NOUN,
            "/jobs",
            [
                get(jobs::list, "Jobs, newest first")
                    .query::<JobsOf>("of", "Which; `open` unless it says otherwise.")
                    .query::<String>("q", "Only those with all these words.")
                    .query::<JobKind>("kind", "Only of this kind.")
                    .query::<String>("place", "Only where the place contains this.")
                    .paged(),
                post(jobs::create, "Posts a job").may_clash(),
            ],
        )
        .at(
            NOUN,
            "/jobs/{id}",
            [
                get(jobs::one, "One job"),
                put(jobs::change, "Changes all of it"),
                delete(jobs::delete, "Deletes it; it can be restored for a minute").may_clash(),
            ],
        )
        .at(NOUN, "/jobs/{id}/restore", [post(jobs::restore, "Brings a deleted job back")])
        .at(NOUN, "/jobs/{id}/close", [post(jobs::close, "Takes no more applications")])
        .at(NOUN, "/jobs/{id}/reopen", [post(jobs::reopen, "Takes applications again").may_be_invalid().may_clash()])
        .at(
            NOUN,
            "/jobs/{id}/applications",
            [
                get(jobs::applications, "Who applied, for whoever posted it").not_for_all().paged(),
                post(jobs::apply, "Applies").may_clash(),
            ],
        )
        .at(
            NOUN,
            "/applications/{id}",
            [
                get(jobs::application, "One application"),
                patch(jobs::move_application, "Moves it on").may_clash(),
                delete(jobs::withdraw, "Withdraws it").may_clash(),
            ],
        )
}

fn announcement_doors() -> Doors {
    const NOUN: &str = "Announcements";
    Doors::new()
        .at(NOUN, "/announcements", [get(announcements::list, "What was announced to the asker").paged()])
        .at(
            NOUN,
            "/announcements/unread",
            [get(
                announcements::unread,
                "The newest that runs and that the asker has not read; `null` when there is none",
            )],
        )
        .at(NOUN, "/announcements/{id}", [get(announcements::one, "One announcement")])
        .at(NOUN, "/admin/announcements", [post(announcements::announce, "Announces something")])
        .at(
            NOUN,
            "/admin/announcements/recipients",
            [get(announcements::recipients, "How many it would reach")
                .query::<Recipients>("of", "Whom it is for; `everyone` unless it says otherwise.")
                .not_for_all()],
        )
        .at(NOUN, "/admin/announcements/{id}/end", [post(announcements::end, "Ends an announcement now")])
}

fn notification_doors() -> Doors {
    const NOUN: &str = "Notifications";
    Doors::new()
        .at(
            NOUN,
            "/notifications",
            [get(notifications::list, "The asker's notifications, newest first")
                .query::<NotificationFilter>("filter", "Which; `all` unless it says otherwise.")
                .paged()],
        )
        .at(
            NOUN,
            "/notifications/{id}/read",
            [put(notifications::read, "Marks it as read"), delete(notifications::unread, "Marks it as unread again")],
        )
        .at(
            NOUN,
            "/notifications/read-all",
            [
                post(notifications::read_all, "Marks all as read"),
                delete(notifications::undo_read_all, "Takes that back")
                    .query::<Timestamp>("at", "The `at` that marking all as read answered with."),
            ],
        )
        .at(
            NOUN,
            "/me/notification-preferences",
            [
                get(notifications::preferences, "How the asker wants to be told"),
                put(notifications::set_preferences, "Changes it; kinds left out stay as they are"),
            ],
        )
        .at(NOUN, "/time-zones", [get(notifications::time_zones, "The zones that preferences know, by name")])
        .at(NOUN, "/ws/test-notification", [post(notifications::test, "Notifies the asker, to try it out")])
}

fn push_doors() -> Doors {
    const NOUN: &str = "Push";
    Doors::new()
        .at(NOUN, "/push/key", [get(push::key, "What a browser subscribes with")])
        .at(
            NOUN,
            "/push/subscriptions",
            [
                get(push::list, "The asker's devices that take pushes"),
                post(push::add, "Adds this device, in place of the one that the session had").may_clash(),
            ],
        )
        .at(NOUN, "/push/subscriptions/{id}", [delete(push::remove, "Removes a device")])
        .at(
            NOUN,
            "/push/subscriptions/{id}/test",
            [post(push::test, "Sends a push, and says whether its service took it").may_clash()],
        )
}

fn admin_doors() -> Doors {
    const NOUN: &str = "Community";
    Doors::new()
        .at(
            NOUN,
            "/admin/people",
            [get(admin::people, "Everyone, with roles and suspensions")
                .query::<String>("q", "The beginning of a name or handle.")
                .query::<Role>("role", "Only with this role.")
                .query::<bool>("suspended", "Only who is suspended, or who is not.")
                .not_for_all()
                .paged()],
        )
        .at(NOUN, "/admin/people/{id}/role", [put(admin::change_role, "Changes what somebody may do")])
        .at(
            NOUN,
            "/admin/people/{id}/suspension",
            [put(admin::suspend, "Suspends somebody"), delete(admin::lift, "Lets them in again")],
        )
        .at(
            NOUN,
            "/admin/deliveries",
            [get(admin::deliveries, "What became of notifications by each channel")
                .query::<NotificationStatus>("status", "Only `queued`, `delivered`, `read` or `failed`.")
                .query::<Channel>("channel", "Only by this channel.")
                .not_for_all()
                .paged()],
        )
}

fn live_doors() -> Doors {
    const JSON: &str = "application/json";
    Doors::new()
        .at("Live", "/ws/status", [get(live::status, "How many are connected")])
        .at("Live", "/ws/ticket", [post(live::ticket, "Opens one socket within seconds")
            .about("For whoever can send no header and should put no token into an address: `?ticket=`, or `auth.ticket` with Socket.IO.")])
        .at("Service", "/community", [get(people::community, "How many people there are")])
        .at(
            "Service",
            "/openapi.json",
            [get(reference::openapi, "This document, as it is for this server").answers_other(
                StatusCode::OK,
                JSON,
                "OpenAPI 3.1.",
            )],
        )
        .at(
            "Service",
            "/asyncapi.json",
            [get(reference::asyncapi, "The same for sockets").answers_other(StatusCode::OK, JSON, "AsyncAPI 3.0.")],
        )
        .at("Service", "/hubbub.d.ts", [get(reference::types, "Types for TypeScript, of requests and events")
            .answers_other(StatusCode::OK, "text/plain", "A file of declarations.")])
}

/// How pictures come: in a form, or bare.
const PICTURES: &[&str] = &["multipart/form-data", "image/*"];

fn picture_form(_: &mut Schemas) -> Value {
    json!({
        "type": "object",
        "properties": { "file": { "type": "string", "format": "binary", "description": "The picture." } },
        "required": ["file"],
    })
}

fn attachment_form(schemas: &mut Schemas) -> Value {
    let file = json!({ "type": "string", "format": "binary" });
    let file = json!({ "type": "object", "properties": { "file": file }, "required": ["file"] });
    json!({ "allOf": [schemas.read::<AttachmentForm>(), file] })
}

async fn unknown() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is nothing at this address.")
}

async fn wrong_method() -> Response {
    let error =
        ApiError::new(ErrorCode::Malformed, "This address does not take this method; `Allow` names those it takes.");
    refuse(StatusCode::METHOD_NOT_ALLOWED, error)
}
