//! How one of a stream's usable targets is picked. A closed set, one file each.

pub mod best_roi;
pub mod round_robin;
pub mod sticky;
pub mod waterfall;
pub mod weighted;

#[cfg(test)]
mod tests {
    /// SplitMix64: evenly distributed and the same at every run.
    pub fn entropy(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
