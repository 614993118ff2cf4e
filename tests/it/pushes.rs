//! Pushes: who is pushed to, when, with what, and that a bad push service changes none of it.

use std::time::Duration;

use async_trait::async_trait;
use hubbub::{
    protocol::{
        errors::{ApiError, ErrorCode},
        events::ServerEvent,
        ids::PostId,
        limits::PUSH_DEVICES_MAX,
        notifications::{Channel, EmailTiming, KindPreference, NotificationKind, NotificationStatus, QuietHours},
        push::{NewSubscription, PushDevice, PushNote, SubscriptionKeys},
        requests::{NewComment, NewPost, NewSuspension},
    },
    server::{
        domain::{
            Actor, DeliveryFilter,
            outcome::Publication,
            ports::{Clock, Courier, CourierError, Errand, ErrandKind, Push, PushError, Urgency},
        },
        jobs::pushes::PushCarrier,
    },
};

use parking_lot::Mutex;

use crate::stage::Stage;

const SEEMING: Duration = Duration::from_secs(60);

async fn actor(stage: &Stage, username: &str) -> Actor {
    let who = stage.join(username).await;
    stage.auth.actor(&who.access_token).unwrap()
}

fn subscription(endpoint: &str) -> NewSubscription {
    let keys = SubscriptionKeys { p256dh: "key".to_owned(), auth: "secret".to_owned() };
    NewSubscription { endpoint: endpoint.to_owned(), keys }
}

async fn device(stage: &Stage, who: &Actor, endpoint: &str) -> PushDevice {
    stage.domain.add_push_device(who, subscription(endpoint)).await.unwrap()
}

/// Somebody with one device, and somebody else with something to say.
async fn two(stage: &Stage) -> (Actor, Actor, PostId) {
    let (mia, ana) = (actor(stage, "mia").await, actor(stage, "ana").await);
    device(stage, &mia, "https://push.example/mia").await;
    let form = NewPost { content: "Test tiles".to_owned(), ..NewPost::default() };
    let post = stage.domain.create_post(&mia, form).await.unwrap().id;
    (mia, ana, post)
}

async fn comment(stage: &Stage, by: &Actor, on: PostId, words: &str) {
    let form = NewComment { content: words.to_owned(), ..NewComment::default() };
    stage.domain.add_comment(by, on, form).await.unwrap();
}

/// Does all that is due now, pushes last.
async fn work(stage: &Stage) {
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    let carrier = PushCarrier::new(stage.domain.clone());
    while carrier.run_once().await.unwrap() > 0 {}
    while stage.domain.keep_promises().await.unwrap() > 0 {}
}

fn pushes(stage: &Stage) -> Vec<Push> {
    std::mem::take(&mut *stage.post.pushes.lock())
}

fn note(push: &Push) -> PushNote {
    serde_json::from_str(&push.payload).unwrap()
}

async fn statuses(stage: &Stage, owner: &Actor) -> Vec<(NotificationStatus, Option<String>)> {
    let filter = DeliveryFilter { channel: Some(Channel::Push), ..DeliveryFilter::default() };
    let page = stage.domain.deliveries(owner, &filter, None, None).await.unwrap();
    page.items.into_iter().map(|one| (one.status, one.reason)).collect()
}

async fn choose(stage: &Stage, who: &Actor, push: bool, quiet_hours: Option<QuietHours>) {
    let mut wishes = stage.domain.notification_preferences(who).await.unwrap();
    let kind = NotificationKind::Comment;
    wishes.kinds = vec![KindPreference { kind, in_app: true, push, email: EmailTiming::Never }];
    wishes.quiet_hours = quiet_hours;
    stage.domain.set_notification_preferences(who, &wishes).await.unwrap();
}

#[tokio::test]
async fn who_is_away_is_pushed_to_once_until_they_read_it() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    let all = pushes(&stage);
    let [push] = &all[..] else { panic!("{all:?}") };
    let told = stage.domain.notifications(&mia, Default::default(), None, None).await.unwrap().items.remove(0);
    let said = note(push);
    assert_eq!((said.tag.clone(), push.topic.clone()), (told.notification_id.to_string(), said.tag.clone()));
    assert_eq!((said.title, said.body, said.href), (told.title, told.message, told.data.href));
    assert_eq!((push.urgency, push.keep_for), (Urgency::Normal, Duration::from_secs(24 * 60 * 60)));
    assert_eq!(push.to.endpoint, "https://push.example/mia");
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Delivered, None)]);
    let heard = stage.broker.heard.lock().iter().any(|publication| {
        matches!(publication, Publication::Watchers { event: ServerEvent::NotificationUpdate(update), .. }
            if update.status == NotificationStatus::Delivered && update.channel == Some(Channel::Push))
    });
    assert!(heard);
    let devices = stage.domain.push_devices(&mia).await.unwrap();
    assert!(devices[0].current && devices[0].delivered_at == Some(stage.clock.now()));

    stage.clock.advance(Duration::from_secs(10));
    comment(&stage, &ana, post, "Hello?").await;
    work(&stage).await;
    assert_eq!(pushes(&stage), [], "more of the same is in the bell");
    stage.domain.read_all_notifications(&mia).await.unwrap();
    comment(&stage, &ana, post, "And which glaze?").await;
    work(&stage).await;
    assert_eq!(pushes(&stage).len(), 1);
}

#[tokio::test]
async fn what_is_read_or_taken_back_before_it_is_sent_is_not_sent() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    comment(&stage, &ana, post, "Which clay?").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    stage.domain.read_all_notifications(&mia).await.unwrap();
    work(&stage).await;
    assert_eq!((pushes(&stage), statuses(&stage, &mia).await), (vec![], vec![(NotificationStatus::Read, None)]));
    comment(&stage, &ana, post, "Hm").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    stage.domain.delete_post(&mia, post).await.unwrap();
    work(&stage).await;
    assert_eq!(pushes(&stage), []);
}

#[tokio::test]
async fn who_does_not_want_a_kind_pushed_is_left_alone_also_when_they_say_so_late() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    choose(&stage, &mia, false, None).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    assert_eq!((pushes(&stage), statuses(&stage, &mia).await), (vec![], vec![]));
    stage.domain.read_all_notifications(&mia).await.unwrap();
    choose(&stage, &mia, true, None).await;
    comment(&stage, &ana, post, "Hello?").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    choose(&stage, &mia, false, None).await;
    work(&stage).await;
    let [(status, Some(reason))] = &statuses(&stage, &mia).await[..] else { panic!("not noted") };
    assert_eq!(
        (*status, reason.as_str()),
        (NotificationStatus::Failed, "They do not want pushes of this kind any more.")
    );
    assert_eq!(pushes(&stage), []);
}

#[tokio::test]
async fn quiet_hours_put_pushes_off_until_they_end() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    // The clock of the stage stands at 08:00 UTC.
    choose(&stage, &mia, true, Some(QuietHours { from_minute: 7 * 60, until_minute: 9 * 60 })).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(Duration::from_secs(60 * 60 - 1));
    work(&stage).await;
    assert_eq!(pushes(&stage), []);
    stage.clock.advance(Duration::from_secs(1));
    work(&stage).await;
    assert_eq!(pushes(&stage).len(), 1);
}

#[tokio::test]
async fn who_is_there_is_told_by_their_tab_unless_it_only_seems_so() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    stage.post.here.lock().push(mia.user_id);
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(SEEMING);
    work(&stage).await;
    assert_eq!((pushes(&stage), statuses(&stage, &mia).await), (vec![], vec![]));
    // More of it may be pushed, once they are away.
    stage.post.here.lock().clear();
    comment(&stage, &ana, post, "Hello?").await;
    work(&stage).await;
    assert_eq!(pushes(&stage).len(), 1);
    stage.domain.read_all_notifications(&mia).await.unwrap();

    stage.post.here.lock().push(mia.user_id);
    comment(&stage, &ana, post, "And which glaze?").await;
    work(&stage).await;
    assert_eq!(pushes(&stage), []);
    stage.post.here.lock().clear();
    stage.clock.advance(SEEMING);
    work(&stage).await;
    assert_eq!(pushes(&stage).len(), 1, "the tab was gone already");
}

#[tokio::test]
async fn a_device_that_is_gone_is_removed_and_holds_up_no_other() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    let phone = stage.auth.actor(&stage.sign_in("mia").await.access_token).unwrap();
    device(&stage, &phone, "https://push.example/gone").await;
    *stage.post.turning_away.lock() =
        Some(|endpoint| endpoint.ends_with("gone").then(|| PushError::Gone("It answered 410.".to_owned())));
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    assert_eq!(pushes(&stage).len(), 1);
    assert_eq!(stage.domain.push_devices(&mia).await.unwrap().len(), 1);
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Delivered, None)]);

    stage.domain.read_all_notifications(&mia).await.unwrap();
    *stage.post.turning_away.lock() = Some(|_| Some(PushError::Gone("It answered 404.".to_owned())));
    comment(&stage, &ana, post, "Hello?").await;
    work(&stage).await;
    assert_eq!(stage.domain.push_devices(&mia).await.unwrap(), []);
    assert_eq!(statuses(&stage, &mia).await[0], (NotificationStatus::Failed, Some("It answered 404.".to_owned())));
}

#[tokio::test]
async fn a_push_service_that_is_busy_is_asked_again_when_it_says_and_then_less_and_less_often() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    *stage.post.turning_away.lock() = Some(|_| {
        Some(PushError::Later { reason: "It answered 429.".to_owned(), after: Some(Duration::from_secs(120)) })
    });
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    *stage.post.turning_away.lock() =
        Some(|_| Some(PushError::Later { reason: "It answered 503.".to_owned(), after: None }));
    let due = async || stage.store.read().await.unwrap().push_due().await.unwrap().unwrap().since(stage.clock.now());
    assert_eq!(due().await, Duration::from_secs(120));
    for seconds in [30, 60, 120] {
        let wait = due().await;
        stage.clock.advance(wait);
        work(&stage).await;
        assert_eq!(due().await, Duration::from_secs(seconds));
    }
    *stage.post.turning_away.lock() = None;
    let wait = due().await;
    stage.clock.advance(wait);
    work(&stage).await;
    let all = pushes(&stage);
    assert_eq!(all.len(), 1);
    assert!(all[0].keep_for < Duration::from_secs(24 * 60 * 60), "the push service keeps it for what is left");
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Delivered, None)]);
}

#[tokio::test]
async fn a_push_that_is_refused_is_given_up_with_the_reason_and_so_is_one_that_waited_for_a_day() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    *stage.post.turning_away.lock() = Some(|_| Some(PushError::Refused("It answered 413.".to_owned())));
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Failed, Some("It answered 413.".to_owned()))]);
    assert_eq!(stage.domain.push_devices(&mia).await.unwrap().len(), 1);
    stage.domain.read_all_notifications(&mia).await.unwrap();
    *stage.post.turning_away.lock() = None;
    comment(&stage, &ana, post, "Hello?").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    stage.clock.advance(Duration::from_secs(24 * 60 * 60));
    work(&stage).await;
    assert_eq!(
        statuses(&stage, &mia).await[0],
        (NotificationStatus::Failed, Some("It waited for too long.".to_owned()))
    );
}

#[tokio::test]
async fn nothing_is_pushed_to_a_session_that_ended_or_to_who_is_suspended() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    device(&stage, &ana, "https://push.example/ana").await;
    let form = NewPost { content: "Which glaze?".to_owned(), ..NewPost::default() };
    let post = stage.domain.create_post(&ana, form).await.unwrap().id;
    comment(&stage, &mia, post, "This one").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    stage.domain.sign_out(&ana).await.unwrap();
    work(&stage).await;
    assert_eq!(pushes(&stage), []);
    let gone = stage.domain.add_push_device(&ana, subscription("https://push.example/ana")).await;
    assert_eq!(gone.unwrap_err().code(), ErrorCode::Unauthorized);

    let ana = stage.auth.actor(&stage.sign_in("ana").await.access_token).unwrap();
    stage.domain.read_all_notifications(&ana).await.unwrap();
    device(&stage, &ana, "https://push.example/ana").await;
    comment(&stage, &mia, post, "Or that").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    let form = NewSuspension { reason: "Spam".to_owned(), days: Some(1) };
    stage.domain.suspend(&mia, ana.user_id, form).await.unwrap();
    work(&stage).await;
    assert_eq!(pushes(&stage), []);
    let signed_out = |status| (status, Some("The device was signed out.".to_owned()));
    let expected = [NotificationStatus::Failed, NotificationStatus::Read].map(signed_out);
    assert_eq!(statuses(&stage, &mia).await, expected, "the older one was read when they came back");
}

#[tokio::test]
async fn devices_are_ones_own_tried_out_and_few() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    let refused = stage.domain.add_push_device(&mia, subscription("http://push.example/1")).await.unwrap_err();
    assert_eq!(ApiError::from(refused).field.as_deref(), Some("endpoint"));
    let first = device(&stage, &mia, "https://push.example/1").await;
    assert_eq!((first.device.as_str(), first.current), ("Firefox on Linux", true));
    assert_eq!(stage.domain.remove_push_device(&ana, first.id).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(stage.domain.test_push_device(&ana, first.id).await.unwrap_err().code(), ErrorCode::NotFound);
    stage.domain.test_push_device(&mia, first.id).await.unwrap();
    assert_eq!(note(&pushes(&stage)[0]).href, "/settings/notifications");
    *stage.post.turning_away.lock() = Some(|_| Some(PushError::Gone("It answered 410.".to_owned())));
    assert_eq!(stage.domain.test_push_device(&mia, first.id).await.unwrap_err().code(), ErrorCode::Conflict);
    assert_eq!(stage.domain.push_devices(&mia).await.unwrap(), []);
    for number in 0..PUSH_DEVICES_MAX {
        let session = stage.auth.actor(&stage.sign_in("mia").await.access_token).unwrap();
        device(&stage, &session, &format!("https://push.example/{number}")).await;
    }
    let one_more = stage.domain.add_push_device(&mia, subscription("https://push.example/more")).await;
    assert_eq!(one_more.unwrap_err().code(), ErrorCode::Conflict);
    let devices = stage.domain.push_devices(&mia).await.unwrap();
    stage.domain.remove_push_device(&mia, devices[0].id).await.unwrap();
    device(&stage, &mia, "https://push.example/more").await;
}

/// A road to workers that takes everything along.
#[derive(Default)]
struct Bag(Mutex<Vec<Errand>>);

#[async_trait]
impl Courier for Bag {
    async fn carry(&self, errand: &Errand) -> Result<(), CourierError> {
        self.0.lock().push(*errand);
        Ok(())
    }
}

#[tokio::test]
async fn a_push_that_travels_is_sent_once_however_often_it_arrives() {
    let stage = Stage::new().await;
    let (mia, ana, post) = two(&stage).await;
    comment(&stage, &ana, post, "Which clay?").await;
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    let bag = Bag::default();
    assert_eq!(stage.domain.dispatch_errands(ErrandKind::Push, &bag).await.unwrap().taken, 1);
    assert_eq!(stage.domain.dispatch_errands(ErrandKind::Push, &bag).await.unwrap().taken, 0, "it is under way");
    // Lost, and handed over again.
    stage.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(stage.domain.dispatch_errands(ErrandKind::Push, &bag).await.unwrap().taken, 1);
    let [lost, errand] = bag.0.lock()[..] else { panic!("both travel") };
    let wire = serde_json::to_string(&errand).unwrap();
    assert!(wire.starts_with(r#"{"errand":"push","device_id":""#), "{wire}");
    assert_eq!(serde_json::from_str::<Errand>(&wire).unwrap(), errand);
    for arrived in [lost, errand, errand, lost] {
        stage.domain.run_errand(arrived).await.unwrap();
    }
    assert_eq!(pushes(&stage).len(), 1);
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Delivered, None)]);
}
