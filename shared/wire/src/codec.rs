//! The one place that knows bincode. Everything binary that is kept or sent starts with a version
//! byte, so that the codec can be replaced while old files and old peers are still read.
//!
//! ```text
//! record:   version u8 | body
//! envelope: version u8 | flags u8 = 0 | raw_len u64 le | xxh3-128 of the compressed body, 16 bytes le | zstd(body)
//! ```
//! The checksum finds accidents, not attackers: authenticity is the transport's affair.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use xxhash_rust::xxh3::xxh3_128;

/// bincode 2, standard configuration (little endian, variable-length integers).
pub const VERSION: u8 = 1;

/// Largest body of an envelope before compression: 1 M campaigns take about 0.5 GiB.
pub const MAX_ENVELOPE_BODY_BYTES: u64 = 2 << 30;

const ENVELOPE_HEADER_BYTES: usize = 1 + 1 + 8 + 16;
/// zstd's default: higher levels save little on ids and URLs and cost central CPU at each write.
const ZSTD_LEVEL: i32 = 3;

#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("empty input")]
    Empty,
    #[error("codec version {got} is not one this build reads ({VERSION})")]
    Version { got: u8 },
    #[error("truncated: {got} bytes, the header alone takes {ENVELOPE_HEADER_BYTES}")]
    Truncated { got: usize },
    #[error("unknown flags {0:#x}")]
    Flags(u8),
    #[error("the body claims {claimed} bytes, more than the {limit} allowed")]
    TooLarge { claimed: u64, limit: u64 },
    #[error("the body claims {claimed} bytes and has {got}")]
    Length { claimed: u64, got: usize },
    #[error("checksum mismatch")]
    Checksum,
    #[error("{0} bytes left over after the body")]
    Trailing(usize),
    #[error("compression: {0}")]
    Zstd(std::io::Error),
    #[error("encoding: {0}")]
    Encode(bincode::error::EncodeError),
    #[error("decoding: {0}")]
    Decode(bincode::error::DecodeError),
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard()
}

/// Appends a record (version byte and body) to `out`. On error `out` is as before.
pub fn encode_record_into<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let start = out.len();
    out.push(VERSION);
    match bincode::serde::encode_into_std_write(value, out, config()) {
        Ok(_) => Ok(()),
        Err(error) => {
            out.truncate(start);
            Err(CodecError::Encode(error))
        }
    }
}

pub fn encode_record<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(256);
    encode_record_into(value, &mut out)?;
    Ok(out)
}

/// Bytes of zero that stand for the fields an older record does not have.
const MISSING_FIELD_BYTES: usize = 256;

/// Reads a record of this build, of an older one or of a newer one; strings may borrow from `bytes`
/// or `scratch`. Fields are only ever added at the end of a type: those that an older record lacks
/// read as zero, empty, none or the first variant, and those that a newer one has are skipped.
pub fn decode_record_of_any_age<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> Result<T, CodecError> {
    let (&version, body) = bytes.split_first().ok_or(CodecError::Empty)?;
    if version != VERSION {
        return Err(CodecError::Version { got: version });
    }
    match bincode::serde::borrow_decode_from_slice(body, config()) {
        Ok((value, _)) => Ok(value),
        Err(bincode::error::DecodeError::UnexpectedEnd { .. }) => {
            scratch.clear();
            scratch.extend_from_slice(body);
            scratch.resize(body.len() + MISSING_FIELD_BYTES, 0);
            let (value, _) =
                bincode::serde::borrow_decode_from_slice(scratch, config()).map_err(CodecError::Decode)?;
            Ok(value)
        }
        Err(error) => Err(CodecError::Decode(error)),
    }
}

/// Reads a record that fills `bytes` exactly; strings may borrow from it.
pub fn decode_record<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CodecError> {
    let (&version, body) = bytes.split_first().ok_or(CodecError::Empty)?;
    if version != VERSION {
        return Err(CodecError::Version { got: version });
    }
    let (value, read) =
        bincode::serde::borrow_decode_from_slice(body, config()).map_err(CodecError::Decode)?;
    match body.len() - read {
        0 => Ok(value),
        left => Err(CodecError::Trailing(left)),
    }
}

/// Encodes, compresses and seals `value`.
pub fn seal<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, config()).map_err(CodecError::Encode)?;
    if body.len() as u64 > MAX_ENVELOPE_BODY_BYTES {
        return Err(CodecError::TooLarge { claimed: body.len() as u64, limit: MAX_ENVELOPE_BODY_BYTES });
    }
    let packed = zstd::bulk::compress(&body, ZSTD_LEVEL).map_err(CodecError::Zstd)?;
    let mut out = Vec::with_capacity(ENVELOPE_HEADER_BYTES + packed.len());
    out.push(VERSION);
    out.push(0);
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(&xxh3_128(&packed).to_le_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

/// Verifies and opens what [`seal`] made. `limit_bytes` bounds the memory the body may take.
pub fn open<T: DeserializeOwned>(bytes: &[u8], limit_bytes: u64) -> Result<T, CodecError> {
    let &version = bytes.first().ok_or(CodecError::Empty)?;
    if version != VERSION {
        return Err(CodecError::Version { got: version });
    }
    let Some((header, packed)) = bytes.split_at_checked(ENVELOPE_HEADER_BYTES) else {
        return Err(CodecError::Truncated { got: bytes.len() });
    };
    if header[1] != 0 {
        return Err(CodecError::Flags(header[1]));
    }
    let claimed = u64::from_le_bytes(header[2..10].try_into().unwrap_or_default());
    let limit = limit_bytes.min(MAX_ENVELOPE_BODY_BYTES);
    if claimed > limit {
        return Err(CodecError::TooLarge { claimed, limit });
    }
    let checksum = u128::from_le_bytes(header[10..26].try_into().unwrap_or_default());
    if xxh3_128(packed) != checksum {
        return Err(CodecError::Checksum);
    }
    let body = zstd::bulk::decompress(packed, claimed as usize).map_err(CodecError::Zstd)?;
    if body.len() as u64 != claimed {
        return Err(CodecError::Length { claimed, got: body.len() });
    }
    let (value, read) = bincode::serde::decode_from_slice(&body, config()).map_err(CodecError::Decode)?;
    match body.len() - read {
        0 => Ok(value),
        left => Err(CodecError::Trailing(left)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_borrows_its_text() {
        let bytes = encode_record(&("hello", 7_u32)).unwrap();
        assert_eq!(bytes[0], VERSION);
        let (text, n): (&str, u32) = decode_record(&bytes).unwrap();
        assert_eq!((text, n), ("hello", 7));
    }

    #[test]
    fn records_are_read_across_versions_of_their_type() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Old<'a> {
            name: &'a str,
            count: u64,
        }
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct New<'a> {
            name: &'a str,
            count: u64,
            added: &'a str,
            more: Option<u32>,
            flags: Vec<bool>,
            deep: (i64, String),
        }
        let mut scratch = Vec::new();
        let old = encode_record(&Old { name: "n", count: 300 }).unwrap();
        let read: New<'_> = decode_record_of_any_age(&old, &mut scratch).unwrap();
        let expected =
            New { name: "n", count: 300, added: "", more: None, flags: Vec::new(), deep: (0, String::new()) };
        assert_eq!(read, expected);
        let new = encode_record(&New { added: "x", more: Some(7), ..expected }).unwrap();
        let mut scratch = Vec::new();
        let read: Old<'_> = decode_record_of_any_age(&new, &mut scratch).unwrap();
        assert_eq!(read, Old { name: "n", count: 300 });
        assert!(decode_record_of_any_age::<Old<'_>>(&[9, 0], &mut Vec::new()).is_err(), "another codec");
    }

    #[test]
    fn an_envelope_refuses_every_accident() {
        let good = seal(&vec!["a".repeat(1000), "b".into()]).unwrap();
        assert!(open::<Vec<String>>(&good, 1 << 20).is_ok());
        assert!(matches!(open::<Vec<String>>(&good, 100), Err(CodecError::TooLarge { .. })));
        for cut in 0..good.len() {
            assert!(open::<Vec<String>>(&good[..cut], 1 << 20).is_err(), "cut at {cut}");
        }
        for flip in 0..good.len() {
            let mut bad = good.clone();
            bad[flip] ^= 0x40;
            assert!(open::<Vec<String>>(&bad, 1 << 20).is_err(), "bit flipped at {flip}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = open::<Vec<String>>(&bytes, 1 << 16);
            let _ = decode_record::<(String, Vec<u64>)>(&bytes);
        }
    }
}
