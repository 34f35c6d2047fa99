//! Central's side: who holds how much of one cap, and what was spent of it.

use serde::{Deserialize, Serialize};
use traffoflex_model::{CapAsk, CapGrant};

use super::{CLOCK_MARGIN_MS, TTL_MARGIN_MS};
use crate::cap::CapWindow;

/// A node that was heard of so recently shares what is available.
const ACTIVE_MS: i64 = 30_000;
/// Parts of its fair share that a node is given at once: the others find something left.
const PARTS_OF_SHARE: i64 = 2;
/// A cap counts as scarce for so long after a node was given nothing.
const SCARCE_MS: i64 = 10_000;
/// The time of a node's last request is written again only after this part of its time to live, so
/// that an answer that changes nothing else costs no write.
const TOUCH_PART: i64 = 8;
/// A lease file that was silent for so long is forgotten: no message of it is still on its way.
const FORGOTTEN_MS: i64 = 30 * 24 * 3_600_000;

/// What is leased and spent of one cap. Its owner stores it whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    accounts: Vec<Account>,
    /// When a node that wanted some was last given nothing; 0: never.
    starved_at_ms: i64,
    /// When it was last changed. Time never goes back from there, whichever process answers.
    #[serde(default)]
    changed_at_ms: i64,
}

/// One lease file of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    node: String,
    epoch: i64,
    granted: i64,
    returned: i64,
    spent: i64,
    written_off: i64,
    /// Spent, by the start of the step of the window; in order.
    buckets: Vec<(i64, i64)>,
    /// Written off, by the same; in order.
    written: Vec<(i64, i64)>,
    seen_at_ms: i64,
    ttl_ms: i64,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    pub node: &'a str,
    pub epoch: i64,
    /// How long the node spends what it holds after an answer.
    pub ttl_ms: i64,
    /// When it sent the request, by its own clock, UTC; none: it does not say.
    pub sent_at_ms: Option<i64>,
}

/// The cap as it is configured now.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub limit_units: i64,
    pub window: &'a CapWindow,
}

impl Account {
    /// Granted and neither spent nor given back. Below zero when more was spent than central knew of.
    fn open(&self) -> i64 {
        self.granted - self.returned - self.written_off - self.spent
    }

    fn is_expired(&self, now_ms: i64) -> bool {
        now_ms > self.expires_at_ms()
    }

    /// Later than the node's own reckoning by all that `seen_at_ms` may be behind, and a margin.
    fn expires_at_ms(&self) -> i64 {
        let ttl_ms = self.ttl_ms.saturating_add(self.ttl_ms / TOUCH_PART);
        self.seen_at_ms.saturating_add(ttl_ms).saturating_add(TTL_MARGIN_MS)
    }

    /// Takes over what the node says, where it is news.
    fn hear(&mut self, ask: &CapAsk, since_ms: i64) {
        self.granted = self.granted.max(ask.granted_units);
        self.returned = self.returned.max(ask.returned_units);
        self.written_off = self.written_off.max(ask.written_off_units);
        self.spent = self.spent.max(ask.spent_units);
        for &(bucket_ms, units) in ask.buckets.iter().filter(|(bucket_ms, _)| *bucket_ms >= since_ms) {
            let known = bucket(&mut self.buckets, bucket_ms);
            *known = (*known).max(units);
        }
        // Spent without a lease by policy, or spent or returned before it was written off.
        let uncovered = -self.open();
        if uncovered > 0 {
            self.granted += uncovered;
            let mut settled = uncovered.min(self.written.iter().map(|(_, units)| units).sum());
            for (_, units) in self.written.iter_mut().rev() {
                let part = settled.min(*units);
                (*units, settled) = (*units - part, settled - part);
            }
        }
        // The node has dropped what was written off, and said all that it had spent of it before.
        if ask.written_off_units >= self.written_off {
            self.written.clear();
        }
    }
}

/// The entry of a bucket in a list that is in order, made when missing.
fn bucket(buckets: &mut Vec<(i64, i64)>, bucket_ms: i64) -> &mut i64 {
    let at = match buckets.binary_search_by_key(&bucket_ms, |(start, _)| *start) {
        Ok(at) => at,
        Err(at) => {
            buckets.insert(at, (bucket_ms, 0));
            at
        }
    };
    &mut buckets[at].1
}

impl Ledger {
    /// Whether the asker's clock, or its request, is so late that what it spends now might be counted
    /// in a window that is over. It is granted nothing then.
    pub fn is_behind(&self, asker: Asker<'_>, now_ms: i64) -> bool {
        let now_ms = now_ms.max(self.changed_at_ms);
        asker.sent_at_ms.is_some_and(|sent_at_ms| now_ms.saturating_sub(sent_at_ms) > CLOCK_MARGIN_MS)
    }

    /// Takes over the node's totals and grants what it asks for as far as there is some. Asking again,
    /// late or twice, changes nothing. Whether the ledger has changed shows by comparing it.
    pub fn answer(&mut self, asker: Asker<'_>, ask: &CapAsk, terms: Terms<'_>, now_ms: i64) -> CapGrant {
        let (before, now_ms) = (self.clone(), now_ms.max(self.changed_at_ms));
        let grant = self.answer_at(asker, ask, terms, now_ms);
        if *self != before {
            self.changed_at_ms = now_ms;
        }
        grant
    }

    fn answer_at(&mut self, asker: Asker<'_>, ask: &CapAsk, terms: Terms<'_>, now_ms: i64) -> CapGrant {
        let is_behind = self.is_behind(asker, now_ms);
        let since_ms = terms.window.since_ms(now_ms - CLOCK_MARGIN_MS);
        self.settle(terms.window, since_ms, now_ms);
        let (index, is_new) = self.account(asker, ask);
        let before = self.accounts[index].clone();
        let account = &mut self.accounts[index];
        account.hear(ask, since_ms);
        account.ttl_ms = account.ttl_ms.max(asker.ttl_ms);
        // Counted from what the node knows: a grant that is still on its way is part of it.
        let wanted = ask.granted_units.saturating_add(ask.want_units).saturating_sub(account.granted);
        // The ledger was lost: other nodes may hold all of the cap, and are given time to say so.
        let is_lost = is_new && ask.granted_units > 0;
        if ask.want_units > 0 && wanted > 0 && !is_behind && !is_lost {
            let click = ask.click_units.max(1);
            let available = terms.limit_units.saturating_sub(self.used_units()).max(0);
            self.accounts[index].granted += self.share(wanted, click, available, now_ms);
            if available < click && now_ms - self.starved_at_ms > SCARCE_MS / 2 {
                self.starved_at_ms = now_ms;
            }
        }
        let account = &mut self.accounts[index];
        if *account != before || now_ms - account.seen_at_ms > account.ttl_ms / TOUCH_PART {
            account.seen_at_ms = account.seen_at_ms.max(now_ms);
        }
        CapGrant {
            cap: ask.cap,
            granted_units: account.granted,
            written_off_units: account.written_off,
            is_scarce: self.starved_at_ms != 0 && now_ms - self.starved_at_ms <= SCARCE_MS,
            is_new,
        }
    }

    /// All that counts now: what is out, and what was spent or written off within the window. Units.
    pub fn used_units(&self) -> i64 {
        let of = |account: &Account| {
            let counted = account.buckets.iter().chain(&account.written).map(|(_, units)| *units);
            counted.fold(account.open().max(0), i64::saturating_add)
        };
        self.accounts.iter().map(of).fold(0, i64::saturating_add)
    }

    /// What was spent or written off within the window, without what nodes still hold. Units.
    pub fn spent_units(&self) -> i64 {
        let counted = self.accounts.iter().flat_map(|account| account.buckets.iter().chain(&account.written));
        counted.map(|(_, units)| *units).fold(0, i64::saturating_add)
    }

    /// As [`Self::spent_units`] at another time than that of the last answer: what silent nodes held counts as
    /// spent, and what has left the window since then no longer. Units.
    pub fn spent_units_at(&self, window: &CapWindow, now_ms: i64) -> i64 {
        let (mut settled, now_ms) = (self.clone(), now_ms.max(self.changed_at_ms));
        settled.settle(window, window.since_ms(now_ms), now_ms);
        settled.spent_units()
    }

    /// A part of the node's fair share in whole clicks; one click while there is one.
    fn share(&self, wanted: i64, click: i64, available: i64, now_ms: i64) -> i64 {
        let active = self.accounts.iter().filter(|account| now_ms - account.seen_at_ms <= ACTIVE_MS);
        let share = available / (PARTS_OF_SHARE * (active.count() as i64).max(1));
        wanted.min(share.max(click)).min(available) / click * click
    }

    /// Writes off what silent nodes hold, and forgets what no longer counts.
    fn settle(&mut self, window: &CapWindow, since_ms: i64, now_ms: i64) {
        for account in &mut self.accounts {
            let open = account.open();
            if open > 0 && account.is_expired(now_ms) {
                let spent_in_ms = window.bucket_ms(account.expires_at_ms());
                *bucket(&mut account.written, spent_in_ms) += open;
                account.written_off += open;
            }
            account.buckets.retain(|(bucket_ms, _)| *bucket_ms >= since_ms);
            account.written.retain(|(bucket_ms, units)| *bucket_ms >= since_ms && *units > 0);
        }
        self.accounts.retain(|account| {
            let is_gone = account.is_expired(now_ms.saturating_sub(FORGOTTEN_MS));
            !(is_gone && account.buckets.is_empty() && account.written.is_empty())
        });
    }

    /// The asker's account. One that was forgotten, or never known, begins with everything that the
    /// node says it holds written off: it has been silent for too long to hold it.
    fn account(&mut self, asker: Asker<'_>, ask: &CapAsk) -> (usize, bool) {
        let is_askers = |account: &Account| account.epoch == asker.epoch && account.node == asker.node;
        if let Some(index) = self.accounts.iter().position(is_askers) {
            return (index, false);
        }
        let held = ask.granted_units - ask.returned_units - ask.written_off_units - ask.spent_units;
        self.accounts.push(Account {
            node: asker.node.to_owned(),
            epoch: asker.epoch,
            granted: ask.granted_units,
            returned: ask.returned_units,
            spent: ask.spent_units,
            written_off: ask.written_off_units + held.max(0),
            ..Account::default()
        });
        (self.accounts.len() - 1, true)
    }
}

#[cfg(test)]
mod tests {
    use traffoflex_model::Cap;

    use super::*;

    const CLICK: i64 = Cap::SCALE;
    const LIMIT: i64 = 100 * CLICK;
    const TTL_MS: i64 = 60_000;
    const DAY_MS: i64 = 24 * 3_600_000;
    const NOW_MS: i64 = 20_000 * DAY_MS + DAY_MS / 2;

    fn asker(node: &str, sent_at_ms: i64) -> Asker<'_> {
        Asker { node, epoch: 1, ttl_ms: TTL_MS, sent_at_ms: Some(sent_at_ms) }
    }

    /// Totals in clicks.
    fn ask(granted: i64, written_off: i64, spent: &[(i64, i64)], want: i64) -> CapAsk {
        CapAsk {
            cap: 1,
            destination_id: "d".into(),
            granted_units: granted * CLICK,
            returned_units: 0,
            written_off_units: written_off * CLICK,
            spent_units: spent.iter().map(|(_, clicks)| clicks * CLICK).sum(),
            buckets: spent.iter().map(|(start_ms, clicks)| (*start_ms, clicks * CLICK)).collect(),
            want_units: want * CLICK,
            click_units: CLICK,
        }
    }

    /// What is granted then, in clicks.
    fn granted(ledger: &mut Ledger, asker: Asker<'_>, ask: &CapAsk, now_ms: i64) -> i64 {
        let window = CapWindow::Day(jiff::tz::TimeZone::UTC);
        let grant = ledger.answer(asker, ask, Terms { limit_units: LIMIT, window: &window }, now_ms);
        grant.granted_units / CLICK
    }

    #[test]
    fn a_node_whose_clock_is_behind_is_granted_nothing() {
        let mut ledger = Ledger::default();
        let yesterday_ms = NOW_MS - DAY_MS;
        let bucket_ms = yesterday_ms - DAY_MS / 2;
        let mut spent = 0;
        for round in 0..20 {
            let now_ms = NOW_MS + round * 1_000;
            let ask = ask(spent, 0, &[(bucket_ms, spent)], 50);
            spent = granted(&mut ledger, asker("late", yesterday_ms + round * 1_000), &ask, now_ms);
        }
        assert_eq!(spent, 0);
        let now_ms = NOW_MS + 60_000;
        let mut of = |asker: Asker<'_>| granted(&mut ledger, asker, &ask(0, 0, &[], 5), now_ms);
        assert_eq!(of(asker("a", now_ms - CLOCK_MARGIN_MS - 1)), 0);
        assert_eq!(of(asker("a", now_ms - CLOCK_MARGIN_MS)), 5);
        assert_eq!(of(asker("ahead", now_ms + DAY_MS)), 5);
        assert_eq!(of(Asker { sent_at_ms: None, ..asker("old build", 0) }), 5);
    }

    #[test]
    fn time_does_not_go_back_when_another_process_answers() {
        let mut ledger = Ledger::default();
        let today_ms = NOW_MS - DAY_MS / 2;
        assert_eq!(granted(&mut ledger, asker("a", NOW_MS), &ask(0, 0, &[], 40), NOW_MS), 40);
        assert_eq!(granted(&mut ledger, asker("a", NOW_MS), &ask(40, 0, &[(today_ms, 40)], 0), NOW_MS), 40);
        // A process whose clock is a day ahead forgets the day.
        let tomorrow_ms = NOW_MS + DAY_MS;
        granted(&mut ledger, asker("b", tomorrow_ms), &ask(0, 0, &[], 1), tomorrow_ms);
        assert_eq!(ledger.used_units(), CLICK);
        // The others must not grant for this day what was spent in it.
        assert!(ledger.is_behind(asker("a", NOW_MS), NOW_MS));
        let again = ask(40, 0, &[(today_ms, 40)], 40);
        assert_eq!(granted(&mut ledger, asker("a", NOW_MS), &again, NOW_MS), 40);
    }

    #[test]
    fn what_a_silent_node_did_not_spend_is_free_once_it_is_back() {
        let mut ledger = Ledger::default();
        let bucket_ms = NOW_MS - DAY_MS / 2;
        assert_eq!(granted(&mut ledger, asker("a", NOW_MS), &ask(0, 0, &[], 40), NOW_MS), 40);
        let later_ms = NOW_MS + 3 * TTL_MS + TTL_MARGIN_MS;
        granted(&mut ledger, asker("b", later_ms), &ask(0, 0, &[], 1), later_ms);
        assert_eq!(ledger.used_units(), 41 * CLICK, "40 are written off: they may have been spent");
        // It is back, and has not heard of it.
        granted(&mut ledger, asker("a", later_ms), &ask(40, 0, &[(bucket_ms, 15)], 0), later_ms);
        assert_eq!(ledger.used_units(), 41 * CLICK, "15 are spent and 25 may still be");
        granted(&mut ledger, asker("a", later_ms), &ask(40, 40, &[(bucket_ms, 18)], 0), later_ms);
        assert_eq!(ledger.used_units(), 19 * CLICK);
        // A late copy of what it said before changes nothing.
        granted(&mut ledger, asker("a", later_ms), &ask(40, 0, &[(bucket_ms, 15)], 0), later_ms);
        assert_eq!(ledger.used_units(), 19 * CLICK);
    }

    #[test]
    fn a_ledger_that_was_lost_grants_nothing_at_first() {
        let mut ledger = Ledger::default();
        let known = ask(30, 0, &[(NOW_MS - DAY_MS / 2, 10)], 50);
        assert_eq!(granted(&mut ledger, asker("a", NOW_MS), &known, NOW_MS), 30);
        assert!(granted(&mut ledger, asker("a", NOW_MS), &known, NOW_MS) > 30);
    }
}
