//! The yardstick of the load profile: axum with one route that answers a constant 302, on the same
//! listener set-up as traffic-service. Prints its address; runs until killed.

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    routing::get,
    serve::ListenerExt,
};

const ANSWER: (StatusCode, [(HeaderName, &str); 2]) = (
    StatusCode::FOUND,
    [
        (header::LOCATION, "https://offer.example/?cid=0123456789abcdef0123456789abcdef"),
        (header::CACHE_CONTROL, "no-store"),
    ],
);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the load script reads the address here")]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/c/{slug}", get(|| async { ANSWER }))).await
}
