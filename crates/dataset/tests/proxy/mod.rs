//! A way to a server that can fall silent, as a network does.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub struct Proxy {
    pub url: String,
    frozen: watch::Sender<bool>,
}

impl Proxy {
    pub async fn start(server: &str) -> Self {
        Self::cutting_after(server, usize::MAX).await
    }

    /// One that passes so many messages of its clients, and then breaks all connections, as if the client had been killed.
    pub async fn cutting_after(server: &str, messages: usize) -> Self {
        let left = Arc::new(AtomicUsize::new(messages));
        let mut url = url::Url::parse(server).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (frozen, watch) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, watch) = (target.clone(), watch.clone());
                let left = Arc::clone(&left);
                tokio::spawn(async move {
                    let server = TcpStream::connect(target).await.unwrap();
                    let ((cr, cw), (sr, sw)) = (client.into_split(), server.into_split());
                    tokio::spawn(pump(cr, sw, watch.clone(), left));
                    pump(sr, cw, watch, Arc::new(AtomicUsize::new(usize::MAX))).await;
                });
            }
        });
        Self { url: url.into(), frozen }
    }

    /// From now on nothing passes; what was under way when it thaws is lost, as after a cut.
    pub fn freeze(&self, frozen: bool) {
        self.frozen.send(frozen).unwrap();
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    frozen: watch::Receiver<bool>,
    left: Arc<AtomicUsize>,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut cut = false;
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return;
        }
        cut |= *frozen.borrow();
        // Even the end is not passed on while the line is cut.
        if cut {
            if read == 0 {
                return std::future::pending().await;
            }
            continue;
        }
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
