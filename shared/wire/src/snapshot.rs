//! `GET /internal/v1/snapshot?since=<version>&generation=<generation>&wait_ms=<n>`
//!
//! - 200 with `Content-Type: application/vnd.traffoflex.snapshot` and a sealed [`SnapshotMessage`]
//!   (see [`crate::codec`]); `X-Snapshot-Version` repeats the version it leads to.
//! - 304 when `since` is still the version after waiting `wait_ms` (at most [`MAX_WAIT_MS`]; 0 or none answers at once).
//!
//! Without `since`, or when central no longer holds the changes since then, the answer is full.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Snapshot, SnapshotDelta};

pub const PATH: &str = "/internal/v1/snapshot";
pub const CONTENT_TYPE: &str = "application/vnd.traffoflex.snapshot";
pub const VERSION_HEADER: &str = "x-snapshot-version";
/// The node that asks, so that central can list who is up to date.
pub const NODE_HEADER: &str = "x-node-id";
/// Longest a request is held open.
pub const MAX_WAIT_MS: u64 = 30_000;
/// Largest sealed message a node reads.
pub const MAX_SEALED_BYTES: u64 = 512 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotMessage {
    Full(Snapshot),
    Delta(SnapshotDelta),
}
