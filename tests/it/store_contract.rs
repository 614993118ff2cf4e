//! What every store must do, as cases that run on SQLite and on PostgreSQL.

use std::{collections::BTreeSet, sync::Arc, task::Poll};

use hubbub::{
    protocol::{
        events::{Ack, AckResult, ServerEvent},
        ids::{CommentId, ImageId, OutboxId, PostId, SessionId, UserId},
        views::{Audience, PersonItem, PostView, Privacy, Role},
    },
    server::domain::{
        audience::{Relation, may_see_post},
        outcome::{Publication, Work},
        ports::{
            CommentCount, ImagePurpose, LikeChange, OutboxRecord, PostFilter, PresenceRecord, RefreshRecord,
            SessionRecord, StoreError,
        },
    },
};

use crate::store::{SETTINGS, World, at};

/// Each case becomes a test on SQLite and one on PostgreSQL.
macro_rules! contract {
    ($($case:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(super::World::sqlite(super::SETTINGS).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $case() {
                if let Some(world) = super::World::postgres(stringify!($case), super::SETTINGS).await {
                    super::$case(world).await;
                }
            })*
        }
    };
}

mod announcements;
mod attachments;
mod conversations;
mod graph;
mod jobs;
mod letters;
mod notifications;
mod pushes;
mod tokens;

contract! {
    a_person_is_found_by_id_username_and_email
    email_and_username_are_unique_and_the_error_says_which
    a_profile_counts_what_its_viewer_may_see
    people_are_found_by_the_beginning_of_any_word
    search_pages_by_username
    suggestions_leave_out_oneself_and_those_followed
    small_changes_to_a_person_are_kept
    a_session_ends_once
    ending_all_sessions_can_spare_one
    a_refresh_token_is_spent_once
    old_sessions_are_forgotten_with_their_tokens
    a_post_comes_back_as_it_was_written
    a_client_id_makes_one_post_and_one_comment
    an_edit_replaces_text_and_tags_and_raises_the_version
    a_deleted_post_is_in_no_list_and_can_come_back
    lists_show_exactly_what_the_audience_rule_allows
    every_list_pages_by_key_without_gap_or_repeat
    the_following_feed_is_the_newest_of_all_followed
    a_second_like_changes_nothing
    likes_at_the_same_moment_are_all_counted
    the_same_like_at_the_same_moment_counts_once
    comments_come_newest_first_with_their_newest_replies
    deleted_comments_are_not_counted
    a_deleted_comment_stays_in_place_while_it_has_replies
    follows_are_counted_on_both_sides
    two_who_follow_each_other_at_the_same_moment_do_not_block
    lists_of_follows_page_newest_first
    a_picture_is_attached_once_by_its_owner
    unused_pictures_are_purged_and_faces_kept
    purged_posts_take_everything_along_and_free_their_pictures
    outbox_entries_are_leased_to_one_relay_at_a_time
    an_answer_is_remembered_for_its_person_and_key
    one_key_at_the_same_moment_is_answered_once
    a_dropped_transaction_leaves_nothing
    a_read_sees_committed_data_only
    a_cancelled_begin_leaves_the_store_healthy
    two_first_people_are_not_both_first
    the_store_says_when_it_takes_writes
    presence_is_known_to_those_who_show_theirs_and_are_not_blocked
    the_store_counts_what_is_asked_of_it
}

fn ids(posts: &[PostView]) -> Vec<PostId> {
    posts.iter().map(|post| post.id).collect()
}

fn names(people: &[PersonItem]) -> Vec<&str> {
    people.iter().map(|person| person.person.username.as_str()).collect()
}

// ---------------------------------------------------------------------------------------------------------- people

async fn a_person_is_found_by_id_username_and_email(world: World) {
    let mut person = world.someone("mia", "Mia Chen");
    person.role = Role::Owner;
    let mut tx = world.begin().await;
    assert_eq!(tx.count_people().await.unwrap(), 0);
    tx.insert_person(&person).await.unwrap();
    assert_eq!(tx.person(person.id).await.unwrap().as_ref(), Some(&person));
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    assert_eq!(read.count_people().await.unwrap(), 1);
    assert_eq!(read.person(person.id).await.unwrap().as_ref(), Some(&person));
    assert_eq!(read.person_by_username("mia").await.unwrap().as_ref(), Some(&person));
    assert_eq!(read.person_by_email("mia@example.org").await.unwrap().as_ref(), Some(&person));
    assert_eq!(read.person_ref(person.id).await.unwrap().unwrap().full_name, "Mia Chen");
    let asked = ["mia".to_owned(), "nobody".to_owned()];
    assert_eq!(read.existing_usernames(person.id, &asked).await.unwrap(), ["mia"]);
    assert_eq!(read.existing_usernames(person.id, &[]).await.unwrap(), Vec::<String>::new());

    let nobody = UserId::new(1);
    assert_eq!(read.person(nobody).await.unwrap(), None);
    assert_eq!(read.person_by_username("nobody").await.unwrap(), None);
    assert_eq!(read.person_by_email("nobody@example.org").await.unwrap(), None);
    assert_eq!(read.person_ref(nobody).await.unwrap(), None);
    assert_eq!(read.profile(nobody, person.id).await.unwrap(), None);
}

async fn email_and_username_are_unique_and_the_error_says_which(world: World) {
    world.person("mia").await;
    for (field, username, email) in [("email", "mina", "mia@example.org"), ("username", "mia", "mina@example.org")] {
        let mut person = world.someone(username, "Mina");
        person.email = email.to_owned();
        let mut tx = world.begin().await;
        let refused = tx.insert_person(&person).await.unwrap_err();
        assert!(matches!(refused, StoreError::Taken(taken) if taken == field), "{field}: {refused:?}");
    }
    assert_eq!(world.read().await.count_people().await.unwrap(), 1);
}

async fn a_profile_counts_what_its_viewer_may_see(world: World) {
    let (mia, fan, stranger) = (world.person("mia").await, world.person("fan").await, world.person("stranger").await);
    world.follow(fan, mia).await;
    world.follow(mia, stranger).await;
    for audience in [Audience::Public, Audience::Public, Audience::Followers] {
        world.post(mia, audience, "hello").await;
    }
    let gone = world.post(mia, Audience::Public, "gone").await;
    world.delete_post(gone, Some(at(9))).await;

    let mut read = world.read().await;
    for (viewer, posts, followed, follows_you) in
        [(mia, 3, false, false), (fan, 3, true, false), (stranger, 2, false, true)]
    {
        let profile = read.profile(mia, viewer).await.unwrap().unwrap();
        assert_eq!(
            (profile.post_count, profile.followed, profile.follows_you),
            (posts, followed, follows_you),
            "as {viewer} sees it"
        );
        assert_eq!((profile.follower_count, profile.following_count), (1, 1));
        assert_eq!(profile.joined_at, at(1));
    }
}

async fn people_are_found_by_the_beginning_of_any_word(world: World) {
    let viewer = world.named("zoe", "Zoë Álvarez").await;
    world.named("mia.c", "Mia Chen Łukasik").await;
    world.named("chenille", "Ada_100% Byron").await;
    let found = async |query: &str| {
        let people = world.read().await.search_people(viewer, query, None, 10).await.unwrap();
        names(&people).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("chen").await, ["chenille", "mia.c"]);
    assert_eq!(found("mia").await, ["mia.c"]);
    assert_eq!(found("chen łuk").await, ["mia.c"]);
    assert_eq!(found("ál").await, ["zoe"]);
    for spelling in ["zoë", "zoe", "alvarez", "álvarez", "a\u{301}l"] {
        assert_eq!(found(spelling).await, ["zoe"], "{spelling}");
    }
    assert_eq!(found("ada_1").await, ["chenille"]);
    assert_eq!(found("%").await, Vec::<String>::new());
    assert_eq!(found("hen").await, Vec::<String>::new());
    assert_eq!(found("").await, ["chenille", "mia.c", "zoe"]);

    let mut tx = world.begin().await;
    let id = tx.person_by_username("mia.c").await.unwrap().unwrap().id;
    tx.update_profile(id, "Maria Sol", "sings").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found("sol").await, ["mia.c"]);
    assert_eq!(found("mia").await, ["mia.c"]);
    assert_eq!(found("chen").await, ["chenille"]);
}

async fn search_pages_by_username(world: World) {
    let viewer = world.person("viewer").await;
    for name in ["b_a", "b.a", "ba", "b1", "a"] {
        world.named(name, "Bee").await;
    }
    for query in ["", "b"] {
        let mut read = world.read().await;
        let whole = read.search_people(viewer, query, None, 100).await.unwrap();
        let mut paged = Vec::new();
        loop {
            let after = paged.last().map(|last: &PersonItem| last.person.username.clone());
            let page = read.search_people(viewer, query, after.as_deref(), 2).await.unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, whole);
        let mut sorted = names(&whole);
        sorted.sort_unstable();
        assert_eq!(names(&whole), sorted);
    }
}

async fn suggestions_leave_out_oneself_and_those_followed(world: World) {
    let viewer = world.person("viewer").await;
    let (known, popular) = (world.person("known").await, world.person("popular").await);
    world.person("older").await;
    world.person("newer").await;
    world.follow(viewer, known).await;
    world.follow(known, popular).await;
    world.follow(known, viewer).await;
    let suggested = world.read().await.people_to_follow(viewer, 10).await.unwrap();
    assert_eq!(names(&suggested), ["popular", "newer", "older"]);
    assert!(suggested.iter().all(|person| !person.followed));
    assert_eq!(names(&world.read().await.people_to_follow(viewer, 1).await.unwrap()), ["popular"]);
}

async fn small_changes_to_a_person_are_kept(world: World) {
    let mia = world.person("mia").await;
    let face = world.image(mia, ImagePurpose::Avatar, at(1)).await;
    let mut tx = world.begin().await;
    tx.update_profile(mia, "Mia C.", "Tea.").await.unwrap();
    tx.set_password_hash(mia, "$new").await.unwrap();
    tx.set_avatar(mia, Some(face)).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let person = read.person(mia).await.unwrap().unwrap();
    assert_eq!((person.full_name.as_str(), person.bio.as_str()), ("Mia C.", "Tea."));
    assert_eq!((person.password_hash.as_str(), person.avatar), ("$new", Some(face)));
    let shown = read.person_ref(mia).await.unwrap().unwrap();
    assert_eq!(shown.avatar_url, Some(format!("/media/images/{face}")));
    drop(read);

    let mut tx = world.begin().await;
    tx.set_avatar(mia, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.person_ref(mia).await.unwrap().unwrap().avatar_url, None);
}

// -------------------------------------------------------------------------------------------------------- sessions

async fn a_session_ends_once(world: World) {
    let mia = world.person("mia").await;
    let (old, new) = (world.session(mia, 10).await, world.session(mia, 20).await);
    let mut tx = world.begin().await;
    tx.touch_session(old, at(30), "192.0.2.9").await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let open = read.sessions_of(mia).await.unwrap();
    assert_eq!(open.iter().map(|session| session.id).collect::<Vec<_>>(), [old, new]);
    assert_eq!((open[0].last_seen_at, open[0].address.as_str()), (at(30), "192.0.2.9"));
    assert_eq!(read.session(SessionId::new(1)).await.unwrap(), None);
    drop(read);

    let mut tx = world.begin().await;
    assert!(tx.end_session(old, at(40)).await.unwrap());
    assert!(!tx.end_session(old, at(50)).await.unwrap());
    assert!(!tx.end_session(SessionId::new(1), at(50)).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let ended = read.session(old).await.unwrap().unwrap();
    let expected = SessionRecord {
        id: old,
        user_id: mia,
        device: "Firefox on Linux".to_owned(),
        address: "192.0.2.9".to_owned(),
        created_at: at(5),
        last_seen_at: at(30),
        ended_at: Some(at(40)),
    };
    assert_eq!(ended, expected);
    assert_eq!(read.sessions_of(mia).await.unwrap().len(), 1);
    assert_eq!(read.sessions_ended_since(at(40)).await.unwrap(), [old]);
    assert_eq!(read.sessions_ended_since(at(41)).await.unwrap(), []);
}

async fn ending_all_sessions_can_spare_one(world: World) {
    let (mia, other) = (world.person("mia").await, world.person("other").await);
    let mine = [world.session(mia, 1).await, world.session(mia, 2).await, world.session(mia, 3).await];
    let theirs = world.session(other, 4).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.end_sessions_of(mia, Some(mine[1]), at(9)).await.unwrap(), [mine[0], mine[2]]);
    assert_eq!(tx.end_sessions_of(mia, None, at(10)).await.unwrap(), [mine[1]]);
    assert_eq!(tx.end_sessions_of(mia, None, at(11)).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.session(theirs).await.unwrap().unwrap().ended_at, None);
}

async fn a_refresh_token_is_spent_once(world: World) {
    let mia = world.person("mia").await;
    let session_id = world.session(mia, 1).await;
    let token = RefreshRecord { hash: "ab12".to_owned(), session_id, created_at: at(6), spent_at: None };
    let mut tx = world.begin().await;
    tx.insert_refresh_token(&token).await.unwrap();
    assert_eq!(tx.refresh_token("ab12").await.unwrap(), Some(token.clone()));
    assert!(tx.spend_refresh_token("ab12", at(7)).await.unwrap());
    assert!(!tx.spend_refresh_token("ab12", at(8)).await.unwrap());
    assert!(!tx.spend_refresh_token("none", at(8)).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let spent = RefreshRecord { spent_at: Some(at(7)), ..token };
    assert_eq!(read.refresh_token("ab12").await.unwrap(), Some(spent));
    assert_eq!(read.refresh_token("none").await.unwrap(), None);
}

async fn old_sessions_are_forgotten_with_their_tokens(world: World) {
    let mia = world.person("mia").await;
    let (ended, unseen, open) =
        (world.session(mia, 50).await, world.session(mia, 10).await, world.session(mia, 50).await);
    let mut tx = world.begin().await;
    tx.end_session(ended, at(60)).await.unwrap();
    for (hash, session_id) in [("a", ended), ("b", unseen), ("c", open)] {
        let token = RefreshRecord { hash: hash.to_owned(), session_id, created_at: at(6), spent_at: None };
        tx.insert_refresh_token(&token).await.unwrap();
    }
    assert_eq!(tx.purge_sessions(at(60), at(10)).await.unwrap(), 0);
    assert_eq!(tx.purge_sessions(at(61), at(11)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.refresh_token("a").await.unwrap(), None);
    assert_eq!(read.refresh_token("b").await.unwrap(), None);
    assert!(read.refresh_token("c").await.unwrap().is_some());
    assert!(read.session(open).await.unwrap().is_some());
}

// ----------------------------------------------------------------------------------------------------------- posts

async fn a_post_comes_back_as_it_was_written(world: World) {
    let (mia, viewer) = (world.named("mia", "Mia Chen").await, world.person("viewer").await);
    let images =
        [world.image(mia, ImagePurpose::Photo, at(1)).await, world.image(mia, ImagePurpose::Photo, at(1)).await];
    let draft = world.draft(mia, Audience::Followers, "hello #Tea 'quotes' \u{1F375}");
    let mut tx = world.begin().await;
    tx.insert_post(&draft).await.unwrap();
    assert!(tx.attach_image(images[1], mia, draft.id, 0, "first").await.unwrap());
    assert!(tx.attach_image(images[0], mia, draft.id, 1, "").await.unwrap());
    tx.set_post_like(draft.id, viewer, true, at(5)).await.unwrap();
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    let post = read.post(draft.id, viewer).await.unwrap().unwrap();
    assert_eq!((post.content.as_str(), &post.entities), (draft.content.as_str(), &draft.entities));
    assert_eq!((post.user_id, post.author.full_name.as_str()), (mia, "Mia Chen"));
    assert_eq!((post.audience, post.timestamp, post.edited_at, post.version), (Audience::Followers, at(3), None, 1));
    assert_eq!((post.like_count, post.like_version, post.liked), (1, 1, Some(true)));
    assert_eq!((post.comment_count, post.comment_version), (0, 0));
    let shown = post.images.iter().map(|image| (image.id, image.alt.as_str(), image.width, image.height));
    assert_eq!(shown.collect::<Vec<_>>(), [(images[1], "first", 640, 480), (images[0], "", 640, 480)]);
    assert_eq!(post.images[0].url, format!("/media/images/{}", images[1]));
    assert_eq!(read.post(draft.id, mia).await.unwrap().unwrap().liked, Some(false));
    assert_eq!(read.post(PostId::new(1), mia).await.unwrap(), None);
    assert_eq!(read.post_facts(PostId::new(1), mia).await.unwrap(), None);
}

async fn a_client_id_makes_one_post_and_one_comment(world: World) {
    let (mia, other) = (world.person("mia").await, world.person("other").await);
    let mut draft = world.draft(mia, Audience::Public, "once");
    draft.client_id = Some("c1".to_owned());
    let mut remark = world.remark(mia, draft.id, None, "once");
    remark.client_id = Some("c1".to_owned());
    let mut tx = world.begin().await;
    tx.insert_post(&draft).await.unwrap();
    tx.insert_comment(&remark).await.unwrap();
    tx.commit().await.unwrap();

    let again = hubbub::server::domain::ports::PostRecord { id: PostId::new(world.next()), ..draft.clone() };
    let refused = world.begin().await.insert_post(&again).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken("client_id")), "{refused:?}");
    let repeated = hubbub::server::domain::ports::CommentRecord { id: CommentId::new(world.next()), ..remark.clone() };
    let refused = world.begin().await.insert_comment(&repeated).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken("client_id")), "{refused:?}");

    let mut tx = world.begin().await;
    tx.insert_post(&hubbub::server::domain::ports::PostRecord { author: other, ..again }).await.unwrap();
    tx.insert_comment(&hubbub::server::domain::ports::CommentRecord { author: other, ..repeated }).await.unwrap();
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.post_by_client_id(mia, "c1").await.unwrap(), Some(draft.id));
    assert_eq!(read.post_by_client_id(mia, "c2").await.unwrap(), None);
    assert_eq!(read.comment_by_client_id(mia, "c1").await.unwrap(), Some(remark.id));
    assert_eq!(read.comment_by_client_id(mia, "c2").await.unwrap(), None);
}

async fn an_edit_replaces_text_and_tags_and_raises_the_version(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "#tea and #tea and #milk").await;
    let mut tx = world.begin().await;
    let text = "only #coffee";
    assert_eq!(tx.update_post(post, text, &crate::store::tags(text), at(7)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let view = read.post(post, mia).await.unwrap().unwrap();
    assert_eq!((view.content.as_str(), view.version, view.edited_at), (text, 2, Some(at(7))));
    for (tag, found) in [("tea", vec![]), ("milk", vec![]), ("coffee", vec![post])] {
        let tagged = read.posts(mia, &PostFilter::Tagged(tag.to_owned()), None, 10).await.unwrap();
        assert_eq!(ids(&tagged), found, "{tag}");
    }
    drop(read);
    let mut tx = world.begin().await;
    assert_eq!(tx.update_post(post, "no tag", &[], at(8)).await.unwrap(), 3);
    tx.commit().await.unwrap();
    let tagged = world.read().await.posts(mia, &PostFilter::Tagged("coffee".to_owned()), None, 10).await.unwrap();
    assert_eq!(tagged, []);
}

async fn a_deleted_post_is_in_no_list_and_can_come_back(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "#tea").await;
    let filters =
        [PostFilter::Everyone, PostFilter::Following, PostFilter::By(mia), PostFilter::Tagged("tea".to_owned())];
    for (when, version, listed) in [(Some(at(8)), 2, vec![]), (None, 3, vec![post])] {
        let mut tx = world.begin().await;
        assert_eq!(tx.set_post_deleted(post, when).await.unwrap(), version);
        tx.commit().await.unwrap();
        let mut read = world.read().await;
        let facts = read.post_facts(post, mia).await.unwrap().unwrap();
        assert_eq!((facts.deleted_at, facts.version, facts.author), (when, version, mia));
        assert!(read.post(post, mia).await.unwrap().is_some());
        for filter in &filters {
            assert_eq!(ids(&read.posts(mia, filter, None, 10).await.unwrap()), listed, "{filter:?}");
        }
        let counted = read.post_counts(mia, &[post]).await.unwrap();
        assert_eq!(counted.iter().map(|counts| counts.post_id).collect::<Vec<_>>(), listed);
    }
}

async fn lists_show_exactly_what_the_audience_rule_allows(world: World) {
    let (author, fan, stranger) =
        (world.person("author").await, world.person("fan").await, world.person("stranger").await);
    world.follow(fan, author).await;
    // Being followed back opens nothing.
    world.follow(author, stranger).await;
    let mut posts = Vec::new();
    for audience in [Audience::Public, Audience::Followers] {
        for deleted in [None, Some(at(9))] {
            let post = world.post(author, audience, "#tea").await;
            world.delete_post(post, deleted).await;
            posts.push(post);
        }
    }
    let mut read = world.read().await;
    for viewer in [author, fan, stranger] {
        let mut allowed = BTreeSet::new();
        for post in &posts {
            let facts = read.post_facts(*post, viewer).await.unwrap().unwrap();
            assert_eq!(facts.relation.follows, viewer == fan);
            if may_see_post(&facts) {
                allowed.insert(*post);
            }
        }
        for filter in [PostFilter::Everyone, PostFilter::By(author), PostFilter::Tagged("tea".to_owned())] {
            let listed = ids(&read.posts(viewer, &filter, None, 10).await.unwrap());
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), allowed, "{filter:?}");
        }
        let followed = ids(&read.posts(viewer, &PostFilter::Following, None, 10).await.unwrap());
        let expected = if viewer == stranger { BTreeSet::new() } else { allowed.clone() };
        assert_eq!(followed.into_iter().collect::<BTreeSet<_>>(), expected);
        let counted = read.post_counts(viewer, &posts).await.unwrap();
        assert_eq!(counted.iter().map(|counts| counts.post_id).collect::<BTreeSet<_>>(), allowed);
        assert_eq!(read.profile(author, viewer).await.unwrap().unwrap().post_count, allowed.len() as u64);
    }
    assert_eq!(read.post_counts(author, &[]).await.unwrap(), []);
}

async fn every_list_pages_by_key_without_gap_or_repeat(world: World) {
    let (mia, other, viewer) = (world.person("mia").await, world.person("other").await, world.person("viewer").await);
    world.follow(viewer, mia).await;
    for place in 0..17 {
        let author = if place % 3 == 0 { other } else { mia };
        let audience = if place % 4 == 0 { Audience::Followers } else { Audience::Public };
        let post = world.post(author, audience, "#tea").await;
        if place % 5 == 0 {
            world.delete_post(post, Some(at(9))).await;
        }
    }
    let mut read = world.read().await;
    for filter in
        [PostFilter::Everyone, PostFilter::Following, PostFilter::By(mia), PostFilter::Tagged("tea".to_owned())]
    {
        let whole = ids(&read.posts(viewer, &filter, None, 100).await.unwrap());
        assert!(whole.len() > 5 && whole.is_sorted_by(|newer, older| newer > older), "{filter:?}: {whole:?}");
        for limit in 1..=4 {
            let mut paged = Vec::new();
            loop {
                let page = ids(&read.posts(viewer, &filter, paged.last().copied(), limit).await.unwrap());
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, whole, "{filter:?} by {limit}");
        }
        assert_eq!(read.posts(viewer, &filter, None, 0).await.unwrap(), []);
    }
}

async fn the_following_feed_is_the_newest_of_all_followed(world: World) {
    let viewer = world.person("viewer").await;
    let mut expected = vec![world.post(viewer, Audience::Public, "mine").await];
    let mut authors = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let author = world.person(name).await;
        if name != "f" {
            world.follow(viewer, author).await;
        }
        authors.push(author);
    }
    // One who posts a lot, some who post little, one who never does, one who is not followed.
    for (author, followed) in [(0, true), (1, true), (5, false), (0, true), (0, true), (2, true), (3, true), (0, true)]
    {
        let post = world.post(authors[author], Audience::Followers, "hm").await;
        if followed {
            expected.insert(0, post);
        }
    }
    let mut read = world.read().await;
    for limit in 1..=10 {
        let page = ids(&read.posts(viewer, &PostFilter::Following, None, limit).await.unwrap());
        assert_eq!(page, expected[..limit.min(expected.len())], "{limit}");
        let later = ids(&read.posts(viewer, &PostFilter::Following, Some(expected[2]), limit).await.unwrap());
        assert_eq!(later, expected[3..(3 + limit).min(expected.len())], "{limit}");
    }
}

// ----------------------------------------------------------------------------------------------------------- likes

async fn a_second_like_changes_nothing(world: World) {
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    let post = world.post(mia, Audience::Public, "hm").await;
    let comment = world.comment(mia, post, None).await;
    let mut tx = world.begin().await;
    assert!(!tx.likes_post(post, fan).await.unwrap());
    for (liked, changed, like_count, version) in
        [(false, false, 0, 0), (true, true, 1, 1), (true, false, 1, 1), (false, true, 0, 2), (false, false, 0, 2)]
    {
        let expected = LikeChange { changed, like_count, version };
        assert_eq!(tx.set_post_like(post, fan, liked, at(5)).await.unwrap(), expected);
        assert_eq!(tx.set_comment_like(comment, fan, liked, at(5)).await.unwrap(), expected);
        assert_eq!(tx.likes_post(post, fan).await.unwrap(), liked);
    }
    assert!(tx.set_comment_like(comment, fan, true, at(6)).await.unwrap().changed);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let view = read.comment(comment, fan).await.unwrap().unwrap();
    assert_eq!((view.like_count, view.like_version, view.liked), (1, 3, Some(true)));
    let view = read.post(post, fan).await.unwrap().unwrap();
    assert_eq!((view.like_count, view.like_version, view.liked), (0, 2, Some(false)));
    drop(read);
    world.begin().await.set_post_like(PostId::new(1), fan, true, at(5)).await.unwrap_err();
}

async fn likes_at_the_same_moment_are_all_counted(world: World) {
    const FANS: usize = 64;
    let world = Arc::new(world);
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let mut fans = Vec::new();
    for number in 0..FANS {
        fans.push(world.person(&format!("fan{number}")).await);
    }
    let mut running = tokio::task::JoinSet::new();
    for fan in fans {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            let change = tx.set_post_like(post, fan, true, at(5)).await.unwrap();
            tx.commit().await.unwrap();
            assert!(change.changed);
            (change.like_count, change.version)
        });
    }
    let seen = running.join_all().await.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(seen, (1..=FANS as u64).map(|count| (count, count)).collect());
    let counts = world.read().await.post_counts(mia, &[post]).await.unwrap();
    assert_eq!((counts[0].like_count, counts[0].like_version, counts[0].liked), (FANS as u64, FANS as u64, false));
}

async fn the_same_like_at_the_same_moment_counts_once(world: World) {
    let world = Arc::new(world);
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            let change = tx.set_post_like(post, mia, true, at(5)).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!((change.like_count, change.version), (1, 1));
            change.changed
        });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|changed| *changed).count(), 1);
}

// -------------------------------------------------------------------------------------------------------- comments

async fn comments_come_newest_first_with_their_newest_replies(world: World) {
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    let (post, elsewhere) =
        (world.post(mia, Audience::Public, "hm").await, world.post(mia, Audience::Public, "hm").await);
    let remark = world.remark(fan, post, None, "first #tea");
    let mut tx = world.begin().await;
    assert_eq!(tx.insert_comment(&remark).await.unwrap(), CommentCount { comment_count: 1, version: 1 });
    tx.commit().await.unwrap();
    let first = remark.id;
    let second = world.comment(mia, post, None).await;
    world.comment(mia, elsewhere, None).await;
    let mut replies = Vec::new();
    for _ in 0..5 {
        replies.push(world.comment(mia, post, Some(first)).await);
    }
    let third = world.comment(mia, post, None).await;
    let only = world.comment(fan, post, Some(third)).await;

    let mut read = world.read().await;
    let page = read.comments(post, fan, None, 10, 3).await.unwrap();
    assert_eq!(page.iter().map(|comment| comment.id).collect::<Vec<_>>(), [third, second, first]);
    let under = page.iter().map(|comment| comment.replies.iter().map(|reply| reply.id).collect::<Vec<_>>());
    assert_eq!(under.collect::<Vec<_>>(), [vec![only], vec![], replies[2..].to_vec()]);
    assert_eq!(page.iter().map(|comment| comment.reply_count).collect::<Vec<_>>(), [1, 0, 5]);
    assert_eq!(page[2].replies[0].parent_id, Some(first));
    assert_eq!((page[2].content.as_str(), &page[2].entities), ("first #tea", &remark.entities));
    assert_eq!((page[2].user_id, page[2].author.username.as_str(), page[2].timestamp), (fan, "fan", at(4)));
    assert_eq!((page[2].liked, page[2].deleted), (Some(false), false));

    let bare = read.comments(post, fan, Some(third), 1, 0).await.unwrap();
    assert_eq!((bare.len(), bare[0].id, bare[0].replies.len()), (1, second, 0));
    let page = read.replies(first, fan, Some(replies[3]), 2).await.unwrap();
    assert_eq!(page.iter().map(|reply| reply.id).collect::<Vec<_>>(), [replies[2], replies[1]]);
    let facts = read.comment_facts(replies[0]).await.unwrap().unwrap();
    assert_eq!((facts.post_id, facts.parent_id, facts.author, facts.deleted_at), (post, Some(first), mia, None));
    assert_eq!(read.comment_facts(CommentId::new(1)).await.unwrap(), None);
    assert_eq!(read.comment(CommentId::new(1), fan).await.unwrap(), None);
    assert_eq!(read.post(post, fan).await.unwrap().unwrap().comment_count, 9);
}

async fn deleted_comments_are_not_counted(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let (first, second) = (world.comment(mia, post, None).await, world.comment(mia, post, None).await);
    let mut tx = world.begin().await;
    for (comment, when, comment_count, version) in [
        (first, Some(at(8)), 1, 3),
        (first, Some(at(9)), 1, 3),
        (second, None, 1, 3),
        (second, Some(at(9)), 0, 4),
        (first, None, 1, 5),
    ] {
        let expected = CommentCount { comment_count, version };
        assert_eq!(tx.set_comment_deleted(comment, when).await.unwrap(), expected);
    }
    tx.set_comment_deleted(CommentId::new(1), None).await.unwrap_err();
    drop(tx);
    world.delete_comment(second, Some(at(9))).await;
    let mut read = world.read().await;
    let page = read.comments(post, mia, None, 10, 3).await.unwrap();
    assert_eq!(page.iter().map(|comment| comment.id).collect::<Vec<_>>(), [first]);
    assert_eq!(read.comment_facts(second).await.unwrap().unwrap().deleted_at, Some(at(9)));
}

async fn a_deleted_comment_stays_in_place_while_it_has_replies(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let parent = world.comment(mia, post, None).await;
    let reply = world.comment(mia, post, Some(parent)).await;
    world.delete_comment(parent, Some(at(8))).await;

    let page = world.read().await.comments(post, mia, None, 10, 3).await.unwrap();
    assert_eq!((page[0].id, page[0].deleted, page[0].content.as_str()), (parent, true, ""));
    assert_eq!(page[0].replies.iter().map(|reply| reply.id).collect::<Vec<_>>(), [reply]);
    let alone = world.read().await.comment(parent, mia).await.unwrap().unwrap();
    assert_eq!((alone.deleted, alone.content.as_str(), alone.reply_count), (true, "", 1));

    world.delete_comment(reply, Some(at(9))).await;
    assert_eq!(world.read().await.comments(post, mia, None, 10, 3).await.unwrap(), []);
    assert_eq!(world.read().await.replies(parent, mia, None, 10).await.unwrap(), []);

    world.delete_comment(parent, None).await;
    let page = world.read().await.comments(post, mia, None, 10, 3).await.unwrap();
    assert_eq!((page[0].deleted, page[0].content.as_str(), page[0].reply_count), (false, "hm", 0));
}

// --------------------------------------------------------------------------------------------------------- follows

async fn follows_are_counted_on_both_sides(world: World) {
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    let mut tx = world.begin().await;
    assert!(!tx.follows(fan, mia).await.unwrap());
    assert!(!tx.delete_follow(fan, mia).await.unwrap());
    assert!(tx.insert_follow(fan, mia, world.next(), at(5)).await.unwrap());
    assert!(!tx.insert_follow(fan, mia, world.next(), at(6)).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert!(read.follows(fan, mia).await.unwrap());
    assert!(!read.follows(mia, fan).await.unwrap());
    assert_eq!(read.count_following(fan).await.unwrap(), 1);
    assert_eq!(read.count_following(UserId::new(1)).await.unwrap(), 0);
    assert_eq!(read.profile(mia, fan).await.unwrap().unwrap().follower_count, 1);
    let sources = read.feed_sources(fan, 10).await.unwrap();
    assert_eq!(sources, [(mia, Relation { follows: true, ..Relation::default() })]);
    assert_eq!(read.feed_sources(mia, 10).await.unwrap(), []);
    drop(read);
    let mut tx = world.begin().await;
    assert!(tx.delete_follow(fan, mia).await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.count_following(fan).await.unwrap(), 0);
    assert_eq!(read.profile(mia, fan).await.unwrap().unwrap().follower_count, 0);
    drop(read);
    world.begin().await.insert_follow(mia, mia, world.next(), at(5)).await.unwrap_err();
}

async fn two_who_follow_each_other_at_the_same_moment_do_not_block(world: World) {
    let world = Arc::new(world);
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    for _ in 0..8 {
        let mut running = tokio::task::JoinSet::new();
        for (follower, followee) in [(mia, fan), (fan, mia)] {
            let world = Arc::clone(&world);
            running.spawn(async move {
                let mut tx = world.begin().await;
                if !tx.insert_follow(follower, followee, world.next(), at(5)).await.unwrap() {
                    tx.delete_follow(follower, followee).await.unwrap();
                }
                tx.commit().await.unwrap();
            });
        }
        running.join_all().await;
    }
    assert_eq!(world.read().await.count_following(mia).await.unwrap(), 0);
}

async fn lists_of_follows_page_newest_first(world: World) {
    let (mia, viewer) = (world.person("mia").await, world.person("viewer").await);
    let mut fans = Vec::new();
    for name in ["a", "b", "c"] {
        let fan = world.person(name).await;
        world.follow(fan, mia).await;
        world.follow(mia, fan).await;
        fans.push(fan);
    }
    world.follow(viewer, fans[1]).await;
    let mut read = world.read().await;
    let whole = read.followers(mia, viewer, None, 10).await.unwrap();
    let listed = whole.iter().map(|(_, item)| (item.person.username.as_str(), item.followed)).collect::<Vec<_>>();
    assert_eq!(listed, [("c", false), ("b", true), ("a", false)]);
    let first = read.followers(mia, viewer, None, 2).await.unwrap();
    let rest = read.followers(mia, viewer, Some(first[1].0), 2).await.unwrap();
    assert_eq!([first, rest].concat(), whole);

    let whole = read.following(mia, viewer, None, 10).await.unwrap();
    assert_eq!(whole.iter().map(|(_, item)| item.person.id).collect::<Vec<_>>(), [fans[2], fans[1], fans[0]]);
    let rest = read.following(mia, viewer, Some(whole[0].0), 10).await.unwrap();
    assert_eq!(rest, whole[1..]);
    let newest = read.feed_sources(mia, 2).await.unwrap().into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>();
    assert_eq!(newest, BTreeSet::from([fans[2], fans[1]]));
    assert_eq!(read.following(viewer, mia, None, 10).await.unwrap().len(), 1);
}

// ---------------------------------------------------------------------------------------------------------- images

async fn a_picture_is_attached_once_by_its_owner(world: World) {
    let (mia, other) = (world.person("mia").await, world.person("other").await);
    let (post, second) = (world.post(mia, Audience::Public, "hm").await, world.post(mia, Audience::Public, "hm").await);
    let photo = world.image(mia, ImagePurpose::Photo, at(1)).await;
    let face = world.image(mia, ImagePurpose::Avatar, at(1)).await;
    let mut tx = world.begin().await;
    assert!(!tx.attach_image(photo, other, post, 0, "").await.unwrap());
    assert!(!tx.attach_image(face, mia, post, 0, "").await.unwrap());
    assert!(!tx.attach_image(ImageId::new(1), mia, post, 0, "").await.unwrap());
    assert!(tx.attach_image(photo, mia, post, 0, "tea").await.unwrap());
    assert!(!tx.attach_image(photo, mia, second, 0, "").await.unwrap());
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    let image = read.image(photo).await.unwrap().unwrap();
    assert_eq!((image.owner, image.purpose, image.post_id), (mia, ImagePurpose::Photo, Some(post)));
    assert_eq!((image.content_type.as_str(), image.size_bytes, image.created_at), ("image/jpeg", 12_345, at(1)));
    assert_eq!(read.image(face).await.unwrap().unwrap().purpose, ImagePurpose::Avatar);
    assert_eq!(read.image(ImageId::new(1)).await.unwrap(), None);
}

async fn unused_pictures_are_purged_and_faces_kept(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let shown = world.image(mia, ImagePurpose::Photo, at(1)).await;
    let face = world.image(mia, ImagePurpose::Avatar, at(1)).await;
    let unused = [
        world.image(mia, ImagePurpose::Photo, at(2)).await,
        world.image(mia, ImagePurpose::Avatar, at(3)).await,
        world.image(mia, ImagePurpose::Photo, at(4)).await,
    ];
    let recent = world.image(mia, ImagePurpose::Photo, at(50)).await;
    let mut tx = world.begin().await;
    tx.attach_image(shown, mia, post, 0, "").await.unwrap();
    tx.set_avatar(mia, Some(face)).await.unwrap();
    assert_eq!(tx.purge_images(at(50), 2).await.unwrap(), unused[..2]);
    assert_eq!(tx.purge_images(at(50), 2).await.unwrap(), unused[2..]);
    assert_eq!(tx.purge_images(at(50), 2).await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    for kept in [shown, face, recent] {
        assert!(read.image(kept).await.unwrap().is_some());
    }
    assert_eq!(read.image(unused[0]).await.unwrap(), None);
}

async fn purged_posts_take_everything_along_and_free_their_pictures(world: World) {
    let (mia, fan) = (world.person("mia").await, world.person("fan").await);
    let (old, recent) =
        (world.post(mia, Audience::Public, "#tea").await, world.post(mia, Audience::Public, "#tea").await);
    let photo = world.image(mia, ImagePurpose::Photo, at(1)).await;
    let comment = world.comment(fan, old, None).await;
    let reply = world.comment(mia, old, Some(comment)).await;
    let mut tx = world.begin().await;
    tx.attach_image(photo, mia, old, 0, "").await.unwrap();
    tx.set_post_like(old, fan, true, at(5)).await.unwrap();
    tx.set_comment_like(reply, fan, true, at(5)).await.unwrap();
    tx.set_post_deleted(old, Some(at(10))).await.unwrap();
    tx.set_post_deleted(recent, Some(at(20))).await.unwrap();
    assert_eq!(tx.purge_posts(at(10), 10).await.unwrap(), []);
    assert_eq!(tx.purge_posts(at(11), 10).await.unwrap(), [photo]);
    tx.commit().await.unwrap();
    let mut read = world.read().await;
    assert_eq!(read.post_facts(old, mia).await.unwrap(), None);
    assert_eq!(read.comment_facts(comment).await.unwrap(), None);
    assert_eq!(read.comment_facts(reply).await.unwrap(), None);
    assert_eq!(read.image(photo).await.unwrap(), None);
    assert!(read.post_facts(recent, mia).await.unwrap().is_some());
}

// ------------------------------------------------------------------------------------------- outbox and idempotency

async fn outbox_entries_are_leased_to_one_relay_at_a_time(world: World) {
    let mut entries = Vec::new();
    let mut tx = world.begin().await;
    assert_eq!(tx.outbox_depth().await.unwrap(), (0, None));
    for place in 0..3 {
        let event = ServerEvent::Ack(Ack { reference: place.to_string(), result: AckResult::default() });
        let entry = OutboxRecord {
            id: OutboxId::new(world.next()),
            work: Work::Publish(Publication::Person { user_id: UserId::new(7), event }),
            created_at: at(place),
            attempts: 0,
        };
        tx.insert_outbox(std::slice::from_ref(&entry), at(100)).await.unwrap();
        entries.push(entry);
    }
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.outbox_depth().await.unwrap(), (3, Some(at(0))));

    let tried = |entry: &OutboxRecord, attempts| OutboxRecord { attempts, ..entry.clone() };
    let mut tx = world.begin().await;
    assert_eq!(tx.lease_outbox(at(99), at(200), 10).await.unwrap(), []);
    assert_eq!(tx.lease_outbox(at(100), at(200), 2).await.unwrap(), [tried(&entries[0], 1), tried(&entries[1], 1)]);
    assert_eq!(tx.lease_outbox(at(100), at(300), 10).await.unwrap(), [tried(&entries[2], 1)]);
    tx.finish_outbox(&[entries[0].id]).await.unwrap();
    tx.finish_outbox(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin().await;
    assert_eq!(tx.lease_outbox(at(250), at(400), 10).await.unwrap(), [tried(&entries[1], 2)]);
    tx.finish_outbox(&[entries[1].id, entries[2].id]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.outbox_depth().await.unwrap(), (0, None));
}

async fn an_answer_is_remembered_for_its_person_and_key(world: World) {
    let (mia, other) = (world.person("mia").await, world.person("other").await);
    let mut tx = world.begin().await;
    assert_eq!(tx.remembered_answer(mia, "k").await.unwrap(), None);
    tx.remember_answer(mia, "k", "{}", at(10)).await.unwrap();
    tx.remember_answer(mia, "k2", "[]", at(20)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin().await;
    assert_eq!(tx.remembered_answer(mia, "k").await.unwrap().as_deref(), Some("{}"));
    assert_eq!(tx.remembered_answer(other, "k").await.unwrap(), None);
    assert_eq!(tx.purge_answers(at(10)).await.unwrap(), 0);
    assert_eq!(tx.purge_answers(at(11)).await.unwrap(), 1);
    assert_eq!(tx.remembered_answer(mia, "k").await.unwrap(), None);
    assert_eq!(tx.remembered_answer(mia, "k2").await.unwrap().as_deref(), Some("[]"));
}

async fn one_key_at_the_same_moment_is_answered_once(world: World) {
    let world = Arc::new(world);
    let mia = world.person("mia").await;
    let mut running = tokio::task::JoinSet::new();
    for place in 0..8 {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            if let Some(answer) = tx.remembered_answer(mia, "k").await.unwrap() {
                return answer;
            }
            let answer = place.to_string();
            tx.remember_answer(mia, "k", &answer, at(1)).await.unwrap();
            tx.commit().await.unwrap();
            answer
        });
    }
    assert_eq!(running.join_all().await.into_iter().collect::<BTreeSet<_>>().len(), 1);
}

// ---------------------------------------------------------------------------------------------------- transactions

async fn a_dropped_transaction_leaves_nothing(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    for _ in 0..20 {
        let mut tx = world.begin().await;
        tx.set_post_like(post, mia, true, at(5)).await.unwrap();
        drop(tx);
    }
    // Dropped in the middle of a statement, too.
    for _ in 0..20 {
        let mut tx = world.begin().await;
        let mut liking = tx.set_post_like(post, mia, true, at(5));
        // A database that is quick may have answered already.
        if let Poll::Ready(change) = futures::poll!(&mut liking) {
            assert!(change.unwrap().changed);
        }
        drop(liking);
        drop(tx);
    }
    let counts = world.read().await.post_counts(mia, &[post]).await.unwrap();
    assert_eq!((counts[0].like_count, counts[0].like_version), (0, 0));
    let mut tx = world.begin().await;
    assert!(tx.set_post_like(post, mia, true, at(5)).await.unwrap().changed);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.post_counts(mia, &[post]).await.unwrap()[0].like_count, 1);
}

async fn a_read_sees_committed_data_only(world: World) {
    let mia = world.person("mia").await;
    let post = world.post(mia, Audience::Public, "hm").await;
    let mut tx = world.begin().await;
    tx.set_post_like(post, mia, true, at(5)).await.unwrap();
    assert_eq!(tx.post(post, mia).await.unwrap().unwrap().like_count, 1);
    assert_eq!(world.read().await.post(post, mia).await.unwrap().unwrap().like_count, 0);
    tx.commit().await.unwrap();
    assert_eq!(world.read().await.post(post, mia).await.unwrap().unwrap().like_count, 1);
}

async fn a_cancelled_begin_leaves_the_store_healthy(world: World) {
    let world = Arc::new(world);
    let mia = world.person("mia").await;
    for steps in 0..60 {
        let mut beginning = world.store.begin();
        for _ in 0..steps % 6 {
            if futures::poll!(&mut beginning).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(beginning);
    }
    // Whatever was begun and forgotten is gone: every connection reads and writes outside of any old transaction.
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let world = Arc::clone(&world);
        running.spawn(async move {
            world.post(mia, Audience::Public, "hm").await;
            world.read().await.profile(mia, mia).await.unwrap().unwrap().post_count
        });
    }
    running.join_all().await;
    assert_eq!(world.read().await.profile(mia, mia).await.unwrap().unwrap().post_count, 24);
}

async fn two_first_people_are_not_both_first(world: World) {
    let world = Arc::new(world);
    let mut running = tokio::task::JoinSet::new();
    for name in ["a", "b", "c", "d"] {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let mut tx = world.begin().await;
            let first = tx.count_people().await.unwrap() == 0;
            tx.insert_person(&world.someone(name, "Someone")).await.unwrap();
            tx.commit().await.unwrap();
            first
        });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|first| *first).count(), 1);
}

async fn the_store_says_when_it_takes_writes(world: World) {
    world.store.probe().await.unwrap();
    world.store.probe().await.unwrap();
}

async fn presence_is_known_to_those_who_show_theirs_and_are_not_blocked(world: World) {
    let mut tx = world.begin().await;
    let mut people = Vec::new();
    for name in ["ana", "ben", "cleo", "dan"] {
        let person = world.someone(name, name);
        tx.insert_person(&person).await.unwrap();
        people.push(person.id);
    }
    let [ana, ben, cleo, dan] = people[..] else { panic!("four people") };
    let hidden = Privacy { shows_presence: false, ..tx.privacy(dan).await.unwrap().unwrap() };
    tx.set_privacy(dan, hidden).await.unwrap();
    tx.set_last_seen(ben, at(9)).await.unwrap();
    tx.set_block(ana, cleo, true, at(1)).await.unwrap();
    tx.commit().await.unwrap();

    let mut read = world.read().await;
    let asked = [ana, ben, cleo, dan].map(|viewer| (viewer, vec![ana, ben, cleo, dan, ben]));
    let known = read.presence(&asked).await.unwrap();
    let ids = |records: &Vec<PresenceRecord>| records.iter().map(|record| record.person.id).collect::<Vec<_>>();
    assert_eq!(
        known.iter().map(ids).collect::<Vec<_>>(),
        [vec![ana, ben], vec![ana, ben, cleo], vec![ben, cleo], vec![]]
    );
    assert_eq!(known[2][0].last_seen_at, Some(at(9)));
}

async fn the_store_counts_what_is_asked_of_it(world: World) {
    let before = world.store.activity();
    let mut read = world.read().await;
    for _ in 0..3 {
        read.count_people().await.unwrap();
    }
    let mut tx = world.begin().await;
    tx.count_people().await.unwrap();
    tx.commit().await.unwrap();
    let after = world.store.activity();
    assert_eq!((after.reads - before.reads, after.transactions - before.transactions), (3, 1));
}
