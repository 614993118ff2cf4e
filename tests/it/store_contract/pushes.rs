//! What every store must do with pushes.

use hubbub::{
    protocol::{
        ids::{NotificationId, PushDeviceId, SessionId, UserId},
        notifications::{Channel, NotificationStatus, NotificationTarget, Occasion},
    },
    server::domain::ports::{DuePush, PushAddress, PushDeviceRecord, ThingRecord},
};

use crate::store::{SETTINGS, World, at};

contract! {
    a_device_belongs_to_one_session_and_an_endpoint_to_one_device
    a_device_ends_with_its_session
    a_notification_waits_once_for_each_device_and_one_at_a_time_is_taken
    a_push_that_is_put_off_lets_others_go_first_and_a_failed_try_lets_none
    what_somebody_else_has_taken_since_is_left_alone
    a_push_has_failed_when_no_device_is_left_to_hear_of_it
    what_a_tab_told_may_be_pushed_when_there_is_more
}

async fn subscribe(world: &World, user: UserId, session: SessionId, endpoint: &str) -> PushDeviceId {
    let device = PushDeviceRecord {
        id: PushDeviceId::new(world.next()),
        user_id: user,
        session_id: session,
        device: String::new(),
        address: PushAddress { endpoint: endpoint.to_owned(), p256dh: "key".to_owned(), auth: "secret".to_owned() },
        created_at: at(5),
        delivered_at: None,
    };
    let mut tx = world.begin().await;
    let id = tx.save_push_device(&device).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn device(world: &World, user: UserId, endpoint: &str) -> PushDeviceId {
    let session = world.session(user, 5).await;
    subscribe(world, user, session, endpoint).await
}

async fn endpoints(world: &World, user: UserId) -> Vec<String> {
    let devices = world.read().await.push_devices(user).await.unwrap();
    devices.into_iter().map(|device| device.address.endpoint).collect()
}

/// A notification that is queued for the devices of its person.
async fn raise(world: &World, recipient: UserId, name: &str, when: u64) -> NotificationId {
    let thing = ThingRecord {
        id: NotificationId::new(world.next()),
        recipient,
        actor: None,
        occasion: Occasion::Tested,
        group_key: name.to_owned(),
        thing: name.to_owned(),
        about: None,
        target: NotificationTarget::default(),
        subject: None,
        excerpt: Some(name.to_owned()),
        shown: true,
        at: at(when),
    };
    let mut tx = world.begin().await;
    tx.hold_bell(recipient).await.unwrap();
    let id = tx.raise(&thing).await.unwrap().unwrap().id;
    tx.queue_push(id, recipient, at(when)).await.unwrap();
    assert!(!tx.queue_push(id, recipient, at(when)).await.unwrap(), "once");
    tx.commit().await.unwrap();
    id
}

async fn lease(world: &World, now: u64) -> Vec<DuePush> {
    let mut tx = world.begin().await;
    let mut leased = tx.lease_pushes(at(now), at(now + 1_000), 10).await.unwrap();
    tx.commit().await.unwrap();
    leased.sort_by_key(|push| push.device_id);
    leased
}

async fn due(world: &World) -> Option<u64> {
    let due = world.read().await.push_due().await.unwrap();
    due.map(|due| due.as_millis() - at(0).as_millis())
}

async fn statuses(world: &World) -> Vec<(NotificationId, NotificationStatus, Option<String>)> {
    let found = world.read().await.deliveries(Channel::Push, None, None, 10).await.unwrap();
    found.into_iter().map(|one| (one.notification_id, one.status, one.reason)).collect()
}

async fn a_device_belongs_to_one_session_and_an_endpoint_to_one_device(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let (desk, phone) = (world.session(mia, 5).await, world.session(mia, 6).await);
    let first = subscribe(&world, mia, desk, "https://push.example/1").await;
    assert_eq!(subscribe(&world, mia, desk, "https://push.example/1").await, first, "only its keys changed");
    subscribe(&world, mia, phone, "https://push.example/2").await;
    assert_eq!(endpoints(&world, mia).await, ["https://push.example/2", "https://push.example/1"]);
    subscribe(&world, mia, desk, "https://push.example/3").await;
    assert_eq!(endpoints(&world, mia).await, ["https://push.example/3", "https://push.example/2"]);
    // The same browser, with somebody else signed in.
    let theirs = device(&world, ben, "https://push.example/2").await;
    assert_eq!(endpoints(&world, mia).await, ["https://push.example/3"]);
    let found = world.read().await.push_device(theirs).await.unwrap().unwrap();
    assert_eq!((found.user_id, found.device.as_str()), (ben, "Firefox on Linux"));
}

async fn a_device_ends_with_its_session(world: World) {
    let mia = world.person("mia").await;
    let (desk, phone) = (world.session(mia, 5).await, world.session(mia, 6).await);
    subscribe(&world, mia, desk, "https://push.example/1").await;
    let on_phone = subscribe(&world, mia, phone, "https://push.example/2").await;
    let told = raise(&world, mia, "one", 10).await;
    let mut tx = world.begin().await;
    tx.end_session(desk, at(11)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(endpoints(&world, mia).await, ["https://push.example/2"]);
    assert_eq!(statuses(&world).await, [(told, NotificationStatus::Queued, None)]);
    let mut tx = world.begin().await;
    tx.end_sessions_of(mia, None, at(12)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.push_device(on_phone).await.unwrap(), None);
    let reason = Some("The device was signed out.".to_owned());
    assert_eq!(statuses(&world).await, [(told, NotificationStatus::Failed, reason)]);
    assert_eq!(due(&world).await, None);
    // Nobody is left to push to.
    raise(&world, mia, "two", 13).await;
    assert_eq!(statuses(&world).await.len(), 1);
}

async fn a_notification_waits_once_for_each_device_and_one_at_a_time_is_taken(world: World) {
    let mia = world.person("mia").await;
    let desk = device(&world, mia, "https://push.example/1").await;
    let phone = device(&world, mia, "https://push.example/2").await;
    let first = raise(&world, mia, "first", 10).await;
    let second = raise(&world, mia, "second", 20).await;
    assert_eq!(lease(&world, 9).await, []);
    let taken = lease(&world, 30).await;
    let expected = |device_id, turn| DuePush {
        device_id,
        user_id: mia,
        notification_id: first,
        created_at: at(10),
        attempts: 0,
        turn,
    };
    assert_eq!(taken, [expected(desk, 1), expected(phone, 1)]);
    assert_eq!(lease(&world, 30).await, [], "each device is with who took it");
    let mut tx = world.begin().await;
    tx.finish_push(&taken[0], Some(at(31))).await.unwrap();
    assert!(tx.settle_push(first, NotificationStatus::Delivered, None, at(31)).await.unwrap());
    assert!(!tx.settle_push(first, NotificationStatus::Delivered, None, at(31)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.push_device(desk).await.unwrap().unwrap().delivered_at, Some(at(31)));
    let next = lease(&world, 31).await;
    assert_eq!(next, [DuePush { notification_id: second, created_at: at(20), ..expected(desk, 2) }]);
    // Who took the other died; it comes up again.
    assert_eq!(lease(&world, 1_030).await, [expected(phone, 2)]);
}

async fn a_push_that_is_put_off_lets_others_go_first_and_a_failed_try_lets_none(world: World) {
    let mia = world.person("mia").await;
    device(&world, mia, "https://push.example/1").await;
    let first = raise(&world, mia, "first", 10).await;
    let second = raise(&world, mia, "second", 20).await;
    let taken = lease(&world, 20).await.remove(0);
    let mut tx = world.begin().await;
    tx.put_off_push(&taken, at(100)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(&world).await, Some(20));
    let taken = lease(&world, 20).await.remove(0);
    assert_eq!((taken.notification_id, taken.attempts), (second, 0), "nothing has failed before");
    let mut tx = world.begin().await;
    tx.rest_push_device(&taken, at(50)).await.unwrap();
    tx.commit().await.unwrap();
    let third = raise(&world, mia, "third", 30).await;
    assert_eq!(due(&world).await, Some(50), "the device is left alone");
    let taken = lease(&world, 50).await.remove(0);
    assert_eq!((taken.notification_id, taken.attempts), (second, 1));
    let mut tx = world.begin().await;
    tx.finish_push(&taken, None).await.unwrap();
    tx.commit().await.unwrap();
    let taken = lease(&world, 50).await.remove(0);
    assert_eq!((taken.notification_id, taken.attempts), (third, 0));
    let mut tx = world.begin().await;
    tx.finish_push(&taken, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(&world).await, Some(100));
    assert_eq!(lease(&world, 100).await.remove(0).notification_id, first);
}

async fn what_somebody_else_has_taken_since_is_left_alone(world: World) {
    let mia = world.person("mia").await;
    device(&world, mia, "https://push.example/1").await;
    raise(&world, mia, "one", 10).await;
    let slow = lease(&world, 10).await.remove(0);
    let quick = lease(&world, 1_010).await.remove(0);
    let mut tx = world.begin().await;
    assert_eq!(tx.claim_push(&slow, at(5_000)).await.unwrap(), None);
    let claimed = tx.claim_push(&quick, at(3_000)).await.unwrap().unwrap();
    assert_eq!(claimed, DuePush { turn: 3, ..quick });
    assert_eq!(tx.claim_push(&quick, at(5_000)).await.unwrap(), None, "it arrived twice");
    for late in [&slow, &quick] {
        tx.finish_push(late, Some(at(1_011))).await.unwrap();
        tx.put_off_push(late, at(9_000)).await.unwrap();
        tx.rest_push_device(late, at(9_000)).await.unwrap();
        tx.lay_push_aside(late, at(9_000)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(due(&world).await, Some(3_000), "it is with who claimed it");
    let mut tx = world.begin().await;
    tx.lay_push_aside(&claimed, at(4_000)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(&world).await, Some(4_000));
    let mut tx = world.begin().await;
    tx.finish_push(&claimed, None).await.unwrap();
    assert_eq!(tx.claim_push(&claimed, at(5_000)).await.unwrap(), None, "nothing is left of it");
    tx.commit().await.unwrap();
}

async fn a_push_has_failed_when_no_device_is_left_to_hear_of_it(world: World) {
    let mia = world.person("mia").await;
    let desk = device(&world, mia, "https://push.example/1").await;
    let phone = device(&world, mia, "https://push.example/2").await;
    let told = raise(&world, mia, "one", 10).await;
    let [on_desk, on_phone] = lease(&world, 10).await[..] else { panic!("both are due") };
    assert_eq!((on_desk.device_id, on_phone.device_id), (desk, phone));
    let mut tx = world.begin().await;
    tx.finish_push(&on_desk, None).await.unwrap();
    assert!(!tx.settle_push(told, NotificationStatus::Failed, Some("no"), at(11)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(statuses(&world).await, [(told, NotificationStatus::Queued, None)]);
    let mut tx = world.begin().await;
    tx.finish_push(&on_phone, None).await.unwrap();
    assert!(tx.settle_push(told, NotificationStatus::Failed, Some("no"), at(12)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(statuses(&world).await, [(told, NotificationStatus::Failed, Some("no".to_owned()))]);
    let later = raise(&world, mia, "later", 20).await;
    let mut tx = world.begin().await;
    for gone in [desk, phone] {
        tx.forget_push_device(gone, "410", at(21)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(statuses(&world).await[0], (later, NotificationStatus::Failed, Some("410".to_owned())));
}

async fn what_a_tab_told_may_be_pushed_when_there_is_more(world: World) {
    let mia = world.person("mia").await;
    device(&world, mia, "https://push.example/1").await;
    let told = raise(&world, mia, "one", 10).await;
    let taken = lease(&world, 10).await.remove(0);
    let mut tx = world.begin().await;
    tx.drop_push(told).await.unwrap();
    assert!(!tx.queue_push(told, mia, at(11)).await.unwrap(), "it still waits");
    tx.finish_push(&taken, None).await.unwrap();
    tx.drop_push(told).await.unwrap();
    assert!(tx.queue_push(told, mia, at(12)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(lease(&world, 12).await.remove(0).notification_id, told);
}
