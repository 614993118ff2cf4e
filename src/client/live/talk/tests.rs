//! Conversations as signals, and the work that they make; nothing here needs a browser.

use super::{super::*, *};
use crate::protocol::{
    conversations::{Conversation, ConversationKind, MemberView, Membership},
    errors::{ApiError, ErrorCode},
    events::{LogMark, MessageEvent, Receipt},
    time::Timestamp,
    views::{Page, PersonRef},
};

const ME: UserId = UserId::new(1);
const HERE: ConversationId = ConversationId::new(10);

fn person(id: u64) -> PersonRef {
    PersonRef { id: UserId::new(id), username: format!("u{id}"), full_name: format!("U {id}"), avatar_url: None }
}

fn message(id: u64, sender: u64) -> MessageView {
    MessageView {
        conversation_id: HERE,
        message_id: MessageId::new(id),
        client_id: Some(format!("c{id}")),
        sender_id: UserId::new(sender),
        sender: person(sender),
        content: format!("text {id}"),
        entities: vec![],
        attachment: None,
        reply_to: None,
        reactions: vec![],
        note: None,
        timestamp: Timestamp::from_millis(id),
        edited_at: None,
        deleted: false,
        seq: id,
        revision: id,
        number: id,
    }
}

fn new_message(id: u64, sender: u64) -> ServerEvent {
    ServerEvent::NewMessage(MessageEvent { message: message(id, sender), offset: id })
}

/// With three messages of somebody else, the first of which is read.
fn item() -> ConversationItem {
    let member = |id: u64| MemberView { person: person(id), admin: false, read_number: 0, delivered_number: 0 };
    ConversationItem {
        conversation: Conversation {
            conversation_id: HERE,
            kind: ConversationKind::Direct,
            title: None,
            avatar_url: None,
            members: vec![member(1), member(2)],
            version: 1,
            seq: 3,
            last_number: 3,
            timestamp: Timestamp::from_millis(3),
        },
        mine: Membership {
            standing: Standing::Active,
            admin: false,
            read_number: 1,
            muted: false,
            pinned: false,
            draft: String::new(),
            version: 1,
        },
        last_message: Some(message(3, 2)),
        unread_count: 2,
    }
}

fn mark() -> LogMark {
    LogMark { epoch: "e".into(), offset: 0 }
}

fn opened(live: Live) -> LiveThread {
    let all = live.conversations(ME);
    all.seed_inbox(&Page { items: vec![item()], next: None }, Some(&mark()));
    let thread = all.open(HERE);
    thread.seed(
        &item(),
        &Page { items: [3, 2].map(|id| message(id, 2)).into(), next: Some("2".into()) },
        Some(&mark()),
    );
    thread
}

fn with_live(run: impl FnOnce(Live)) {
    let owner = Owner::new();
    owner.with(|| run(provide_live()));
}

fn at_ten_seconds() -> u64 {
    10_000
}

/// Begins without a storage, as in a browser that forbids it.
fn go_live(live: Live) {
    let (gone, _) = mpsc::channel(1);
    live.talk(|talk| talk.start(ME, at_ten_seconds, gone));
    live.talk(|talk| {
        talk.begin();
        talk.take_work();
    });
}

fn work_of<T>(live: Live, change: impl FnOnce(&mut Talk) -> T) -> Vec<ClientCommand> {
    live.core
        .try_update_value(|core| {
            change(&mut core.talk);
            core.talk.plan();
            core.talk.take_work()
        })
        .unwrap()
        .into_iter()
        .filter_map(|work| if let Work::Send(command, _) = work { Some(command) } else { None })
        .collect()
}

fn ids(thread: LiveThread) -> Vec<u64> {
    thread.messages().get_untracked().iter().map(|id| id.get()).collect()
}

fn states(thread: LiveThread) -> Vec<outbox::Sending> {
    thread.conversation.unsent().get_untracked().into_iter().map(|shown| shown.sending).collect()
}

#[test]
fn the_first_render_shows_what_was_seeded() {
    with_live(|live| {
        let thread = opened(live);
        let all = live.conversations(ME);
        assert_eq!(all.inbox().get_untracked(), [HERE]);
        assert_eq!(all.unread().get_untracked(), Unread { messages: 2, conversations: 1 });
        assert_eq!(all.inbox_tail().get_untracked(), Tail::End);
        assert_eq!((ids(thread), thread.tail().get_untracked()), (vec![2, 3], Tail::More));
        assert_eq!(thread.first_unread(), Some(MessageId::new(2)));
        assert!(thread.is_unread_loaded());
        assert_eq!(live.take_wishes().conversations, [HERE].into());
    });
}

#[test]
fn a_new_message_adds_a_row_and_leaves_the_others_alone() {
    with_live(|live| {
        let thread = opened(live);
        let row = thread.message(MessageId::new(3)).unwrap();
        let before = row.get_untracked();
        live.fold(&new_message(4, 2));
        assert_eq!(ids(thread), [2, 3, 4]);
        assert!(Arc::ptr_eq(&before, &row.get_untracked()));
        let mut edited = message(3, 2);
        (edited.content, edited.revision) = ("new".into(), 5);
        live.fold(&ServerEvent::MessageUpdated(MessageEvent { message: edited, offset: 5 }));
        assert_eq!(row.get_untracked().content, "new");
        assert_eq!(live.conversations(ME).unread().get_untracked().messages, 3);
    });
}

#[test]
fn a_message_sent_while_offline_waits_and_goes_when_the_connection_returns() {
    with_live(|live| {
        let thread = opened(live);
        assert!(thread.send("c4".into(), "text 4".into(), None));
        assert_eq!(states(thread), [outbox::Sending::Waiting]);
        let sent = work_of(live, |talk| {
            let (gone, _) = mpsc::channel(1);
            talk.clock = Some(at_ten_seconds);
            talk.storage = Some(gone);
            talk.begin();
        });
        let expected = NewMessage { content: "text 4".into(), client_id: Some("c4".into()), ..NewMessage::default() };
        assert!(sent.contains(&ClientCommand::SendMessage { conversation_id: HERE, message: expected }));
        assert_eq!(states(thread), [outbox::Sending::Sending]);
        live.take_answer(Errand::Message("c4".into()), Answer::Done);
        assert_eq!(states(thread), [outbox::Sending::Stored]);
        live.fold(&new_message(4, 1));
        assert_eq!((states(thread), ids(thread)), (vec![], vec![2, 3, 4]));
    });
}

fn kept(id: u64) -> Unsent {
    Unsent {
        client_id: format!("c{id}"),
        conversation_id: HERE,
        content: format!("text {id}"),
        reply_to: None,
        carries: None,
        order: id,
        failure: None,
    }
}

#[test]
fn what_is_found_unsent_and_stands_in_the_thread_already_is_not_shown_twice() {
    with_live(|live| {
        let thread = opened(live);
        // Before anything runs, as what a page is rendered with.
        live.fold(&new_message(4, 1));
        go_live(live);
        let found = outbox::Input::Found { messages: vec![kept(4), kept(5)], opened: true };
        let sent = work_of(live, |talk| talk.run_outbox(found));
        assert!(matches!(&sent[..], [ClientCommand::SendMessage { message, .. }] if message.content == "text 5"));
        let shown = thread.conversation.unsent().get_untracked();
        assert_eq!(shown.iter().map(|shown| shown.message.client_id.as_str()).collect::<Vec<_>>(), ["c5"]);
    });
}

#[test]
fn what_waits_here_and_comes_with_the_inbox_is_not_shown_twice() {
    with_live(|live| {
        let thread = opened(live);
        go_live(live);
        live.talk(|talk| talk.run_outbox(outbox::Input::Found { messages: vec![kept(4)], opened: true }));
        assert_eq!(states(thread).len(), 1);
        // Another tab, or this one before it was reloaded, has sent it.
        let mut item = item();
        (item.conversation.seq, item.conversation.last_number) = (4, 4);
        item.last_message = Some(message(4, 1));
        live.conversations(ME).seed_inbox(&Page { items: vec![item], next: None }, None);
        assert_eq!((states(thread), ids(thread)), (vec![], vec![2, 3, 4]));
    });
}

#[test]
fn a_refused_message_keeps_its_text() {
    with_live(|live| {
        let thread = opened(live);
        go_live(live);
        assert!(thread.send("c4".into(), "text 4".into(), None));
        let refusal = ApiError::new(ErrorCode::Forbidden, "They left.");
        live.take_answer(Errand::Message("c4".into()), Answer::Refused(refusal));
        let shown = thread.conversation.unsent().get_untracked();
        assert_eq!(shown[0].message.content, "text 4");
        assert!(matches!(&shown[0].sending, outbox::Sending::Failed(failure) if failure.reason == "They left."));
        thread.cancel("c4".into());
        assert!(states(thread).is_empty());
    });
}

#[test]
fn reading_shows_at_once_and_is_told() {
    with_live(|live| {
        let thread = opened(live);
        go_live(live);
        let told = work_of(live, |talk| talk.read_up_to(HERE, MessageId::new(3)));
        assert_eq!(told, [ClientCommand::ReadMessage { conversation_id: HERE, message_id: MessageId::new(3) }]);
        assert_eq!(live.conversations(ME).unread().get_untracked(), Unread::default());
        assert_eq!(thread.conversation.item().get_untracked().unwrap().unread_count, 0);
    });
}

#[test]
fn what_came_with_the_page_is_told_to_be_received_and_what_arrives_a_second_later() {
    with_live(|live| {
        opened(live);
        let (gone, _) = mpsc::channel(1);
        live.talk(|talk| talk.start(ME, at_ten_seconds, gone));
        let receive = |id| ClientCommand::ReceiveMessage { conversation_id: HERE, message_id: MessageId::new(id) };
        assert!(work_of(live, Talk::begin).contains(&receive(3)));
        let told = work_of(live, |talk| talk.fold(&new_message(4, 2)));
        assert!(!told.contains(&receive(4)), "at most once a second: {told:?}");
    });
}

#[test]
fn ticks_grow_with_the_receipts_of_others() {
    with_live(|live| {
        let thread = opened(live);
        let receipt = Receipt {
            conversation_id: HERE,
            message_id: MessageId::new(3),
            number: 3,
            user_id: UserId::new(2),
            read_at: Timestamp::from_millis(0),
        };
        live.fold(&ServerEvent::MessageDelivered(receipt.clone()));
        let reach = thread.conversation.reach();
        assert_eq!(reach.get_untracked(), Position { read: 0, delivered: 3 });
        live.fold(&ServerEvent::MessageRead(receipt));
        assert_eq!(reach.get_untracked(), Position { read: 3, delivered: 3 });
    });
}

#[test]
fn keys_are_told_and_drafts_saved_later() {
    with_live(|live| {
        opened(live);
        go_live(live);
        let typing = |is_typing: bool| ClientCommand::Typing { conversation_id: HERE, is_typing };
        assert_eq!(work_of(live, |talk| talk.type_in(HERE, typing::Input::Key)), [typing(true)]);
        assert_eq!(work_of(live, |talk| talk.type_in(HERE, typing::Input::Ended)), [typing(false)]);
        let saved = live.core.try_update_value(|core| {
            let talk = &mut core.talk;
            talk.draft(HERE, "hello".into());
            talk.clock = Some(|| 11_000);
            talk.plan();
            talk.take_work()
        });
        let is_draft = |work: &Work| matches!(work, Work::SaveDraft(HERE, text) if text == "hello");
        assert!(saved.unwrap().iter().any(is_draft));
    });
}

#[test]
fn a_thread_left_long_ago_is_forgotten_and_one_just_left_is_not() {
    with_live(|live| {
        let visit = Owner::new();
        visit.with(|| opened(live));
        visit.cleanup();
        let all = live.conversations(ME);
        assert!(live.take_wishes().conversations.is_empty());
        visit.with(|| assert!(all.open(HERE).is_seeded()));
        visit.cleanup();
        (20..30).for_each(|id| assert!(!visit.with(|| all.open(ConversationId::new(id)).is_seeded())));
        visit.cleanup();
        visit.with(|| assert!(!all.open(HERE).is_seeded()));
    });
}
