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
    routing::{delete, get, patch, post, put},
};
use tower_http::set_header::SetResponseHeaderLayer;

use super::{AppState, errors::refuse};
use crate::protocol::errors::{ApiError, ErrorCode};

/// All of `/api`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(account_routes())
        .merge(post_routes())
        .merge(comment_routes())
        .merge(people_routes())
        .merge(graph_routes())
        .merge(admin_routes())
        .merge(conversation_routes())
        .merge(job_routes())
        .merge(announcement_routes())
        .merge(notification_routes())
        .route("/uploads", post(files::upload))
        .route("/ws/status", get(live::status))
        .route("/ws/ticket", post(live::ticket))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Pictures and attachments, at `/media`.
pub fn media_routes() -> Router<AppState> {
    Router::new()
        .route("/images/{id}", get(files::image))
        .route("/attachments/{id}", get(attachments::attachment))
        .fallback(unknown)
}

fn account_routes() -> Router<AppState> {
    Router::new()
        .route("/auth/register", post(accounts::register))
        .route("/auth/login", post(accounts::login))
        .route("/auth/refresh", post(accounts::refresh))
        .route("/auth/logout", post(accounts::logout))
        .route("/auth/logout-everywhere", post(accounts::logout_everywhere))
        .route("/me", get(accounts::me).patch(accounts::change_profile))
        .route("/me/privacy", get(accounts::privacy).merge(patch(accounts::change_privacy)))
        .route("/me/password", post(accounts::change_password))
        .route("/me/confirmation", get(letters::is_confirmed).post(letters::ask_to_confirm))
        .route("/auth/confirm", post(letters::confirm))
        .route("/auth/forgot", post(letters::forgot))
        .route("/auth/reset", post(letters::reset))
        .route("/unsubscribe", get(letters::unsubscribe_page).post(letters::unsubscribe))
        .route("/admin/deliveries", get(admin::deliveries))
        .route("/me/avatar", put(files::set_avatar).delete(files::remove_avatar))
        .route("/me/sessions", get(accounts::sessions).delete(accounts::end_other_sessions))
        .route("/me/sessions/{id}", delete(accounts::end_session))
        .route("/me/tokens", get(tokens::list).post(tokens::create))
        .route("/me/tokens/{id}", delete(tokens::revoke))
}

fn post_routes() -> Router<AppState> {
    Router::new()
        .route("/feed", get(posts::feed))
        .route("/posts", get(posts::list).post(posts::create))
        .route("/posts/{id}", get(posts::one).merge(patch(posts::edit)).delete(posts::delete))
        .route("/posts/{id}/restore", post(posts::restore))
        .route("/posts/{id}/like", post(posts::toggle_like).put(posts::like).delete(posts::unlike))
        .route("/tags/{tag}/posts", get(posts::tagged))
}

fn comment_routes() -> Router<AppState> {
    Router::new()
        .route("/posts/{id}/comment", post(comments::add_documented))
        .route("/posts/{id}/comments", get(comments::list).post(comments::add))
        .route("/comments/{id}", delete(comments::delete))
        .route("/comments/{id}/restore", post(comments::restore))
        .route("/comments/{id}/replies", get(comments::replies))
        .route("/comments/{id}/like", put(comments::like).delete(comments::unlike))
}

fn people_routes() -> Router<AppState> {
    Router::new()
        .route("/people", get(people::search))
        .route("/people/{username}", get(people::profile))
        .route("/people/{username}/followers", get(people::followers))
        .route("/people/{username}/following", get(people::following))
        .route("/people/{username}/posts", get(people::posts))
        .route("/users/follow/{id}", post(people::follow_documented))
        .route("/users/{id}/follow", put(people::follow).delete(people::unfollow))
        .route("/users/followed", get(people::followed))
        .route("/users/to-follow", get(people::to_follow))
        .route("/community", get(people::community))
}

fn graph_routes() -> Router<AppState> {
    Router::new()
        .route("/connections", get(connections::list))
        .route("/connections/requests", get(connections::requests))
        .route("/connections/waiting", get(connections::waiting))
        .route("/connections/suggestions", get(connections::suggestions))
        .route(
            "/connections/{user_id}",
            put(connections::connect).merge(patch(connections::change)).delete(connections::disconnect),
        )
        .route("/blocks", get(blocks::list))
        .route("/blocks/{id}", put(blocks::block).delete(blocks::unblock))
        .route("/mutes", get(mutes::list))
        .route("/mutes/{user_id}", put(mutes::mute).delete(mutes::unmute))
        .route("/posts/{id}/mute", get(mutes::is_post_muted).merge(put(mutes::mute_post)).delete(mutes::unmute_post))
}

fn admin_routes() -> Router<AppState> {
    Router::new()
        .route("/admin/people", get(admin::people))
        .route("/admin/people/{id}/role", put(admin::change_role))
        .route("/admin/people/{id}/suspension", put(admin::suspend).delete(admin::lift))
}

fn conversation_routes() -> Router<AppState> {
    Router::new()
        .route("/conversations", get(conversations::list).post(conversations::begin))
        .route("/conversations/unread", get(conversations::unread))
        .route("/conversations/requests", get(conversations::requests))
        .route("/conversations/{id}", get(conversations::one).merge(patch(conversations::rename)))
        .route("/conversations/{id}/avatar", put(files::set_group_picture).delete(files::remove_group_picture))
        .route("/conversations/{id}/mine", patch(conversations::change_mine))
        .route("/conversations/{id}/members", post(conversations::add_members))
        .route("/conversations/{id}/members/{user_id}", delete(conversations::remove_member))
        .route("/conversations/{id}/accept", post(conversations::accept))
        .route("/conversations/{id}/decline", post(conversations::decline))
        .route("/conversations/{id}/changes", get(conversations::changes))
        .route("/conversations/{id}/messages", get(messages::list).post(messages::send))
        .route("/conversations/{id}/read", post(messages::read))
        .route("/messages/{id}", get(messages::one).merge(patch(messages::edit)).delete(messages::delete))
        .route("/messages/{id}/reactions/{emoji}", put(messages::react).delete(messages::take_back))
        .route("/attachments", post(attachments::upload))
        .route("/attachments/{id}", delete(attachments::discard))
}

fn announcement_routes() -> Router<AppState> {
    Router::new()
        .route("/announcements", get(announcements::list))
        .route("/announcements/unread", get(announcements::unread))
        .route("/announcements/{id}", get(announcements::one))
        .route("/admin/announcements", post(announcements::announce))
        .route("/admin/announcements/recipients", get(announcements::recipients))
        .route("/admin/announcements/{id}/end", post(announcements::end))
}

fn job_routes() -> Router<AppState> {
    Router::new()
        .route("/jobs", get(jobs::list).post(jobs::create))
        .route("/jobs/{id}", get(jobs::one).put(jobs::change).delete(jobs::delete))
        .route("/jobs/{id}/restore", post(jobs::restore))
        .route("/jobs/{id}/close", post(jobs::close))
        .route("/jobs/{id}/reopen", post(jobs::reopen))
        .route("/jobs/{id}/applications", get(jobs::applications).post(jobs::apply))
        .route("/applications/{id}", get(jobs::application).merge(patch(jobs::move_application)).delete(jobs::withdraw))
}

fn notification_routes() -> Router<AppState> {
    Router::new()
        .route("/notifications", get(notifications::list))
        .route("/notifications/{id}/read", put(notifications::read).delete(notifications::unread))
        .route("/notifications/read-all", post(notifications::read_all).delete(notifications::undo_read_all))
        .route(
            "/me/notification-preferences",
            get(notifications::preferences).merge(put(notifications::set_preferences)),
        )
        .route("/time-zones", get(notifications::time_zones))
        .route("/ws/test-notification", post(notifications::test))
        .route("/push/key", get(push::key))
        .route("/push/subscriptions", get(push::list).post(push::add))
        .route("/push/subscriptions/{id}", delete(push::remove))
        .route("/push/subscriptions/{id}/test", post(push::test))
}

async fn unknown() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is nothing at this address.")
}

async fn wrong_method() -> Response {
    let error =
        ApiError::new(ErrorCode::Malformed, "This address does not take this method; `Allow` names those it takes.");
    refuse(StatusCode::METHOD_NOT_ALLOWED, error)
}
