//! What many want at the same time is done together, and for each of them as if they were alone.

use std::collections::BTreeSet;

use futures::future::join_all;
use hubbub::{
    protocol::{
        conversations::{ConversationKind, MessageView, NewConversation, NewMessage},
        events::{MessageEvent, ServerEvent},
        ids::{ConversationId, MessageId, PostId},
        requests::NewPost,
    },
    server::domain::{Actor, DomainError, LikeTarget, outcome::Publication},
};

use crate::stage::Stage;

async fn people(stage: &Stage, names: &[&str]) -> Vec<Actor> {
    let mut actors = Vec::new();
    for name in names {
        let who = stage.join(name).await;
        actors.push(stage.auth.actor(&who.access_token).unwrap());
    }
    actors
}

async fn group(stage: &Stage, members: &[Actor]) -> ConversationId {
    let form = NewConversation {
        title: Some("Tea".to_owned()),
        member_ids: members[1..].iter().map(|member| member.user_id).collect(),
        ..NewConversation::default()
    };
    let begun = stage.domain.begin_conversation(&members[0], form).await.unwrap().conversation;
    assert_eq!(begun.kind, ConversationKind::Group);
    begun.conversation_id
}

fn words(content: &str, client_id: usize) -> NewMessage {
    let client_id = Some(format!("{client_id:08x}-5b7a-4c1d-9e8f-0a1b2c3d4e5f"));
    NewMessage { content: content.to_owned(), client_id, ..NewMessage::default() }
}

/// All messages that were published.
fn told(stage: &Stage) -> Vec<MessageId> {
    let heard = std::mem::take(&mut *stage.broker.heard.lock());
    let ids = heard.into_iter().filter_map(|publication| match publication {
        Publication::Watchers { event: ServerEvent::NewMessage(MessageEvent { message, .. }), .. } => {
            Some(message.message_id)
        }
        _ => None,
    });
    ids.collect()
}

async fn thread(stage: &Stage, of: &Actor, id: ConversationId) -> Vec<MessageView> {
    let mut thread = stage.domain.messages(of, id, None, Some(100)).await.unwrap().items;
    thread.reverse();
    thread
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_say_at_once_is_stored_once_each_without_a_gap() {
    let stage = Stage::new().await;
    let all = people(&stage, &["ana", "ben", "cleo", "dan", "eve", "out"]).await;
    let (one, other) = (group(&stage, &all[..3]).await, group(&stage, &all[2..5]).await);
    told(&stage);
    let places = [(0, one), (1, one), (2, one), (2, other), (3, other), (4, other)];
    let said = (0..5).flat_map(|round| {
        places.iter().enumerate().flat_map(move |(at, place)| {
            // Everything is sent twice, from two places at the same moment.
            [(*place, round * 10 + at), (*place, round * 10 + at)]
        })
    });
    let said: Vec<_> = said.collect();
    let saying = said.iter().map(|((who, id), key)| stage.domain.send_message(&all[*who], *id, words("hm", *key)));
    let outside = [one, other].map(|id| stage.domain.send_message(&all[5], id, words("let me in", 900)));
    let (answers, refused) = tokio::join!(join_all(saying), join_all(outside));

    assert!(refused.iter().all(|answer| matches!(answer, Err(DomainError::NotFound(_)))), "{refused:?}");
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    for (pair, said) in answers.chunks(2).zip(said.chunks(2)) {
        assert_eq!(pair[0].message, pair[1].message);
        assert!(pair[0].is_new ^ pair[1].is_new, "one of two is new");
        assert_eq!(
            (pair[0].message.conversation_id, pair[0].message.sender_id),
            (said[0].0.1, all[said[0].0.0].user_id)
        );
    }
    let told = told(&stage);
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (30, 30), "each is told once");
    for (reader, id) in [(0, one), (4, other)] {
        let thread = thread(&stage, &all[reader], id).await;
        let said: Vec<_> = thread.iter().filter(|message| message.note.is_none()).map(|said| said.message_id).collect();
        let told: Vec<_> = told.iter().copied().filter(|id| said.contains(id)).collect();
        assert_eq!(told, said, "in the order in which they stand");
        let seqs: Vec<u64> = thread.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        let numbers: Vec<u64> =
            thread.iter().filter(|message| message.note.is_none()).map(|message| message.number).collect();
        assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_like_at_once_is_counted_exactly_and_each_hears_their_own() {
    let stage = Stage::new().await;
    let all = people(&stage, &["ana", "ben", "cleo", "dan", "eve"]).await;
    let form = NewPost { content: "A pot".to_owned(), ..NewPost::default() };
    let post = stage.domain.create_post(&all[0], form).await.unwrap().id;
    for (liked, count) in [(true, 5), (true, 5), (false, 0)] {
        let missing = LikeTarget::Post(PostId::new(1));
        let liking = all.iter().map(|actor| stage.domain.set_like(actor, LikeTarget::Post(post), liked));
        let (answers, refused) = tokio::join!(join_all(liking), stage.domain.set_like(&all[1], missing, liked));
        assert!(matches!(refused, Err(DomainError::NotFound(_))), "{refused:?}");
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| answer.liked == liked));
        let newest = answers.iter().max_by_key(|answer| answer.version).unwrap();
        assert_eq!(newest.like_count, count);
        let view = stage.domain.post(&all[0], post).await.unwrap();
        assert_eq!((view.like_count, view.liked), (count, Some(liked)));
    }
}
