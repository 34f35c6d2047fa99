//! Gives a destination another share of a stream's clicks.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Destination, Stream};
use utoipa::ToSchema;

use super::{Edit, Impossible, Plan, edit::Edited, id_of, pause::check_id};
use crate::{
    access::WorkspaceApp,
    admin::validate::{Errors, MAX_WEIGHT},
    alerts::condition::{Subject, SubjectKind},
    app::App,
    error::ApiError,
};

const MAX_PERCENT: u32 = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetWeight {
    pub stream_id: String,
    /// One of the stream's targets. Null: the destination that the alert is about.
    #[serde(default)]
    pub destination_id: Option<String>,
    /// The new weight; either this or `percent`.
    #[serde(default)]
    pub weight: Option<u32>,
    /// The new weight in percent of the one it has, 0 to 1000, rounded.
    #[serde(default)]
    pub percent: Option<u32>,
}

impl SetWeight {
    pub async fn check(
        &self,
        app: &WorkspaceApp,
        of: SubjectKind,
        errors: &mut Errors,
    ) -> Result<(), ApiError> {
        match (self.weight, self.percent) {
            (Some(weight), None) if weight > MAX_WEIGHT => errors.add("weight", format!("0 to {MAX_WEIGHT}")),
            (None, Some(percent)) if percent > MAX_PERCENT => {
                errors.add("percent", format!("0 to {MAX_PERCENT}"));
            }
            (Some(_), None) | (None, Some(_)) => {}
            _ => errors.add("weight", "either this or percent"),
        }
        let targets = match errors.coming_targets(&self.stream_id) {
            Some(targets) => Some(targets.clone()),
            None => {
                let stream = app.catalog.get::<Stream>(&app.workspace_id, &self.stream_id).await?;
                stream.map(|stream| stream.entity.targets)
            }
        };
        match (&targets, &self.destination_id) {
            (None, _) => errors.add("stream_id", "there is no such thing"),
            (Some(targets), Some(id)) if !targets.iter().any(|t| t.destination_id.as_str() == id) => {
                errors.add("destination_id", "no target of the stream");
            }
            _ => {}
        }
        let is_needed = of != SubjectKind::Destination;
        check_id::<Destination>(app, errors, "destination_id", &self.destination_id, is_needed).await
    }

    pub async fn plan(&self, app: &App, workspace: &str, subject: &Subject) -> mongodb::error::Result<Plan> {
        let Some(id) = id_of(&self.destination_id, subject, SubjectKind::Destination) else {
            return Ok(Plan::Impossible(Impossible::NoneNamed("destination")));
        };
        let Some(before) = app.catalog.get::<Stream>(workspace, &self.stream_id).await? else {
            return Ok(Plan::Impossible(Impossible::Gone("stream")));
        };
        let mut after = before.entity.clone();
        let Some(target) = after.targets.iter_mut().find(|target| target.destination_id.as_str() == id)
        else {
            return Ok(Plan::Impossible(Impossible::Gone("target of the stream")));
        };
        let (from, to) = (target.weight, self.new_weight(target.weight));
        target.weight = to;
        if from == to {
            return Ok(Plan::Nothing(format!("the weight is {to} already")));
        }
        if after.targets.iter().all(|target| target.weight == 0) {
            return Ok(Plan::Impossible(Impossible::Invalid("no target of the stream would take clicks")));
        }
        let field = format!("weight of {id}");
        let edited = Edited { before, after, field, from: from.to_string(), to: to.to_string() };
        Ok(Plan::Edit(Box::new(Edit::Stream(edited))))
    }

    fn new_weight(&self, weight: u32) -> u32 {
        let weight = match (self.weight, self.percent) {
            (Some(weight), _) => u64::from(weight),
            (None, Some(percent)) => (u64::from(weight) * u64::from(percent) + 50) / 100,
            (None, None) => u64::from(weight),
        };
        weight.min(u64::from(MAX_WEIGHT)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_set_or_scaled() {
        let of = |weight, percent| SetWeight { stream_id: "s".into(), destination_id: None, weight, percent };
        assert_eq!(of(Some(3), None).new_weight(100), 3);
        assert_eq!(of(None, Some(50)).new_weight(5), 3);
        assert_eq!(of(None, Some(0)).new_weight(5), 0);
        assert_eq!(of(None, Some(1000)).new_weight(MAX_WEIGHT), MAX_WEIGHT);
    }
}
