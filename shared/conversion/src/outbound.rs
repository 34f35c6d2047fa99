//! Calls to a traffic source about a conversion, and the webhook of one: when they are due and what they
//! say. They are rendered once, when they are put into the queue, so that every attempt is the same.
//!
//! # When
//! Judged by the outcome and the state of the *postback's own* claim, once it is known which click the
//! conversion belongs to: at the claim, or later by a look-up. An attribution is nobody's word, so its own
//! outcome makes no call due. Due is a call when the status was entered (the version before had another
//! one), or, where it asks for it, when the payout changed under the same status.

mod macros;
mod webhook;

use serde::Serialize;
use traffoflex_model::{
    BodyType, ClaimOutcome, ConversionState, ConversionStatus, PostbackMethod, SourcePostback, Status,
};
use traffoflex_template::{BodyFormat, BodyTemplate, MacroValues, UrlTemplate};

pub use macros::{OutboundMacro, OutboundValues};
pub use webhook::webhook_body;

use crate::FieldError;

/// A call as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenderedRequest {
    pub method: PostbackMethod,
    pub url: String,
    /// None: there is no body.
    pub content_type: Option<&'static str>,
    pub body: String,
}

/// A [`SourcePostback`] ready to be judged and rendered.
#[derive(Debug, Clone)]
pub struct CompiledSourcePostback {
    pub id: String,
    pub name: String,
    active: bool,
    method: PostbackMethod,
    url: UrlTemplate<OutboundMacro>,
    body: BodyTemplate<OutboundMacro>,
    content_type: BodyType,
    statuses: Vec<ConversionStatus>,
    /// In lower case; empty: all.
    event_types: Vec<String>,
    on_payout_change: bool,
}

/// The same at each attempt of the same postback's call, and for no other.
pub fn idempotency_key(postback_id: &str, target_id: &str) -> String {
    format!("{postback_id}.{target_id}")
}

impl CompiledSourcePostback {
    /// Errors name the entity's fields.
    pub fn compile(postback: &SourcePostback) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let url = url(&postback.url, &mut errors);
        let body = body(postback, &mut errors);
        let (Some(url), Some(body), true) = (url, body, errors.is_empty()) else { return Err(errors) };
        let statuses = match postback.statuses.as_slice() {
            [] => vec![ConversionStatus::Sale],
            statuses => statuses.to_vec(),
        };
        let event_types = postback.event_types.iter().map(|t| t.trim().to_lowercase());
        Ok(Self {
            id: postback.id.clone(),
            name: postback.name.clone(),
            active: postback.status == Status::Active,
            method: postback.method,
            url,
            body,
            content_type: postback.content_type,
            statuses,
            event_types: event_types.filter(|t| !t.is_empty()).collect(),
            on_payout_change: postback.on_payout_change,
        })
    }

    /// In lower case: calls are limited by host.
    pub fn host(&self) -> &str {
        self.url.host()
    }

    pub fn is_due(&self, outcome: ClaimOutcome, state: &ConversionState, event_type: &str) -> bool {
        self.why_not(outcome, state, event_type).is_none()
    }

    /// Why it is not due, in words for the test tool; None: it is.
    pub fn why_not(
        &self,
        outcome: ClaimOutcome,
        state: &ConversionState,
        event_type: &str,
    ) -> Option<&'static str> {
        let entered = outcome == ClaimOutcome::Created || state.previous_status != state.status;
        let payout_changed = self.on_payout_change && state.previous_payout != state.payout;
        let event_type = event_type.trim().to_lowercase();
        if !self.active {
            Some("it is paused")
        } else if !outcome.is_word() {
            Some("nothing new was said")
        } else if !self.statuses.contains(&state.status) {
            Some("it is not called on this status")
        } else if !self.event_types.is_empty() && !self.event_types.contains(&event_type) {
            Some("it is not called on this event type")
        } else if !(entered || payout_changed) {
            Some("the status is as it was")
        } else {
            None
        }
    }

    pub fn render(&self, values: &OutboundValues<'_>) -> RenderedRequest {
        let (mut url, mut body) = (String::new(), String::new());
        self.url.render(values, &mut url);
        let content_type = match self.method {
            PostbackMethod::Get => None,
            PostbackMethod::Post => {
                self.body.render(values, &mut body);
                Some(self.content_type.mime())
            }
        };
        RenderedRequest { method: self.method, url, content_type, body }
    }
}

fn url(text: &str, errors: &mut Vec<FieldError>) -> Option<UrlTemplate<OutboundMacro>> {
    match UrlTemplate::parse(text) {
        Ok(url) => {
            refuse_unknown("url", url.unknown_macros(), errors);
            Some(url)
        }
        Err(error) => {
            errors.push(FieldError::new("url", error.to_string()));
            None
        }
    }
}

fn body(postback: &SourcePostback, errors: &mut Vec<FieldError>) -> Option<BodyTemplate<OutboundMacro>> {
    if postback.body.len() > SourcePostback::MAX_BODY_BYTES {
        let error = format!("must have at most {} bytes", SourcePostback::MAX_BODY_BYTES);
        errors.push(FieldError::new("body", error));
        return None;
    }
    if postback.method == PostbackMethod::Get && !postback.body.is_empty() {
        errors.push(FieldError::new("body", "a GET has none"));
        return None;
    }
    let format = match postback.content_type {
        BodyType::Form => BodyFormat::Form,
        BodyType::Json => BodyFormat::Json,
    };
    let body = match BodyTemplate::parse(&postback.body, format) {
        Ok(body) => body,
        Err(error) => {
            errors.push(FieldError::new("body", error.to_string()));
            return None;
        }
    };
    refuse_unknown("body", body.unknown_macros(), errors);
    if format == BodyFormat::Json && !postback.body.is_empty() {
        let mut sample = String::new();
        body.render(&Letters, &mut sample);
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&sample) {
            let error = format!("is not JSON, or a macro stands outside of quotes: {error}");
            errors.push(FieldError::new("body", error));
        }
    }
    Some(body)
}

/// A word for every macro: JSON that holds it outside of quotes is none.
struct Letters;

impl MacroValues<OutboundMacro> for Letters {
    fn with_value(&self, _: &OutboundMacro, take: impl FnOnce(&str)) {
        take("x");
    }
}

fn refuse_unknown(field: &str, unknown: &[String], errors: &mut Vec<FieldError>) {
    for name in unknown {
        errors.push(FieldError::new(field, format!("there is no macro '{{{name}}}'")));
    }
}

#[cfg(test)]
mod tests;
