//! Whose turn it is in streams that go round, on this node.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hashbrown::HashMap;
use traffoflex_model::StreamId;

#[derive(Default)]
pub struct Turns(RwLock<HashMap<StreamId, AtomicU64>>);

impl Turns {
    pub fn next(&self, stream: &StreamId) -> u64 {
        if let Some(turn) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(stream) {
            return turn.fetch_add(1, Relaxed);
        }
        let mut turns = self.0.write().unwrap_or_else(PoisonError::into_inner);
        turns.entry(stream.clone()).or_default().fetch_add(1, Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_counts_for_itself() {
        let turns = Turns::default();
        let next = |stream: &str| turns.next(&stream.into());
        assert_eq!([next("a"), next("a"), next("b"), next("a")], [0, 1, 0, 2]);
    }
}
