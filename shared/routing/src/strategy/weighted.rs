//! A share of the clicks in proportion to the weight, among the targets that are usable now.

/// The index of the picked target; none when no weight is above 0. `entropy` is evenly distributed.
pub fn pick(weights: impl Iterator<Item = u32> + Clone, entropy: u64) -> Option<usize> {
    let total: u64 = weights.clone().map(u64::from).sum();
    if total == 0 {
        return None;
    }
    // Multiply-shift maps 64 even bits to 0..total with a bias below total / 2^64.
    let mut point = ((u128::from(entropy) * u128::from(total)) >> 64) as u64;
    for (index, weight) in weights.enumerate() {
        let weight = u64::from(weight);
        if point < weight {
            return Some(index);
        }
        point -= weight;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{super::tests::entropy, pick};

    #[test]
    fn shares_follow_the_weights() {
        const PICKS: u64 = 1_000_000;
        let weights = [50_u32, 30, 0, 15, 5];
        let mut seen = [0_u64; 5];
        let mut seed = 42;
        for _ in 0..PICKS {
            seen[pick(weights.iter().copied(), entropy(&mut seed)).unwrap()] += 1;
        }
        assert_eq!(seen[2], 0);
        let chi_square: f64 = weights
            .iter()
            .zip(seen)
            .filter(|(w, _)| **w > 0)
            .map(|(w, n)| {
                let expected = PICKS as f64 * f64::from(*w) / 100.0;
                (n as f64 - expected).powi(2) / expected
            })
            .sum();
        // 3 degrees of freedom: 16.27 is exceeded by chance once in a thousand seeds.
        assert!(chi_square < 16.27, "chi square {chi_square}: {seen:?}");
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(pick([1, 1].into_iter(), 0), Some(0));
        assert_eq!(pick([1, 1].into_iter(), u64::MAX), Some(1));
        assert_eq!(pick([u32::MAX; 4].into_iter(), u64::MAX), Some(3));
        assert_eq!(pick([0, 0].into_iter(), 7), None);
        assert_eq!(pick(std::iter::empty(), 7), None);
    }
}
