//! W3C Trace Context: `00-<32 hex trace id>-<16 hex parent id>-<2 hex flags>`.
//! Source: W3C Recommendation "Trace Context", section 3.2.

use http::HeaderMap;

pub const HEADER: &str = "traceparent";
const LEN: usize = 55;

/// The header's value when it is well formed, to be passed on as it is; anything else is dropped,
/// as the recommendation asks.
pub fn from_headers(headers: &HeaderMap) -> Option<&str> {
    headers.get(HEADER)?.to_str().ok().filter(|value| is_valid(value))
}

fn is_valid(value: &str) -> bool {
    let bytes = value.as_bytes();
    let hex = |range: std::ops::Range<usize>| {
        bytes[range].iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
    };
    let zero = |range: std::ops::Range<usize>| bytes[range].iter().all(|b| *b == b'0');
    // A later version may be longer, with a dash after what is known.
    let length_fits = bytes.len() == LEN || (bytes.len() > LEN && &bytes[..2] != b"00" && bytes[LEN] == b'-');
    length_fits
        && bytes.len() <= 256
        && [2, 35, 52].iter().all(|i| bytes[*i] == b'-')
        && hex(0..2)
        && &bytes[..2] != b"ff"
        && hex(3..35)
        && !zero(3..35)
        && hex(36..52)
        && !zero(36..52)
        && hex(53..55)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn well_formed_or_dropped() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(is_valid(good));
        assert!(is_valid(&good.replacen("00", "cc", 1)));
        assert!(is_valid(&format!("{}-more", good.replacen("00", "cc", 1))));
        for bad in [
            "",
            "00",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c+b7ad6b7169203331-01",
        ] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }
}
