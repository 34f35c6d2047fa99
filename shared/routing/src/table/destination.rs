//! A destination ready to be rendered.

use traffoflex_model::{Destination, DestinationId, RedirectType, Status};

use super::TableError;
use crate::macros::UrlTemplate;

#[derive(Debug)]
pub struct CompiledDestination {
    id: DestinationId,
    status: Status,
    redirect: RedirectType,
    referrer_policy: Option<Box<str>>,
    url: UrlTemplate,
}

impl CompiledDestination {
    pub(super) fn compile(destination: &Destination) -> Result<Self, TableError> {
        let url = UrlTemplate::parse(&destination.url).map_err(|error| TableError::Entity {
            kind: "destination",
            id: destination.id.to_string(),
            field: "url".into(),
            message: error.to_string(),
        })?;
        Ok(Self {
            id: destination.id.clone(),
            status: destination.status,
            redirect: destination.redirect,
            referrer_policy: destination.referrer_policy.as_deref().map(Into::into),
            url,
        })
    }

    pub fn id(&self) -> &DestinationId {
        &self.id
    }

    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub fn redirect(&self) -> RedirectType {
        self.redirect
    }

    pub fn referrer_policy(&self) -> Option<&str> {
        self.referrer_policy.as_deref()
    }

    pub fn url(&self) -> &UrlTemplate {
        &self.url
    }
}
