//! `GET /api/schema/postbacks`: what templates, calls to traffic sources and webhooks can be made of, for forms
//! and pickers. Everything comes from the lists that postbacks are read and sent by.

use axum::Json;
use serde::Serialize;
use traffoflex_conversion::{
    fields, intake,
    normalise::MAX_EVENT_TYPE_CHARS,
    outbound::OutboundMacro,
    status::{DEFAULT_WORD, DEFAULT_WORDS},
};
use traffoflex_model::{
    Attribution, BodyType, ClaimOutcome, ConversionStatus, DuplicateMode, PostbackField, PostbackMethod,
    PostbackTemplate, SourcePostback, WebhookEvent,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    conversion_import,
    schema::{self, ShownMacro},
    word::STATUSES,
};
use crate::{app::App, openapi::Refusals};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_postback_schema))
}

#[derive(Debug, Serialize, ToSchema)]
struct PostbackSchema {
    fields: Vec<Field>,
    statuses: Vec<ShownStatus>,
    /// Of a postback that names none.
    default_status: &'static str,
    attributions: Vec<Attribution>,
    outcomes: Vec<ClaimOutcome>,
    duplicate_modes: Vec<ShownDuplicateMode>,
    /// Of calls to traffic sources.
    macros: Vec<ShownMacro>,
    methods: Vec<PostbackMethod>,
    content_types: Vec<BodyType>,
    webhook_events: Vec<WebhookEvent>,
    limits: Limits,
}

/// What a postback can say, with the names that it has without a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostbackFieldDescription)]
struct Field {
    name: PostbackField,
    default_names: Vec<&'static str>,
}

/// With the words that mean it without a template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversionStatusDescription)]
struct ShownStatus {
    name: ConversionStatus,
    default_words: Vec<&'static str>,
    /// Whether a template's word can mean it.
    mappable: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DuplicateModeDescription)]
struct ShownDuplicateMode {
    name: DuplicateMode,
    /// Of templates that name none.
    default: bool,
    description: &'static str,
}

/// Largest values that are taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostbackLimits)]
struct Limits {
    /// Of a postback.
    fields: usize,
    value_bytes: usize,
    /// Of each list of a template.
    entries: usize,
    word_bytes: usize,
    event_type_chars: usize,
    /// Of a traffic source.
    source_postbacks: usize,
    body_bytes: usize,
    /// Of one import.
    import_rows: usize,
}

/// What postback templates, calls to traffic sources and webhooks can be made of
#[utoipa::path(
    get,
    path = "/api/schema/postbacks",
    tag = "Schema",
    responses((status = 200, description = "All of it.", body = PostbackSchema), Refusals),
)]
async fn show_postback_schema() -> Json<PostbackSchema> {
    Json(postbacks())
}

fn postbacks() -> PostbackSchema {
    PostbackSchema {
        fields: PostbackField::ALL.map(field).into(),
        statuses: ConversionStatus::ALL.map(status).into(),
        default_status: DEFAULT_WORD,
        attributions: Attribution::ALL.to_vec(),
        outcomes: ClaimOutcome::ALL.to_vec(),
        duplicate_modes: DuplicateMode::ALL.map(duplicate_mode).into(),
        macros: schema::macros(&OutboundMacro::named()),
        methods: PostbackMethod::ALL.to_vec(),
        content_types: BodyType::ALL.to_vec(),
        webhook_events: WebhookEvent::ALL.to_vec(),
        limits: Limits {
            fields: fields::MAX_FIELDS,
            value_bytes: fields::MAX_VALUE_BYTES,
            entries: PostbackTemplate::MAX_ENTRIES,
            word_bytes: PostbackTemplate::MAX_WORD_BYTES,
            event_type_chars: MAX_EVENT_TYPE_CHARS,
            source_postbacks: SourcePostback::MAX,
            body_bytes: SourcePostback::MAX_BODY_BYTES,
            import_rows: conversion_import::MAX_ROWS,
        },
    }
}

fn field(field: PostbackField) -> Field {
    Field { name: field, default_names: intake::default_names(field).to_vec() }
}

/// Only some can be the meaning of a word.
fn status(status: ConversionStatus) -> ShownStatus {
    let words = DEFAULT_WORDS.iter().filter(|(_, meaning)| *meaning == status).map(|(word, _)| *word);
    ShownStatus { name: status, default_words: words.collect(), mappable: STATUSES.contains(&status) }
}

fn duplicate_mode(mode: DuplicateMode) -> ShownDuplicateMode {
    let description = match mode {
        DuplicateMode::Update => "A repeat with another status or payout changes the conversion.",
        DuplicateMode::Ignore => "The first postback stands, whatever comes after it.",
        DuplicateMode::Count => "Each repeat is a conversion of its own.",
    };
    ShownDuplicateMode { name: mode, default: mode == DuplicateMode::default(), description }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use traffoflex_conversion::{CompiledIntake, RawFields, normalise};
    use traffoflex_model::{AffiliateNetwork, Status};
    use traffoflex_template::MacroName as _;

    use super::*;

    fn names(list: &Value) -> Vec<String> {
        let entries = list.as_array().unwrap().iter();
        entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    }

    fn default_intake() -> CompiledIntake {
        let network = AffiliateNetwork {
            id: "n".into(),
            workspace_id: "w".into(),
            slug: "n".to_owned(),
            name: "N".to_owned(),
            status: Status::Active,
            template_id: None,
        };
        CompiledIntake::compile(&network, None).unwrap()
    }

    #[test]
    fn every_default_name_and_word_it_lists_is_read() {
        let schema: Value = serde_json::to_value(postbacks()).unwrap();
        let intake = default_intake();
        for field in schema["fields"].as_array().unwrap() {
            for name in field["default_names"].as_array().unwrap() {
                let name = name.as_str().unwrap();
                let value = match field["name"].as_str().unwrap() {
                    "payout" => "2.5",
                    "currency" => "EUR",
                    "status" => "trash",
                    _ => "value",
                };
                let usable_by_itself = matches!(field["name"].as_str(), Some("click_id" | "transaction_id"));
                let others = [("order_id", "other")].into_iter().filter(|_| !usable_by_itself);
                let fields: RawFields = others.chain([(name, value)]).collect();
                let normalised = normalise(&fields, &intake);
                let read = normalised.postback.unwrap();
                let said = match field["name"].as_str().unwrap() {
                    "click_id" => read.click_id,
                    "transaction_id" => read.transaction_id,
                    "payout" => read.payout.unwrap().to_string(),
                    "currency" => read.currency.to_string(),
                    "event_type" => read.event_type,
                    "status" => read.raw_status,
                    "secret" => {
                        assert!(!normalised.raw_payload.contains("value"), "{name}");
                        continue;
                    }
                    other => panic!("{other}"),
                };
                assert_eq!(said, value, "{name}");
            }
        }
        for status in schema["statuses"].as_array().unwrap() {
            for word in status["default_words"].as_array().unwrap() {
                let found = intake.statuses().status(word.as_str().unwrap());
                assert_eq!(status["name"], json!(found), "{word}");
            }
        }
    }

    #[test]
    fn every_name_it_lists_is_accepted() {
        let schema: Value = serde_json::to_value(postbacks()).unwrap();
        for name in names(&schema["macros"]) {
            assert!(OutboundMacro::parse(&name.replace("<param>", "zone")).is_some(), "{name}");
        }
        for name in names(&schema["fields"]) {
            assert!(serde_json::from_value::<PostbackField>(json!(name)).is_ok(), "{name}");
        }
        for name in names(&schema["duplicate_modes"]) {
            assert!(serde_json::from_value::<DuplicateMode>(json!(name)).is_ok(), "{name}");
        }
        for event in schema["webhook_events"].as_array().unwrap() {
            assert!(serde_json::from_value::<WebhookEvent>(event.clone()).is_ok(), "{event}");
        }
        for outcome in schema["outcomes"].as_array().unwrap() {
            assert!(serde_json::from_value::<ClaimOutcome>(outcome.clone()).is_ok(), "{outcome}");
        }
        assert_eq!(names(&schema["statuses"]), ["lead", "sale", "rejected", "hold", "unmapped"]);
        assert_eq!(schema["content_types"], json!(["form", "json"]));
        assert_eq!(schema["methods"], json!(["GET", "POST"]));
    }
}
