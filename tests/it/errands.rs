//! Errands: handed over while somebody takes them, run once however often they arrive, and never lost.

use std::time::Duration;

use async_trait::async_trait;
use hubbub::{
    protocol::{
        ids::UserId,
        requests::{NewComment, NewPost},
    },
    server::domain::{
        Actor, Dispatched,
        ports::{Courier, CourierError, DueLetter, Errand, ErrandKind, LetterPurpose},
    },
};
use parking_lot::Mutex;

use crate::stage::Stage;

const AWAY: Duration = Duration::from_secs(120);

/// Keeps what it is given, unless it is told to refuse.
#[derive(Default)]
struct Bag {
    errands: Mutex<Vec<Errand>>,
    refuses: Mutex<bool>,
}

#[async_trait]
impl Courier for Bag {
    async fn carry(&self, errand: &Errand) -> Result<(), CourierError> {
        if *self.refuses.lock() {
            return Err(CourierError("not today".to_owned()));
        }
        self.errands.lock().push(*errand);
        Ok(())
    }
}

impl Bag {
    async fn fill(&self, stage: &Stage) -> Dispatched {
        stage.domain.dispatch_errands(ErrandKind::Letter, self).await.unwrap()
    }

    fn empty(&self) -> Vec<Errand> {
        std::mem::take(&mut *self.errands.lock())
    }
}

/// Mia, whose post Ana commented on, and who is away for long enough to be written to.
async fn written_to() -> (Stage, Actor) {
    let stage = Stage::new().await;
    let mut actors = Vec::new();
    for username in ["mia", "ana"] {
        let who = stage.join(username).await;
        actors.push(stage.auth.actor(&who.access_token).unwrap());
        let mut tx = stage.store.begin().await.unwrap();
        tx.confirm_email(actors.last().unwrap().user_id, stage.domain.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let [mia, ana] = actors[..] else { panic!() };
    let form = NewPost { content: "A new glaze".to_owned(), ..NewPost::default() };
    let post = stage.domain.create_post(&mia, form).await.unwrap().id;
    let form = NewComment { content: "Which clay?".to_owned(), ..NewComment::default() };
    stage.domain.add_comment(&ana, post, form).await.unwrap();
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    stage.clock.advance(AWAY);
    // The letters that confirm the addresses are due as well, and find nothing to do.
    let bag = Bag::default();
    bag.fill(&stage).await;
    let (mut ours, others): (Vec<_>, Vec<_>) = bag.empty().into_iter().partition(|one| is_for(one, mia.user_id));
    for errand in others {
        stage.domain.run_errand(errand).await.unwrap();
    }
    assert_eq!(ours.len(), 1);
    // As if it had not been handed over yet.
    let Errand::Letter(letter) = ours.remove(0) else { panic!("no letter") };
    let mut tx = stage.store.begin().await.unwrap();
    tx.lay_letter_aside(&letter, stage.domain.now()).await.unwrap();
    tx.commit().await.unwrap();
    (stage, mia)
}

fn is_for(errand: &Errand, user: UserId) -> bool {
    let Errand::Letter(letter) = errand else { panic!("no letter") };
    letter.user_id == user && letter.purpose == LetterPurpose::AtOnce
}

fn sent(stage: &Stage) -> usize {
    stage.post.letters.lock().len()
}

#[tokio::test]
async fn an_errand_is_run_once_however_often_it_arrives() {
    let (stage, _) = written_to().await;
    let bag = Bag::default();
    assert_eq!(bag.fill(&stage).await, Dispatched { taken: 1, refused: None });
    assert_eq!(bag.fill(&stage).await, Dispatched::default(), "it is under way");
    let [errand] = bag.empty()[..] else { panic!("not one") };
    for _ in 0..3 {
        stage.domain.run_errand(errand).await.unwrap();
    }
    let (one, other) = tokio::join!(stage.domain.run_errand(errand), stage.domain.run_errand(errand));
    one.and(other).unwrap();
    assert_eq!(sent(&stage), 1);
    assert_eq!(stage.domain.next_letter().await.unwrap(), None);
}

#[tokio::test]
async fn an_errand_that_is_lost_is_handed_over_again_and_the_older_one_changes_nothing() {
    let (stage, _) = written_to().await;
    let bag = Bag::default();
    bag.fill(&stage).await;
    let [lost] = bag.empty()[..] else { panic!("not one") };
    stage.clock.advance(Duration::from_secs(10 * 60 - 1));
    assert_eq!(bag.fill(&stage).await.taken, 0);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(bag.fill(&stage).await.taken, 1);
    let [again] = bag.empty()[..] else { panic!("not one") };
    stage.domain.run_errand(lost).await.unwrap();
    assert_eq!(sent(&stage), 0, "somebody else has it");
    stage.domain.run_errand(again).await.unwrap();
    assert_eq!(sent(&stage), 1);
}

#[tokio::test]
async fn what_is_not_taken_along_is_due_again_at_once() {
    let (stage, _) = written_to().await;
    let bag = Bag::default();
    *bag.refuses.lock() = true;
    for _ in 0..3 {
        let refused = Some(CourierError("not today".to_owned()).to_string());
        assert_eq!(bag.fill(&stage).await, Dispatched { taken: 0, refused });
    }
    *bag.refuses.lock() = false;
    assert_eq!(bag.fill(&stage).await.taken, 1);
    stage.domain.run_errand(bag.empty()[0]).await.unwrap();
    assert_eq!(sent(&stage), 1);
}

#[tokio::test]
async fn letters_to_people_who_are_here_are_not_handed_over() {
    let (stage, mia) = written_to().await;
    let bag = Bag::default();
    stage.post.here.lock().push(mia.user_id);
    assert_eq!(bag.fill(&stage).await, Dispatched::default());
    stage.post.here.lock().clear();
    assert_eq!(bag.fill(&stage).await.taken, 0, "they were here a moment ago");
    stage.clock.advance(AWAY);
    assert_eq!(bag.fill(&stage).await.taken, 1);
    stage.domain.run_errand(bag.empty()[0]).await.unwrap();
    assert_eq!(sent(&stage), 1);
}

#[tokio::test]
async fn whoever_dies_over_an_errand_is_followed_by_another() {
    let (stage, _) = written_to().await;
    let bag = Bag::default();
    bag.fill(&stage).await;
    let [errand] = bag.empty()[..] else { panic!("not one") };
    let Errand::Letter(letter) = errand else { panic!("no letter") };
    let mut tx = stage.store.begin().await.unwrap();
    let until = stage.domain.now().plus(Duration::from_secs(20));
    assert!(tx.claim_letter(&letter, until).await.unwrap().is_some());
    tx.commit().await.unwrap();
    stage.domain.run_errand(errand).await.unwrap();
    assert_eq!((sent(&stage), bag.fill(&stage).await.taken), (0, 0), "somebody is at it");
    stage.clock.advance(Duration::from_secs(20));
    assert_eq!(bag.fill(&stage).await.taken, 1);
    stage.domain.run_errand(bag.empty()[0]).await.unwrap();
    assert_eq!(sent(&stage), 1);
}

#[test]
fn errands_are_read_by_other_versions_too() {
    let letter = DueLetter { user_id: UserId::new(7), purpose: LetterPurpose::AtOnce, turn: 9 };
    let wire = r#"{"errand":"letter","user_id":"7","purpose":"at_once","turn":9}"#;
    assert_eq!(serde_json::to_string(&Errand::Letter(letter)).unwrap(), wire);
    assert_eq!(serde_json::from_str::<Errand>(wire).unwrap(), Errand::Letter(letter));
}
