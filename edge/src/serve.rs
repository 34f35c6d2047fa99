//! Accepts connections and speaks HTTP/1.1 on them.
//!
//! Not `axum::serve`, which leaves out what a node facing the internet needs: a limit on how long a
//! client may take over its request's head, and `half_close`. Without the latter every click that
//! waits for its commit costs one more read of the socket, only to see whether the client hung up;
//! and a click that was recorded is answered whether it did or not.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::response::Response;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use traffoflex_telemetry::{RequestId, RequestLayer};

/// How long a client may take over a request's head, and keep a connection without a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause when the process has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What stands behind a port.
pub trait Answer: Send + Sync + 'static {
    fn answer(
        &self,
        request: Request<Incoming>,
        id: RequestId,
        peer: IpAddr,
    ) -> impl Future<Output = Response> + Send;
}

/// Serves until `stop`, then gives requests under way `limit` to finish.
pub async fn run(
    listener: TcpListener,
    front: impl Answer,
    requests: RequestLayer,
    stop: CancellationToken,
    limit: Duration,
) {
    let front = Arc::new(front);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).half_close(true);
    let connections = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer): (_, SocketAddr) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !of_one_connection(&error) {
                    metrics::counter!("traffoflex_accept_failures_total").increment(1);
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                continue;
            }
        };
        // A redirect is one small write: waiting for more to send would only delay it.
        let _ = stream.set_nodelay(true);
        let (front, requests) = (front.clone(), requests.clone());
        let service = service_fn(move |request| {
            let front = front.clone();
            requests.run(request, |request, id| async move {
                Ok::<_, std::convert::Infallible>(front.answer(request, id, peer.ip()).await)
            })
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
    drop(listener);
    tokio::select! {
        () = connections.shutdown() => {}
        () = tokio::time::sleep(limit) => {
            tracing::warn!(waited_ms = limit.as_millis() as u64, "connections still open at shutdown are cut");
        }
    }
    // From here on no click is answered, so the outbox can close on what it has.
    tasks.shutdown().await;
}

/// Failures that say nothing of the next connection.
fn of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
