//! Whether a node has heard a postback's words before.
//!
//! Local knowledge shapes the answer to the network and nothing else: central's word counts (see
//! [`traffoflex_model::ClaimOutcome`]). The rules are central's, on what one node has seen:
//! - status and payout as they are: a duplicate;
//! - a status of `lead` or `hold` with a payout that was said before the conversion moved on: a late copy,
//!   which undoes nothing. `sale` and `rejected` may alternate, since a sale can be taken back and restored;
//! - anything else is an update. A postback without a payout does not change it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::{ConversionStatus, Currency, DuplicateMode, decimal_str};

use crate::Postback;

/// States of a conversion that a node remembers, the current one included. As many as central keeps.
pub const MAX_SEEN: usize = 64;

/// What a node has heard of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub current: Said,
    /// What was said before, the oldest first.
    pub earlier: Vec<Said>,
}

/// Status and payout as of some postback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub status: ConversionStatus,
    /// Zero while no postback has named one.
    #[serde(with = "decimal_str")]
    pub payout: Decimal,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Accepted,
    Duplicate,
    Updated,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Updated => "updated",
        }
    }
}

impl Said {
    /// What holds after a postback that says `status` and maybe a payout.
    pub fn after(
        known: Option<Said>,
        status: ConversionStatus,
        payout: Option<Decimal>,
        currency: Currency,
    ) -> Self {
        match (payout, known) {
            (Some(payout), _) => Self { status, payout, currency },
            (None, Some(known)) => Self { status, ..known },
            (None, None) => Self { status, payout: Decimal::ZERO, currency },
        }
    }

    /// Whether a postback that names no payout, or this one, says the same as this did.
    fn is_said_by(&self, status: ConversionStatus, payout: Option<Decimal>, currency: Currency) -> bool {
        // Nothing is the same in any currency.
        let same = |payout: Decimal| payout == self.payout && (currency == self.currency || payout.is_zero());
        self.status == status && payout.is_none_or(same)
    }
}

/// Whether a postback repeats what is known: the current word, or an earlier `lead` or `hold`.
fn is_repeat<'a>(
    current: &Said,
    earlier: impl IntoIterator<Item = &'a Said>,
    status: ConversionStatus,
    payout: Option<Decimal>,
    currency: Currency,
) -> bool {
    let copyable = matches!(status, ConversionStatus::Lead | ConversionStatus::Hold);
    current.is_said_by(status, payout, currency)
        || (copyable && earlier.into_iter().any(|said| said.is_said_by(status, payout, currency)))
}

/// The verdict, and what is known from then on. With [`DuplicateMode::Count`] a repeat is a conversion of its
/// own: it is accepted, and what is known of the first one stays.
pub fn judge(mode: DuplicateMode, known: Option<&Known>, postback: &Postback) -> (Verdict, Known) {
    let Postback { status, payout, currency, .. } = *postback;
    let Some(known) = known else {
        let current = Said::after(None, status, payout, currency);
        return (Verdict::Accepted, Known { current, earlier: Vec::new() });
    };
    let verdict = match mode {
        DuplicateMode::Count => Verdict::Accepted,
        DuplicateMode::Ignore => Verdict::Duplicate,
        DuplicateMode::Update if is_repeat(&known.current, &known.earlier, status, payout, currency) => {
            Verdict::Duplicate
        }
        DuplicateMode::Update => Verdict::Updated,
    };
    let mut next = known.clone();
    if verdict == Verdict::Updated {
        next.earlier.push(known.current);
        next.current = Said::after(Some(known.current), status, payout, currency);
        if next.earlier.len() >= MAX_SEEN {
            next.earlier.remove(0);
        }
    }
    (verdict, next)
}

#[cfg(test)]
mod tests;
