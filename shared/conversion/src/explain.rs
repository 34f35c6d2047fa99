//! What a postback would do, step by step, without doing it: the pure part of the test tool.
//!
//! Nothing is decided here. Each step calls what the real way of a postback calls, for the same answer, so
//! the tool cannot drift from it; whoever asks looks up beforehand what the steps need (the network, the
//! click, what is kept of the conversion). A refused postback is still read, as far as that helps to see
//! why; then the steps end.

mod steps;

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;
use traffoflex_model::FoundClick;

use crate::{CompiledIntake, RawFields, claim::Kept, normalise, outbound::CompiledSourcePostback};

/// A postback, and what is known of all that it speaks of.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// As the URL names it.
    pub network: &'a str,
    /// None: there is no such network.
    pub intake: Option<&'a CompiledIntake>,
    pub fields: &'a RawFields,
    /// None: the tool was not told from where it would come.
    pub ip: Option<IpAddr>,
    pub click: ClickAnswer<'a>,
    /// What central keeps of the conversion; None: it is new, or cannot be looked up.
    pub known: Option<&'a Kept>,
    /// Of the click's source.
    pub source_postbacks: &'a [CompiledSourcePostback],
    /// UTC milliseconds.
    pub now_ms: i64,
    /// For `{random}`.
    pub random: u64,
}

/// What became of the look-up of the click.
#[derive(Clone, Copy)]
pub enum ClickAnswer<'a> {
    Found {
        click: &'a FoundClick,
        campaign_slug: &'a str,
        campaign_name: &'a str,
        /// Hours; 0: of any age.
        window_hours: u32,
    },
    NotFound,
    /// The click id was minted elsewhere.
    Forged,
    /// The warehouse did not answer.
    Failed,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// What the network would be answered.
    pub http_status: u16,
    /// accepted, duplicate, updated, refused, forbidden or unknown_network.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, pattern = "^(accepted|duplicate|updated|refused|forbidden|unknown_network)$")
    )]
    pub verdict: &'static str,
    /// Empty without one.
    pub conversion_id: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PostbackStep))]
pub struct Step {
    pub name: StepName,
    pub ok: bool,
    pub message: String,
    /// What the step saw; each has its own.
    pub detail: Value,
}

/// In the order of the way of a postback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PostbackStepName))]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    Network,
    Address,
    Secret,
    Fields,
    Status,
    Transaction,
    Click,
    Attribution,
    Conversion,
    Outbound,
}

pub fn explain(question: &Question<'_>) -> Explanation {
    let mut steps = Vec::new();
    let refused = |http_status, verdict, steps| Explanation {
        http_status,
        verdict,
        conversion_id: String::new(),
        steps,
    };
    steps.push(steps::network(question));
    let Some(intake) = question.intake else { return refused(404, "unknown_network", steps) };
    steps.push(steps::address(question, intake));
    steps.push(steps::secret(question, intake));
    let is_forbidden = steps.iter().any(|step| !step.ok);

    let normalised = normalise(question.fields, intake);
    steps.push(steps::fields(question, intake, &normalised));
    let Ok(postback) = &normalised.postback else {
        return if is_forbidden { refused(403, "forbidden", steps) } else { refused(400, "refused", steps) };
    };
    steps.push(steps::status(postback));
    steps.push(steps::transaction(intake, postback));
    if is_forbidden {
        return refused(403, "forbidden", steps);
    }
    steps.push(steps::click(question, postback));
    let click = steps::conversion_click(question, postback);
    steps.push(steps::attribution(&click));
    let claimed = steps::claimed(question, intake, postback, click, &normalised.raw_payload);
    steps.push(steps::conversion(&claimed));
    steps.push(steps::outbound(question, intake, postback, &claimed));
    Explanation {
        http_status: 200,
        verdict: steps::verdict(&claimed),
        conversion_id: claimed.state.conversion_id.clone(),
        steps,
    }
}

#[cfg(test)]
mod tests;
