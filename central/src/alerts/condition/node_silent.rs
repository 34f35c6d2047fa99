//! Nothing was heard of a node for so long. Nodes are the whole installation's.
//!
//! Whoever did not listen cannot say that somebody was silent: until this process has listened for as long,
//! nothing is measured.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MeasureError, Measured, Reading, Scene, Subject, SubjectKind, check_minutes};
use crate::{admin::validate::Errors, alerts::MAX_SUBJECTS, rfc3339};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSilent {
    pub minutes: u32,
    /// Null: any node.
    #[serde(default)]
    pub node_id: Option<String>,
}

impl NodeSilent {
    pub fn check(&self, errors: &mut Errors) {
        check_minutes(errors, "minutes", self.minutes);
        if self.node_id.as_ref().is_some_and(|id| traffoflex_model::NodeId::parse(id).is_err()) {
            errors.add("node_id", "a node's name");
        }
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let limit_ms = i64::from(self.minutes) * 60_000;
        if (scene.app.presence.listened().as_millis() as i64) < limit_ms {
            return Err(MeasureError::NotYet("central has not listened to its nodes for that long yet"));
        }
        let silences = scene.app.presence.silences(MAX_SUBJECTS as i64).await?;
        let watched =
            silences.iter().filter(|silence| self.node_id.as_ref().is_none_or(|id| *id == silence.node._id));
        let reading = |silence: &crate::node_presence::Silence| Reading {
            subject: Subject::of(SubjectKind::Node, &silence.node._id, &silence.node._id),
            holds: silence.silent_ms >= limit_ms,
            values: vec![
                Measured::plain("last_seen", rfc3339::of(silence.node.last_seen)),
                Measured::plain("silent_seconds", silence.silent_ms / 1000),
            ],
        };
        Ok(watched.map(reading).collect())
    }
}
