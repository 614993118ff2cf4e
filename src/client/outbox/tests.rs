//! Every row: what the outbox holds, what happens, what is done about it.

use super::*;

const HERE: ConversationId = ConversationId::new(1);
const THERE: ConversationId = ConversationId::new(2);

fn unsent(id: &str, at: ConversationId) -> Unsent {
    Unsent {
        client_id: id.into(),
        conversation_id: at,
        content: format!("text of {id}"),
        reply_to: None,
        carries: None,
        order: 0,
        failure: None,
    }
}

fn compose(id: &str) -> Input {
    Input::Compose(unsent(id, HERE))
}

fn kept(id: &str) -> Input {
    Input::Kept(id.into(), true)
}

fn refused(id: &str, code: ErrorCode, retry_after_ms: Option<u64>) -> Input {
    Input::Refused(id.into(), ApiError { retry_after_ms, ..ApiError::new(code, "no") })
}

fn found(ids: &[&str], opened: bool) -> Input {
    let messages = ids.iter().zip(1..).map(|(id, order)| Unsent { order, ..unsent(id, HERE) }).collect();
    Input::Found { messages, opened }
}

/// An outbox after these inputs, all at the time 1,000, with every effect.
fn after(inputs: &[Input]) -> (Outbox, Vec<Effect>) {
    let mut outbox = Outbox::default();
    let effects = inputs.iter().flat_map(|input| outbox.step(input.clone(), 1_000)).collect();
    (outbox, effects)
}

fn sent(effects: &[Effect]) -> Vec<&str> {
    effects.iter().filter_map(|at| if let Effect::Send(at) = at { Some(at.client_id.as_str()) } else { None }).collect()
}

fn forgotten(effects: &[Effect]) -> Vec<&str> {
    effects.iter().filter_map(|at| if let Effect::Forget(id) = at { Some(id.as_str()) } else { None }).collect()
}

fn shown(outbox: &Outbox) -> Vec<(String, Sending)> {
    outbox.shown(HERE).into_iter().map(|at| (at.message.client_id, at.sending)).collect()
}

fn waiting(id: &str) -> (String, Sending) {
    (id.into(), Sending::Waiting)
}

#[test]
fn a_message_is_shown_and_sent_only_once_it_is_kept() {
    let (mut outbox, effects) = after(&[Input::Online, compose("a")]);
    assert!(matches!(effects.as_slice(), [Effect::Keep(at)] if at.client_id == "a" && at.order == 1_000));
    assert!(shown(&outbox).is_empty());
    assert_eq!(sent(&outbox.step(kept("a"), 1_001)), ["a"]);
    assert_eq!(shown(&outbox), [("a".into(), Sending::Sending)]);
}

#[test]
fn a_message_that_cannot_be_kept_is_sent_all_the_same() {
    let (outbox, effects) = after(&[Input::Online, compose("a"), Input::Kept("a".into(), false), found(&[], false)]);
    assert_eq!(sent(&effects), ["a"]);
    assert_eq!(shown(&outbox).len(), 1);
}

#[test]
fn one_at_a_time_and_first_in_first_out_for_each_conversation() {
    let there = Input::Compose(unsent("t", THERE));
    let offline = [compose("a"), compose("b"), there, kept("a"), kept("b"), kept("t")];
    let (mut outbox, effects) = after(&offline);
    assert!(sent(&effects).is_empty());
    assert_eq!(shown(&outbox), [waiting("a"), waiting("b")]);
    assert_eq!(sent(&outbox.step(Input::Online, 2_000)), ["a", "t"]);
    let effects = outbox.step(Input::Stored("a".into()), 2_001);
    assert_eq!((forgotten(&effects), sent(&effects)), (vec!["a"], vec!["b"]));
}

#[test]
fn a_later_message_does_not_pass_one_that_is_still_being_kept() {
    let (mut outbox, _) = after(&[Input::Online, compose("a"), compose("b")]);
    assert!(sent(&outbox.step(kept("b"), 1_000)).is_empty());
    assert_eq!(sent(&outbox.step(kept("a"), 1_000)), ["a"]);
}

#[test]
fn a_stored_message_is_shown_until_it_stands_in_the_thread() {
    let (mut outbox, _) = after(&[Input::Online, compose("a"), kept("a"), Input::Stored("a".into())]);
    assert_eq!(shown(&outbox), [("a".into(), Sending::Stored)]);
    assert_eq!(outbox.step(Input::Arrived("a".into()), 1_000), [Effect::Changed(HERE)]);
    assert!(shown(&outbox).is_empty());
    assert!(outbox.step(Input::Arrived("a".into()), 1_000).is_empty());
}

#[test]
fn a_message_whose_event_comes_first_is_settled_by_it() {
    let (mut outbox, _) = after(&[Input::Online, compose("a"), kept("a")]);
    assert_eq!(forgotten(&outbox.step(Input::Arrived("a".into()), 1_000)), ["a"]);
    assert!(outbox.step(Input::Stored("a".into()), 1_000).is_empty());
}

#[test]
fn a_cut_sends_the_same_message_again() {
    let (mut outbox, _) = after(&[Input::Online, compose("a"), kept("a"), Input::Lost("a".into()), Input::Offline]);
    assert_eq!(shown(&outbox), [waiting("a")]);
    assert_eq!(sent(&outbox.step(Input::Online, 2_000)), ["a"]);
}

#[test]
fn what_waiting_helps_is_sent_again_when_the_server_says() {
    for code in [ErrorCode::RateLimited, ErrorCode::Unavailable, ErrorCode::Internal] {
        let (mut outbox, _) = after(&[Input::Online, compose("a"), compose("b"), kept("a"), kept("b")]);
        assert!(sent(&outbox.step(refused("a", code, Some(5_000)), 1_000)).is_empty());
        assert_eq!(shown(&outbox), [waiting("a"), waiting("b")]);
        assert_eq!(outbox.due_ms(1_000), Some(6_000));
        assert!(sent(&outbox.step(Input::Tick, 5_999)).is_empty());
        assert_eq!(sent(&outbox.step(Input::Tick, 6_000)), ["a"]);
        assert_eq!(outbox.due_ms(6_000), None);
    }
}

#[test]
fn what_waiting_does_not_help_is_kept_with_its_text_and_passed() {
    let rows = [(ErrorCode::Invalid, false), (ErrorCode::Forbidden, true), (ErrorCode::NotFound, true)];
    for (code, retryable) in rows {
        let (mut outbox, _) = after(&[Input::Online, compose("a"), compose("b"), kept("a"), kept("b")]);
        let effects = outbox.step(refused("a", code, None), 1_000);
        assert_eq!(sent(&effects), ["b"]);
        let failure = Failure { reason: "no".into(), retryable };
        assert!(effects.iter().any(|at| matches!(at, Effect::Keep(at) if at.failure.as_ref() == Some(&failure))));
        assert_eq!(shown(&outbox)[0], ("a".into(), Sending::Failed(failure)));
        assert_eq!(outbox.shown(HERE)[0].message.content, "text of a");
    }
}

#[test]
fn a_failed_message_can_be_tried_again_edited_and_deleted() {
    let failed = [Input::Online, compose("a"), kept("a"), refused("a", ErrorCode::Invalid, None)];
    let (mut outbox, _) = after(&failed);
    assert_eq!(sent(&outbox.step(Input::Retry("a".into()), 1_000)), ["a"]);

    let (mut outbox, _) = after(&failed);
    assert!(outbox.shown(HERE)[0].editable);
    let effects = outbox.step(Input::Edit("a".into(), "shorter".into()), 1_000);
    assert!(effects.iter().any(|at| matches!(at, Effect::Send(at) if at.content == "shorter")));

    let (mut outbox, _) = after(&failed);
    assert_eq!(forgotten(&outbox.step(Input::Cancel("a".into()), 1_000)), ["a"]);
    assert!(shown(&outbox).is_empty());
}

#[test]
fn a_waiting_message_can_be_cancelled_and_one_on_its_way_cannot() {
    let (mut outbox, _) = after(&[compose("a"), kept("a")]);
    assert_eq!(forgotten(&outbox.step(Input::Cancel("a".into()), 1_000)), ["a"]);
    let (mut outbox, _) = after(&[Input::Online, compose("a"), kept("a")]);
    assert!(outbox.step(Input::Cancel("a".into()), 1_000).is_empty());
}

#[test]
fn a_text_that_the_server_may_have_is_not_changed() {
    let (mut outbox, _) = after(&[compose("a"), kept("a"), Input::Edit("a".into(), "new".into())]);
    assert_eq!(outbox.shown(HERE)[0].message.content, "new");
    outbox.step(Input::Online, 1_000);
    outbox.step(Input::Offline, 1_000);
    assert!(!outbox.shown(HERE)[0].editable);
    assert!(outbox.step(Input::Edit("a".into(), "newer".into()), 1_000).is_empty());
}

#[test]
fn what_a_crash_left_is_sent_at_once_and_in_order() {
    let (mut outbox, effects) = after(&[found(&["a", "b"], true), Input::Online]);
    assert_eq!(sent(&effects), ["a"]);
    assert_eq!(sent(&outbox.step(Input::Arrived("a".into()), 1_001)), ["b"]);
}

#[test]
fn what_another_tab_keeps_is_left_to_it_for_a_while() {
    let (mut outbox, effects) = after(&[Input::Online, found(&["a"], false), compose("b"), kept("b")]);
    assert_eq!(sent(&effects), ["b"], "its own does not wait");
    assert_eq!(shown(&outbox), [waiting("a"), ("b".into(), Sending::Sending)]);
    assert_eq!(outbox.due_ms(1_000), Some(11_000));
    outbox.step(Input::Arrived("b".into()), 1_100);
    assert_eq!(sent(&outbox.step(Input::Tick, 11_000)), ["a"]);
}

#[test]
fn what_another_tab_settled_or_cancelled_is_gone_here_too() {
    let (mut outbox, _) = after(&[found(&["a", "b"], false)]);
    assert_eq!(shown(&outbox).len(), 2);
    outbox.step(found(&["b"], false), 1_000);
    assert_eq!(shown(&outbox), [waiting("b")]);
}

#[test]
fn a_message_being_kept_is_not_taken_for_one_that_is_gone() {
    let (mut outbox, _) = after(&[compose("a"), found(&[], false), kept("a")]);
    assert_eq!(shown(&outbox), [waiting("a")]);
    assert_eq!(sent(&outbox.step(Input::Online, 1_000)), ["a"]);
}

#[test]
fn too_many_stay_in_the_composer() {
    let mut outbox = Outbox::default();
    for id in 0..UNSENT_MAX {
        outbox.step(compose(&id.to_string()), 1_000);
    }
    assert_eq!(outbox.step(compose("more"), 1_000), [Effect::Full(unsent("more", HERE))]);
}

#[test]
fn a_message_is_kept_as_json_and_read_back() {
    let message = Unsent { reply_to: Some(MessageId::new(9)), order: 5, ..unsent("a", HERE) };
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<Unsent>(&text).unwrap(), message);
}

// ------------------------------------------------------------------------------------------------ what messages carry

fn carrying(id: &str) -> Unsent {
    Unsent { carries: Some(Carried::file("plan.pdf", "application/pdf", 1_000)), ..unsent(id, HERE) }
}

fn compose_carrying(id: &str) -> Input {
    Input::Compose(carrying(id))
}

fn uploads(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|at| if let Effect::Upload(at) = at { Some(at.client_id.as_str()) } else { None })
        .collect()
}

fn upload_failed(id: &str, code: ErrorCode) -> Input {
    Input::UploadFailed(id.into(), ApiError::new(code, "no"))
}

fn uploaded(id: &str) -> Input {
    Input::Uploaded(id.into(), AttachmentId::new(77))
}

#[test]
fn a_file_is_uploaded_once_it_is_kept_and_then_its_message_is_sent() {
    let (mut outbox, effects) = after(&[Input::Online, compose_carrying("a")]);
    assert!(uploads(&effects).is_empty(), "not before it is kept");
    let effects = outbox.step(kept("a"), 1_000);
    assert_eq!((uploads(&effects), sent(&effects)), (vec!["a"], vec![]));
    assert_eq!(outbox.step(Input::Progress("a".into(), 40), 1_100), [Effect::Changed(HERE)]);
    assert!(outbox.step(Input::Progress("a".into(), 40), 1_101).is_empty(), "the same share changes nothing");
    assert_eq!(shown(&outbox), [("a".into(), Sending::Uploading(40))]);
    let effects = outbox.step(uploaded("a"), 1_200);
    let is_noted = |at: &Unsent| at.carries.as_ref().unwrap().uploaded == Some(AttachmentId::new(77));
    assert!(effects.iter().any(|at| matches!(at, Effect::Keep(at) if is_noted(at))));
    assert!(effects.iter().any(|at| matches!(at, Effect::Send(at) if is_noted(at))));
}

#[test]
fn what_is_written_after_a_file_waits_for_it() {
    let (mut outbox, effects) = after(&[Input::Online, compose_carrying("a"), compose("b"), kept("a"), kept("b")]);
    assert!(sent(&effects).is_empty());
    assert_eq!(sent(&outbox.step(uploaded("a"), 1_000)), ["a"]);
    assert_eq!(sent(&outbox.step(Input::Stored("a".into()), 1_000)), ["b"]);
}

#[test]
fn a_file_that_could_not_be_uploaded_is_tried_again_ever_later_and_goes_first() {
    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), compose("b"), kept("a"), kept("b")]);
    let mut now_ms = 1_000;
    for pause_ms in [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
        assert!(sent(&outbox.step(upload_failed("a", ErrorCode::Unavailable), now_ms)).is_empty());
        assert_eq!(shown(&outbox), [waiting("a"), waiting("b")]);
        now_ms = outbox.due_ms(now_ms).unwrap();
        assert_eq!(outbox.entries[0].upload_again_ms, now_ms);
        assert!(now_ms >= pause_ms);
        assert_eq!(uploads(&outbox.step(Input::Tick, now_ms)), ["a"]);
    }
    assert_eq!(sent(&outbox.step(uploaded("a"), now_ms)), ["a"]);
}

#[test]
fn a_refused_file_is_kept_with_the_reason_and_passed() {
    let rows = [(ErrorCode::TooLarge, false), (ErrorCode::UnsupportedMedia, false), (ErrorCode::Forbidden, true)];
    for (code, retryable) in rows {
        let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), compose("b"), kept("a"), kept("b")]);
        assert_eq!(sent(&outbox.step(upload_failed("a", code), 1_000)), ["b"]);
        let failure = Failure { reason: "no".into(), retryable };
        assert_eq!(shown(&outbox)[0], ("a".into(), Sending::Failed(failure)));
        outbox.step(Input::Stored("b".into()), 1_000);
        assert_eq!(uploads(&outbox.step(Input::Retry("a".into()), 1_000)), ["a"]);
    }
}

#[test]
fn an_upload_is_cancelled_and_what_was_uploaded_is_thrown_away() {
    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), kept("a")]);
    let effects = outbox.step(Input::Cancel("a".into()), 1_000);
    assert_eq!(effects[0], Effect::AbortUpload("a".into()));
    assert_eq!(forgotten(&effects), ["a"]);
    assert!(outbox.step(uploaded("a"), 1_000).is_empty(), "too late to matter");

    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), kept("a"), Input::Offline, uploaded("a")]);
    let effects = outbox.step(Input::Cancel("a".into()), 1_000);
    assert_eq!(effects[0], Effect::Discard(AttachmentId::new(77)));
    assert_eq!(forgotten(&effects), ["a"]);
}

#[test]
fn an_upload_outlives_a_cut_of_the_connection() {
    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), kept("a"), Input::Offline]);
    assert_eq!(shown(&outbox), [("a".into(), Sending::Uploading(0))]);
    assert!(sent(&outbox.step(uploaded("a"), 1_000)).is_empty());
    assert_eq!(sent(&outbox.step(Input::Online, 2_000)), ["a"]);
}

#[test]
fn what_was_uploaded_before_a_crash_is_not_uploaded_again() {
    let mut message = carrying("a");
    message.carries.as_mut().unwrap().uploaded = Some(AttachmentId::new(77));
    let (_, effects) = after(&[Input::Found { messages: vec![message], opened: true }, Input::Online]);
    assert_eq!((uploads(&effects), sent(&effects)), (vec![], vec!["a"]));
}

#[test]
fn what_the_server_threw_away_is_uploaded_once_more() {
    let gone = || ApiError::on_field(ErrorCode::Invalid, "attachment", "gone");
    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), kept("a"), uploaded("a")]);
    assert_eq!(uploads(&outbox.step(Input::Refused("a".into(), gone()), 1_000)), ["a"]);
    outbox.step(uploaded("a"), 1_000);
    assert!(uploads(&outbox.step(Input::Refused("a".into(), gone()), 1_000)).is_empty());
    assert!(matches!(shown(&outbox)[0].1, Sending::Failed(_)));
}

#[test]
fn an_upload_whose_message_was_cancelled_in_another_tab_ends() {
    let (mut outbox, _) = after(&[Input::Online, compose_carrying("a"), kept("a")]);
    let effects = outbox.step(found(&[], false), 1_000);
    assert_eq!(effects, [Effect::AbortUpload("a".into()), Effect::Changed(HERE)]);
}

#[test]
fn a_row_of_an_older_page_is_still_read() {
    let row = r#"{"client_id":"a","conversation_id":"1","content":"hi","order":5}"#;
    let old: Unsent = serde_json::from_str(row).unwrap();
    assert_eq!((old.order, old.carries), (5, None));
}
