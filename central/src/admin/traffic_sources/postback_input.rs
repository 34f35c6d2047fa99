//! A source's calls as a client sends them, and everything that can be wrong with them at once.
//!
//! Calls are remembered by their id, so an id stays with its call: central mints one for a call that brings
//! none. An id that a client took away must not be given to another call by it.

use serde::{Deserialize, Serialize};
use traffoflex_conversion::{normalise::MAX_EVENT_TYPE_CHARS, outbound::CompiledSourcePostback};
use traffoflex_model::{BodyType, PostbackMethod, SourcePostback, Status};
use ulid::Ulid;
use utoipa::ToSchema;

use crate::admin::{
    validate::{Errors, MAX_NAME_CHARS},
    word::{self, STATUSES, name_of},
};

/// Of an id, in bytes.
const MAX_ID_BYTES: usize = 64;
/// Of a call's conditions.
const MAX_EVENT_TYPES: usize = 100;

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SourcePostbackInput)]
#[serde(deny_unknown_fields)]
pub struct PostbackInput {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: Status,
    #[serde(default = "get")]
    #[schema(value_type = PostbackMethod)]
    method: String,
    url: String,
    #[serde(default)]
    body: String,
    #[serde(default = "form")]
    #[schema(value_type = BodyType)]
    content_type: String,
    /// `lead`, `sale`, `rejected`, `hold`; none: `sale`.
    #[serde(default)]
    statuses: Vec<String>,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    on_payout_change: bool,
}

fn get() -> String {
    name_of(PostbackMethod::default())
}

fn form() -> String {
    name_of(BodyType::default())
}

impl From<SourcePostback> for PostbackInput {
    fn from(postback: SourcePostback) -> Self {
        Self {
            id: Some(postback.id).filter(|id| !id.is_empty()),
            name: postback.name,
            status: postback.status,
            method: name_of(postback.method),
            url: postback.url,
            body: postback.body,
            content_type: name_of(postback.content_type),
            statuses: postback.statuses.into_iter().map(name_of).collect(),
            event_types: postback.event_types,
            on_payout_change: postback.on_payout_change,
        }
    }
}

/// Paths are those of `postbacks[i]`.
pub fn check(given: Vec<PostbackInput>, errors: &mut Errors) -> Vec<SourcePostback> {
    if given.len() > SourcePostback::MAX {
        errors.add("postbacks", format!("at most {}", SourcePostback::MAX));
        return Vec::new();
    }
    let mut read: Vec<SourcePostback> = Vec::with_capacity(given.len());
    for (i, input) in given.into_iter().enumerate() {
        errors.below(&format!("postbacks[{i}]"));
        let postback = input.check(errors);
        if read.iter().any(|other| other.id == postback.id) {
            errors.add("id", "another one has it");
        }
        read.push(postback);
    }
    errors.below("");
    read
}

impl PostbackInput {
    fn check(self, errors: &mut Errors) -> SourcePostback {
        if self.id.as_deref().is_some_and(|id| !is_id(id)) {
            errors
                .add("id", format!("1 to {MAX_ID_BYTES} of a-z, A-Z, 0-9, '-' and '_'; none for a new one"));
        }
        let name = &self.name;
        if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            errors.add("name", format!("at most {MAX_NAME_CHARS} printable characters"));
        }
        let method = word::one_of(errors, "method", &self.method, &PostbackMethod::ALL).unwrap_or_default();
        let content_type = word::one_of(errors, "content_type", &self.content_type, &BodyType::ALL);
        let statuses = word::each_of(errors, "statuses", &self.statuses, &STATUSES);
        event_types(errors, &self.event_types);
        let postback = SourcePostback {
            id: self.id.unwrap_or_else(|| Ulid::generate().to_string()),
            name: self.name,
            status: self.status,
            method,
            url: self.url,
            body: self.body,
            content_type: content_type.unwrap_or_default(),
            statuses,
            event_types: self.event_types,
            on_payout_change: self.on_payout_change,
        };
        // As nodes compile it: syntax, macros, host, sizes.
        if let Err(found) = CompiledSourcePostback::compile(&postback) {
            for error in found {
                errors.add(&error.field, error.error);
            }
        }
        postback
    }
}

fn is_id(id: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(legal)
}

fn event_types(errors: &mut Errors, given: &[String]) {
    if given.len() > MAX_EVENT_TYPES {
        return errors.add("event_types", format!("at most {MAX_EVENT_TYPES}"));
    }
    for (i, event_type) in given.iter().enumerate() {
        if event_type.chars().count() > MAX_EVENT_TYPE_CHARS || event_type.chars().any(char::is_control) {
            errors.add(
                &format!("event_types[{i}]"),
                format!("at most {MAX_EVENT_TYPE_CHARS} printable characters"),
            );
        }
    }
}
