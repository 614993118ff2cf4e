//! What messages carry: what is known of it; the bytes are elsewhere.

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{key, moment, ms, number, rows, small},
};
use crate::{
    protocol::{
        ids::{ApplicationId, AttachmentId, MessageId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{AttachmentRecord, AttachmentsRead, AttachmentsWrite, Carrier, Stored},
};

#[derive(sqlx::FromRow)]
pub(super) struct AttachmentRow {
    id: i64,
    owner_id: i64,
    client_id: Option<String>,
    message_id: Option<i64>,
    pub(super) application_id: Option<i64>,
    kind: String,
    name: String,
    content_type: String,
    size_bytes: i64,
    width: Option<i64>,
    height: Option<i64>,
    duration_ms: Option<i64>,
    waveform: Option<Vec<u8>>,
    created_at: i64,
}

impl AttachmentRow {
    pub(super) fn into_record(self) -> Stored<AttachmentRecord> {
        let message = self.message_id.map(|id| Carrier::Message(MessageId::new(number(id))));
        let application = self.application_id.map(|id| Carrier::Application(ApplicationId::new(number(id))));
        Ok(AttachmentRecord {
            id: AttachmentId::new(number(self.id)),
            owner: UserId::new(number(self.owner_id)),
            client_id: self.client_id,
            carrier: message.or(application),
            kind: columns::attachment_kind(&self.kind)?,
            name: self.name,
            content_type: self.content_type,
            size_bytes: number(self.size_bytes),
            width: self.width.map(small),
            height: self.height.map(small),
            duration_ms: self.duration_ms.map(number),
            waveform: self.waveform.unwrap_or_default(),
            created_at: moment(self.created_at),
        })
    }
}

#[async_trait]
impl AttachmentsRead for Link {
    async fn attachment(&mut self, id: AttachmentId) -> Stored<Option<AttachmentRecord>> {
        let select = concat!(select_attachments!(), "id = $1");
        let row = sqlx::query_as::<Db, AttachmentRow>(select).bind(key(id.get()));
        row.fetch_optional(self.connection()).await?.map(AttachmentRow::into_record).transpose()
    }

    async fn attachment_by_client_id(&mut self, owner: UserId, client_id: &str) -> Stored<Option<AttachmentRecord>> {
        let select = concat!(select_attachments!(), "owner_id = $1 AND client_id = $2");
        let row = sqlx::query_as::<Db, AttachmentRow>(select).bind(key(owner.get())).bind(client_id);
        row.fetch_optional(self.connection()).await?.map(AttachmentRow::into_record).transpose()
    }
}

#[async_trait]
impl AttachmentsWrite for Link {
    async fn insert_attachment(&mut self, attachment: &AttachmentRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO attachment (id, owner_id, client_id, kind, name, content_type, size_bytes, width, height, \
             duration_ms, waveform, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(key(attachment.id.get()))
        .bind(key(attachment.owner.get()))
        .bind(&attachment.client_id)
        .bind(columns::attachment_kind_word(attachment.kind))
        .bind(&attachment.name)
        .bind(&attachment.content_type)
        .bind(key(attachment.size_bytes))
        .bind(attachment.width.map(i64::from))
        .bind(attachment.height.map(i64::from))
        .bind(attachment.duration_ms.map(key))
        .bind(Some(attachment.waveform.as_slice()).filter(|waveform| !waveform.is_empty()))
        .bind(ms(attachment.created_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn claim_attachment(&mut self, id: AttachmentId, owner: UserId, carrier: Carrier) -> Stored<bool> {
        let update = "UPDATE attachment SET message_id = $3, application_id = $4 WHERE id = $1 AND owner_id = $2 \
                      AND message_id IS NULL AND application_id IS NULL AND discarded = FALSE";
        let (message, application) = match carrier {
            Carrier::Message(id) => (Some(key(id.get())), None),
            Carrier::Application(id) => (None, Some(key(id.get()))),
        };
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(key(owner.get()));
        Ok(update.bind(message).bind(application).execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn discard_attachment(&mut self, id: AttachmentId, owner: UserId) -> Stored<bool> {
        let update = "UPDATE attachment SET discarded = TRUE, client_id = NULL \
                      WHERE id = $1 AND owner_id = $2 AND message_id IS NULL AND application_id IS NULL \
                      AND discarded = FALSE";
        let update = sqlx::query::<Db>(update).bind(key(id.get())).bind(key(owner.get()));
        Ok(update.execute(self.connection()).await?.rows_affected() > 0)
    }

    async fn discard_attachment_of(&mut self, message: MessageId) -> Stored<Option<AttachmentId>> {
        let update = "UPDATE attachment SET discarded = TRUE, client_id = NULL, message_id = NULL \
                      WHERE message_id = $1 RETURNING id";
        let id = sqlx::query_scalar::<Db, i64>(update).bind(key(message.get()));
        Ok(id.fetch_optional(self.connection()).await?.map(|id| AttachmentId::new(number(id))))
    }

    async fn purge_attachments(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<AttachmentId>> {
        let delete = concat!(
            "DELETE FROM attachment WHERE id IN (SELECT attachment.id FROM attachment ",
            "WHERE attachment.message_id IS NULL AND attachment.application_id IS NULL AND attachment.created_at < $1 ",
            "ORDER BY attachment.created_at LIMIT $2",
            skip_locked!(),
            ") RETURNING id",
        );
        let mut gone = sqlx::query_scalar::<Db, i64>(delete)
            .bind(ms(before))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        gone.sort_unstable();
        Ok(gone.into_iter().map(|id| AttachmentId::new(number(id))).collect())
    }
}
