//! Ranges of sequence numbers.

use serde::{Deserialize, Serialize};

/// Both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    pub first: u64,
    pub last: u64,
}

/// What of `from` no interval of `cover` covers, in order. `from` is sorted and disjoint.
pub fn subtract(from: &[Interval], cover: &[Interval]) -> Vec<Interval> {
    let mut cover = cover.to_vec();
    cover.sort_unstable_by_key(|interval| interval.first);
    let mut left = Vec::new();
    for interval in from {
        let mut first = interval.first;
        for hole in cover.iter().filter(|hole| hole.last >= interval.first && hole.first <= interval.last) {
            if hole.first > first {
                left.push(Interval { first, last: hole.first - 1 });
            }
            first = first.max(hole.last.saturating_add(1));
        }
        if first <= interval.last {
            left.push(Interval { first, last: interval.last });
        }
    }
    left
}

/// Puts intervals that touch together. `intervals` is sorted and disjoint.
pub fn join(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut joined: Vec<Interval> = Vec::with_capacity(intervals.len());
    for next in intervals {
        match joined.last_mut().filter(|last| last.last + 1 == next.first) {
            Some(last) => last.last = next.last,
            None => joined.push(next),
        }
    }
    joined
}

/// The numbers of both, sorted and put together. `one` is sorted and disjoint already.
pub fn union(one: Vec<Interval>, other: Vec<Interval>) -> Vec<Interval> {
    let mut all = one;
    all.extend(other);
    all.sort_unstable_by_key(|interval| interval.first);
    let mut joined: Vec<Interval> = Vec::with_capacity(all.len());
    for next in all {
        match joined.last_mut().filter(|last| next.first <= last.last.saturating_add(1)) {
            Some(last) => last.last = last.last.max(next.last),
            None => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        proptest::collection::vec((1..60_u64, 0..8_u64), 0..8).prop_map(|list| {
            list.into_iter().map(|(first, length)| Interval { first, last: first + length }).collect()
        })
    }

    fn numbers(intervals: &[Interval]) -> BTreeSet<u64> {
        intervals.iter().flat_map(|i| i.first..=i.last).collect()
    }

    proptest! {
        #[test]
        fn it_is_the_difference_of_sets(numbers_of in proptest::collection::btree_set(1..60_u64, 0..40), cover in intervals()) {
            let from: Vec<Interval> = numbers_of.iter().map(|n| Interval { first: *n, last: *n }).collect();
            let expected: BTreeSet<u64> = numbers_of.difference(&numbers(&cover)).copied().collect();
            prop_assert_eq!(numbers(&subtract(&from, &cover)), expected);
        }
    }

    proptest! {
        #[test]
        fn a_union_is_one_of_sets_and_nothing_in_it_touches(one in intervals(), other in intervals()) {
            let one = union(Vec::new(), one);
            let all = union(one.clone(), other.clone());
            let expected: BTreeSet<u64> = numbers(&one).union(&numbers(&other)).copied().collect();
            prop_assert_eq!(numbers(&all), expected);
            prop_assert!(all.windows(2).all(|pair| pair[0].last + 1 < pair[1].first));
        }
    }

    #[test]
    fn what_touches_is_joined() {
        let i = |first, last| Interval { first, last };
        assert_eq!(join(vec![i(1, 2), i(3, 3), i(5, 6), i(7, 9)]), [i(1, 3), i(5, 9)]);
    }

    #[test]
    fn a_hole_splits() {
        let i = |first, last| Interval { first, last };
        assert_eq!(subtract(&[i(1, 10)], &[i(3, 4), i(8, 20)]), [i(1, 2), i(5, 7)]);
        assert_eq!(subtract(&[i(5, 5)], &[i(1, u64::MAX)]), []);
    }
}
