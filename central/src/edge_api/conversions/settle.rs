//! Settles a batch: read, apply, write, and again for what others wrote meanwhile.

use std::collections::{HashMap, HashSet};

use traffoflex_conversion::claim::{Kept, apply};
use traffoflex_model::{Claim, Claimed};
use traffoflex_wire::conversion::RefusedClaim;

use crate::{
    catalog::{Catalog, conversions::StoredConversion},
    error::ApiError,
};

/// Of reading and writing one batch; each lost round means that another batch got through.
const MAX_ROUNDS: usize = 32;

/// Claims of a batch by their conversion, in the order of the batch.
struct Batch<'c> {
    claims: HashMap<&'c str, Vec<(usize, &'c Claim)>>,
    /// Conversions that are not settled yet, in the order of the batch.
    open: Vec<&'c str>,
    /// Of claims, at the place that they have in the batch.
    answers: Vec<(usize, Claimed)>,
}

/// What one round is to write.
#[derive(Default)]
struct Round<'c> {
    new: Vec<StoredConversion>,
    changed: Vec<StoredConversion>,
    answers: HashMap<&'c str, Vec<(usize, Claimed)>>,
}

/// Answers in the order of the claims; those that can never be settled go to `refused`.
pub(super) async fn settle(
    catalog: &Catalog,
    claims: &[Claim],
    refused: &mut Vec<RefusedClaim>,
) -> Result<Vec<Claimed>, ApiError> {
    let mut batch = Batch::of(claims);
    // Somebody had their id or their transaction in the round before, and in the one before that.
    let (mut taken, mut suspected): (HashSet<&str>, HashSet<&str>) = Default::default();
    let mut is_confirmed = batch.open.is_empty();
    for _ in 0..MAX_ROUNDS {
        if batch.open.is_empty() {
            break;
        }
        let mut stored = catalog.conversions_of(&batch.open).await?;
        // Nobody has the id, so it is the transaction; asked twice, since a primary that is lost takes ids along.
        taken.retain(|id| !stored.contains_key(*id));
        let (foreign, open): (Vec<&str>, Vec<&str>) =
            batch.open.drain(..).partition(|id| taken.contains(id) && suspected.contains(id));
        batch.open = open;
        batch.refuse(&foreign, refused);
        suspected = std::mem::take(&mut taken);
        let Round { new, changed, mut answers } = batch.apply(&mut stored);

        let lost_new = catalog.insert_conversions(&new).await?;
        let is_all_changed = changed.is_empty() || catalog.update_conversions(&changed).await?;
        // An acknowledged write vouches for all that was read before it.
        is_confirmed = lost_new.len() < new.len() || !changed.is_empty();
        taken = lost_new.iter().filter_map(|at| batch.id(&new[*at]._id)).collect();
        let lost_changes = changed.iter().filter(|_| !is_all_changed).filter_map(|c| batch.id(&c._id));
        let lost: HashSet<&str> = taken.iter().copied().chain(lost_changes).collect();
        metrics::counter!("traffoflex_claim_conflicts_total").increment(lost.len() as u64);
        batch.open.retain(|id| lost.contains(id));
        answers.retain(|id, _| !lost.contains(id));
        batch.answers.extend(answers.into_values().flatten());
    }
    if !batch.open.is_empty() {
        let error = format!("{} conversions are changed all the time", batch.open.len());
        return Err(mongodb::error::Error::custom(error).into());
    }
    if !is_confirmed {
        catalog.confirm_conversions().await?;
    }
    batch.answers.sort_unstable_by_key(|(at, _)| *at);
    Ok(batch.answers.into_iter().map(|(_, claimed)| claimed).collect())
}

impl<'c> Batch<'c> {
    fn of(claims: &'c [Claim]) -> Self {
        let mut by_conversion: HashMap<&str, Vec<(usize, &Claim)>> = HashMap::new();
        let mut open = Vec::new();
        for (at, claim) in claims.iter().enumerate() {
            let same = by_conversion.entry(&claim.conversion_id).or_default();
            if same.is_empty() {
                open.push(&*claim.conversion_id);
            }
            same.push((at, claim));
        }
        Self { claims: by_conversion, open, answers: Vec::new() }
    }

    /// The id as the batch holds it.
    fn id(&self, id: &str) -> Option<&'c str> {
        self.claims.get_key_value(id).map(|(id, _)| *id)
    }

    /// Applies the claims of all open conversions to what is stored.
    fn apply(&self, stored: &mut HashMap<String, StoredConversion>) -> Round<'c> {
        let mut round = Round::default();
        for id in &self.open {
            let Some(claims) = self.claims.get(id) else { continue };
            let (before, mut kept): (Option<StoredConversion>, Option<Kept>) = match stored.remove(*id) {
                Some(stored) => (Some(stored.clone()), Some(stored.kept)),
                None => (None, None),
            };
            let mut is_changed = false;
            let mut answers = Vec::with_capacity(claims.len());
            for (at, claim) in claims {
                let applied = apply(&mut kept, claim);
                is_changed |= applied.changed;
                answers.push((*at, applied.claimed));
            }
            round.answers.insert(*id, answers);
            let Some(kept) = kept.filter(|_| is_changed) else { continue };
            match before {
                Some(before) => {
                    round.changed.push(StoredConversion { revision: before.revision + 1, kept, ..before });
                }
                None => round
                    .new
                    .push(StoredConversion { revision: 1, ..StoredConversion::new(claims[0].1, kept) }),
            }
        }
        round
    }

    fn refuse(&self, conversions: &[&str], refused: &mut Vec<RefusedClaim>) {
        for (_, claim) in conversions.iter().filter_map(|id| self.claims.get(id)).flatten() {
            let error = "the transaction belongs to a conversion of another id".to_owned();
            refused.push(RefusedClaim { claim_id: claim.claim_id.clone(), error });
        }
    }
}
