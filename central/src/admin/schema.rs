//! `GET /api/schema/routing`: what rules, strategies and URLs can be made of, for forms and pickers.
//! Everything comes from the types that the routing itself uses.

use axum::{Json, routing::get};
use serde_json::{Value, json};
use traffoflex_model::{
    BotPolicy, BotReason, Cap, CapMetric, Condition, DestinationKind, ExhaustedMode, FieldKind, Health,
    LinkRefusal, NamedField, Operator, RedirectType, RuleField, RuleNode, Schedule, Strategy, StreamKind,
    TrafficbackReason, UserKey, Weekday,
};
use traffoflex_routing::macros::ClickMacro;
use utoipa_axum::router::OpenApiRouter;

use super::validate;
use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/schema/routing", get(|| async { Json(routing()) }))
}

fn routing() -> Value {
    json!({
        "fields": fields(),
        "operators": operators(),
        "limits": {
            "depth": RuleNode::MAX_DEPTH,
            "values": Condition::MAX_VALUES,
            "parameter_bytes": RuleField::MAX_PARAM_BYTES,
            "caps": Cap::MAX,
            "cap_window_hours": Cap::MAX_WINDOW_HOURS,
            "schedule_windows": Schedule::MAX_WINDOWS,
        },
        "strategies": Strategy::ALL,
        "stream_kinds": StreamKind::ALL,
        "user_keys": UserKey::names(),
        "exhausted_modes": ExhaustedMode::ALL,
        "cap_metrics": CapMetric::ALL,
        "weekdays": Weekday::ALL,
        "device_types": validate::DEVICE_TYPES,
        "bot_policies": BotPolicy::ALL,
        "bot_reasons": bot_reasons(),
        "link_refusals": LinkRefusal::ALL,
        "health": Health::ALL,
        "destination_kinds": DestinationKind::ALL,
        "redirects": RedirectType::ALL,
        "macros": macros(ClickMacro::NAMED),
        "trafficback_reasons": TrafficbackReason::ALL.map(TrafficbackReason::as_str),
    })
}

fn fields() -> Vec<Value> {
    let shown = |name: &str, kind: FieldKind, description: &str| json!({ "name": name, "kind": kind, "description": description });
    let named = NamedField::ALL.iter().map(|field| shown(field.as_str(), field.kind(), field.description()));
    let subs = (1..=10).map(|n| shown(&format!("sub{n}"), FieldKind::Text, "What the source sent along."));
    let query = shown("query.<param>", FieldKind::Text, "Any other parameter of the link, by its name.");
    named.chain(subs).chain([query]).collect()
}

fn bot_reasons() -> Vec<Value> {
    let shown = |reason: BotReason| json!({ "name": reason.as_str(), "weight": reason.weight(), "description": reason.description() });
    BotReason::ALL.map(shown).into()
}

fn operators() -> Vec<Value> {
    let shown = |operator: &Operator| {
        let kinds: Vec<FieldKind> =
            FieldKind::ALL.into_iter().filter(|kind| operator.applies_to(*kind)).collect();
        json!({ "name": operator, "values": operator.values(), "kinds": kinds })
    };
    Operator::ALL.iter().map(shown).collect()
}

/// A name and its aliases are one entry. Beside the named ones there are always `sub1` to `sub10` and `query.<param>`.
pub fn macros<M: PartialEq>(named: &[(&'static str, M)]) -> Vec<Value> {
    let mut entries: Vec<(&M, Vec<&str>)> = Vec::new();
    for (name, stands_for) in named {
        match entries.iter_mut().find(|(known, _)| *known == stands_for) {
            Some((_, names)) => names.push(name),
            None => entries.push((stands_for, vec![name])),
        }
    }
    let subs = (1..=10).map(|n| json!({ "name": format!("sub{n}"), "aliases": [] }));
    let named = entries.into_iter().map(|(_, names)| json!({ "name": names[0], "aliases": names[1..] }));
    named.chain(subs).chain([json!({ "name": "query.<param>", "aliases": [] })]).collect()
}

#[cfg(test)]
mod tests {
    use traffoflex_template::MacroName as _;

    use super::*;

    #[test]
    fn every_name_it_lists_is_accepted() {
        let schema = routing();
        let names = |list: &str| -> Vec<String> {
            let entries = schema[list].as_array().unwrap();
            entries.iter().map(|entry| entry["name"].as_str().unwrap().replace("<param>", "zone")).collect()
        };
        for field in names("fields") {
            assert!(field.parse::<RuleField>().is_ok(), "{field}");
        }
        for name in names("macros") {
            assert!(ClickMacro::parse(&name).is_some(), "{name}");
        }
        for reason in names("bot_reasons") {
            assert!(BotReason::from_name(&reason).is_some(), "{reason}");
        }
        for operator in names("operators") {
            assert!(serde_json::from_value::<Operator>(json!(operator)).is_ok(), "{operator}");
        }
        assert_eq!(schema["operators"].as_array().unwrap().len(), 16);
        assert_eq!(schema["strategies"], json!(["weighted", "waterfall", "round_robin", "best_roi"]));
    }
}
