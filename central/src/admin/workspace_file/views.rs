//! Saved views of a file.

use std::collections::HashMap;

use super::{
    ImportedItem, Outcome,
    import::{IMPORTED, Import},
    plan::Item,
};
use crate::{
    audit_log::{Action, Change, Entry},
    error::ApiError,
    saved_views::portable::{self, RESOURCE, Stored},
};

impl Import<'_> {
    pub(super) async fn take_saved_views(&mut self, items: Vec<Item>) -> Result<(), ApiError> {
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let found = portable::of_ids(self.app, &ids).await?;
        let mut before: HashMap<String, Stored> =
            found.into_iter().map(|stored| (stored._id.clone(), stored)).collect();
        let new = items.len() - before.len().min(items.len());
        if new > 0 && !portable::has_room(self.app, new).await? {
            self.errors.below("");
            self.errors.add("saved_views", "a workspace has no room for so many");
        }
        for mut item in items {
            self.errors.below(&item.path);
            let Some(view) = self.errors.take(portable::read(item.body.take()))? else { continue };
            let before = before.remove(&item.id);
            let outcome = match &before {
                Some(before) if before.view == view => Outcome::Unchanged,
                Some(_) => Outcome::Updated,
                None => Outcome::Created,
            };
            if outcome != Outcome::Unchanged {
                portable::write(self.app, &mut self.work, &item.id, &view, before.as_ref())?;
                let change = Change {
                    action: if outcome == Outcome::Created { Action::Created } else { Action::Updated },
                    resource: RESOURCE,
                    id: item.id.clone(),
                    name: view.name.clone(),
                    what: Some(IMPORTED.to_owned()),
                    before: before.and_then(|before| serde_json::to_value(before.view).ok()),
                    after: serde_json::to_value(&view).ok(),
                };
                self.work.record(Entry::of(self.app, change));
            }
            let Item { path, file_id: id, id: new_id, .. } = item;
            self.items.push(ImportedItem { path, id, new_id, name: view.name, outcome, needs_secret: false });
        }
        Ok(())
    }
}
