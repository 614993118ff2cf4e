//! What the product is compared with: the usual way of broadcasting, and the least a single thread can do.
//!
//! Both listen on `BASELINE_ADDR` and send, for each line on their standard input, one text of so many bytes to every
//! connection.

use std::{
    io::{BufRead, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    routing::get,
};
use tokio::sync::broadcast;

fn addr() -> SocketAddr {
    std::env::var("BASELINE_ADDR").unwrap().parse().unwrap()
}

/// A text like a like's, of exactly `bytes`.
fn text_of(bytes: usize) -> String {
    let mut text = r#"{"type":"like_update","post_id":"1","like_count":1,"filler":""#.to_owned();
    while text.len() + 2 < bytes {
        text.push('x');
    }
    text.push_str("\"}");
    text.truncate(bytes);
    text
}

/// The usual way: one broadcast channel, one task per connection, everything at its default.
pub fn serve_naively() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (news, _) = broadcast::channel::<String>(1_024);
        let app = Router::new().route("/", get(upgrade)).with_state(news.clone());
        let listener = tokio::net::TcpListener::bind(addr()).await.unwrap();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let bytes = line.unwrap().parse().unwrap();
                // Nobody may be there yet.
                let _ = news.send(text_of(bytes));
            }
        });
        axum::serve(listener, app).await.unwrap();
    });
}

async fn upgrade(upgrade: WebSocketUpgrade, State(news): State<broadcast::Sender<String>>) -> axum::response::Response {
    let heard = news.subscribe();
    upgrade.on_upgrade(move |socket| pass_on(socket, heard))
}

async fn pass_on(mut socket: WebSocket, mut heard: broadcast::Receiver<String>) {
    loop {
        tokio::select! {
            news = heard.recv() => {
                let Ok(text) = news else { return };
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            said = socket.recv() => {
                if !matches!(said, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}

/// The practical bound: one thread, one ready frame, one `send` per connection; nothing else.
pub fn send_only(words: &[String]) {
    let wanted: usize = words.first().unwrap().parse().unwrap();
    let listener = TcpListener::bind(addr()).unwrap();
    let mut connections = Vec::with_capacity(wanted);
    while connections.len() < wanted {
        let (stream, _) = listener.accept().unwrap();
        if let Some(stream) = greeted(stream) {
            connections.push(stream);
        }
    }
    for line in std::io::stdin().lock().lines() {
        let frame = frame_of(&text_of(line.unwrap().parse().unwrap()));
        for connection in &mut connections {
            // A connection that is gone is not the benchmark's concern.
            let _ = connection.write(&frame);
        }
    }
}

/// Answers the upgrade. `None` for the probe that only looks whether somebody listens.
fn greeted(mut stream: TcpStream) -> Option<TcpStream> {
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(read) => request.extend_from_slice(&part[..read]),
        }
    }
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n").unwrap();
    Some(stream)
}

fn frame_of(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ 0..126) => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}
