//! Pictures: what is known of them; their bytes are elsewhere.

use async_trait::async_trait;

use super::{
    Db, Link, columns,
    columns::{key, moment, ms, number, rows, small},
};
use crate::{
    protocol::{
        ids::{ConversationId, ImageId, PostId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{ImageRecord, ImagesRead, ImagesWrite, Stored},
};

#[derive(sqlx::FromRow)]
struct ImageRow {
    id: i64,
    owner_id: i64,
    purpose: String,
    post_id: Option<i64>,
    conversation_id: Option<i64>,
    content_type: String,
    width: i64,
    height: i64,
    size_bytes: i64,
    created_at: i64,
}

impl ImageRow {
    fn into_record(self) -> Stored<ImageRecord> {
        Ok(ImageRecord {
            id: ImageId::new(number(self.id)),
            owner: UserId::new(number(self.owner_id)),
            purpose: columns::purpose(&self.purpose)?,
            post_id: self.post_id.map(|id| PostId::new(number(id))),
            conversation_id: self.conversation_id.map(|id| ConversationId::new(number(id))),
            content_type: self.content_type,
            width: small(self.width),
            height: small(self.height),
            size_bytes: number(self.size_bytes),
            created_at: moment(self.created_at),
        })
    }
}

#[async_trait]
impl ImagesRead for Link {
    async fn image(&mut self, id: ImageId) -> Stored<Option<ImageRecord>> {
        let select = "SELECT id, owner_id, purpose, post_id, conversation_id, content_type, width, height, size_bytes, \
                      created_at FROM image WHERE id = $1";
        let row = sqlx::query_as::<Db, ImageRow>(select).bind(key(id.get())).fetch_optional(self.connection()).await?;
        row.map(ImageRow::into_record).transpose()
    }
}

#[async_trait]
impl ImagesWrite for Link {
    async fn insert_image(&mut self, image: &ImageRecord) -> Stored<()> {
        sqlx::query::<Db>(
            "INSERT INTO image (id, owner_id, purpose, post_id, content_type, width, height, size_bytes, created_at, \
             conversation_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(key(image.id.get()))
        .bind(key(image.owner.get()))
        .bind(columns::purpose_word(image.purpose))
        .bind(image.post_id.map(|id| key(id.get())))
        .bind(&image.content_type)
        .bind(i64::from(image.width))
        .bind(i64::from(image.height))
        .bind(key(image.size_bytes))
        .bind(ms(image.created_at))
        .bind(image.conversation_id.map(|id| key(id.get())))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn attach_image(
        &mut self,
        id: ImageId,
        owner: UserId,
        post: PostId,
        position: usize,
        alt: &str,
    ) -> Stored<bool> {
        let update = "UPDATE image SET post_id = $3, position = $4, alt = $5 \
                      WHERE id = $1 AND owner_id = $2 AND purpose = 'photo' AND post_id IS NULL";
        let done = sqlx::query::<Db>(update)
            .bind(key(id.get()))
            .bind(key(owner.get()))
            .bind(key(post.get()))
            .bind(rows(position))
            .bind(alt)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn purge_images(&mut self, before: Timestamp, limit: usize) -> Stored<Vec<ImageId>> {
        let delete = concat!(
            "DELETE FROM image WHERE id IN (SELECT image.id FROM image WHERE image.post_id IS NULL ",
            "AND image.created_at < $1 AND NOT EXISTS (SELECT 1 FROM person WHERE person.avatar_id = image.id) ",
            "AND NOT EXISTS (SELECT 1 FROM conversation WHERE conversation.avatar_id = image.id) ",
            "ORDER BY image.created_at LIMIT $2",
            skip_locked!(),
            ") RETURNING id",
        );
        let mut gone = sqlx::query_scalar::<Db, i64>(delete)
            .bind(ms(before))
            .bind(rows(limit))
            .fetch_all(self.connection())
            .await?;
        gone.sort_unstable();
        Ok(gone.into_iter().map(|id| ImageId::new(number(id))).collect())
    }
}
