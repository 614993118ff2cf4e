//! The owner's commands on a large community: rows moved into another database each second, and a backup of many files.

use std::{fs, path::Path, process::Command, time::Instant};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{community::Community, database, process::program};

/// As large as a picture of a post often is.
const FILE_BYTES: usize = 1024 * 1024;
/// Who uploaded them.
const PEOPLE: u64 = 100;

pub async fn measure(posts: u64, megabytes: u64) {
    let folder = tempfile::tempdir().unwrap();
    let community = Community::on_sqlite(PEOPLE, 10).await;
    community.add_history(PEOPLE, posts).await;
    let data = community.folder.path();
    let from = format!("sqlite:{}", data.join("hubbub.db").display());
    let to = database::on_postgres().await;
    let to = to.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("moved.db").display()));
    let (said, seconds) = timed(&["move", "--from", &from, "--to", &to]);
    let rows: f64 = said.split_whitespace().next().and_then(|word| word.parse().ok()).expect("how many rows");
    println!(
        "move: {:.0} rows per second, copied and compared (SQLite to {}, {rows} rows in {seconds:.1} s)",
        rows / seconds,
        database::name(),
    );

    upload(data, megabytes).await;
    let file = folder.path().join("community.backup");
    let data = data.to_str().unwrap();
    let (_, seconds) = timed(&["backup", file.to_str().unwrap(), "--data-dir", data]);
    println!(
        "backup: {:.0} MB per second ({megabytes} MB of uploads and {posts} posts in {seconds:.1} s, an archive of {} MB)",
        megabytes as f64 / seconds,
        fs::metadata(&file).unwrap().len() / 1_000_000,
    );
}

/// Runs the program to its end; what it said, and how long it took.
fn timed(arguments: &[&str]) -> (String, f64) {
    let started = Instant::now();
    let done = Command::new(program()).args(arguments).output().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), seconds)
}

/// Files that do not shrink, as pictures do not, and their rows.
async fn upload(data: &Path, megabytes: u64) {
    let options = SqliteConnectOptions::new().filename(data.join("hubbub.db"));
    let mut connection = options.connect().await.unwrap();
    let insert = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
                  INSERT INTO image (id, owner_id, purpose, content_type, width, height, size_bytes, created_at) \
                  SELECT i, (SELECT max(id) FROM person), 'photo', 'image/jpeg', 1, 1, $2, 0 FROM n";
    let bytes = i64::try_from(FILE_BYTES).unwrap();
    sqlx::query(insert).bind(i64::try_from(megabytes).unwrap()).bind(bytes).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let images = data.join("uploads/images");
    fs::create_dir_all(&images).unwrap();
    let mut seed = 1_u64;
    for id in 1..=megabytes {
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        });
        fs::write(images.join(id.to_string()), noise.take(FILE_BYTES).collect::<Vec<u8>>()).unwrap();
    }
}
