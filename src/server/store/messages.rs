//! Messages, notes and reactions.
//!
//! A page is one walk down an index, quotes and senders joined to it, and one more query for the reactions to all of it.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    Db, HOLDS_ROWS, Link, columns,
    columns::{PersonRefRow, image_url, key, moment, ms, number, rows, small},
    conversations::FactsRow as ConversationFactsRow,
    key_list,
};
use crate::{
    protocol::{
        attachments::Attachment,
        conversations::{MessageView, Quote, Reaction},
        ids::{AttachmentId, ConversationId, ImageId, MessageId, UserId},
        limits::QUOTE_MAX_CHARS,
        time::Timestamp,
        views::{Entity, PersonRef},
    },
    server::domain::{
        attachments::attachment_url,
        ports::{MessageFacts, MessageRecord, MessagesRead, MessagesWrite, Speaker, SpeakerFacts, StoreError, Stored},
    },
};

/// What a message is shown with: its sender, and what it replies to.
macro_rules! select_messages {
    () => {
        concat!(
            "SELECT message.id, message.conversation_id, message.seq, message.number, message.revision, ",
            "message.client_id, message.content, message.entities, message.note, message.created_at, ",
            "message.edited_at, message.deleted_at, message.reply_to, quoted.seq AS quoted_seq, ",
            "quoted.content AS quoted_content, quoted.deleted_at AS quoted_deleted_at, ",
            "quoted.sender_id AS quoted_sender_id, quoted_person.username AS quoted_username, ",
            "quoted_person.full_name AS quoted_full_name, quoted_person.avatar_id AS quoted_avatar_id, ",
            "quoted_attachment.kind AS quoted_attachment_kind, attachment.id AS attachment_id, ",
            "attachment.kind AS attachment_kind, attachment.name AS attachment_name, ",
            "attachment.content_type AS attachment_content_type, attachment.size_bytes AS attachment_size_bytes, ",
            "attachment.width AS attachment_width, attachment.height AS attachment_height, ",
            "attachment.duration_ms AS attachment_duration_ms, attachment.waveform AS attachment_waveform, ",
            person_columns!(),
            " FROM message CROSS JOIN person LEFT JOIN message AS quoted ON quoted.id = message.reply_to ",
            "LEFT JOIN person AS quoted_person ON quoted_person.id = quoted.sender_id ",
            "LEFT JOIN attachment AS quoted_attachment ON quoted_attachment.message_id = quoted.id ",
            "LEFT JOIN attachment ON attachment.message_id = message.id WHERE person.id = message.sender_id AND ",
        )
    };
}

pub(super) const PAGE_OF_MESSAGES: &str = concat!(
    select_messages!(),
    "message.conversation_id = $1 AND message.seq > $2 AND message.seq < $3 ORDER BY message.seq DESC LIMIT $4",
);

pub(super) const PAGE_OF_CHANGES: &str = concat!(
    select_messages!(),
    "message.conversation_id = $1 AND message.seq > $2 AND message.revision > $3 ORDER BY message.revision LIMIT $4",
);

pub(super) const MESSAGES_BY_ID: &str = concat!(select_messages!(), "message.id ", one_of!("$1"));

/// What decides whether the people of a list (place in it, person, conversation, client id) may say something.
pub(super) const SPEAKERS: &str = concat!(
    "SELECT ",
    cell!(0),
    " AS place, (SELECT message.id FROM message WHERE message.sender_id = ",
    cell!(1),
    " AND message.client_id = ",
    cell!(3 text),
    ") AS sent_before, (SELECT notification.id FROM notification WHERE notification.user_id = ",
    cell!(1),
    " AND notification.group_key = 'messages:' || ",
    cell!(2),
    " AND notification.is_open) IS NOT NULL AS is_told, ",
    facts_columns!(),
    " FROM ",
    records!("$1"),
    " LEFT JOIN conversation ON conversation.id = ",
    cell!(2),
    " LEFT JOIN conversation_member AS mine ON mine.conversation_id = conversation.id AND mine.user_id = ",
    cell!(1),
    " LEFT JOIN person ON person.id = mine.user_id",
);

const INSERT_MESSAGES: &str = concat!(
    "INSERT INTO message (id, conversation_id, seq, number, revision, sender_id, client_id, content, entities, reply_to, ",
    "note, created_at) SELECT ",
    cell!(0),
    ", ",
    cell!(1),
    ", ",
    cell!(2),
    ", ",
    cell!(3),
    ", ",
    cell!(2),
    ", ",
    cell!(4),
    ", ",
    cell!(5 text),
    ", ",
    cell!(6 text),
    ", ",
    cell!(7 text),
    ", ",
    cell!(8),
    ", ",
    cell!(9 text),
    ", ",
    cell!(10),
    " FROM ",
    records!("$1"),
);

/// The last messages of a list of conversations (conversation, message, moment).
pub(super) const SAID_LAST: &str = concat!(
    "UPDATE conversation SET last_message_id = ",
    cell!(1),
    ", last_said_at = ",
    cell!(2),
    " FROM ",
    records!("$1"),
    " WHERE conversation.id = ",
    cell!(0),
);

pub(super) const REACTIONS_TO: &str = concat!(
    "SELECT message_id, emoji, user_id FROM reaction WHERE message_id ",
    one_of!("$1"),
    " ORDER BY message_id, place",
);

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: i64,
    conversation_id: i64,
    seq: i64,
    number: i64,
    revision: i64,
    client_id: Option<String>,
    content: String,
    entities: String,
    note: Option<String>,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    reply_to: Option<i64>,
    #[sqlx(flatten)]
    quoted: QuotedRow,
    #[sqlx(flatten)]
    sender: PersonRefRow,
    #[sqlx(flatten)]
    attachment: CarriedRow,
}

/// What a message carries; empty when it carries nothing.
#[derive(sqlx::FromRow)]
struct CarriedRow {
    attachment_id: Option<i64>,
    attachment_kind: Option<String>,
    attachment_name: Option<String>,
    attachment_content_type: Option<String>,
    attachment_size_bytes: Option<i64>,
    attachment_width: Option<i64>,
    attachment_height: Option<i64>,
    attachment_duration_ms: Option<i64>,
    attachment_waveform: Option<Vec<u8>>,
}

impl CarriedRow {
    fn into_attachment(self) -> Stored<Option<Attachment>> {
        let Some((id, kind)) = self.attachment_id.zip(self.attachment_kind) else { return Ok(None) };
        let attachment_id = AttachmentId::new(number(id));
        Ok(Some(Attachment {
            attachment_id,
            kind: columns::attachment_kind(&kind)?,
            url: attachment_url(attachment_id),
            name: self.attachment_name.unwrap_or_default(),
            content_type: self.attachment_content_type.unwrap_or_default(),
            size_bytes: number(self.attachment_size_bytes.unwrap_or_default()),
            width: self.attachment_width.map(small),
            height: self.attachment_height.map(small),
            duration_ms: self.attachment_duration_ms.map(number),
            waveform: self.attachment_waveform.unwrap_or_default(),
        }))
    }
}

/// What a message replies to; empty when it replies to none.
#[derive(sqlx::FromRow)]
struct QuotedRow {
    quoted_seq: Option<i64>,
    quoted_content: Option<String>,
    quoted_deleted_at: Option<i64>,
    quoted_sender_id: Option<i64>,
    quoted_username: Option<String>,
    quoted_full_name: Option<String>,
    quoted_avatar_id: Option<i64>,
    quoted_attachment_kind: Option<String>,
}

impl QuotedRow {
    fn into_quote(self, message: i64) -> Stored<Quote> {
        let deleted = self.quoted_deleted_at.is_some();
        let content = if deleted { String::new() } else { self.quoted_content.unwrap_or_default() };
        let attachment = self.quoted_attachment_kind.as_deref().filter(|_| !deleted);
        Ok(Quote {
            message_id: MessageId::new(number(message)),
            sender: PersonRef {
                id: UserId::new(number(self.quoted_sender_id.unwrap_or_default())),
                username: self.quoted_username.unwrap_or_default(),
                full_name: self.quoted_full_name.unwrap_or_default(),
                avatar_url: self.quoted_avatar_id.map(|id| image_url(ImageId::new(number(id)))),
            },
            content: content.chars().take(QUOTE_MAX_CHARS).collect(),
            attachment: attachment.map(columns::attachment_kind).transpose()?,
            seq: number(self.quoted_seq.unwrap_or_default()),
            deleted,
        })
    }
}

impl MessageRow {
    /// What a deleted one said, and what was said to it, is not told.
    fn into_view(self, reactions: Vec<Reaction>) -> Stored<MessageView> {
        let sender = PersonRef::from(self.sender);
        let deleted = self.deleted_at.is_some();
        Ok(MessageView {
            conversation_id: ConversationId::new(number(self.conversation_id)),
            message_id: MessageId::new(number(self.id)),
            client_id: self.client_id,
            sender_id: sender.id,
            sender,
            content: if deleted { String::new() } else { self.content },
            entities: if deleted { Vec::new() } else { columns::from_json(&self.entities)? },
            attachment: if deleted { None } else { self.attachment.into_attachment()? },
            reply_to: self.reply_to.map(|message| self.quoted.into_quote(message)).transpose()?,
            reactions: if deleted { Vec::new() } else { reactions },
            note: self.note.as_deref().map(columns::from_json).transpose()?,
            timestamp: moment(self.created_at),
            edited_at: self.edited_at.filter(|_| !deleted).map(moment),
            deleted,
            seq: number(self.seq),
            revision: number(self.revision),
            number: number(self.number),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    conversation_id: i64,
    sender_id: i64,
    seq: i64,
    number: i64,
    is_note: bool,
    deleted: bool,
}

/// A row of [`SPEAKERS`].
#[derive(sqlx::FromRow)]
struct SpeakerRow {
    place: i64,
    sent_before: Option<i64>,
    is_told: bool,
    #[sqlx(flatten)]
    conversation: ConversationFactsRow,
}

impl SpeakerRow {
    fn into_facts(self, speaker: UserId) -> Stored<SpeakerFacts> {
        Ok(SpeakerFacts {
            sent_before: self.sent_before.map(|id| MessageId::new(number(id))),
            conversation: self.conversation.into_facts(speaker)?,
            is_told: self.is_told,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ReactionRow {
    message_id: i64,
    emoji: String,
    user_id: i64,
}

/// One row under the emoji it is of; rows come in the order in which they were given.
fn add_reaction(reactions: &mut Vec<Reaction>, row: ReactionRow) {
    let by = UserId::new(number(row.user_id));
    match reactions.iter_mut().find(|reaction| reaction.emoji == row.emoji) {
        Some(reaction) => reaction.user_ids.push(by),
        None => reactions.push(Reaction { emoji: row.emoji, user_ids: vec![by] }),
    }
}

impl Link {
    /// Rows as views: the reactions to all of them are fetched at once. A reaction is an entry of the log of its own, so a
    /// message has none as long as its own entry is its newest.
    async fn with_reactions(&mut self, messages: Vec<MessageRow>) -> Stored<Vec<MessageView>> {
        let changed = messages.iter().filter(|message| message.revision > message.seq);
        let mut reactions = self.reactions_to(changed.map(|message| message.id).collect()).await?;
        messages
            .into_iter()
            .map(|message| {
                let to_message = reactions.remove(&message.id).unwrap_or_default();
                message.into_view(to_message)
            })
            .collect()
    }

    async fn reactions_to(&mut self, messages: Vec<i64>) -> Stored<HashMap<i64, Vec<Reaction>>> {
        let mut reactions = HashMap::<i64, Vec<Reaction>>::new();
        if messages.is_empty() {
            return Ok(reactions);
        }
        let found = sqlx::query_as::<Db, ReactionRow>(REACTIONS_TO).bind(key_list(&messages)?);
        for row in found.fetch_all(self.connection()).await? {
            add_reaction(reactions.entry(row.message_id).or_default(), row);
        }
        Ok(reactions)
    }

    /// Holds the conversation that a message is in.
    async fn hold_conversation_of(&mut self, message: MessageId) -> Stored<()> {
        if !HOLDS_ROWS {
            return Ok(());
        }
        let select = concat!(
            "SELECT id FROM conversation WHERE id = (SELECT conversation_id FROM message WHERE id = $1)",
            held!()
        );
        sqlx::query::<Db>(select).bind(key(message.get())).execute(self.connection()).await?;
        Ok(())
    }
}

#[async_trait]
impl MessagesRead for Link {
    async fn message_facts(&mut self, id: MessageId) -> Stored<Option<MessageFacts>> {
        let select = "SELECT conversation_id, sender_id, seq, number, note IS NOT NULL AS is_note, \
                      deleted_at IS NOT NULL AS deleted FROM message WHERE id = $1";
        let row = sqlx::query_as::<Db, FactsRow>(select).bind(key(id.get()));
        Ok(row.fetch_optional(self.connection()).await?.map(|row| MessageFacts {
            id,
            conversation_id: ConversationId::new(number(row.conversation_id)),
            sender: UserId::new(number(row.sender_id)),
            seq: number(row.seq),
            number: number(row.number),
            is_note: row.is_note,
            deleted: row.deleted,
        }))
    }

    async fn messages_by_id(&mut self, ids: &[MessageId]) -> Stored<Vec<MessageView>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ids.iter().map(|id| key(id.get())).collect::<Vec<_>>();
        let found = sqlx::query_as::<Db, MessageRow>(MESSAGES_BY_ID).bind(key_list(&ids)?);
        let found = found.fetch_all(self.connection()).await?;
        self.with_reactions(found).await
    }

    async fn speakers(&mut self, asked: &[Speaker]) -> Stored<Vec<SpeakerFacts>> {
        let rows = asked.iter().enumerate().map(|(at, speaker)| {
            (at, key(speaker.user_id.get()), key(speaker.conversation_id.get()), &speaker.client_id)
        });
        let rows = columns::json(&rows.collect::<Vec<_>>())?;
        let found = sqlx::query_as::<Db, SpeakerRow>(SPEAKERS).bind(rows).fetch_all(self.connection()).await?;
        let mut facts = found.into_iter().map(|row| (row.place, row)).collect::<HashMap<_, _>>();
        let of = |(at, speaker): (usize, &Speaker)| {
            let row =
                facts.remove(&columns::rows(at)).ok_or_else(|| StoreError::Failed("a speaker was lost".into()))?;
            row.into_facts(speaker.user_id)
        };
        asked.iter().enumerate().map(of).collect()
    }

    async fn messages(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Stored<Vec<MessageView>> {
        let page = sqlx::query_as::<Db, MessageRow>(PAGE_OF_MESSAGES)
            .bind(key(id.get()))
            .bind(key(from_seq))
            .bind(before.map_or(i64::MAX, key))
            .bind(rows(limit));
        let page = page.fetch_all(self.connection()).await?;
        self.with_reactions(page).await
    }

    async fn messages_changed(
        &mut self,
        id: ConversationId,
        from_seq: u64,
        after: u64,
        limit: usize,
    ) -> Stored<Vec<MessageView>> {
        let page = sqlx::query_as::<Db, MessageRow>(PAGE_OF_CHANGES)
            .bind(key(id.get()))
            .bind(key(from_seq))
            .bind(key(after))
            .bind(rows(limit));
        let page = page.fetch_all(self.connection()).await?;
        self.with_reactions(page).await
    }

    async fn reactions(&mut self, id: MessageId) -> Stored<Vec<Reaction>> {
        let id = key(id.get());
        Ok(self.reactions_to(vec![id]).await?.remove(&id).unwrap_or_default())
    }
}

#[async_trait]
impl MessagesWrite for Link {
    async fn insert_messages(&mut self, messages: &[MessageRecord]) -> Stored<()> {
        let rows = messages.iter().map(|message| {
            Ok((
                key(message.id.get()),
                key(message.conversation_id.get()),
                key(message.entry.seq),
                key(message.entry.number),
                key(message.sender.get()),
                &message.client_id,
                &message.content,
                columns::json(&message.entities)?,
                message.reply_to.map(|id| key(id.get())),
                message.note.as_ref().map(columns::json).transpose()?,
                ms(message.created_at),
            ))
        });
        let rows = rows.collect::<Stored<Vec<_>>>()?;
        sqlx::query::<Db>(INSERT_MESSAGES).bind(columns::json(&rows)?).execute(self.connection()).await?;
        // The last of each conversation.
        let last = messages.iter().map(|message| (message.conversation_id, message)).collect::<HashMap<_, _>>();
        let last = last
            .into_values()
            .map(|message| (key(message.conversation_id.get()), key(message.id.get()), ms(message.created_at)));
        let last = columns::json(&last.collect::<Vec<_>>())?;
        sqlx::query::<Db>(SAID_LAST).bind(last).execute(self.connection()).await?;
        Ok(())
    }

    async fn update_message(
        &mut self,
        id: MessageId,
        content: &str,
        entities: &[Entity],
        at: Timestamp,
        revision: u64,
    ) -> Stored<()> {
        // An edit that comes after the deletion brings nothing back.
        let update = "UPDATE message SET content = CASE WHEN deleted_at IS NULL THEN $2 ELSE content END, \
                      entities = CASE WHEN deleted_at IS NULL THEN $3 ELSE entities END, \
                      edited_at = CASE WHEN deleted_at IS NULL THEN $4 ELSE edited_at END, revision = $5 WHERE id = $1";
        sqlx::query::<Db>(update)
            .bind(key(id.get()))
            .bind(content)
            .bind(columns::json(entities)?)
            .bind(ms(at))
            .bind(key(revision))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn delete_message(&mut self, id: MessageId, at: Timestamp, revision: u64) -> Stored<()> {
        let update = "UPDATE message SET content = '', entities = '[]', deleted_at = coalesce(deleted_at, $2), \
                      revision = $3 WHERE id = $1";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(ms(at)).bind(key(revision));
        update.execute(self.connection()).await?;
        let delete = "DELETE FROM reaction WHERE message_id = $1";
        sqlx::query::<Db>(delete).bind(key(id.get())).execute(self.connection()).await?;
        Ok(())
    }

    async fn set_reaction(&mut self, id: MessageId, by: UserId, emoji: &str, on: bool, at: Timestamp) -> Stored<bool> {
        // Whoever deletes the message, or reacts to it as well, holds the conversation too: one comes after the other.
        self.hold_conversation_of(id).await?;
        let insert = "INSERT INTO reaction (message_id, user_id, emoji, place, created_at) SELECT $1, $2, $3, \
                      (SELECT coalesce(max(place), 0) + 1 FROM reaction WHERE message_id = $1), $4 \
                      FROM message WHERE id = $1 AND deleted_at IS NULL ON CONFLICT DO NOTHING";
        let delete = "DELETE FROM reaction WHERE message_id = $1 AND user_id = $2 AND emoji = $3";
        let write = sqlx::query::<Db>(if on { insert } else { delete });
        let write = write.bind(key(id.get())).bind(key(by.get())).bind(emoji);
        let write = if on { write.bind(ms(at)) } else { write };
        Ok(write.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn set_revision(&mut self, id: MessageId, revision: u64) -> Stored<()> {
        let update = "UPDATE message SET revision = $2 WHERE id = $1";
        sqlx::query::<Db>(update).bind(key(id.get())).bind(key(revision)).execute(self.connection()).await?;
        Ok(())
    }
}
