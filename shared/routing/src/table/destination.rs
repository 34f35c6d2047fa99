//! A destination ready to be rendered.

use traffoflex_model::{
    Destination, DestinationId, DestinationKind, GeoRule, HealthCheck, RedirectType, Status, WorkspaceId,
};

use super::TableError;
use crate::{cap::CompiledCap, macros::UrlTemplate, schedule::CompiledSchedule};

#[derive(Debug)]
pub struct CompiledDestination {
    id: DestinationId,
    workspace_id: WorkspaceId,
    status: Status,
    redirect: RedirectType,
    referrer_policy: Option<Box<str>>,
    url: UrlTemplate,
    /// What most destinations have none of, behind one pointer.
    conditions: Option<Box<Conditions>>,
    health_check: HealthCheck,
    kind: DestinationKind,
}

/// When, for whom and how much a destination takes.
#[derive(Debug, Default)]
pub struct Conditions {
    pub schedule: Option<CompiledSchedule>,
    pub caps: Box<[CompiledCap]>,
    pub geo: GeoRule,
    /// None: all.
    pub device_types: Box<[Box<str>]>,
}

impl CompiledDestination {
    pub(super) fn compile(destination: &Destination) -> Result<Self, TableError> {
        let wrong = |field: String, message: String| TableError::Entity {
            kind: "destination",
            id: destination.id.to_string(),
            field,
            message,
        };
        let url =
            UrlTemplate::parse(&destination.url).map_err(|error| wrong("url".into(), error.to_string()))?;
        let schedule = (destination.schedule.as_ref()).map(CompiledSchedule::compile).transpose();
        let schedule = schedule.map_err(|error| wrong(format!("schedule.{}", error.path), error.message))?;
        let mut caps = Vec::with_capacity(destination.caps.len());
        for (i, cap) in destination.caps.iter().enumerate() {
            let compiled = CompiledCap::compile(&destination.id, cap);
            caps.push(compiled.map_err(|error| wrong(format!("caps[{i}].{}", error.field), error.message))?);
        }
        let is_plain = schedule.is_none()
            && caps.is_empty()
            && destination.geo.is_empty()
            && destination.device_types.is_empty();
        let conditions = (!is_plain).then(|| {
            Box::new(Conditions {
                schedule,
                caps: caps.into(),
                geo: destination.geo.clone(),
                device_types: destination.device_types.iter().map(|device| device.as_str().into()).collect(),
            })
        });
        Ok(Self {
            id: destination.id.clone(),
            workspace_id: destination.workspace_id.clone(),
            status: destination.status,
            redirect: destination.redirect,
            referrer_policy: destination.referrer_policy.as_deref().map(Into::into),
            url,
            conditions,
            health_check: destination.health_check.clone(),
            kind: destination.kind,
        })
    }

    pub fn id(&self) -> &DestinationId {
        &self.id
    }

    pub fn workspace_id(&self) -> &WorkspaceId {
        &self.workspace_id
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

    /// None: it takes every click at any time.
    pub fn conditions(&self) -> Option<&Conditions> {
        self.conditions.as_deref()
    }

    pub fn caps(&self) -> &[CompiledCap] {
        self.conditions.as_ref().map_or(&[], |conditions| &conditions.caps)
    }

    pub fn kind(&self) -> DestinationKind {
        self.kind
    }

    pub fn health_check(&self) -> &HealthCheck {
        &self.health_check
    }
}
