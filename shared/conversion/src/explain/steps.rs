//! One function a step.

use serde_json::{Map, Value, json};
use traffoflex_model::{
    Attribution, ClaimOutcome, Claimed, ConversionClick, ConversionStatus, DuplicateMode, PostbackField,
};

use super::{ClickAnswer, Question, Step, StepName};
use crate::{
    CompiledIntake, Normalised, Postback,
    attribution::attribute,
    claim,
    normalise::{Arrival, candidates, is_unfilled},
    outbound::{CompiledSourcePostback, OutboundValues},
};

/// Stands for the id that a real postback would get.
const TEST_ID: &str = "test";

fn step(name: StepName, ok: bool, message: impl Into<String>, detail: Value) -> Step {
    Step { name, ok, message: message.into(), detail }
}

pub(super) fn network(question: &Question<'_>) -> Step {
    match question.intake {
        Some(intake) => {
            let detail = json!({"id": intake.network_id, "slug": intake.slug, "name": intake.name});
            step(StepName::Network, true, "the network is known", detail)
        }
        None => {
            let detail = json!({"network": question.network});
            step(StepName::Network, false, "there is no network of this name, or it is not active", detail)
        }
    }
}

pub(super) fn address(question: &Question<'_>, intake: &CompiledIntake) -> Step {
    let name = StepName::Address;
    let detail = json!({"ip": question.ip.map(|ip| ip.to_canonical().to_string())});
    match question.ip.map(|ip| intake.address(ip)) {
        _ if !intake.restricts_addresses() => step(name, true, "any address may send", detail),
        None => step(name, true, "not checked: no address was given", detail),
        Some(Ok(())) => step(name, true, "the address may send", detail),
        Some(Err(refusal)) => step(name, false, refusal.to_string(), detail),
    }
}

/// Says nothing of the secret itself.
pub(super) fn secret(question: &Question<'_>, intake: &CompiledIntake) -> Step {
    let name = StepName::Secret;
    let detail = json!({"asked_for": intake.asks_for_secret()});
    match intake.secret(question.fields) {
        Ok(()) if intake.asks_for_secret() => step(name, true, "the secret is right", detail),
        Ok(()) => step(name, true, "no secret is asked for", detail),
        Err(refusal) => step(name, false, refusal.to_string(), detail),
    }
}

pub(super) fn fields(question: &Question<'_>, intake: &CompiledIntake, normalised: &Normalised) -> Step {
    let mut parameters = Map::new();
    for field in PostbackField::ALL {
        let taken = candidates(question.fields, intake, field).find(|(_, value)| !is_unfilled(value));
        parameters.insert(field.as_str().to_owned(), taken.map(|(name, _)| name).into());
    }
    let payload: Value = serde_json::from_str(&normalised.raw_payload).unwrap_or_default();
    let mut detail = json!({"parameters": parameters, "payload": payload});
    match &normalised.postback {
        Ok(postback) => {
            detail["values"] = json!({
                "click_id": postback.click_id,
                "transaction_id": postback.transaction_id,
                "payout": postback.payout.map(|payout| payout.to_string()),
                "currency": postback.currency,
                "event_type": postback.event_type,
                "status": postback.raw_status,
            });
            detail["flags"] = json!(postback.flags);
            let message = match postback.flags.as_slice() {
                [] => "every field could be read".to_owned(),
                flags => format!("could be read, but look at: {}", flags.join(", ")),
            };
            step(StepName::Fields, true, message, detail)
        }
        Err(errors) => {
            detail["errors"] = json!(errors);
            step(StepName::Fields, false, "the postback is unusable; it would be logged as refused", detail)
        }
    }
}

pub(super) fn status(postback: &Postback) -> Step {
    let detail = json!({"word": postback.raw_status, "status": postback.status});
    let is_mapped = postback.status != ConversionStatus::Unmapped;
    let message = if is_mapped {
        format!("'{}' is {}", postback.raw_status, postback.status.as_str())
    } else {
        format!("no map knows '{}': it would be kept and counted nowhere", postback.raw_status)
    };
    step(StepName::Status, is_mapped, message, detail)
}

pub(super) fn transaction(intake: &CompiledIntake, postback: &Postback) -> Step {
    let message = if postback.transaction_id.is_empty() {
        "without a transaction id: the click's one conversion of this event type"
    } else {
        "the transaction id names the conversion"
    };
    let detail = json!({
        "transaction": postback.key_transaction,
        "event_type": postback.event_type,
        "conversion_id": postback.conversion_id(intake, ""),
    });
    step(StepName::Transaction, true, message, detail)
}

pub(super) fn click(question: &Question<'_>, postback: &Postback) -> Step {
    let name = StepName::Click;
    let id = json!({"click_id": postback.click_id});
    match question.click {
        _ if postback.click_id.is_empty() => step(name, false, "the postback names no click", id),
        ClickAnswer::Found { click, .. } => step(name, true, "the click was found", json!(click)),
        ClickAnswer::NotFound => {
            step(name, false, "the click is not in the warehouse (yet); it would be looked for again", id)
        }
        ClickAnswer::Forged => step(name, false, "the click id was not minted by this installation", id),
        ClickAnswer::Failed => {
            step(name, false, "the warehouse did not answer; the click would be looked for again", id)
        }
    }
}

/// As the claim would say it now; a click that is not there yet is pending.
pub(super) fn conversion_click(question: &Question<'_>, postback: &Postback) -> ConversionClick {
    let without = |attribution| ConversionClick::without(attribution, &postback.click_id);
    match question.click {
        _ if postback.click_id.is_empty() => without(Attribution::NoClickId),
        ClickAnswer::Found { click, window_hours, .. } => attribute(click, question.now_ms, window_hours),
        ClickAnswer::NotFound | ClickAnswer::Failed => without(Attribution::Pending),
        ClickAnswer::Forged => without(Attribution::Forged),
    }
}

pub(super) fn attribution(click: &ConversionClick) -> Step {
    let message = match click.attribution {
        Attribution::Click => "the conversion belongs to the click's campaign and source",
        Attribution::NoClickId => "the conversion counts, but belongs to no campaign: no click id",
        Attribution::Forged => "the conversion counts, but belongs to no campaign: the click id is not ours",
        Attribution::Pending => "the conversion belongs to no campaign until its click is found",
        Attribution::NotFound => "the conversion belongs to no campaign: its click never came",
        Attribution::OutsideWindow => "the click is older than the campaign's attribution window",
    };
    step(StepName::Attribution, click.attribution == Attribution::Click, message, json!(click))
}

/// What central would make of the claim.
pub(super) fn claimed(
    question: &Question<'_>,
    intake: &CompiledIntake,
    postback: &Postback,
    click: ConversionClick,
    raw_payload: &str,
) -> Claimed {
    // A repeat that counts is a conversion of its own, and so a new one.
    let counts = intake.duplicates == DuplicateMode::Count && question.known.is_some();
    let arrival = Arrival {
        postback_id: TEST_ID,
        received_at_ms: question.now_ms,
        repeat: if counts { TEST_ID } else { "" },
        raw_payload,
    };
    let mut kept = question.known.filter(|_| !counts).cloned();
    claim::apply(&mut kept, &postback.claim(intake, arrival, click)).claimed
}

pub(super) fn verdict(claimed: &Claimed) -> &'static str {
    match claimed.outcome {
        ClaimOutcome::Created => "accepted",
        ClaimOutcome::Duplicate | ClaimOutcome::Ignored => "duplicate",
        _ => "updated",
    }
}

pub(super) fn conversion(claimed: &Claimed) -> Step {
    let state = &claimed.state;
    let message = match claimed.outcome {
        ClaimOutcome::Created => "a new conversion".to_owned(),
        ClaimOutcome::Duplicate => "says what is known: nothing would change".to_owned(),
        ClaimOutcome::Ignored => "ignored: the first postback of the conversion stands".to_owned(),
        outcome if outcome.is_version() => format!("version {} of the conversion", state.version),
        _ => "what it says held before the postback that stands; its source hears of it".to_owned(),
    };
    let detail = json!({"outcome": claimed.outcome, "state": state});
    step(StepName::Conversion, true, message, detail)
}

pub(super) fn outbound(
    question: &Question<'_>,
    intake: &CompiledIntake,
    postback: &Postback,
    claimed: &Claimed,
) -> Step {
    let ClickAnswer::Found { click, campaign_slug, campaign_name, .. } = question.click else {
        return no_source();
    };
    if claimed.state.click.attribution != Attribution::Click {
        return no_source();
    }
    let values = OutboundValues {
        click,
        campaign_slug,
        campaign_name,
        state: &claimed.state,
        transaction_id: &postback.transaction_id,
        event_type: &postback.event_type,
        network_id: &intake.network_id,
        random: question.random,
        now_ms: question.now_ms,
    };
    let calls: Vec<Value> =
        question.source_postbacks.iter().map(|call| described(call, &values, claimed)).collect();
    let due = calls.iter().filter(|call| call["due"] == true).count();
    let message = format!("{due} of {} calls to the source would be made", calls.len());
    step(StepName::Outbound, true, message, json!({"calls": calls}))
}

fn no_source() -> Step {
    let message = "no call: the conversion is tied to no click, so there is no source to call";
    step(StepName::Outbound, true, message, json!({"calls": []}))
}

fn described(call: &CompiledSourcePostback, values: &OutboundValues<'_>, claimed: &Claimed) -> Value {
    let reason = call.why_not(claimed.outcome, &claimed.state, values.event_type);
    let request = reason.is_none().then(|| call.render(values));
    json!({"id": call.id, "name": call.name, "due": reason.is_none(), "reason": reason, "request": request})
}
