//! A way to a server that can fall silent, as a network does.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

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
        let mut url = url::Url::parse(server).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (frozen, watch) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, watch) = (target.clone(), watch.clone());
                tokio::spawn(async move {
                    let server = TcpStream::connect(target).await.unwrap();
                    let ((cr, cw), (sr, sw)) = (client.into_split(), server.into_split());
                    tokio::spawn(pump(cr, sw, watch.clone()));
                    pump(sr, cw, watch).await;
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

async fn pump(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, frozen: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut cut = false;
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
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
