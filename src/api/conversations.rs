//! Conversations: beginning, reading, saying, and what a member keeps to themselves.
#![expect(missing_docs, reason = "the macro turns arguments into public fields; the functions describe them")]

use leptos::{
    prelude::*,
    server_fn::codec::{GetUrl, MultipartData, MultipartFormData},
};

use crate::protocol::{
    conversations::{ConversationBox, ConversationItem, MessageView, Reaction},
    errors::ApiError,
    ids::{ConversationId, MessageId, UserId},
    views::{Page, PersonRef},
};

/// Where a plain form says something, with or without a file: `multipart/form-data` with the fields `id` (the
/// conversation), `content`, `reply_to`, `client_id` and `file`; all but `id` may be missing or empty, if not all at once.
/// A page without a script has no `client_id`, so it sends each form once. It leads back to the page it was sent from; when
/// something was wrong, with the text.
pub const SEND_FORM_HREF: &str = "/sfn/conversations/send-form";

/// A page of conversations, last said first.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "conversations/page", input = GetUrl)]
pub async fn conversation_page(
    of: ConversationBox,
    query: String,
    before: Option<u64>,
) -> Result<Page<ConversationItem>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.conversations(&actor, of, &query, before, None).await }).await
}

/// In how many conversations strangers wait for an answer.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "conversations/requests", input = GetUrl)]
pub async fn request_count() -> Result<u64, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.count_requests(&actor).await }).await
}

/// One conversation.
///
/// # Errors
/// Not found when the asker does not take part and was not asked to.
#[server(prefix = "/sfn", endpoint = "conversations/one", input = GetUrl)]
pub async fn one_conversation(id: ConversationId) -> Result<ConversationItem, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.conversation(&actor, id).await }).await
}

/// A page of a thread, newest first; `before` is a place (`seq`).
///
/// # Errors
/// Not found when the asker may not read there.
#[server(prefix = "/sfn", endpoint = "conversations/thread", input = GetUrl)]
pub async fn message_page(
    id: ConversationId,
    before: Option<u64>,
    limit: Option<usize>,
) -> Result<Page<MessageView>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.messages(&actor, id, before, limit).await }).await
}

/// Begins a group, or finds or begins the direct conversation with somebody. A form without a script is led to it.
///
/// # Errors
/// When a person does not exist or cannot be written to, or there are too many.
#[server(prefix = "/sfn", endpoint = "conversations/begin")]
pub async fn begin_conversation(
    #[server(default)] member_ids: Vec<UserId>,
    title: Option<String>,
    client_id: Option<String>,
) -> Result<ConversationItem, ApiError> {
    use crate::{
        protocol::conversations::NewConversation,
        server::auth::asker::{asked, lead_to},
    };
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let form = NewConversation { member_ids, title: filled(title), client_id: filled(client_id) };
    let begun = asked(|domain, actor| async move { domain.begin_conversation(&actor, form).await }).await?;
    lead_to(&format!("/messages/{}", begun.conversation.conversation_id));
    Ok(begun)
}

/// Replaces the text of one's own message.
///
/// # Errors
/// When it is not the asker's, was deleted, or the text is not acceptable.
#[server(prefix = "/sfn", endpoint = "conversations/edit")]
pub async fn edit_message(id: MessageId, content: String) -> Result<MessageView, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.edit_message(&actor, id, &content).await }).await
}

/// Deletes one's own message for everybody.
///
/// # Errors
/// When it is not the asker's.
#[server(prefix = "/sfn", endpoint = "conversations/delete")]
pub async fn delete_message(id: MessageId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.delete_message(&actor, id).await }).await
}

/// Puts an emoji under a message, or takes it back.
///
/// # Errors
/// When the asker may not write there, this is no emoji, or there are too many.
#[server(prefix = "/sfn", endpoint = "conversations/react")]
pub async fn set_reaction(id: MessageId, emoji: String, on: bool) -> Result<Vec<Reaction>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.set_reaction(&actor, id, &emoji, on).await }).await
}

/// The asker has seen everything up to a message.
///
/// # Errors
/// Not found when there is no such message that the asker may read.
#[server(prefix = "/sfn", endpoint = "conversations/read")]
pub async fn read_message(id: ConversationId, message_id: MessageId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.read_message(&actor, id, message_id).await }).await
}

/// Mutes, pins, keeps a draft; what is left out stays.
///
/// # Errors
/// Not found when the asker does not take part and was not asked to.
#[server(prefix = "/sfn", endpoint = "conversations/mine")]
pub async fn change_membership(
    id: ConversationId,
    muted: Option<bool>,
    pinned: Option<bool>,
    draft: Option<String>,
) -> Result<ConversationItem, ApiError> {
    use crate::{protocol::conversations::MembershipChange, server::auth::asker::asked};
    let change = MembershipChange { muted, pinned, draft };
    asked(|domain, actor| async move { domain.change_membership(&actor, id, change).await }).await
}

/// Names a group.
///
/// # Errors
/// When the asker is no admin of it, or the title is not acceptable.
#[server(prefix = "/sfn", endpoint = "conversations/rename")]
pub async fn rename_conversation(id: ConversationId, title: String) -> Result<ConversationItem, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.rename_conversation(&actor, id, &title).await }).await
}

/// Gives a group a picture from the field `file` of a form whose field `id` names it: the square that the fields `x`, `y`
/// and `zoom` choose (see [`Crop`](crate::protocol::crop::Crop)), or the middle one.
///
/// # Errors
/// When the asker is no admin of it, or the file is not a picture, or too large.
#[server(prefix = "/sfn", endpoint = "conversations/picture", input = MultipartFormData)]
pub async fn set_group_picture(data: MultipartData) -> Result<ConversationItem, ApiError> {
    use crate::{
        protocol::{crop::Crop, errors::ErrorCode},
        server::{auth::asker::asked, domain::DomainError},
    };
    let unreadable = |_| ApiError::new(ErrorCode::Malformed, "The upload broke off. Try again.");
    let mut form = data.into_inner().ok_or_else(|| DomainError::invalid("file", "Choose a picture."))?;
    let (mut id, mut file, mut crop) = (None, None, Crop::default());
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            file = Some(field.bytes().await.map_err(unreadable)?);
            continue;
        }
        let text = field.text().await.map_err(unreadable)?;
        match name.as_str() {
            "id" => id = text.parse::<ConversationId>().ok(),
            // What is no number leaves the middle.
            "x" => crop.x = text.parse().unwrap_or(crop.x),
            "y" => crop.y = text.parse().unwrap_or(crop.y),
            "zoom" => crop.zoom = text.parse().unwrap_or(crop.zoom),
            _ => {}
        }
    }
    let id = id.ok_or(DomainError::NotFound("This conversation"))?;
    let file = file.ok_or_else(|| DomainError::invalid("file", "Choose a picture."))?;
    asked(move |domain, actor| async move { domain.set_group_picture(&actor, id, file, crop).await }).await
}

/// Removes the picture of a group.
///
/// # Errors
/// When the asker is no admin of it.
#[server(prefix = "/sfn", endpoint = "conversations/remove-picture")]
pub async fn remove_group_picture(id: ConversationId) -> Result<ConversationItem, ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.remove_group_picture(&actor, id).await }).await
}

/// Adds people to a group.
///
/// # Errors
/// When the asker is no admin of it, a person cannot be added, or there would be too many.
#[server(prefix = "/sfn", endpoint = "conversations/add")]
pub async fn add_members(
    id: ConversationId,
    #[server(default)] member_ids: Vec<UserId>,
) -> Result<ConversationItem, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.add_members(&actor, id, &member_ids).await }).await
}

/// Takes somebody out of a group; oneself leaves it.
///
/// # Errors
/// When the asker may not do that, or the person is not in it.
#[server(prefix = "/sfn", endpoint = "conversations/remove")]
pub async fn remove_member(id: ConversationId, user_id: UserId) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.remove_member(&actor, id, user_id).await }).await
}

/// Takes part in a conversation that a stranger began, or does not.
///
/// # Errors
/// Not found when the asker was not asked to.
#[server(prefix = "/sfn", endpoint = "conversations/answer")]
pub async fn answer_request(id: ConversationId, accept: bool) -> Result<(), ApiError> {
    use crate::server::auth::asker::{asked, lead_to};
    asked(move |domain, actor| async move {
        if accept {
            domain.accept_request(&actor, id).await.map(drop)
        } else {
            domain.decline_request(&actor, id).await
        }
    })
    .await?;
    if !accept {
        lead_to("/messages");
    }
    Ok(())
}

/// Blocks or unblocks somebody.
///
/// # Errors
/// When there is no such person, or it is oneself.
#[server(prefix = "/sfn", endpoint = "blocks/set")]
pub async fn set_block(user_id: UserId, blocked: bool) -> Result<(), ApiError> {
    use crate::server::auth::asker::asked;
    asked(move |domain, actor| async move { domain.set_block(&actor, user_id, blocked).await }).await
}

/// Whom the asker blocked, newest first.
///
/// # Errors
/// When the store fails.
#[server(prefix = "/sfn", endpoint = "blocks/list", input = GetUrl)]
pub async fn blocked_people() -> Result<Vec<PersonRef>, ApiError> {
    use crate::server::auth::asker::asked;
    asked(|domain, actor| async move { domain.blocks(&actor).await }).await
}
