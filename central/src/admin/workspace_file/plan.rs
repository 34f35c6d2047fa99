//! The items of a file: their ids, what they are called here, and what refers to them.

use std::collections::{HashMap, HashSet};

use mongodb::bson::{Bson, Document, doc};
use serde_json::Value;
use ulid::Ulid;

use crate::{
    access::WorkspaceApp,
    admin::{crud::write::new_id, validate::Errors},
    catalog::entity::Entity,
    error::ApiError,
};

/// Things of one kind in a file.
const MAX_ITEMS: usize = 20_000;

/// One thing of a file.
pub struct Item {
    /// `campaigns[0]`.
    pub path: String,
    /// In the file.
    pub file_id: String,
    pub id: String,
    pub has_secret: bool,
    pub public_id: Option<String>,
    pub campaign_id: Option<String>,
    /// The rest, as it would be sent to the API.
    pub body: Value,
}

/// Takes ids and marks out of a list's values.
pub fn items(list: &str, values: Vec<Value>, errors: &mut Errors) -> Vec<Item> {
    if values.len() > MAX_ITEMS {
        errors.add(list, format!("at most {MAX_ITEMS}"));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut items = Vec::with_capacity(values.len());
    for (i, mut body) in values.into_iter().enumerate() {
        let path = format!("{list}[{i}]");
        let Some(object) = body.as_object_mut() else {
            errors.add(&path, "expected an object");
            continue;
        };
        let mut text = |name: &str| match object.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (id, public_id, campaign_id) = (text("id"), text("public_id"), text("campaign_id"));
        let has_secret = object.remove("has_secret").is_some_and(|has| has == true);
        // Our own form alone: such an id is in no other text by chance.
        let Some(id) = id.filter(|id| Ulid::from_string(id).is_ok()) else {
            errors.add(&format!("{path}.id"), "an id as it was exported");
            continue;
        };
        if !seen.insert(id.clone()) {
            errors.add(&format!("{path}.id"), "another one has it");
        }
        items.push(Item { path, file_id: id.clone(), id, has_secret, public_id, campaign_id, body });
    }
    items
}

/// New ids for those that are another workspace's.
pub async fn new_ids(
    app: &WorkspaceApp,
    collection: &str,
    items: &[Item],
    renamed: &mut HashMap<String, String>,
) -> Result<(), ApiError> {
    let ids: Vec<&str> = items.iter().map(|item| item.file_id.as_str()).collect();
    let elsewhere = doc! { "_id": { "$in": ids }, "workspace_id": { "$ne": &*app.workspace_id } };
    let documents = app.catalog.database().collection::<Document>(collection);
    for id in documents.distinct("_id", elsewhere).await? {
        if let Bson::String(id) = id {
            renamed.entry(id).or_insert_with(new_id);
        }
    }
    Ok(())
}

/// Everything that names a renamed thing names it by its new id.
pub fn rename(item: &mut Item, renamed: &HashMap<String, String>) {
    if renamed.is_empty() {
        return;
    }
    if let Some(id) = renamed.get(&item.file_id) {
        item.id.clone_from(id);
    }
    if let Some(id) = item.campaign_id.as_ref().and_then(|id| renamed.get(id)) {
        item.campaign_id = Some(id.clone());
    }
    rename_in(&mut item.body, renamed);
}

pub fn rename_in(value: &mut Value, renamed: &HashMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(id) = renamed.get(text) {
                text.clone_from(id);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename_in(value, renamed)),
        Value::Object(object) => object.values_mut().for_each(|value| rename_in(value, renamed)),
        _ => {}
    }
}

/// Values that must be unique, such as slugs: those that something else has are wrong.
pub async fn check_free<T: Entity>(
    app: &WorkspaceApp,
    items: &[Item],
    field: &str,
    scope: Document,
    errors: &mut Errors,
) -> Result<(), ApiError> {
    let of = |item: &Item| item.body[field].as_str().map(str::to_lowercase);
    let values: Vec<String> = items.iter().filter_map(of).collect();
    let mut filter = scope;
    filter.insert(field, doc! { "$in": &values });
    let documents = app.catalog.collection::<T>().clone_with_type::<Document>();
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut found = documents.find(filter).projection(doc! { field: 1 }).await?;
    while found.advance().await? {
        let document = found.deserialize_current()?;
        if let (Ok(value), Ok(id)) = (document.get_str(field), document.get_str("_id")) {
            owners.insert(value.to_owned(), id.to_owned());
        }
    }
    // Something of the file may give up what another one takes: that is no error here, and the unique index
    // has the last word.
    let moves: HashSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let mut seen: HashSet<String> = HashSet::new();
    for item in items {
        let Some(value) = of(item) else { continue };
        let owner = owners.get(&value).filter(|owner| **owner != item.id && !moves.contains(owner.as_str()));
        if owner.is_some() || !seen.insert(value) {
            errors.add(&format!("{}.{field}", item.path), "already taken");
        }
    }
    Ok(())
}
