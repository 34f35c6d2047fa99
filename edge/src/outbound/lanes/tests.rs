use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const HOST_LIMIT: usize = 3;

fn lanes() -> Lanes {
    Lanes::new(HOST_LIMIT, NonZeroU32::new(3).unwrap(), Duration::from_secs(60))
}

fn host(lane: u64) -> Host {
    Host { lane, label: format!("http://host-{lane}") }
}

/// What the file would hold: when each job of a host is due.
#[derive(Default)]
struct Disk(BTreeMap<u64, BTreeMap<u64, i64>>);

impl Disk {
    fn put(&mut self, lanes: &mut Lanes, lane: u64, seq: u64, at_ms: i64) {
        self.0.entry(lane).or_default().insert(seq, at_ms);
        lanes.learn(host(lane), at_ms);
    }

    fn fetch(&self, lanes: &mut Lanes, wanted: &Wanted, now_ms: i64) -> Vec<u64> {
        let jobs = self.0.get(&wanted.lane).cloned().unwrap_or_default();
        let mut left: Vec<(i64, u64)> = jobs.into_iter().map(|(seq, at_ms)| (at_ms, seq)).collect();
        left.retain(|(_, seq)| !wanted.except.contains(seq));
        left.sort_unstable();
        let due = left.iter().take(wanted.limit).take_while(|(at_ms, _)| *at_ms <= now_ms).count();
        let taken: Vec<u64> = left.drain(..due).map(|(_, seq)| seq).collect();
        lanes.fetched(wanted.lane, &taken, &[], left.first().map(|(at_ms, _)| *at_ms));
        taken
    }
}

fn take_all(lanes: &mut Lanes, disk: &Disk, now_ms: i64, mut room: usize) -> Vec<(u64, u64)> {
    let mut taken = Vec::new();
    while let Some(wanted) = lanes.next(now_ms, room) {
        let seqs = disk.fetch(lanes, &wanted, now_ms);
        room -= seqs.len();
        taken.extend(seqs.into_iter().map(|seq| (wanted.lane, seq)));
    }
    taken
}

#[test]
fn a_host_that_is_slow_keeps_nobody_else_waiting() {
    let (mut lanes, mut disk) = (lanes(), Disk::default());
    for seq in 0..100 {
        disk.put(&mut lanes, 1, seq, 0);
    }
    for seq in 100..110 {
        disk.put(&mut lanes, 2, seq, 50);
    }
    let taken = take_all(&mut lanes, &disk, 100, 256);
    let of = |lane: u64| taken.iter().filter(|(l, _)| *l == lane).count();
    assert_eq!((of(1), of(2)), (HOST_LIMIT, HOST_LIMIT), "{taken:?}");
    // The first host holds on to its calls; the other goes on by itself.
    for (lane, seq) in taken.iter().filter(|(lane, _)| *lane == 2) {
        lanes.ended(*lane, *seq, Sign::Works, 101);
        disk.0.get_mut(lane).unwrap().remove(seq);
        lanes.settled(*lane, *seq);
    }
    let next = take_all(&mut lanes, &disk, 101, 256);
    assert!(next.len() == HOST_LIMIT && next.iter().all(|(lane, _)| *lane == 2), "{next:?}");
}

#[test]
fn hosts_take_turns_when_there_is_little_room() {
    let (mut lanes, mut disk) = (lanes(), Disk::default());
    for lane in 1..=4 {
        for seq in 0..10 {
            disk.put(&mut lanes, lane, lane * 100 + seq, 0);
        }
    }
    let mut served = BTreeMap::<u64, usize>::new();
    for now_ms in 0..20 {
        for (lane, seq) in take_all(&mut lanes, &disk, now_ms, 1) {
            *served.entry(lane).or_default() += 1;
            lanes.ended(lane, seq, Sign::Works, now_ms);
            disk.0.get_mut(&lane).unwrap().remove(&seq);
            lanes.settled(lane, seq);
        }
    }
    assert_eq!(served, BTreeMap::from([(1, 5), (2, 5), (3, 5), (4, 5)]));
}

#[test]
fn an_open_breaker_lets_one_call_probe_and_keeps_the_others() {
    let (mut lanes, mut disk) = (lanes(), Disk::default());
    for seq in 0..20 {
        disk.put(&mut lanes, 1, seq, 0);
    }
    for (lane, seq) in take_all(&mut lanes, &disk, 0, 256) {
        lanes.ended(lane, seq, Sign::Fails, 0);
        disk.put(&mut lanes, lane, seq, 1_000_000);
        lanes.settled(lane, seq);
    }
    assert_eq!(take_all(&mut lanes, &disk, 0, 256), [], "open");
    let probe_at_ms = lanes.wakes_at_ms().unwrap();
    let probe = take_all(&mut lanes, &disk, probe_at_ms, 256);
    assert_eq!(probe, [(1, 3)], "the next job, alone");
    assert_eq!(take_all(&mut lanes, &disk, probe_at_ms + 500_000, 256), [], "while it probes");
    lanes.ended(1, 3, Sign::Works, probe_at_ms);
    disk.0.get_mut(&1).unwrap().remove(&3);
    lanes.settled(1, 3);
    assert_eq!(take_all(&mut lanes, &disk, probe_at_ms, 256).len(), HOST_LIMIT);
}

#[derive(Debug, Clone)]
enum Step {
    Put { lane: u64, in_ms: i64 },
    Pass { ms: i64 },
    End { pick: usize, sign: u8 },
    Settle { pick: usize, again_in_ms: Option<i64> },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..4_u64, 0..2_000_i64).prop_map(|(lane, in_ms)| Step::Put { lane, in_ms }),
        2 => (0..5_000_i64).prop_map(|ms| Step::Pass { ms }),
        3 => (any::<usize>(), 0..3_u8).prop_map(|(pick, sign)| Step::End { pick, sign }),
        3 => (any::<usize>(), proptest::option::of(1..5_000_i64))
            .prop_map(|(pick, again_in_ms)| Step::Settle { pick, again_in_ms }),
    ];
    proptest::collection::vec(step, 1..150)
}

proptest! {
    /// Whatever happens: limits hold, nothing is taken twice, and all is done when hosts work in the end.
    #[test]
    fn every_job_has_its_turn_and_none_has_two_at_once(steps in steps(), room in 1..10_usize) {
        let (mut lanes, mut disk, mut now_ms, mut seq) = (lanes(), Disk::default(), 0, 0);
        let (mut calls, mut settling) = (Vec::<(u64, u64)>::new(), Vec::<(u64, u64)>::new());
        let take = |lanes: &mut Lanes, disk: &Disk, calls: &mut Vec<(u64, u64)>, settling: &[(u64, u64)], now_ms| {
            let free = room.saturating_sub(calls.len() + settling.len());
            for taken in take_all(lanes, disk, now_ms, free) {
                assert!(!calls.contains(&taken) && !settling.contains(&taken), "taken twice: {taken:?}");
                calls.push(taken);
            }
            for lane in 0..4 {
                assert!(calls.iter().filter(|(l, _)| *l == lane).count() <= HOST_LIMIT);
            }
            assert!(calls.len() + settling.len() <= room);
            assert_eq!(lanes.under_way(), calls.len());
        };
        for step in steps {
            match step {
                Step::Put { lane, in_ms } => {
                    seq += 1;
                    disk.put(&mut lanes, lane, seq, now_ms + in_ms);
                }
                Step::Pass { ms } => now_ms += ms,
                Step::End { pick, sign } if !calls.is_empty() => {
                    let (lane, seq) = calls.swap_remove(pick % calls.len());
                    lanes.ended(lane, seq, [Sign::Works, Sign::Fails, Sign::Nothing][sign as usize], now_ms);
                    settling.push((lane, seq));
                }
                Step::Settle { pick, again_in_ms } if !settling.is_empty() => {
                    let (lane, seq) = settling.swap_remove(pick % settling.len());
                    match again_in_ms {
                        Some(in_ms) => disk.put(&mut lanes, lane, seq, now_ms + in_ms),
                        None => _ = disk.0.get_mut(&lane).unwrap().remove(&seq),
                    }
                    lanes.settled(lane, seq);
                }
                Step::End { .. } | Step::Settle { .. } => {}
            }
            take(&mut lanes, &disk, &mut calls, &settling, now_ms);
        }
        for _ in 0..10_000 {
            for (lane, seq) in calls.drain(..) {
                lanes.ended(lane, seq, Sign::Works, now_ms);
                settling.push((lane, seq));
            }
            for (lane, seq) in settling.drain(..) {
                disk.0.get_mut(&lane).unwrap().remove(&seq);
                lanes.settled(lane, seq);
            }
            take(&mut lanes, &disk, &mut calls, &settling, now_ms);
            match lanes.wakes_at_ms() {
                _ if !calls.is_empty() => {}
                Some(at_ms) => now_ms = now_ms.max(at_ms),
                None => break,
            }
        }
        prop_assert!(disk.0.values().all(BTreeMap::is_empty), "left behind: {:?}", disk.0);
        prop_assert!(lanes.lanes.is_empty(), "hosts without jobs are forgotten");
    }
}
