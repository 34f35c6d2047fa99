//! All clicks to the first usable target, in the order of the list.

/// The index of the picked target; none when no weight is above 0. How large a weight is does not matter.
pub fn pick(weights: impl Iterator<Item = u32>) -> Option<usize> {
    let mut weights = weights;
    weights.position(|weight| weight > 0)
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn the_first_that_takes_traffic() {
        assert_eq!(pick([0, 1, 50].into_iter()), Some(1));
        assert_eq!(pick([0, 0].into_iter()), None);
        assert_eq!(pick(std::iter::empty()), None);
    }
}
