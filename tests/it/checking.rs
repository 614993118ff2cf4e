//! `hubbub check`: what does not agree is found, what is derived is set right, and a healthy community is left alone.

use std::{fs, path::Path, process::Command, time::Duration};

use hubbub::server::{config::Settings, upkeep};
use sqlx::Connection;
use tempfile::TempDir;

use crate::{
    moving::{demo_in, rows_of_file, serving, sqlite},
    store::{fresh_database, postgres_url},
};

async fn demo() -> (TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    demo_in(&data).await;
    (folder, Settings::in_folder(data))
}

async fn run(file: &Path, statement: &'static str) {
    let mut connection = sqlite(file).await;
    // Faults are what foreign keys would have kept out.
    sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
    let done = sqlx::query(statement).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

/// Each with the rule that finds it, and whether it can be set right.
const PLANTED: &[(&str, &str, bool)] = &[
    ("likes of posts", "UPDATE post SET like_count = like_count + 3 WHERE id = (SELECT max(id) FROM post)", true),
    ("likes of comments", "UPDATE comment SET like_count = 77 WHERE id = (SELECT min(id) FROM comment)", true),
    ("comments", "UPDATE post SET comment_count = comment_count + 1", true),
    ("followers", "UPDATE person SET follower_count = follower_count + 1 WHERE username = 'mina'", true),
    ("following", "UPDATE person SET following_count = following_count + 1 WHERE username = 'mina'", true),
    ("applications", "UPDATE job SET application_count = application_count + 1", true),
    ("unread notifications", "UPDATE person_bell SET unread_count = unread_count + 1", true),
    (
        "notifications",
        "UPDATE notification SET count = count + 1 WHERE id = (SELECT min(notification_id) FROM notification_thing)",
        true,
    ),
    ("entries of bells", "UPDATE notification SET seq = (SELECT max(last_seq) + 1 FROM person_bell)", true),
    ("last numbers", "UPDATE conversation SET last_number = last_number + 1", true),
    ("entries of conversations", "UPDATE conversation SET seq = seq - 1", true),
    ("last messages", "UPDATE conversation SET last_message_id = 1 WHERE last_message_id IS NOT NULL", true),
    (
        "positions in conversations",
        "UPDATE conversation_member SET read_number = read_number + 1000, delivered_number = delivered_number + 1000",
        true,
    ),
    ("numbers of messages", "UPDATE message SET number = number + 1 WHERE id = (SELECT max(id) FROM message)", false),
    ("changes of messages", "UPDATE message SET revision = -revision", false),
    (
        "pairs",
        "DELETE FROM conversation_member WHERE conversation_id = (SELECT min(id) FROM conversation \
      WHERE kind = 'direct') AND user_id = (SELECT pair_low FROM conversation WHERE kind = 'direct' ORDER BY id LIMIT 1)",
        false,
    ),
    (
        "connections",
        "DELETE FROM connection WHERE place = (SELECT max(place) FROM connection) AND person_id < other_id",
        false,
    ),
    ("steps of applications", "UPDATE application SET version = version + 1", false),
    ("orphaned rows", "UPDATE comment SET parent_id = 1 WHERE id = (SELECT max(id) FROM comment)", false),
];

#[tokio::test]
async fn a_healthy_community_agrees_with_itself() {
    let (_folder, settings) = demo().await;
    let running = serving(&settings.data_dir, &settings.database_url.masked()).await;
    let checked = upkeep::check(&settings, true).await.unwrap().unwrap();
    assert!(checked.is_clean() && checked.repaired.is_empty(), "{:?}", checked.lines());
    assert!(running.shutdown().await);
    assert!(upkeep::check(&Settings::in_folder("/nowhere".into()), false).await.unwrap().is_none());
}

#[tokio::test]
async fn each_planted_fault_is_found_and_what_is_derived_is_set_right() {
    let (folder, settings) = demo().await;
    let file = settings.data_dir.join("hubbub.db");
    let whole = folder.path().join("whole.db");
    fs::copy(&file, &whole).unwrap();
    let before = rows_of_file(&whole).await;
    for (rule, fault, is_repairable) in PLANTED {
        fs::copy(&whole, &file).unwrap();
        run(&file, fault).await;
        let planted = rows_of_file(&file).await;
        assert_ne!(planted, before, "{fault}");
        let found = upkeep::check(&settings, false).await.unwrap().unwrap();
        let found = found.faults.iter().find(|found| found.rule == *rule);
        assert_eq!(found.unwrap_or_else(|| panic!("{rule} is not found")).is_repairable, *is_repairable);
        assert_eq!(rows_of_file(&file).await, planted, "{rule}: looking changes nothing");
        let repaired = upkeep::check(&settings, true).await.unwrap().unwrap();
        let is_left = repaired.faults.iter().any(|found| found.rule == *rule);
        assert_eq!(is_left, !is_repairable, "{rule}: {:?}", repaired.lines());
        assert_eq!(repaired.repaired.contains_key(rule), *is_repairable, "{rule}");
        if *is_repairable {
            assert!(repaired.is_clean(), "{rule}: {:?}", repaired.lines());
        }
    }
}

#[tokio::test]
async fn a_count_that_was_set_right_is_newer_than_the_wrong_one() {
    let (_folder, settings) = demo().await;
    let file = settings.data_dir.join("hubbub.db");
    let mut connection = sqlite(&file).await;
    let of_post = "SELECT like_count, like_version FROM post ORDER BY id DESC LIMIT 1";
    let before: (i64, i64) = sqlx::query_as(of_post).fetch_one(&mut connection).await.unwrap();
    run(&file, PLANTED[0].1).await;
    let running = serving(&settings.data_dir, &settings.database_url.masked()).await;
    upkeep::check(&settings, true).await.unwrap().unwrap();
    assert!(running.shutdown().await);
    let after: (i64, i64) = sqlx::query_as(of_post).fetch_one(&mut connection).await.unwrap();
    assert_eq!(after, (before.0, before.1 + 1));
}

#[tokio::test]
async fn files_that_are_missing_cut_or_unnamed_are_told() {
    let (_folder, settings) = demo().await;
    let uploads = settings.data_dir.join("uploads");
    let images: Vec<_> = fs::read_dir(uploads.join("images")).unwrap().map(|file| file.unwrap().path()).collect();
    fs::remove_file(&images[0]).unwrap();
    fs::write(&images[1], "cut").unwrap();
    for (name, age) in [("images/1", Duration::from_secs(7_200)), ("images/2", Duration::ZERO)] {
        fs::write(uploads.join(name), "stray").unwrap();
        let stray = fs::File::options().write(true).open(uploads.join(name)).unwrap();
        let written_at = stray.metadata().unwrap().modified().unwrap();
        stray.set_modified(written_at - age).unwrap();
    }
    let checked = upkeep::check(&settings, false).await.unwrap().unwrap();
    let name = |path: &Path| format!("images/{}", path.file_name().unwrap().to_str().unwrap());
    assert_eq!(checked.missing, [name(&images[0])]);
    assert_eq!(checked.wrong_length, [name(&images[1])]);
    assert_eq!(checked.unnamed, ["images/1"], "what was just written may get its row yet");
    assert!(checked.faults.is_empty());
}

#[tokio::test]
async fn postgresql_is_checked_and_repaired_likewise() {
    let Some(url) = postgres_url() else { return };
    let url = fresh_database(&url, "checked").await;
    let (_folder, settings) = demo().await;
    upkeep::move_house(&settings.database_url.masked(), &url, &mut |_| {}).await.unwrap();
    let database_url = hubbub::server::config::DatabaseUrl::parse(&url).unwrap();
    let settings = Settings { database_url, ..settings };
    let checked = upkeep::check(&settings, false).await.unwrap().unwrap();
    assert!(checked.is_clean(), "{:?}", checked.lines());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    for (rule, fault, is_repairable) in PLANTED.iter().filter(|planted| planted.2) {
        sqlx::query(*fault).execute(&mut connection).await.unwrap();
        let found = upkeep::check(&settings, false).await.unwrap().unwrap();
        assert!(found.faults.iter().any(|found| found.rule == *rule), "{rule}");
        let repaired = upkeep::check(&settings, true).await.unwrap().unwrap();
        assert!(repaired.is_clean() && *is_repairable, "{rule}: {:?}", repaired.lines());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_by_its_exit_code_whether_anything_is_wrong() {
    let (_folder, settings) = demo().await;
    let data = settings.data_dir.to_str().unwrap();
    let program = |more: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_hubbub")).args(["check", "--data-dir", data]).args(more).output();
        let done = done.unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    let (code, said) = program(&[]);
    assert!(code == Some(0) && said.contains("HUBBUB_ADDR") && said.contains("agrees with itself"), "{said}");
    run(&settings.data_dir.join("hubbub.db"), PLANTED[0].1).await;
    let (code, said) = program(&["--settings"]);
    assert!(code == Some(0) && said.contains("HUBBUB_ADDR") && !said.contains("likes"), "{said}");
    let (code, said) = program(&[]);
    assert!(code == Some(3) && said.contains("likes of posts") && said.contains("--repair"), "{said}");
    let (code, said) = program(&["--repair"]);
    assert!(code == Some(0) && said.contains("1 set right"), "{said}");
    assert_eq!(program(&[]).0, Some(0));
}
