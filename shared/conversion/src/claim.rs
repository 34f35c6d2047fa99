//! The versions of a conversion: what central makes of each claim.
//!
//! # Invariants
//! - What stands is what the postbacks say in the order in which the nodes received them (time, then claim
//!   id), whichever order their claims arrive in: see [`said`].
//! - Each change of what stands, or of the click it is tied to, is a version. Versions count from 1 without
//!   gaps, and `created_at` is that of the first one: it settles where the conversion is stored.
//! - A claim is answered the same however often it comes, as long as it is among the last [`MAX_VERSIONS`]
//!   versions or the last [`MAX_SAID`] things said. One that is older than these makes no version again.
//! - What a conversion is tied to only ever becomes better known; of two clicks the first to be found stays.
//!
//! With [`DuplicateMode::Ignore`] the first claim to arrive stands, and only its click may become known. With
//! [`DuplicateMode::Count`] the first claim to arrive has the conversion, and any other is told to be one of its own.

mod said;

#[cfg(test)]
mod properties;

use serde::{Deserialize, Serialize};
use traffoflex_model::{
    Attribution, Claim, ClaimKind, ClaimOutcome, Claimed, ConversionState, DuplicateMode,
};

pub use said::{Before, MAX_SAID, Said, Word};

/// Versions that are remembered, the current one among them.
pub const MAX_VERSIONS: usize = 64;

/// What is remembered of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub current: Version,
    /// The versions before the current one, oldest first.
    pub earlier: Vec<Version>,
    /// What postbacks said, oldest first.
    pub said: Vec<Said>,
    /// What those amount to that are too long ago for `said`.
    pub before: Option<Before>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The claim that made it.
    pub claim_id: String,
    pub outcome: ClaimOutcome,
    pub state: ConversionState,
    /// See [`Claimed::untold`].
    #[serde(default)]
    pub untold: Vec<ConversionState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub claimed: Claimed,
    /// Whether what is kept is another than before, and to be written before the claim is answered.
    pub changed: bool,
}

/// Settles a claim. None kept: the conversion is new.
pub fn apply(kept: &mut Option<Kept>, claim: &Claim) -> Applied {
    if let Some(known) = kept {
        return known.apply(claim);
    }
    let created = Kept::created(claim);
    let claimed = created.current.answer();
    *kept = Some(created);
    Applied { claimed, changed: true }
}

/// How well a conversion's click is known; more is better.
fn knowledge(attribution: Attribution) -> u8 {
    match attribution {
        Attribution::NoClickId => 0,
        Attribution::Forged => 1,
        Attribution::Pending => 2,
        Attribution::NotFound => 3,
        Attribution::OutsideWindow => 4,
        Attribution::Click => 5,
    }
}

impl Version {
    fn answer(&self) -> Claimed {
        Claimed {
            claim_id: self.claim_id.clone(),
            outcome: self.outcome,
            state: self.state.clone(),
            untold: self.untold.clone(),
        }
    }
}

impl Kept {
    /// Settles a claim of a conversion that is known.
    pub fn apply(&mut self, claim: &Claim) -> Applied {
        if let Some(claimed) = self.answered(&claim.claim_id) {
            return Applied { claimed, changed: false };
        }
        match (claim.kind, claim.duplicates) {
            (ClaimKind::Attribution, _) => self.attribute(claim),
            (ClaimKind::Postback, DuplicateMode::Ignore) => self.unchanged(claim, ClaimOutcome::Ignored),
            (ClaimKind::Postback, DuplicateMode::Count) if claim.repeat.is_empty() => {
                self.unchanged(claim, ClaimOutcome::Repeat)
            }
            (ClaimKind::Postback, DuplicateMode::Update | DuplicateMode::Count) => self.hear(claim),
        }
    }

    fn created(claim: &Claim) -> Self {
        let said = Said::of(claim, ClaimOutcome::Created, 1);
        let word = said.after(None);
        let state = ConversionState {
            conversion_id: claim.conversion_id.clone(),
            version: 1,
            created_at: claim.received_at,
            updated_at: claim.received_at,
            status: word.status,
            raw_status: word.raw_status,
            payout: word.payout.unwrap_or_default(),
            currency: word.currency,
            click: claim.click.clone(),
            previous_status: Default::default(),
            previous_payout: Default::default(),
        };
        let (claim_id, outcome) = (claim.claim_id.clone(), ClaimOutcome::Created);
        let current = Version { claim_id, outcome, state, untold: Vec::new() };
        Self { current, earlier: Vec::new(), said: vec![said], before: None }
    }

    /// All versions that are remembered, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &Version> {
        self.earlier.iter().chain([&self.current])
    }

    /// What the claim was answered before.
    fn answered(&self, claim_id: &str) -> Option<Claimed> {
        if let Some(version) = self.versions().rev().find(|version| version.claim_id == claim_id) {
            return Some(version.answer());
        }
        let said = self.said.iter().find(|said| said.claim_id == claim_id)?;
        if let Some(then) = &said.then {
            return Some(Claimed {
                claim_id: claim_id.to_owned(),
                outcome: said.outcome,
                state: (**then).clone(),
                untold: Vec::new(),
            });
        }
        let then = self.versions().find(|version| version.state.version == said.version);
        let state = then.unwrap_or(&self.current).state.clone();
        Some(Claimed { claim_id: said.claim_id.clone(), outcome: said.outcome, state, untold: Vec::new() })
    }

    fn unchanged(&self, claim: &Claim, outcome: ClaimOutcome) -> Applied {
        let state = self.current.state.clone();
        let claim_id = claim.claim_id.clone();
        Applied { claimed: Claimed { claim_id, outcome, state, untold: Vec::new() }, changed: false }
    }

    fn attribute(&mut self, claim: &Claim) -> Applied {
        if !self.is_better_known(claim) {
            return self.unchanged(claim, ClaimOutcome::Duplicate);
        }
        let state = ConversionState { click: claim.click.clone(), ..self.current.state.clone() };
        self.advance(claim, ClaimOutcome::Attributed, state);
        Applied { claimed: self.current.answer(), changed: true }
    }

    fn is_better_known(&self, claim: &Claim) -> bool {
        knowledge(claim.click.attribution) > knowledge(self.current.state.click.attribution)
    }

    fn hear(&mut self, claim: &Claim) -> Applied {
        let at = self.said.partition_point(|said| said.mark() < (claim.received_at, &claim.claim_id));
        let is_forgotten = self.before.as_ref().is_some_and(|before| before.covers(claim));
        if !is_forgotten {
            self.said.insert(at, Said::of(claim, ClaimOutcome::Ignored, self.current.state.version));
        }
        let word = said::stands(self.before.as_ref(), &self.said);
        let state = &self.current.state;
        let (is_changed, is_better_known) = (!word.is_of(state), self.is_better_known(claim));
        let outcome = match (is_changed, is_better_known) {
            (true, _) => ClaimOutcome::Updated,
            (false, true) => ClaimOutcome::Attributed,
            (false, false) => ClaimOutcome::Duplicate,
        };
        let was = state.click.attribution;
        if outcome.is_version() {
            let mut next = state.clone();
            word.write_to(&mut next);
            if is_better_known {
                next.click = claim.click.clone();
            }
            self.advance(claim, outcome, next);
        }
        // Nobody looked for the click of what was said so far: whoever names it tells all of that, at once or when
        // it is found.
        let was_nobodys = matches!(was, Attribution::NoClickId | Attribution::Forged);
        let is = self.current.state.click.attribution;
        let is_looked_for = was_nobodys && matches!(is, Attribution::Pending | Attribution::Click);
        let late = match outcome {
            ClaimOutcome::Duplicate | ClaimOutcome::Attributed if !is_forgotten => self.late(claim, at),
            _ => None,
        };
        let mut applied =
            Applied { changed: !is_forgotten || outcome.is_version(), ..self.unchanged(claim, outcome) };
        let claimed = &mut applied.claimed;
        match late {
            Some(then) if outcome == ClaimOutcome::Duplicate => {
                (claimed.outcome, claimed.state) = (ClaimOutcome::Late, then);
            }
            _ if is_looked_for => claimed.untold = self.untold(outcome),
            late => claimed.untold = late.into_iter().collect(),
        }
        if outcome.is_version() {
            self.current.untold.clone_from(&claimed.untold);
        }
        if !is_forgotten {
            let is_late = claimed.outcome == ClaimOutcome::Late;
            let then = is_late.then(|| Box::new(claimed.state.clone()));
            let (outcome, version) = (claimed.outcome, self.current.state.version);
            self.said[at] = Said { outcome, version, then, ..self.said[at].clone() };
            said::forget_oldest(&mut self.before, &mut self.said);
        }
        applied
    }

    /// All that was said, but for what this version itself tells.
    fn untold(&self, outcome: ClaimOutcome) -> Vec<ConversionState> {
        let mut words = said::timeline(self.before.as_ref(), &self.said);
        if outcome == ClaimOutcome::Updated {
            words.pop();
        }
        words.into_iter().map(|(word, earlier)| self.then(word, earlier)).collect()
    }

    /// The state as the claim at this place among what was said made it for a while.
    fn late(&self, claim: &Claim, at: usize) -> Option<ConversionState> {
        let (word, earlier) = said::held(self.before.as_ref(), &self.said, at)?;
        Some(ConversionState { updated_at: claim.received_at, ..self.then(word, earlier) })
    }

    /// The conversion when this word stood, tied to what is known now.
    fn then(&self, word: said::Word, earlier: Option<said::Word>) -> ConversionState {
        let mut then = self.current.state.clone();
        (then.previous_status, then.previous_payout) =
            earlier.map_or_else(Default::default, |word| (word.status, word.money().0));
        word.write_to(&mut then);
        then
    }

    /// Makes the next version.
    fn advance(&mut self, claim: &Claim, outcome: ClaimOutcome, state: ConversionState) {
        let last = &self.current.state;
        let state = ConversionState {
            version: last.version + 1,
            // A postback that came late to central changes what is known now.
            updated_at: last.updated_at.max(claim.received_at),
            previous_status: last.status,
            previous_payout: last.payout,
            ..state
        };
        let next = Version { claim_id: claim.claim_id.clone(), outcome, state, untold: Vec::new() };
        self.earlier.push(std::mem::replace(&mut self.current, next));
        if self.earlier.len() >= MAX_VERSIONS {
            self.earlier.remove(0);
        }
    }
}
