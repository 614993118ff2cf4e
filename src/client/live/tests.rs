//! The signals as the server renders them and as events move them; nothing here needs a browser.

use leptos::prelude::*;

use super::*;
use crate::protocol::{
    errors::ErrorCode,
    events::{DeletedPost, LikeUpdate, PostDeleted, PostEvent},
    time::Timestamp,
    views::{Audience, CommentView, Page, PersonRef, PostView},
};

fn person(id: u64) -> PersonRef {
    PersonRef { id: UserId::new(id), username: format!("u{id}"), full_name: format!("U {id}"), avatar_url: None }
}

fn post(id: u64) -> PostView {
    PostView {
        id: PostId::new(id),
        user_id: UserId::new(id % 5),
        author: person(id % 5),
        content: format!("post {id}"),
        entities: vec![],
        images: vec![],
        audience: Audience::Public,
        timestamp: Timestamp::from_millis(0),
        edited_at: None,
        version: 1,
        like_count: 2,
        like_version: 3,
        comment_count: 1,
        comment_version: 1,
        liked: Some(false),
    }
}

fn comment(id: u64) -> CommentView {
    CommentView {
        id: CommentId::new(id),
        post_id: PostId::new(1),
        parent_id: None,
        user_id: UserId::new(2),
        author: person(2),
        content: "hello".into(),
        entities: vec![],
        timestamp: Timestamp::from_millis(0),
        like_count: 0,
        like_version: 0,
        liked: Some(false),
        deleted: false,
        replies: vec![],
        reply_count: 0,
    }
}

fn like(id: u64, version: u64, like_count: u64) -> ServerEvent {
    ServerEvent::LikeUpdate(LikeUpdate {
        post_id: PostId::new(id),
        comment_id: None,
        like_count,
        version,
        user_id: UserId::new(9),
        timestamp: Timestamp::from_millis(0),
        liked: None,
    })
}

fn new_post(id: u64) -> ServerEvent {
    ServerEvent::NewPost(PostEvent { post: PostView { liked: None, ..post(id) }, offset: id })
}

fn page(ids: &[u64], next: Option<&str>) -> Page<PostView> {
    Page { items: ids.iter().map(|id| post(*id)).collect(), next: next.map(str::to_owned) }
}

fn everyone(live: Live) -> FeedList {
    live.feed_list(FeedScope::Feed(FeedKind::Everyone), |_| async { Err::<Page<PostView>, _>("offline") })
}

fn ids(list: FeedList) -> Vec<u64> {
    list.items().get_untracked().iter().map(|id| id.get()).collect()
}

fn with_live(run: impl FnOnce(Live)) {
    let owner = Owner::new();
    owner.with(|| run(provide_live()));
}

#[test]
fn the_first_render_shows_what_was_seeded() {
    with_live(|live| {
        let list = everyone(live);
        assert!(!list.is_seeded());
        list.seed(&page(&[3, 2, 1], Some("1")), None);
        assert!(list.is_seeded());
        assert_eq!(ids(list), [3, 2, 1]);
        assert_eq!(list.pill().get_untracked(), Pill::default());
        assert_eq!(list.tail().get_untracked(), Tail::More);
        assert_eq!(live.status().get_untracked(), Status::Idle);
        let first = live.known_post(PostId::new(3)).unwrap();
        assert_eq!(first.view().get_untracked().content, "post 3");
        assert_eq!(first.like().get_untracked(), LikeBadge { liked: false, count: 2, pending: false });
    });
}

#[test]
fn every_badge_of_a_post_reads_one_signal() {
    with_live(|live| {
        let (one, other) = (live.post(&post(1)), live.post(&post(1)));
        live.fold(&like(1, 4, 10));
        assert_eq!(one.like().get_untracked().count, 10);
        assert_eq!(other.like().get_untracked().count, 10);
        live.fold(&like(1, 3, 2));
        assert_eq!(one.like().get_untracked().count, 10, "a late event changes nothing");
    });
}

#[test]
fn an_older_rendering_does_not_take_back_what_is_known() {
    with_live(|live| {
        let shown = live.post(&post(1));
        live.fold(&like(1, 4, 10));
        assert_eq!(live.post(&post(1)).like().get_untracked().count, 10);
        assert_eq!(shown.comment_count().get_untracked(), 1);
    });
}

#[test]
fn new_posts_wait_in_the_pill_until_they_are_asked_for() {
    with_live(|live| {
        let list = everyone(live);
        list.seed(&page(&[3, 2], None), None);
        assert_eq!(list.tail().get_untracked(), Tail::End);
        for id in [7, 8, 12] {
            live.fold(&new_post(id));
        }
        assert_eq!(ids(list), [3, 2]);
        let pill = list.pill().get_untracked();
        assert_eq!((pill.count, pill.and_more), (3, false));
        let faces: Vec<u64> = pill.authors.iter().map(|author| author.id.get()).collect();
        assert_eq!(faces, [2, 3], "each author once, newest first");
        list.show_pending();
        assert_eq!(ids(list), [12, 8, 7, 3, 2]);
        assert_eq!(list.pill().get_untracked().count, 0);
    });
}

#[test]
fn the_readers_own_post_stands_on_top_at_once() {
    with_live(|live| {
        let list = everyone(live);
        list.seed(&page(&[3], None), None);
        live.fold(&new_post(4));
        list.accept(&post(5));
        live.fold(&new_post(5));
        assert_eq!(ids(list), [5, 3]);
        assert_eq!(list.pill().get_untracked().count, 1);
    });
}

#[test]
fn a_deleted_post_leaves_the_list() {
    with_live(|live| {
        let list = everyone(live);
        list.seed(&page(&[3, 2], None), None);
        let shown = live.known_post(PostId::new(3)).unwrap();
        let gone =
            DeletedPost { id: shown.id, user_id: UserId::new(3), timestamp: Timestamp::from_millis(0), version: 2 };
        live.fold(&ServerEvent::PostDeleted(PostDeleted { post: gone, offset: 1 }));
        assert_eq!(ids(list), [2]);
        assert!(shown.deleted().get_untracked());
    });
}

#[test]
fn a_refused_like_is_taken_back_and_told() {
    with_live(|live| {
        let shown = live.post(&post(1));
        let told = StoredValue::new(None);
        live.on_refusal(move |refusal| told.set_value(Some(refusal.error.message)));
        live.with_core(|core| {
            core.toggles.entry(shown.target()).or_default().press(false);
            core.publish(&target_changes(shown.target()));
        });
        assert_eq!(shown.like().get_untracked(), LikeBadge { liked: true, count: 3, pending: true });
        let next = live.settle_like(shown.target(), true, Err(ApiError::new(ErrorCode::RateLimited, "Slow down.")));
        assert_eq!(next, None);
        assert_eq!(shown.like().get_untracked(), LikeBadge { liked: false, count: 2, pending: false });
        assert_eq!(told.get_value().as_deref(), Some("Slow down."));
    });
}

#[test]
fn an_answered_like_is_stored_without_a_flicker() {
    with_live(|live| {
        let shown = live.post(&post(1));
        live.with_core(|core| core.toggles.entry(shown.target()).or_default().press(false).map_or((), |_liked| ()));
        live.settle_like(shown.target(), true, Ok(LikeState { liked: true, like_count: 3, version: 4 }));
        assert_eq!(shown.like().get_untracked(), LikeBadge { liked: true, count: 3, pending: false });
    });
}

#[test]
fn a_page_watches_what_it_shows_and_stops_when_it_goes() {
    with_live(|live| {
        let page_owner = Owner::new();
        page_owner.with(|| {
            let list = everyone(live);
            list.seed(&page(&[3, 2], None), None);
            live.watch_posts(vec![PostId::new(40)]);
        });
        let wishes = live.take_wishes();
        assert_eq!(wishes.posts, [2, 3, 40].map(PostId::new).into());
        assert_eq!(wishes.feeds, [FeedKind::Everyone].into());
        page_owner.cleanup();
        assert_eq!(live.take_wishes(), Wishes::default());
    });
}

#[test]
fn a_long_list_watches_the_posts_around_the_one_being_read() {
    with_live(|live| {
        let list = everyone(live);
        let newest_first: Vec<u64> = (1..=500).rev().collect();
        list.seed(&page(&newest_first, None), None);
        let watched = live.take_wishes().posts;
        assert_eq!((watched.len(), watched.first().map(|id| id.get())), (WATCHED_POSTS_MAX, Some(1)));
        list.focus(PostId::new(300));
        let watched = live.take_wishes().posts;
        assert!(watched.len() == WATCHED_POSTS_MAX && watched.contains(&PostId::new(300)));
        assert!(!watched.contains(&PostId::new(1)) && !watched.contains(&PostId::new(500)));
    });
}

#[test]
fn a_list_is_still_there_when_the_reader_comes_back() {
    with_live(|live| {
        let visit = Owner::new();
        visit.with(|| everyone(live).seed(&page(&[3, 2], Some("2")), None));
        visit.cleanup();
        let again = everyone(live);
        assert!(again.is_seeded());
        assert_eq!(ids(again), [3, 2]);
    });
}

#[test]
fn comments_are_seeded_and_the_readers_own_appears_at_once() {
    with_live(|live| {
        let list = live.comment_list(PostId::new(1), |_| async { Err::<Page<CommentView>, _>("offline") });
        list.seed(&post(1), &Page { items: vec![comment(11)], next: None });
        list.accept(&comment(12));
        list.accept(&CommentView { parent_id: Some(CommentId::new(11)), ..comment(13) });
        let roots: Vec<u64> = list.items().get_untracked().iter().map(|id| id.get()).collect();
        assert_eq!(roots, [12, 11]);
        let first = list.comment(CommentId::new(11)).unwrap();
        assert_eq!(first.replies().get_untracked(), [CommentId::new(13)]);
        assert_eq!(first.reply_count().get_untracked(), 1);
        assert_eq!(first.view().get_untracked().content, "hello");
    });
}

#[test]
fn outside_of_the_app_a_still_one_of_its_own_is_given() {
    let owner = Owner::new();
    owner.with(|| {
        let live = use_live();
        live.retry_now();
        live.connect_as(Signal::stored(Some(UserId::new(7))));
        assert_eq!(live.status().get_untracked(), Status::Idle);
    });
}

#[test]
fn a_tab_that_stays_open_forgets_what_it_does_not_show() {
    with_live(|live| {
        let kept = live.post(&post(1));
        live.watch_posts(vec![kept.id]);
        let visit = Owner::new();
        visit.with(|| {
            live.watch_posts(vec![PostId::new(2)]);
            (2..3_000).for_each(|id| drop(live.post(&post(id)).view().get_untracked()));
        });
        visit.cleanup();
        assert_eq!(live.core.try_with_value(|core| core.posts.len()), Some(1));
        live.fold(&like(1, 4, 5));
        assert_eq!(kept.like().get_untracked().count, 5);
    });
}
