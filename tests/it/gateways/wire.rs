//! The same client in every dialect, as little of each as it takes: what is said and told is read the same way.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::site::{PATIENCE, Person, Site};

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Native,
    Channel,
    SocketIo,
}

pub const DIALECTS: [Dialect; 3] = [Dialect::Native, Dialect::Channel, Dialect::SocketIo];

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With a close code.
    Code(u16),
    /// Told why, with an error's code, then disconnected: Socket.IO has no close codes.
    Told(String),
}

/// An open connection that looks at one conversation.
pub struct Wire {
    pub dialect: Dialect,
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    conversation: String,
    /// The newest error: Socket.IO says with it why it disconnects.
    last_error: String,
}

impl Dialect {
    /// Opens a connection with a token, as far as it gets.
    pub async fn dial(self, site: &Site, token: &str, conversation: &str) -> Wire {
        let path = match self {
            Self::Native => format!("/ws?token={token}"),
            Self::Channel => format!("/ws/messages/{conversation}?token={token}"),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
        };
        let (socket, _) = connect_async(format!("ws://{}{path}", site.running.addr)).await.unwrap();
        let mut wire = Wire { dialect: self, socket, conversation: conversation.to_owned(), last_error: String::new() };
        if self == Self::SocketIo {
            wire.send_text(&format!("40{}", json!({ "token": token }))).await;
        }
        wire
    }

    /// Somebody who looks at a conversation.
    pub async fn join(self, site: &Site, person: &Person, conversation: &str) -> Wire {
        let mut wire = self.dial(site, &person.tokens.access_token, conversation).await;
        wire.greeted().await;
        if self != Self::Channel {
            wire.say("join_conversation", json!({ "conversation_id": conversation })).await;
        }
        wire.so_far().await;
        wire
    }
}

impl Wire {
    pub async fn send_text(&mut self, text: &str) {
        // Who is cut off in the middle of sending learns it by reading.
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Waits until it may speak: Socket.IO takes nothing before.
    pub async fn greeted(&mut self) {
        if self.dialect == Dialect::SocketIo {
            self.next_of("connected").await;
        }
    }

    /// A frame that holds one command.
    pub fn frame(&self, name: &str, payload: &Value) -> String {
        if self.dialect == Dialect::SocketIo {
            return format!("42{}", json!([name, payload]));
        }
        let mut frame = payload.clone();
        frame["type"] = name.into();
        frame.to_string()
    }

    pub async fn say(&mut self, name: &str, payload: Value) {
        let frame = self.frame(name, &payload);
        self.send_text(&frame).await;
    }

    /// The next event: its name and payload.
    pub async fn next(&mut self) -> Result<(String, Value), End> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("nothing came");
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(frame))) => {
                    return Err(match self.dialect {
                        Dialect::SocketIo => End::Told(std::mem::take(&mut self.last_error)),
                        _ => End::Code(frame.map_or(1005, |frame| frame.code.into())),
                    });
                }
                Some(Ok(_)) => continue,
                None | Some(Err(_)) => return Err(End::Told(std::mem::take(&mut self.last_error))),
            };
            let (name, payload) = match self.dialect {
                Dialect::SocketIo => match self.packet(&text).await? {
                    Some(event) => event,
                    None => continue,
                },
                _ => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    (frame["type"].as_str().unwrap().to_owned(), frame)
                }
            };
            if name == "error" {
                self.last_error = payload["code"].as_str().unwrap().to_owned();
            }
            return Ok((name, payload));
        }
    }

    /// What a packet of Engine.IO says, if it is an event.
    async fn packet(&mut self, text: &str) -> Result<Option<(String, Value)>, End> {
        let rest = |kind: &str| text.strip_prefix(kind);
        if text == "2" {
            self.send_text("3").await;
        } else if let Some(refused) = rest("44") {
            let refused: Value = serde_json::from_str(refused).unwrap();
            let reason = refused["message"].as_str().unwrap();
            return Err(End::Told(reason.split(':').next().unwrap().to_owned()));
        } else if text == "41" || text == "1" {
            return Err(End::Told(std::mem::take(&mut self.last_error)));
        } else if let Some(event) = rest("42") {
            let event: Value = serde_json::from_str(event).unwrap();
            return Ok(Some((event[0].as_str().unwrap().to_owned(), event[1].clone())));
        }
        Ok(None)
    }

    /// The next event of this name; others before it are skipped.
    pub async fn next_of(&mut self, name: &str) -> Value {
        loop {
            let (told, payload) = self.next().await.unwrap_or_else(|end| panic!("{:?}: {end:?}", self.dialect));
            if told == name {
                return payload;
            }
        }
    }

    /// Everything up to the answer to a ping.
    pub async fn so_far(&mut self) -> Vec<(String, Value)> {
        self.say("ping", json!({})).await;
        let mut events = Vec::new();
        loop {
            let event = self.next().await.unwrap_or_else(|end| panic!("{:?}: {end:?}", self.dialect));
            if event.0 == "pong" {
                return events;
            }
            events.push(event);
        }
    }

    /// How it ends; what comes before that is skipped.
    pub async fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.next().await {
                return end;
            }
        }
    }

    /// What ends a session, in the words of the dialect.
    pub fn ended(&self, code: u16, told: &str) -> End {
        if self.dialect == Dialect::SocketIo { End::Told(told.to_owned()) } else { End::Code(code) }
    }

    /// The texts of the messages said here, in the order they came, until so many did.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            let message = self.next_of("new_message").await;
            texts.push(message["content"].as_str().unwrap().to_owned());
        }
        texts
    }

    pub fn conversation(&self) -> &str {
        &self.conversation
    }
}

/// A conversation that both take part in.
pub async fn conversation(one: &Person, other: &Person) -> String {
    one.befriend(other).await;
    let answer = one.done(Method::POST, "/api/conversations", Some(json!({ "member_ids": [other.id()] }))).await;
    answer["conversation_id"].as_str().unwrap().to_owned()
}

/// How long a revoked session may still be connected.
pub const WITHIN: Duration = Duration::from_secs(1);
