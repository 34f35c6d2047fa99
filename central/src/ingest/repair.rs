//! Messages that could not be ingested, checked as events before they are put in again.
//!
//! An event keeps the identity that its node gave it: whatever the message said of it that could be read
//! must be so in the repaired one, too. Then it is the same row however often it comes, and nobody's row is replaced.

use serde::Deserialize;
use serde_json::Value;
use traffoflex_model::{
    ClickEvent, ConversionEvent, DestinationHealthEvent, NodeGapEvent, PostbackLogEvent, TrafficbackEvent,
};
use traffoflex_wire::{error_body::FieldError, event::ReceivedIdentity, topic::Topic};

use crate::admin::input;

/// What a repair must leave as it was.
const IDENTITY: [&str; 5] = ["event_id", "node_id", "node_epoch", "node_seq", "workspace_id"];
const WORKSPACE: &str = "workspace_id";

/// A message that passed, as a line.
#[derive(Debug)]
pub struct Repaired {
    pub line: String,
    /// None: its kind of event belongs to none.
    pub workspace_id: Option<String>,
    /// The original said who the event is.
    pub is_identified: bool,
}

/// Checks a message for a topic against the original. Fields are named as paths in it.
pub fn check(topic: Topic, original: &str, message: &str) -> Result<Repaired, Vec<FieldError>> {
    let wrong = |field: &str, error: String| FieldError { field: field.to_owned(), error };
    let value: Value = serde_json::from_str(message)
        .map_err(|error| vec![wrong("message", format!("is not JSON: {error}"))])?;
    let line = value.to_string();
    let before = serde_json::from_str::<Value>(original).unwrap_or_default();
    let changed = IDENTITY.iter().filter(|name| !before[**name].is_null() && before[**name] != value[**name]);
    let changed: Vec<FieldError> =
        changed.map(|name| wrong(name, format!("must stay {}", before[*name]))).collect();
    if !changed.is_empty() {
        return Err(changed);
    }
    let identity: ReceivedIdentity = read(&line).map_err(|error| vec![error])?;
    let ReceivedIdentity { event_id, node_id, node_epoch, node_seq, .. } = &identity;
    let expected = format!("{node_id}.{node_epoch}.{node_seq}");
    if *event_id != expected {
        return Err(vec![wrong("event_id", format!("must be {expected}"))]);
    }
    if *node_seq == 0 {
        return Err(vec![wrong("node_seq", "must be at least 1".to_owned())]);
    }
    event(topic, &line).map_err(|error| vec![error])?;
    let is_identified = IDENTITY.iter().take(4).all(|name| !before[*name].is_null());
    let workspace_id = value[WORKSPACE].as_str().map(str::to_owned);
    Ok(Repaired { line, workspace_id, is_identified })
}

fn event(topic: Topic, line: &str) -> Result<(), FieldError> {
    match topic {
        Topic::ClickEvents => read::<ClickEvent<'_>>(line).map(drop),
        Topic::TrafficbackEvents => read::<TrafficbackEvent<'_>>(line).map(drop),
        Topic::NodeGapEvents => read::<NodeGapEvent>(line).map(drop),
        Topic::DestinationHealthEvents => read::<DestinationHealthEvent<'_>>(line).map(drop),
        Topic::ConversionEvents => read::<ConversionEvent<'_>>(line).map(drop),
        Topic::PostbackLogEvents => read::<PostbackLogEvent<'_>>(line).map(drop),
    }
}

fn read<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, FieldError> {
    let mut json = serde_json::Deserializer::from_str(line);
    serde_path_to_error::deserialize(&mut json).map_err(|error| input::located(&error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn gap() -> Value {
        json!({ "event_id": "n.1.5", "node_id": "n", "node_epoch": 1, "node_seq": 5, "schema": 1,
            "created_at": 1, "first_seq": 2, "last_seq": 3, "reason": "outbox_full" })
    }

    fn wrong(original: &Value, message: &Value) -> Vec<String> {
        let errors = check(Topic::NodeGapEvents, &original.to_string(), &message.to_string()).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_repair_mends_fields_and_leaves_the_identity() {
        let good = gap();
        let mut broken = gap();
        broken["reason"] = "whim".into();
        let repaired = check(Topic::NodeGapEvents, &broken.to_string(), &good.to_string()).unwrap();
        assert!(repaired.is_identified && repaired.workspace_id.is_none());
        assert_eq!(serde_json::from_str::<Value>(&repaired.line).unwrap(), good);
        assert_eq!(wrong(&broken, &broken), ["reason"]);
        let mut other = gap();
        (other["event_id"], other["node_seq"]) = ("n.1.6".into(), 6.into());
        assert_eq!(wrong(&broken, &other), ["event_id", "node_seq"]);
        let mut missing = gap();
        missing.as_object_mut().unwrap().remove("first_seq");
        assert_eq!(wrong(&missing, &missing), ["first_seq"]);
        let unreadable = check(Topic::NodeGapEvents, "{cut", &good.to_string()).unwrap();
        assert!(!unreadable.is_identified);
        assert_eq!(check(Topic::NodeGapEvents, "", "{").unwrap_err()[0].field, "message");
        let mut forged = gap();
        forged["event_id"] = "n.1.9".into();
        assert_eq!(wrong(&json!({}), &forged), ["event_id"]);
    }
}
