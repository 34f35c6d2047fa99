//! What follows from central's answers: events, calls, and what the journal keeps.
//!
//! Nothing here is done yet: a [`Settlement`] is written by the pipeline, calls first, then events and journal
//! in one transaction. Whatever is cut off in between is done again and comes out the same.

use hashbrown::HashSet;
use traffoflex_model::{
    Attribution, ClaimKind, ClaimOutcome, Claimed, ConversionEvent, ConversionState, DestinationKind,
};
use traffoflex_routing::table::RoutingTable;
use traffoflex_wire::{codec::CodecError, topic::Topic};

use super::{
    batch::{self, Item, Next},
    book::Book,
    calls,
    central::{Answers, Clicks},
    enrich,
    entry::{Entry, Step, Version},
    log,
    postback_id::PostbackId,
};
use crate::{
    outbound::Job,
    outbox::{EncodedEvents, marks::Mark, postbacks::PostbackMark},
};

/// What was found out of a batch.
pub struct Found<'a> {
    pub table: &'a RoutingTable,
    pub book: &'a Book,
    pub answers: &'a Answers,
    pub clicks: &'a Clicks,
    /// Those that are not among them are not in the warehouse.
    pub are_clicks_known: bool,
    pub max_age_ms: i64,
    pub now_ms: i64,
}

/// To be written.
#[derive(Default)]
pub struct Settlement {
    pub events: EncodedEvents,
    pub jobs: Vec<Job>,
    marks: Vec<Marked>,
}

struct Marked {
    mark: PostbackMark,
    /// In its place when the calls cannot be enqueued: they are tried again later.
    without_calls: Option<PostbackMark>,
}

impl Settlement {
    pub fn mark(&mut self, mark: PostbackMark) {
        self.marks.push(Marked { mark, without_calls: None });
    }

    /// Events and marks as one unit.
    pub fn into_events(self, are_enqueued: bool) -> EncodedEvents {
        let mut events = self.events;
        for Marked { mark, without_calls } in self.marks {
            let kept = match without_calls {
                Some(instead) if !are_enqueued => instead,
                _ => mark,
            };
            events.mark(Mark::Postback(kept));
        }
        events
    }

    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

/// Clicks that calls need and that were not asked for before: conversions may be tied to clicks that their
/// latest postback did not name.
pub fn missing_clicks(
    items: &[Item],
    book: &Book,
    answers: &Answers,
    clicks: Option<&Clicks>,
) -> Vec<String> {
    let mut missing = HashSet::new();
    for item in items {
        let Some(claimed) = answer(item, answers) else { continue };
        let version = version_of(item, claimed);
        let is_needed = calls::due(book, &item.entry, &version).next().is_some();
        let click_id = &version.state.click.click_id;
        if is_needed && !clicks.is_some_and(|clicks| clicks.contains_key(click_id)) {
            missing.insert(click_id.clone());
        }
    }
    missing.into_iter().collect()
}

fn answer<'a>(item: &Item, answers: &'a Answers) -> Option<&'a Claimed> {
    match &item.next {
        Next::Claim { claim, .. } => answers.settled.get(&claim.claim_id),
        Next::Call | Next::Wait { .. } => None,
    }
}

/// The version that the postback itself made, tied to what is known by now.
fn version_of(item: &Item, claimed: &Claimed) -> Version {
    match &item.entry.step {
        Step::Unclaimed => Version {
            outcome: claimed.outcome,
            state: claimed.state.clone(),
            earlier: claimed.untold.clone(),
        },
        Step::Claimed(own) => {
            let click = &claimed.state.click;
            let tied = |state: &ConversionState| ConversionState { click: click.clone(), ..state.clone() };
            let earlier = own.earlier.iter().map(tied).collect();
            Version { state: tied(&own.state), earlier, ..(**own).clone() }
        }
    }
}

/// Adds what follows for one item.
pub fn settle(item: Item, found: &Found<'_>, to: &mut Settlement) -> Result<(), CodecError> {
    let Item { id, entry, next, .. } = &item;
    match next {
        Next::Wait { until_ms } => {
            let again = Entry { attempts: entry.attempts.saturating_add(1), ..entry.clone() };
            let jobs = untold(*id, entry, found);
            let without_calls = again.journal(*id, *until_ms)?;
            let mark = Entry { untold: None, ..again }.journal(*id, *until_ms)?;
            to.jobs.extend(jobs);
            to.marks.push(Marked { mark, without_calls: Some(without_calls) });
        }
        Next::Call => {
            if let Step::Claimed(version) = &entry.step {
                follow_up(*id, entry, (**version).clone(), false, found, to, (Vec::new(), None))?;
            }
        }
        Next::Claim { claim, is_click_there } => {
            let refused = found.answers.refused.get(&claim.claim_id).map(String::as_str);
            match (answer(&item, found.answers), refused) {
                // Somebody else has the conversion.
                (Some(Claimed { outcome: ClaimOutcome::Repeat, .. }), _) if entry.repeat.is_empty() => {
                    to.mark(entry.clone().counted(*id).journal(*id, found.now_ms)?);
                }
                (Some(claimed), _) => {
                    let version = version_of(&item, claimed);
                    let told = hear(*id, entry, claim.kind, claimed, found, to)?;
                    let is_click_there = *is_click_there && claim.kind == ClaimKind::Postback;
                    let made = claimed.outcome.is_version().then_some(&claimed.state);
                    follow_up(*id, entry, version, is_click_there, found, to, (told, made))?;
                }
                (None, Some(error)) => set_aside(*id, entry, error, found, to)?,
                // Central forgot it: asked again.
                (None, None) => {
                    if let Next::Wait { until_ms } = batch::ask_again(entry, found.now_ms) {
                        to.mark(entry.journal(*id, until_ms)?);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Events of what central made of it. Returns what webhooks are to be told.
fn hear(
    id: PostbackId,
    entry: &Entry,
    kind: ClaimKind,
    claimed: &Claimed,
    found: &Found<'_>,
    to: &mut Settlement,
) -> Result<Vec<Job>, CodecError> {
    let Claimed { outcome, state, .. } = claimed;
    let mut told = Vec::new();
    if outcome.is_version() {
        let postback_id = entry.postback_id(id);
        let event = conversion_event(&postback_id, entry, state, found.table);
        to.events.push(Topic::ConversionEvents, &event)?;
        told.extend(calls::to_webhooks(found.book, entry, state, &event, found.now_ms));
    }
    let attribution = state.click.attribution;
    let status = match (kind, outcome) {
        // Whose click somebody else has found already: nothing new.
        (ClaimKind::Attribution, outcome) if !outcome.is_version() => return Ok(told),
        (ClaimKind::Attribution, _) if attribution == Attribution::NotFound => "not_found",
        _ => outcome.as_str(),
    };
    let why = log::why_unattributed(attribution);
    to.events.push(Topic::PostbackLogEvents, &log::settled(&id, entry, status, why, found.now_ms))?;
    metrics::counter!("traffoflex_conversion_claims_total", "outcome" => outcome.as_str()).increment(1);
    Ok(told)
}

/// What webhooks have not heard because it could not be enqueued.
fn untold(id: PostbackId, entry: &Entry, found: &Found<'_>) -> Vec<Job> {
    let Some(state) = &entry.untold else { return Vec::new() };
    let postback_id = entry.postback_id(id);
    let event = conversion_event(&postback_id, entry, state, found.table);
    calls::to_webhooks(found.book, entry, state, &event, found.now_ms).collect()
}

/// Calls that are due by now; without what they need, the postback stays in the journal. `told` are calls to
/// webhooks, and the version just made that they tell of.
fn follow_up(
    id: PostbackId,
    entry: &Entry,
    version: Version,
    is_click_there: bool,
    found: &Found<'_>,
    to: &mut Settlement,
    told: (Vec<Job>, Option<&ConversionState>),
) -> Result<(), CodecError> {
    let Found { table, book, clicks, now_ms, .. } = *found;
    let Version { outcome, state, .. } = &version;
    let (mut jobs, made) = told;
    jobs.extend(untold(id, entry, found));
    let says_something = outcome.is_version() || outcome.is_word();
    let is_pending = says_something && state.click.attribution == Attribution::Pending;
    let click = clicks.get(&state.click.click_id);
    let mut is_waiting = is_pending;
    for due in calls::due(book, entry, &version) {
        match click {
            Some(click) => jobs.push(calls::to_source(id, due, entry, click, table, now_ms)),
            None => is_waiting = true,
        }
    }
    let again = |untold: Option<&ConversionState>, due_ms: i64, attempts: u32| {
        let (step, untold) = (Step::Claimed(Box::new(version.clone())), untold.cloned().map(Box::new));
        Entry { step, attempts, untold, ..entry.clone() }.journal(id, due_ms)
    };
    let retry_ms = enrich::ask_again_ms(entry.attempts, fastrand::f64(), now_ms);
    let attempts = entry.attempts.saturating_add(1);
    let without_calls = || match &entry.step {
        Step::Unclaimed => again(made, retry_ms, attempts),
        // Said again as it was, with whatever follows from it.
        Step::Claimed(_) => Entry { attempts, ..entry.clone() }.journal(id, retry_ms),
    };
    let without_calls = (!jobs.is_empty()).then(without_calls).transpose()?;
    let is_too_old = found.are_clicks_known && enrich::is_given_up(id, entry, found.max_age_ms, now_ms);
    let is_given_up = is_waiting && !is_pending && is_too_old;
    let mark = match is_waiting && !is_given_up {
        // Claimed without a click that is there by now.
        true if is_pending && is_click_there => again(None, now_ms, entry.attempts)?,
        true => again(None, retry_ms, attempts)?,
        false => PostbackMark::Settled { id: id.0 },
    };
    if is_given_up {
        let why = "its click cannot be found again: its source is not called";
        to.events.push(Topic::PostbackLogEvents, &log::settled(&id, entry, "not_found", why, now_ms))?;
    }
    to.jobs.extend(jobs);
    to.marks.push(Marked { mark, without_calls });
    Ok(())
}

fn set_aside(
    id: PostbackId,
    entry: &Entry,
    error: &str,
    found: &Found<'_>,
    to: &mut Settlement,
) -> Result<(), CodecError> {
    tracing::error!(postback_id = %id, error, "central refuses a claim: the postback is set aside");
    metrics::counter!("traffoflex_postback_set_aside_total").increment(1);
    let line = log::settled(&id, entry, "dead", error, found.now_ms);
    to.events.push(Topic::PostbackLogEvents, &line)?;
    to.mark(entry.clone().set_aside(id, error, found.now_ms)?);
    Ok(())
}

fn conversion_event<'a>(
    postback_id: &'a str,
    entry: &'a Entry,
    state: &'a ConversionState,
    table: &RoutingTable,
) -> ConversionEvent<'a> {
    let click = &state.click;
    let destination = table.destination(&click.destination_id);
    let is_offer = destination.is_some_and(|destination| destination.kind() == DestinationKind::Offer);
    ConversionEvent {
        created_at: state.created_at,
        updated_at: state.updated_at,
        conversion_id: state.conversion_id.as_str().into(),
        version: state.version,
        click_id: click.click_id.as_str().into(),
        transaction_id: entry.transaction_id.as_str().into(),
        workspace_id: entry.workspace_id.as_str().into(),
        campaign_id: click.campaign_id.as_str().into(),
        stream_id: click.stream_id.as_str().into(),
        destination_id: click.destination_id.as_str().into(),
        source_id: click.source_id.as_str().into(),
        network_id: entry.network_id.as_str().into(),
        offer_id: if is_offer { click.destination_id.as_str() } else { "" }.into(),
        event_type: entry.event_type.as_str().into(),
        status: state.status,
        raw_status: state.raw_status.as_str().into(),
        payout: state.payout,
        currency: state.currency.as_str().to_owned().into(),
        attribution: click.attribution,
        raw_payload: entry.raw_payload.as_str().into(),
        clicked_at: click.clicked_at,
        postback_id: postback_id.into(),
    }
}
