//! What the postbacks of a conversion say, in the order in which nodes received them, and what stands in the end.
//!
//! - A postback without a payout leaves the payout that was known.
//! - A `lead` or `hold` that repeats what stood before, with the same payout or none, is a late copy and undoes
//!   nothing; `sale` and `rejected` may take turns.
//! - Otherwise the later one stands.
//!
//! Only the last [`MAX_SAID`] are kept; what those before them amount to is [`Before`].

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::{
    Claim, ClaimOutcome, ConversionState, ConversionStatus, Currency, Money, optional_decimal,
};

/// Postbacks of a conversion that are remembered one by one.
pub const MAX_SAID: usize = 64;
/// Words older than these postbacks that are remembered for late copies of them.
const MAX_EARLY: usize = 8;

/// What one postback says, and how its claim was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub claim_id: String,
    /// UTC milliseconds by the clock of the node.
    pub received_at: i64,
    pub status: ConversionStatus,
    pub raw_status: String,
    #[serde(with = "optional_decimal")]
    pub payout: Option<Decimal>,
    pub currency: Currency,
    pub outcome: ClaimOutcome,
    /// The version then.
    pub version: u64,
    /// What it was answered, when that is no version's state.
    #[serde(default)]
    pub then: Option<Box<ConversionState>>,
}

/// What stands after some postbacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub status: ConversionStatus,
    pub raw_status: String,
    /// None: no postback named one.
    #[serde(with = "optional_decimal")]
    pub payout: Option<Decimal>,
    pub currency: Currency,
}

/// What stood before all that is kept one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub word: Word,
    /// What a late copy may repeat, the last [`MAX_EARLY`] of them.
    pub early: Vec<Word>,
    /// Of the last postback in it.
    pub received_at: i64,
    pub claim_id: String,
}

impl Before {
    pub(super) fn covers(&self, claim: &Claim) -> bool {
        (claim.received_at, &claim.claim_id) <= (self.received_at, &self.claim_id)
    }
}

fn is_early(status: ConversionStatus) -> bool {
    matches!(status, ConversionStatus::Lead | ConversionStatus::Hold)
}

/// As the warehouse keeps it.
fn rounded(payout: Option<Decimal>) -> Option<Decimal> {
    payout.map(|payout| payout.round_dp(Money::SCALE).normalize())
}

/// Nothing is the same in any currency.
fn is_same_money(left: (Decimal, Currency), right: (Decimal, Currency)) -> bool {
    left.0 == right.0 && (left.1 == right.1 || left.0.is_zero())
}

impl Said {
    pub(super) fn of(claim: &Claim, outcome: ClaimOutcome, version: u64) -> Self {
        Self {
            claim_id: claim.claim_id.clone(),
            received_at: claim.received_at,
            status: claim.status,
            raw_status: claim.raw_status.clone(),
            payout: rounded(claim.payout),
            currency: claim.currency,
            outcome,
            version,
            then: None,
        }
    }

    /// Its place among the others.
    pub(super) fn mark(&self) -> (i64, &String) {
        (self.received_at, &self.claim_id)
    }

    pub(super) fn after(&self, known: Option<&Word>) -> Word {
        let (payout, currency) = match (self.payout, known) {
            (None, Some(known)) => (known.payout, known.currency),
            (payout, _) => (payout, self.currency),
        };
        Word { status: self.status, raw_status: self.raw_status.clone(), payout, currency }
    }

    /// Whether it repeats a word that stood, in a status that comes before the others.
    fn is_late_copy(&self, passed: &[Word]) -> bool {
        let same = |word: &Word| {
            let is_payout = |payout| {
                is_same_money((payout, self.currency), (word.payout.unwrap_or_default(), word.currency))
            };
            word.status == self.status && self.payout.is_none_or(is_payout)
        };
        is_early(self.status) && passed.iter().any(same)
    }
}

impl Word {
    pub(super) fn money(&self) -> (Decimal, Currency) {
        (self.payout.unwrap_or_default(), self.currency)
    }

    fn is_same(&self, other: &Word) -> bool {
        self.status == other.status && is_same_money(self.money(), other.money())
    }

    pub(super) fn is_of(&self, state: &ConversionState) -> bool {
        self.status == state.status && is_same_money(self.money(), (state.payout, state.currency))
    }

    pub(super) fn write_to(self, state: &mut ConversionState) {
        (state.payout, state.currency) = self.money();
        state.status = self.status;
        state.raw_status = self.raw_status;
    }
}

/// What stands in the end. There is always at least one postback in it.
pub(super) fn stands(before: Option<&Before>, said: &[Said]) -> Word {
    told(before, said).0
}

/// What the postback at this place made stand for a while, and what stood before that. None: without it the
/// same things would have stood.
pub(super) fn held(before: Option<&Before>, said: &[Said], at: usize) -> Option<(Word, Option<Word>)> {
    let without: Vec<Said> =
        said.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, s)| s.clone()).collect();
    if told(before, said).1.len() <= told(before, &without).1.len() {
        return None;
    }
    let earlier = (at > 0 || before.is_some()).then(|| stands(before, &said[..at]));
    Some((stands(before, &said[..=at]), earlier))
}

/// Whatever stood for a while, oldest first, and what stood in the end; with what stood before each of them.
pub(super) fn timeline(before: Option<&Before>, said: &[Said]) -> Vec<(Word, Option<Word>)> {
    let (now, mut words) = told(before, said);
    words.push(now);
    // What is no longer known one by one is known to be older than all that is.
    let known = words.len().saturating_sub(before.map_or(0, |before| before.early.len() + 1));
    let first = words.len() - known;
    (first..words.len()).map(|n| (words[n].clone(), n.checked_sub(1).map(|n| words[n].clone()))).collect()
}

/// What stands in the end, and what stood earlier.
fn told(before: Option<&Before>, said: &[Said]) -> (Word, Vec<Word>) {
    let mut said = said.iter();
    let (mut now, mut passed) = match before {
        Some(before) => (before.word.clone(), before.early.clone()),
        None => (said.next().map(|said| said.after(None)).unwrap_or_else(Word::nothing), Vec::new()),
    };
    for said in said {
        let next = said.after(Some(&now));
        if now.is_same(&next) {
            // A payout of zero is known, too, once it was said.
            now = Word { payout: next.payout, currency: next.currency, ..now };
        } else if !said.is_late_copy(&passed) {
            passed.push(std::mem::replace(&mut now, next));
        }
    }
    (now, passed)
}

impl Word {
    fn nothing() -> Self {
        Self {
            status: ConversionStatus::Unmapped,
            raw_status: String::new(),
            payout: None,
            currency: Currency::USD,
        }
    }
}

/// Keeps within [`MAX_SAID`].
pub(super) fn forget_oldest(before: &mut Option<Before>, said: &mut Vec<Said>) {
    while said.len() > MAX_SAID {
        let (word, passed) = told(before.as_ref(), &said[..1]);
        let mut early: Vec<Word> = passed.into_iter().filter(|word| is_early(word.status)).collect();
        early.drain(..early.len().saturating_sub(MAX_EARLY));
        let oldest = said.remove(0);
        *before = Some(Before { word, early, received_at: oldest.received_at, claim_id: oldest.claim_id });
    }
}
