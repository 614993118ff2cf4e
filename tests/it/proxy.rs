//! A network between two programs that can fail without saying so.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes bytes on, except while it holds them, and but for connections opened before the last stall: those it holds open
/// and feeds nothing.
pub struct Proxy {
    opened: AtomicU64,
    stalled_to: AtomicU64,
    holds: watch::Sender<bool>,
}

impl Proxy {
    /// One that passes everything on to `to`, and where it listens.
    pub async fn listen(to: SocketAddr) -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { opened: AtomicU64::new(0), stalled_to: AtomicU64::new(0), holds: watch::Sender::new(false) };
        let (proxy, addr) = (Arc::new(proxy), listener.local_addr().unwrap());
        let this = Arc::clone(&proxy);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let number = this.opened.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(Arc::clone(&this).carry(number, near, to));
            }
        });
        (proxy, addr)
    }

    /// Feeds the connections that are open now nothing any more, for ever.
    pub fn stall(&self) {
        self.stalled_to.store(self.opened.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Holds every byte, of connections that are opened meanwhile too.
    pub fn hold(&self) {
        self.holds.send_replace(true);
    }

    /// Passes everything on that it held.
    pub fn let_go(&self) {
        self.holds.send_replace(false);
    }

    async fn passes(&self) {
        // Its sender lives as long as the proxy.
        let _ = self.holds.subscribe().wait_for(|holds| !holds).await;
    }

    async fn carry(self: Arc<Self>, number: u64, near: TcpStream, to: SocketAddr) {
        self.passes().await;
        let Ok(far) = TcpStream::connect(to).await else { return };
        // A proxy that waits for more to send would delay what it is not asked to.
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.into_split(), far.into_split());
        let up = self.pass(number, &mut from_near, &mut to_far);
        let down = self.pass(number, &mut from_far, &mut to_near);
        tokio::select! { () = up => {} () = down => {} }
    }

    async fn pass(&self, number: u64, from: &mut (impl AsyncReadExt + Unpin), to: &mut (impl AsyncWriteExt + Unpin)) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(len @ 1..) = from.read(&mut bytes).await {
            if number <= self.stalled_to.load(Ordering::Relaxed) {
                // Neither passed on nor closed: only a timeout of the client's own helps.
                std::future::pending::<()>().await;
            }
            self.passes().await;
            if to.write_all(&bytes[..len]).await.is_err() {
                return;
            }
        }
        // An end does not travel faster than bytes.
        self.passes().await;
    }
}
