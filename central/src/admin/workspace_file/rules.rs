//! Alert rules of a file.

use std::collections::HashMap;

use super::{
    ImportedItem, Outcome,
    import::{IMPORTED, Import},
    plan::Item,
};
use crate::{
    alerts::portable::{self, AlertRule, RESOURCE},
    audit_log::{Action, Change, Entry},
    catalog::entity::Stored,
    error::ApiError,
};

impl Import<'_> {
    /// After the streams, whose targets they name.
    pub(super) async fn take_alert_rules(&mut self, items: Vec<Item>) -> Result<(), ApiError> {
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let found = portable::of_ids(self.app, &ids).await?;
        let mut before: HashMap<String, Stored<AlertRule>> =
            found.into_iter().map(|stored| (stored._id.clone(), stored)).collect();
        let new = items.len() - before.len().min(items.len());
        if new > 0 && !portable::has_room(self.app, new).await? {
            self.errors.below("");
            self.errors.add("alert_rules", "a workspace has no room for so many");
        }
        for mut item in items {
            self.errors.below(&item.path);
            let mut part = self.errors.part();
            let rule = portable::check(self.app, item.body.take(), &item.id, &mut part).await?;
            self.errors.take_part(part);
            let Some(rule) = rule else { continue };
            self.write_rule(item, before.remove(&rule.id), &rule)?;
        }
        Ok(())
    }

    fn write_rule(
        &mut self,
        item: Item,
        before: Option<Stored<AlertRule>>,
        rule: &AlertRule,
    ) -> Result<(), ApiError> {
        let outcome = match &before {
            Some(before) if before.entity == *rule => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
            None => Outcome::Created,
        };
        if outcome != Outcome::Unchanged {
            portable::write(&mut self.work, rule, before.as_ref())?;
            let change = Change {
                action: if outcome == Outcome::Created { Action::Created } else { Action::Updated },
                resource: RESOURCE,
                id: rule.id.clone(),
                name: rule.name.clone(),
                what: Some(IMPORTED.to_owned()),
                before: before.and_then(|before| serde_json::to_value(before.entity).ok()),
                after: serde_json::to_value(rule).ok(),
            };
            self.work.record(Entry::of(self.app, change));
        }
        let Item { path, file_id: id, id: new_id, .. } = item;
        let name = rule.name.clone();
        self.items.push(ImportedItem { path, id, new_id, name, outcome, needs_secret: false });
        Ok(())
    }
}
