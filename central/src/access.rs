//! Who calls, in which workspace, and what they may do there.
//!
//! A request under `/api` or `/ads` passes the [`gate`]: its credentials become a [`Caller`], the caller's
//! permissions are held against the one that its route needs ([`permission::needed`], one table; a route that
//! is not in it is open to nobody), and the handler gets a [`WorkspaceApp`], which sees one workspace only (or a
//! [`CallerApp`], where no workspace is needed).
//! What belongs to another one is not there for it: 404, not 403. `/internal/` is for nodes and operators by
//! token ([`internal`]).
//!
//! | credential | as | workspace |
//! |---|---|---|
//! | session (`Authorization: Bearer <JWT>`) | the user's role | `X-Workspace-Id`, or the user's first |
//! | API key (`X-Api-Key` or Bearer) | its scopes | the key's own |
//! | `AUTH_BOOTSTRAP_TOKEN` | owner | `X-Workspace-Id`, or the installation's first |

mod caller;
mod caller_app;
pub mod gate;
pub mod internal;
pub mod permission;
mod role;
mod session;
mod tokens;
mod workspace_app;

pub use caller::{Actor, ActorKind, Caller, CallerSession};
pub use caller_app::CallerApp;
pub use permission::Permission;
pub use role::Role;
pub use workspace_app::WorkspaceApp;

/// Names the workspace that a request is about, for callers who are in several.
pub const WORKSPACE_HEADER: &str = "x-workspace-id";
