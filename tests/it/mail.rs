//! A mail server for tests: it keeps what it takes, and behaves as it is told.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// How the mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Takes,
    /// It takes, and thinks before it says so.
    IsSlow(Duration),
    SaysNothing,
    StopsBeforeTheEnd,
    /// It takes, and hangs up instead of saying so.
    HangsUpAfterTaking,
    KnowsNobody,
}

/// A mail as it was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub id: String,
    pub text: String,
    /// Whether the client heard that it was taken.
    pub told: bool,
}

/// The server.
pub struct Sink {
    pub url: String,
    addr: SocketAddr,
    state: Arc<State>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

struct State {
    manner: Mutex<Manner>,
    taken: Mutex<Vec<Mail>>,
}

impl Sink {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(State { manner: Mutex::new(manner), taken: Mutex::default() });
        let listening = tokio::spawn(listen(listener, state.clone()));
        Self { url: format!("smtp://{addr}"), addr, state, listening: Mutex::new(Some(listening)) }
    }

    /// Nothing listens any more; conversations go on.
    pub async fn stop(&self) {
        let listening = self.listening.lock().take();
        if let Some(listening) = listening {
            listening.abort();
            let _ = listening.await;
        }
    }

    /// It listens where it did before.
    pub async fn resume(&self) {
        let listener = TcpListener::bind(self.addr).await.unwrap();
        *self.listening.lock() = Some(tokio::spawn(listen(listener, self.state.clone())));
    }

    /// From the next connection on.
    pub fn behave(&self, manner: Manner) {
        *self.state.manner.lock() = manner;
    }

    pub fn taken(&self) -> Vec<Mail> {
        self.state.taken.lock().clone()
    }

    pub fn count(&self) -> usize {
        self.state.taken.lock().len()
    }
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    while let Ok((socket, _)) = listener.accept().await {
        let manner = *state.manner.lock();
        let state = state.clone();
        tokio::spawn(async move {
            // Whoever hangs up in the middle has a reason.
            let _ = converse(socket, manner, &state).await;
        });
    }
}

async fn converse(socket: TcpStream, manner: Manner, state: &State) -> std::io::Result<()> {
    let (reads, mut writes) = socket.into_split();
    let mut lines = BufReader::new(reads).lines();
    if manner == Manner::SaysNothing {
        // Until the client hangs up.
        while let Ok(Some(_)) = lines.next_line().await {}
        return Ok(());
    }
    writes.write_all(b"220 sink\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
            "RCPT" if manner == Manner::KnowsNobody => "550 no such mailbox\r\n",
            "RCPT" => {
                let (_, rest) = line.split_once('<').unwrap();
                rest.split('>').next().unwrap().clone_into(&mut to);
                "250 ok\r\n"
            }
            "DATA" => {
                writes.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    text.push_str(&line);
                    text.push('\n');
                }
                if manner == Manner::StopsBeforeTheEnd {
                    while let Ok(Some(_)) = lines.next_line().await {}
                    return Ok(());
                }
                if let Manner::IsSlow(pause) = manner {
                    sleep(pause).await;
                }
                let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default();
                let told = manner != Manner::HangsUpAfterTaking;
                state.taken.lock().push(Mail { to: to.clone(), id: id.to_owned(), text, told });
                if !told {
                    return Ok(());
                }
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        writes.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
