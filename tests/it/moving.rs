//! Moving house: everything is on the other side, a move that was cut off goes on, and nothing is moved that should not be.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    str::FromStr,
    sync::Arc,
};

use hubbub::server::{
    boot::{self, Running, StartError},
    config::{DatabaseUrl, Settings},
    demo,
    store::{
        moving::Progress,
        tables::{Kind, TABLES, Table},
    },
    upkeep::{self, UpkeepError},
};
use reqwest::{Client, Method};
use serde_json::json;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteLockingMode},
};
use tokio::sync::Notify;

use crate::{
    site::{PATIENCE, Person, Site},
    store::{SETTINGS, World, fresh_database, postgres_url},
};

pub type Rows = BTreeMap<&'static str, BTreeSet<Vec<Option<String>>>>;

pub async fn sqlite(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::from_str("sqlite:").unwrap().filename(path).connect().await.unwrap()
}

/// Every value of every row as text, the same for both databases.
fn as_text(table: &Table, flag: fn(&str) -> String, bytes: fn(&str) -> String) -> String {
    let columns = table.columns.iter().map(|column| match column.kind {
        Kind::Number => format!("CAST(\"{}\" AS TEXT)", column.name),
        Kind::Text => format!("\"{}\"", column.name),
        Kind::Flag => flag(column.name),
        Kind::Bytes => bytes(column.name),
    });
    format!("SELECT {} FROM \"{}\"", columns.collect::<Vec<_>>().join(", "), table.name)
}

/// What readiness counts is no part of a community.
fn is_compared(table: &&Table) -> bool {
    table.name != "probe"
}

pub async fn rows_of_file(path: &Path) -> Rows {
    let mut connection = sqlite(path).await;
    let mut all = Rows::new();
    for table in TABLES.iter().filter(is_compared) {
        let select = as_text(
            table,
            |name| format!("CAST(\"{name}\" AS TEXT)"),
            |name| format!("CASE WHEN \"{name}\" IS NULL THEN NULL ELSE lower(hex(\"{name}\")) END"),
        );
        let found = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut connection).await.unwrap();
        let row = |row: &sqlx::sqlite::SqliteRow| (0..row.len()).map(|at| row.get(at)).collect::<Vec<Option<String>>>();
        all.insert(table.name, found.iter().map(row).collect());
    }
    connection.close().await.unwrap();
    all
}

async fn rows_of_server(url: &str) -> Rows {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut all = Rows::new();
    for table in TABLES.iter().filter(is_compared) {
        let flag = |name: &str| format!("CAST(CAST(\"{name}\" AS INTEGER) AS TEXT)");
        let select = as_text(table, flag, |name| format!("encode(\"{name}\", 'hex')"));
        let found = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut connection).await.unwrap();
        let row = |row: &sqlx::postgres::PgRow| (0..row.len()).map(|at| row.get(at)).collect::<Vec<Option<String>>>();
        all.insert(table.name, found.iter().map(row).collect());
    }
    all
}

/// A demo community in a folder, stopped, and the tokens of somebody who signed in to it.
pub async fn demo_in(data: &Path) -> Person {
    let site = Site::in_folder(data).await;
    site.running.fill_with_demo().await.unwrap();
    let form = json!({ "login": demo::LOGIN, "password": demo::PASSWORD });
    let answer = site.http.post(site.url("/api/auth/login")).json(&form).send().await.unwrap();
    let mina = site.again(answer.json().await.unwrap());
    site.stop().await;
    let_go(&data.join("hubbub.db")).await;
    mina
}

/// Waits until nobody has the file open any more: connections close a moment after their server.
pub async fn let_go(file: &Path) {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(PATIENCE);
    let mut connection = options.locking_mode(SqliteLockingMode::Exclusive).connect().await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE; COMMIT").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

pub async fn serving(data: &Path, database: &str) -> Running {
    let database_url = DatabaseUrl::parse(database).unwrap();
    let settings = Settings { database_url, limit_factor: 1_000.0, ..Settings::in_folder(data.to_owned()) };
    boot::start(settings).await.unwrap()
}

fn unheard(_: Progress<'_>) {}

async fn move_house(from: &str, to: &str) -> Result<upkeep::Moved, UpkeepError> {
    upkeep::move_house(from, to, &mut unheard).await
}

fn address(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

#[tokio::test]
async fn every_table_and_column_is_moved() {
    let world = World::sqlite(SETTINGS).await;
    let mut connection = sqlite(Path::new(&world.url)).await;
    let found = sqlx::query_as::<_, (String, String, String, i64)>(
        "SELECT sqlite_master.name, info.name, info.type, info.pk FROM sqlite_master \
         CROSS JOIN pragma_table_info(sqlite_master.name) AS info WHERE sqlite_master.type = 'table' \
         AND sqlite_master.name NOT LIKE 'sqlite%' AND sqlite_master.name <> '_sqlx_migrations'",
    );
    let found = found.fetch_all(&mut connection).await.unwrap();
    let kind = |kind: Kind| match kind {
        Kind::Number | Kind::Flag => "INTEGER",
        Kind::Text => "TEXT",
        Kind::Bytes => "BLOB",
    };
    let stored: BTreeSet<_> = found.iter().map(|(table, column, kind, _)| (&**table, &**column, &**kind)).collect();
    let listed =
        TABLES.iter().flat_map(|table| table.columns.iter().map(move |one| (table.name, one.name, kind(one.kind))));
    assert_eq!(listed.collect::<BTreeSet<_>>(), stored, "src/server/store/tables.rs lists what is moved");
    for table in TABLES {
        let mut key: Vec<_> = found.iter().filter(|(name, .., place)| name == table.name && *place > 0).collect();
        key.sort_by_key(|(.., place)| *place);
        assert_eq!(key.iter().map(|(_, column, ..)| &**column).collect::<Vec<_>>(), table.key, "{}", table.name);
        assert!(table.late_columns().all(|_| table.key == ["id"]), "{}", table.name);
    }
}

#[tokio::test]
async fn what_is_listed_as_a_flag_is_one_on_postgresql() {
    let Some(world) = World::postgres("listed_kinds", SETTINGS).await else { return };
    let mut connection = PgConnection::connect(&world.url).await.unwrap();
    let found = sqlx::query_as::<_, (String, String, String)>(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'",
    );
    let stored: BTreeSet<_> = found.fetch_all(&mut connection).await.unwrap().into_iter().collect();
    let kind = |kind: Kind| match kind {
        Kind::Number => "bigint",
        Kind::Flag => "boolean",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    };
    let owned = |text: &str| text.to_owned();
    let listed = TABLES.iter().flat_map(|table| {
        table.columns.iter().map(move |one| (owned(table.name), owned(one.name), owned(kind(one.kind))))
    });
    assert_eq!(listed.collect::<BTreeSet<_>>(), stored);
}

/// Rows that refer to rows that come after them.
async fn tangle(file: &Path) {
    let mut connection = sqlite(file).await;
    for statement in [
        "UPDATE person SET suspended_at = 1, suspended_by = (SELECT max(id) FROM person) \
         WHERE id = (SELECT min(id) FROM person WHERE username <> 'mina')",
        "UPDATE message SET reply_to = (SELECT max(id) FROM message) WHERE id = (SELECT min(id) FROM message)",
    ] {
        assert_eq!(sqlx::query(statement).execute(&mut connection).await.unwrap().rows_affected(), 1);
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_community_is_the_same_after_a_move_there_and_back_and_people_stay_signed_in() {
    let Some(url) = postgres_url() else { return };
    let url = fresh_database(&url, "there_and_back").await;
    let folder = tempfile::tempdir().unwrap();
    let (data, back) = (folder.path().join("data"), folder.path().join("back.db"));
    let mina = demo_in(&data).await;
    let file = data.join("hubbub.db");
    tangle(&file).await;
    let before = rows_of_file(&file).await;
    let moved = move_house(&address(&file), &url).await.unwrap();
    assert!(moved.rows() > 500 && moved.tables.len() > 15, "{moved:?}");
    assert_eq!(rows_of_server(&url).await, before);
    move_house(&url, &address(&back)).await.unwrap();
    assert_eq!(rows_of_file(&back).await, before);
    assert_eq!(rows_of_file(&file).await, before, "the old one is as it was");

    let running = serving(&data, &url).await;
    let mina = Person::at(running.addr, mina.tokens);
    let site = Site::around(running, Client::new());
    let feed = mina.done(Method::GET, "/api/feed", None).await;
    let post = feed["items"][0].clone();
    let image = feed["items"].as_array().unwrap().iter().find_map(|post| post["images"][0]["url"].as_str()).unwrap();
    assert!(mina.request(Method::GET, image).send().await.unwrap().status().is_success(), "files stay where they are");
    let id = post["id"].as_str().unwrap();
    mina.done(Method::PUT, &format!("/api/posts/{id}/like"), None).await;
    let renewed = json!({ "refresh_token": mina.tokens.refresh_token });
    mina.done(Method::POST, "/api/auth/refresh", Some(renewed)).await;
    let newcomer = site.person("newcomer").await;
    assert!(newcomer.id().parse::<u64>().unwrap() > mina.id().parse::<u64>().unwrap());
    site.stop().await;
}

/// A stopped community with so many kept answers, the rows that are moved last.
async fn long_community(file: &Path, answers: u32) {
    let tasks = hubbub::server::tasks::Tasks::new();
    drop(hubbub::server::store::open(file.to_str().unwrap(), SETTINGS, &tasks).await.unwrap());
    let mut connection = sqlite(file).await;
    let person = "INSERT INTO person (id, email, username, full_name, bio, role, password_hash, created_at) \
                  VALUES (1, 'mia@example.org', 'mia', 'Mia', '', 'owner', '', 0)";
    sqlx::query(person).execute(&mut connection).await.unwrap();
    let answer = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
                  INSERT INTO kept_answer (user_id, request_key, answer, created_at) \
                  SELECT 1, 'key ' || i, 'answer ' || i, i FROM n";
    sqlx::query(answer).bind(answers).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Moves until so many kept answers are there, and no further.
async fn move_a_part(from: &str, to: &str, answers: u64) {
    let reached = Arc::new(Notify::new());
    let tell = Arc::clone(&reached);
    let mut watch = move |progress: Progress<'_>| {
        if progress.what == "kept_answer" && progress.done >= answers {
            tell.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = reached.notified() => {}
        moved = upkeep::move_house(from, to, &mut watch) => panic!("it was not cut off: {moved:?}"),
    }
}

#[tokio::test]
async fn a_move_that_was_cut_off_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    long_community(&from, 6_500).await;
    move_a_part(&address(&from), &address(&to), 3_000).await;
    let half = boot::start(Settings {
        database_url: DatabaseUrl::Sqlite(to.clone()),
        ..Settings::in_folder(folder.path().join("data"))
    });
    let refused = half.await.err().unwrap();
    assert!(
        matches!(refused, StartError::Database { .. }) && refused.to_string().contains("not finished"),
        "{refused}"
    );
    let mut first = None;
    let mut watch = |progress: Progress<'_>| {
        if progress.what == "kept_answer" {
            first.get_or_insert(progress.done);
        }
    };
    upkeep::move_house(&address(&from), &address(&to), &mut watch).await.unwrap();
    assert!(first.unwrap() > 3_000, "{first:?}");
    assert_eq!(rows_of_file(&to).await, rows_of_file(&from).await);
    let running = serving(&folder.path().join("data"), &address(&to)).await;
    assert!(running.shutdown().await);
}

#[tokio::test]
async fn a_row_that_was_changed_behind_its_back_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    long_community(&from, 5_000).await;
    move_a_part(&address(&from), &address(&to), 2_000).await;
    let mut connection = sqlite(&from).await;
    sqlx::query("UPDATE person SET bio = 'moving'").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let noticed = move_house(&address(&from), &address(&to)).await.unwrap_err().to_string();
    assert!(noticed.contains("`person` is not the same"), "{noticed}");
}

#[tokio::test]
async fn nothing_is_moved_onto_others_from_under_a_server_or_from_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    long_community(&from, 10).await;
    long_community(&to, 10).await;
    let refused = move_house(&address(&from), &address(&to)).await.unwrap_err().to_string();
    assert!(refused.contains("is not empty") && refused.contains("`person`"), "{refused}");
    assert_eq!(rows_of_file(&to).await["kept_answer"].len(), 10);

    let empty = address(&folder.path().join("empty.db"));
    let running = serving(&folder.path().join("data"), &address(&from)).await;
    let refused = move_house(&address(&from), &empty).await.unwrap_err().to_string();
    assert!(refused.contains("stop every `hubbub serve`"), "{refused}");
    assert!(running.shutdown().await);

    let third = folder.path().join("third.db");
    long_community(&third, 5_000).await;
    move_a_part(&address(&third), &empty, 2_000).await;
    let refused = move_house(&address(&from), &empty).await.unwrap_err().to_string();
    assert!(refused.contains("the beginning of another move"), "{refused}");
    let nowhere = move_house("sqlite:/nowhere/hubbub.db", &empty).await.unwrap_err().to_string();
    assert!(nowhere.contains("is not there"), "{nowhere}");
    assert!(move_house("mysql://x", &empty).await.unwrap_err().to_string().contains("--from"));
}

#[tokio::test]
async fn a_database_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    long_community(&from, 10).await;
    long_community(&to, 0).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, x'00', 0)";
    let mut connection = sqlite(&to).await;
    for statement in ["DELETE FROM person", newer] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert!(move_house(&address(&from), &address(&to)).await.is_err());
    let older = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    let mut connection = sqlite(&from).await;
    sqlx::query(older).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = move_house(&address(&from), &address(&folder.path().join("new.db"))).await.unwrap_err().to_string();
    assert!(refused.contains("of an older version"), "{refused}");
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
    command.args(arguments).stdin(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_killed_ends_right_when_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from.db");
    long_community(&from, 60_000).await;
    let mut targets = vec![address(&folder.path().join("to.db"))];
    if let Some(url) = postgres_url() {
        targets.push(fresh_database(&url, "killed_move").await);
    }
    for to in targets {
        let arguments = ["move", "--from", &address(&from), "--to", &to];
        let mut killed = program(&arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let line = BufReader::new(killed.stderr.take().unwrap()).lines().next().unwrap().unwrap();
        killed.kill().unwrap();
        assert!(!killed.wait().unwrap().success(), "it ended before it could be killed");
        assert_eq!(line, "person: 1 of 1");
        let again = program(&arguments).output().unwrap();
        let said = String::from_utf8(again.stdout).unwrap();
        assert!(again.status.success(), "{said}{}", String::from_utf8_lossy(&again.stderr));
        assert!(said.contains("are moved and compared") && said.contains("HUBBUB_DATA_DIR"), "{said}");
        let there = match to.strip_prefix("sqlite:") {
            Some(file) => rows_of_file(Path::new(file)).await,
            None => rows_of_server(&to).await,
        };
        assert_eq!(there, rows_of_file(&from).await);
        assert_eq!(program(&arguments).output().unwrap().status.code(), Some(1), "it is not empty any more");
    }
}
