//! Stands for a postback node, or for who hears of conversions, at its HTTP boundary: keeps what it was asked, and answers what it was told to.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path_and_query: String,
    pub authorization: String,
    pub content_type: String,
    /// Of an outbound call.
    pub idempotency_key: String,
    /// Null without one.
    pub body: Value,
}

type Answer = Box<dyn FnMut(&Asked) -> (u16, Value) + Send>;

#[derive(Clone)]
pub struct NodeDouble {
    url: String,
    state: Arc<Mutex<Inner>>,
}

struct Inner {
    asked: Vec<Asked>,
    answer: Answer,
}

impl NodeDouble {
    pub async fn start(answer: impl FnMut(&Asked) -> (u16, Value) + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(Inner { asked: Vec::new(), answer: Box::new(answer) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answered).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }
}

async fn answered(
    State(state): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let asked = Asked {
        method,
        path_and_query: uri.to_string(),
        authorization: header("authorization"),
        content_type: header("content-type"),
        idempotency_key: header("idempotency-key"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let mut inner = state.lock().unwrap();
    let (status, answer) = (inner.answer)(&asked);
    inner.asked.push(asked);
    (StatusCode::from_u16(status).unwrap(), answer.to_string())
}
