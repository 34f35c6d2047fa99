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
use crate::{
    accounts::token::Tokens as SessionTokens, api_keys, app::App, config::AuthConfig, error::ApiError,
    rate_limit::RateLimits,
};

#[derive(Clone)]
pub struct Gate {
    app: App,
    bootstrap: Tokens,
    limits: RateLimits,
}

impl Gate {
    pub fn new(app: App, config: &AuthConfig, limits: RateLimits) -> Self {
        Self { app, bootstrap: Tokens::new(config.bootstrap_token.clone()), limits }
    }

    /// Who shows these credentials now; for what lasts longer than a request.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        self.known(headers).await.map_err(|unknown| unknown.error)
    }

    async fn known(&self, headers: &HeaderMap) -> Result<Caller, Unknown> {
        let shown = tokens::shown(headers).ok_or(ApiError::Unauthorized)?;
        let named = named_workspace(headers);
        if self.bootstrap.open(shown) {
            return self.bootstrap(named).await;
        }
        if api_keys::secret::is_key(shown) {
            return api_keys::caller(&self.app.api_keys, shown, named).await;
        }
        if SessionTokens::is_token(shown) {
            return session::caller(&self.app, shown, named).await;
        }
        Err(ApiError::Unauthorized.into())
    }

    async fn bootstrap(&self, named: Named) -> Result<Caller, Unknown> {
        let actor = Actor { kind: ActorKind::Bootstrap, id: String::new(), name: "bootstrap token".into() };
        let workspace_id = match named {
            Named::Workspace(id) => {
                if self.app.catalog.get::<Workspace>(&id, &id).await?.is_none() {
                    return Err(Unknown::place(actor));
                }
                id
            }
            Named::Nothing => self.app.first_workspace_id.clone(),
            Named::NoId => return Err(Unknown::place(actor)),
        };
        Ok(Caller {
            actor,
            workspace_id: Some(workspace_id),
            role: Some(Role::Owner),
            permissions: Permission::ALL.to_vec(),
            masks_money: false,
            is_installation_admin: true,
            expires_at: None,
            session: None,
        })
    }
}

/// The workspace that a request says it is about.
pub enum Named {
    Nothing,
    Workspace(WorkspaceId),
    /// What is no id is no workspace of anybody.
    NoId,
}

fn named_workspace(headers: &HeaderMap) -> Named {
    match headers.get(WORKSPACE_HEADER).map(|value| value.to_str()) {
        None => Named::Nothing,
        Some(Ok(id)) => Named::Workspace(id.into()),
        Some(Err(_)) => Named::NoId,
    }
}

/// Why there is no caller.
pub struct Unknown {
    error: ApiError,
    /// Whose credentials are good, and who named a workspace that is not there for them.
    actor: Option<Actor>,
}

impl Unknown {
    pub fn place(actor: Actor) -> Self {
        Self { error: ApiError::NotFound, actor: Some(actor) }
    }
}

impl<E: Into<ApiError>> From<E> for Unknown {
    fn from(error: E) -> Self {
        Self { error: error.into(), actor: None }
    }
}

/// Middleware.
pub async fn admit(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let caller = match gate.known(request.headers()).await {
        Ok(caller) => caller,
        // Known or not, nobody asks without a budget: whoever has no valid credentials spends their address's.
        Err(Unknown { error, actor: None }) => {
            let refused = gate.limits.spend_of_address(&request).err();
            return refused.unwrap_or(error).into_response();
        }
        Err(Unknown { error, actor: Some(actor) }) => {
            return match gate.limits.spend_of_caller(&actor) {
                Ok(allowance) => allowance.tell(error.into_response()),
                Err(exhausted) => exhausted.into_response(),
            };
        }
    };
    let allowance = match gate.limits.spend_of_caller(&caller.actor) {
        Ok(allowance) => allowance,
        Err(error) => return error.into_response(),
    };
    let route = request.extensions().get::<MatchedPath>();
    let need = route.and_then(|route| permission::needed(request.method(), route.as_str()));
    match need {
        Some(Need::SignedIn) => {}
        _ if caller.is_pending() => return allowance.tell(ApiError::PendingApproval.into_response()),
        Some(Need::Approved) => {}
        Some(Need::Permission(permission)) if caller.may(permission) => {}
        _ => return allowance.tell(ApiError::Forbidden.into_response()),
    }
    request.extensions_mut().insert(Arc::new(caller));
    request.extensions_mut().insert(gate);
    allowance.tell(next.run(request).await)
}
