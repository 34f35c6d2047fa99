//! What is kept of people, for how long, and how it is taken out.
//!
//! - Addresses are stored as a keyed hash and a prefix, unless the workspace says `store_full_ip`.
//! - [`retention`]: how many days a workspace keeps its events; ClickHouse drops them by TTL.
//! - [`erasure`]: all that is known of a click, taken out wherever it is, and again when it comes back.

mod erasure;
pub(crate) mod retention;

pub use self::erasure::erased_among;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::App, catalog::Catalog, config::PrivacyConfig};

const TAG: &str = "privacy";

/// A clone is one reference count.
#[derive(Clone)]
pub struct Privacy(Arc<Shared>);

struct Shared {
    recheck: Duration,
    settle_ms: i64,
    /// Somebody wants something erased.
    asked: Notify,
    /// Somebody changed what is kept.
    changed: Notify,
}

impl Privacy {
    pub fn new(config: &PrivacyConfig) -> Self {
        Self(Arc::new(Shared {
            recheck: config.recheck(),
            settle_ms: config.settle_ms(),
            asked: Notify::new(),
            changed: Notify::new(),
        }))
    }
}

/// Creates what is missing.
pub async fn migrate(catalog: &Catalog) -> anyhow::Result<()> {
    erasure::migrate(catalog).await.context("erasures")
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(retention::routes()).merge(erasure::routes())
}

/// Does what is due in the background until `stop`.
pub async fn keep(app: App, stop: CancellationToken) {
    tokio::join!(retention::keep(app.clone(), stop.clone()), erasure::keep(app, stop));
}

/// An id of our own, which can stand in SQL between quotes as it is.
fn is_plain_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
