//! Whose turn it is: a lane for each host that has jobs. Knows no disk, clock or network.
//!
//! # Invariants
//! - At most `host_limit` calls to a host are under way, and one while its breaker is half open.
//! - A job that was taken is not taken again before it was settled.
//! - Lanes that are ready take turns, the one that waited longest first: none starves another.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    num::NonZeroU32,
    time::Duration,
};

use super::{
    breaker::{Admits, Breaker, Sign},
    job::Host,
    store::Wanted,
};

pub(super) struct Lanes {
    host_limit: usize,
    breaker: Breaker,
    lanes: HashMap<u64, Lane>,
    /// When they become ready.
    waiting: BTreeSet<(i64, u64)>,
    /// In the order of their turns.
    ready: BTreeSet<(u64, u64)>,
    turn: u64,
}

struct Lane {
    label: String,
    /// When the first job is due that is not taken; none without one.
    next_at_ms: Option<i64>,
    /// Taken and not settled.
    taken: HashSet<u64>,
    under_way: usize,
    breaker: Breaker,
    /// Of its last turn.
    turn: u64,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Idle,
    Waiting(i64),
    Ready,
}

/// A host as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LaneView {
    pub host: String,
    pub breaker: &'static str,
    pub failures: u32,
    pub under_way: usize,
}

impl Lanes {
    pub fn new(host_limit: usize, breaker_failures: NonZeroU32, breaker_max: Duration) -> Self {
        Self {
            host_limit: host_limit.max(1),
            breaker: Breaker::new(breaker_failures, breaker_max),
            lanes: HashMap::new(),
            waiting: BTreeSet::new(),
            ready: BTreeSet::new(),
            turn: 0,
        }
    }

    /// The host has a job that is due then.
    pub fn learn(&mut self, host: Host, at_ms: i64) {
        let Host { lane: id, label } = host;
        let lane = self.lanes.entry(id).or_insert_with(|| Lane {
            label,
            next_at_ms: None,
            taken: HashSet::new(),
            under_way: 0,
            breaker: self.breaker.clone(),
            turn: 0,
            place: Place::Idle,
        });
        lane.next_at_ms = Some(lane.next_at_ms.map_or(at_ms, |known| known.min(at_ms)));
        if lane.place != Place::Ready {
            self.place(id);
        }
    }

    /// The next host whose jobs may be taken, at most so many. [`Self::fetched`] must follow.
    pub fn next(&mut self, now_ms: i64, room: usize) -> Option<Wanted> {
        while let Some(&(at_ms, id)) = self.waiting.first()
            && at_ms <= now_ms
        {
            self.waiting.pop_first();
            let Some(lane) = self.lanes.get_mut(&id) else { continue };
            lane.place = Place::Ready;
            self.ready.insert((lane.turn, id));
        }
        if room == 0 {
            return None;
        }
        let (_, id) = self.ready.pop_first()?;
        let lane = self.lanes.get_mut(&id)?;
        lane.place = Place::Idle;
        let free = match lane.breaker.admits() {
            Admits::All => self.host_limit.saturating_sub(lane.under_way),
            Admits::ProbeAt(_) => 1,
            // Nothing makes a lane ready while it probes.
            Admits::None => 0,
        };
        Some(Wanted { lane: id, limit: free.min(room).max(1), except: lane.taken.clone() })
    }

    /// These were taken, `unreadable` ones for good. `next_at_ms` is when the first of the others is due.
    pub fn fetched(&mut self, id: u64, taken: &[u64], unreadable: &[u64], next_at_ms: Option<i64>) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        for seq in taken {
            lane.breaker.began(*seq);
        }
        lane.taken.extend(taken.iter().chain(unreadable));
        lane.under_way += taken.len();
        lane.next_at_ms = next_at_ms;
        self.turn += 1;
        lane.turn = self.turn;
        self.place(id);
    }

    /// Keeps a job that is in the queue from being taken, until it is settled; false when it is taken already.
    pub fn withhold(&mut self, id: u64, seq: u64) -> bool {
        self.lanes.get_mut(&id).is_none_or(|lane| lane.taken.insert(seq))
    }

    /// The call is over, and its job not yet settled. True when this opened the host's breaker.
    pub fn ended(&mut self, id: u64, seq: u64, sign: Sign, now_ms: i64) -> bool {
        let Some(lane) = self.lanes.get_mut(&id) else { return false };
        lane.under_way = lane.under_way.saturating_sub(1);
        let opened = lane.breaker.ended(seq, sign, now_ms);
        self.place(id);
        opened
    }

    /// Whatever is due of it next has been [learned](Self::learn) before.
    pub fn settled(&mut self, id: u64, seq: u64) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        lane.taken.remove(&seq);
        if lane.taken.is_empty() && lane.next_at_ms.is_none() {
            self.unplace(id);
            self.lanes.remove(&id);
        }
    }

    /// When a lane becomes ready, or the past when one is. There may be no room for it.
    pub fn wakes_at_ms(&self) -> Option<i64> {
        if !self.ready.is_empty() {
            return Some(i64::MIN);
        }
        self.waiting.first().map(|(at_ms, _)| *at_ms)
    }

    pub fn under_way(&self) -> usize {
        self.lanes.values().map(|lane| lane.under_way).sum()
    }

    /// Those with trouble or calls under way first.
    pub fn view(&self, most: usize) -> Vec<LaneView> {
        let mut lanes: Vec<&Lane> = self.lanes.values().collect();
        lanes.sort_by(|a, b| {
            let key = |lane: &Lane| (lane.breaker.failures(), lane.under_way);
            key(b).cmp(&key(a)).then_with(|| a.label.cmp(&b.label))
        });
        let view = |lane: &Lane| LaneView {
            host: lane.label.clone(),
            breaker: lane.breaker.state(),
            failures: lane.breaker.failures(),
            under_way: lane.under_way,
        };
        lanes.into_iter().take(most).map(view).collect()
    }

    pub fn open_breakers(&self) -> usize {
        self.lanes.values().filter(|lane| lane.breaker.admits() != Admits::All).count()
    }

    /// Where the lane stands now.
    fn place(&mut self, id: u64) {
        self.unplace(id);
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        let Some(next_at_ms) = lane.next_at_ms.filter(|_| lane.under_way < self.host_limit) else { return };
        let at_ms = match lane.breaker.admits() {
            Admits::All => next_at_ms,
            Admits::ProbeAt(at_ms) => next_at_ms.max(at_ms),
            Admits::None => return,
        };
        lane.place = Place::Waiting(at_ms);
        self.waiting.insert((at_ms, id));
    }

    fn unplace(&mut self, id: u64) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        match std::mem::replace(&mut lane.place, Place::Idle) {
            Place::Idle => {}
            Place::Waiting(at_ms) => _ = self.waiting.remove(&(at_ms, id)),
            Place::Ready => _ = self.ready.remove(&(lane.turn, id)),
        }
    }
}

#[cfg(test)]
mod tests;
