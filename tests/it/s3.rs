//! A store that speaks S3, of a test's own: moto, in memory, on a free port.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use hubbub::server::config::S3Url;
use hubbub_load::ports::free_addr;
use reqwest::{Client, StatusCode};
use tokio::time::{sleep, timeout};

use crate::skipped::skipped;

/// A Python with what `end2end/python/requirements.txt` lists; read nowhere else. `cargo xtask test` makes one and sets it.
const PYTHON: &str = "HUBBUB_PYTHON";
const PATIENCE: Duration = Duration::from_secs(60);

pub const SECRET: &str = "hush/hush+hush";

pub struct S3 {
    python: String,
    port: u16,
    http: Client,
    server: Option<Child>,
}

impl S3 {
    /// One that answers and has a bucket, `files`; `None`, and a line that says so, where there is none to test with.
    pub async fn start() -> Option<Self> {
        let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
        let has_moto = Command::new(&python).args(["-c", "import moto"]).stderr(Stdio::null()).status();
        if !has_moto.is_ok_and(|ended| ended.success()) {
            skipped(&format!("every case with S3, as {PYTHON} names no Python with moto"));
            return None;
        }
        let port = free_addr().unwrap().port();
        let mut s3 = Self { python, port, http: Client::new(), server: None };
        s3.again().await;
        Some(s3)
    }

    /// The address of a bucket, or of a part of one, with a key.
    pub fn url(&self, bucket: &str) -> S3Url {
        S3Url::parse(&self.url_text(bucket)).unwrap()
    }

    pub fn url_text(&self, bucket: &str) -> String {
        let secret = SECRET.replace('/', "%2F");
        format!("http://key:{secret}@127.0.0.1:{}/{bucket}?region=eu-central-1", self.port)
    }

    /// Starts it again where it was. What was in it is gone, but the bucket is there.
    pub async fn again(&mut self) {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", &self.python, "-m", "moto.server", "--host", "127.0.0.1"])
            .args(["--port", &self.port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        let bucket = self.plain("files");
        let made = async {
            while !self.http.put(&bucket).send().await.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, made).await.expect("moto does not start");
    }

    /// What lies in the bucket, by name.
    pub async fn names(&self) -> Vec<String> {
        let listed = self.ask("files?list-type=2").await;
        listed.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    }

    /// How many uploads were begun and neither finished nor given up.
    pub async fn begun(&self) -> usize {
        self.ask("files?uploads").await.matches("<Upload>").count()
    }

    async fn ask(&self, what: &str) -> String {
        self.http.get(self.plain(what)).send().await.unwrap().text().await.unwrap()
    }

    fn plain(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// Ends it, as a power cut would.
    pub fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}
