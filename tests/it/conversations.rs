//! Conversations, as people on several devices have them: over REST and the native socket.

use hubbub::protocol::{
    commands::ClientCommand,
    conversations::{ConversationItem, HeldConversation, MessageView, NewMessage, Note, Standing},
    errors::ErrorCode,
    events::{MessageEvent, ServerEvent},
    ids::{ConversationId, MessageId, UserId},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{Person, Site};

impl Person {
    fn user_id(&self) -> UserId {
        self.tokens.user.person.id
    }

    async fn follow(&self, other: &Self) {
        self.done(Method::PUT, &format!("/api/users/{}/follow", other.id()), None).await;
    }

    /// The direct conversation with somebody.
    async fn talk_with(&self, other: &Self) -> ConversationId {
        self.begin(json!({ "member_ids": [other.id()] })).await.conversation.conversation_id
    }

    async fn begin(&self, form: Value) -> ConversationItem {
        serde_json::from_value(self.done(Method::POST, "/api/conversations", Some(form)).await).unwrap()
    }

    async fn say(&self, id: ConversationId, content: &str) -> MessageView {
        let body = json!({ "content": content });
        let answer = self.done(Method::POST, &format!("/api/conversations/{id}/messages"), Some(body)).await;
        serde_json::from_value(answer).unwrap()
    }

    async fn listed(&self, of: &str) -> Vec<ConversationItem> {
        let answer = self.done(Method::GET, &format!("/api/conversations?box={of}"), None).await;
        serde_json::from_value(answer["items"].clone()).unwrap()
    }

    async fn thread(&self, id: ConversationId) -> Vec<MessageView> {
        let answer = self.done(Method::GET, &format!("/api/conversations/{id}/messages?limit=100"), None).await;
        serde_json::from_value(answer["items"].clone()).unwrap()
    }

    async fn read_up_to(&self, message: &MessageView) {
        let body = json!({ "message_id": message.message_id });
        self.done(Method::POST, &format!("/api/conversations/{}/read", message.conversation_id), Some(body)).await;
    }
}

/// Ana and Ben, who follow each other, and their conversation.
async fn friends(site: &Site) -> (Person, Person, ConversationId) {
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    ana.follow(&ben).await;
    ben.follow(&ana).await;
    let id = ana.talk_with(&ben).await;
    (ana, ben, id)
}

fn message(event: ServerEvent) -> MessageView {
    match event {
        ServerEvent::NewMessage(MessageEvent { message, .. }) => message,
        other => panic!("{other:?} is no new_message"),
    }
}

fn new_message(content: &str, client_id: Option<&str>) -> NewMessage {
    NewMessage { content: content.to_owned(), client_id: client_id.map(str::to_owned), ..NewMessage::default() }
}

fn send(conversation_id: ConversationId, content: &str, client_id: &str) -> ClientCommand {
    ClientCommand::SendMessage { conversation_id, message: new_message(content, Some(client_id)) }
}

const KEY: &str = "3f1c9d2e-5b7a-4c1d-9e8f-0a1b2c3d4e5f";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_every_device_of_both_with_the_senders_key() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let (mut writing, mut other_tab, mut reader) = (ana.connect().await, ana.connect().await, ben.connect().await);
    let (told, result) = writing.command(send(id, "Hello", KEY)).await;
    let stored = message(told.into_iter().next().unwrap());
    assert_eq!(result.message_id, Some(stored.message_id));
    assert_eq!((stored.content.as_str(), stored.seq, stored.number), ("Hello", 1, 1));
    assert_eq!(stored.client_id.as_deref(), Some(KEY));
    assert_eq!(message(other_tab.next().await.unwrap()), stored);
    assert_eq!(message(reader.next().await.unwrap()), stored);
    assert_eq!(ben.thread(id).await, [stored]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_the_same_again_stores_it_once_over_any_door() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let mut tab = ana.connect().await;
    let first = tab.command(send(id, "Hello", KEY)).await.1;
    let (told, again) = tab.command(send(id, "Hello", KEY)).await;
    assert_eq!((first.message_id, again.message_id), (again.message_id, first.message_id));
    assert_eq!(message(told.into_iter().next().unwrap()).message_id, first.message_id.unwrap());
    let body = json!({ "content": "Hello", "client_id": KEY.to_uppercase() });
    let (status, answer) = ana.ask(Method::POST, &format!("/api/conversations/{id}/messages"), Some(body)).await;
    assert_eq!((status, &answer["message_id"]), (StatusCode::OK, &json!(first.message_id)));
    assert_eq!(ben.thread(id).await.len(), 1);
    let conversation = &ben.listed("inbox").await[0];
    assert_eq!((conversation.unread_count, conversation.conversation.seq), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_numbered_without_a_gap_and_alike_for_all() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let mut reader = ben.connect().await;
    let all = (0..40).map(|number| {
        let sender = if number % 2 == 0 { &ana } else { &ben };
        async move { sender.say(id, &number.to_string()).await }
    });
    let answers = futures::future::join_all(all).await;
    let mut seqs: Vec<u64> = answers.iter().map(|message| message.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=40).collect::<Vec<u64>>());
    let mut live: Vec<MessageView> = Vec::new();
    while live.len() < 40 {
        if let ServerEvent::NewMessage(event) = reader.next().await.unwrap() {
            live.push(event.message);
        }
    }
    live.sort_by_key(|message| std::cmp::Reverse(message.seq));
    assert_eq!(live, ana.thread(id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_first_words_are_a_request_and_nothing_leaks_until_it_is_accepted() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let id = ana.talk_with(&ben).await;
    assert!(ben.listed("requests").await.is_empty(), "nothing was said yet");
    let hello = ana.say(id, "Hello").await;
    assert!(ben.listed("inbox").await.is_empty());
    assert_eq!(ben.listed("requests").await[0].mine.standing, Standing::Requested);
    let (mut sender, mut receiver) = (ana.connect().await, ben.connect().await);
    sender.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    receiver.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    let typing = ClientCommand::Typing { conversation_id: id, is_typing: true };
    sender.command(typing.clone()).await;
    assert_eq!(receiver.refusal(typing).await, ErrorCode::Forbidden);
    ben.read_up_to(&hello).await;
    let (told, _) = sender.command(ClientCommand::Ping).await;
    assert!(!told.iter().any(|event| matches!(event, ServerEvent::MessageRead(_))), "{told:?}");
    let members = ana.listed("inbox").await[0].conversation.members.clone();
    assert!(members.iter().all(|member| member.person.id == ana.user_id() || member.read_number == 0), "{members:?}");
    // Replying accepts.
    ben.say(id, "Hello to you").await;
    assert_eq!(ben.listed("inbox").await[0].mine.standing, Standing::Active);
    assert!(ben.listed("requests").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_declined_without_a_word() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let id = ana.talk_with(&ben).await;
    ana.say(id, "Hello").await;
    let mut other_tab = ben.connect().await;
    ben.done(Method::POST, &format!("/api/conversations/{id}/decline"), None).await;
    let ServerEvent::MembershipUpdate(update) = other_tab.next().await.unwrap() else { panic!("not told") };
    assert_eq!(update.mine.standing, Standing::Declined);
    let mut sender = ana.connect().await;
    ana.say(id, "Are you there?").await;
    assert_eq!(message(sender.next().await.unwrap()).content, "Are you there?");
    assert_eq!(other_tab.so_far().await, []);
    assert!(ben.listed("requests").await.is_empty() && ben.listed("inbox").await.is_empty());
    assert_eq!(ben.talk_with(&ana).await, id);
    assert_eq!(ben.listed("inbox").await[0].mine.standing, Standing::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_people_cannot_reach_each_other() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let hello = ana.say(id, "Hello").await;
    ben.done(Method::PUT, &format!("/api/blocks/{}", ana.id()), None).await;
    let path = format!("/api/conversations/{id}/messages");
    for person in [&ana, &ben] {
        let (status, answer) = person.ask(Method::POST, &path, Some(json!({ "content": "Still there?" }))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
        let reaction = format!("/api/messages/{}/reactions/👍", hello.message_id);
        assert_eq!(person.ask(Method::PUT, &reaction, None).await.0, StatusCode::FORBIDDEN);
    }
    let names: Value = ben.done(Method::GET, "/api/blocks", None).await;
    assert_eq!(names[0]["username"], "ana");
    ben.done(Method::DELETE, &format!("/api/blocks/{}", ana.id()), None).await;
    ana.say(id, "Thank you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_member_learns_nothing() {
    let site = Site::start().await;
    let (ana, _ben, id) = friends(&site).await;
    let secret = ana.say(id, "Between us").await;
    let eve = site.person("eve").await;
    let mut tab = eve.connect().await;
    for (method, path, body) in [
        (Method::GET, format!("/api/conversations/{id}"), None),
        (Method::GET, format!("/api/conversations/{id}/messages"), None),
        (Method::GET, format!("/api/conversations/{id}/changes?after=0"), None),
        (Method::POST, format!("/api/conversations/{id}/messages"), Some(json!({ "content": "Hi" }))),
        (Method::PATCH, format!("/api/conversations/{id}/mine"), Some(json!({ "muted": true }))),
        (Method::POST, format!("/api/conversations/{id}/read"), Some(json!({ "message_id": secret.message_id }))),
        (Method::GET, format!("/api/messages/{}", secret.message_id), None),
        (Method::PATCH, format!("/api/messages/{}", secret.message_id), Some(json!({ "content": "Mine" }))),
        (Method::DELETE, format!("/api/messages/{}", secret.message_id), None),
        (Method::PUT, format!("/api/messages/{}/reactions/👍", secret.message_id), None),
    ] {
        assert_eq!(eve.ask(method, &path, body).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let held = vec![HeldConversation { conversation_id: id, seq: 0 }];
    let (told, _) = tab.command(ClientCommand::SyncConversations { conversations: held }).await;
    assert_eq!(told, []);
    assert_eq!(tab.refusal(send(id, "Hi", KEY)).await, ErrorCode::NotFound);
    assert_eq!(tab.refusal(ClientCommand::JoinConversation { conversation_id: id }).await, ErrorCode::NotFound);
    let typing = ClientCommand::Typing { conversation_id: id, is_typing: true };
    assert_eq!(tab.refusal(typing).await, ErrorCode::Forbidden);
    ana.say(id, "Still between us").await;
    assert_eq!(tab.so_far().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn editing_deleting_and_reacting_are_entries_of_the_log() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let mut reader = ben.connect().await;
    let sent = ana.say(id, "Helo").await;
    let path = format!("/api/messages/{}", sent.message_id);
    ana.done(Method::PATCH, &path, Some(json!({ "content": "Hello" }))).await;
    for _ in 0..2 {
        ben.done(Method::PUT, &format!("{path}/reactions/👍"), None).await;
    }
    assert_eq!(ben.ask(Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        ben.ask(Method::PUT, &format!("{path}/reactions/hello"), None).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for _ in 0..2 {
        ana.done(Method::DELETE, &path, None).await;
    }
    let seen = reader.so_far().await;
    let [
        ServerEvent::NewMessage(new),
        ServerEvent::MessageUpdated(edited),
        ServerEvent::ReactionUpdate(reacted),
        ServerEvent::MessageDeleted(gone),
    ] = &seen[..]
    else {
        panic!("{seen:?}")
    };
    assert_eq!((new.message.revision, edited.message.revision, reacted.seq, gone.seq), (1, 2, 3, 4));
    assert_eq!((edited.message.seq, edited.message.content.as_str()), (1, "Hello"));
    assert_eq!(reacted.reactions[0].user_ids, [ben.user_id()]);
    let thread = ben.thread(id).await;
    assert_eq!((thread[0].deleted, thread[0].content.as_str(), thread[0].revision), (true, "", 4));
    assert!(thread[0].reactions.is_empty());
    assert_eq!(ana.ask(Method::PATCH, &path, Some(json!({ "content": "Back" }))).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_moves_the_unread_count_on_every_device_and_the_senders_ticks() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let first = ana.say(id, "One").await;
    let second = ana.say(id, "Two").await;
    let (mut sender, mut other_device) = (ana.connect().await, ben.connect().await);
    let mut reader = ben.connect().await;
    assert_eq!(ben.listed("inbox").await[0].unread_count, 2);
    let receive = ClientCommand::ReceiveMessage { conversation_id: id, message_id: second.message_id };
    reader.command(receive).await;
    let ServerEvent::MessageDelivered(delivered) = sender.next().await.unwrap() else { panic!("no tick") };
    assert_eq!((delivered.number, delivered.user_id), (2, ben.user_id()));
    reader.command(ClientCommand::ReadMessage { conversation_id: id, message_id: second.message_id }).await;
    let ServerEvent::MessageRead(read) = sender.next().await.unwrap() else { panic!("no tick") };
    assert_eq!((read.number, read.message_id), (2, second.message_id));
    // What was read stays read.
    reader.command(ClientCommand::ReadMessage { conversation_id: id, message_id: first.message_id }).await;
    let seen = other_device.so_far().await;
    assert!(matches!(&seen[..], [ServerEvent::MessageDelivered(_), ServerEvent::MessageRead(_)]), "{seen:?}");
    let item = &ben.listed("inbox").await[0];
    assert_eq!((item.unread_count, item.mine.read_number), (0, 2));
    let (told, _) = reader.command(ClientCommand::GetUnreadCount).await;
    assert!(
        matches!(&told[..], [.., ServerEvent::UnreadCount(unread)] if unread.conversations.as_deref() == Some(&[])),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_to_the_others_who_have_it_open_and_to_nobody_else() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let (mut typist, mut open, mut closed) = (ana.connect().await, ben.connect().await, ben.connect().await);
    typist.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    let (told, _) = open.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    assert!(matches!(&told[..], [ServerEvent::ConversationUpdate(_)]), "{told:?}");
    let typing = |is_typing| ClientCommand::Typing { conversation_id: id, is_typing };
    let (own, _) = typist.command(typing(true)).await;
    assert_eq!(own, []);
    let ServerEvent::Typing(told) = open.next().await.unwrap() else { panic!("not told") };
    assert_eq!((told.user_id, told.is_typing, told.expires_in_ms), (ana.user_id(), true, 5_000));
    assert_eq!(told.user_name, "ana Example");
    open.command(ClientCommand::LeaveConversation { conversation_id: id }).await;
    typist.command(typing(false)).await;
    assert_eq!((open.so_far().await, closed.so_far().await), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_run_by_its_admin_and_who_leaves_hears_no_more() {
    let site = Site::start().await;
    let (ana, ben) = (site.person("ana").await, site.person("ben").await);
    let (cleo, dan) = (site.person("cleo").await, site.person("dan").await);
    for person in [&ben, &cleo, &dan] {
        person.follow(&ana).await;
    }
    let form = json!({ "member_ids": [ben.id(), cleo.id()], "title": "Release crew", "client_id": KEY });
    let group = ana.begin(form.clone()).await.conversation;
    assert_eq!(ana.begin(form).await.conversation.conversation_id, group.conversation_id, "made once");
    let id = group.conversation_id;
    ana.say(id, "Before Dan").await;
    let path = format!("/api/conversations/{id}");
    let adding = Some(json!({ "member_ids": [dan.id()] }));
    assert_eq!(ben.ask(Method::POST, &format!("{path}/members"), adding.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ben.ask(Method::PATCH, &path, Some(json!({ "title": "Mine" }))).await.0, StatusCode::FORBIDDEN);
    ana.done(Method::POST, &format!("{path}/members"), adding).await;
    ana.done(Method::PATCH, &path, Some(json!({ "title": "Launch crew" }))).await;
    ana.say(id, "After Dan").await;
    let seen = dan.thread(id).await;
    let texts: Vec<&str> = seen.iter().map(|entry| entry.content.as_str()).collect();
    assert_eq!(texts, ["After Dan", "", ""], "they see how they were added, and nothing before");
    assert!(matches!(&seen[2].note, Some(Note::Added { person }) if person.id == dan.user_id()));
    let item = &dan.listed("inbox").await[0];
    assert_eq!((item.unread_count, item.conversation.title.as_deref()), (1, Some("Launch crew")));

    let (mut left, mut stays) = (ben.connect().await, cleo.connect().await);
    left.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    stays.command(ClientCommand::JoinConversation { conversation_id: id }).await;
    ana.done(Method::DELETE, &format!("{path}/members/{}", ben.id()), None).await;
    ana.say(id, "Without Ben").await;
    let (heard, _) = stays.command(ClientCommand::Typing { conversation_id: id, is_typing: true }).await;
    let told = left.so_far().await;
    let [ServerEvent::MembershipUpdate(update)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(update.mine.standing, Standing::Left);
    assert_eq!(ben.ask(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let [ServerEvent::NewMessage(note), ServerEvent::ConversationUpdate(update), ServerEvent::NewMessage(_)] =
        &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert!(matches!(&note.message.note, Some(Note::Removed { person }) if person.id == ben.user_id()));
    assert_eq!(update.conversation.members.len(), 3);

    ana.done(Method::DELETE, &format!("{path}/members/{}", ana.id()), None).await;
    let heir = &cleo.listed("inbox").await[0];
    assert!(heir.mine.admin, "the oldest member is admin when the last one left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_comes_by_the_event_log_or_from_the_store() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let mut before = ben.connect().await;
    let first = ana.say(id, "One").await;
    let heard = before.next().await.unwrap();
    let offset = heard.offset().unwrap();
    assert_eq!(message(heard), first);
    before.socket.close(None).await.unwrap();
    let epoch = before.connected.unwrap().epoch;
    ana.done(Method::PATCH, &format!("/api/messages/{}", first.message_id), Some(json!({ "content": "Uno" }))).await;
    let second = ana.say(id, "Two").await;
    let held = vec![HeldConversation { conversation_id: id, seq: first.seq }];

    let mut quick = ben.connect().await;
    let resume = ClientCommand::Resume { epoch, offset, conversations: held.clone() };
    let (told, result) = quick.command(resume).await;
    assert_eq!(result.resumed, Some(true));
    assert!(matches!(&told[..], [ServerEvent::MessageUpdated(_), ServerEvent::NewMessage(_)]), "{told:?}");

    let mut late = ben.connect().await;
    let resume = ClientCommand::Resume { epoch: "another run".to_owned(), offset: 1, conversations: held };
    let (told, result) = late.command(resume).await;
    assert_eq!(result.resumed, Some(false));
    let [ServerEvent::ConversationChanges(changes)] = &told[..] else { panic!("{told:?}") };
    let revisions: Vec<(u64, &str)> = changes.messages.iter().map(|at| (at.revision, at.content.as_str())).collect();
    assert_eq!((changes.seq, revisions), (3, vec![(2, "Uno"), (3, "Two")]));
    assert_eq!(changes.messages[1], second);
    let held = vec![HeldConversation { conversation_id: id, seq: changes.seq }];
    let (told, _) = late.command(ClientCommand::SyncConversations { conversations: held }).await;
    assert_eq!(told, [], "nothing more came");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_very_much_is_told_to_load_the_newest_page() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    for number in 0..101 {
        ana.say(id, &number.to_string()).await;
    }
    let mut tab = ben.connect().await;
    let held = vec![HeldConversation { conversation_id: id, seq: 0 }];
    let (told, _) = tab.command(ClientCommand::SyncConversations { conversations: held }).await;
    let [ServerEvent::ConversationChanges(changes)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((changes.seq, changes.reload, changes.messages.len()), (101, true, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_quotes_what_it_replies_to_even_when_that_is_deleted_later() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let question = ana.say(id, &"Why? ".repeat(60)).await;
    let path = format!("/api/conversations/{id}/messages");
    let body = json!({ "content": "Because", "reply_to": question.message_id });
    let answer: MessageView = serde_json::from_value(ben.done(Method::POST, &path, Some(body.clone())).await).unwrap();
    let quote = answer.reply_to.unwrap();
    assert_eq!((quote.message_id, quote.seq), (question.message_id, question.seq));
    assert!(quote.content.starts_with("Why?") && quote.content.chars().count() <= 160);
    ana.done(Method::DELETE, &format!("/api/messages/{}", question.message_id), None).await;
    let quote = ben.thread(id).await[0].reply_to.clone().unwrap();
    assert_eq!((quote.deleted, quote.content.as_str()), (true, ""));
    let (status, refused) = ben.ask(Method::POST, &path, Some(body)).await;
    assert_eq!((status, &refused["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reply_to")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_follows_the_person_and_muting_and_pinning_are_their_own() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    ana.say(id, "Hello").await;
    let (mut other_device, mut other_person) = (ana.connect().await, ben.connect().await);
    let body = json!({ "draft": "Perhaps we ", "muted": true, "pinned": true });
    ana.done(Method::PATCH, &format!("/api/conversations/{id}/mine"), Some(body)).await;
    let ServerEvent::MembershipUpdate(update) = other_device.next().await.unwrap() else { panic!("not told") };
    assert_eq!((update.mine.draft.as_str(), update.mine.muted, update.mine.pinned), ("Perhaps we ", true, true));
    assert_eq!(other_person.so_far().await, []);
    assert_eq!(ben.listed("inbox").await[0].mine.draft, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_said_is_refused_with_the_field() {
    let site = Site::start().await;
    let (ana, ben, id) = friends(&site).await;
    let mut reader = ben.connect().await;
    let path = format!("/api/conversations/{id}/messages");
    let long = "x".repeat(4_001);
    for (body, field) in [
        (json!({ "content": "  \n " }), "content"),
        (json!({ "content": long }), "content"),
        (json!({ "content": "Hi", "client_id": "17" }), "client_id"),
        (json!({ "content": "Hi", "reply_to": "17" }), "reply_to"),
    ] {
        let (status, answer) = ana.ask(Method::POST, &path, Some(body)).await;
        assert_eq!((status, &answer["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
    }
    for body in [json!({ "member_ids": [] }), json!({ "member_ids": [ana.id()] }), json!({ "member_ids": ["17"] })] {
        let (status, answer) = ana.ask(Method::POST, "/api/conversations", Some(body)).await;
        assert_eq!((status, &answer["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("member_ids")));
    }
    let leaving = format!("/api/conversations/{id}/members/{}", ana.id());
    assert_eq!(ana.ask(Method::DELETE, &leaving, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(reader.so_far().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_messages_is_slowed_over_every_door() {
    let site = Site::strict().await;
    let (ana, _ben, id) = friends(&site).await;
    let mut tab = ana.connect().await;
    let mut refused = 0;
    for _ in 0..25 {
        let frame = json!({ "type": "send_message", "conversation_id": id, "content": "Hi", "ref": "1" });
        tab.send_text(&frame.to_string()).await;
    }
    let mut answers = 0;
    while answers < 25 {
        match tab.next().await.unwrap() {
            ServerEvent::Ack(_) => answers += 1,
            ServerEvent::Error(error) => {
                assert_eq!(error.error.code, ErrorCode::RateLimited);
                assert!(error.error.retry_after_ms.is_some_and(|wait| wait > 0));
                (answers, refused) = (answers + 1, refused + 1);
            }
            _ => {}
        }
    }
    assert!((4..=5).contains(&refused), "twenty at once, and one more for every two seconds: {refused}");
    let body = json!({ "content": "Over REST" });
    let (status, _) = ana.ask(Method::POST, &format!("/api/conversations/{id}/messages"), Some(body)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_there_after_a_restart_under_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let (key, first): (&str, MessageId);
    let (ana_tokens, id);
    {
        let site = Site::in_folder(folder.path()).await;
        let (ana, _ben, conversation) = friends(&site).await;
        let mut tab = ana.connect().await;
        (key, id) = (KEY, conversation);
        first = tab.command(send(id, "Hello", key)).await.1.message_id.unwrap();
        ana_tokens = ana.tokens.clone();
        site.stop().await;
    }
    let site = Site::in_folder(folder.path()).await;
    let ana = site.again(ana_tokens);
    let mut tab = ana.connect().await;
    assert_eq!(tab.command(send(id, "Hello", key)).await.1.message_id, Some(first));
    assert_eq!(ana.thread(id).await.len(), 1);
}
