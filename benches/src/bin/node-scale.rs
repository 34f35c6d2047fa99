//! A node with a large configuration: how long it takes to start, what it keeps in memory, and what taking over a
//! change does to the clicks meanwhile.
//!
//! `node-scale write <dir> <campaigns> <streams each>` fills `snapshot.redb`; `node-scale load <dir>` starts from it as a node does
//! and prints the figures. Two processes, so that the memory is that of the second alone. `node-scale history <keys>`
//! remembers so many users at destinations and prints what that takes.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use traffoflex_benches::{slug, snapshot_of, snapshot_with_streams};
use traffoflex_edge::{
    outbox::marks::KeptVisit,
    runtime::history::History,
    snapshot::{SnapshotHandle, last_good::LastGood, sync},
};
use traffoflex_model::{Entities, SnapshotDelta};
use traffoflex_routing::{
    context::ClickContext,
    decide::{Entry, decide},
    runtime::{AtRest, Visit},
    table::RoutingTable,
};
use traffoflex_wire::{codec, snapshot::SnapshotMessage};

/// The one of traffic-service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Changes taken over one after the other.
const DELTAS: u64 = 200;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", dir, campaigns, streams] => {
            write(dir.as_ref(), campaigns.parse().context("campaigns")?, streams.parse().context("streams")?)
        }
        ["load", dir] => load(dir.as_ref()),
        ["history", keys] => history(keys.parse().context("keys")?),
        _ => bail!("usage: node-scale write <dir> <campaigns> <streams each> | load <dir> | history <keys>"),
    }
}

fn write(dir: &Path, campaigns: usize, streams: usize) -> Result<()> {
    fs::create_dir_all(dir)?;
    let (store, _) = LastGood::open(dir, 0)?;
    let started = Instant::now();
    store.write_full(&snapshot_with_streams(campaigns, streams))?;
    report("written_ms", started.elapsed().as_millis());
    Ok(())
}

fn load(dir: &Path) -> Result<()> {
    let started = Instant::now();
    let (store, _) = LastGood::open(dir, 0)?;
    let table = store.table()?.context("there is no snapshot: run `write` first")??;
    report("load_ms", started.elapsed().as_millis());
    let counts = table.counts();
    report("campaigns", counts.campaigns as u128);
    report("streams", counts.streams as u128);
    let resident = resident_bytes()?;
    report("resident_bytes", resident);
    report("resident_bytes_per_campaign", resident / counts.campaigns.max(1) as u128);

    let handle = SnapshotHandle::default();
    handle.swap(table);
    let still = longest_decision(&handle, counts.campaigns, || {
        #[expect(clippy::disallowed_methods, reason = "a program of its own")]
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    })?;
    let mut taken = Vec::new();
    let changing = longest_decision(&handle, counts.campaigns, || {
        for _ in 0..DELTAS {
            let sealed = codec::seal(&SnapshotMessage::Delta(next_delta(&handle)?))?;
            let started = Instant::now();
            sync::apply(&handle, &store, &sealed)?;
            taken.push(started.elapsed().as_micros());
        }
        Ok(())
    })?;
    taken.sort_unstable();
    report("delta_median_us", taken[taken.len() / 2]);
    report("delta_max_us", taken.last().copied().unwrap_or_default());
    for (name, decisions) in [("still", still), ("changing", changing)] {
        report(&format!("decisions_{name}"), decisions.count.into());
        report(&format!("longest_decision_{name}_us"), decisions.longest.as_micros());
        report(&format!("decisions_over_1_ms_{name}"), decisions.slow.into());
    }
    Ok(())
}

/// A campaign is renamed and a destination gets another URL.
fn next_delta(handle: &SnapshotHandle) -> Result<SnapshotDelta> {
    let table = handle.load();
    let table = table.as_deref().context("no table")?;
    let mut one = snapshot_of(1).entities;
    let version = table.version() + 1;
    one.campaigns[0].name = format!("Renamed {version}");
    one.destinations.truncate(1);
    one.destinations[0].url = format!("https://offer.example/{version}?cid={{click_id}}");
    Ok(SnapshotDelta {
        generation: table.generation().to_owned(),
        from_version: table.version(),
        to_version: version,
        created_at_ms: 2,
        settings: None,
        upserts: Entities { campaigns: one.campaigns, destinations: one.destinations, ..Entities::default() },
        removed: Vec::new(),
    })
}

/// Users at destinations for `unique_policy`.
fn history(keys: u64) -> Result<()> {
    let before = resident_bytes()?;
    let history = History::new(keys as usize);
    let started = Instant::now();
    for key in 0..keys {
        let visit = Visit(key.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        history.learn(KeptVisit { visit, at_ms: key as i64, forget_ms: i64::MAX });
    }
    report("learned_ms", started.elapsed().as_millis());
    report("keys", history.count() as u128);
    let taken = resident_bytes()? - before;
    report("resident_bytes", taken);
    report("resident_bytes_per_key", taken / u128::from(keys.max(1)));
    Ok(())
}

struct Decisions {
    count: u64,
    /// Longer than a millisecond.
    slow: u64,
    longest: Duration,
}

/// Decides on another thread, each time on the latest table, while `work` runs.
fn longest_decision(
    handle: &SnapshotHandle,
    campaigns: usize,
    work: impl FnOnce() -> Result<()>,
) -> Result<Decisions> {
    let done = Arc::new(AtomicBool::new(false));
    let (ended, deciding) = (done.clone(), handle.clone());
    let decider = std::thread::spawn(move || {
        let mut random = fastrand::Rng::with_seed(7);
        let mut decisions = Decisions { count: 0, slow: 0, longest: Duration::ZERO };
        while !ended.load(Relaxed) {
            let name = slug(random.usize(..campaigns));
            let started = Instant::now();
            let table = deciding.load();
            if let Some(table) = table.as_deref() {
                decide_one(table, &name, random.u64(..));
            }
            drop(table);
            let taken = started.elapsed();
            decisions.count += 1;
            decisions.slow += u64::from(taken > Duration::from_millis(1));
            decisions.longest = decisions.longest.max(taken);
        }
        decisions
    });
    let worked = work();
    done.store(true, Relaxed);
    let decisions = decider.join().map_err(|_| anyhow::anyhow!("the deciding thread panicked"))?;
    worked.map(|()| decisions)
}

fn decide_one(table: &RoutingTable, name: &str, entropy: u64) {
    let ctx = ClickContext { country: "US", device_type: "mobile", ..ClickContext::default() };
    if let Some(campaign) = table.campaign_by_slug(name) {
        let decision = decide(table, campaign, &ctx, Entry::Campaign, &AtRest, entropy);
        std::hint::black_box(decision.destination.map(|destination| destination.id().len()));
    }
}

/// Of this process, as the kernel counts it.
fn resident_bytes() -> Result<u128> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let kib: u128 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn report(name: &str, value: u128) {
    println!("{name}\t{value}");
}
