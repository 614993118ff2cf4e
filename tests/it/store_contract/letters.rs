//! What every store must do with letters.

use hubbub::{
    protocol::{
        ids::{NotificationId, UserId},
        notifications::{Channel, EmailTiming, NotificationStatus, NotificationTarget, Occasion},
    },
    server::domain::ports::{ClaimedLetter, DueLetter, LetterPurpose, ThingRecord},
};

use crate::store::{SETTINGS, World, at};

contract! {
    a_letter_waits_once_for_each_purpose_and_is_taken_when_it_is_due
    a_letter_is_claimed_once_for_each_time_it_is_taken
    everybody_makes_ids_with_a_number_of_their_own
    what_comes_while_a_letter_is_sent_is_not_forgotten_with_it
    a_notification_goes_by_letter_once_until_it_is_read
    deliveries_are_listed_by_status_and_read_counts_as_read
    what_became_of_a_notification_in_the_bell_is_what_it_says_itself
    a_key_works_once_for_its_purpose_until_it_expires
    wishes_for_a_reset_are_taken_once
}

async fn promise(world: &World, user: UserId, purpose: LetterPurpose, due: u64) {
    let mut tx = world.begin().await;
    tx.promise_letter(user, purpose, at(due)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn lease(world: &World, now: u64) -> Vec<DueLetter> {
    let mut tx = world.begin().await;
    let leased = tx.lease_letters(at(now), at(now + 100), 10).await.unwrap();
    tx.commit().await.unwrap();
    leased
}

async fn claim(world: &World, letter: &DueLetter, until: u64) -> Option<ClaimedLetter> {
    let mut tx = world.begin().await;
    let claimed = tx.claim_letter(letter, at(until)).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn a_letter_waits_once_for_each_purpose_and_is_taken_when_it_is_due(world: World) {
    let mia = world.person("mia").await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), None);
    promise(&world, mia, LetterPurpose::AtOnce, 20).await;
    promise(&world, mia, LetterPurpose::AtOnce, 10).await;
    promise(&world, mia, LetterPurpose::Daily, 30).await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), Some(at(20)));
    assert_eq!(lease(&world, 19).await, []);
    let taken = lease(&world, 20).await;
    let [letter] = taken[..] else { panic!("{taken:?}") };
    assert_eq!((letter.user_id, letter.purpose), (mia, LetterPurpose::AtOnce));
    assert_eq!(lease(&world, 29).await, []);
    let claimed = claim(&world, &letter, 40).await.unwrap();
    assert_eq!((claimed.attempts, claimed.version), (1, 2));
    let mut tx = world.begin().await;
    tx.put_off_letter(&claimed, at(25), 1).await.unwrap();
    tx.commit().await.unwrap();
    let again = lease(&world, 25).await.remove(0);
    assert_eq!(claim(&world, &again, 60).await.unwrap().attempts, 2);
}

async fn a_letter_is_claimed_once_for_each_time_it_is_taken(world: World) {
    let mia = world.person("mia").await;
    promise(&world, mia, LetterPurpose::AtOnce, 10).await;
    let first = lease(&world, 10).await.remove(0);
    let aside = async |letter: &DueLetter, until| {
        let mut tx = world.begin().await;
        tx.lay_letter_aside(letter, at(until)).await.unwrap();
        tx.commit().await.unwrap();
    };
    aside(&first, 200).await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), Some(at(200)), "it may be under way for longer");
    let second = lease(&world, 200).await.remove(0);
    assert_eq!(claim(&world, &first, 400).await, None, "it was handed over again since");
    let claimed = claim(&world, &second, 400).await.unwrap();
    assert_eq!(claim(&world, &second, 400).await, None, "it arrived twice");
    aside(&second, 1_000).await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), Some(at(400)), "it is not theirs any more");
    let third = lease(&world, 400).await.remove(0);
    let mut tx = world.begin().await;
    tx.put_off_letter(&claimed, at(1_000), 7).await.unwrap();
    tx.finish_letter(&claimed, at(1_000)).await.unwrap();
    tx.commit().await.unwrap();
    let claimed = claim(&world, &third, 600).await.unwrap();
    assert_eq!(claimed.attempts, 2, "who was too slow changed nothing");
    let mut tx = world.begin().await;
    tx.finish_letter(&claimed, at(1_000)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&world, &third, 800).await, None, "it is done");
    promise(&world, mia, LetterPurpose::AtOnce, 700).await;
    let later = lease(&world, 700).await.remove(0);
    for old in [first, second, third] {
        assert_eq!(claim(&world, &old, 900).await, None, "the letter they were for is done");
    }
    assert!(claim(&world, &later, 900).await.is_some());
}

async fn everybody_makes_ids_with_a_number_of_their_own(world: World) {
    let lend = async |holder: &str, now: u64, until: u64| {
        let mut tx = world.begin().await;
        let lent = tx.lend_number(holder, at(now), at(until)).await.unwrap();
        tx.commit().await.unwrap();
        lent
    };
    assert_eq!(lend("one", 10, 40).await, Some(1));
    assert_eq!(lend("two", 10, 30).await, Some(2));
    assert_eq!(lend("one", 20, 50).await, Some(1), "who has one keeps it");
    for more in 3..=31 {
        assert_eq!(lend(&more.to_string(), 20, 60).await, Some(more));
    }
    assert_eq!(lend("late", 29, 60).await, None, "others hold all");
    assert_eq!(lend("late", 30, 60).await, Some(2), "this one was not kept");
    assert_eq!(lend("two", 30, 60).await, None);
    assert_eq!(lend("one", 30, 30).await, Some(1), "given back");
    assert_eq!(lend("two", 30, 60).await, Some(1));
}

async fn what_comes_while_a_letter_is_sent_is_not_forgotten_with_it(world: World) {
    let mia = world.person("mia").await;
    promise(&world, mia, LetterPurpose::AtOnce, 10).await;
    let taken = lease(&world, 10).await.remove(0);
    let taken = claim(&world, &taken, 40).await.unwrap();
    promise(&world, mia, LetterPurpose::AtOnce, 15).await;
    let finish = async |letter: &ClaimedLetter| {
        let mut tx = world.begin().await;
        tx.finish_letter(letter, at(50)).await.unwrap();
        tx.commit().await.unwrap();
    };
    finish(&taken).await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), Some(at(50)));
    let again = lease(&world, 50).await.remove(0);
    let again = claim(&world, &again, 90).await.unwrap();
    assert_eq!((again.attempts, again.version), (1, 2));
    finish(&again).await;
    assert_eq!(world.read().await.letter_due().await.unwrap(), None);
}

async fn raise(world: &World, recipient: UserId, actor: UserId, name: &str) -> NotificationId {
    let thing = ThingRecord {
        id: NotificationId::new(world.next()),
        recipient,
        actor: Some(actor),
        occasion: Occasion::PostCommented,
        group_key: name.to_owned(),
        thing: name.to_owned(),
        about: None,
        target: NotificationTarget::default(),
        subject: None,
        excerpt: Some(name.to_owned()),
        shown: true,
        at: at(5),
    };
    let mut tx = world.begin().await;
    tx.hold_bell(recipient).await.unwrap();
    let id = tx.raise(&thing).await.unwrap().unwrap().id;
    assert!(tx.queue_delivery(id, recipient, Channel::Email, EmailTiming::AtOnce, at(5)).await.unwrap());
    assert!(!tx.queue_delivery(id, recipient, Channel::Email, EmailTiming::AtOnce, at(6)).await.unwrap());
    tx.commit().await.unwrap();
    id
}

async fn a_notification_goes_by_letter_once_until_it_is_read(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let (first, second) = (raise(&world, mia, ana, "first").await, raise(&world, mia, ana, "second").await);
    let waiting = async |timing| {
        let waiting = world.read().await.waiting_for_letter(mia, timing, 10).await.unwrap();
        waiting.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!((waiting(EmailTiming::AtOnce).await, waiting(EmailTiming::Daily).await), (vec![second, first], vec![]));
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    tx.set_read_notification(mia, first, Some(at(7))).await.unwrap();
    tx.settle_read_deliveries(mia, at(8)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(waiting(EmailTiming::AtOnce).await, [second]);
    let mut tx = world.begin().await;
    tx.settle_deliveries(&[second], Channel::Email, NotificationStatus::Delivered, None, at(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(waiting(EmailTiming::AtOnce).await, []);
}

async fn deliveries_are_listed_by_status_and_read_counts_as_read(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let (first, second) = (raise(&world, mia, ana, "first").await, raise(&world, mia, ana, "second").await);
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    tx.settle_deliveries(&[first], Channel::Email, NotificationStatus::Failed, Some("550 no"), at(9)).await.unwrap();
    tx.set_read_notification(mia, second, Some(at(9))).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let email = Channel::Email;
    let all = read.deliveries(email, None, None, 10).await.unwrap();
    assert_eq!(
        all.iter().map(|one| one.status).collect::<Vec<_>>(),
        [NotificationStatus::Read, NotificationStatus::Failed]
    );
    let failed = read.deliveries(email, Some(NotificationStatus::Failed), None, 10).await.unwrap();
    assert_eq!((failed.len(), failed[0].reason.as_deref(), failed[0].notification_id), (1, Some("550 no"), first));
    assert_eq!(failed[0].username, "mia");
    assert_eq!(read.deliveries(email, None, Some(second), 10).await.unwrap(), failed);
    assert_eq!(read.deliveries(email, Some(NotificationStatus::Queued), None, 10).await.unwrap(), []);
    let read_ones = read.deliveries(email, Some(NotificationStatus::Read), None, 10).await.unwrap();
    assert_eq!(read_ones.iter().map(|one| one.notification_id).collect::<Vec<_>>(), [second]);
    assert_eq!(read.deliveries(Channel::Push, None, None, 10).await.unwrap(), []);
}

async fn what_became_of_a_notification_in_the_bell_is_what_it_says_itself(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let first = raise(&world, mia, ana, "first").await;
    let second = raise(&world, mia, ana, "second").await;
    let third = raise(&world, mia, ana, "third").await;
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    tx.tell(first, at(6)).await.unwrap().unwrap();
    tx.tell(second, at(7)).await.unwrap().unwrap();
    tx.set_read_notification(mia, first, Some(at(8))).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let mut listed = async |status, before| {
        let found = read.deliveries(Channel::InApp, status, before, 10).await.unwrap();
        assert!(found.iter().all(|one| one.channel == Channel::InApp && one.username == "mia"));
        found.iter().map(|one| (one.notification_id, one.status, one.timestamp)).collect::<Vec<_>>()
    };
    let (queued, delivered, was_read) = (
        (third, NotificationStatus::Queued, at(5)),
        (second, NotificationStatus::Delivered, at(7)),
        (first, NotificationStatus::Read, at(8)),
    );
    assert_eq!(listed(None, None).await, [queued, delivered, was_read]);
    assert_eq!(listed(None, Some(third)).await, [delivered, was_read]);
    assert_eq!(listed(Some(NotificationStatus::Queued), None).await, [queued]);
    assert_eq!(listed(Some(NotificationStatus::Delivered), None).await, [delivered]);
    assert_eq!(listed(Some(NotificationStatus::Read), None).await, [was_read]);
    assert_eq!(listed(Some(NotificationStatus::Failed), None).await, []);
}

async fn a_key_works_once_for_its_purpose_until_it_expires(world: World) {
    let mia = world.person("mia").await;
    let mut tx = world.begin().await;
    for hash in ["one", "two"] {
        tx.insert_link_key(hash, mia, LetterPurpose::Reset, at(100)).await.unwrap();
    }
    tx.insert_link_key("old", mia, LetterPurpose::Confirm, at(50)).await.unwrap();
    assert_eq!(tx.take_link_key("one", LetterPurpose::Confirm, at(1)).await.unwrap(), None);
    assert_eq!(tx.take_link_key("old", LetterPurpose::Confirm, at(50)).await.unwrap(), None);
    assert_eq!(tx.take_link_key("one", LetterPurpose::Reset, at(99)).await.unwrap(), Some(mia));
    assert_eq!(tx.take_link_key("two", LetterPurpose::Reset, at(99)).await.unwrap(), None, "used up with the other");
    assert_eq!(tx.purge_link_keys(at(51)).await.unwrap(), 1);
    assert!(!tx.letter_recipient(mia).await.unwrap().unwrap().confirmed);
    tx.confirm_email(mia, at(3)).await.unwrap();
    assert!(tx.letter_recipient(mia).await.unwrap().unwrap().confirmed);
    tx.commit().await.unwrap();
}

async fn wishes_for_a_reset_are_taken_once(world: World) {
    let mut tx = world.begin().await;
    for (email, when) in [("mia@example.org", 5), ("nobody@example.org", 3), ("mia@example.org", 1)] {
        tx.wish_for_reset(email, at(when)).await.unwrap();
    }
    assert_eq!(tx.letter_due().await.unwrap(), Some(at(3)));
    let mut taken = tx.take_reset_wishes(10).await.unwrap();
    taken.sort_unstable();
    assert_eq!(taken, ["mia@example.org", "nobody@example.org"]);
    assert_eq!((tx.take_reset_wishes(10).await.unwrap().len(), tx.letter_due().await.unwrap()), (0, None));
    tx.commit().await.unwrap();
}
