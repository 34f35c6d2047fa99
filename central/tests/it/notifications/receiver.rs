//! A postback node's end of the hand-over, over real HTTP.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_wire::{
    error_body::{ErrorBody, ErrorFields, FieldError},
    outbound::{MESSAGES_PATH, Messages, WebhookMessage},
};

const LIMIT: Duration = Duration::from_secs(60);

/// Stands for a postback node: keeps messages by their id, as it does.
#[derive(Default)]
pub struct Node {
    /// So many requests are refused first.
    pub refuses: u32,
    pub refused: u32,
    pub wrong_token: u32,
    messages: BTreeMap<String, WebhookMessage>,
}

#[derive(Clone, Default)]
pub struct PostbackNode(Arc<Mutex<Node>>);

impl PostbackNode {
    /// Returns it and its URL.
    pub async fn start(refuses: u32) -> (Self, String) {
        let node = Self::default();
        node.0.lock().unwrap().refuses = refuses;
        let app = Router::new().route(MESSAGES_PATH, post(take)).with_state(node.clone());
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        (node, url)
    }

    pub fn lock(&self) -> MutexGuard<'_, Node> {
        self.0.lock().unwrap()
    }

    /// Bodies of an event's messages, with the webhooks they are for.
    pub fn got(&self, event: &str) -> Vec<(String, Value)> {
        let node = self.0.lock().unwrap();
        let of_event = node.messages.values().filter(|message| message.event.as_str() == event);
        of_event.map(|m| (m.webhook_id.to_string(), serde_json::from_str(&m.body).unwrap())).collect()
    }
}

async fn take(
    State(node): State<PostbackNode>,
    headers: HeaderMap,
    Json(messages): Json<Messages>,
) -> Response {
    let mut node = node.0.lock().unwrap();
    if headers["authorization"] != format!("Bearer {NODE_TOKEN}") {
        node.wrong_token += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if node.refused < node.refuses {
        node.refused += 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if messages.messages.iter().any(|message| !message.id.bytes().all(|byte| byte.is_ascii_graphic())) {
        return refusal();
    }
    if messages.messages.iter().any(|message| *message.webhook_id == *"gone") {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    for message in messages.messages {
        if let Some(known) = node.messages.get(&message.id) {
            assert_eq!(*known, message, "the same id is the same message");
        }
        node.messages.insert(message.id.clone(), message);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// As a node says that a message's id is wrong.
fn refusal() -> Response {
    let details = vec![FieldError { field: "messages[0].id".to_owned(), error: "visible ASCII".to_owned() }];
    let error = ErrorFields {
        code: "validation_failed".to_owned(),
        message: "the request is not valid".to_owned(),
        details,
        request_id: String::new(),
        timestamp: String::new(),
    };
    (StatusCode::BAD_REQUEST, Json(ErrorBody { error })).into_response()
}

/// What a webhook of the workspace points at.
pub struct Hooks {
    port: u16,
    got: UnboundedReceiver<(HeaderMap, Value)>,
}

impl Hooks {
    pub async fn start() -> Self {
        let (tell, got) = mpsc::unbounded_channel();
        let take = async move |headers: HeaderMap, Json(body): Json<Value>| {
            let _ = tell.send((headers, body));
            StatusCode::NO_CONTENT
        };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(axum::serve(listener, Router::new().route("/hook", post(take))).into_future());
        Self { port, got }
    }

    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.port)
    }

    pub async fn next(&mut self) -> (HeaderMap, Value) {
        let got = tokio::time::timeout(LIMIT, self.got.recv()).await;
        got.expect("a call of the webhook").unwrap()
    }
}
