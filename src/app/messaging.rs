//! How the app's live half reaches the server for conversations.

use super::facts::Viewer;
use crate::{
    api::conversations::{change_membership, conversation_page, message_page, one_conversation},
    client::live::{Doors, Live, door},
    protocol::{
        conversations::{ConversationBox, ConversationItem},
        errors::{ApiError, ErrorCode},
        ids::{ConversationId, UserId},
    },
};

/// Messages of an older page.
const PAGE: usize = 40;

/// Gives the live half its ways to the server.
pub fn open_doors(live: Live, viewer: Viewer) {
    let me = viewer.get_untracked().map_or(UserId::new(0), |me| me.profile.person.id);
    let conversations = live.conversations(me);
    conversations.set_doors(Doors {
        item: door(item),
        inbox: door(|before: Option<String>| {
            conversation_page(ConversationBox::Inbox, String::new(), before.and_then(|at| at.parse().ok()))
        }),
        messages: door(|(id, before): (ConversationId, Option<String>)| {
            message_page(id, before.and_then(|at| at.parse().ok()), Some(PAGE))
        }),
        draft: door(|(id, draft): (ConversationId, String)| async move {
            change_membership(id, None, None, Some(draft)).await.map(drop)
        }),
    });
    live.watch_idleness();
}

/// One conversation, or none where the reader is in none.
async fn item(id: ConversationId) -> Result<Option<ConversationItem>, ApiError> {
    match one_conversation(id).await {
        Ok(item) => Ok(Some(item)),
        Err(error) if error.code == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
