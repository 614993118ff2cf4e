//! What every store must do with notifications.

use std::collections::{BTreeMap, BTreeSet};

use hubbub::{
    protocol::{
        ids::{ConversationId, MessageId, NotificationId, PostId, UserId},
        notifications::{
            EmailTiming, KindPreference, NotificationFilter, NotificationKind, NotificationTarget, Occasion, QuietHours,
        },
        time::Timestamp,
    },
    server::domain::outcome::{LaterWork, Work},
    server::domain::ports::{MessagesRecord, NotificationRecord, NotificationSettings, OutboxRecord, ThingRecord},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::store::{SETTINGS, World, at};

contract! {
    whatever_happens_the_bell_counts_exactly_and_its_log_has_no_gap
    what_is_hidden_from_the_bell_takes_no_entry_of_its_log
    what_leads_to_a_post_goes_and_comes_back_with_it
    what_two_people_did_to_each_other_goes
    unread_messages_replace_what_was_counted_before
    a_thousand_likes_are_one_notification_told_once
    lists_are_narrowed_and_paged
    wishes_are_kept
    work_with_a_key_waits_once_until_it_is_taken
    removed_notifications_are_forgotten_with_what_was_behind_them
    two_who_raise_for_the_same_two_people_do_not_block
}

fn thing(world: &World, recipient: UserId, actor: UserId, group: &str, name: &str) -> ThingRecord {
    ThingRecord {
        id: NotificationId::new(world.next()),
        recipient,
        actor: Some(actor),
        occasion: Occasion::PostLiked,
        group_key: group.to_owned(),
        thing: name.to_owned(),
        about: None,
        target: NotificationTarget::default(),
        subject: None,
        excerpt: None,
        shown: true,
        at: at(5),
    }
}

async fn raise(world: &World, thing: &ThingRecord) -> Option<NotificationId> {
    let mut tx = world.begin().await;
    tx.hold_bell(thing.recipient).await.unwrap();
    let changed = tx.raise(thing).await.unwrap();
    tx.commit().await.unwrap();
    changed.map(|changed| changed.id)
}

async fn all(world: &World, user: UserId) -> Vec<NotificationRecord> {
    world.read().await.notifications(user, NotificationFilter::All, None, 1_000).await.unwrap()
}

/// What must come of it, in the simplest words.
#[derive(Default)]
struct Model {
    /// The notification, the person and whether it is gone, of each thing.
    things: BTreeMap<String, (NotificationId, UserId, bool)>,
    /// Its group and when it was read, of each notification; newer ones have greater ids.
    notifications: BTreeMap<NotificationId, (String, Option<Timestamp>)>,
    /// Those that were marked together, last.
    together: BTreeSet<NotificationId>,
    together_at: Option<Timestamp>,
    changed: BTreeSet<NotificationId>,
    seq: u64,
}

impl Model {
    fn behind(&self, id: NotificationId) -> (u64, u64) {
        let of = self.things.values().filter(|(notification, _, gone)| *notification == id && !gone);
        let people: Vec<UserId> = of.map(|(_, actor, _)| *actor).collect();
        (people.len() as u64, people.iter().collect::<BTreeSet<_>>().len() as u64)
    }

    fn raise(&mut self, fresh: &ThingRecord) {
        let actor = fresh.actor.unwrap();
        if let Some((id, _, gone)) = self.things.get_mut(&fresh.thing) {
            if std::mem::take(gone) {
                self.changed.insert(*id);
            }
            return;
        }
        let newest = self.notifications.iter().rev().find(|(_, (group, _))| *group == fresh.group_key);
        let id = newest.filter(|(_, (_, read_at))| read_at.is_none()).map_or(fresh.id, |(id, _)| *id);
        self.notifications.entry(id).or_insert_with(|| (fresh.group_key.clone(), None));
        self.things.insert(fresh.thing.clone(), (id, actor, false));
        self.changed.insert(id);
    }

    fn withdraw(&mut self, name: &str) {
        if let Some((id, _, gone)) = self.things.get_mut(name).filter(|(.., gone)| !gone) {
            *gone = true;
            self.changed.insert(*id);
        }
    }

    /// Those that are listed, and when each was read.
    fn listed(&self) -> BTreeMap<NotificationId, (u64, u64, Option<Timestamp>)> {
        let listed = self.notifications.iter().map(|(id, (_, read_at))| {
            let (count, people) = self.behind(*id);
            (*id, (count, people, *read_at))
        });
        listed.filter(|(_, (count, ..))| *count > 0).collect()
    }

    fn set_read(&mut self, id: NotificationId, read_at: Option<Timestamp>) -> bool {
        let is_listed = self.behind(id).0 > 0;
        let Some((_, was)) =
            self.notifications.get_mut(&id).filter(|(_, was)| is_listed && was.is_none() == read_at.is_some())
        else {
            return false;
        };
        *was = read_at;
        self.together.remove(&id);
        self.seq += 1;
        true
    }
}

async fn judge(world: &World, user: UserId, model: &Model, step: &str) {
    let listed = all(world, user).await;
    let found =
        listed.iter().map(|one| (one.id, (one.count, one.actor_count, one.read_at))).collect::<BTreeMap<_, _>>();
    assert_eq!(found, model.listed(), "{step}");
    for one in &listed {
        assert_eq!(one.actors.len() as u64, one.actor_count.min(3), "{step}");
    }
    let bell = world.read().await.bell(user).await.unwrap();
    let unread = model.listed().values().filter(|(.., read_at)| read_at.is_none()).count() as u64;
    assert_eq!((bell.unread_count, bell.seq), (unread, model.seq), "{step}");
    let narrowed = world.read().await.notifications(user, NotificationFilter::Unread, None, 1_000).await.unwrap();
    assert_eq!(narrowed.len() as u64, unread, "{step}");
}

async fn one_step(
    world: &World,
    user: UserId,
    people: &[UserId],
    rng: &mut StdRng,
    model: &mut Model,
    now: Timestamp,
) -> String {
    let (group, actor) = (rng.random_range(0..3), people[rng.random_range(0..people.len())]);
    let name = format!("{group}:{actor}:{}", rng.random_range(0..2));
    let ids: Vec<NotificationId> = model.notifications.keys().copied().collect();
    let some_id = ids.get(rng.random_range(0..ids.len().max(1))).copied();
    let mut tx = world.begin().await;
    tx.hold_bell(user).await.unwrap();
    let step = match rng.random_range(0..20) {
        0..=8 => {
            let fresh = thing(world, user, actor, &format!("group {group}"), &name);
            tx.raise(&fresh).await.unwrap();
            model.raise(&fresh);
            format!("raise {name}")
        }
        9..=11 => {
            tx.withdraw(user, &name, now).await.unwrap();
            model.withdraw(&name);
            format!("withdraw {name}")
        }
        kind @ 12..=14 => {
            let Some(id) = some_id else { return "nothing".to_owned() };
            let read_at = (kind != 14).then_some(now);
            let changed = tx.set_read_notification(user, id, read_at).await.unwrap().is_some();
            assert_eq!(changed, model.set_read(id, read_at), "read {id}");
            format!("read {id} {read_at:?}")
        }
        15 => {
            let read = tx.read_all(user, now).await.unwrap();
            let unread: BTreeSet<NotificationId> =
                model.listed().iter().filter(|(_, (.., read_at))| read_at.is_none()).map(|(id, _)| *id).collect();
            assert_eq!(read.map_or(0, |read| read.count), unread.len() as u64);
            if let Some(read) = read {
                for id in &unread {
                    model.notifications.get_mut(id).unwrap().1 = Some(read.at);
                }
                (model.together, model.together_at) = (unread, Some(read.at));
                model.seq += 1;
            }
            "read all".to_owned()
        }
        16 => {
            let Some(together_at) = model.together_at else { return "nothing".to_owned() };
            let back = tx.undo_read_all(user, together_at).await.unwrap().map_or(0, |back| back.count);
            let listed = model.listed();
            let unread: Vec<NotificationId> =
                model.together.iter().filter(|id| listed.contains_key(id)).copied().collect();
            assert_eq!(back, unread.len() as u64);
            for id in unread {
                model.notifications.get_mut(&id).unwrap().1 = None;
                model.together.remove(&id);
            }
            model.seq += u64::from(back > 0);
            "undo".to_owned()
        }
        _ => {
            for id in std::mem::take(&mut model.changed) {
                let told = tx.tell(id, now).await.unwrap().unwrap();
                model.seq += 1;
                assert_eq!((told.notification.seq, told.bell.seq), (model.seq, model.seq));
                assert_eq!(tx.tell(id, now).await.unwrap(), None, "twice");
            }
            "tell".to_owned()
        }
    };
    tx.commit().await.unwrap();
    step
}

async fn whatever_happens_the_bell_counts_exactly_and_its_log_has_no_gap(world: World) {
    let mut people = Vec::new();
    for name in ["ana", "ben", "chloe", "dan"] {
        people.push(world.person(name).await);
    }
    for seed in 0..6 {
        let user = world.person(&format!("mia{seed}")).await;
        let (mut rng, mut model) = (StdRng::seed_from_u64(seed), Model::default());
        let mut done = Vec::new();
        for step in 0..80 {
            done.push(one_step(&world, user, &people, &mut rng, &mut model, at(10 + step)).await);
            judge(&world, user, &model, &format!("seed {seed}: {done:?}")).await;
        }
    }
}

async fn what_is_hidden_from_the_bell_takes_no_entry_of_its_log(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let hidden = ThingRecord { shown: false, ..thing(&world, mia, ana, "likes", "like") };
    let id = raise(&world, &hidden).await.unwrap();
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    let told = tx.tell(id, at(9)).await.unwrap().unwrap();
    assert_eq!((told.notification.shown, told.bell.seq, told.bell.unread_count), (false, 0, 0));
    tx.commit().await.unwrap();
    assert_eq!(all(&world, mia).await, []);
    // Wanted in the bell since then: one more brings all of it there.
    assert_eq!(raise(&world, &thing(&world, mia, ana, "likes", "another")).await, Some(id));
    assert_eq!(all(&world, mia).await[0].count, 2);
    assert_eq!(world.read().await.bell(mia).await.unwrap().unread_count, 1);
}

async fn what_leads_to_a_post_goes_and_comes_back_with_it(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let post = PostId::new(77);
    let target = NotificationTarget { post_id: Some(post), ..NotificationTarget::default() };
    let like = ThingRecord { target: target.clone(), ..thing(&world, mia, ana, "likes", "like") };
    let gone = ThingRecord { target, ..thing(&world, mia, ana, "comments", "comment") };
    raise(&world, &like).await.unwrap();
    raise(&world, &gone).await.unwrap();
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    tx.withdraw(mia, "comment", at(20)).await.unwrap();
    assert_eq!(tx.concerned_by_post(post, None).await.unwrap(), [mia]);
    assert_eq!(tx.set_removed_with_post(post, None, Some(at(20))).await.unwrap().len(), 1);
    assert_eq!(tx.bell(mia).await.unwrap().unread_count, 0);
    assert_eq!(tx.concerned_by_post(post, Some(at(20))).await.unwrap(), [mia]);
    assert_eq!(
        tx.set_removed_with_post(post, Some(at(20)), None).await.unwrap().len(),
        1,
        "nothing is behind the other"
    );
    tx.commit().await.unwrap();
    assert_eq!(all(&world, mia).await.len(), 1);
    assert_eq!(world.read().await.bell(mia).await.unwrap().unread_count, 1);
}

async fn what_two_people_did_to_each_other_goes(world: World) {
    let (mia, ana, ben) = (world.person("mia").await, world.person("ana").await, world.person("ben").await);
    for (actor, name) in [(ana, "a"), (ben, "b"), (ana, "c")] {
        raise(&world, &thing(&world, mia, actor, "likes", name)).await.unwrap();
    }
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    assert_eq!(tx.set_gone_between(mia, ana, at(9)).await.unwrap().len(), 1);
    assert_eq!(tx.set_gone_between(mia, ana, at(9)).await.unwrap(), []);
    tx.commit().await.unwrap();
    let left = all(&world, mia).await.remove(0);
    assert_eq!((left.count, left.actor_count, left.actors[0].id), (1, 1, ben));
}

async fn unread_messages_replace_what_was_counted_before(world: World) {
    let (mia, ana, ben) = (world.person("mia").await, world.person("ana").await, world.person("ben").await);
    let conversation_id = ConversationId::new(70);
    let messages = |count, message, actors: &[UserId]| MessagesRecord {
        id: NotificationId::new(world.next()),
        recipient: mia,
        conversation_id,
        occasion: Occasion::WroteInGroup,
        subject: Some("Launch crew".to_owned()),
        count,
        actor_count: actors.len() as u64,
        actors: actors.to_vec(),
        message_id: MessageId::new(message),
        excerpt: Some("Hi".to_owned()),
        shown: true,
        at: at(message),
    };
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    let first = tx.raise_messages(&messages(2, 5, &[ana])).await.unwrap().unwrap();
    assert_eq!(tx.raise_messages(&messages(2, 5, &[ana])).await.unwrap(), None);
    assert!(tx.tell(first.id, at(6)).await.unwrap().unwrap().is_news);
    assert_eq!(tx.raise_messages(&messages(1, 4, &[ana])).await.unwrap().map(|changed| changed.id), Some(first.id));
    assert!(!tx.tell(first.id, at(6)).await.unwrap().unwrap().is_news, "fewer is no news");
    tx.raise_messages(&messages(3, 7, &[ben, ana])).await.unwrap().unwrap();
    assert_eq!(tx.open_messages(mia, conversation_id).await.unwrap(), Some(first.id));
    tx.set_read_notification(mia, first.id, Some(at(8))).await.unwrap().unwrap();
    assert_eq!(tx.open_messages(mia, conversation_id).await.unwrap(), None);
    tx.commit().await.unwrap();
    let one = all(&world, mia).await.remove(0);
    assert_eq!(
        (one.count, one.actor_count, one.actors[0].id, one.subject.as_deref()),
        (3, 2, ben, Some("Launch crew"))
    );
}

async fn a_thousand_likes_are_one_notification_told_once(world: World) {
    let mia = world.person("mia").await;
    let mut tx = world.begin().await;
    let mut likers = Vec::new();
    for number in 0..1_000_u32 {
        let liker = world.someone(&format!("liker{number}"), "Liker");
        tx.insert_person(&liker).await.unwrap();
        likers.push(liker.id);
    }
    tx.commit().await.unwrap();
    for liker in &likers {
        let mut tx = world.begin().await;
        tx.hold_bell(mia).await.unwrap();
        let changed = tx.raise(&thing(&world, mia, *liker, "likes", &liker.to_string())).await.unwrap().unwrap();
        let work = Work::Later(LaterWork::Tell { notification_id: changed.id, user_id: mia });
        let id = hubbub::protocol::ids::OutboxId::new(world.next());
        let entry = OutboxRecord { id, work, created_at: at(5), attempts: 0 };
        tx.insert_outbox(&[entry], at(5)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let one = all(&world, mia).await;
    assert_eq!((one.len(), one[0].count, one[0].actor_count), (1, 1_000, 1_000));
    assert_eq!(world.read().await.outbox_depth().await.unwrap().0, 1);
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    assert_eq!(tx.tell(one[0].id, at(6)).await.unwrap().unwrap().bell.seq, 1);
    // Taken back one by one, it still counts right, and names who is left.
    for liker in &likers[3..] {
        tx.withdraw(mia, &liker.to_string(), at(7)).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    let one = all(&world, mia).await.remove(0);
    assert_eq!((one.count, one.actor_count), (3, 3));
    assert_eq!(one.actors.iter().map(|person| person.id).collect::<Vec<_>>(), [likers[2], likers[1], likers[0]]);
}

async fn lists_are_narrowed_and_paged(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    for number in 0..9_u32 {
        let occasion = [Occasion::PostLiked, Occasion::MentionedInPost, Occasion::ConnectionAsked][number as usize % 3];
        let name = number.to_string();
        raise(&world, &ThingRecord { occasion, ..thing(&world, mia, ana, &name, &name) }).await.unwrap();
    }
    let mut read = world.read().await;
    for (filter, expected) in [
        (NotificationFilter::All, 9),
        (NotificationFilter::Unread, 9),
        (NotificationFilter::Mentions, 3),
        (NotificationFilter::Requests, 3),
    ] {
        let (mut seen, mut before) = (0, None);
        loop {
            let page = read.notifications(mia, filter, before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(before.is_none_or(|before| page[0].place < before) && page.len() <= 2);
            (seen, before) = (seen + page.len(), Some(last.place));
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
    assert_eq!(read.notifications(ana, NotificationFilter::All, None, 9).await.unwrap(), []);
}

async fn wishes_are_kept(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    let mut tx = world.begin().await;
    assert_eq!(tx.notification_settings(mia).await.unwrap(), None);
    let mut settings = NotificationSettings {
        enabled: true,
        quiet_hours: Some(QuietHours { from_minute: 1_380, until_minute: 420 }),
        time_zone: "Europe/Lisbon".to_owned(),
        digest_minute: 480,
    };
    for quiet_hours in [settings.quiet_hours, None] {
        settings.quiet_hours = quiet_hours;
        tx.set_notification_settings(mia, &settings).await.unwrap();
        assert_eq!(tx.notification_settings(mia).await.unwrap().as_ref(), Some(&settings));
    }
    for email in [EmailTiming::Daily, EmailTiming::Never, EmailTiming::AtOnce] {
        let choice = KindPreference { kind: NotificationKind::FriendRequest, in_app: false, push: true, email };
        tx.set_notification_choice(mia, &choice).await.unwrap();
        assert_eq!(tx.notification_choices(mia).await.unwrap(), [choice]);
        let facts = tx.notify_facts(mia, Some(ana), NotificationKind::FriendRequest).await.unwrap();
        assert_eq!((facts.choice, facts.enabled, facts.blocked), (Some(choice), Some(true), false));
    }
    let facts = tx.notify_facts(ana, None, NotificationKind::Like).await.unwrap();
    assert_eq!((facts.choice, facts.enabled, facts.blocked), (None, None, false));
    for (by, of) in [(mia, ana), (ana, mia)] {
        tx.set_block(by, of, true, at(1)).await.unwrap();
        assert!(tx.notify_facts(mia, Some(ana), NotificationKind::Like).await.unwrap().blocked);
        tx.set_block(by, of, false, at(1)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn work_with_a_key_waits_once_until_it_is_taken(world: World) {
    let entry = || OutboxRecord {
        id: hubbub::protocol::ids::OutboxId::new(world.next()),
        work: Work::Later(LaterWork::Messages { conversation_id: ConversationId::new(7) }),
        created_at: at(0),
        attempts: 0,
    };
    let mut tx = world.begin().await;
    for due in [30, 10, 20] {
        tx.insert_outbox(&[entry()], at(due)).await.unwrap();
    }
    assert_eq!((tx.outbox_depth().await.unwrap().0, tx.outbox_due().await.unwrap()), (1, Some(at(30))));
    let taken = tx.lease_outbox(at(30), at(60), 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    // What happens while it is done is promised anew.
    tx.insert_outbox(&[entry()], at(40)).await.unwrap();
    assert_eq!((tx.outbox_depth().await.unwrap().0, tx.outbox_due().await.unwrap()), (2, Some(at(40))));
    tx.finish_outbox(&[taken[0].id]).await.unwrap();
    assert_eq!(tx.lease_outbox(at(40), at(60), 10).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

async fn removed_notifications_are_forgotten_with_what_was_behind_them(world: World) {
    let (mia, ana) = (world.person("mia").await, world.person("ana").await);
    raise(&world, &thing(&world, mia, ana, "likes", "like")).await.unwrap();
    raise(&world, &thing(&world, mia, ana, "follows", "follow")).await.unwrap();
    let mut tx = world.begin().await;
    tx.hold_bell(mia).await.unwrap();
    tx.withdraw(mia, "like", at(20)).await.unwrap();
    assert_eq!(tx.purge_notifications(at(20), 10).await.unwrap(), 0);
    assert_eq!(tx.purge_notifications(at(21), 10).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(raise(&world, &thing(&world, mia, ana, "likes", "like")).await.is_some(), "it is a new one");
    assert_eq!(all(&world, mia).await.len(), 2);
}

async fn two_who_raise_for_the_same_two_people_do_not_block(world: World) {
    let (mia, ana, ben) = (world.person("mia").await, world.person("ana").await, world.person("ben").await);
    let round = async |number: u32| {
        let name = number.to_string();
        let mut tx = world.begin().await;
        for recipient in [mia, ana] {
            tx.hold_bell(recipient).await.unwrap();
            tx.raise(&thing(&world, recipient, ben, "likes", &name)).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    futures::future::join_all((0..20).map(round)).await;
    for person in [mia, ana] {
        let one = all(&world, person).await.remove(0);
        assert_eq!((one.count, one.actor_count), (20, 1));
    }
}
