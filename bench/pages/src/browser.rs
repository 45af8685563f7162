//! As much of a browser as a measurement needs: one connection kept open, a cookie, and nothing in between.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
};

use crate::Result;

const HOST: &str = "127.0.0.1:3196";

/// A signed-in browser.
pub(crate) struct Browser {
    stream: Mutex<TcpStream>,
    cookie: String,
}

impl Browser {
    /// Chooses a password with a one-time link.
    pub(crate) async fn sign_in(link: &str) -> Result<Self> {
        let ticket = link.split_once("ticket=").ok_or("a link without a ticket")?.1;
        let body = format!("ticket={ticket}&password=bench+bench+bench&again=bench+bench+bench");
        let request = format!(
            "POST /api/redeem HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(HOST).await?;
        let (head, _) = exchange(&mut stream, &request).await?;
        let cookie =
            head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).ok_or("signing in set no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { stream: Mutex::new(stream), cookie })
    }

    /// The same person at another window.
    pub(crate) async fn again(&self) -> Result<Self> {
        Ok(Self { stream: Mutex::new(TcpStream::connect(HOST).await?), cookie: self.cookie.clone() })
    }

    /// Fetches a page as browsers do, compressed; returns its size.
    pub(crate) async fn get(&self, path: &str) -> Result<usize> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n",
            self.cookie
        );
        let (head, size) = exchange(&mut *self.stream.lock().await, &request).await?;
        match head.lines().next() {
            Some("HTTP/1.1 200 OK") => Ok(size),
            other => Err(format!("{path}: {}", other.unwrap_or("nothing")).into()),
        }
    }
}

/// Sends a request and reads its answer to the end: the head, and the body's size as it travelled.
async fn exchange(stream: &mut TcpStream, request: &str) -> Result<(String, usize)> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(1 << 16);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err("the connection was closed".into());
        }
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else { continue };
        let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let whole = match length {
            Some(length) => answer.len() >= end + length,
            None => answer.ends_with(b"\r\n0\r\n\r\n"),
        };
        if whole {
            let size = answer.len() - end;
            return Ok((String::from_utf8_lossy(&answer[..end]).into_owned(), size));
        }
    }
}
