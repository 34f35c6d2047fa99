//! The target that earned most on its cost, of those with enough clicks.
//!
//! A share of the clicks, and all of them while nobody has enough, go by the fallback strategy, so
//! that a losing or new target is still probed.

use crate::runtime::Earned;

/// 64 even bits split into a draw from 0..100 and what is left of them.
pub fn explores(exploration_percent: u32, entropy: u64) -> (bool, u64) {
    let scaled = u128::from(entropy) * 100;
    let drawn = (scaled >> 64) as u32;
    (drawn < exploration_percent, scaled as u64)
}

/// The index of the best one; none when nobody usable has `min_clicks`. The first of equals.
pub fn pick(
    weights: impl Iterator<Item = u32>,
    min_clicks: u32,
    earned: impl Fn(usize) -> Option<Earned>,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, _) in weights.enumerate().filter(|(_, weight)| *weight > 0) {
        let Some(sample) = earned(index).filter(|sample| sample.clicks >= u64::from(min_clicks)) else {
            continue;
        };
        if best.is_none_or(|(_, highest)| sample.roi.total_cmp(&highest).is_gt()) {
            best = Some((index, sample.roi));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::entropy, *};

    #[test]
    fn the_best_of_those_with_enough_clicks() {
        let samples = [
            Some(Earned { clicks: 500, roi: 0.1 }),
            Some(Earned { clicks: 99, roi: 9.0 }),
            Some(Earned { clicks: 100, roi: 0.4 }),
            Some(Earned { clicks: 900, roi: 0.9 }),
            None,
        ];
        let best = |weights: [u32; 5], min: u32| pick(weights.into_iter(), min, |index| samples[index]);
        assert_eq!(best([1, 1, 1, 0, 1], 100), Some(2), "without the one that is not usable");
        assert_eq!(best([1; 5], 100), Some(3));
        assert_eq!(best([1; 5], 50), Some(1));
        assert_eq!(best([1; 5], 1000), None);
    }

    #[test]
    fn the_share_that_explores() {
        let mut seed = 3;
        for percent in [0, 1, 10, 100] {
            let explored = (0..100_000).filter(|_| explores(percent, entropy(&mut seed)).0).count();
            let expected = percent as usize * 1000;
            assert!(explored.abs_diff(expected) < 600, "{percent} %: {explored}");
        }
    }
}
