//! What every store must do with what messages carry, and with the pictures of groups.

use hubbub::{
    protocol::{
        attachments::AttachmentKind,
        ids::{AttachmentId, MessageId, UserId},
        time::Timestamp,
    },
    server::domain::ports::{AttachmentRecord, Carrier, ImagePurpose, StoreError},
};
use tokio::task::JoinSet;

use super::conversations::{direct, group, say};
use crate::store::{SETTINGS, World, at};

contract! {
    an_attachment_comes_back_as_it_was_uploaded
    an_attachment_is_carried_by_one_message_of_its_owner
    an_attachment_is_claimed_once_at_the_same_moment
    what_a_message_carries_is_shown_with_it_wherever_it_is
    a_client_id_makes_one_attachment_for_each_person
    what_is_discarded_is_gone_and_frees_its_client_id
    what_no_message_carries_is_purged_after_its_time
    the_picture_of_a_group_is_kept_while_it_is_shown
}

/// A voice message as it would be uploaded, not stored yet.
fn voice(world: &World, owner: UserId, created_at: Timestamp) -> AttachmentRecord {
    AttachmentRecord {
        id: AttachmentId::new(world.next()),
        owner,
        client_id: None,
        carrier: None,
        kind: AttachmentKind::Voice,
        name: "voice.webm".to_owned(),
        content_type: "audio/webm".to_owned(),
        size_bytes: 12_345,
        width: None,
        height: None,
        duration_ms: Some(2_500),
        waveform: vec![0, 128, 255],
        created_at,
    }
}

async fn keep(world: &World, attachment: &AttachmentRecord) -> AttachmentId {
    let mut tx = world.begin().await;
    tx.insert_attachment(attachment).await.unwrap();
    tx.commit().await.unwrap();
    attachment.id
}

async fn claim(world: &World, id: AttachmentId, owner: UserId, message: MessageId) -> bool {
    let mut tx = world.begin().await;
    let claimed = tx.claim_attachment(id, owner, Carrier::Message(message)).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn stored(world: &World, id: AttachmentId) -> Option<AttachmentRecord> {
    world.read().await.attachment(id).await.unwrap()
}

async fn an_attachment_comes_back_as_it_was_uploaded(world: World) {
    let mia = world.person("mia").await;
    let sound = AttachmentRecord { client_id: Some("c1".to_owned()), ..voice(&world, mia, at(1)) };
    let picture = AttachmentRecord {
        kind: AttachmentKind::Image,
        width: Some(640),
        height: Some(480),
        duration_ms: None,
        waveform: Vec::new(),
        ..voice(&world, mia, at(2))
    };
    for attachment in [sound, picture] {
        let id = keep(&world, &attachment).await;
        assert_eq!(stored(&world, id).await, Some(attachment));
    }
}

async fn an_attachment_is_carried_by_one_message_of_its_owner(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let talk = direct(&world, mia, ben).await;
    let (first, second) = (say(&world, talk, mia, "one").await, say(&world, talk, mia, "two").await);
    let sound = keep(&world, &voice(&world, mia, at(1))).await;
    assert!(!claim(&world, sound, ben, first).await, "it is not Ben's");
    assert!(!claim(&world, AttachmentId::new(world.next()), mia, first).await, "there is none");
    assert!(claim(&world, sound, mia, first).await);
    assert!(!claim(&world, sound, mia, second).await, "it is carried already");
    assert_eq!(stored(&world, sound).await.unwrap().carrier, Some(Carrier::Message(first)));
    let mut tx = world.begin().await;
    assert!(!tx.discard_attachment(sound, mia).await.unwrap(), "a message carries it");
}

async fn an_attachment_is_claimed_once_at_the_same_moment(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let talk = direct(&world, mia, ben).await;
    let sound = keep(&world, &voice(&world, mia, at(1))).await;
    let mut claims = JoinSet::new();
    for text in ["one", "two", "three", "four"] {
        let message = say(&world, talk, mia, text).await;
        let store = world.store.clone();
        claims.spawn(async move {
            let mut tx = store.begin().await.unwrap();
            let claimed = tx.claim_attachment(sound, mia, Carrier::Message(message)).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        });
    }
    assert_eq!(claims.join_all().await.into_iter().filter(|claimed| *claimed).count(), 1);
}

async fn what_a_message_carries_is_shown_with_it_wherever_it_is(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let talk = direct(&world, mia, ben).await;
    let bare = say(&world, talk, mia, "bare").await;
    let message = say(&world, talk, mia, "").await;
    let record = voice(&world, mia, at(1));
    let sound = keep(&world, &record).await;
    assert!(claim(&world, sound, mia, message).await);
    let mut read = world.read().await;
    let shown = read.message(message).await.unwrap().unwrap().attachment.unwrap();
    assert_eq!((shown.attachment_id, shown.kind, shown.duration_ms), (sound, record.kind, record.duration_ms));
    assert_eq!(
        (&shown.name, &shown.content_type, &shown.waveform),
        (&record.name, &record.content_type, &record.waveform)
    );
    assert_eq!((shown.size_bytes, shown.url), (record.size_bytes, format!("/media/attachments/{sound}")));
    let carried = |messages: Vec<hubbub::protocol::conversations::MessageView>| {
        messages.into_iter().filter_map(|message| message.attachment.map(|_| message.message_id)).collect::<Vec<_>>()
    };
    assert_eq!(carried(read.messages(talk, 0, None, 10).await.unwrap()), [message]);
    assert_eq!(carried(read.messages_changed(talk, 0, 0, 10).await.unwrap()), [message]);
    let listed = read.conversation(talk, ben).await.unwrap().unwrap().last_message.unwrap();
    assert_eq!(listed.attachment.map(|attachment| attachment.attachment_id), Some(sound));
    assert_eq!(read.message(bare).await.unwrap().unwrap().attachment, None);
}

async fn a_client_id_makes_one_attachment_for_each_person(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let keyed = |owner| AttachmentRecord { client_id: Some("c1".to_owned()), ..voice(&world, owner, at(1)) };
    let first = keep(&world, &keyed(mia)).await;
    let mut tx = world.begin().await;
    let again = tx.insert_attachment(&keyed(mia)).await;
    assert!(matches!(again, Err(StoreError::Taken("client_id"))), "{again:?}");
    drop(tx);
    let of_ben = keep(&world, &keyed(ben)).await;
    let mut read = world.read().await;
    for (owner, id) in [(mia, first), (ben, of_ben)] {
        assert_eq!(read.attachment_by_client_id(owner, "c1").await.unwrap().map(|found| found.id), Some(id));
    }
    assert_eq!(read.attachment_by_client_id(mia, "c2").await.unwrap(), None);
}

async fn what_is_discarded_is_gone_and_frees_its_client_id(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let talk = direct(&world, mia, ben).await;
    let message = say(&world, talk, mia, "").await;
    let keyed = || AttachmentRecord { client_id: Some("c1".to_owned()), ..voice(&world, mia, at(1)) };
    let first = keep(&world, &keyed()).await;
    let mut tx = world.begin().await;
    assert!(!tx.discard_attachment(first, ben).await.unwrap());
    assert!(tx.discard_attachment(first, mia).await.unwrap());
    assert!(!tx.discard_attachment(first, mia).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(stored(&world, first).await, None);
    assert!(!claim(&world, first, mia, message).await);
    let second = keep(&world, &keyed()).await;
    assert!(claim(&world, second, mia, message).await);
    let mut tx = world.begin().await;
    assert_eq!(tx.discard_attachment_of(message).await.unwrap(), Some(second));
    assert_eq!(tx.discard_attachment_of(message).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(stored(&world, second).await, None);
    assert_eq!(world.read().await.message(message).await.unwrap().unwrap().attachment, None);
}

async fn what_no_message_carries_is_purged_after_its_time(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let talk = direct(&world, mia, ben).await;
    let message = say(&world, talk, mia, "").await;
    let (old, older) = (keep(&world, &voice(&world, mia, at(2))).await, keep(&world, &voice(&world, mia, at(1))).await);
    let carried = keep(&world, &voice(&world, mia, at(1))).await;
    let young = keep(&world, &voice(&world, mia, at(9))).await;
    assert!(claim(&world, carried, mia, message).await);
    let mut tx = world.begin().await;
    assert!(tx.discard_attachment(old, mia).await.unwrap());
    assert_eq!(tx.purge_attachments(at(9), 1).await.unwrap(), [older]);
    assert_eq!(tx.purge_attachments(at(9), 10).await.unwrap(), [old]);
    assert_eq!(tx.purge_attachments(at(9), 10).await.unwrap(), []);
    tx.commit().await.unwrap();
    for id in [carried, young] {
        assert!(stored(&world, id).await.is_some());
    }
}

async fn the_picture_of_a_group_is_kept_while_it_is_shown(world: World) {
    let mia = world.person("mia").await;
    let circle = group(&world, &[mia]).await;
    let (first, second) =
        (world.image(mia, ImagePurpose::Avatar, at(1)).await, world.image(mia, ImagePurpose::Avatar, at(1)).await);
    let mut tx = world.begin().await;
    tx.set_group_picture(circle, Some(first)).await.unwrap();
    assert_eq!(tx.purge_images(at(9), 10).await.unwrap(), [second]);
    let shown = tx.shared_conversation(circle).await.unwrap().unwrap();
    assert_eq!(shown.avatar_url, Some(format!("/media/images/{first}")));
    tx.set_group_picture(circle, None).await.unwrap();
    assert_eq!(tx.shared_conversation(circle).await.unwrap().unwrap().avatar_url, None);
    assert_eq!(tx.purge_images(at(9), 10).await.unwrap(), [first]);
    tx.commit().await.unwrap();
}
