//! How many tails a workspace may have at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use traffoflex_model::WorkspaceId;

/// Longer than a connection lasts. One whose client vanished without a word may never be asked for more, and
/// must not hold its place for ever.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2 * 3600);

/// A clone is cheap.
#[derive(Clone)]
pub struct Tails(Arc<Shared>);

struct Shared {
    most: usize,
    stop: CancellationToken,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// By workspace: number of the slot, and when it was taken.
    slots: HashMap<WorkspaceId, HashMap<u64, Instant>>,
}

/// A place among the connections of its workspace, until it is dropped.
pub struct Slot {
    tails: Tails,
    workspace: WorkspaceId,
    number: u64,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.tails.lock();
        if let Some(slots) = taken.slots.get_mut(&self.workspace) {
            slots.remove(&self.number);
            if slots.is_empty() {
                taken.slots.remove(&self.workspace);
            }
        }
    }
}

impl Tails {
    /// At most so many of each workspace.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, stop: CancellationToken::new(), taken: Mutex::default() }))
    }

    /// None when there are too many.
    pub fn enter(&self, workspace: &WorkspaceId) -> Option<Slot> {
        self.enter_at(workspace, Instant::now())
    }

    fn enter_at(&self, workspace: &WorkspaceId, now: Instant) -> Option<Slot> {
        let mut taken = self.lock();
        let slots = taken.slots.entry(workspace.clone()).or_default();
        slots.retain(|_, since| now.saturating_duration_since(*since) < GIVEN_UP_AFTER);
        if slots.len() >= self.0.most {
            return None;
        }
        let number = taken.next;
        taken.next += 1;
        taken.slots.entry(workspace.clone()).or_default().insert(number, now);
        Some(Slot { tails: self.clone(), workspace: workspace.clone(), number })
    }

    /// Ends all of them, now and from now on.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    pub fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workspace_has_its_places_and_nobody_keeps_one_for_ever() {
        let (tails, now) = (Tails::new(2), Instant::now());
        let (a, b) = (WorkspaceId::from("a"), WorkspaceId::from("b"));
        let first = tails.enter_at(&a, now);
        let _second = tails.enter_at(&a, now).unwrap();
        assert!(first.is_some() && tails.enter_at(&a, now).is_none());
        assert!(tails.enter_at(&b, now).is_some());
        drop(first);
        let _third = tails.enter_at(&a, now).unwrap();
        assert!(tails.enter_at(&a, now).is_none());
        assert!(tails.enter_at(&a, now + GIVEN_UP_AFTER).is_some());
    }
}
