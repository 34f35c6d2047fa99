//! Many clicks, cheaply: one connection each client, and no more of HTTP than that takes.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const CLIENTS: usize = 8;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// How often each host was redirected to.
pub type Went = Arc<Mutex<BTreeMap<String, usize>>>;

pub fn count(went: &Went, host: &str) -> usize {
    went.lock().unwrap().get(host).copied().unwrap_or(0)
}

/// Clicks until so many are answered. A connection that breaks is opened again; its click is nobody's.
pub async fn send(addr: SocketAddr, path: &str, clicks: usize, went: &Went) {
    let left = Arc::new(AtomicUsize::new(clicks));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (left, went) = (left.clone(), went.clone());
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: node\r\nUser-Agent: Mozilla/5.0 Firefox/150.0\r\n\r\n");
        clients.spawn(async move {
            let take = |left: usize| left.checked_sub(1);
            while left.load(Relaxed) > 0 {
                let Ok(mut connection) = TcpStream::connect(addr).await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                while left.fetch_update(Relaxed, Relaxed, take).is_ok() {
                    match click(&mut connection, request.as_bytes()).await {
                        Ok(host) => *went.lock().unwrap().entry(host).or_default() += 1,
                        Err(_) => {
                            left.fetch_add(1, Relaxed);
                            break;
                        }
                    }
                }
            }
        });
    }
    clients.join_all().await;
}

/// The host it was redirected to, or the status.
async fn click(connection: &mut TcpStream, request: &[u8]) -> io::Result<String> {
    connection.write_all(request).await?;
    let (mut answer, mut chunk) = (Vec::new(), [0; 2048]);
    let head_end = loop {
        match connection.read(&mut chunk).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => answer.extend_from_slice(&chunk[..n]),
        }
        if let Some(at) = answer.windows(HEAD_END.len()).position(|window| window == HEAD_END) {
            break at + HEAD_END.len();
        }
    };
    let head = String::from_utf8_lossy(&answer[..head_end]).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length:").and_then(|n| n.parse().ok()).unwrap_or(0);
    while answer.len() < head_end + length {
        match connection.read(&mut chunk).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => answer.extend_from_slice(&chunk[..n]),
        }
    }
    let location = header("location:").and_then(|url| url::Url::parse(&url).ok());
    let host = location.and_then(|url| url.host_str().map(str::to_owned));
    Ok(host.unwrap_or_else(|| head.split(' ').nth(1).unwrap_or_default().to_owned()))
}
