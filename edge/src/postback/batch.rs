//! Postbacks of the journal whose time has come, and what is to be done with each.

use hashbrown::{HashMap, HashSet};
use traffoflex_model::{Attribution, Claim, ClaimKind, ConversionClick};
use traffoflex_routing::table::RoutingTable;

use super::{
    central::Clicks,
    enrich::{self, Sight},
    entry::{Entry, Step},
    postback_id::PostbackId,
};
use crate::{
    config::LookupFailurePolicy,
    outbox::postbacks::{ConversionKey, DueRow, PostbackMark},
};

pub struct Item {
    pub id: PostbackId,
    conversion: ConversionKey,
    /// Others of its conversion come before it that are not in the batch.
    is_ahead: bool,
    pub entry: Entry,
    pub next: Next,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// To be said of it at central. `is_click_there`: what it is tied to is known for good.
    Claim { claim: Box<Claim>, is_click_there: bool },
    /// Claimed and tied to its click; calls are still to be made.
    Call,
    /// To be looked at again.
    Wait { until_ms: i64 },
}

/// How far a look-up goes and what follows when it fails.
#[derive(Debug, Clone, Copy)]
pub struct LookupRules {
    pub policy: LookupFailurePolicy,
    pub max_age_ms: i64,
}

/// Items, and those whose record this build cannot read, as marks that set them aside.
pub fn decode(rows: Vec<DueRow>) -> (Vec<Item>, Vec<PostbackMark>) {
    let (mut items, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for DueRow { id, conversion, record, is_ahead, .. } in rows {
        match Entry::decode(&record) {
            Ok(entry) => {
                let (id, next) = (PostbackId(id), Next::Wait { until_ms: 0 });
                items.push(Item { id, conversion, is_ahead, entry, next });
            }
            Err(error) => {
                tracing::error!(postback_id = %PostbackId(id), %error, "a postback of the journal cannot be read: set aside");
                unreadable.push(PostbackMark::Aside { id, record });
            }
        }
    }
    (items, unreadable)
}

/// Clicks to ask central for.
pub fn wanted_clicks(items: &[Item], table: &RoutingTable) -> Vec<String> {
    let mut wanted = HashSet::new();
    for item in items {
        wanted.extend(enrich::wanted(&item.entry, table));
    }
    wanted.into_iter().map(str::to_owned).collect()
}

/// Decides for each item, in order. `clicks` are none when they could not be asked for.
pub fn plan(
    items: &mut [Item],
    table: &RoutingTable,
    clicks: Option<&Clicks>,
    rules: LookupRules,
    now_ms: i64,
) {
    // A postback does not overtake an earlier one of its conversion.
    let mut held_back: HashMap<ConversionKey, i64> = HashMap::new();
    for item in items {
        let sight = enrich::sight(&item.entry, table, clicks);
        if sight == Sight::Missing {
            enrich::missed(&mut item.entry, now_ms);
        }
        let is_given_up = enrich::is_given_up(item.id, &item.entry, rules.max_age_ms, now_ms);
        let click = enrich::attribution(sight, &item.entry, table, is_given_up);
        item.next = match &item.entry.step {
            Step::Unclaimed => match held_back.get(&item.conversion) {
                Some(until_ms) => Next::Wait { until_ms: *until_ms },
                // Those before it can be claimed: it follows with the next batch.
                None if item.is_ahead => Next::Wait { until_ms: now_ms },
                None => unclaimed(&item.entry, item.id, click, rules.policy, now_ms),
            },
            Step::Claimed(version) if version.state.click.attribution == Attribution::Pending => {
                pending(&item.entry, item.id, click, sight, now_ms)
            }
            Step::Claimed(_) => Next::Call,
        };
        if let (Step::Unclaimed, Next::Wait { until_ms }) = (&item.entry.step, &item.next) {
            held_back.insert(item.conversion, *until_ms);
        }
    }
}

fn unclaimed(
    entry: &Entry,
    id: PostbackId,
    click: Option<ConversionClick>,
    policy: LookupFailurePolicy,
    now_ms: i64,
) -> Next {
    let is_click_there = click.is_some();
    let pending = || ConversionClick::without(Attribution::Pending, &entry.click_id);
    let click = match (click, policy) {
        (Some(click), _) => click,
        (None, LookupFailurePolicy::Open) => pending(),
        (None, LookupFailurePolicy::Closed) => return ask_again(entry, now_ms),
    };
    Next::Claim { claim: Box::new(entry.claim(id, ClaimKind::Postback, click)), is_click_there }
}

/// Claimed without its click, which is all that is still to be said.
fn pending(
    entry: &Entry,
    id: PostbackId,
    click: Option<ConversionClick>,
    sight: Sight<'_>,
    now_ms: i64,
) -> Next {
    let click = match (click, sight) {
        (None, _) => return ask_again(entry, now_ms),
        // To be looked for no longer. Central takes nothing for less than `pending`.
        (Some(_), Sight::Forged | Sight::NoClickId) => {
            ConversionClick::without(Attribution::NotFound, enrich::sought(entry))
        }
        (Some(click), _) => click,
    };
    let claim = entry.claim(id, ClaimKind::Attribution, click);
    Next::Claim { claim: Box::new(claim), is_click_there: true }
}

pub fn ask_again(entry: &Entry, now_ms: i64) -> Next {
    Next::Wait { until_ms: enrich::ask_again_ms(entry.attempts, fastrand::f64(), now_ms) }
}
