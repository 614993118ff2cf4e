//! What every store must do with announcements.

use std::time::Duration;

use hubbub::{
    protocol::{
        announcements::{Reach, Recipients},
        ids::{AnnouncementId, UserId},
        time::Timestamp,
        views::Role,
    },
    server::domain::ports::{NewAnnouncementRecord, StoreError},
};

use crate::store::{SETTINGS, World, at};

contract! {
    an_announcement_comes_back_as_it_was_written
    recipients_are_those_it_says_a_few_at_a_time
    one_is_told_what_has_begun_and_is_for_them
    what_reached_nobody_yet_is_counted_as_nothing
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn announce(world: &World, author: UserId, recipients: Recipients, starts_at: Timestamp) -> AnnouncementId {
    let id = AnnouncementId::new(world.next());
    let record = NewAnnouncementRecord {
        id,
        author,
        title: "Closed on Friday".to_owned(),
        content: "The floor dries.".to_owned(),
        entities: Vec::new(),
        recipients,
        starts_at,
        ends_at: starts_at.plus(DAY),
        created_at: at(1),
        client_id: Some(id.to_string()),
    };
    let mut tx = world.begin().await;
    tx.insert_announcement(&record).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn member(world: &World, username: &str, role: Role, created_at: Timestamp) -> UserId {
    let mut person = world.someone(username, username);
    (person.role, person.created_at) = (role, created_at);
    let mut tx = world.begin().await;
    tx.insert_person(&person).await.unwrap();
    tx.commit().await.unwrap();
    person.id
}

async fn an_announcement_comes_back_as_it_was_written(world: World) {
    let mia = world.person("mia").await;
    let id = announce(&world, mia, Recipients::Staff, at(5)).await;
    let seen = world.read().await.announcement(id).await.unwrap().unwrap();
    assert_eq!((seen.title.as_str(), seen.content.as_str()), ("Closed on Friday", "The floor dries."));
    assert_eq!((seen.author.id, seen.recipients, seen.starts_at), (mia, Recipients::Staff, at(5)));
    assert_eq!((seen.ended_at, seen.over_at()), (None, at(5).plus(DAY)));
    let found = world.read().await.announcement_by_client_id(mia, &id.to_string()).await.unwrap();
    assert_eq!(found, Some(id));

    let mut tx = world.begin().await;
    tx.end_announcement(id, at(7)).await.unwrap();
    tx.end_announcement(id, at(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.announcement(id).await.unwrap().unwrap().over_at(), at(7));
}

async fn recipients_are_those_it_says_a_few_at_a_time(world: World) {
    let now = at(0).plus(DAY.saturating_mul(100));
    let old = member(&world, "old", Role::Member, at(0)).await;
    let boss = member(&world, "boss", Role::Owner, at(0)).await;
    let new = member(&world, "new", Role::Member, now.minus(DAY)).await;
    let mut all = vec![old, boss, new];
    all.sort_unstable();
    let mut read = world.read().await;
    let nobody = UserId::new(0);
    assert_eq!(read.recipients(Recipients::Everyone, now, nobody, 10).await.unwrap(), all);
    assert_eq!(read.recipients(Recipients::Everyone, now, all[0], 1).await.unwrap(), [all[1]]);
    assert_eq!(read.recipients(Recipients::Everyone, now, all[2], 1).await.unwrap(), []);
    assert_eq!(read.recipients(Recipients::Newcomers, now, nobody, 10).await.unwrap(), [new]);
    assert_eq!(read.recipients(Recipients::Staff, now, nobody, 10).await.unwrap(), [boss]);
    assert_eq!(read.count_recipients(Recipients::Everyone, now).await.unwrap(), 3);
    assert_eq!(read.count_recipients(Recipients::Newcomers, now).await.unwrap(), 1);
}

async fn one_is_told_what_has_begun_and_is_for_them(world: World) {
    let now = at(0).plus(DAY.saturating_mul(100));
    let boss = member(&world, "boss", Role::Owner, at(0)).await;
    let old = member(&world, "old", Role::Member, at(0)).await;
    let new = member(&world, "new", Role::Member, now.minus(DAY)).await;
    let all = announce(&world, boss, Recipients::Everyone, now).await;
    let fresh = announce(&world, boss, Recipients::Newcomers, now).await;
    let staff = announce(&world, boss, Recipients::Staff, now).await;
    let later = announce(&world, boss, Recipients::Everyone, now.plus(DAY)).await;
    for (who, told) in [
        (Some(old), vec![all]),
        (Some(new), vec![fresh, all]),
        (Some(boss), vec![staff, all]),
        (None, vec![later, staff, fresh, all]),
    ] {
        let found = world.read().await.announcements(who, now, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), told, "{who:?}");
    }
    let page = world.read().await.announcements(None, now, Some(staff), 1).await.unwrap();
    assert_eq!(page.iter().map(|found| found.id).collect::<Vec<_>>(), [fresh]);
}

async fn what_reached_nobody_yet_is_counted_as_nothing(world: World) {
    let mia = world.person("mia").await;
    let id = announce(&world, mia, Recipients::Everyone, at(5)).await;
    assert_eq!(world.read().await.reach(id, at(9)).await.unwrap(), Reach::default());
    assert!(world.read().await.unread_announcement(mia, at(9)).await.unwrap().is_none());
    assert_eq!(world.read().await.unread_of_announcement(id, 10).await.unwrap(), []);
    let again = NewAnnouncementRecord {
        id: AnnouncementId::new(world.next()),
        author: mia,
        title: "Again".to_owned(),
        content: String::new(),
        entities: Vec::new(),
        recipients: Recipients::Everyone,
        starts_at: at(1),
        ends_at: at(2),
        created_at: at(1),
        client_id: Some(id.to_string()),
    };
    let refused = world.begin().await.insert_announcement(&again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken("client_id")), "{refused:?}");
}
