//! What is probed, and when: a queue by due time, so that the next probe is found without looking at
//! the others. First probes are spread over an interval, later ones drift apart by up to a tenth of
//! it. Knows no clock: time is an argument.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use hashbrown::{HashMap, HashSet, hash_map::Entry};
use traffoflex_model::{DestinationId, WorkspaceId};
use traffoflex_routing::table::{CompiledDestination, RoutingTable};

use super::state::HealthState;

/// Of the interval, either way.
const JITTER: f64 = 0.1;

/// A destination that the configuration wants probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub id: DestinationId,
    pub workspace_id: WorkspaceId,
    pub url: String,
}

#[derive(Debug)]
pub struct Target {
    pub workspace_id: WorkspaceId,
    pub url: String,
    pub state: HealthState,
    /// Another URL is another target, though the destination is the same.
    pub version: u64,
    /// Its valid entry in the queue; none while it is being probed.
    ticket: Option<u64>,
}

/// A probe to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: DestinationId,
    pub url: String,
    pub version: u64,
}

pub enum Taken {
    NoTarget,
    /// It is being probed.
    UnderWay,
    Due(Due),
}

pub struct Schedule {
    interval: Duration,
    targets: HashMap<DestinationId, Target>,
    queue: BinaryHeap<Reverse<(Instant, u64, DestinationId)>>,
    /// Tickets and versions given so far.
    given: u64,
}

/// All that are active and have a health check.
pub fn wanted(table: &RoutingTable) -> Vec<Wanted> {
    let checked = table
        .destinations()
        .filter(|destination| destination.is_active() && destination.health_check().enabled);
    checked
        .map(|destination| Wanted {
            id: destination.id().clone(),
            workspace_id: destination.workspace_id().clone(),
            url: probed_url(destination),
        })
        .collect()
}

pub fn probed_url(destination: &CompiledDestination) -> String {
    destination.health_check().url.clone().unwrap_or_else(|| destination.url().without_values())
}

impl Schedule {
    pub fn new(interval: Duration) -> Self {
        Self { interval, targets: HashMap::new(), queue: BinaryHeap::new(), given: 0 }
    }

    pub fn len(&self) -> usize {
        self.targets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    pub fn target(&mut self, id: &DestinationId) -> Option<&mut Target> {
        self.targets.get_mut(id)
    }

    /// Probes these and no others from now on; what is no longer probed, or is elsewhere now.
    pub fn follow(&mut self, wanted: Vec<Wanted>, now: Instant, now_ms: i64) -> Vec<(DestinationId, Target)> {
        let names: HashSet<DestinationId> = wanted.iter().map(|wanted| wanted.id.clone()).collect();
        let mut ended: Vec<_> = self.targets.extract_if(|id, _| !names.contains(id)).collect();
        for Wanted { id, workspace_id, url } in wanted {
            let version = self.give();
            let fresh = Target { workspace_id, url, state: HealthState::new(now_ms), version, ticket: None };
            let due = match self.targets.entry(id.clone()) {
                Entry::Occupied(known) if known.get().url == fresh.url => continue,
                Entry::Occupied(mut moved) => {
                    ended.push((id.clone(), moved.insert(fresh)));
                    now
                }
                Entry::Vacant(place) => {
                    place.insert(fresh);
                    now + self.interval.mul_f64(fastrand::f64())
                }
            };
            self.enqueue(&id, due);
        }
        ended
    }

    /// The most overdue one, which is being probed from now on.
    pub fn take_due(&mut self, now: Instant) -> Option<Due> {
        while let Some(Reverse((due, ..))) = self.queue.peek()
            && *due <= now
        {
            let Reverse((_, ticket, id)) = self.queue.pop()?;
            // An entry that another one has replaced is passed over.
            if let Some(target) = self.targets.get_mut(&id).filter(|target| target.ticket == Some(ticket)) {
                target.ticket = None;
                return Some(Due { id, url: target.url.clone(), version: target.version });
            }
        }
        None
    }

    /// When there may be something to take.
    pub fn next_due(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((due, ..))| *due)
    }

    /// Its probe has ended: the next is an interval away, more or less.
    pub fn probed(&mut self, id: &DestinationId, now: Instant) {
        let wait = self.interval.mul_f64(1.0 + JITTER * (2.0 * fastrand::f64() - 1.0));
        self.enqueue(id, now + wait);
    }

    /// This one, due or not.
    pub fn take(&mut self, id: &DestinationId) -> Taken {
        match self.targets.get_mut(id) {
            None => Taken::NoTarget,
            // Its entry in the queue counts no more.
            Some(target) => match target.ticket.take() {
                None => Taken::UnderWay,
                Some(_) => {
                    Taken::Due(Due { id: id.clone(), url: target.url.clone(), version: target.version })
                }
            },
        }
    }

    fn enqueue(&mut self, id: &DestinationId, due: Instant) {
        let ticket = self.give();
        if let Some(target) = self.targets.get_mut(id) {
            target.ticket = Some(ticket);
            self.queue.push(Reverse((due, ticket, id.clone())));
        }
    }

    fn give(&mut self) -> u64 {
        self.given += 1;
        self.given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(60);

    fn wanted(id: &str, url: &str) -> Wanted {
        Wanted { id: id.into(), workspace_id: "w".into(), url: url.into() }
    }

    fn taken(schedule: &mut Schedule, now: Instant) -> Vec<Due> {
        std::iter::from_fn(|| schedule.take_due(now)).collect()
    }

    #[test]
    fn first_probes_are_spread_and_later_ones_an_interval_apart() {
        let (mut schedule, start) = (Schedule::new(INTERVAL), Instant::now());
        schedule.follow((0..1000).map(|n| wanted(&n.to_string(), "u")).collect(), start, 0);
        let early = taken(&mut schedule, start + INTERVAL / 4);
        assert!((150..350).contains(&early.len()), "about a quarter: {}", early.len());
        let late = taken(&mut schedule, start + INTERVAL);
        assert_eq!(early.len() + late.len(), 1000);
        assert_eq!(schedule.next_due(), None, "all are being probed");

        let ended = start + INTERVAL;
        for due in early.iter().chain(&late) {
            schedule.probed(&due.id, ended);
        }
        assert!(taken(&mut schedule, ended + INTERVAL.mul_f64(0.899)).is_empty());
        assert_eq!(taken(&mut schedule, ended + INTERVAL.mul_f64(1.101)).len(), 1000);
    }

    #[test]
    fn a_new_url_is_a_new_target_and_what_is_unwanted_ends() {
        let (mut schedule, start) = (Schedule::new(INTERVAL), Instant::now());
        schedule.follow(vec![wanted("a", "1"), wanted("b", "1"), wanted("c", "1")], start, 0);
        let before = taken(&mut schedule, start + INTERVAL);
        assert_eq!(before.len(), 3);
        for due in &before {
            schedule.probed(&due.id, start + INTERVAL);
        }
        let now = start + INTERVAL;
        let mut ended = schedule.follow(vec![wanted("a", "1"), wanted("b", "2")], now, 5);
        ended.sort_by(|(a, _), (b, _)| a.cmp(b));
        assert_eq!(ended.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        let due = taken(&mut schedule, now);
        assert_eq!(due.iter().map(|due| due.url.as_str()).collect::<Vec<_>>(), ["2"], "at once");
        let version = schedule.target(&"b".into()).unwrap().version;
        assert!(before.iter().all(|due| due.version != version), "an old result is told by its version");
        assert_eq!(schedule.len(), 2);
    }

    #[test]
    fn who_is_taken_before_its_time_is_probed_once() {
        let (mut schedule, start) = (Schedule::new(INTERVAL), Instant::now());
        schedule.follow(vec![wanted("a", "1")], start, 0);
        assert!(matches!(schedule.take(&"a".into()), Taken::Due(due) if due.url == "1"));
        assert!(matches!(schedule.take(&"a".into()), Taken::UnderWay));
        assert!(matches!(schedule.take(&"x".into()), Taken::NoTarget));
        assert!(taken(&mut schedule, start + INTERVAL).is_empty(), "its entry of before counts no more");
        schedule.probed(&"a".into(), start);
        assert_eq!(taken(&mut schedule, start + INTERVAL * 2).len(), 1);
    }
}
