//! What every request to the API passes: who is it, and may they?

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use traffoflex_model::{Workspace, WorkspaceId};

use super::{
    Actor, ActorKind, Caller, Permission, Role, WORKSPACE_HEADER, permission,
    permission::Need,
    session,
    tokens::{self, Tokens},
};
use crate::{accounts::token::Tokens as SessionTokens, app::App, config::AuthConfig, error::ApiError};

#[derive(Clone)]
pub struct Gate {
    app: App,
    bootstrap: Tokens,
}

impl Gate {
    pub fn new(app: App, config: &AuthConfig) -> Self {
        Self { app, bootstrap: Tokens::new(config.bootstrap_token.clone()) }
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let shown = tokens::shown(headers).ok_or(ApiError::Unauthorized)?;
        let named = named_workspace(headers)?;
        if self.bootstrap.open(shown) {
            return self.bootstrap(named).await;
        }
        if SessionTokens::is_token(shown) {
            return session::caller(&self.app, shown, named).await;
        }
        Err(ApiError::Unauthorized)
    }

    async fn bootstrap(&self, named: Option<WorkspaceId>) -> Result<Caller, ApiError> {
        let workspace_id = match named {
            Some(id) => {
                self.app
                    .catalog
                    .get::<Workspace>(id.as_str(), id.as_str())
                    .await?
                    .ok_or(ApiError::NotFound)?;
                id
            }
            None => self.app.first_workspace_id.clone(),
        };
        Ok(Caller {
            actor: Actor { kind: ActorKind::Bootstrap, id: String::new(), name: "bootstrap token".into() },
            workspace_id: Some(workspace_id),
            role: Some(Role::Owner),
            permissions: Permission::ALL.to_vec(),
            masks_money: false,
            is_installation_admin: true,
            session: None,
        })
    }
}

fn named_workspace(headers: &HeaderMap) -> Result<Option<WorkspaceId>, ApiError> {
    let Some(value) = headers.get(WORKSPACE_HEADER) else { return Ok(None) };
    // What is no id is no workspace of anybody.
    value.to_str().map(|id| Some(id.into())).map_err(|_| ApiError::NotFound)
}

/// Middleware.
pub async fn admit(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let caller = match gate.caller(request.headers()).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let route = request.extensions().get::<MatchedPath>();
    let need = route.and_then(|route| permission::needed(request.method(), route.as_str()));
    match need {
        Some(Need::SignedIn) => {}
        _ if caller.is_pending() => return ApiError::PendingApproval.into_response(),
        Some(Need::Approved) => {}
        Some(Need::Permission(permission)) if caller.may(permission) => {}
        _ => return ApiError::Forbidden.into_response(),
    }
    request.extensions_mut().insert(Arc::new(caller));
    next.run(request).await
}
