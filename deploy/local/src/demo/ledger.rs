//! What an affiliate network says of a part of the clicks, and what has to come of it: worked out here by
//! hand, apart from the code that it is held against. Pure but for the generator that is handed in.

use fastrand::Rng;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{receiver::Call, send::SentClick};
use crate::launcher::workspace::{SOURCES, TOLD_EVERYTHING};

/// One click of so many converts.
const ONE_OF: u32 = 5;
/// Of the clicks that convert, one of so many is not ours.
const FORGED_ONE_OF: u32 = 12;
/// Highest payout, in cents.
const MAX_PAYOUT: u32 = 9_000;
/// Decimal places of amounts in reports.
const REPORT_PLACES: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Lead,
    Hold,
    Sale,
    Rejected,
}

impl Status {
    /// As the network calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lead => "pending",
            Self::Hold => "HOLD",
            Self::Sale => "Approved",
            Self::Rejected => "declined",
        }
    }

    /// As sources hear of it.
    fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Hold => "hold",
            Self::Sale => "sale",
            Self::Rejected => "rejected",
        }
    }
}

/// One postback. A repeat says what the one before said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub status: Status,
    pub payout: Decimal,
}

/// One conversion and what is said of it, in this order.
#[derive(Debug, Clone)]
pub struct Conversion {
    pub click_id: String,
    pub transaction_id: Option<String>,
    pub event_type: &'static str,
    pub currency: &'static str,
    pub steps: Vec<Step>,
    /// None: the click id is none of ours.
    click: Option<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    source: &'static str,
    source_click_id: String,
}

/// Sums of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub conversions: u64,
    pub leads: u64,
    pub sales: u64,
    pub rejected: u64,
    pub revenue: Decimal,
}

impl Conversion {
    /// What the node answers to each step.
    pub fn answers(&self) -> impl Iterator<Item = (&Step, &'static str)> {
        self.steps.iter().enumerate().map(|(i, step)| {
            match i.checked_sub(1).map(|before| self.steps[before]) {
                None => (step, "accepted"),
                Some(before) if before == *step => (step, "duplicate"),
                Some(_) => (step, "updated"),
            }
        })
    }

    fn is_tied(&self) -> bool {
        self.click.is_some()
    }

    /// The calls that its source must get.
    fn due(&self) -> Vec<Call> {
        let Some(click) = self.click.as_ref().filter(|click| is_source(click.source)) else {
            return Vec::new();
        };
        let mut due = Vec::new();
        let mut before: Option<Step> = None;
        for step in &self.steps {
            let entered = before.is_none_or(|before| before.status != step.status);
            let repriced = before.is_some_and(|before| before.payout != step.payout);
            let is_due = match click.source {
                TOLD_EVERYTHING => entered || repriced,
                _ => step.status == Status::Sale && entered,
            };
            if is_due {
                due.push(Call {
                    source: click.source.to_owned(),
                    source_click_id: click.source_click_id.clone(),
                    event_type: self.event_type.to_owned(),
                    status: step.status.name().to_owned(),
                    payout: step.payout,
                });
            }
            before = Some(*step);
        }
        due
    }
}

fn is_source(slug: &str) -> bool {
    SOURCES.iter().any(|(source, _)| *source == slug)
}

/// What is said of these clicks, some of it in euros where those are known; `run` makes transactions unique.
pub fn draw(clicks: &[SentClick], run: &str, euro: Option<Decimal>, rng: &mut Rng) -> Vec<Conversion> {
    let mut drawn = Vec::new();
    for (n, click) in clicks.iter().enumerate() {
        if rng.u32(..ONE_OF) != 0 {
            continue;
        }
        let is_forged = rng.u32(..FORGED_ONE_OF) == 0;
        let known = (!is_forged)
            .then(|| Known { source: click.source, source_click_id: click.source_click_id.clone() });
        let click_id = if is_forged { forged(&click.click_id) } else { click.click_id.clone() };
        let currency = if euro.is_some() && rng.u32(..4) == 0 { "EUR" } else { "USD" };
        let conversion = |tid: Option<&str>, event_type, steps| Conversion {
            click_id: click_id.clone(),
            transaction_id: tid.map(|tid| format!("{run}-{n}-{tid}")),
            event_type,
            currency,
            steps,
            click: known.clone(),
        };
        let amount = Decimal::new(rng.u32(100..=MAX_PAYOUT).into(), 2);
        let step = |status| Step { status, payout: amount };
        let (lead, sale, rejected) = (step(Status::Lead), step(Status::Sale), step(Status::Rejected));
        match rng.u32(..8) {
            0 => drawn.push(conversion(Some("a"), "deposit", vec![sale, sale])),
            1 => drawn.push(conversion(Some("a"), "deposit", vec![lead, sale])),
            2 => drawn.push(conversion(Some("a"), "deposit", vec![lead, sale, rejected])),
            3 => {
                let more = Step { payout: amount + Decimal::new(125, 2), ..sale };
                drawn.push(conversion(Some("a"), "deposit", vec![sale, more, more]));
            }
            4 => drawn.push(conversion(None, "registration", vec![lead, lead, sale])),
            5 => {
                let waiting = if rng.bool() { lead } else { step(Status::Hold) };
                drawn.push(conversion(Some("a"), "deposit", vec![waiting]));
            }
            6 => {
                // The same transaction, two kinds of event: two conversions.
                drawn.push(conversion(Some("a"), "deposit", vec![sale]));
                drawn.push(conversion(Some("a"), "rebill", vec![sale, sale]));
            }
            _ => drawn.push(conversion(Some("a"), "deposit", vec![sale])),
        }
    }
    drawn
}

/// An id of the right form that nobody gave.
fn forged(click_id: &str) -> String {
    let last = if click_id.ends_with('A') { 'B' } else { 'A' };
    let keep = click_id.char_indices().next_back().map_or(0, |(at, _)| at);
    format!("{}{last}", &click_id[..keep])
}

/// What a report in US dollars shows of them, all or only those with a click.
pub fn totals(conversions: &[Conversion], only_tied: bool, euro: Option<Decimal>) -> Totals {
    let mut totals = Totals::default();
    let mut euros = Decimal::ZERO;
    let shown = conversions.iter().filter(|conversion| !only_tied || conversion.is_tied());
    for (last, currency) in
        shown.filter_map(|conversion| Some((conversion.steps.last()?, conversion.currency)))
    {
        totals.conversions += u64::from(last.status != Status::Rejected);
        totals.leads += u64::from(last.status == Status::Lead);
        totals.rejected += u64::from(last.status == Status::Rejected);
        if last.status == Status::Sale {
            totals.sales += 1;
            let sum = if currency == "EUR" { &mut euros } else { &mut totals.revenue };
            *sum += last.payout;
        }
    }
    // As reports do: the sum is converted, not each payout, and rounded at the end.
    totals.revenue += euros * euro.unwrap_or_default();
    totals.revenue =
        totals.revenue.round_dp_with_strategy(REPORT_PLACES, RoundingStrategy::MidpointAwayFromZero);
    totals
}

/// All calls that are due, in order.
pub fn due(conversions: &[Conversion]) -> Vec<Call> {
    let mut due: Vec<Call> = conversions.iter().flat_map(Conversion::due).collect();
    due.sort();
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(status: Status, cents: i64) -> Step {
        Step { status, payout: Decimal::new(cents, 2) }
    }

    fn of(source: &'static str, steps: &[Step]) -> Conversion {
        Conversion {
            click_id: "c".into(),
            transaction_id: None,
            event_type: "deposit",
            currency: "USD",
            steps: steps.to_vec(),
            click: Some(Known { source, source_click_id: "s".into() }),
        }
    }

    #[test]
    fn the_last_word_counts_and_each_new_word_is_told() {
        let (lead, sale, more) = (step(Status::Lead, 0), step(Status::Sale, 1000), step(Status::Sale, 1250));
        let told = of(TOLD_EVERYTHING, &[lead, sale, sale, more, step(Status::Rejected, 1250)]);
        let answers: Vec<&str> = told.answers().map(|(_, answer)| answer).collect();
        assert_eq!(answers, ["accepted", "updated", "duplicate", "updated", "updated"]);
        assert_eq!(told.due().len(), 4);
        let sales = of("search-ads", &[lead, sale, sale, more]);
        assert_eq!(sales.due().iter().map(|call| call.payout).collect::<Vec<_>>(), [Decimal::TEN]);
        assert!(of("unlisted", &[sale]).due().is_empty());
        let forged = Conversion { click: None, ..of(TOLD_EVERYTHING, &[sale]) };
        assert!(forged.due().is_empty());
        let all = [told, sales, forged];
        let expected = |conversions, sales, revenue| Totals {
            conversions,
            leads: 0,
            sales,
            rejected: 1,
            revenue: Decimal::new(revenue, 2),
        };
        let euro = Some(Decimal::new(1001, 3));
        assert_eq!(totals(&all, false, euro), expected(2, 2, 2250));
        assert_eq!(totals(&all, true, euro), expected(1, 1, 1250));
        let euros = all.map(|conversion| Conversion { currency: "EUR", ..conversion });
        assert_eq!(totals(&euros, true, euro).revenue, Decimal::new(12_512_500, 6));
        let all = euros;
        assert_eq!(due(&all).len(), 5);
    }

    #[test]
    fn a_forged_id_is_another_one_of_the_same_length() {
        for id in ["abcA", "abcx"] {
            let forged = forged(id);
            assert!(forged != id && forged.len() == id.len());
        }
    }
}
