//! Letters: who is written to, when, with what, and that a bad mail server changes none of it.

use std::time::Duration;

use hubbub::{
    protocol::{
        errors::ApiError,
        events::ServerEvent,
        ids::PostId,
        notifications::{Channel, EmailTiming, KindPreference, NotificationKind, NotificationStatus, QuietHours},
        requests::{NewComment, NewPost},
    },
    server::{
        domain::{
            Actor, DeliveryFilter,
            outcome::Publication,
            ports::{Clock, Letter, MailError, Mailer},
        },
        jobs::{
            letters::LetterCarrier,
            mail::{FolderMailer, SmtpMailer},
        },
    },
};
use tokio::net::TcpListener;

use crate::{
    mail::{Manner, Sink},
    stage::{PASSWORD, Stage, login, visitor},
};

const AWAY: Duration = Duration::from_secs(120);

async fn actor(stage: &Stage, username: &str) -> Actor {
    let who = stage.join(username).await;
    stage.auth.actor(&who.access_token).unwrap()
}

/// Does all that is due now, letters last.
async fn work(stage: &Stage) {
    while stage.domain.keep_promises().await.unwrap() > 0 {}
    let carrier = LetterCarrier::new(stage.domain.clone());
    while carrier.run_once().await.unwrap() > 0 {}
    while stage.domain.keep_promises().await.unwrap() > 0 {}
}

fn letters(stage: &Stage) -> Vec<Letter> {
    std::mem::take(&mut *stage.post.letters.lock())
}

fn by_email() -> DeliveryFilter {
    DeliveryFilter { channel: Some(Channel::Email), status: None }
}

/// What the link in a letter holds.
fn key(letter: &Letter) -> String {
    let (_, rest) = letter.text.split_once("token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Somebody with a confirmed address, and no letter on its way.
async fn confirmed(stage: &Stage, username: &str) -> Actor {
    let who = actor(stage, username).await;
    work(stage).await;
    let letter = letters(stage).into_iter().find(|letter| letter.to == format!("{username}@example.org")).unwrap();
    stage.domain.confirm_email(&key(&letter)).await.unwrap();
    who
}

async fn post(stage: &Stage, by: &Actor) -> PostId {
    let form = NewPost { content: "Test tiles".to_owned(), ..NewPost::default() };
    stage.domain.create_post(by, form).await.unwrap().id
}

async fn comment(stage: &Stage, by: &Actor, on: PostId, words: &str) {
    let form = NewComment { content: words.to_owned(), ..NewComment::default() };
    stage.domain.add_comment(by, on, form).await.unwrap();
}

async fn statuses(stage: &Stage, owner: &Actor) -> Vec<(NotificationStatus, Option<String>)> {
    let page = stage.domain.deliveries(owner, &by_email(), None, None).await.unwrap();
    page.items.into_iter().map(|one| (one.status, one.reason)).collect()
}

#[tokio::test]
async fn who_stays_away_gets_one_letter_with_all_that_waits() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    let post = post(&stage, &mia).await;
    comment(&stage, &ana, post, "Which clay?").await;
    comment(&stage, &ana, post, "@mia?").await;
    work(&stage).await;
    assert_eq!(letters(&stage), [], "she may come back");
    stage.clock.advance(AWAY);
    work(&stage).await;
    let all = letters(&stage);
    let [letter] = &all[..] else { panic!("{all:?}") };
    assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("mia@example.org", "2 new notifications"));
    assert!(
        letter.text.contains("ana Example mentioned you: “@mia?”\nhttps://hubbub.example/posts/"),
        "{}",
        letter.text
    );
    assert!(letter.text.contains("ana Example commented: “Which clay?”"), "{}", letter.text);
    assert_eq!(statuses(&stage, &mia).await, vec![(NotificationStatus::Delivered, None); 2]);
    let told = stage.broker.heard.lock().iter().any(|publication| {
        matches!(publication, Publication::Watchers { event: ServerEvent::NotificationUpdate(update), .. }
            if update.status == NotificationStatus::Delivered && update.channel == Some(Channel::Email))
    });
    assert!(told);
    // More of the same is in the bell; she was written to of it already.
    comment(&stage, &ana, post, "Hello?").await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(letters(&stage), []);
}

#[tokio::test]
async fn who_is_here_or_has_read_it_is_not_written_to() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    let post = post(&stage, &mia).await;
    stage.post.here.lock().push(mia.user_id);
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(letters(&stage), []);
    stage.post.here.lock().clear();
    stage.domain.read_all_notifications(&mia).await.unwrap();
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!((letters(&stage), statuses(&stage, &mia).await), (vec![], vec![(NotificationStatus::Read, None)]));
    assert_eq!(stage.domain.next_letter().await.unwrap(), None);
}

#[tokio::test]
async fn an_unconfirmed_address_gets_its_confirmation_and_nothing_else() {
    let stage = Stage::new().await;
    let (mia, ana) = (actor(&stage, "mia").await, actor(&stage, "ana").await);
    work(&stage).await;
    let all = letters(&stage);
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|letter| letter.subject == "Confirm your address" && letter.unsubscribe.is_none()));
    let post = post(&stage, &mia).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(letters(&stage), []);
    let [(status, Some(reason))] = &statuses(&stage, &mia).await[..] else { panic!("not noted") };
    assert_eq!((*status, reason.as_str()), (NotificationStatus::Failed, "The address is not confirmed."));
    let others = stage.domain.deliveries(&ana, &by_email(), None, None).await;
    assert!(others.is_err(), "only who runs the community may look");
}

#[tokio::test]
async fn a_confirming_link_works_once_and_for_three_days() {
    let stage = Stage::new().await;
    let mia = actor(&stage, "mia").await;
    work(&stage).await;
    let first = key(&letters(&stage)[0]);
    stage.clock.advance(Duration::from_secs(3 * 24 * 60 * 60));
    assert!(stage.domain.confirm_email(&first).await.is_err());
    stage.domain.ask_to_confirm(mia.user_id).await.unwrap();
    work(&stage).await;
    let second = key(&letters(&stage)[0]);
    stage.domain.confirm_email(&second).await.unwrap();
    assert!(stage.domain.is_email_confirmed(mia.user_id).await.unwrap());
    assert!(stage.domain.confirm_email(&second).await.is_err());
    stage.domain.ask_to_confirm(mia.user_id).await.unwrap();
    work(&stage).await;
    assert_eq!(letters(&stage), [], "there is nothing left to confirm");
}

#[tokio::test]
async fn a_forgotten_password_is_set_with_a_link_that_works_once_and_ends_all_sessions() {
    let stage = Stage::new().await;
    let mia = confirmed(&stage, "mia").await;
    stage.domain.forgot_password("nobody@example.org").await.unwrap();
    stage.domain.forgot_password(" Mia@Example.org ").await.unwrap();
    work(&stage).await;
    let all = letters(&stage);
    let [letter] = &all[..] else { panic!("{all:?}") };
    assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("mia@example.org", "Set a new password"));
    let weak = stage.domain.reset_password(&key(letter), "password12".to_owned()).await.unwrap_err();
    assert_eq!(ApiError::from(weak).field.as_deref(), Some("new_password"));
    let another = "purple-otter-violin-83";
    stage.domain.reset_password(&key(letter), another.to_owned()).await.unwrap();
    assert!(stage.domain.reset_password(&key(letter), another.to_owned()).await.is_err(), "once");
    assert!(stage.domain.sessions(&mia).await.unwrap().is_empty());
    assert!(stage.auth.sign_in(login("mia", PASSWORD), &visitor()).await.is_err());
    stage.auth.sign_in(login("mia", another), &visitor()).await.unwrap();
    stage.domain.forgot_password("mia@example.org").await.unwrap();
    work(&stage).await;
    let late = key(&letters(&stage)[0]);
    stage.clock.advance(Duration::from_secs(60 * 60));
    assert!(stage.domain.reset_password(&late, another.to_owned()).await.is_err());
}

#[tokio::test]
async fn one_click_ends_letters_for_whoever_it_was_signed_for() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    let post = post(&stage, &mia).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    let address = letters(&stage).remove(0).unsubscribe.unwrap();
    let (page, token) = address.split_once("?token=").unwrap();
    assert_eq!(page, "https://hubbub.example/api/unsubscribe");
    assert!(stage.domain.unsubscribe("made.up.token").await.is_err());
    stage.domain.unsubscribe(token).await.unwrap();
    let wishes = stage.domain.notification_preferences(&mia).await.unwrap();
    assert!(wishes.kinds.iter().all(|choice| choice.email == EmailTiming::Never && choice.in_app));
    let kinds = stage.domain.notification_preferences(&ana).await.unwrap().kinds;
    assert!(kinds.iter().any(|choice| choice.email == EmailTiming::AtOnce));
}

async fn choose(stage: &Stage, who: &Actor, email: EmailTiming, quiet_hours: Option<QuietHours>) {
    let mut wishes = stage.domain.notification_preferences(who).await.unwrap();
    wishes.kinds = vec![KindPreference { kind: NotificationKind::Comment, in_app: true, push: true, email }];
    wishes.quiet_hours = quiet_hours;
    wishes.digest_minute = 12 * 60;
    stage.domain.set_notification_preferences(who, &wishes).await.unwrap();
}

#[tokio::test]
async fn the_daily_letter_comes_at_its_minute() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    choose(&stage, &mia, EmailTiming::Daily, None).await;
    let post = post(&stage, &mia).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    // The clock of the stage stands at 08:00 UTC.
    stage.clock.advance(Duration::from_secs(4 * 60 * 60 - 1));
    work(&stage).await;
    assert_eq!(letters(&stage), []);
    stage.clock.advance(Duration::from_secs(1));
    work(&stage).await;
    assert_eq!(letters(&stage)[0].subject, "Your day: 1 notifications");
}

#[tokio::test]
async fn quiet_hours_put_letters_off_until_they_end() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    let quiet = QuietHours { from_minute: 7 * 60, until_minute: 9 * 60 };
    choose(&stage, &mia, EmailTiming::AtOnce, Some(quiet)).await;
    let post = post(&stage, &mia).await;
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(letters(&stage), []);
    stage.clock.advance(Duration::from_secs(60 * 60) - AWAY);
    work(&stage).await;
    assert_eq!(letters(&stage).len(), 1);
}

#[tokio::test]
async fn a_letter_that_is_not_taken_is_tried_again_and_one_that_is_refused_is_given_up() {
    let stage = Stage::new().await;
    let (mia, ana) = (confirmed(&stage, "mia").await, confirmed(&stage, "ana").await);
    let post = post(&stage, &mia).await;
    *stage.post.refusing.lock() = Some(|| MailError::Later("421 come back later".to_owned()));
    comment(&stage, &ana, post, "Which clay?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Queued, None)]);
    for seconds in [5, 10, 20] {
        stage.clock.advance(Duration::from_secs(seconds - 1));
        let due = stage.domain.next_letter().await.unwrap().unwrap();
        assert!(due > stage.clock.now(), "not before {seconds} seconds");
        stage.clock.advance(Duration::from_secs(1));
        work(&stage).await;
    }
    *stage.post.refusing.lock() = None;
    stage.clock.advance(Duration::from_secs(40));
    work(&stage).await;
    assert_eq!(letters(&stage).len(), 1);
    assert_eq!(statuses(&stage, &mia).await, [(NotificationStatus::Delivered, None)]);

    stage.domain.read_all_notifications(&mia).await.unwrap();
    *stage.post.refusing.lock() = Some(|| MailError::Refused("550 no such mailbox".to_owned()));
    comment(&stage, &ana, post, "And which glaze?").await;
    work(&stage).await;
    stage.clock.advance(AWAY);
    work(&stage).await;
    assert_eq!(statuses(&stage, &mia).await[0], (NotificationStatus::Failed, Some("550 no such mailbox".to_owned())));
    assert_eq!(stage.domain.next_letter().await.unwrap(), None);
}

// ------------------------------------------------------------------------------------------------- a mail server

fn letter() -> Letter {
    Letter {
        id: "7.1".to_owned(),
        to: "mia@example.org".to_owned(),
        to_name: "Mia Chen".to_owned(),
        subject: "José wrote".to_owned(),
        text: "Hello\n".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        unsubscribe: Some("https://hubbub.example/api/unsubscribe?token=a.b.c".to_owned()),
    }
}

const FROM: &str = "Hubbub <hubbub@example.org>";

#[tokio::test]
async fn a_mail_server_gets_text_and_html_and_the_way_to_end_it() {
    let sink = Sink::start(Manner::Takes).await;
    SmtpMailer::new(&sink.url, FROM).unwrap().send(&letter()).await.unwrap();
    let taken = sink.taken();
    let [mail] = &taken[..] else { panic!("{taken:?}") };
    let mail = &mail.text;
    for line in [
        "List-Unsubscribe: <https://hubbub.example/api/unsubscribe?token=a.b.c>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Message-ID: <7.1@example.org>",
        "To: \"Mia Chen\" <mia@example.org>",
        "Content-Type: multipart/alternative",
        "Content-Type: text/plain",
        "Content-Type: text/html",
    ] {
        assert!(mail.contains(line), "{line} is not in\n{mail}");
    }
}

#[tokio::test]
async fn a_mail_server_that_refuses_for_good_is_told_from_one_that_is_away() {
    let sink = Sink::start(Manner::KnowsNobody).await;
    let refused = SmtpMailer::new(&sink.url, FROM).unwrap().send(&letter()).await.unwrap_err();
    assert!(matches!(&refused, MailError::Refused(reason) if reason.contains("550")), "{refused:?}");
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let away = SmtpMailer::new(&url, FROM).unwrap().send(&letter()).await.unwrap_err();
    assert!(matches!(away, MailError::Later(_)), "{away:?}");
}

#[tokio::test]
async fn a_silent_mail_server_is_left_after_ten_seconds() {
    for manner in [Manner::SaysNothing, Manner::StopsBeforeTheEnd] {
        let sink = Sink::start(manner).await;
        let mailer = SmtpMailer::new(&sink.url, FROM).unwrap();
        let sent = tokio::time::timeout(Duration::from_secs(30), mailer.send(&letter())).await;
        assert!(matches!(sent, Ok(Err(MailError::Later(_)))), "{sent:?}");
    }
}

#[tokio::test]
async fn without_a_mail_server_letters_are_files() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::open(&folder.path().join("mail"), FROM).unwrap();
    mailer.send(&letter()).await.unwrap();
    mailer.send(&letter()).await.unwrap();
    let files: Vec<_> =
        std::fs::read_dir(folder.path().join("mail")).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert!(std::fs::read_to_string(file).unwrap().contains("Hello"));
    assert!(FolderMailer::open(folder.path(), "nobody").is_err());
}
