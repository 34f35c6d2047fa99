//! The service as one caller in one workspace sees it.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use traffoflex_model::WorkspaceId;

use super::{Actor, Caller};
use crate::{app::App, error::ApiError};

#[derive(Clone)]
pub struct WorkspaceApp {
    app: App,
    pub caller: Arc<Caller>,
    pub workspace_id: WorkspaceId,
}

impl WorkspaceApp {
    /// For what the service does by itself, in somebody's name.
    pub fn of(app: &App, workspace_id: WorkspaceId, actor: Actor) -> Self {
        let caller = Caller {
            actor,
            workspace_id: Some(workspace_id.clone()),
            role: None,
            permissions: Vec::new(),
            masks_money: false,
            is_installation_admin: false,
            expires_at: None,
            session: None,
        };
        Self { app: app.clone(), caller: Arc::new(caller), workspace_id }
    }
}

impl Deref for WorkspaceApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl FromRequestParts<App> for WorkspaceApp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Arc<Caller>>().ok_or(ApiError::Unauthorized)?.clone();
        let workspace_id = caller.workspace_id.clone().ok_or(ApiError::Forbidden)?;
        Ok(Self { app: app.clone(), caller, workspace_id })
    }
}
