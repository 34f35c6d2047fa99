//! `GET /api/schema/routing`: what rules, strategies and URLs can be made of, for forms and pickers.
//! Everything comes from the types that the routing itself uses.

use axum::Json;
use serde::Serialize;
use traffoflex_model::{
    BotPolicy, BotReason, Cap, CapMetric, Condition, DestinationKind, ExhaustedMode, FieldKind, Health,
    LinkRefusal, NamedField, Operator, RedirectType, RuleField, RuleNode, Schedule, Strategy, StreamKind,
    TrafficbackReason, UserKey, ValueCount, Weekday,
};
use traffoflex_routing::macros::ClickMacro;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::validate;
use crate::{app::App, openapi::Refusals};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_routing_schema))
}

#[derive(Debug, Serialize, ToSchema)]
struct RoutingSchema {
    /// Of rules.
    fields: Vec<Field>,
    operators: Vec<ShownOperator>,
    limits: Limits,
    strategies: Vec<Strategy>,
    stream_kinds: Vec<StreamKind>,
    user_keys: Vec<&'static str>,
    exhausted_modes: Vec<ExhaustedMode>,
    cap_metrics: Vec<CapMetric>,
    weekdays: Vec<Weekday>,
    device_types: Vec<&'static str>,
    bot_policies: Vec<BotPolicy>,
    bot_reasons: Vec<ShownBotReason>,
    link_refusals: Vec<LinkRefusal>,
    health: Vec<Health>,
    destination_kinds: Vec<DestinationKind>,
    redirects: Vec<RedirectType>,
    /// Of URLs of destinations.
    macros: Vec<ShownMacro>,
    trafficback_reasons: Vec<TrafficbackReason>,
}

/// What can be looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleFieldDescription)]
struct Field {
    name: String,
    kind: FieldKind,
    description: &'static str,
}

/// How it can be compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperatorDescription)]
struct ShownOperator {
    name: Operator,
    values: ValueCount,
    /// Fields of these kinds can be compared so.
    kinds: Vec<FieldKind>,
}

/// Largest values that are taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutingLimits)]
struct Limits {
    /// Of nested groups.
    depth: usize,
    /// Of a condition.
    values: usize,
    /// Of the name in `query.<param>`.
    parameter_bytes: usize,
    /// Of a destination.
    caps: usize,
    cap_window_hours: u32,
    schedule_windows: usize,
}

/// A sign that no person made a click.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BotReasonDescription)]
struct ShownBotReason {
    name: &'static str,
    /// Added to the click's score.
    weight: u8,
    description: &'static str,
}

/// What may stand in braces.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MacroDescription)]
pub struct ShownMacro {
    name: String,
    /// The same by other names.
    aliases: Vec<&'static str>,
}

/// What rules, strategies and URLs can be made of
#[utoipa::path(
    get,
    path = "/api/schema/routing",
    tag = "Schema",
    responses((status = 200, description = "All of it.", body = RoutingSchema), Refusals),
)]
async fn show_routing_schema() -> Json<RoutingSchema> {
    Json(routing())
}

fn routing() -> RoutingSchema {
    RoutingSchema {
        fields: fields(),
        operators: operators(),
        limits: Limits {
            depth: RuleNode::MAX_DEPTH,
            values: Condition::MAX_VALUES,
            parameter_bytes: RuleField::MAX_PARAM_BYTES,
            caps: Cap::MAX,
            cap_window_hours: Cap::MAX_WINDOW_HOURS,
            schedule_windows: Schedule::MAX_WINDOWS,
        },
        strategies: Strategy::ALL.to_vec(),
        stream_kinds: StreamKind::ALL.to_vec(),
        user_keys: UserKey::names(),
        exhausted_modes: ExhaustedMode::ALL.to_vec(),
        cap_metrics: CapMetric::ALL.to_vec(),
        weekdays: Weekday::ALL.to_vec(),
        device_types: validate::DEVICE_TYPES.to_vec(),
        bot_policies: BotPolicy::ALL.to_vec(),
        bot_reasons: bot_reasons(),
        link_refusals: LinkRefusal::ALL.to_vec(),
        health: Health::ALL.to_vec(),
        destination_kinds: DestinationKind::ALL.to_vec(),
        redirects: RedirectType::ALL.to_vec(),
        macros: macros(ClickMacro::NAMED),
        trafficback_reasons: TrafficbackReason::ALL.to_vec(),
    }
}

fn fields() -> Vec<Field> {
    let shown = |name: String, kind: FieldKind, description: &'static str| Field { name, kind, description };
    let named =
        NamedField::ALL.iter().map(|field| shown(field.as_str().into(), field.kind(), field.description()));
    let subs = (1..=10).map(|n| shown(format!("sub{n}"), FieldKind::Text, "What the source sent along."));
    let query = "Any other parameter of the link, by its name.";
    named.chain(subs).chain([shown("query.<param>".into(), FieldKind::Text, query)]).collect()
}

fn bot_reasons() -> Vec<ShownBotReason> {
    let shown = |reason: BotReason| ShownBotReason {
        name: reason.as_str(),
        weight: reason.weight(),
        description: reason.description(),
    };
    BotReason::ALL.map(shown).into()
}

fn operators() -> Vec<ShownOperator> {
    let shown = |operator: &Operator| ShownOperator {
        name: *operator,
        values: operator.values(),
        kinds: FieldKind::ALL.into_iter().filter(|kind| operator.applies_to(*kind)).collect(),
    };
    Operator::ALL.iter().map(shown).collect()
}

/// A name and its aliases are one entry. Beside the named ones there are always `sub1` to `sub10` and `query.<param>`.
pub fn macros<M: PartialEq>(named: &[(&'static str, M)]) -> Vec<ShownMacro> {
    let mut entries: Vec<(&M, ShownMacro)> = Vec::new();
    for (name, stands_for) in named {
        match entries.iter_mut().find(|(known, _)| *known == stands_for) {
            Some((_, entry)) => entry.aliases.push(name),
            None => entries.push((stands_for, ShownMacro { name: (*name).to_owned(), aliases: Vec::new() })),
        }
    }
    let plain = |name: String| ShownMacro { name, aliases: Vec::new() };
    let subs = (1..=10).map(|n| plain(format!("sub{n}")));
    entries.into_iter().map(|(_, entry)| entry).chain(subs).chain([plain("query.<param>".into())]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use traffoflex_template::MacroName as _;

    use super::*;

    #[test]
    fn every_name_it_lists_is_accepted() {
        let schema: Value = serde_json::to_value(routing()).unwrap();
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
