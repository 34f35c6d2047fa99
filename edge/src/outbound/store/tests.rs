//! The file against a model: whatever is said to it, in whatever order, and however often it is opened again.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use traffoflex_model::PostbackMethod;

use super::*;
use crate::outbound::{
    job::Target,
    tables::{Again, End, Enqueued, Room},
};

const MAX_JOBS: u64 = 8;
const MAX_DEAD: u64 = 3;
const MAX_OF_HOST: u64 = 3;
const HOSTS: u8 = 3;
const ROOM: Room = Room { jobs: MAX_JOBS, of_a_host: MAX_OF_HOST };

fn job(key: u8) -> Job {
    let source_id = format!("s{}", key % 2).as_str().into();
    Job {
        key: format!("key-{key}"),
        target: Target::SourcePostback { source_id, postback_id: "p".to_owned() },
        workspace_id: "w".into(),
        method: PostbackMethod::Get,
        url: format!("http://host-{}.example/{key}", key % HOSTS),
        content_type: None,
        body: String::new(),
        conversion_id: String::new(),
        network_id: "".into(),
        click_id: String::new(),
        transaction_id: String::new(),
        created_at_ms: 1,
        queued_at_ms: 0,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Enqueue(Vec<u8>),
    Settle {
        pick: usize,
        how: u8,
        in_ms: i64,
    },
    Replay {
        key: u8,
    },
    ReplayTarget {
        target: u8,
    },
    Again {
        key: u8,
    },
    Forget,
    /// As the next run does, or as this one does after an error.
    Open {
        anew: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => proptest::collection::vec(0..14_u8, 1..4).prop_map(Step::Enqueue),
        6 => (any::<usize>(), 0..5_u8, 1..50_i64)
            .prop_map(|(pick, how, in_ms)| Step::Settle { pick, how, in_ms }),
        2 => (0..14_u8).prop_map(|key| Step::Replay { key }),
        1 => (0..2_u8).prop_map(|target| Step::ReplayTarget { target }),
        2 => (0..14_u8).prop_map(|key| Step::Again { key }),
        1 => Just(Step::Forget),
        1 => any::<bool>().prop_map(|anew| Step::Open { anew }),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What is true of every key.
#[derive(Debug, Default)]
struct Model {
    /// When due, and attempts made.
    queued: BTreeMap<u8, (i64, u32)>,
    /// By number.
    dead: BTreeMap<u64, u8>,
    ended: BTreeSet<u8>,
    seqs: BTreeMap<u8, u64>,
    next_seq: u64,
}

impl Model {
    fn is_known(&self, key: u8) -> bool {
        self.queued.contains_key(&key) || self.ended.contains(&key) || self.dead.values().any(|d| *d == key)
    }

    fn held_by(&self, host: u8) -> u64 {
        self.queued.keys().filter(|key| *key % HOSTS == host).count() as u64
    }

    /// Whether they fitted, and how many were dead at once.
    fn enqueue(&mut self, keys: &[u8], now_ms: i64) -> (bool, usize) {
        let (mut fresh, mut surplus): (Vec<u8>, Vec<u8>) = Default::default();
        for key in keys {
            if self.is_known(*key) || fresh.contains(key) || surplus.contains(key) {
                continue;
            }
            let host = key % HOSTS;
            let held = self.held_by(host) + fresh.iter().filter(|key| *key % HOSTS == host).count() as u64;
            if held < MAX_OF_HOST { fresh.push(*key) } else { surplus.push(*key) }
        }
        if !fresh.is_empty() && (self.queued.len() + fresh.len()) as u64 > MAX_JOBS {
            return (false, 0);
        }
        for key in fresh {
            self.next_seq += 1;
            self.seqs.insert(key, self.next_seq);
            self.queued.insert(key, (now_ms, 0));
        }
        for key in &surplus {
            self.next_seq += 1;
            self.dead.insert(self.next_seq, *key);
            self.seqs.insert(*key, self.next_seq);
        }
        (true, surplus.len())
    }

    /// Whether there was room, and whether its host had some.
    fn revive(&mut self, seq: u64, now_ms: i64) -> (bool, bool) {
        if self.queued.len() as u64 >= MAX_JOBS {
            return (false, false);
        }
        if self.held_by(self.dead[&seq] % HOSTS) >= MAX_OF_HOST {
            return (true, false);
        }
        let key = self.dead.remove(&seq).unwrap();
        self.queued.insert(key, (now_ms, 0));
        (true, true)
    }

    fn again(&mut self, key: u8, now_ms: i64) -> Again {
        if self.held_by(key % HOSTS) >= MAX_OF_HOST {
            return Again::Full;
        }
        if self.queued.contains_key(&key) {
            return Again::UnderWay;
        }
        let dead = self.dead.iter().find(|(_, dead)| **dead == key).map(|(seq, _)| *seq);
        if let Some(seq) = dead {
            return if self.revive(seq, now_ms) == (true, true) { Again::Queued } else { Again::Full };
        }
        let was_ended = self.ended.remove(&key);
        if self.enqueue(&[key], now_ms).0 {
            return Again::Queued;
        }
        if was_ended {
            self.ended.insert(key);
        }
        Again::Full
    }

    fn bury(&mut self) {
        while self.dead.len() as u64 > MAX_DEAD {
            let (_, key) = self.dead.pop_first().unwrap();
            self.ended.insert(key);
        }
    }
}

fn take(store: &Store, now_ms: i64) -> Vec<Queued> {
    let lanes = store.lanes().unwrap();
    let wanted: Vec<Wanted> = lanes
        .iter()
        .map(|(host, _)| Wanted { lane: host.lane, limit: 100, except: HashSet::new() })
        .collect();
    let mut jobs: Vec<Queued> =
        store.due(&wanted, now_ms).unwrap().into_iter().flat_map(|found| found.jobs).collect();
    jobs.sort_by_key(|queued| queued.seq);
    jobs
}

fn key_of(job: &Job) -> u8 {
    job.key["key-".len()..].parse().unwrap()
}

fn assert_same(store: &Store, model: &Model) {
    let queued: BTreeMap<u8, (u64, u32)> =
        take(store, i64::MAX).into_iter().map(|q| (key_of(&q.job), (q.seq, q.attempts))).collect();
    let expected: BTreeMap<u8, (u64, u32)> =
        model.queued.iter().map(|(key, (_, attempts))| (*key, (model.seqs[key], *attempts))).collect();
    assert_eq!(queued, expected);
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    for (key, (at_ms, _)) in &model.queued {
        let known = first.entry(Host::of(&job(*key).url).label).or_insert(*at_ms);
        *known = (*known).min(*at_ms);
    }
    let lanes: BTreeMap<String, i64> =
        store.lanes().unwrap().into_iter().map(|(host, at_ms)| (host.label, at_ms)).collect();
    assert_eq!(lanes, first);
    let (dead, total) = store.dead_letters(&DeadFilter::default(), 100, 0).unwrap();
    let expected: Vec<u8> = model.dead.values().rev().copied().collect();
    assert_eq!(dead.iter().map(|dead| key_of(&dead.job)).collect::<Vec<_>>(), expected);
    assert_eq!(total, expected.len() as u64);
    let aged: BTreeSet<u8> = store.aged(i64::MAX, 100).unwrap().iter().map(|q| key_of(&q.job)).collect();
    assert_eq!(aged, model.queued.keys().copied().collect());
    let held = store.held().unwrap();
    assert_eq!((held.queued, held.dead), (model.queued.len() as u64, model.dead.len() as u64));
}

fn step(store: &Store, model: &mut Model, step: &Step, now_ms: i64) {
    let due = &mut Vec::new();
    match step {
        Step::Enqueue(keys) => {
            let jobs: Vec<Job> = keys.iter().map(|key| job(*key)).collect();
            let Enqueued { fits, died } =
                store.write(|tables| tables.enqueue(&jobs, now_ms, ROOM, due)).unwrap();
            assert_eq!((fits, died.len()), model.enqueue(keys, now_ms));
            store.write(|tables| tables.bury(MAX_DEAD, now_ms)).unwrap();
            model.bury();
        }
        Step::Settle { pick, how, in_ms } => {
            let Some(key) = model.queued.keys().nth(pick % model.queued.len().max(1)).copied() else {
                return;
            };
            let (seq, (at_ms, attempts)) = (model.seqs[&key], model.queued[&key]);
            let next_at_ms = now_ms + in_ms;
            let end = match how {
                0 => End::Delivered,
                1 => End::Cancelled,
                2 => End::Failed { made: attempts + 1, next_at_ms },
                3 => End::Postponed { next_at_ms },
                _ => {
                    End::Dead(Death { attempts: 1, http_status: 0, error: String::new(), died_at_ms: now_ms })
                }
            };
            store
                .write(|tables| {
                    assert!(tables.settle(seq, &end, now_ms)?);
                    // Said again after its answer was lost.
                    let is_over = matches!(end, End::Delivered | End::Cancelled | End::Dead(_));
                    assert_eq!(tables.settle(seq, &end, now_ms)?, !is_over);
                    tables.bury(MAX_DEAD, now_ms)
                })
                .unwrap();
            match end {
                End::Delivered | End::Cancelled => _ = (model.queued.remove(&key), model.ended.insert(key)),
                End::Failed { .. } => _ = model.queued.insert(key, (next_at_ms, attempts + 1)),
                End::Dead(_) => _ = (model.queued.remove(&key), model.dead.insert(seq, key)),
                _ => _ = model.queued.insert(key, (if *how == 3 { next_at_ms } else { at_ms }, attempts)),
            }
            model.bury();
        }
        Step::Replay { key } => {
            let keys = [format!("key-{key}")];
            let revived = store
                .write(|tables| tables.revive_keys(&keys, &DeadFilter::default(), now_ms, ROOM, due))
                .unwrap();
            let seq = model.dead.iter().find(|(_, dead)| *dead == key).map(|(seq, _)| *seq);
            let expected = match seq.map(|seq| model.revive(seq, now_ms)) {
                None => (0, true),
                Some((fits, is_revived)) => (u64::from(is_revived), fits),
            };
            assert_eq!(revived, expected);
        }
        Step::ReplayTarget { target } => {
            let filter = DeadFilter { target_id: Some(format!("s{target}")), workspace_id: Some("w".into()) };
            let mut after = Some(0);
            // One at a time, as with very many.
            while let Some(from) = after {
                let work = |tables: &mut Tables<'_>| tables.revive_some(&filter, from, 1, now_ms, ROOM, due);
                (_, after, _) = store.write(work).unwrap();
            }
            let wanted: Vec<u64> =
                model.dead.iter().filter(|(_, key)| *key % 2 == *target).map(|(seq, _)| *seq).collect();
            for seq in wanted {
                if !model.revive(seq, now_ms).0 {
                    break;
                }
            }
        }
        Step::Again { key } => {
            let again = store.write(|tables| tables.again(&job(*key), now_ms, ROOM, due)).unwrap();
            assert_eq!(again, model.again(*key, now_ms));
        }
        Step::Forget => {
            assert!(!store.write(|tables| tables.forget(now_ms + 1)).unwrap());
            model.ended.clear();
        }
        Step::Open { .. } => unreachable!("done by the caller"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_file_says_what_the_model_says(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path(), 0).unwrap();
        let mut model = Model::default();
        for (n, next) in steps.iter().enumerate() {
            let now_ms = 1_000 + n as i64;
            match next {
                Step::Open { anew: true } => {
                    drop(store);
                    let (opened, set_aside) = Store::open(dir.path(), now_ms).unwrap();
                    prop_assert!(set_aside.is_none());
                    store = opened;
                }
                Step::Open { anew: false } => store.reopen().unwrap(),
                next => step(&store, &mut model, next, now_ms),
            }
            assert_same(&store, &model);
        }
    }
}

#[test]
fn only_what_is_due_and_not_taken_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), 0).unwrap();
    // All to one host.
    let jobs: Vec<Job> = (0..10).map(|n| Job { url: "http://a.example/".into(), ..job(n) }).collect();
    store
        .write(|tables| tables.enqueue(&jobs, 100, Room { jobs: 100, of_a_host: 100 }, &mut Vec::new()))
        .unwrap();
    store.write(|tables| tables.settle(3, &End::Failed { made: 1, next_at_ms: 500 }, 100)).unwrap();
    let lane = Host::of("http://a.example/").lane;
    let find = |limit: usize, except: &[u64], now_ms: i64| {
        let wanted = Wanted { lane, limit, except: except.iter().copied().collect() };
        let found = store.due(&[wanted], now_ms).unwrap().remove(0);
        (found.jobs.iter().map(|queued| queued.seq).collect::<Vec<_>>(), found.next_at_ms)
    };
    assert_eq!(find(3, &[], 99), (vec![], Some(100)));
    assert_eq!(find(3, &[], 100), (vec![1, 2, 4], Some(100)));
    assert_eq!(find(3, &[1, 2, 4], 100), (vec![5, 6, 7], Some(100)));
    assert_eq!(find(9, &[1, 2, 4], 100), (vec![5, 6, 7, 8, 9, 10], Some(500)));
    assert_eq!(find(9, &[1, 2, 4], 500), (vec![5, 6, 7, 8, 9, 10, 3], None));
}

#[test]
fn only_what_came_into_the_queue_long_ago_is_aged() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), 0).unwrap();
    for (key, at_ms) in [(0, 100), (1, 200), (2, 300)] {
        store.write(|tables| tables.enqueue(&[job(key)], at_ms, ROOM, &mut Vec::new())).unwrap();
    }
    let aged = |before_ms: i64| -> Vec<u64> {
        store.aged(before_ms, 2).unwrap().into_iter().map(|queued| queued.seq).collect()
    };
    assert_eq!((aged(100), aged(201), aged(1_000)), (vec![], vec![1, 2], vec![1, 2]));
    let death = Death { attempts: 1, http_status: 0, error: String::new(), died_at_ms: 400 };
    store.write(|tables| tables.settle(1, &End::Dead(death), 400)).unwrap();
    assert_eq!(aged(1_000), [2, 3]);
    let revive = |tables: &mut Tables<'_>| {
        tables.revive_keys(&["key-0".to_owned()], &DeadFilter::default(), 500, ROOM, &mut Vec::new())
    };
    assert_eq!(store.write(revive).unwrap(), (1, true));
    assert_eq!((aged(500), aged(301)), (vec![2, 3], vec![2, 3]), "put back, it is new");
}
