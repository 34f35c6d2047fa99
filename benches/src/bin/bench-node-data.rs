//! Writes the `snapshot.redb` of a node with one campaign, so that the load profile measures a node
//! alone: `bench-node-data <EDGE_DATA_DIR>`.

use anyhow::{Context, Result};
use traffoflex_edge::snapshot::last_good::LastGood;

fn main() -> Result<()> {
    let dir = std::env::args().nth(1).context("usage: bench-node-data <EDGE_DATA_DIR>")?;
    let (store, _) = LastGood::open(dir.as_ref(), 0)?;
    store.write_full(&traffoflex_benches::snapshot_of(1))?;
    Ok(())
}
