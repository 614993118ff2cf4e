//! Pictures: uploads for posts, and faces.

use bytes::Bytes;

use super::{
    Actor, Domain,
    conversations::facts_for,
    errors::{DomainError, Result},
    people::profile_of,
    ports::{ImagePurpose, ImageRecord, Picture},
    posts::visible_post,
};
use crate::protocol::{
    crop::Crop,
    ids::{ConversationId, ImageId},
    limits::IMAGE_MAX_BYTES,
    views::{ImageView, Profile},
};

/// The address of a picture on this server.
#[must_use]
pub fn image_url(id: ImageId) -> String {
    format!("/media/images/{id}")
}

impl Domain {
    /// Takes a picture for a post. It waits a day for the post that shows it.
    ///
    /// # Errors
    /// When the file is too large or not an accepted picture.
    pub async fn upload_image(&self, actor: &Actor, file: Bytes) -> Result<ImageView> {
        check_size(&file)?;
        let picture = self.ports.pictures.photo(file).await?;
        let record = self.keep_picture(actor, picture, ImagePurpose::Photo, None).await?;
        let mut tx = self.ports.store.begin().await?;
        tx.insert_image(&record).await?;
        tx.commit().await?;
        let url = image_url(record.id);
        Ok(ImageView { id: record.id, url, width: record.width, height: record.height, alt: String::new() })
    }

    /// Replaces the asker's face by a square of a picture.
    ///
    /// # Errors
    /// When the file is too large or not an accepted picture.
    pub async fn set_avatar(&self, actor: &Actor, file: Bytes, crop: Crop) -> Result<Profile> {
        check_size(&file)?;
        let picture = self.ports.pictures.avatar(file, crop).await?;
        let record = self.keep_picture(actor, picture, ImagePurpose::Avatar, None).await?;
        let mut tx = self.ports.store.begin().await?;
        tx.insert_image(&record).await?;
        tx.set_avatar(actor.user_id, Some(record.id)).await?;
        let profile = profile_of(&mut *tx, actor.user_id, actor).await?;
        tx.commit().await?;
        Ok(profile)
    }

    /// Removes the asker's face: initials stand in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove_avatar(&self, actor: &Actor) -> Result<Profile> {
        let mut tx = self.ports.store.begin().await?;
        tx.set_avatar(actor.user_id, None).await?;
        let profile = profile_of(&mut *tx, actor.user_id, actor).await?;
        tx.commit().await?;
        Ok(profile)
    }

    /// A picture and its bytes, for those who may see the post it is on. One that no post shows yet is its owner's.
    ///
    /// # Errors
    /// Not found when there is none that the asker may see.
    pub async fn image(&self, actor: &Actor, id: ImageId) -> Result<(ImageRecord, Bytes)> {
        let missing = DomainError::NotFound("This picture");
        let record = {
            let mut read = self.ports.store.read().await?;
            let Some(record) = read.image(id).await? else { return Err(missing) };
            match (record.purpose, record.post_id) {
                (ImagePurpose::Avatar, _) => match record.conversation_id {
                    None => {}
                    // The picture of a group, for whoever may read there.
                    Some(group) => drop(facts_for(&mut *read, actor, group).await.map_err(|error| match error {
                        DomainError::NotFound(_) => missing,
                        other => other,
                    })?),
                },
                (ImagePurpose::Photo, Some(post)) => {
                    visible_post(&mut *read, actor, post).await?;
                }
                (ImagePurpose::Photo, None) if record.owner == actor.user_id => {}
                (ImagePurpose::Photo, None) => return Err(missing),
            }
            record
        };
        let bytes = self.ports.blobs.get(&blob_name(id)).await?;
        Ok((record, bytes))
    }

    /// The bytes first, then the row: a crash between leaves a file that nothing names, never a row without its file.
    pub(super) async fn keep_picture(
        &self,
        actor: &Actor,
        picture: Picture,
        purpose: ImagePurpose,
        conversation_id: Option<ConversationId>,
    ) -> Result<ImageRecord> {
        let id = ImageId::new(self.next_id());
        let size_bytes = picture.bytes.len() as u64;
        self.ports.blobs.put(&blob_name(id), picture.bytes).await?;
        Ok(ImageRecord {
            id,
            owner: actor.user_id,
            purpose,
            post_id: None,
            conversation_id,
            content_type: picture.content_type.to_owned(),
            width: picture.width,
            height: picture.height,
            size_bytes,
            created_at: self.now(),
        })
    }
}

/// The name under which a picture's bytes are kept.
#[must_use]
pub fn blob_name(id: ImageId) -> String {
    format!("images/{id}")
}

pub(super) fn check_size(file: &Bytes) -> Result<()> {
    if file.is_empty() {
        return Err(DomainError::invalid("file", "Choose a picture."));
    }
    if file.len() > IMAGE_MAX_BYTES {
        return Err(super::ports::PictureError::TooLarge.into());
    }
    Ok(())
}
