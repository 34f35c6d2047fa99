//! The service as a caller sees it whom no workspace is needed for.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::Caller;
use crate::{app::App, error::ApiError};

#[derive(Clone)]
pub struct CallerApp {
    app: App,
    pub caller: Arc<Caller>,
}

impl Deref for CallerApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl FromRequestParts<App> for CallerApp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Arc<Caller>>().ok_or(ApiError::Unauthorized)?.clone();
        Ok(Self { app: app.clone(), caller })
    }
}
