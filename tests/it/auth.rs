//! Sessions: opening, renewing and ending them, and what an access token is worth meanwhile.

use std::time::Duration;

use hubbub::{
    protocol::{errors::ErrorCode, requests::PasswordChange},
    server::{
        auth::{
            limits::Limits,
            tokens::{ACCESS_LIFETIME, LEEWAY},
        },
        domain::DomainError,
    },
};

use crate::stage::{PASSWORD, Stage, login, visitor};

const GRACE_OVER: Duration = Duration::from_secs(11);

fn code<T>(result: Result<T, DomainError>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

#[tokio::test]
async fn whoever_registers_is_signed_in() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let actor = stage.auth.actor(&ana.access_token).unwrap();
    assert_eq!((actor.user_id, actor.session_id), (ana.user.person.id, ana.session_id));
    let sessions = stage.domain.sessions(&actor).await.unwrap();
    assert_eq!((sessions[0].device.as_str(), sessions[0].address.as_str()), ("Firefox on Linux", "192.0.2.7"));
}

#[tokio::test]
async fn an_access_token_ends_with_its_time() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME + LEEWAY);
    assert_eq!(stage.auth.actor(&ana.access_token), None);
}

#[tokio::test]
async fn a_refresh_token_is_traded_for_the_next_pair() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(ACCESS_LIFETIME * 2);
    let next = stage.auth.refresh(&ana.refresh_token, &visitor()).await.unwrap();
    assert_ne!(next.refresh_token, ana.refresh_token);
    assert_eq!(next.session_id, ana.session_id);
    assert_eq!(next.user.person.username, "ana");
    assert_eq!(stage.auth.actor(&next.access_token).unwrap().session_id, ana.session_id);
}

#[tokio::test]
async fn parallel_tabs_may_send_the_same_refresh_token() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let here = visitor();
    let renewals = (0..6).map(|_| stage.auth.refresh(&ana.refresh_token, &here));
    let renewed = futures::future::try_join_all(renewals).await.unwrap();
    // Each of the new ones goes on by itself.
    stage.clock.advance(GRACE_OVER);
    for tab in renewed {
        assert!(stage.auth.refresh(&tab.refresh_token, &here).await.is_ok());
    }
}

#[tokio::test]
async fn a_spent_refresh_token_that_comes_back_ends_its_session() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    let elsewhere = stage.sign_in("ana").await;
    let next = stage.auth.refresh(&ana.refresh_token, &visitor()).await.unwrap();
    stage.clock.advance(GRACE_OVER);
    let reuse = stage.auth.refresh(&ana.refresh_token, &visitor()).await;
    assert_eq!(code(reuse), Some(ErrorCode::Unauthorized));
    // The whole family is over, at once; the other device is not concerned.
    assert_eq!(stage.auth.actor(&next.access_token), None);
    assert_eq!(code(stage.auth.refresh(&next.refresh_token, &visitor()).await), Some(ErrorCode::Unauthorized));
    assert!(stage.auth.actor(&elsewhere.access_token).is_some());
    assert!(stage.auth.refresh(&elsewhere.refresh_token, &visitor()).await.is_ok());
}

#[tokio::test]
async fn an_unused_refresh_token_dies_after_two_months() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    stage.clock.advance(Duration::from_secs(61 * 24 * 60 * 60));
    assert_eq!(code(stage.auth.refresh(&ana.refresh_token, &visitor()).await), Some(ErrorCode::Unauthorized));
}

#[tokio::test]
async fn junk_is_no_refresh_token() {
    let stage = Stage::new().await;
    let ana = stage.join("ana").await;
    for junk in ["", "x", &"0".repeat(64), &ana.access_token, &"f".repeat(100_000)] {
        assert_eq!(code(stage.auth.refresh(junk, &visitor()).await), Some(ErrorCode::Unauthorized));
    }
}

#[tokio::test]
async fn who_signs_out_is_refused_at_once() {
    let stage = Stage::new().await;
    let (here, there) = (stage.join("ana").await, stage.sign_in("ana").await);
    let actor = stage.auth.actor(&here.access_token).unwrap();
    stage.auth.sign_out(&actor).await.unwrap();
    assert_eq!(stage.auth.actor(&here.access_token), None);
    assert_eq!(code(stage.auth.refresh(&here.refresh_token, &visitor()).await), Some(ErrorCode::Unauthorized));
    assert!(stage.auth.actor(&there.access_token).is_some());
}

#[tokio::test]
async fn a_session_ended_from_another_device_is_refused_at_once() {
    let stage = Stage::new().await;
    let (here, there) = (stage.join("ana").await, stage.sign_in("ana").await);
    let actor = stage.auth.actor(&here.access_token).unwrap();
    stage.domain.end_session(&actor, there.session_id).await.unwrap();
    assert_eq!(stage.auth.actor(&there.access_token), None);
    stage.domain.end_all_sessions(&actor).await.unwrap();
    assert_eq!(stage.auth.actor(&here.access_token), None);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let stage = Stage::new().await;
    let (here, there) = (stage.join("ana").await, stage.sign_in("ana").await);
    let actor = stage.auth.actor(&here.access_token).unwrap();
    let change = |current: &str| PasswordChange {
        current_password: current.to_owned(),
        new_password: "another-quilted-harbour-9".to_owned(),
    };
    assert_eq!(code(stage.auth.change_password(&actor, change("wrong")).await), Some(ErrorCode::Invalid));
    stage.auth.change_password(&actor, change(PASSWORD)).await.unwrap();
    assert!(stage.auth.actor(&here.access_token).is_some());
    assert_eq!(stage.auth.actor(&there.access_token), None);
    assert_eq!(code(stage.auth.sign_in(login("ana", PASSWORD), &visitor()).await), Some(ErrorCode::Unauthorized));
}

#[tokio::test]
async fn an_ended_session_stays_ended_over_a_restart() {
    let stage = Stage::new().await;
    let (here, there) = (stage.join("ana").await, stage.sign_in("ana").await);
    let actor = stage.auth.actor(&here.access_token).unwrap();
    stage.auth.sign_out(&actor).await.unwrap();
    let stage = stage.restarted().await;
    assert_eq!(stage.auth.actor(&here.access_token), None);
    assert!(stage.auth.actor(&there.access_token).is_some());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let stage = Stage::new().await;
    stage.join("ana").await;
    let told = async |name: &str| {
        let error = stage.auth.sign_in(login(name, "not-her-password"), &visitor()).await.err().unwrap();
        (error.code(), error.to_string())
    };
    let known = told("ana").await;
    assert_eq!(known.0, ErrorCode::Unauthorized);
    assert_eq!(known, told("nobody").await);
    assert_eq!(known, told("nobody@example.org").await);
}

#[tokio::test]
async fn guessing_is_limited_for_a_name_whether_it_exists_or_not() {
    // One try each.
    let stage = Stage::with_limits(Limits::new(0.1, b"secret")).await;
    stage.join("ana").await;
    for name in ["ana", "nobody"] {
        let try_it = async || code(stage.auth.sign_in(login(name, "wrong"), &visitor()).await);
        assert_eq!(try_it().await, Some(ErrorCode::Unauthorized));
        assert_eq!(try_it().await, Some(ErrorCode::RateLimited));
    }
}

#[tokio::test]
async fn registering_is_limited_by_address() {
    let stage = Stage::with_limits(Limits::new(0.001, b"secret")).await;
    stage.join("ana").await;
    let form = hubbub::protocol::requests::Registration {
        email: "ben@example.org".to_owned(),
        username: "ben".to_owned(),
        full_name: "Ben".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let error = stage.auth.register(form, &visitor()).await.err().unwrap();
    assert!(matches!(error, DomainError::RateLimited { retry_after } if retry_after > Duration::from_secs(60)));
}
