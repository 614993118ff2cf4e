//! Work that happens later: promises are kept once, what has had its time is forgotten, and nothing else is.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hubbub::{
    protocol::{
        attachments::AttachmentForm,
        conversations::{NewConversation, NewMessage},
        crop::Crop,
        ids::{OutboxId, SessionId, UserId},
        requests::{NewPost, PostImage},
    },
    server::{
        domain::{
            Actor, Result,
            attachments::{Incoming, attachment_blob},
            images::blob_name,
            outcome::{Publication, Work},
            ports::{Blobs, Clock, OutboxRecord},
        },
        jobs::{
            outbox::OutboxRelay,
            retention::{Forgotten, Retention},
        },
    },
};

use crate::stage::{Stage, picture};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LEASE: Duration = Duration::from_secs(30);

fn news(of: u64) -> Publication {
    Publication::AudienceNarrowed { subject: UserId::new(of), keep: vec![UserId::new(1)] }
}

async fn promise(stage: &Stage, id: u64) {
    let now = stage.clock.now();
    let entry = OutboxRecord { id: OutboxId::new(id), work: Work::Publish(news(id)), created_at: now, attempts: 0 };
    let mut tx = stage.store.begin().await.unwrap();
    tx.insert_outbox(&[entry], now.plus(LEASE)).await.unwrap();
    tx.commit().await.unwrap();
}

fn relay(stage: &Stage) -> OutboxRelay {
    OutboxRelay::new(stage.domain.clone())
}

async fn waiting(stage: &Stage) -> u64 {
    stage.store.read().await.unwrap().outbox_depth().await.unwrap().0
}

#[tokio::test]
async fn a_promise_is_kept_in_order_once_its_lease_has_run_out() {
    let stage = Stage::new().await;
    promise(&stage, 1).await;
    promise(&stage, 2).await;
    let relay = relay(&stage);
    assert_eq!(relay.run_once().await.unwrap(), 0);
    stage.clock.advance(LEASE);
    assert_eq!(relay.run_once().await.unwrap(), 2);
    assert_eq!(*stage.broker.heard.lock(), [news(1), news(2)]);
    assert_eq!(waiting(&stage).await, 0);
    assert_eq!(relay.run_once().await.unwrap(), 0);
}

#[tokio::test]
async fn a_promise_outlives_a_broker_that_is_away_and_a_restart() {
    let stage = Stage::new().await;
    promise(&stage, 1).await;
    stage.clock.advance(LEASE);
    *stage.broker.deaf.lock() = true;
    assert_eq!(relay(&stage).run_once().await.unwrap(), 0);
    assert_eq!(waiting(&stage).await, 1);
    let stage = stage.restarted().await;
    // Somebody may still be at it until the lease has run out.
    assert_eq!(relay(&stage).run_once().await.unwrap(), 0);
    stage.clock.advance(LEASE);
    assert_eq!(relay(&stage).run_once().await.unwrap(), 1);
    assert_eq!(*stage.broker.heard.lock(), [news(1)]);
}

#[tokio::test]
async fn the_jobs_end_when_the_server_stops() {
    let stage = Stage::new().await;
    let retention = Retention::new(stage.store.clone(), stage.blobs.clone(), stage.clock.clone());
    stage.tasks.spawn("outbox", relay(&stage).run(stage.tasks.stopping()));
    stage.tasks.spawn("retention", retention.run(stage.tasks.stopping()));
    assert!(stage.tasks.shutdown(Duration::from_secs(60)).await);
}

async fn run_retention(stage: &Stage) -> Forgotten {
    Retention::new(stage.store.clone(), stage.blobs.clone(), stage.clock.clone()).run_once().await.unwrap()
}

async fn actor(stage: &Stage, username: &str) -> Actor {
    let who = stage.join(username).await;
    stage.auth.actor(&who.access_token).unwrap()
}

#[tokio::test]
async fn pictures_that_nothing_shows_go_after_a_day_with_their_files() {
    let stage = Stage::new().await;
    let ana = actor(&stage, "ana").await;
    let loose = stage.domain.upload_image(&ana, picture()).await.unwrap().id;
    let shown = stage.domain.upload_image(&ana, picture()).await.unwrap().id;
    let images = vec![PostImage { id: shown, alt: "A red field".to_owned() }];
    stage.domain.create_post(&ana, NewPost { images, ..NewPost::default() }).await.unwrap();
    stage.domain.set_avatar(&ana, picture(), Crop::default()).await.unwrap();
    stage.clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(run_retention(&stage).await.pictures, 0);
    stage.clock.advance(Duration::from_secs(2));
    assert_eq!(run_retention(&stage).await.pictures, 1);
    assert!(stage.blobs.get(&blob_name(loose)).await.is_err());
    assert!(stage.blobs.get(&blob_name(shown)).await.is_ok());
    assert_eq!(run_retention(&stage).await, Forgotten::default());
}

struct Words(Option<Bytes>);

#[async_trait]
impl Incoming for Words {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

#[tokio::test]
async fn uploads_that_no_message_carries_go_after_a_day_with_their_files() {
    let stage = Stage::new().await;
    let (ana, ben) = (actor(&stage, "ana").await, actor(&stage, "ben").await);
    let upload = async || {
        let mut words = Words(Some(Bytes::from_static(b"words")));
        let uploaded = stage.domain.upload_attachment(&ana, AttachmentForm::default(), "a.txt", &mut words).await;
        uploaded.unwrap().attachment.attachment_id
    };
    let (loose, carried, regretted) = (upload().await, upload().await, upload().await);
    let form = NewConversation { member_ids: vec![ben.user_id], ..NewConversation::default() };
    let id = stage.domain.begin_conversation(&ana, form).await.unwrap().conversation.conversation_id;
    let carrying = |attachment| NewMessage { attachment: Some(attachment), ..NewMessage::default() };
    stage.domain.send_message(&ana, id, carrying(carried)).await.unwrap();
    let message = stage.domain.send_message(&ana, id, carrying(regretted)).await.unwrap().message.message_id;
    stage.domain.delete_message(&ana, message).await.unwrap();
    assert!(stage.blobs.get(&attachment_blob(regretted)).await.is_err(), "what is deleted goes at once");
    stage.clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(run_retention(&stage).await.attachments, 0);
    stage.clock.advance(Duration::from_secs(2));
    assert_eq!(run_retention(&stage).await.attachments, 2);
    assert!(stage.blobs.get(&attachment_blob(loose)).await.is_err());
    assert!(stage.blobs.get(&attachment_blob(carried)).await.is_ok());
    assert_eq!(run_retention(&stage).await, Forgotten::default());
}

#[tokio::test]
async fn deleted_posts_go_after_a_month_with_their_pictures() {
    let stage = Stage::new().await;
    let ana = actor(&stage, "ana").await;
    let image = stage.domain.upload_image(&ana, picture()).await.unwrap().id;
    let images = vec![PostImage { id: image, alt: String::new() }];
    let post = stage.domain.create_post(&ana, NewPost { images, ..NewPost::default() }).await.unwrap();
    stage.domain.delete_post(&ana, post.id).await.unwrap();
    stage.clock.advance(DAY * 29);
    assert_eq!(run_retention(&stage).await.pictures, 0);
    stage.clock.advance(DAY * 2);
    assert_eq!(run_retention(&stage).await.pictures, 1);
    assert!(stage.blobs.get(&blob_name(image)).await.is_err());
}

#[tokio::test]
async fn ended_and_forgotten_sessions_go() {
    let stage = Stage::new().await;
    let ana = actor(&stage, "ana").await;
    let other = stage.sign_in("ana").await;
    stage.domain.end_session(&ana, other.session_id).await.unwrap();
    let exists = async |id: SessionId| stage.store.read().await.unwrap().session(id).await.unwrap().is_some();
    stage.clock.advance(DAY * 31);
    assert_eq!(run_retention(&stage).await.sessions, 1);
    assert!(exists(ana.session_id).await);
    assert!(!exists(other.session_id).await);
    stage.clock.advance(DAY * 30);
    assert_eq!(run_retention(&stage).await.sessions, 1);
}
