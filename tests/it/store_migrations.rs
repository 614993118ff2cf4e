//! The tables of both databases have the same shape, and opening a store twice changes nothing.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path, str::FromStr};

use hubbub::{
    protocol::{
        ids::{PostId, UserId},
        views::{Audience, Role},
    },
    server::{store, tasks::Tasks},
};
use sqlx::{ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};

use crate::store::{SETTINGS, World};

type Columns = BTreeSet<(String, String, bool)>;

fn migration_files(database: &str) -> BTreeSet<String> {
    let folder = Path::new("migrations").join(database);
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

async fn sqlite_columns(url: &str) -> (Columns, i64) {
    let mut connection = SqliteConnectOptions::from_str(url).unwrap().connect().await.unwrap();
    let columns = sqlx::query_as::<_, (String, String, bool)>(
        "SELECT sqlite_master.name, info.name, info.\"notnull\" <> 0 OR info.pk > 0 \
         FROM sqlite_master CROSS JOIN pragma_table_info(sqlite_master.name) AS info \
         WHERE sqlite_master.type = 'table' AND sqlite_master.name NOT LIKE 'sqlite%' \
         AND sqlite_master.name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let run = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap();
    (columns.into_iter().collect(), run)
}

async fn postgres_columns(url: &str) -> (Columns, i64) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let columns = sqlx::query_as::<_, (String, String, bool)>(
        "SELECT table_name::text, column_name::text, is_nullable = 'NO' FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let run = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.unwrap();
    (columns.into_iter().collect(), run)
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(migration_files("sqlite"), migration_files("postgres"));
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let world = World::sqlite(SETTINGS).await;
    let (on_sqlite, run) = sqlite_columns(&world.url).await;
    assert!(on_sqlite.len() > 50, "{on_sqlite:?}");
    // A new file is embedded only when the crate is built again.
    assert_eq!(usize::try_from(run).unwrap(), migration_files("sqlite").len());
    let Some(world) = World::postgres("same_tables", SETTINGS).await else { return };
    assert_eq!(postgres_columns(&world.url).await, (on_sqlite, run));
}

#[tokio::test]
async fn a_store_opened_again_has_kept_everything() {
    let worlds = [Some(World::sqlite(SETTINGS).await), World::postgres("opened_again", SETTINGS).await];
    for world in worlds.into_iter().flatten() {
        let mia = world.person("mia").await;
        let again = store::open(&world.url, SETTINGS, &Tasks::new()).await.unwrap();
        assert!(again.read().await.unwrap().person(mia).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    let world = World::sqlite(SETTINGS).await;
    world.person("mia").await;
    for beside in ["", "-wal", "-shm"] {
        let mode = fs::metadata(format!("{}{beside}", world.url)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{beside}");
    }
    let again = store::open(&format!("sqlite://{}", world.url), SETTINGS, &world.tasks).await.unwrap();
    assert_eq!(again.read().await.unwrap().count_people().await.unwrap(), 1);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_to_be_unavailable() {
    let missing = store::open("/nowhere/at/all/hubbub.db", SETTINGS, &Tasks::new()).await;
    assert!(matches!(missing.err().unwrap(), hubbub::server::domain::ports::StoreError::Unavailable(_)));
}

/// The tables as they were after the first `count` migrations.
async fn migrated(path: &Path, count: usize) -> sqlx::SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let migrator = sqlx::migrate::Migrator::new(Path::new("migrations/sqlite")).await.unwrap();
    let early = migrator.iter().take(count).cloned().collect::<Vec<_>>();
    sqlx::migrate::Migrator { migrations: early.into(), ..sqlx::migrate::Migrator::DEFAULT }
        .run(&mut connection)
        .await
        .unwrap();
    connection
}

#[tokio::test]
async fn a_community_from_before_connections_keeps_its_roles_and_audiences() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hubbub.db");
    let mut old = migrated(&path, 3).await;
    for (id, name, role) in [(1, "mia", "owner"), (2, "ben", "member")] {
        let insert = "INSERT INTO person (id, email, username, full_name, bio, role, password_hash, created_at) \
                      VALUES ($1, $2, $2, $2, '', $3, '', 0)";
        sqlx::query(insert).bind(id).bind(name).bind(role).execute(&mut old).await.unwrap();
    }
    for (id, audience) in [(10, "public"), (11, "followers")] {
        let insert = "INSERT INTO post (id, author_id, content, entities, audience, created_at) \
                      VALUES ($1, 1, 'hello', '[]', $2, 0)";
        sqlx::query(insert).bind(id).bind(audience).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();

    let store = store::open(path.to_str().unwrap(), SETTINGS, &Tasks::new()).await.unwrap();
    let (mia, ben) = (UserId::new(1), UserId::new(2));
    let mut read = store.read().await.unwrap();
    assert_eq!(read.person(mia).await.unwrap().unwrap().role, Role::Owner);
    assert_eq!(read.person(ben).await.unwrap().unwrap().role, Role::Member);
    let audiences = [(10, Audience::Public), (11, Audience::Followers)];
    for (id, audience) in audiences {
        let facts = read.post_facts(PostId::new(id), ben).await.unwrap().unwrap();
        assert_eq!((facts.author, facts.audience), (mia, audience));
    }
    assert!(!read.privacy(ben).await.unwrap().unwrap().is_private);
    assert_eq!(read.suspension(ben).await.unwrap(), None);
    drop(read);
    let mut tx = store.begin().await.unwrap();
    tx.set_role(ben, Role::Moderator).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_community_that_is_older_than_a_number_in_between_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hubbub.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let migrator = sqlx::migrate::Migrator::new(Path::new("migrations/sqlite")).await.unwrap();
    // The numbers of letters and pushes were given before either was there, and letters came first.
    let early = migrator.iter().filter(|one| one.version != 8 && one.version <= 9).cloned().collect::<Vec<_>>();
    let early = sqlx::migrate::Migrator { migrations: early.into(), ..sqlx::migrate::Migrator::DEFAULT };
    early.run(&mut old).await.unwrap();
    old.close().await.unwrap();
    let store = store::open(path.to_str().unwrap(), SETTINGS, &Tasks::new()).await.unwrap();
    assert_eq!(store.read().await.unwrap().push_due().await.unwrap(), None);
}

/// The last migration from before there were several nodes; those up to it ran while no server did.
const WITH_NOBODY_BESIDE: &str = "0011_tokens.sql";
/// How a file begins that takes away what no version uses any more that may still run beside this one.
const CONTRACTS: &str = "-- contract: ";

/// What of this a server of the version before would stumble over, which goes on working while a newer one is started:
/// a migration adds, and only a later version takes away what nobody uses any more.
fn hurts_older_servers(sql: &str) -> Option<String> {
    if sql.starts_with(CONTRACTS) {
        return None;
    }
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join(" ").to_uppercase();
    let statements = text.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
    let created: Vec<String> = statements
        .clone()
        .filter_map(|statement| Some(statement.strip_prefix("CREATE TABLE ")?.split(['(', ' ']).next()?.to_owned()))
        .collect();
    let takes = ["DROP TABLE", "DROP COLUMN", " RENAME ", " TYPE ", "SET NOT NULL", "ADD CONSTRAINT", "ADD CHECK"];
    let is_new = |statement: &str, after: &str| {
        let table = statement.split_once(after).and_then(|(_, rest)| rest.split(['(', ' ']).next());
        table.is_some_and(|table| created.iter().any(|name| name == table))
    };
    statements.into_iter().find(|statement| {
        let alters = statement.starts_with("ALTER TABLE ") && !is_new(statement, "ALTER TABLE ");
        let demands = statement.contains("NOT NULL") && !statement.contains("DEFAULT");
        statement.starts_with("DROP TABLE")
            || alters && (takes.iter().any(|take| statement.contains(take)) || demands)
            || statement.starts_with("CREATE UNIQUE INDEX") && !is_new(statement, " ON ")
    })
}

#[test]
fn a_migration_leaves_servers_of_the_version_before_alone() {
    let later = |name: &String| name.as_str() > WITH_NOBODY_BESIDE;
    for database in ["sqlite", "postgres"] {
        for name in migration_files(database).into_iter().filter(later) {
            let sql = fs::read_to_string(Path::new("migrations").join(database).join(&name)).unwrap();
            assert_eq!(hurts_older_servers(&sql), None, "{database}/{name}");
        }
    }
}

#[test]
fn a_migration_that_would_not_is_found() {
    for harmless in [
        "ALTER TABLE post ADD COLUMN mood TEXT; -- NOT NULL later",
        "ALTER TABLE post ADD COLUMN mood TEXT NOT NULL DEFAULT 'fair'",
        "CREATE TABLE mood (id BIGINT PRIMARY KEY, post_id BIGINT NOT NULL);\nCREATE UNIQUE INDEX mood_post ON mood (post_id)",
        "CREATE INDEX post_mood ON post (mood)",
        "-- contract: nothing since 0.2 reads it\nALTER TABLE post DROP COLUMN mood",
    ] {
        assert_eq!(hurts_older_servers(harmless), None);
    }
    for harm in [
        "DROP TABLE post",
        "ALTER TABLE post\n  DROP COLUMN content",
        "alter table post rename to entry",
        "ALTER TABLE post RENAME COLUMN content TO body",
        "ALTER TABLE post ALTER COLUMN id TYPE TEXT",
        "ALTER TABLE post ALTER COLUMN deleted_at SET NOT NULL",
        "ALTER TABLE post ADD COLUMN mood TEXT NOT NULL",
        "ALTER TABLE post ADD CONSTRAINT short CHECK (length(content) < 10)",
        "CREATE UNIQUE INDEX post_content ON post (content)",
    ] {
        assert!(hurts_older_servers(harm).is_some(), "{harm}");
    }
}
