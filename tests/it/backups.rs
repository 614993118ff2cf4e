//! Backups: whole while the server goes on, and restored as they were; what is broken is refused before anything is touched.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hubbub::server::{
    boot::{self, StartError},
    config::{DatabaseUrl, Settings},
    upkeep::{self, BackedUp, Restored, UpkeepError},
};
use hubbub_load::ports::free_addr;
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    moving::{demo_in, let_go, rows_of_file, serving},
    program::Program,
    s3::S3,
    site::{PASSWORD, Person, Site},
    store::{fresh_database, postgres_url},
};

async fn backup(settings: &Settings, file: &Path) -> Result<BackedUp, UpkeepError> {
    upkeep::backup(settings, file, &mut |_| {}).await
}

async fn restore(settings: &Settings, file: &Path, replace: bool) -> Result<Restored, UpkeepError> {
    upkeep::restore(settings, file, replace, &mut |_| {}).await
}

/// A demo community, its settings, and where its backup goes.
async fn demo() -> (TempDir, Settings, std::path::PathBuf, Person) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mina = demo_in(&data).await;
    let file = folder.path().join("community.backup");
    (folder, Settings::in_folder(data), file, mina)
}

/// Every file below a folder, by its name in it, with its bytes.
fn files_below(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        for entry in fs::read_dir(&one).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert((name, fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[tokio::test]
async fn files_in_a_store_elsewhere_are_backed_up_and_restored_too() {
    let Some(s3) = S3::start().await else { return };
    let (folder, settings, file, _) = demo().await;
    backup(&settings, &file).await.unwrap();
    let elsewhere = Settings { s3_url: Some(s3.url("files")), ..Settings::in_folder(folder.path().join("elsewhere")) };
    restore(&elsewhere, &file, false).await.unwrap();
    assert!(!elsewhere.data_dir.join("uploads").exists());
    let checked = upkeep::check(&elsewhere, false).await.unwrap().unwrap();
    assert!(checked.missing.is_empty() && checked.wrong_length.is_empty(), "{checked:?}");
    let again = folder.path().join("again.backup");
    assert_eq!(backup(&elsewhere, &again).await.unwrap().gone, 0);
    let home = Settings::in_folder(folder.path().join("home"));
    restore(&home, &again, false).await.unwrap();
    let uploads = |settings: &Settings| files_below(&settings.data_dir.join("uploads"));
    assert!(uploads(&home) == uploads(&settings) && !uploads(&home).is_empty());
}

#[tokio::test]
async fn a_backup_restored_elsewhere_is_the_same_community() {
    let (folder, settings, file, mina) = demo().await;
    let done = backup(&settings, &file).await.unwrap();
    assert!(done.files > 15 && done.gone == 0 && !done.keys_are_elsewhere, "{done:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&file).unwrap().len(), done.bytes);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left beside it: {names:?}");
    assert!(matches!(backup(&settings, &file).await, Err(UpkeepError::Taken(_))));

    let elsewhere = Settings::in_folder(folder.path().join("elsewhere"));
    let restored = restore(&elsewhere, &file, false).await.unwrap();
    assert!(restored.aside.is_none() && restored.manifest.unwrap().files.len() as u64 == done.files);
    let database = |settings: &Settings| settings.data_dir.join("hubbub.db");
    assert_eq!(rows_of_file(&database(&elsewhere)).await, rows_of_file(&database(&settings)).await);
    for part in ["uploads", "secrets.toml", "push.toml"] {
        let of = |settings: &Settings| {
            let path = settings.data_dir.join(part);
            if path.is_dir() { files_below(&path) } else { BTreeSet::from([(String::new(), fs::read(path).unwrap())]) }
        };
        assert_eq!(of(&elsewhere), of(&settings), "{part}");
    }
    assert_eq!(fs::metadata(elsewhere.data_dir.join("secrets.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    let checked = upkeep::check(&elsewhere, false).await.unwrap().unwrap();
    assert!(checked.is_clean(), "{:?}", checked.lines());
    let site = Site::in_folder(&elsewhere.data_dir).await;
    Person::at(site.running.addr, mina.tokens).done(Method::GET, "/api/feed", None).await;
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_is_in_it_although_people_go_on_writing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let site = Site::in_folder(&data).await;
    let (mia, ben) = (site.person("mia").await, site.person("ben").await);
    mia.befriend(&ben).await;
    let begun = mia.done(Method::POST, "/api/conversations", Some(json!({ "member_ids": [ben.id()] }))).await;
    let path = format!("/api/conversations/{}/messages", begun["conversation_id"].as_str().unwrap());
    let (said, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let mut talkers = Vec::new();
    for (who, name) in [(mia.clone(), "mia"), (ben.clone(), "ben")] {
        let (said, stop, path) = (Arc::clone(&said), Arc::clone(&stop), path.clone());
        talkers.push(tokio::spawn(async move {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let content = format!("{name} says {number}");
                who.done(Method::POST, &path, Some(json!({ "content": content }))).await;
                said.lock().push(content);
            }
        }));
    }
    let settings = Settings::in_folder(data);
    for number in 0..3 {
        while said.lock().len() < (number + 1) * 20 {
            tokio::task::yield_now().await;
        }
        let before = said.lock().clone();
        let file = folder.path().join(format!("{number}.backup"));
        let arguments = ["backup", file.to_str().unwrap(), "--data-dir", settings.data_dir.to_str().unwrap()];
        let program = Command::new(env!("CARGO_BIN_EXE_hubbub")).args(arguments).output().unwrap();
        assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
        let elsewhere = Settings::in_folder(folder.path().join(number.to_string()));
        restore(&elsewhere, &file, false).await.unwrap();
        let checked = upkeep::check(&elsewhere, false).await.unwrap().unwrap();
        assert!(checked.is_clean(), "{:?}", checked.lines());
        let rows = rows_of_file(&elsewhere.data_dir.join("hubbub.db")).await;
        let kept: BTreeSet<_> = rows["message"].iter().flatten().flatten().collect();
        assert!(before.iter().all(|content| kept.contains(content)), "something acknowledged is missing");
    }
    stop.store(true, Ordering::Relaxed);
    for talker in talkers {
        talker.await.unwrap();
    }
    site.stop().await;
}

#[tokio::test]
async fn what_is_broken_is_refused_and_nothing_is_touched() {
    let (folder, settings, file, _) = demo().await;
    backup(&settings, &file).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let there = files_below(&settings.data_dir);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let broken = folder.path().join("broken.backup");
    for (what, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("cut by a little", whole[..whole.len() - 9].to_vec()),
        ("flipped", flipped),
        ("empty", Vec::new()),
        ("something else", b"PK\x03\x04 no backup at all".to_vec()),
        ("strange", packed(&[("../outside", b"x"), ("manifest.json", b"{}")])),
        ("without its list", packed(&[("hubbub.db", b"x")])),
        ("untrue", packed(&[("hubbub.db", b"x"), ("manifest.json", UNTRUE)])),
    ] {
        fs::write(&broken, bytes).unwrap();
        let refused = restore(&settings, &broken, true).await.err().unwrap_or_else(|| panic!("{what} is taken"));
        assert!(matches!(refused, UpkeepError::Broken { .. }), "{what}: {refused}");
        assert_eq!(files_below(&settings.data_dir), there, "{what}");
    }
    assert!(!folder.path().join("outside").exists());
}

/// A list that tells of another file than is there.
const UNTRUE: &[u8] =
    br#"{"format": 1, "program": "0", "taken_at": 0, "files": {"hubbub.db": {"bytes": 1, "sha256": "00"}}}"#;

/// An archive of these entries.
fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        // As somebody would who means harm: the builder refuses such names.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o600);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[tokio::test]
async fn a_community_is_replaced_only_when_told_and_kept_aside() {
    let (folder, settings, file, _) = demo().await;
    backup(&settings, &file).await.unwrap();
    let other = Settings::in_folder(folder.path().join("other"));
    let site = Site::in_folder(&other.data_dir).await;
    site.person("zoe").await;
    assert!(matches!(restore(&other, &file, true).await, Err(UpkeepError::Serving(_))));
    site.stop().await;
    let_go(&other.data_dir.join("hubbub.db")).await;
    let there = files_below(&other.data_dir);
    let refused = restore(&other, &file, false).await.err().unwrap();
    assert!(matches!(refused, UpkeepError::Lives(_)) && refused.to_string().contains("--replace"), "{refused}");
    assert_eq!(files_below(&other.data_dir), there);

    let restored = restore(&other, &file, true).await.unwrap();
    let aside = restored.aside.unwrap();
    assert_eq!(rows_of_file(&aside.join("hubbub.db")).await["person"].len(), 1, "zoe is kept");
    assert!(aside.join("secrets.toml").is_file());
    assert_eq!(
        rows_of_file(&other.data_dir.join("hubbub.db")).await,
        rows_of_file(&settings.data_dir.join("hubbub.db")).await
    );
}

#[tokio::test]
async fn a_restore_that_was_cut_off_keeps_servers_out_and_is_finished_by_the_next() {
    let (folder, settings, file, _) = demo().await;
    backup(&settings, &file).await.unwrap();
    let other = Settings::in_folder(folder.path().join("other"));
    restore(&other, &file, false).await.unwrap();
    let restoring = other.data_dir.join("restoring");
    fs::create_dir(&restoring).unwrap();
    for piece in ["hubbub.db", "secrets.toml"] {
        fs::rename(other.data_dir.join(piece), restoring.join(piece)).unwrap();
    }
    let refused = boot::start(other.clone()).await.err().unwrap();
    assert!(matches!(refused, StartError::HalfRestored(_)) && refused.to_string().contains("hubbub restore"));
    let finished = restore(&other, &file, false).await.unwrap();
    assert!(finished.manifest.is_none() && !restoring.exists());
    let checked = upkeep::check(&other, false).await.unwrap().unwrap();
    assert!(checked.is_clean(), "{:?}", checked.lines());
    assert!(boot::start(other).await.unwrap().shutdown().await);
}

#[tokio::test]
async fn a_community_on_postgresql_is_backed_up_while_it_runs_and_restored_to_either() {
    let Some(url) = postgres_url() else { return };
    let (there, back) = (fresh_database(&url, "backed_up").await, fresh_database(&url, "restored").await);
    let (folder, settings, file, mina) = demo().await;
    upkeep::move_house(&settings.database_url.masked(), &there, &mut |_| {}).await.unwrap();
    let before = rows_of_file(&settings.data_dir.join("hubbub.db")).await;
    let on_server = |url: &str, data: &str| Settings {
        database_url: DatabaseUrl::parse(url).unwrap(),
        ..Settings::in_folder(folder.path().join(data))
    };
    let running = serving(&settings.data_dir, &there).await;
    backup(&on_server(&there, "data"), &file).await.unwrap();
    assert!(running.shutdown().await);

    let on_file = Settings::in_folder(folder.path().join("file"));
    restore(&on_file, &file, false).await.unwrap();
    let restored = rows_of_file(&on_file.data_dir.join("hubbub.db")).await;
    for (table, rows) in before {
        // A server that runs counts itself, and forgets what is due.
        if ["person", "post", "message", "image", "conversation_member"].contains(&table) {
            assert_eq!(restored[table], rows, "{table}");
        }
    }
    let elsewhere = on_server(&back, "elsewhere");
    restore(&elsewhere, &file, false).await.unwrap();
    assert!(!elsewhere.data_dir.join("hubbub.db").exists());
    let checked = upkeep::check(&elsewhere, false).await.unwrap().unwrap();
    assert!(checked.is_clean(), "{:?}", checked.lines());
    assert!(matches!(restore(&elsewhere, &file, true).await, Err(UpkeepError::Move(_))), "it is not empty any more");
    let running = serving(&elsewhere.data_dir, &back).await;
    Person::at(running.addr, mina.tokens).done(Method::GET, "/api/feed", None).await;
    assert!(running.shutdown().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_say_what_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("hubbub.backup"));
    let at = free_addr().unwrap();
    let server = Program::start(at, &data, &[]).await;
    let form = json!({ "email": "a@example.org", "username": "ada", "full_name": "Ada", "password": PASSWORD });
    let address = format!("http://{at}/api/auth/register");
    assert!(reqwest::Client::new().post(address).json(&form).send().await.unwrap().status().is_success());
    let run = |words: &[&str], data: &Path| {
        let done = Command::new(env!("CARGO_BIN_EXE_hubbub")).args(words).arg("--data-dir").arg(data).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(said).unwrap())
    };
    let file = file.to_str().unwrap();
    let (code, said) = run(&["backup", file], &data);
    assert!(code == Some(0) && said.contains("3 files") && !said.contains("SECRET_KEY"), "{said}");
    let (code, said) = run(&["backup", file], &data);
    assert!(code == Some(1) && said.contains("is there already"), "{said}");
    let (code, said) = run(&["restore", file, "--replace"], &data);
    assert!(code == Some(1) && said.contains("stop it first"), "{said}");
    server.kill();
    let (code, said) = run(&["restore", file], &data);
    assert!(code == Some(1) && said.contains("--replace"), "{said}");
    let (code, said) = run(&["restore", file, "--replace"], &data);
    assert!(code == Some(0) && said.contains("3 files") && said.contains("replaced-"), "{said}");
    let (code, said) = run(&["check"], &data);
    assert!(code == Some(0) && said.contains("agrees with itself"), "{said}");
}
