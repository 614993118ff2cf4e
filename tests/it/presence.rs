//! Who is there, who may know it, and what people show of themselves.

use hubbub::protocol::{
    commands::ClientCommand,
    events::{ServerEvent, Status, UserStatus},
    ids::{ConversationId, UserId},
};
use reqwest::Method;
use serde_json::json;

use crate::site::{Person, Site, Tab};

fn watch(people: &[&Person]) -> ClientCommand {
    let user_ids: Vec<UserId> = people.iter().map(|person| person.tokens.user.person.id).collect();
    ClientCommand::WatchPeople { user_ids }
}

fn statuses(events: Vec<ServerEvent>) -> Vec<UserStatus> {
    let status = |event| match event {
        ServerEvent::UserStatus(status) => status,
        other => panic!("{other:?} is no user_status"),
    };
    events.into_iter().map(status).collect()
}

async fn next_status(tab: &mut Tab) -> UserStatus {
    statuses(vec![tab.next().await.unwrap()]).remove(0)
}

async fn show(person: &Person, what: &str, shown: bool) {
    person.done(Method::PATCH, "/api/me/privacy", Some(json!({ what: shown }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_and_going_is_told_to_those_who_look() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut looks = ana.connect().await;
    let before = statuses(looks.command(watch(&[&ben])).await.0).remove(0);
    assert_eq!((before.status, before.full_name.as_str()), (Status::Offline, "ben Example"));
    assert!(before.last_seen_at.is_some(), "they registered a moment ago");
    let mut first = ben.connect().await;
    assert_eq!(next_status(&mut looks).await.status, Status::Online);
    let mut second = ben.connect().await;
    first.socket.close(None).await.unwrap();
    assert_eq!(looks.so_far().await, [], "one person with two tabs is one person");
    second.socket.close(None).await.unwrap();
    let gone = next_status(&mut looks).await;
    assert_eq!(gone.status, Status::Offline);
    assert!(gone.last_seen_at.unwrap() > before.last_seen_at.unwrap());
    assert!(gone.timestamp.since(gone.last_seen_at.unwrap()).as_millis() >= 2_900, "a reload would not be seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_idle_when_all_their_devices_are() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let (mut looks, mut phone, mut desk) = (ana.connect().await, ben.connect().await, ben.connect().await);
    looks.command(watch(&[&ben])).await;
    phone.command(ClientCommand::SetIdle { is_idle: true }).await;
    assert_eq!(looks.so_far().await, []);
    desk.command(ClientCommand::SetIdle { is_idle: true }).await;
    let idle = next_status(&mut looks).await;
    assert_eq!((idle.status, idle.idle), (Status::Online, true));
    phone.command(ClientCommand::SetIdle { is_idle: false }).await;
    assert!(!next_status(&mut looks).await.idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hides_is_not_seen_and_sees_nobody() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let (mut ana_looks, mut ben_looks) = (ana.connect().await, ben.connect().await);
    ana_looks.command(watch(&[&ben])).await;
    ben_looks.command(watch(&[&ana])).await;
    show(&ben, "shows_presence", false).await;
    let hidden = next_status(&mut ana_looks).await;
    assert_eq!((hidden.status, hidden.last_seen_at), (Status::Offline, None));
    let mut other_tab = ben.connect().await;
    assert_eq!(ana_looks.so_far().await, []);
    assert_eq!(other_tab.command(watch(&[&ana])).await.0, []);
    assert_eq!(ana_looks.command(watch(&[&ben])).await.0, []);
    show(&ben, "shows_presence", true).await;
    assert_eq!(statuses(ana_looks.command(watch(&[&ben])).await.0)[0].status, Status::Online);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_people_do_not_see_each_other() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let mut looks = ana.connect().await;
    looks.command(watch(&[&ben])).await;
    ben.done(Method::PUT, &format!("/api/blocks/{}", ana.id()), None).await;
    let _tab = ben.connect().await;
    let told = looks.so_far().await;
    // Only that what is shown of them is to be asked for again.
    assert!(
        matches!(told.as_slice(), [ServerEvent::SightUpdate(update)] if update.user_id.to_string() == ben.id()),
        "{told:?}"
    );
    assert_eq!(looks.command(watch(&[&ben])).await.0, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_people_are_refused_with_the_field() {
    let site = Site::start().await;
    let ana = site.person("ana").await;
    let mut looks = ana.connect().await;
    let user_ids = (1..=201).map(UserId::new).collect();
    looks.send_text(&serde_json::to_string(&ClientCommand::WatchPeople { user_ids }).unwrap()).await;
    let ServerEvent::Error(error) = looks.next().await.unwrap() else { panic!("not refused") };
    assert_eq!(error.error.field.as_deref(), Some("user_ids"));
}

async fn conversation(ana: &Person, ben: &Person) -> ConversationId {
    ana.done(Method::PUT, &format!("/api/users/{}/follow", ben.id()), None).await;
    ben.done(Method::PUT, &format!("/api/users/{}/follow", ana.id()), None).await;
    let item = ana.done(Method::POST, "/api/conversations", Some(json!({ "member_ids": [ben.id()] }))).await;
    serde_json::from_value(item["conversation_id"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_show_that_they_type_or_read_does_not_see_it() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let id = conversation(&ana, &ben).await;
    let path = format!("/api/conversations/{id}");
    show(&ben, "shows_typing", false).await;
    show(&ben, "shows_receipts", false).await;
    let (mut of_ana, mut of_ben) = (ana.connect().await, ben.connect().await);
    let join = ClientCommand::JoinConversation { conversation_id: id };
    of_ana.command(join.clone()).await;
    of_ben.command(join).await;
    let typing = ClientCommand::Typing { conversation_id: id, is_typing: true };
    of_ben.command(typing.clone()).await;
    of_ana.command(typing).await;
    assert_eq!((of_ana.so_far().await, of_ben.so_far().await), (vec![], vec![]));

    for (sender, reader) in [(&ana, &ben), (&ben, &ana)] {
        let said = sender.done(Method::POST, &format!("{path}/messages"), Some(json!({ "content": "Hi" }))).await;
        let body = json!({ "message_id": said["message_id"] });
        reader.done(Method::POST, &format!("{path}/read"), Some(body)).await;
    }
    for (person, tab) in [(&ana, &mut of_ana), (&ben, &mut of_ben)] {
        let own = person.tokens.user.person.id;
        let of_others = |event: &ServerEvent| matches!(event, ServerEvent::MessageRead(read) if read.user_id != own);
        let told = tab.so_far().await;
        assert!(!told.iter().any(of_others), "{told:?}");
        let seen = person.done(Method::GET, &path, None).await;
        let numbers = |member: &serde_json::Value| (member["id"] == json!(own), member["read_number"].clone());
        for (is_own, read_number) in seen["members"].as_array().unwrap().iter().map(numbers) {
            assert_eq!(read_number, json!(if is_own { 2 } else { 0 }));
        }
    }
}
