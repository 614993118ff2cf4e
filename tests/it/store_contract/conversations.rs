//! What every store must do with conversations, messages and blocks.

use std::{collections::BTreeSet, sync::Arc};

use hubbub::{
    protocol::{
        conversations::{
            Conversation, ConversationBox, ConversationKind, HeldConversation, MessageView, Note, Reaction, Standing,
        },
        ids::{ConversationId, MessageId, UserId},
        limits::QUOTE_MAX_CHARS,
        views::{PersonRef, Privacy},
    },
    server::domain::ports::{
        ConversationRecord, Entry, MemberRecord, MessageFacts, MessageRecord, Read, ReadUpTo, Speaker, StoreError, Tx,
    },
};
use tokio::task::JoinSet;

use crate::store::{SETTINGS, World, at, tags};

contract! {
    a_message_comes_back_as_it_was_written
    a_log_has_no_gap_whoever_writes_at_the_same_moment
    a_client_id_makes_one_message_for_ever
    a_message_resent_from_many_places_is_stored_once
    a_pair_has_one_conversation_in_both_directions
    two_who_begin_with_each_other_at_the_same_moment_share_a_conversation
    a_group_is_made_once_under_a_client_id
    positions_only_grow
    what_many_say_at_once_is_stored_as_if_one_came_after_the_other
    what_came_before_a_member_is_hidden_from_them
    a_thread_pages_newest_first_without_gap_or_repeat
    changes_come_in_the_order_they_were_made
    reactions_are_gathered_by_emoji_in_the_order_they_came
    a_deleted_message_is_empty_and_keeps_its_place
    a_reaction_at_the_moment_of_the_deletion_does_not_stay
    a_quote_is_the_beginning_of_what_it_answers
    an_edit_replaces_the_text_and_moves_the_revision
    a_list_of_conversations_pages_by_what_was_last_said
    pinned_conversations_are_listed_by_themselves
    conversations_are_found_by_title_and_by_the_others_names
    requests_are_apart_from_the_inbox
    a_conversation_without_words_is_listed_for_its_beginner_only
    unread_is_what_was_said_after_the_last_message_read
    a_conversation_is_ahead_while_its_log_goes_on
    a_decline_is_not_told_in_a_conversation_of_two
    nobody_is_told_how_far_somebody_is_who_does_not_take_part
    nobody_is_told_across_a_block_how_far_somebody_is
    a_seat_shows_what_the_list_of_conversations_shows
    who_left_sees_nothing_and_comes_back_as_a_new_member
    what_a_member_has_to_themselves_raises_its_version
    a_group_is_renamed_and_its_changes_are_counted
    nothing_is_said_after_its_sender_was_removed
    a_block_counts_in_either_direction
    blocked_people_are_listed_newest_first
}

fn member(user_id: UserId, standing: Standing) -> MemberRecord {
    MemberRecord {
        user_id,
        standing,
        admin: false,
        from_seq: 0,
        read_number: 0,
        delivered_number: 0,
        shows_receipts: true,
    }
}

/// A conversation of two as it would be begun, not stored yet.
fn pair(world: &World, one: UserId, other: UserId) -> ConversationRecord {
    ConversationRecord {
        id: ConversationId::new(world.next()),
        kind: ConversationKind::Direct,
        title: None,
        pair: Some((one.min(other), one.max(other))),
        created_by: one,
        client_id: None,
        created_at: at(1),
    }
}

/// A group as it would be made, not stored yet.
fn circle(world: &World, by: UserId, title: &str) -> ConversationRecord {
    ConversationRecord {
        kind: ConversationKind::Group,
        title: Some(title.to_owned()),
        pair: None,
        ..pair(world, by, by)
    }
}

async fn keep(world: &World, conversation: &ConversationRecord, members: &[MemberRecord]) -> ConversationId {
    let mut tx = world.begin().await;
    tx.insert_conversation(conversation).await.unwrap();
    for member in members {
        tx.put_member(conversation.id, member, at(1)).await.unwrap();
    }
    tx.commit().await.unwrap();
    conversation.id
}

/// A stored conversation of two who both take part.
pub(super) async fn direct(world: &World, one: UserId, other: UserId) -> ConversationId {
    let members = [member(one, Standing::Active), member(other, Standing::Active)];
    keep(world, &pair(world, one, other), &members).await
}

/// A stored group in which all take part; the first one made it.
pub(super) async fn group(world: &World, people: &[UserId]) -> ConversationId {
    let members = people.iter().map(|person| member(*person, Standing::Active)).collect::<Vec<_>>();
    keep(world, &circle(world, people[0], "Tea"), &members).await
}

/// A message as it would be sent, not stored yet.
fn words(world: &World, id: ConversationId, sender: UserId, entry: Entry, content: &str) -> MessageRecord {
    MessageRecord {
        id: MessageId::new(world.next()),
        conversation_id: id,
        entry,
        sender,
        client_id: None,
        content: content.to_owned(),
        entities: tags(content),
        reply_to: None,
        note: None,
        created_at: at(3),
    }
}

/// Takes the next entry and stores a message with it, or a note.
async fn add(
    world: &World,
    tx: &mut dyn Tx,
    id: ConversationId,
    sender: UserId,
    content: &str,
    note: Option<Note>,
) -> MessageRecord {
    let entry = tx.next_entry(id, note.is_none()).await.unwrap();
    let message = MessageRecord { note, ..words(world, id, sender, entry, content) };
    tx.insert_message(&message).await.unwrap();
    message
}

/// A stored message.
pub(super) async fn say(world: &World, id: ConversationId, sender: UserId, content: &str) -> MessageId {
    let mut tx = world.begin().await;
    let message = add(world, &mut *tx, id, sender, content, None).await;
    tx.commit().await.unwrap();
    message.id
}

fn speaker(user_id: UserId, conversation_id: ConversationId, client_id: Option<&str>) -> Speaker {
    Speaker { user_id, conversation_id, client_id: client_id.map(str::to_owned) }
}

/// What somebody sent under this id, wherever.
async fn sent_before<R: Read + ?Sized>(read: &mut R, by: UserId, client_id: &str) -> Option<MessageId> {
    let nowhere = ConversationId::new(1);
    read.speakers(&[speaker(by, nowhere, Some(client_id))]).await.unwrap()[0].sent_before
}

/// A stored note.
async fn note(world: &World, id: ConversationId, sender: UserId, note: Note) -> MessageId {
    let mut tx = world.begin().await;
    let message = add(world, &mut *tx, id, sender, "", Some(note)).await;
    tx.commit().await.unwrap();
    message.id
}

/// A stored reaction, or one taken back; whether it was different before.
async fn react(world: &World, id: ConversationId, message: MessageId, by: UserId, emoji: &str, on: bool) -> bool {
    let mut tx = world.begin().await;
    let changed = tx.set_reaction(message, by, emoji, on, at(5)).await.unwrap();
    if changed {
        let entry = tx.next_entry(id, false).await.unwrap();
        tx.set_revision(message, entry.seq).await.unwrap();
    }
    tx.commit().await.unwrap();
    changed
}

/// A stored deletion; its entry.
async fn delete(world: &World, id: ConversationId, message: MessageId) -> Entry {
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, false).await.unwrap();
    tx.delete_message(message, at(9), entry.seq).await.unwrap();
    tx.commit().await.unwrap();
    entry
}

async fn set_standing(world: &World, id: ConversationId, person: UserId, standing: Standing) -> u64 {
    let mut tx = world.begin().await;
    let version = tx.set_standing(id, person, standing).await.unwrap();
    tx.commit().await.unwrap();
    version
}

async fn set_read(world: &World, id: ConversationId, person: UserId, number: u64) {
    let mut tx = world.begin().await;
    tx.set_read(id, person, number).await.unwrap();
    tx.commit().await.unwrap();
}

async fn whole(world: &World, message: MessageId) -> MessageView {
    world.read().await.message(message).await.unwrap().unwrap()
}

async fn facts(read: &mut dyn Read, message: MessageId) -> MessageFacts {
    read.message_facts(message).await.unwrap().unwrap()
}

fn ids(messages: &[MessageView]) -> Vec<MessageId> {
    messages.iter().map(|message| message.message_id).collect()
}

async fn listed(world: &World, viewer: UserId, of: ConversationBox, query: &str) -> Vec<ConversationId> {
    let mut read = world.read().await;
    let found = read.conversations(viewer, of, query, None, 50).await.unwrap();
    found.into_iter().map(|(_, item)| item.conversation.conversation_id).collect()
}

/// Whom `viewer` sees in a conversation.
async fn shown(world: &World, id: ConversationId, viewer: UserId) -> Vec<UserId> {
    let item = world.read().await.conversation(id, viewer).await.unwrap().unwrap();
    item.conversation.members.into_iter().map(|member| member.person.id).collect()
}

async fn shared(read: &mut dyn Read, id: ConversationId) -> Option<Conversation> {
    read.shared_conversation(id).await.unwrap()
}

fn taken(refused: Result<(), StoreError>, by: &str) {
    assert!(matches!(refused, Err(StoreError::Taken(field)) if field == by), "{by}: {refused:?}");
}

// -------------------------------------------------------------------------------------------------------- messages

async fn a_message_comes_back_as_it_was_written(world: World) {
    let (mia, ben) = (world.named("mia", "Mia Chen").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, true).await.unwrap();
    let text = "hello #Tea 'quotes' \u{1F375}";
    let message = MessageRecord { client_id: Some("c1".to_owned()), ..words(&world, id, mia, entry, text) };
    tx.insert_message(&message).await.unwrap();
    let seen_inside = tx.message(message.id).await.unwrap();
    tx.commit().await.unwrap();

    let view = whole(&world, message.id).await;
    assert_eq!(Some(&view), seen_inside.as_ref());
    assert_eq!((view.content.as_str(), &view.entities), (text, &message.entities));
    assert_eq!((view.conversation_id, view.sender_id, view.sender.full_name.as_str()), (id, mia, "Mia Chen"));
    assert_eq!((view.seq, view.revision, view.number, view.client_id.as_deref()), (1, 1, 1, Some("c1")));
    assert_eq!((view.timestamp, view.edited_at, view.deleted, view.reply_to), (at(3), None, false, None));
    assert_eq!((view.note, view.reactions), (None, vec![]));

    let news = Note::Renamed { title: "Coffee".to_owned() };
    let renamed = note(&world, id, ben, news.clone()).await;
    let view = whole(&world, renamed).await;
    assert_eq!((view.note, view.client_id, view.content.as_str()), (Some(news), None, ""));
    assert_eq!((view.seq, view.revision, view.number), (2, 2, 1));

    let mut read = world.read().await;
    let expected = MessageFacts {
        id: renamed,
        conversation_id: id,
        sender: ben,
        seq: 2,
        number: 1,
        is_note: true,
        deleted: false,
    };
    assert_eq!(facts(&mut *read, renamed).await, expected);
    assert_eq!(read.message(MessageId::new(1)).await.unwrap(), None);
    assert_eq!(read.message_facts(MessageId::new(1)).await.unwrap(), None);
    let item = read.conversation(id, ben).await.unwrap().unwrap();
    assert_eq!(item.last_message.map(|message| message.message_id), Some(renamed));
    assert_eq!((item.conversation.seq, item.conversation.last_number, item.conversation.timestamp), (2, 1, at(3)));
}

async fn a_log_has_no_gap_whoever_writes_at_the_same_moment(world: World) {
    const WRITERS: usize = 48;
    let world = Arc::new(world);
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let mut running = JoinSet::new();
    for writer in 0..WRITERS {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            // Every third says a note, and every fourth changes its mind when all is written.
            let what = (writer % 3 == 0).then_some(Note::Left);
            let message = add(&world, &mut *tx, id, if writer % 2 == 0 { mia } else { ben }, "hm", what).await;
            if writer % 4 == 3 {
                return None;
            }
            tx.commit().await.unwrap();
            Some((message.entry.seq, message.id))
        });
    }
    let kept = running.join_all().await.into_iter().flatten().collect::<BTreeSet<_>>();
    let seqs = kept.iter().map(|(seq, _)| *seq).collect::<Vec<_>>();
    assert_eq!(seqs, (1..=WRITERS as u64 * 3 / 4).collect::<Vec<_>>());
    let mut read = world.read().await;
    let thread = read.messages_changed(id, 0, 0, 100).await.unwrap();
    assert_eq!(ids(&thread), kept.iter().map(|(_, message)| *message).collect::<Vec<_>>());
    let mut number = 0;
    for message in &thread {
        number += u64::from(message.note.is_none());
        assert_eq!(message.number, number, "{message:?}");
    }
    let facts = read.conversation_facts(id, mia).await.unwrap().unwrap();
    assert_eq!((facts.seq, facts.last_number), (seqs.len() as u64, number));
    // The last of the log is the last said, whatever the order of the ids.
    let item = read.conversation(id, mia).await.unwrap().unwrap();
    assert_eq!(item.last_message.as_ref(), thread.last());
}

async fn a_client_id_makes_one_message_for_ever(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let (id, elsewhere) = (direct(&world, mia, ben).await, group(&world, &[mia, ben]).await);
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, true).await.unwrap();
    let once = MessageRecord { client_id: Some("c1".to_owned()), ..words(&world, id, mia, entry, "once") };
    tx.insert_message(&once).await.unwrap();
    tx.commit().await.unwrap();
    delete(&world, id, once.id).await;

    for conversation_id in [id, elsewhere] {
        let mut tx = world.begin().await;
        let entry = tx.next_entry(conversation_id, true).await.unwrap();
        let again = MessageRecord { id: MessageId::new(world.next()), conversation_id, entry, ..once.clone() };
        taken(tx.insert_message(&again).await, "client_id");
    }
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, true).await.unwrap();
    assert_eq!(entry, Entry { seq: 3, number: 2 }, "what was refused left nothing");
    let of_another = MessageRecord { id: MessageId::new(world.next()), sender: ben, entry, ..once.clone() };
    tx.insert_message(&of_another).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(sent_before(&mut *read, mia, "c1").await, Some(once.id));
    assert_eq!(sent_before(&mut *read, ben, "c1").await, Some(of_another.id));
    assert_eq!(sent_before(&mut *read, mia, "c2").await, None);
}

async fn a_message_resent_from_many_places_is_stored_once(world: World) {
    let world = Arc::new(world);
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let mut running = JoinSet::new();
    for _ in 0..16 {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            if sent_before(&mut *tx, mia, "c1").await.is_some() {
                return false;
            }
            let entry = tx.next_entry(id, true).await.unwrap();
            let message = MessageRecord { client_id: Some("c1".to_owned()), ..words(&world, id, mia, entry, "once") };
            match tx.insert_message(&message).await {
                Ok(()) => tx.commit().await.map(|()| true).unwrap(),
                refused => {
                    taken(refused, "client_id");
                    false
                }
            }
        });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|stored| *stored).count(), 1);
    let facts = world.read().await.conversation_facts(id, mia).await.unwrap().unwrap();
    assert_eq!((facts.seq, facts.last_number), (1, 1));
}

async fn what_many_say_at_once_is_stored_as_if_one_came_after_the_other(world: World) {
    let (mia, ben, cid) = (world.named("mia", "Mia Chen").await, world.person("ben").await, world.person("cid").await);
    let (pair, circle) = (direct(&world, mia, ben).await, group(&world, &[mia, ben, cid]).await);
    let first = say(&world, circle, ben, "first").await;
    let mut tx = world.begin().await;
    tx.hold_conversations(&[circle, pair]).await.unwrap();
    let asked = [speaker(cid, circle, Some("c1")), speaker(cid, pair, None), speaker(mia, pair, None)];
    let facts = tx.speakers(&asked).await.unwrap();
    for (asked, facts) in asked.iter().zip(&facts) {
        let alone = tx.conversation_facts(asked.conversation_id, asked.user_id).await.unwrap();
        assert_eq!((&facts.conversation, facts.sent_before, facts.is_told), (&alone, None, false));
    }
    assert_eq!(facts[1].conversation.as_ref().unwrap().mine, None, "cid is none of the two");

    let entries = tx.next_entries(&[(circle, true), (pair, true), (circle, false), (circle, true)]).await.unwrap();
    let entry = |seq, number| Entry { seq, number };
    assert_eq!(entries, [entry(2, 2), entry(1, 1), entry(3, 2), entry(4, 3)]);
    let quoting = "it's \"quoted\" \u{1F375}\nhere #tea \\ {}";
    let messages = [
        MessageRecord { reply_to: Some(first), ..words(&world, circle, mia, entries[0], quoting) },
        MessageRecord { client_id: Some("c1".to_owned()), ..words(&world, pair, ben, entries[1], "12") },
        MessageRecord { note: Some(Note::Left), ..words(&world, circle, ben, entries[2], "") },
        MessageRecord { client_id: Some("c1".to_owned()), ..words(&world, circle, cid, entries[3], "null") },
    ];
    tx.insert_messages(&messages).await.unwrap();
    let up_to = |conversation_id, user_id, number| ReadUpTo { conversation_id, user_id, number };
    let read = [up_to(circle, mia, 2), up_to(pair, ben, 1), up_to(circle, cid, 3)];
    let mut further = tx.set_all_read(&read).await.unwrap();
    further.sort_unstable();
    assert_eq!(further, {
        let mut all = vec![(circle, mia), (pair, ben), (circle, cid)];
        all.sort_unstable();
        all
    });
    let again = [up_to(circle, mia, 1), up_to(circle, ben, 1)];
    assert_eq!(tx.set_all_read(&again).await.unwrap(), [(circle, ben)]);
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    for message in &messages {
        let view = read.message(message.id).await.unwrap().unwrap();
        assert_eq!(
            (view.seq, view.revision, view.number),
            (message.entry.seq, message.entry.seq, message.entry.number)
        );
        assert_eq!(
            (&view.content, &view.entities, &view.client_id),
            (&message.content, &message.entities, &message.client_id)
        );
        assert_eq!((view.sender_id, &view.note, view.timestamp), (message.sender, &message.note, message.created_at));
        assert_eq!(view.reply_to.map(|quote| quote.message_id), message.reply_to);
    }
    let newest = read.conversation(circle, ben).await.unwrap().unwrap().last_message.unwrap();
    assert_eq!((newest.message_id, newest.content.as_str()), (messages[3].id, "null"));
    let members = read.members_of(&[pair, circle]).await.unwrap();
    for id in [pair, circle] {
        assert_eq!(members[&id], read.members(id).await.unwrap());
    }
    let positions: Vec<u64> = members[&circle].iter().map(|member| member.read_number).collect();
    assert_eq!(positions, [2, 1, 3]);
    assert_eq!(sent_before(&mut *read, cid, "c1").await, Some(messages[3].id));
}

async fn what_came_before_a_member_is_hidden_from_them(world: World) {
    let (mia, ben, new) = (world.person("mia").await, world.person("ben").await, world.person("new").await);
    let id = group(&world, &[mia, ben]).await;
    let before = say(&world, id, mia, "before").await;
    let mut tx = world.begin().await;
    let late = MemberRecord { from_seq: 1, read_number: 1, delivered_number: 1, ..member(new, Standing::Active) };
    tx.put_member(id, &late, at(2)).await.unwrap();
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    let facts = read.conversation_facts(id, new).await.unwrap().unwrap();
    assert_eq!(facts.mine, Some(late));
    let item = read.conversation(id, new).await.unwrap().unwrap();
    assert_eq!((item.last_message, item.unread_count), (None, 0));
    assert_eq!(read.messages(id, 1, None, 10).await.unwrap(), []);
    drop(read);
    let after = say(&world, id, ben, "after").await;
    // A change of what is hidden is hidden too.
    assert!(react(&world, id, before, ben, "\u{1F44D}", true).await);
    let mut read = world.read().await;
    let item = read.conversation(id, new).await.unwrap().unwrap();
    assert_eq!((item.last_message.map(|message| message.message_id), item.unread_count), (Some(after), 1));
    assert_eq!(ids(&read.messages(id, 1, None, 10).await.unwrap()), [after]);
    assert_eq!(ids(&read.messages_changed(id, 1, 0, 10).await.unwrap()), [after]);
    assert_eq!(ids(&read.messages(id, 0, None, 10).await.unwrap()), [after, before]);
}

async fn a_thread_pages_newest_first_without_gap_or_repeat(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let (id, other) = (direct(&world, mia, ben).await, group(&world, &[mia, ben]).await);
    let mut said = Vec::new();
    for _ in 0..7 {
        said.push(say(&world, id, mia, "hm").await);
        say(&world, other, mia, "elsewhere").await;
    }
    said.reverse();
    let mut read = world.read().await;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = read.messages(id, 0, before, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.seq);
        seen.extend(ids(&page));
    }
    assert_eq!(seen, said);
    assert_eq!(read.messages(id, 0, None, 0).await.unwrap(), []);
    assert_eq!(read.messages(ConversationId::new(1), 0, None, 3).await.unwrap(), []);
}

async fn changes_come_in_the_order_they_were_made(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let (first, second, third) =
        (say(&world, id, mia, "1").await, say(&world, id, mia, "2").await, say(&world, id, mia, "3").await);
    react(&world, id, first, ben, "\u{1F44D}", true).await;
    let removed = delete(&world, id, second).await;

    let mut read = world.read().await;
    let changes = read.messages_changed(id, 0, 0, 10).await.unwrap();
    let revisions = changes.iter().map(|message| (message.message_id, message.revision, message.seq));
    assert_eq!(revisions.collect::<Vec<_>>(), [(third, 3, 3), (first, 4, 1), (second, 5, 2)]);
    assert_eq!((changes[1].reactions.len(), changes[2].deleted), (1, true));
    assert_eq!(ids(&read.messages_changed(id, 0, 0, 2).await.unwrap()), [third, first]);
    assert_eq!(ids(&read.messages_changed(id, 0, 4, 2).await.unwrap()), [second]);
    assert_eq!(read.messages_changed(id, 0, removed.seq, 2).await.unwrap(), []);
    // The thread itself keeps its order.
    assert_eq!(ids(&read.messages(id, 0, None, 10).await.unwrap()), [third, second, first]);
}

async fn reactions_are_gathered_by_emoji_in_the_order_they_came(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let id = group(&world, &[mia, ben, cid]).await;
    let (message, other) = (say(&world, id, mia, "hm").await, say(&world, id, mia, "hm").await);
    let (thumb, tea) = ("\u{1F44D}\u{1F3FD}", "\u{1F375}");
    assert!(react(&world, id, message, cid, tea, true).await);
    assert!(react(&world, id, message, mia, thumb, true).await);
    assert!(react(&world, id, message, ben, tea, true).await);
    assert!(react(&world, id, message, cid, thumb, true).await);
    assert!(!react(&world, id, message, cid, thumb, true).await);
    assert!(react(&world, id, other, ben, tea, true).await);
    let reaction = |emoji: &str, user_ids: &[UserId]| Reaction { emoji: emoji.to_owned(), user_ids: user_ids.to_vec() };
    let all = [reaction(tea, &[cid, ben]), reaction(thumb, &[mia, cid])];
    let mut read = world.read().await;
    assert_eq!(read.reactions(message).await.unwrap(), all);
    let page = read.messages(id, 0, None, 10).await.unwrap();
    assert_eq!((page[1].reactions.as_slice(), &page[0].reactions), (all.as_slice(), &vec![reaction(tea, &[ben])]));
    drop(read);
    assert!(react(&world, id, message, cid, tea, false).await);
    assert!(!react(&world, id, message, cid, tea, false).await);
    assert!(react(&world, id, message, cid, tea, true).await);
    let mut read = world.read().await;
    assert_eq!(read.reactions(message).await.unwrap(), [reaction(thumb, &[mia, cid]), reaction(tea, &[ben, cid])]);
    assert_eq!(read.reactions(MessageId::new(1)).await.unwrap(), []);
}

async fn a_deleted_message_is_empty_and_keeps_its_place(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let message = say(&world, id, mia, "secret #tea").await;
    react(&world, id, message, ben, "\u{1F375}", true).await;
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, false).await.unwrap();
    tx.update_message(message, "a secret #tea", &tags("#tea"), at(4), entry.seq).await.unwrap();
    tx.commit().await.unwrap();
    let answer = say(&world, id, ben, "hm").await;
    let removed = delete(&world, id, message).await;
    let view = whole(&world, message).await;
    assert_eq!(view.edited_at, None, "who missed the edit and heard of the deletion knows as much");
    assert_eq!((view.content.as_str(), view.entities.len(), view.reactions.len()), ("", 0, 0));
    assert_eq!((view.deleted, view.seq, view.number, view.revision), (true, 1, 1, removed.seq));

    // Whatever comes later brings nothing back, but is an entry of the log all the same.
    assert!(!react(&world, id, message, ben, "\u{1F375}", true).await);
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, false).await.unwrap();
    tx.update_message(message, "back", &tags("#back"), at(10), entry.seq).await.unwrap();
    tx.commit().await.unwrap();
    let again = delete(&world, id, message).await;
    let mut read = world.read().await;
    assert_eq!(read.reactions(message).await.unwrap(), []);
    assert!(facts(&mut *read, message).await.deleted);
    let thread = read.messages(id, 0, None, 10).await.unwrap();
    assert_eq!(ids(&thread), [answer, message]);
    assert_eq!(thread[1], MessageView { revision: again.seq, ..view });
}

async fn a_reaction_at_the_moment_of_the_deletion_does_not_stay(world: World) {
    let world = Arc::new(world);
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    for round in 0..8 {
        let message = say(&world, id, mia, "hm").await;
        react(&world, id, message, ben, "\u{1F375}", true).await;
        let mut running = JoinSet::new();
        for (by, emoji, on) in [(ben, "\u{1F375}", false), (mia, "\u{1F44D}", true), (ben, "\u{1F44D}", true)] {
            let world = Arc::clone(&world);
            running.spawn(async move {
                react(&world, id, message, by, emoji, on).await;
            });
        }
        let deleting = Arc::clone(&world);
        running.spawn(async move {
            delete(&deleting, id, message).await;
        });
        running.join_all().await;
        assert_eq!(world.read().await.reactions(message).await.unwrap(), [], "round {round}");
    }
}

async fn a_quote_is_the_beginning_of_what_it_answers(world: World) {
    let (mia, ben) = (world.named("mia", "Mia Chen").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let long = "\u{1F375}".repeat(QUOTE_MAX_CHARS + 5);
    let question = say(&world, id, mia, &long).await;
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, true).await.unwrap();
    let answer = MessageRecord { reply_to: Some(question), ..words(&world, id, ben, entry, "yes") };
    tx.insert_message(&answer).await.unwrap();
    tx.commit().await.unwrap();

    let quote = whole(&world, answer.id).await.reply_to.unwrap();
    assert_eq!((quote.message_id, quote.seq, quote.deleted), (question, 1, false));
    assert_eq!((quote.sender.id, quote.sender.full_name.as_str()), (mia, "Mia Chen"));
    assert_eq!(quote.content, "\u{1F375}".repeat(QUOTE_MAX_CHARS));
    delete(&world, id, question).await;
    let thread = world.read().await.messages(id, 0, None, 10).await.unwrap();
    let quote = thread[0].reply_to.as_ref().unwrap();
    assert_eq!((quote.message_id, quote.content.as_str(), quote.deleted), (question, "", true));
}

async fn an_edit_replaces_the_text_and_moves_the_revision(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    let message = say(&world, id, mia, "#tea").await;
    let mut tx = world.begin().await;
    let entry = tx.next_entry(id, false).await.unwrap();
    tx.update_message(message, "only #coffee", &tags("only #coffee"), at(7), entry.seq).await.unwrap();
    tx.commit().await.unwrap();
    let view = whole(&world, message).await;
    assert_eq!((view.content.as_str(), view.entities), ("only #coffee", tags("only #coffee")));
    assert_eq!((view.edited_at, view.seq, view.revision, view.number), (Some(at(7)), 1, 2, 1));
}

// --------------------------------------------------------------------------------------------------- conversations

async fn a_pair_has_one_conversation_in_both_directions(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let id = direct(&world, mia, ben).await;
    for begun in [pair(&world, mia, ben), pair(&world, ben, mia)] {
        taken(world.begin().await.insert_conversation(&begun).await, "pair");
    }
    direct(&world, cid, mia).await;
    group(&world, &[mia, ben]).await;
    let mut read = world.read().await;
    assert_eq!(read.direct_conversation(mia, ben).await.unwrap(), Some(id));
    assert_eq!(read.direct_conversation(ben, mia).await.unwrap(), Some(id));
    assert_eq!(read.direct_conversation(ben, cid).await.unwrap(), None);
}

async fn two_who_begin_with_each_other_at_the_same_moment_share_a_conversation(world: World) {
    let world = Arc::new(world);
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let mut running = JoinSet::new();
    for (one, other) in [(mia, ben), (ben, mia)].repeat(6) {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let begun = pair(&world, one, other);
            let mut tx = world.begin().await;
            match tx.insert_conversation(&begun).await {
                Ok(()) => {
                    tx.put_member(begun.id, &member(one, Standing::Active), at(1)).await.unwrap();
                    tx.commit().await.unwrap();
                    begun.id
                }
                refused => {
                    taken(refused, "pair");
                    drop(tx);
                    // What stands in the way may not be kept yet, so only a transaction is sure to see it.
                    let mut tx = world.begin().await;
                    let found = tx.direct_conversation(one, other).await.unwrap().unwrap();
                    tx.commit().await.unwrap();
                    found
                }
            }
        });
    }
    assert_eq!(running.join_all().await.into_iter().collect::<BTreeSet<_>>().len(), 1);
}

async fn a_group_is_made_once_under_a_client_id(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let once = ConversationRecord { client_id: Some("c1".to_owned()), ..circle(&world, mia, "Tea") };
    keep(&world, &once, &[member(mia, Standing::Active)]).await;
    let again = ConversationRecord { id: ConversationId::new(world.next()), ..once.clone() };
    taken(world.begin().await.insert_conversation(&again).await, "client_id");
    let of_another = ConversationRecord { created_by: ben, ..again };
    keep(&world, &of_another, &[]).await;
    let mut read = world.read().await;
    assert_eq!(read.conversation_by_client_id(mia, "c1").await.unwrap(), Some(once.id));
    assert_eq!(read.conversation_by_client_id(ben, "c1").await.unwrap(), Some(of_another.id));
    assert_eq!(read.conversation_by_client_id(mia, "c2").await.unwrap(), None);
}

async fn positions_only_grow(world: World) {
    let (mia, ben, out) = (world.person("mia").await, world.person("ben").await, world.person("out").await);
    let id = direct(&world, mia, ben).await;
    let mut tx = world.begin().await;
    assert!(tx.set_delivered(id, mia, 3).await.unwrap());
    assert!(!tx.set_delivered(id, mia, 3).await.unwrap());
    assert!(!tx.set_delivered(id, mia, 2).await.unwrap());
    assert!(tx.set_read(id, mia, 2).await.unwrap());
    assert!(!tx.set_read(id, mia, 1).await.unwrap());
    assert_eq!(positions(&mut *tx, id, mia).await, (2, 3), "what was read was received before");
    assert!(tx.set_read(id, mia, 5).await.unwrap());
    assert_eq!(positions(&mut *tx, id, mia).await, (5, 5), "what is read is received");
    assert_eq!(positions(&mut *tx, id, ben).await, (0, 0));
    assert!(!tx.set_read(id, out, 5).await.unwrap());
    tx.put_member(id, &member(mia, Standing::Active), at(2)).await.unwrap();
    assert_eq!(positions(&mut *tx, id, mia).await, (5, 5), "also when somebody is added again");
    tx.commit().await.unwrap();
}

async fn positions(read: &mut dyn Tx, id: ConversationId, person: UserId) -> (u64, u64) {
    let mine = read.conversation_facts(id, person).await.unwrap().unwrap().mine.unwrap();
    (mine.read_number, mine.delivered_number)
}

async fn a_list_of_conversations_pages_by_what_was_last_said(world: World) {
    let mia = world.person("mia").await;
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let other = world.person(name).await;
        let id = direct(&world, mia, other).await;
        all.push((id, say(&world, id, other, name).await));
    }
    // The oldest is the newest again, and one has no words yet.
    let (first, _) = all.remove(0);
    let last_words = say(&world, first, mia, "again").await;
    let other = world.person("f").await;
    let wordless = direct(&world, mia, other).await;
    let mut expected = vec![(wordless.get(), wordless), (last_words.get(), first)];
    expected.extend(all.iter().rev().map(|(id, words)| (words.get(), *id)));

    let mut read = world.read().await;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = read.conversations(mia, ConversationBox::Inbox, "", before, 2).await.unwrap();
        let Some((cursor, _)) = page.last() else { break };
        before = Some(*cursor);
        seen.extend(page);
    }
    let places = seen.iter().map(|(cursor, item)| (*cursor, item.conversation.conversation_id)).collect::<Vec<_>>();
    assert_eq!(places, expected);
    assert_eq!(seen[0].1.last_message, None);
    for (_, item) in &seen {
        let same = read.conversation(item.conversation.conversation_id, mia).await.unwrap();
        assert_eq!(same.as_ref(), Some(item), "each is as it is alone");
        assert_eq!(item.conversation.members.len(), 2);
    }
    let (_, again) = &seen[1];
    assert_eq!(again.last_message.as_ref().map(|message| message.content.as_str()), Some("again"));
    assert_eq!(again.conversation.members[1].person.username, "a");
    assert_eq!(
        (again.mine.standing, again.unread_count, again.conversation.title.as_deref()),
        (Standing::Active, 2, None)
    );
}

async fn pinned_conversations_are_listed_by_themselves(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let (first, second, third) =
        (direct(&world, mia, ben).await, direct(&world, mia, cid).await, group(&world, &[mia, ben]).await);
    let mut tx = world.begin().await;
    for id in [first, second] {
        assert!(tx.change_membership(id, mia, None, Some(true), None).await.unwrap());
    }
    assert!(tx.change_membership(third, ben, None, Some(true), None).await.unwrap());
    tx.commit().await.unwrap();
    say(&world, first, ben, "hm").await;
    let pinned = world.read().await.pinned_conversations(mia).await.unwrap();
    let pinned = pinned.iter().map(|item| (item.conversation.conversation_id, item.mine.pinned)).collect::<Vec<_>>();
    assert_eq!(pinned, [(first, true), (second, true)]);
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "").await, [first, third, second]);
    set_standing(&world, first, mia, Standing::Left).await;
    assert_eq!(world.read().await.pinned_conversations(mia).await.unwrap().len(), 1);
}

async fn conversations_are_found_by_title_and_by_the_others_names(world: World) {
    let mia = world.named("mia", "Mia Chen").await;
    let (asa, ben) = (world.named("asa_42", "\u{c5}sa  \u{d6}berg").await, world.named("ben", "Ben 100%").await);
    let with_asa = direct(&world, mia, asa).await;
    let with_ben = direct(&world, mia, ben).await;
    let members = [asa, ben, mia].map(|person| member(person, Standing::Active));
    let titled = keep(&world, &circle(&world, mia, "\u{c4}rger & Tee"), &members[1..]).await;
    let both = keep(&world, &circle(&world, mia, "Both"), &members).await;
    for (query, expected) in [
        ("\u{f6}ber", vec![both, with_asa]),
        ("\u{e5}sa \u{f6}", vec![both, with_asa]),
        ("sa_4", vec![both, with_asa]),
        ("sa%4", vec![]),
        ("00%", vec![both, titled, with_ben]),
        ("n 1", vec![both, titled, with_ben]),
        ("\u{e4}rger", vec![titled]),
        ("tee", vec![titled]),
        ("bo", vec![both]),
        // One's own name is in all of them, and so is nothing that would tell them apart.
        ("chen", vec![]),
        ("'", vec![]),
    ] {
        assert_eq!(listed(&world, mia, ConversationBox::Inbox, query).await, expected, "{query}");
    }
    assert_eq!(listed(&world, asa, ConversationBox::Inbox, "chen").await, [both]);
    let mut tx = world.begin().await;
    tx.set_title(both, "\u{d6}ffentlich").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "\u{f6}ff").await, [both]);
    let mut read = world.read().await;
    let page = read.conversations(mia, ConversationBox::Inbox, "00%", Some(both.get()), 1).await.unwrap();
    assert_eq!(page.iter().map(|(cursor, _)| *cursor).collect::<Vec<_>>(), [titled.get()]);
    drop(read);
    set_standing(&world, both, asa, Standing::Left).await;
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "\u{f6}ber").await, [with_asa]);
}

async fn requests_are_apart_from_the_inbox(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let members = [member(ben, Standing::Active), member(mia, Standing::Requested)];
    let asked = keep(&world, &pair(&world, ben, mia), &members).await;
    let added = keep(&world, &circle(&world, ben, "Tea"), &members).await;
    let known = direct(&world, cid, mia).await;
    for id in [asked, known] {
        say(&world, id, if id == asked { ben } else { cid }, "hello").await;
    }
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "").await, [known]);
    assert_eq!(listed(&world, mia, ConversationBox::Requests, "").await, [asked, added]);
    assert_eq!(listed(&world, mia, ConversationBox::Requests, "ben").await, [asked, added]);
    assert_eq!(listed(&world, ben, ConversationBox::Inbox, "").await, [asked, added]);
    let mut read = world.read().await;
    assert_eq!((read.count_requests(mia).await.unwrap(), read.count_requests(ben).await.unwrap()), (2, 0));
    assert_eq!(read.conversation(asked, mia).await.unwrap().unwrap().unread_count, 1);
    // Only the inbox counts towards the badge.
    let unread = read.unread_counts(mia).await.unwrap();
    assert_eq!(unread.iter().map(|of| of.conversation_id).collect::<Vec<_>>(), [known]);
    drop(read);
    set_standing(&world, asked, mia, Standing::Active).await;
    set_standing(&world, added, mia, Standing::Declined).await;
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "").await, [known, asked]);
    assert_eq!(listed(&world, mia, ConversationBox::Requests, "").await, []);
    assert_eq!(world.read().await.count_requests(mia).await.unwrap(), 0);
}

async fn a_conversation_without_words_is_listed_for_its_beginner_only(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let id = direct(&world, mia, ben).await;
    let stranger = [member(mia, Standing::Active), member(cid, Standing::Requested)];
    let other = keep(&world, &pair(&world, mia, cid), &stranger).await;
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "").await, [other, id]);
    assert_eq!(listed(&world, ben, ConversationBox::Inbox, "").await, []);
    assert_eq!(listed(&world, cid, ConversationBox::Requests, "").await, []);
    assert_eq!(world.read().await.count_requests(cid).await.unwrap(), 0);
    say(&world, id, mia, "hello").await;
    say(&world, other, mia, "hello").await;
    assert_eq!(listed(&world, ben, ConversationBox::Inbox, "").await, [id]);
    assert_eq!(listed(&world, cid, ConversationBox::Requests, "").await, [other]);
    assert_eq!(world.read().await.count_requests(cid).await.unwrap(), 1);
}

async fn unread_is_what_was_said_after_the_last_message_read(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let (id, read_whole) = (group(&world, &[mia, ben]).await, direct(&world, mia, ben).await);
    for _ in 0..3 {
        say(&world, id, ben, "hm").await;
        note(&world, id, ben, Note::Left).await;
    }
    say(&world, read_whole, ben, "hm").await;
    for (number, unread) in [(0, 3), (1, 2), (3, 0), (9, 0)] {
        set_read(&world, id, mia, number).await;
        set_read(&world, read_whole, mia, 1).await;
        let mut read = world.read().await;
        let item = read.conversation(id, mia).await.unwrap().unwrap();
        assert_eq!((item.conversation.last_number, item.unread_count), (3, unread), "{number}");
        let counts = read.unread_counts(mia).await.unwrap();
        let counts = counts.iter().map(|of| (of.conversation_id, of.unread_count)).collect::<Vec<_>>();
        assert_eq!(counts, if unread > 0 { vec![(id, unread)] } else { vec![] }, "{number}");
    }
    set_standing(&world, id, ben, Standing::Declined).await;
    let item = world.read().await.conversation(id, ben).await.unwrap().unwrap();
    assert_eq!((item.mine.standing, item.unread_count), (Standing::Declined, 0));
}

async fn a_conversation_is_ahead_while_its_log_goes_on(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let (id, same) = (direct(&world, mia, ben).await, group(&world, &[mia, ben]).await);
    let (asked, left, foreign) =
        (group(&world, &[mia, ben]).await, group(&world, &[mia, ben]).await, direct(&world, ben, cid).await);
    for conversation in [id, same, asked, left, foreign] {
        say(&world, conversation, ben, "hm").await;
    }
    let message = say(&world, id, ben, "hm").await;
    set_standing(&world, asked, mia, Standing::Requested).await;
    set_standing(&world, left, mia, Standing::Left).await;
    let held = |conversation_id, seq| HeldConversation { conversation_id, seq };
    let holds =
        [held(asked, 0), held(id, 1), held(same, 1), held(left, 0), held(foreign, 0), held(ConversationId::new(1), 0)];
    let mut read = world.read().await;
    let ahead = read.conversations_ahead(mia, &holds).await.unwrap();
    let found = ahead.iter().map(|(held, facts)| (*held, facts.id, facts.seq, facts.last_number));
    assert_eq!(found.collect::<Vec<_>>(), [(holds[0], asked, 1, 1), (holds[1], id, 2, 2)]);
    for (held, facts) in &ahead {
        assert_eq!(read.conversation_facts(held.conversation_id, mia).await.unwrap().as_ref(), Some(facts));
    }
    assert_eq!(read.conversations_ahead(mia, &[]).await.unwrap(), []);
    drop(read);
    // An edit, a deletion or a reaction is an entry too.
    react(&world, id, message, mia, "\u{1F375}", true).await;
    let ahead = world.read().await.conversations_ahead(mia, &[held(id, 2)]).await.unwrap();
    assert_eq!(ahead.len(), 1);
}

async fn a_decline_is_not_told_in_a_conversation_of_two(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let (id, tea) = (direct(&world, mia, ben).await, group(&world, &[mia, ben]).await);
    for conversation in [id, tea] {
        say(&world, conversation, mia, "hm").await;
        set_standing(&world, conversation, ben, Standing::Declined).await;
        assert_eq!(world.read().await.members(conversation).await.unwrap().len(), 2);
    }
    assert_eq!(shown(&world, id, mia).await, [mia, ben]);
    assert_eq!(shown(&world, tea, mia).await, [mia]);
    let mut read = world.read().await;
    for (conversation, members) in [(id, 2), (tea, 1)] {
        let item = read.conversation(conversation, mia).await.unwrap().unwrap();
        assert_eq!(item.conversation.members.len(), members);
        let shared = shared(&mut *read, conversation).await.unwrap();
        assert_eq!((shared.members.len(), shared.seq), (members, item.conversation.seq));
    }
    assert_eq!(shared(&mut *read, ConversationId::new(1)).await, None);
    drop(read);
    for of in [ConversationBox::Inbox, ConversationBox::Requests] {
        assert_eq!(listed(&world, ben, of, "").await, []);
    }
}

async fn nobody_is_told_how_far_somebody_is_who_does_not_take_part(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = direct(&world, mia, ben).await;
    say(&world, id, mia, "hm").await;
    set_read(&world, id, ben, 1).await;
    for (standing, told) in [(Standing::Requested, (0, 0)), (Standing::Declined, (0, 0)), (Standing::Active, (1, 1))] {
        set_standing(&world, id, ben, standing).await;
        let mut read = world.read().await;
        let members = read.conversation(id, mia).await.unwrap().unwrap().conversation.members;
        assert_eq!((members[1].read_number, members[1].delivered_number), told, "{standing:?}");
        assert_eq!(read.conversation(id, ben).await.unwrap().unwrap().mine.read_number, 1);
    }
}

async fn nobody_is_told_across_a_block_how_far_somebody_is(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let id = group(&world, &[mia, ben, cid]).await;
    say(&world, id, cid, "hm").await;
    for reader in [mia, ben] {
        set_read(&world, id, reader, 1).await;
    }
    for (on, told) in [(false, 1), (true, 0), (false, 1)] {
        let mut tx = world.begin().await;
        tx.set_block(ben, mia, on, at(5)).await.unwrap();
        tx.commit().await.unwrap();
        let mut read = world.read().await;
        for (viewer, of, wanted) in [(mia, ben, told), (ben, mia, told), (cid, mia, 1), (cid, ben, 1), (mia, mia, 1)] {
            let shown = read.conversation(id, viewer).await.unwrap().unwrap().conversation.members;
            let seat = read.seats(&[(viewer, id)]).await.unwrap().pop().flatten().unwrap();
            assert_eq!(seat.conversation.members, shown);
            let member = shown.iter().find(|member| member.person.id == of).unwrap();
            assert_eq!(member.read_number, wanted, "of {of} to {viewer}, a block stands: {on}");
        }
    }
}

async fn who_left_sees_nothing_and_comes_back_as_a_new_member(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let id = group(&world, &[mia, ben, cid]).await;
    say(&world, id, ben, "hm").await;
    set_standing(&world, id, mia, Standing::Left).await;
    assert_eq!(listed(&world, mia, ConversationBox::Inbox, "").await, []);
    assert_eq!(shown(&world, id, ben).await, [ben, cid]);
    let mut read = world.read().await;
    assert_eq!(read.conversation(id, mia).await.unwrap(), None);
    assert_eq!(read.unread_counts(mia).await.unwrap(), []);
    assert_eq!(read.members(id).await.unwrap().len(), 2);
    let mine = read.conversation_facts(id, mia).await.unwrap().unwrap().mine;
    assert_eq!(mine.map(|mine| mine.standing), Some(Standing::Left));
    assert_eq!(read.membership(id, mia).await.unwrap().map(|mine| mine.standing), Some(Standing::Left));
    drop(read);
    let mut tx = world.begin().await;
    assert!(!tx.change_membership(id, mia, Some(true), None, None).await.unwrap());
    let back = MemberRecord { from_seq: 1, read_number: 1, delivered_number: 1, ..member(mia, Standing::Active) };
    tx.put_member(id, &back, at(8)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shown(&world, id, ben).await, [ben, cid, mia]);
    assert_eq!(world.read().await.conversation_facts(id, mia).await.unwrap().unwrap().mine, Some(back));
}

async fn what_a_member_has_to_themselves_raises_its_version(world: World) {
    let (mia, ben, out) = (world.person("mia").await, world.person("ben").await, world.person("out").await);
    let id = group(&world, &[mia, ben]).await;
    let mut tx = world.begin().await;
    let first = tx.membership(id, mia).await.unwrap().unwrap();
    assert!(!first.muted && !first.pinned && !first.admin && first.draft.is_empty());
    assert!(tx.change_membership(id, mia, Some(true), None, None).await.unwrap());
    assert!(tx.change_membership(id, mia, None, Some(true), Some("he")).await.unwrap());
    assert!(tx.change_membership(id, mia, None, Some(false), None).await.unwrap());
    tx.set_admin(id, mia).await.unwrap();
    assert_eq!(tx.set_standing(id, mia, Standing::Declined).await.unwrap(), first.version + 5);
    assert!(tx.set_read(id, mia, 2).await.unwrap());
    let mine = tx.membership(id, mia).await.unwrap().unwrap();
    assert_eq!((mine.muted, mine.pinned, mine.draft.as_str(), mine.admin), (true, false, "he", true));
    assert_eq!((mine.standing, mine.read_number, mine.version), (Standing::Declined, 2, first.version + 5));
    assert!(tx.change_membership(id, mia, None, None, Some("")).await.unwrap());
    assert_eq!(tx.conversation(id, mia).await.unwrap().unwrap().mine.draft, "");
    assert_eq!(tx.membership(id, ben).await.unwrap(), Some(first), "others keep theirs");
    assert!(!tx.change_membership(id, out, Some(true), None, None).await.unwrap());
    assert_eq!(tx.membership(id, out).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn a_group_is_renamed_and_its_changes_are_counted(world: World) {
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = group(&world, &[mia, ben]).await;
    let mut tx = world.begin().await;
    let before = shared(&mut *tx, id).await.unwrap();
    tx.set_title(id, "Coffee").await.unwrap();
    assert_eq!(tx.count_change(id).await.unwrap(), before.version + 1);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let after = shared(&mut *read, id).await.unwrap();
    assert_eq!(
        (after.title.as_deref(), after.version, after.kind),
        (Some("Coffee"), before.version + 1, ConversationKind::Group)
    );
    let facts = read.conversation_facts(id, mia).await.unwrap().unwrap();
    assert_eq!((facts.title.as_deref(), facts.kind, facts.seq), (Some("Coffee"), ConversationKind::Group, 0));
    assert_eq!(read.conversation_facts(ConversationId::new(1), mia).await.unwrap(), None);
    assert_eq!(read.conversation_facts(id, UserId::new(1)).await.unwrap().unwrap().mine, None);
}

async fn nothing_is_said_after_its_sender_was_removed(world: World) {
    let world = Arc::new(world);
    let (mia, ben) = (world.person("mia").await, world.person("ben").await);
    let id = group(&world, &[mia, ben]).await;
    let mut running = JoinSet::new();
    for writer in 0..24 {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            tx.hold_conversation(id).await.unwrap();
            if writer == 12 {
                tx.set_standing(id, ben, Standing::Left).await.unwrap();
                let person = tx.person_ref(ben).await.unwrap().unwrap();
                add(&world, &mut *tx, id, mia, "", Some(Note::Removed { person })).await;
                return tx.commit().await.unwrap();
            }
            let mine = tx.conversation_facts(id, ben).await.unwrap().unwrap().mine.unwrap();
            if mine.standing == Standing::Active {
                let message = add(&world, &mut *tx, id, ben, "hm", None).await;
                tx.set_read(id, ben, message.entry.number).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    running.join_all().await;
    let newest = world.read().await.messages(id, 0, None, 1).await.unwrap();
    assert!(matches!(newest[0].note, Some(Note::Removed { .. })), "{newest:?}");
}

// ---------------------------------------------------------------------------------------------------------- blocks

/// Whether a block parts the two of a conversation.
async fn apart(tx: &mut dyn Tx, id: ConversationId, viewer: UserId) -> bool {
    let facts = tx.conversation_facts(id, viewer).await.unwrap().unwrap();
    let speakers = tx.speakers(&[speaker(viewer, id, None)]).await.unwrap();
    assert_eq!(speakers[0].conversation.as_ref(), Some(&facts));
    facts.blocked
}

async fn a_block_counts_in_either_direction(world: World) {
    let (mia, ben, cid) = (world.person("mia").await, world.person("ben").await, world.person("cid").await);
    let (between, together) = (direct(&world, mia, ben).await, group(&world, &[mia, ben]).await);
    let (elsewhere, nearby) = (direct(&world, mia, cid).await, direct(&world, cid, ben).await);
    let mut tx = world.begin().await;
    assert!(tx.set_block(mia, ben, true, at(1)).await.unwrap());
    assert!(!tx.set_block(mia, ben, true, at(2)).await.unwrap());
    let pairs = [(mia, ben, true), (ben, mia, true), (mia, cid, false), (cid, ben, false)];
    for ((one, other, blocked), id) in pairs.into_iter().zip([between, between, elsewhere, nearby]) {
        assert_eq!(apart(&mut *tx, id, one).await, blocked, "{one} {other}");
    }
    assert!(!apart(&mut *tx, together, mia).await, "a group is not one of two");
    assert!(tx.set_block(ben, mia, true, at(3)).await.unwrap());
    assert!(tx.set_block(mia, ben, false, at(4)).await.unwrap());
    assert!(!tx.set_block(mia, ben, false, at(4)).await.unwrap());
    assert!(apart(&mut *tx, between, mia).await, "the other one's block stands");
    assert!(tx.set_block(ben, mia, false, at(4)).await.unwrap());
    assert!(!apart(&mut *tx, between, mia).await);
    tx.commit().await.unwrap();
}

async fn blocked_people_are_listed_newest_first(world: World) {
    let mia = world.person("mia").await;
    let mut tx = world.begin().await;
    let mut blocked = Vec::new();
    for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
        let person = world.someone(name, "Someone");
        tx.insert_person(&person).await.unwrap();
        assert!(tx.set_block(mia, person.id, true, at(place as u64)).await.unwrap());
        blocked.insert(0, person.id);
    }
    tx.commit().await.unwrap();
    let ids = |people: Vec<PersonRef>| people.into_iter().map(|person| person.id).collect::<Vec<_>>();
    let mut read = world.read().await;
    assert_eq!(ids(read.blocks(mia, 10).await.unwrap()), blocked);
    assert_eq!(ids(read.blocks(mia, 2).await.unwrap()), blocked[..2]);
    assert_eq!(ids(read.blocks(blocked[0], 10).await.unwrap()), []);
}

async fn a_seat_shows_what_the_list_of_conversations_shows(world: World) {
    let people = ["ana", "ben", "cleo", "dan"].map(|name| world.someone(name, name));
    let mut tx = world.begin().await;
    for person in &people {
        tx.insert_person(person).await.unwrap();
    }
    tx.commit().await.unwrap();
    let [ana, ben, cleo, dan] = people.map(|person| person.id);
    let mut tx = world.begin().await;
    let hidden = Privacy { shows_receipts: false, ..tx.privacy(cleo).await.unwrap().unwrap() };
    tx.set_privacy(cleo, hidden).await.unwrap();
    tx.set_block(ana, cleo, true, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let members = [ana, ben, cleo].map(|person| member(person, Standing::Active));
    let members: Vec<_> = members.into_iter().chain([member(dan, Standing::Declined)]).collect();
    let circle = keep(&world, &circle(&world, ana, "Tea"), &members).await;
    let pair = direct(&world, ana, cleo).await;
    for _ in 0..3 {
        say(&world, circle, ana, "Tea is ready.").await;
    }
    let mut tx = world.begin().await;
    for person in [ana, ben, cleo] {
        tx.set_read(circle, person, 2).await.unwrap();
        tx.set_delivered(circle, person, 3).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    let asked: Vec<_> = [ana, ben, cleo, dan].iter().flat_map(|person| [(*person, circle), (*person, pair)]).collect();
    let seats = read.seats(&asked).await.unwrap();
    for ((viewer, id), seat) in asked.iter().zip(&seats) {
        let item = read.conversation(*id, *viewer).await.unwrap();
        let facts = read.conversation_facts(*id, *viewer).await.unwrap().unwrap();
        assert_eq!(seat.as_ref().map(|seat| &seat.conversation), item.as_ref().map(|item| &item.conversation));
        assert_eq!(seat.as_ref().map(|seat| &seat.mine), facts.mine.as_ref());
        assert_eq!(
            seat.as_ref().map(|seat| seat.privacy),
            match &facts.mine {
                Some(_) => read.privacy(*viewer).await.unwrap(),
                None => None,
            }
        );
        assert_eq!(seat.as_ref().is_some_and(|seat| seat.blocked), *id == pair && seat.is_some());
    }
    let of_cleo = seats[4].as_ref().unwrap();
    assert_eq!(of_cleo.full_name, "cleo");
    assert!(seats[3].is_none() && seats[7].is_none(), "ben and dan have no place among two");
    assert_eq!(seats[6].as_ref().map(|seat| seat.mine.standing), Some(Standing::Declined));
    assert_eq!(dan, seats[6].as_ref().unwrap().mine.user_id);
}
