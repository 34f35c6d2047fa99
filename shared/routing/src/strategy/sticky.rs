//! A share in proportion to the weight, and always the same target for the same user.
//!
//! Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): each target scores
//! `-weight / ln(u)`, u drawn evenly by hashing user and target, and the highest wins. When a target
//! leaves, only its own users move; when it is back, they return.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The index of the picked target; none when no weight is above 0. `user` is evenly distributed.
pub fn pick<'t>(targets: impl Iterator<Item = (&'t str, u32)>, user: u64) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, (name, weight)) in targets.enumerate() {
        if weight == 0 {
            continue;
        }
        // 53 bits, in (0, 1): never 0, whose logarithm is infinite, nor 1.
        let even = ((xxh3_64_with_seed(name.as_bytes(), user) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let score = -f64::from(weight) / even.ln();
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::entropy, pick};

    #[test]
    fn shares_follow_the_weights_and_users_stay() {
        const USERS: usize = 100_000;
        let all = [("a", 60), ("b", 30), ("c", 10), ("d", 0)];
        let without_b = [("a", 60), ("b", 0), ("c", 10), ("d", 0)];
        let mut seen = [0_usize; 4];
        let mut seed = 7;
        for _ in 0..USERS {
            let user = entropy(&mut seed);
            let picked = pick(all.into_iter(), user).unwrap();
            seen[picked] += 1;
            assert_eq!(pick(all.into_iter(), user), Some(picked));
            let then = pick(without_b.into_iter(), user).unwrap();
            assert!(if picked == 1 { then != 1 } else { then == picked }, "only the users of b move");
        }
        for (n, share) in seen.iter().zip([0.6, 0.3, 0.1, 0.0]) {
            let deviation = (*n as f64 / USERS as f64 - share).abs();
            // Five standard deviations of a binomial share.
            assert!(deviation <= 5.0 * (share * (1.0 - share) / USERS as f64).sqrt(), "{seen:?}");
        }
        assert_eq!(pick([("a", 0)].into_iter(), 1), None);
    }
}
