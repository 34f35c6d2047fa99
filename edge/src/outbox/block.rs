//! What one commit writes: many events as one value.
//!
//! ```text
//! format u8 = 1 | committed_at_ms i64 le | count u32 le | record * count
//! record: topic code u8 | payload length u32 le | payload (a wire::codec record)
//! ```
//! The n-th record has the number `first_seq + n`; `first_seq` is the block's key.

use traffoflex_wire::topic::Topic;

const FORMAT: u8 = 1;
pub const HEADER_BYTES: usize = 1 + 8 + 4;
pub const RECORD_HEADER_BYTES: usize = 1 + 4;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    #[error("shorter than its header")]
    Short,
    #[error("format {0} is not one this build reads")]
    Format(u8),
    #[error("record {0} is cut off")]
    Cut(u32),
    #[error("record {record} has the unknown topic code {code}")]
    Topic { record: u32, code: u8 },
    #[error("{0} bytes after the last record")]
    Trailing(usize),
}

/// A block that is read back, borrowing its bytes.
#[derive(Debug)]
pub struct Block<'a> {
    pub committed_at_ms: i64,
    pub records: Vec<Record<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub topic: Topic,
    pub payload: &'a [u8],
}

/// Starts a block in an empty buffer; records follow as they come.
pub fn start(out: &mut Vec<u8>, committed_at_ms: i64) {
    out.clear();
    out.push(FORMAT);
    out.extend_from_slice(&committed_at_ms.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
}

/// Writes the count into the header of a started block.
pub fn finish(out: &mut [u8], count: u32) {
    out[9..HEADER_BYTES].copy_from_slice(&count.to_le_bytes());
}

/// Commit time and count, without looking at the records.
pub fn head(bytes: &[u8]) -> Result<(i64, u32), BlockError> {
    let (&format, rest) = bytes.split_first().ok_or(BlockError::Short)?;
    if format != FORMAT {
        return Err(BlockError::Format(format));
    }
    let (time, rest) = rest.split_first_chunk().ok_or(BlockError::Short)?;
    let (count, _) = rest.split_first_chunk().ok_or(BlockError::Short)?;
    Ok((i64::from_le_bytes(*time), u32::from_le_bytes(*count)))
}

pub fn read(bytes: &[u8]) -> Result<Block<'_>, BlockError> {
    let (committed_at_ms, count) = head(bytes)?;
    let mut rest = &bytes[HEADER_BYTES..];
    let mut records = Vec::with_capacity((count as usize).min(rest.len() / RECORD_HEADER_BYTES));
    for record in 0..count {
        let (&code, after) = rest.split_first().ok_or(BlockError::Cut(record))?;
        let (length, after) = after.split_first_chunk().ok_or(BlockError::Cut(record))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (payload, after) = after.split_at_checked(length).ok_or(BlockError::Cut(record))?;
        let topic = Topic::from_code(code).ok_or(BlockError::Topic { record, code })?;
        records.push(Record { topic, payload });
        rest = after;
    }
    match rest.len() {
        0 => Ok(Block { committed_at_ms, records }),
        left => Err(BlockError::Trailing(left)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), valid: bool) {
            if valid && !bytes.is_empty() {
                bytes[0] = FORMAT;
            }
            let _ = read(&bytes);
        }
    }
}
