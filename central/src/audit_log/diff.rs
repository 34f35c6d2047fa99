//! What differs between two states of a thing, field by field.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Differences of one entry that are told; a change of more is a new thing.
pub const MAX_DIFFERENCES: usize = 1000;
/// Changes with every write and says nothing.
const REVISION: &str = "revision";

/// A value that is not the same before and after.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// For example `streams[0].targets[1].weight`.
    pub path: String,
    /// Null where there was nothing.
    pub before: Value,
    pub after: Value,
}

/// In the order of the fields; at most [`MAX_DIFFERENCES`].
pub fn between(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null), &mut found);
    found
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after || found.len() >= MAX_DIFFERENCES {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            for key in new.keys().chain(gone).filter(|key| *key != REVISION) {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(
                    &at,
                    old.get(key).unwrap_or(&Value::Null),
                    new.get(key).unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for i in 0..old.len().max(new.len()) {
                let null = &Value::Null;
                compare(
                    &format!("{path}[{i}]"),
                    old.get(i).unwrap_or(null),
                    new.get(i).unwrap_or(null),
                    found,
                );
            }
        }
        // All of it is new or gone: its fields say so one by one.
        (Value::Null, Value::Object(_)) if path.is_empty() => {
            compare(path, &Value::Object(serde_json::Map::new()), after, found);
        }
        (Value::Object(_), Value::Null) if path.is_empty() => {
            compare(path, before, &Value::Object(serde_json::Map::new()), found);
        }
        _ => found.push(Difference { path: path.to_owned(), before: before.clone(), after: after.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told_with_its_path() {
        let before = json!({ "name": "a", "revision": 1, "rules": { "all": [1, 2] }, "old": true });
        let after = json!({ "name": "b", "revision": 2, "rules": { "all": [1, 3, { "x": 1 }] }, "new": [] });
        let told: Vec<(String, Value, Value)> = between(Some(&before), Some(&after))
            .into_iter()
            .map(|difference| (difference.path, difference.before, difference.after))
            .collect();
        let expected = [
            ("name".to_owned(), json!("a"), json!("b")),
            ("new".to_owned(), Value::Null, json!([])),
            ("rules.all[1]".to_owned(), json!(2), json!(3)),
            ("rules.all[2]".to_owned(), Value::Null, json!({ "x": 1 })),
            ("old".to_owned(), json!(true), Value::Null),
        ];
        assert!(told.len() == expected.len() && expected.iter().all(|one| told.contains(one)), "{told:?}");
        assert!(between(Some(&before), Some(&before)).is_empty());
    }

    #[test]
    fn what_is_new_or_gone_is_told_field_by_field() {
        let whole = json!({ "name": "a", "revision": 1 });
        let created = between(None, Some(&whole));
        assert_eq!((created.len(), created[0].path.as_str()), (1, "name"));
        assert_eq!(between(Some(&whole), None)[0].after, Value::Null);
    }

    #[test]
    fn there_is_an_end() {
        let many: Vec<usize> = (0..MAX_DIFFERENCES * 2).collect();
        assert_eq!(between(Some(&json!([])), Some(&json!(many))).len(), MAX_DIFFERENCES);
    }
}
