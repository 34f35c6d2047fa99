//! Calls that a version of a conversion makes due: to the click's source, and to the workspace's webhooks.
//!
//! Each has a key: for a source the postback that said it and whom it goes to, for a webhook the conversion, the
//! version and the webhook. Whatever is done again after a crash makes no second call.

use traffoflex_conversion::outbound::{
    CompiledSourcePostback, OutboundValues, idempotency_key, webhook_body,
};
use traffoflex_model::{
    Attribution, BodyType, ClaimOutcome, ConversionEvent, ConversionState, FoundClick, PostbackMethod,
};
use traffoflex_routing::table::RoutingTable;

use super::{
    book::Book,
    entry::{Entry, Version},
    postback_id::PostbackId,
};
use crate::outbound::{Job, Target};

/// A call that is due, and the state it tells.
pub struct Due<'b> {
    call: &'b CompiledSourcePostback,
    state: &'b ConversionState,
    /// Among what the postback tells besides its own word.
    earlier: Option<usize>,
}

/// Calls to the source of the click. None are due unless the postback said something new, or brought the click
/// of what was said before.
pub fn due<'b>(book: &'b Book, entry: &'b Entry, version: &'b Version) -> impl Iterator<Item = Due<'b>> {
    let own = std::iter::once((version.outcome, &version.state, None));
    let earlier = version.earlier.iter().enumerate().map(|(n, state)| (ClaimOutcome::Late, state, Some(n)));
    earlier.chain(own).flat_map(move |(outcome, state, earlier)| {
        let is_attributed = outcome.is_word() && state.click.attribution == Attribution::Click;
        let wanted =
            if is_attributed { book.calls_of(&entry.workspace_id, &state.click.source_id) } else { &[] };
        let due = wanted.iter().filter(move |call| call.is_due(outcome, state, &entry.event_type));
        due.map(move |call| Due { call, state, earlier })
    })
}

pub fn to_source(
    id: PostbackId,
    due: Due<'_>,
    entry: &Entry,
    click: &FoundClick,
    table: &RoutingTable,
    now_ms: i64,
) -> Job {
    let Due { call, state, earlier } = due;
    let own = entry.postback_id(id);
    let said = earlier.map_or_else(|| own.clone(), |n| format!("{own}-{n}"));
    let campaign = table.campaign(&click.campaign_id);
    let request = call.render(&OutboundValues {
        click,
        campaign_slug: campaign.map_or("", |campaign| campaign.slug()),
        campaign_name: campaign.map_or("", |campaign| campaign.name()),
        state,
        transaction_id: &entry.transaction_id,
        event_type: &entry.event_type,
        network_id: &entry.network_id,
        random: fastrand::u64(..),
        now_ms,
    });
    let types = [BodyType::Form, BodyType::Json];
    Job {
        key: idempotency_key(&said, &call.id),
        target: Target::SourcePostback {
            source_id: state.click.source_id.clone(),
            postback_id: call.id.clone(),
        },
        method: request.method,
        url: request.url,
        content_type: types.into_iter().find(|known| Some(known.mime()) == request.content_type),
        body: request.body,
        ..of_version(entry, state, now_ms)
    }
}

pub fn to_webhooks<'a>(
    book: &'a Book,
    entry: &'a Entry,
    state: &'a ConversionState,
    event: &'a ConversionEvent<'a>,
    now_ms: i64,
) -> impl Iterator<Item = Job> + 'a {
    book.webhooks(&entry.workspace_id).iter().map(move |webhook| Job {
        key: format!("{}.{}.{}", state.conversion_id, state.version, webhook.id),
        target: Target::Webhook { webhook_id: webhook.id.clone() },
        method: PostbackMethod::Post,
        url: webhook.url.clone(),
        content_type: Some(BodyType::Json),
        body: webhook_body(event, now_ms),
        ..of_version(entry, state, now_ms)
    })
}

/// What is the same for whomever is called.
fn of_version(entry: &Entry, state: &ConversionState, now_ms: i64) -> Job {
    Job {
        key: String::new(),
        target: Target::Webhook { webhook_id: "".into() },
        workspace_id: entry.workspace_id.clone(),
        method: PostbackMethod::Get,
        url: String::new(),
        content_type: None,
        body: String::new(),
        conversion_id: state.conversion_id.clone(),
        network_id: entry.network_id.clone(),
        click_id: state.click.click_id.clone(),
        transaction_id: entry.transaction_id.clone(),
        created_at_ms: now_ms,
        queued_at_ms: 0,
    }
}
