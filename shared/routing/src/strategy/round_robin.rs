//! Each usable target in turn, whatever its weight.

/// The index of the picked target; none when no weight is above 0.
pub fn pick(weights: impl Iterator<Item = u32> + Clone, turn: u64) -> Option<usize> {
    let usable = weights.enumerate().filter(|(_, weight)| *weight > 0).map(|(index, _)| index);
    let count = usable.clone().count() as u64;
    let nth = turn.checked_rem(count)?;
    usable.clone().nth(nth as usize)
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn turns_go_round_the_usable_ones() {
        let picked: Vec<_> = (0..7).map(|turn| pick([1, 0, 9, 2].into_iter(), turn).unwrap()).collect();
        assert_eq!(picked, [0, 2, 3, 0, 2, 3, 0]);
        assert_eq!(pick([0, 0].into_iter(), 3), None);
        assert_eq!(pick(std::iter::empty(), 3), None);
        assert_eq!(pick([1, 1].into_iter(), u64::MAX), Some(1));
    }
}
