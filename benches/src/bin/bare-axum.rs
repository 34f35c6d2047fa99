//! The yardstick of the load profile: axum with a route that answers a constant 302, as to a click, and one
//! that answers a constant 200, as to a postback, on the same listener set-up as our services. Prints its address; runs until killed.

use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    routing::get,
    serve::ListenerExt,
};

const REDIRECT: (StatusCode, [(HeaderName, &str); 2]) = (
    StatusCode::FOUND,
    [
        (header::LOCATION, "https://offer.example/?cid=0123456789abcdef0123456789abcdef"),
        (header::CACHE_CONTROL, "no-store"),
    ],
);

const ACCEPTED: ([(HeaderName, &str); 1], &str) = (
    [(header::CONTENT_TYPE, "application/json")],
    r#"{"status":"accepted","conversion_id":"0123456789abcdefghijkl"}"#,
);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the load script reads the address here")]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new()
        .route("/c/{slug}", get(|| async { REDIRECT }))
        .route("/pb/{network}", get(|| async { ACCEPTED }));
    axum::serve(listener, router).await
}
